"""Why a Windows machine gave no answer, in words: what went wrong on the way, and what the operator can do about it.

Every failure of WinRM ends as one of these causes. No text holds a password: accounts appear by name, credentials by
their reference. Sources: MS-WSMV (fault codes), Microsoft's "Installation and configuration for Windows Remote
Management" and "Quotas" (learn.microsoft.com/windows/win32/winrm), KB 951016 (LocalAccountTokenFilterPolicy).
"""

from dataclasses import dataclass
from typing import Literal

from nlbwiz.collect.ticket import Cause
from nlbwiz.collect.winrm.clixml import Streams
from nlbwiz.plain import line as one_line
from nlbwiz.record.evidence import Status
from nlbwiz.site.model import Host, WindowsTarget

Method = Literal["ntlm", "kerberos", "basic"]
"""How to sign in; `auto` is resolved before."""

_SHOWN = 200
_NAMES = 6  # names of a certificate that are told


class NotWinRmError(Exception):
    """What answered does not speak WinRM, or not with our keys."""

    def __init__(self, answer: bytes) -> None:
        super().__init__("not WinRM")
        self.answer = answer


class TooMuchError(Exception):
    """One answer is larger than any that WinRM sends."""


class MixedUpError(Exception):
    """The answer belongs to another message than the one that was sent."""


class SignInRefusedError(Exception):
    """HTTP 401."""

    def __init__(self, *, offered: tuple[str, ...], tried: bool, taken: bool, broken: bool) -> None:
        """What is known of it.

        Args:
            offered: the methods that the machine names.
            tried: the password was sent.
            taken: and it was taken before.
            broken: the connection changed in the middle of the sign-in.
        """
        super().__init__("HTTP 401")
        self.offered, self.tried, self.taken, self.broken = offered, tried, taken, broken


class NtlmBlockedError(Exception):
    """The machine names NTLM or Negotiate, and then sends no challenge."""

    def __init__(self, offered: tuple[str, ...]) -> None:
        super().__init__("no challenge")
        self.offered = offered


class AuthMissingError(Exception):
    """Kerberos is asked for, and this installation cannot speak it."""


class CertificateFileError(Exception):
    """The site's `ca` file cannot be used."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(reason)
        self.path, self.reason = path, reason


class BasicInClearError(Exception):
    """Basic over plain HTTP, and the site does not say `insecure`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """What the sentences need to know of a machine and of how far it came."""

    target: WindowsTarget
    user: str = ""
    method: Method = "ntlm"
    answer: bytes = b""
    """The last answer, as far as it came."""
    names: tuple[str, ...] = ()
    """What the certificate names, as it says, where that was looked at."""

    @property
    def place(self) -> str:
        """The endpoint as everything names it."""
        return str(self.target.endpoint)


# name: (status, error, resolve); {values} are filled in by `say`
CAUSES: dict[str, tuple[Status, str, str]] = {
    # ---- the way there ----
    "refused": (
        "unreachable",
        "nothing listens on {place}: the connection was refused",
        "start WinRM there (winrm quickconfig), or correct the endpoint: HTTP is 5985, HTTPS 5986",
    ),
    "no answer": (
        "unreachable",
        "no answer from {place}: the connection timed out",
        "see whether {name} runs and is reachable, and that its firewall lets TCP {port} in "
        "(in the public profile Windows admits its own subnet only)",
    ),
    "no route": ("unreachable", "no way to {place}: {said}", "see the route and the firewall of this machine"),
    "name": (
        "unreachable",
        "the name {host} has no address: {said}",
        "correct the endpoint of {name}, or write its address instead",
    ),
    "no host": ("unreachable", "{place} is no address to connect to: {said}", "correct the endpoint of {name}"),
    "cut": (
        "unreachable",
        "{place} closed the connection before its answer was complete",
        "ask again; see whether WinRM was restarted, or a firewall between drops connections",
    ),
    # ---- TLS ----
    "tls name": (
        "unreachable",
        "the certificate of {place} is for another name{holds}: {said}",
        "connect by a name that the certificate holds, or give {name} a certificate for {host}; "
        "insecure = true takes any",
    ),
    "tls expired": (
        "unreachable",
        "the certificate of {place} is out of date: {said}",
        "renew it, and see that the clocks are right; insecure = true takes any",
    ),
    "tls unknown": (
        "unreachable",
        "nobody this machine trusts vouches for the certificate of {place}: {said}",
        "name the authority's certificate (PEM) in ca = for {name}; insecure = true takes any",
    ),
    "tls other": (
        "unreachable",
        "no TLS connection to {place}: {said}",
        "see the certificate and the TLS versions of {name}'s HTTPS listener (winrm enumerate winrm/config/listener)",
    ),
    "tls ca": ("unreachable", "the ca file {ca} cannot be used: {said}", "name a readable PEM file of certificates"),
    "plain here": (
        "unreachable",
        "{place} speaks plain HTTP, not TLS",
        "correct the endpoint: http:// and 5985, or give {name} an HTTPS listener",
    ),
    "tls here": ("unreachable", "{place} speaks TLS, not plain HTTP", "correct the endpoint: https:// and 5986"),
    # ---- signing in ----
    "credential": ("denied", "no account for {name}: {said}", "make {ref} give USER:PASSWORD"),
    "refused account": (
        "denied",
        "{place} refused the sign-in of {user} with {method} (HTTP 401); it offers {offered}",
        "see the name (DOMAIN\\user, user@domain or a local name) and the password in {ref}, and whether the account is "
        "locked; a local administrator other than the built-in one needs LocalAccountTokenFilterPolicy = 1 on {name} "
        "(KB 951016); members of Protected Users need Kerberos; clocks must agree within 5 minutes",
    ),
    "not tried": (
        "denied",
        "not tried: the password of {user} was refused by {by}",
        "correct {ref} and run again; it was tried once only, so that the account is not locked",
    ),
    "not offered": (
        "denied",
        "{place} does not offer {method}; it offers {offered}",
        "name one of its methods in auth = for {name}, or allow {method} there (winrm get winrm/config/service/auth)",
    ),
    "ntlm blocked": (
        "denied",
        "{place} offers {offered}, but does not begin an NTLM sign-in",
        'NTLM may be forbidden there (Network security: Restrict NTLM): use Kerberos, auth = "kerberos"',
    ),
    "sign-in broken": (
        "denied",
        "the connection to {place} did not last until {user} was signed in (HTTP 401)",
        "connect to the machine itself, not through a proxy or a load balancer (nor the VIP): NTLM belongs to one connection",
    ),
    "sign-in lost": (
        "denied",
        "{place} took the sign-in of {user} and later refused it (HTTP 401)",
        "see whether the account was disabled or locked meanwhile; connect to the machine itself, not through a proxy "
        "or a load balancer (nor the VIP)",
    ),
    "no kerberos": (
        "denied",
        "Kerberos is asked for {name}, but this installation cannot speak it",
        'install pywinrm[kerberos] and get a ticket (kinit), or say auth = "ntlm"',
    ),
    "kerberos": (
        "denied",
        "Kerberos gave no sign-in of {user} to {place}: {said}",
        'see the ticket (klist) and that {host} is the full name in an SPN HTTP/{host}, or say auth = "ntlm"',
    ),
    "basic in clear": (
        "denied",
        "not tried: Basic over plain HTTP shows the password to everybody on the way to {place}",
        'use https, or auth = "ntlm"; insecure = true sends it all the same',
    ),
    "access": (
        "denied",
        "{place} took the sign-in of {user}, but gives it no shell: access is denied",
        "use a local administrator of {name}, or grant Read and Execute (winrm configSDDL default); Remote Management "
        "Users alone does not suffice for a WinRM shell",
    ),
    # ---- the service ----
    "shell quota": (
        "denied",
        "{name} has no shell left for {user}: MaxShellsPerUser is reached",
        "close shells of that account on {name} (they end by themselves when idle), or raise "
        "winrm/config/winrs MaxShellsPerUser",
    ),
    "operation quota": (
        "denied",
        "{name} takes no more operations of {user}: MaxConcurrentOperationsPerUser is reached",
        "close shells of that account on {name}, or restart its WinRM service",
    ),
    "fault": (
        "unsupported",
        "WinRM on {name} answered with fault {code}: {said}",
        "see that code in Microsoft's WinRM documentation",
    ),
    "service slow": (
        "timeout",
        "WinRM on {name} gave up by itself: the operation took too long there",
        "see how busy {name} is; ask again",
    ),
    "shell gone": (
        "unreachable",
        "{name} closed the shell before the script was done",
        "ask again; see whether its WinRM service was restarted",
    ),
    "http 400": (
        "garbled",
        "{place} calls the request malformed (HTTP 400), also on a new connection",
        "see whether something between changes the requests; restart WinRM on {name}",
    ),
    "http 404": (
        "unsupported",
        "{place} has no WinRM at /wsman (HTTP 404)",
        "correct the endpoint: another web server listens there",
    ),
    "http 503": (
        "unreachable",
        "WinRM on {name} is not running: its port answers HTTP 503",
        "start the WinRM service there (winrm quickconfig)",
    ),
    "http": (
        "garbled",
        "{place} answered HTTP {code} instead of WinRM: {said}",
        "correct the endpoint, or see what stands between: a proxy, another web server",
    ),
    "not winrm": (
        "garbled",
        "{place} answers with something that is not WinRM{said}",
        "correct the endpoint: another service listens there",
    ),
    "mixed up": (
        "garbled",
        "{place} answered another question than the one that was asked",
        "see what stands between: something mixes connections up",
    ),
    "answer cut": (
        "garbled",
        "the answer of {place} ends in the middle",
        "ask again; see whether something between cuts connections",
    ),
    # ---- the script ----
    "no powershell": (
        "unsupported",
        "{name} did not start PowerShell: {said}",
        "see whether a policy on {name} forbids powershell.exe to this account",
    ),
    "language mode": (
        "unsupported",
        "PowerShell on {name} is in a restricted language mode (AppLocker, WDAC) and refused the script: {said}",
        "allow the script by its hash (`nlbwiz probes --script {kind}` prints it), or use an account that the policy leaves alone",
    ),
    "script": (
        "garbled",
        "the script on {name} ended (exit code {code}) before it answered this: {said}",
        "run it by hand there (`nlbwiz probes --script {kind}` prints it) to see why",
    ),
    "not json": (
        "garbled",
        "the script's answer on {name} is not JSON; it begins {said}",
        "see what else writes there: an AutoRun command of cmd.exe, a transcript policy, an antivirus",
    ),
    "script cut": (
        "garbled",
        "the script's answer on {name} ends in the middle of a line (exit code {code}); it begins {said}",
        "ask again; see whether PowerShell was ended on {name}",
    ),
    "too much": ("garbled", "{name} answers more than any script of ours can", "see what answers on {place}"),
    # ---- the end ----
    "time": (
        "timeout",
        "no answer from {name} within {said}",
        "{give}",
    ),
    "silent": (
        "timeout",
        "{place} took the connection and then said nothing",
        "see how busy {name} is, and whether its WinRM service hangs",
    ),
    "not installed": (
        "unsupported",
        "WinRM does not work in this installation: {said}",
        "install nlbwiz again, with everything that it needs",
    ),
    "bug": ("unsupported", "nlbwiz could not ask {name}: {said}", "report this as a bug of nlbwiz"),
}


def say(name: str, where: Where, **values: object) -> Cause:
    """The cause of that name. `values`: what its sentences need beside `where`, already safe to show."""
    status, error, resolve = CAUSES[name]
    target = where.target
    known: dict[str, object] = {
        "place": where.place,
        "name": target.name,
        "host": target.endpoint.host,
        "port": target.endpoint.port,
        "ref": target.credential,
        "ca": target.ca,
        "kind": "host" if isinstance(target, Host) else "node",
        "user": one_line(where.user, 64),
        "method": {"ntlm": "NTLM", "kerberos": "Kerberos", "basic": "Basic"}[where.method],
        "said": "",
        "give": "give the target more time",
        "holds": _holds(where.names),
        **values,
    }
    return Cause(status=status, error=error.format(**known), resolve=resolve.format(**known))


def _holds(names: tuple[str, ...]) -> str:
    told = ", ".join(one_line(name, 64) for name in names[:_NAMES])
    more = f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
    return f" (it holds {told}{more})" if names else ""


def time_limit(where: Where, seconds: float, doing: str, more_time: str) -> Cause:
    """A limit came. `doing`: what it was waited for; `more_time`: which limit, and what gives more (Clock.more_time)."""
    return say("time", where, said=f"{seconds:.3g} s: {doing}", give=more_time)


def no_credential(where: Where, reason: str) -> Cause:
    """The reference gave no account; `reason` holds no secret."""
    return say("credential", where, said=reason)


def script_end(where: Where, streams: Streams, exit_code: int, junk: str, cut: str) -> Cause:
    """Why a script that ended left sections unanswered.

    Args:
        streams: what it wrote to stderr.
        exit_code: of powershell.exe or cmd.exe.
        junk: how the first line begins that is not ours.
        cut: how an unfinished last line begins.
    """
    text = streams.error or streams.plain
    said = one_line(" ".join(text.split()), _SHOWN) or "it said nothing"
    if any(sign in text for sign in ("ConstrainedLanguage", "RestrictedLanguage", "language mode")):
        return say("language mode", where, said=said)
    if cut:
        return say("script cut", where, said=cut, code=exit_code)
    if junk:
        return say("not json", where, said=junk)
    if streams.plain and not streams.error and exit_code:
        return say("no powershell", where, said=said)  # cmd.exe speaks plain text
    return say("script", where, said=said, code=exit_code)
