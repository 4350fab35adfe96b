"""One machine's questions that are asked together: one sign-in, one shell, one process, one Evidence per question.

`run` blocks and belongs to a daemon thread of its own; everything else may be called from another thread meanwhile.
"""

import base64
import os
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from nlbwiz.collect import ask_text
from nlbwiz.collect.source import Clock
from nlbwiz.collect.ticket import Cause, Ticket
from nlbwiz.collect.winrm import causes
from nlbwiz.collect.winrm.accounts import PATIENCE_S, Accounts, GivenUpError
from nlbwiz.collect.winrm.answers import Answers, Section
from nlbwiz.collect.winrm.causes import Method, Where, say
from nlbwiz.collect.winrm.clixml import decode
from nlbwiz.errors import CredentialError
from nlbwiz.plain import line as one_line
from nlbwiz.site.credentials import Vault
from nlbwiz.site.model import WindowsTarget

if TYPE_CHECKING:  # importing these imports winrm and requests, 130 ms and more: the thread does it
    from nlbwiz.collect.winrm.shell import Shell
    from nlbwiz.collect.winrm.signin import SignIn
    from nlbwiz.collect.winrm.wsman import Sockets

DELETE_S = 1.0
"""Seconds that the deletion of a shell may take, at most."""

_RESERVE = 0.2  # this part of a target's time, DELETE_S at most, is kept for deleting the shell
_STDERR = 1_000_000  # bytes kept of what a script writes to stderr
_LOOK_S = (
    1.0  # what finding out costs whether a dropped plain connection should have been TLS, or whose a certificate is
)
_FORGOTTEN = Cause(status="unsupported", error="nlbwiz forgot this question", resolve="report this as a bug of nlbwiz")
_SHORTEST_HIDDEN = 4  # characters; a shorter password is in every sentence by chance


class Round:
    """A round of questions to one machine."""

    def __init__(
        self,
        target: WindowsTarget,
        kind: ask_text.Kind,
        tickets: Sequence[Ticket],
        *,
        vault: Vault,
        accounts: Accounts,
        clock: Clock,
        changed: threading.Condition,
    ) -> None:
        self.target = target
        self.tickets = tuple(tickets)
        self.over: Literal["", "time", "told"] = ""
        """Why nobody waits for the answers any more: the time is over, or a person said so."""
        self.gone = False
        """Nobody waits for the thread any more either."""
        self.shell_open = False
        """There is a shell to be deleted."""
        self.doing = "connecting"
        """What is waited for."""
        self._kind = kind
        self._vault, self._accounts, self._clock, self._changed = vault, accounts, clock, changed
        self._since = clock.now()
        self._began = time.monotonic()
        self._sockets: Sockets | None = None
        self._signing: SignIn | None = None
        self._cleaning = False
        self._last = 0.0
        self._where = Where(target=target)
        self._hidden: tuple[str, ...] = ()
        self._open: dict[str, list[Ticket]] = {}
        for ticket in tickets:
            ticket.began, ticket.since = self._began, self._since
            self._open.setdefault(ticket.ask.probe, []).append(ticket)

    # ---- for the supervisor ----

    def room(self) -> float:
        """Seconds left for answers; what is kept for deleting a shell is not among them."""
        kept = min(DELETE_S, _RESERVE * min(self._clock.target_s, self._clock.total_s)) if self.shell_open else 0.0
        return self._clock.left(self.target.name, self._since) - kept

    def left(self) -> float:
        """Seconds until the thread is given up."""
        left = self._clock.left(self.target.name, self._since)
        return min(left, self._last - self._clock.now()) if self.over else left

    def late(self) -> Cause:
        """What a question ends with when its time is over."""
        doing = self.doing
        if self._sockets and not self._sockets.made:
            doing = f"connecting to {self.target.endpoint}"
        elif self._signing and self._signing.taken and not self.shell_open:
            doing = "opening a shell"
        return self._hide(
            causes.time_limit(
                self._where, time.monotonic() - self._began, doing, self._clock.more_time(self.target.name, self._since)
            )
        )

    def end(self, why: Literal["time", "told"], seconds: float = DELETE_S) -> None:
        """Nobody waits for answers any more: cut what hangs, and leave `seconds` for deleting the shell."""
        with self._changed:
            first = not self.over
            if first:
                self.over, self._last = why, self._clock.now() + seconds
            self._changed.notify_all()  # it may be waiting for its account's turn
        if why == "time":
            self._fail(self.late())
        if first and self._sockets:  # later, the connection may be that of the deletion
            self._sockets.cut()

    def abandon(self) -> None:
        """Give the thread up: it gets no connection any more."""
        with self._changed:
            self.gone = True
            self._changed.notify_all()
        if self._sockets:
            self._sockets.close()

    @property
    def settled(self) -> bool:
        """Every question has its Evidence."""
        return all(ticket.done for ticket in self.tickets)

    # ---- the thread ----

    def run(self) -> None:
        """Ask, and end every question, whatever happens."""
        try:
            self._ask()
        except ImportError as error:
            self._fail(say("not installed", self._where, said=one_line(str(error), 200)))
        except BaseException as error:
            self._fail(say("bug", self._where, said=one_line(f"{type(error).__name__}: {error}", 200)))
        finally:
            self._fail(_FORGOTTEN)

    def _ask(self) -> None:
        if not self._alive():  # closed before the thread came to run: nobody is asked for a password now
            return
        self._say("connecting")
        try:
            secret = self._vault.windows(self.target.credential)
        except CredentialError as error:
            self._fail(causes.no_credential(self._where, str(error)))
            return
        pair = f"{secret.user}:{secret.password}"
        self._hidden = (secret.password, base64.b64encode(pair.encode()).decode())
        from nlbwiz.collect.winrm import errors, wsman
        from nlbwiz.collect.winrm.shell import Shell
        from nlbwiz.collect.winrm.signin import SignIn

        method = method_of(self.target, secret.user, have_kerberos=wsman.have_kerberos)
        self._where = replace(self._where, user=secret.user, method=method)
        account = self._accounts.of(self.target.credential, secret.user, secret.password)
        self._sockets = sockets = wsman.Sockets()
        self._signing = signing = SignIn(
            account=account,
            target=self.target.name,
            user=secret.user,
            password=secret.password,
            patience=lambda: min(PATIENCE_S, self.room() / 4),
            alive=self._alive,
            say=self._signs_in,
            connections=lambda: sockets.made,
        )
        self.doing = "waiting for its first answer"
        try:
            protocol, transport = wsman.connect(self.target, method, signing, self._socket_s, sockets)
        except Exception as error:
            self._fail(errors.cause_of(error, self._where))
            return
        shell = Shell(protocol, transport, self.room)
        try:
            self._converse(shell)
        except GivenUpError:
            self._fail(self.late())
        except Exception as error:
            names: tuple[str, ...] = ()
            if errors.names_another(error) and not self.over:
                names = wsman.certificate_names(self.target.endpoint, self._look_s(), sockets)
            cause = errors.cause_of(error, replace(self._where, answer=transport.answer, names=names))
            fresh = not signing.tried and not self.over and self.target.endpoint.scheme != "https"
            cut = fresh and cause == say("cut", self._where)
            if cut and wsman.speaks_tls(self.target.endpoint, self._look_s(), sockets):
                cause = say("tls here", self._where)
            self._fail(cause)
        finally:
            account.leave(self.target.name)
            self._delete(shell)

    def _converse(self, shell: "Shell") -> None:
        shell.open()
        with self._changed:
            self.shell_open = True  # from here on, a part of the time is kept for deleting it
            self._changed.notify_all()
        count = len(self.tickets)
        self._say(f"running {count} question{'s' * (count != 1)}")
        self.doing = "starting the script"
        line = f"{ask_text.COMMAND} {ask_text.bootstrap(self._open)}"
        shell.start(line, ask_text.script(self._kind).encode("ascii"))
        self.doing = "running the script"
        answers, stderr, code = Answers(), bytearray(), None
        for output in shell.outputs():
            stderr += output.stderr[: _STDERR - len(stderr)]
            self._take(answers.feed(output.stdout))
            code = output.exit_code
            if code is not None:
                self._take(answers.end())
            if answers.too_much:
                self._fail(say("too much", self._where))
            if self.settled:
                return
        if code is None:
            raise GivenUpError
        streams = decode(bytes(stderr))
        self._fail(causes.script_end(self._where, streams, code, answers.junk, answers.cut))

    def _take(self, sections: Iterable[Section]) -> None:
        """Give what came, and say how far the machine is."""
        came = False
        for section in sections:
            for ticket in self._open.pop(section.name, ()):
                came = True
                if section.cause:
                    ticket.fail(self._hide(section.cause))
                else:
                    ticket.settle("empty" if section.is_empty else "answered", raw=section.raw)
        if came and self._open:
            self.doing = f"running the script, {self._answered()}"
            self._say(self._answered())

    def _answered(self) -> str:
        return f"{sum(ticket.done for ticket in self.tickets)} of {len(self.tickets)} answered"

    def _delete(self, shell: "Shell") -> None:
        if not self.over and not self._open:
            self._say(f"done in {time.monotonic() - self._began:.1f} s")
        with self._changed:
            self._cleaning = True
            if not self.over:
                self.over, self._last = "told", self._clock.now() + DELETE_S
                self._changed.notify_all()
        shell.delete()
        with self._changed:
            self.shell_open = False
            self._changed.notify_all()

    # ---- small things ----

    def _look_s(self) -> float:
        """How long a second look at a machine may take that gave no answer, to tell why."""
        return min(_LOOK_S, max(0.1, self.room()))

    def _fail(self, cause: Cause) -> None:
        hidden = self._hide(cause)
        for ticket in self.tickets:
            ticket.fail(hidden)

    def _hide(self, cause: Cause) -> Cause:
        """A machine may say anything, also what it was sent."""
        error, resolve = cause.error, cause.resolve
        for secret in self._hidden:
            if len(secret) >= _SHORTEST_HIDDEN:
                error, resolve = error.replace(secret, "***"), resolve.replace(secret, "***")
        return replace(cause, error=error, resolve=resolve)

    def _alive(self) -> bool:
        return not self.gone and (not self.over or self._cleaning)

    def _socket_s(self) -> float:
        """How long a socket may wait: to the run's end, since a target may be given more time; the supervisor cuts."""
        return self.left() if self.over else self._clock.total_s - self._clock.now()

    def _signs_in(self, text: str) -> None:
        self.doing = text
        self._say(text)

    def _say(self, text: str) -> None:
        if not self.over:
            self.tickets[0].tell(text, sum(not ticket.done for ticket in self.tickets))


def method_of(target: WindowsTarget, user: str, *, have_kerberos: bool) -> Method:
    """How to sign in. `auto` is Kerberos when everything it needs is there, else NTLM.

    Kerberos needs the module, a ticket of the user (pywinrm ignores the password then), and the machine's name: an
    address has no service principal.

    Args:
        user: `user@domain` is a Kerberos principal, `DOMAIN\\user` and a local name are not.
    """
    if target.auth != "auto":
        return target.auth
    named = "@" in user and not _is_address(target.endpoint.host)
    return "kerberos" if named and have_kerberos and has_ticket(os.environ) else "ntlm"


def has_ticket(environment: Mapping[str, str]) -> bool:
    """Whether this process has a Kerberos ticket cache: KRB5CCNAME, MIT's default file, or a Windows domain logon."""
    kind, colon, path = environment.get("KRB5CCNAME", "").rpartition(":")
    if colon and kind.upper() != "FILE":
        return True  # KEYRING:, KCM:, DIR:, API: are looked into by Kerberos itself
    if os.name == "nt" and not path:
        return "USERDNSDOMAIN" in environment
    return Path(path or f"/tmp/krb5cc_{os.getuid()}").is_file()  # noqa: S108 (MIT krb5's default name)


def _is_address(host: str) -> bool:
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True
