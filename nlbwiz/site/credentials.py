"""Credential references become secrets: each once per process, in memory only, and never in a message."""

import contextlib
import getpass
import re
import sys
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, Literal, TypeVar

from nlbwiz.errors import CredentialError
from nlbwiz.site.fetch import from_command, from_environment, from_file, from_keyring
from nlbwiz.site.mistakes import Mistake, printable
from nlbwiz.site.model import Site
from nlbwiz.site.reference import Reference, parse_reference
from nlbwiz.site.secret import (
    SNMP_FORM,
    WINDOWS_FORM,
    SnmpSecret,
    Unfit,
    WindowsSecret,
    one_line,
    secret_parts,
    snmp_secret,
    spellings,
    windows_secret,
)

__all__ = ["Kind", "Lacking", "SnmpSecret", "Vault", "WindowsSecret", "ask_at_terminal"]

S = TypeVar("S", WindowsSecret, SnmpSecret)
Kind = Literal["windows", "snmp"]

_ACCOUNT = re.compile(r"[^\s:\\@]+(?:\\[^\s:\\@]+|@[^\s:\\@]+)")
"""`DOMAIN\\user` or `user@domain`: a `prompt:` label of this form is the account, and its password alone is typed."""
_LOOK_S = 1.0
"""Seconds that `lacking` waits for programs; what takes longer is waited for by the machines that need it."""
_SHORTEST_SCRUBBED = 4
_LEFT_OUT = "(its words are left out: they may quote a secret)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lacking:
    """A reference that gives no secret, as the operator is asked about it: which machines, and why it gives none."""

    kind: Kind
    reference: str
    machines: tuple[str, ...]
    why: str = ""
    """Empty for a `prompt:` that nobody was asked about yet."""
    account: str = ""
    """The account whose password alone is wanted; empty where user and password are."""

    @property
    def wanted(self) -> str:
        """What is to be typed."""
        if self.account:
            return f"the password of {self.account}"
        return f"a Windows account as {WINDOWS_FORM}" if self.kind == "windows" else f"SNMP access as {SNMP_FORM}"


def ask_at_terminal(question: str) -> str:
    """Ask whoever sits at the terminal, without showing what is typed. Raises OSError when there is no terminal.

    A run whose input is a file or a pipe (a scheduler's) must not wait for an answer, nor take its input for one.
    """
    if sys.stdin is None or not sys.stdin.isatty():
        raise OSError("no terminal")
    return getpass.getpass(question)


NOBODY = Unfit(why="there is nobody to ask", do="run it in a terminal, or use env: file: command: or keyring:")
"""What a `prompt:` gives where nobody can be asked."""


@dataclass(slots=True, repr=False)
class _Once(Generic[S]):
    """One reference being resolved: the first thread does it, the others wait for what came out."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    outcome: S | Unfit | None = None


class Vault:
    """The secrets behind a site's references, for all threads of one run.

    `ask` puts a question to the operator and returns the answer, typed unseen; None when nobody sits there. What a
    reference gives is kept, and so is that it gives nothing: ten nodes do not run a failing command ten times.
    `command_s` is how long a `command:` may take, in seconds.
    """

    def __init__(self, site: Site, ask: Callable[[str], str] | None, *, command_s: float = 10.0) -> None:
        self._ask, self._command_s = ask, command_s
        self._machines: dict[str, list[str]] = {}
        self._needs: dict[tuple[Kind, str], list[str]] = {}
        """(kind, reference) -> the machines that need it, in the site's order."""
        for machine in (*site.nodes.values(), *site.hosts.values()):
            self._machines.setdefault(machine.credential, []).append(machine.name)
            self._needs.setdefault(("windows", machine.credential), []).append(machine.name)
        for agent in (*site.switches.values(), *site.gateways.values()):
            self._machines.setdefault(agent.snmp, []).append(agent.name)
            self._needs.setdefault(("snmp", agent.snmp), []).append(agent.name)
        self._typed: set[tuple[Kind, str]] = set()
        self._lock = threading.Lock()
        self._asking = threading.Lock()
        self._windows: dict[str, _Once[WindowsSecret]] = {}
        self._snmp: dict[str, _Once[SnmpSecret]] = {}
        self._warnings: list[str] = []
        self._read: set[str] = set()
        """Every text that was read or typed as a secret, those that are not used any more as well: `scrubbed`."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is accepted and should not stay so: a secret's file that others may touch."""
        with self._lock:
            return tuple(self._warnings)

    def windows(self, ref: str) -> WindowsSecret:
        """The account behind a reference. Raises CredentialError, with the same text every time."""
        with self._lock:
            once = self._windows.setdefault(ref, _Once())
        account = _account("windows", ref)
        wanted = f"password of {account}" if account else f"Windows account as {WINDOWS_FORM}"
        return self._open(ref, once, lambda line: windows_secret(_whole(account, line)), wanted)

    def snmp(self, ref: str) -> SnmpSecret:
        """The community or v3 user behind a reference. Raises CredentialError, with the same text every time."""
        with self._lock:
            once = self._snmp.setdefault(ref, _Once())
        return self._open(ref, once, snmp_secret, f"SNMP access as {SNMP_FORM}")

    def scrubbed(self, text: str) -> str:
        """The words of somebody else's error without any secret of this run, as it is or as a message may quote it."""
        with self._lock:
            secrets = {spelled for secret in self._read for spelled in spellings(secret)}
        if any(len(one) < _SHORTEST_SCRUBBED and one in text for one in secrets):
            return _LEFT_OUT  # what is left around a letter or two would tell them
        for one in sorted(secrets, key=len, reverse=True):
            text = text.replace(one, "***")
        return text

    def _remember(self, line: str, secret: WindowsSecret | SnmpSecret | Unfit | None = None) -> None:
        """What must not be quoted: the line itself, which may be no usable secret, and the parts of one that is."""
        parts = secret_parts(secret) if isinstance(secret, WindowsSecret | SnmpSecret) else ()
        with self._lock:
            self._read |= {line, *parts} - {""}

    # ---- asked in the app ----

    def needs(self, machine: str) -> tuple[Kind, str] | None:
        """The kind and the reference that a machine is asked with; None for a name that the site does not have."""
        return next((need for need, names in self._needs.items() if machine in names), None)

    def machines(self, need: tuple[Kind, str]) -> tuple[str, ...]:
        """The machines that are asked with one reference."""
        return tuple(self._needs.get(need, ()))

    def lacking(self, only: Collection[tuple[Kind, str]] | None = None, wait_s: float = _LOOK_S) -> tuple[Lacking, ...]:
        """Look behind every reference (or `only` these), all at once; those that give nothing, in the site's order.

        A program that takes longer than `wait_s` seconds is not among them: the machines wait for it themselves.
        """
        needs = [need for need in self._needs if only is None or need in only]
        looking = [threading.Thread(target=self._look, args=(need,), name="credential", daemon=True) for need in needs]
        until = time.monotonic() + wait_s
        for one in looking:
            one.start()
        for one in looking:
            one.join(max(0.0, until - time.monotonic()))
        found: list[Lacking] = []
        for kind, ref in needs:
            outcome = self._once(kind, ref).outcome
            if isinstance(outcome, Unfit):
                why = "" if outcome is NOBODY else f"{_shortened(ref).rstrip(':')}: {outcome.why}"
                machines = tuple(self._needs[kind, ref])
                found.append(Lacking(kind=kind, reference=ref, machines=machines, why=why, account=_account(kind, ref)))
        return tuple(found)

    def give(self, one: Lacking, typed: str) -> str:
        """Keep what the operator typed for a reference, in memory only. Returns what is wrong with it, or nothing."""
        self._remember(typed.strip("\r\n"))  # before anything can raise with it
        line = one_line(typed.strip("\r\n"))
        if isinstance(line, Unfit):
            return f"it {line.why}: {one.wanted} is expected"
        secret: WindowsSecret | SnmpSecret | Unfit
        secret = windows_secret(_whole(one.account, line)) if one.kind == "windows" else snmp_secret(line)
        self._remember(line, secret)
        if isinstance(secret, Unfit):
            return f"it {secret.why}: {one.wanted} is expected"
        self._once(one.kind, one.reference).outcome = secret
        self._typed.add((one.kind, one.reference))
        return ""

    def typed(self, need: tuple[Kind, str]) -> bool:
        """Whether the operator typed the secret that is used now."""
        return need in self._typed

    def withdraw(self, need: tuple[Kind, str], why: str, do: str) -> None:
        """Nobody is asked with this reference's secret any more, and this is said instead."""
        self._typed.discard(need)
        self._once(*need).outcome = Unfit(why=why, do=do)

    def gives(self, need: tuple[Kind, str]) -> bool:
        """Whether there is a secret behind it, as far as anybody has looked."""
        return not isinstance(self._once(*need).outcome, Unfit)

    def look_again(self, need: tuple[Kind, str]) -> None:
        """What gave nothing is looked at anew, the next time it is needed: a file may be there by now."""
        if not self.gives(need):
            self._once(*need).outcome = None

    def _once(self, kind: Kind, ref: str) -> "_Once[WindowsSecret] | _Once[SnmpSecret]":
        with self._lock:
            return self._windows.setdefault(ref, _Once()) if kind == "windows" else self._snmp.setdefault(ref, _Once())

    def _look(self, need: tuple[Kind, str]) -> None:
        kind, ref = need
        with contextlib.suppress(CredentialError):  # what came out is kept
            self.windows(ref) if kind == "windows" else self.snmp(ref)

    def _open(self, ref: str, once: _Once[S], read: Callable[[str], S | Unfit], wanted: str) -> S:
        # The error is raised here and nowhere below: outside every `except`, so it has no context that holds a secret.
        reference = parse_reference(ref)
        if isinstance(reference, Mistake):
            raise CredentialError(f"credential reference: {reference}")
        with once.lock:
            if once.outcome is None:
                line = self._line(reference, ref, wanted)
                once.outcome = line if isinstance(line, Unfit) else read(line)
                if not isinstance(line, Unfit):
                    self._remember(line, once.outcome)
            outcome = once.outcome
        if isinstance(outcome, Unfit):
            do = outcome.do or f"it must hold the {wanted}"
            raise CredentialError(f"{_shortened(ref).rstrip(':')}{self._users(ref)}: {outcome.why}; {do}")
        return outcome

    def _line(self, reference: Reference, ref: str, wanted: str) -> str | Unfit:
        """The one line behind a reference."""
        raw: str | bytes | Unfit
        match reference.scheme:
            case "env":
                raw = from_environment(reference.rest)
            case "file":
                raw = self._file(reference.rest, ref)
            case "command":
                raw = from_command(reference.rest, self._command_s)
            case "keyring":
                service, _, user = reference.rest.rpartition("/")
                raw = from_keyring(service, user)
            case "prompt":
                label = f" {reference.rest}" if reference.rest and not wanted.endswith(reference.rest) else ""
                raw = self._answer(f"{wanted}{label}{self._users(ref)}: ")
        return raw if isinstance(raw, Unfit) else one_line(raw)

    def _file(self, path: str, ref: str) -> bytes | Unfit:
        found = from_file(Path(path))
        if isinstance(found, Unfit):
            return found
        raw, open_to_others = found
        warning = f"{_shortened(ref)}: others than its owner may touch this file; chmod 600 it"
        with self._lock:
            if open_to_others and warning not in self._warnings:
                self._warnings.append(warning)
        return raw

    def _answer(self, question: str) -> str | Unfit:
        if self._ask is None:
            return NOBODY
        with self._asking:  # one question at a time on one screen
            try:
                return self._ask(printable(question))
            except (EOFError, OSError):
                return Unfit(why="the question was not answered", do="run it in a terminal, or use another reference")

    def _users(self, ref: str) -> str:
        """The machines that a reference is for, in brackets."""
        names = self._machines.get(ref, [])
        more = f" and {len(names) - 4} more" if len(names) > 4 else ""
        return f" ({', '.join(names[:4])}{more})" if names else ""


def _account(kind: Kind, ref: str) -> str:
    """The account that a `prompt:` names; empty where it names none."""
    scheme, _, rest = ref.partition(":")
    return rest if kind == "windows" and scheme == "prompt" and _ACCOUNT.fullmatch(rest) else ""


def _whole(account: str, line: str) -> str:
    """USER:PASSWORD of what was typed for an account; who typed the user as well meant the same."""
    return line if not account or line.startswith(f"{account}:") else f"{account}:{line}"


def _shortened(ref: str) -> str:
    text = printable(ref)
    return text if len(text) <= 120 else f"{text[:120]}..."
