"""One value of a site file at a time: what TOML gave becomes what the model holds, or a Mistake."""

import ipaddress
import re
from collections.abc import Callable
from datetime import date, datetime
from ipaddress import IPv6Address
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Literal, TypeVar, get_args

from nlbwiz.site.form import NAME, PLATFORMS, RANGES
from nlbwiz.site.mistakes import Mistake, nearest, quoted, shown
from nlbwiz.site.model import Auth, Endpoint, IPAddress
from nlbwiz.site.reference import parse_reference

T = TypeVar("T")
Reader = Callable[[object], T | Mistake]

Limit = Literal["total_s", "target_s", "snmp_s"]
LIMITS: tuple[Limit, ...] = get_args(Limit)

HTTP_PORT, HTTPS_PORT, SNMP_PORT = 5985, 5986, 161
"""WinRM's listeners (MS-WSMV 2.1, Windows Server 2008 R2 and later) and SNMP's (RFC 3417 3.1)."""

_LABEL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\Z")
_ADDRESS = "one IPv4 or IPv6 address in quotes"
_WINRM = '"host", "host:port", "[IPv6]:port", "http://host:port" or "https://host:port"'
_AGENT = '"host", "host:port" or "[IPv6]:port"'


def address(value: object) -> IPAddress | Mistake:
    """An address that one machine can have: no prefix, no zone, not a group, not 0.0.0.0."""
    if not isinstance(value, str):
        return Mistake(found=f"found {shown(value)}", expected=_ADDRESS, do='write it as text, e.g. "172.31.3.11"')
    found = f"found {shown(value)}"
    try:
        ip = ipaddress.ip_address(value[:80])
    except ValueError:
        return Mistake(found=found, expected=_ADDRESS, do=_address_advice(value))
    if isinstance(ip, IPv6Address) and ip.scope_id:
        return Mistake(found=found, expected=_ADDRESS, do="leave out the zone after the %")
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped:
        return Mistake(found=found, expected=_ADDRESS, do=f'write it as IPv4: "{ip.ipv4_mapped}"')
    if ip.is_unspecified or ip.is_multicast or str(ip) == "255.255.255.255":
        return Mistake(
            found=found, expected="the address of one machine", do="write another: no machine can have this one"
        )
    return ip


def _address_advice(text: str) -> str:
    if "/" in text[:80]:
        return "leave out the / and the prefix length"
    if text[:1].isalpha() and ":" not in text[:80]:
        return "write the machine's IP address; a name to connect to goes into endpoint"
    return "correct the address"


def vip(value: object) -> IPAddress | Mistake:
    """A virtual address: as `address`, and not loopback."""
    ip = address(value)
    expected = "the cluster's virtual IP address in quotes"
    if isinstance(ip, Mistake):
        named = isinstance(value, str) and value[:1].isalpha() and ":" not in value[:80]
        return Mistake(
            found=ip.found, expected=expected, do="write the address that the name stands for" if named else ip.do
        )
    if ip.is_loopback:
        return Mistake(
            found=f"found {shown(value)}", expected=expected, do="write another: a loopback address is never one"
        )
    return ip


def cidr(value: object) -> str | Mistake:
    """An interface address with its prefix length, written canonically: `172.31.3.5/24`."""
    expected = 'an address with its prefix length, e.g. "172.31.3.5/24"'
    found = f"found {shown(value)}"
    if not isinstance(value, str):
        return Mistake(found=found, expected=expected, do="write it as text")
    if "/" not in value:
        return Mistake(found=found, expected=expected, do="add / and the prefix length")
    try:
        return str(ipaddress.ip_interface(value[:80]))
    except ValueError:
        return Mistake(found=found, expected=expected, do="correct the address or the prefix length")


def winrm(value: object) -> Endpoint | Mistake:
    """Where WinRM is reached. Without a scheme it is http; without a port 5985, or 5986 for https."""
    parts = _parts(value, _WINRM)
    if isinstance(parts, Mistake):
        return parts
    scheme, host, port = parts
    if scheme == "https":
        return Endpoint(host=host, port=port or HTTPS_PORT, scheme="https")
    if scheme == "http":
        return Endpoint(host=host, port=port or HTTP_PORT, scheme="http")
    if scheme is not None:
        return Mistake(
            found=f"found {shown(value)}", expected=_WINRM, do="correct the scheme: WinRM speaks http or https"
        )
    if port == HTTPS_PORT:
        return Mistake(
            found=f"found {shown(value)}: http on the port of https",
            expected=_WINRM,
            do=f'write "https://{value}", or "http://{value}" if it really is http',
        )
    return Endpoint(host=host, port=port or HTTP_PORT, scheme="http")


def agent(value: object) -> Endpoint | Mistake:
    """Where an SNMP agent is reached, by UDP; without a port 161."""
    parts = _parts(value, _AGENT)
    if isinstance(parts, Mistake):
        return parts
    scheme, host, port = parts
    if scheme is not None:
        return Mistake(found=f"found {shown(value)}", expected=_AGENT, do="leave out what stands before the host")
    return Endpoint(host=host, port=port or SNMP_PORT)


def _parts(value: object, expected: str) -> tuple[str | None, str, int | None] | Mistake:
    """Scheme, host and port as written."""
    if not isinstance(value, str):
        return Mistake(found=f"found {shown(value)}", expected=expected, do="write it as text")
    if "@" in value:
        # USER:PASSWORD@HOST: nothing of it is shown.
        return Mistake(
            found="a text with an @ (not shown: it may hold a password)",
            expected=expected,
            do="give the account by credential",
        )
    found = f"found {shown(value)}"
    head, separator, tail = value.partition("://")
    scheme, place = (head.lower(), tail) if separator else (None, value)
    if any(c in place for c in "/?#"):
        return Mistake(found=found, expected=expected, do="leave out what follows the port")
    bracketed = re.fullmatch(r"\[([^\[\]]*)\](?::(.*))?", place)
    if bracketed:
        host, port_text = bracketed.group(1), bracketed.group(2)
        try:
            ip = IPv6Address(host)
        except ValueError:
            return Mistake(
                found=found, expected=expected, do="take the brackets out: only an IPv6 address stands in them"
            )
        if ip.scope_id:
            return Mistake(found=found, expected=expected, do="leave out the zone after the %")
        host = str(ip)
    elif place.count(":") > 1:
        return Mistake(found=found, expected=expected, do='put an IPv6 address in brackets: "[2001:db8::11]:5985"')
    else:
        host, colon, after = place.partition(":")
        port_text = after if colon else None
        if not _is_host(host):
            return Mistake(
                found=found, expected=expected, do="correct the host: an address or an ASCII name (IDN as xn--)"
            )
    if port_text is None:
        return scheme, host, None
    if not re.fullmatch(r"[0-9]{1,5}", port_text) or not 1 <= int(port_text) <= 65535:
        return Mistake(found=found, expected=expected, do="correct the port: 1 to 65535")
    return scheme, host, int(port_text)


def _is_host(text: str) -> bool:
    """An IPv4 address or a host name. A name whose last label is a number is a mistyped address."""
    labels = text.removesuffix(".").split(".")
    if len(text) > 253 or not all(_LABEL.match(label) for label in labels):
        return False
    if not labels[-1].isdigit():
        return True
    try:
        ipaddress.IPv4Address(text)
    except ValueError:
        return False
    return True


def auth(value: object) -> Auth | Mistake:
    """How to sign in to WinRM."""
    for known in get_args(Auth):
        if value == known:
            return known  # type: ignore[no-any-return]  # one of the Literal's own words
    return _no_choice(value, get_args(Auth), "write one of them")


def platform(value: object) -> str | Mistake:
    """A platform that the vendor matrix has."""
    if isinstance(value, str) and value in PLATFORMS:
        return value
    return _no_choice(value, PLATFORMS, "or leave the key out: the platform is detected")


def _no_choice(value: object, known: tuple[str, ...], otherwise: str) -> Mistake:
    guess = nearest(value, known) if isinstance(value, str) else None
    return Mistake(
        found=f"found {shown(value)}",
        expected=f"one of {', '.join(known)}",
        do=f"did you mean {quoted(guess)}?" if guess else otherwise,
    )


def switch(value: object) -> bool | Mistake:
    """true or false."""
    if isinstance(value, bool):
        return value
    return Mistake(found=f"found {shown(value)}", expected="true or false", do="write it without quotes")


def seconds(key: Limit) -> Reader[float]:
    """The reader of one limit, in its range."""
    low, high = RANGES[key]

    def read(value: object) -> float | Mistake:
        if isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high:
            return float(value)
        return Mistake(
            found=f"found {shown(value)}",
            expected=f"a number of seconds from {low:g} to {high:g}",
            do="correct the number",
        )

    return read


def day(value: object) -> date | Mistake:
    """A TOML local date."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    do = "write it without quotes" if isinstance(value, str) else "write the day alone"
    return Mistake(found=f"found {shown(value)}", expected="a date, e.g. 2027-03-31", do=do)


def sentence(value: object) -> str | Mistake:
    """One line of text for a reader: not empty, at most 500 characters."""
    if isinstance(value, str) and value.strip() and len(value) <= 500 and _one_line(value):
        return value
    return Mistake(
        found=f"found {shown(value)}",
        expected="one line of text, at most 500 characters",
        do="write what a reader must know",
    )


def _one_line(text: str) -> bool:
    return all(c.isprintable() or c == "\N{NO-BREAK SPACE}" for c in text)


def cause(value: object) -> str | Mistake:
    """A cause's id."""
    if isinstance(value, str) and re.fullmatch(r"NLB[0-9]{3}", value):
        return value
    return Mistake(
        found=f"found {shown(value)}", expected='the id of a cause, e.g. "NLB006"', do="`nlbwiz explain` lists the ids"
    )


def name(value: object) -> str | Mistake:
    """A name of this file; whether it is there is asked later."""
    if isinstance(value, str) and re.fullmatch(NAME, value):
        return value
    return Mistake(
        found=f"found {shown(value)}", expected="a name of this file", do="write it as it stands in its [table]"
    )


def uplink(value: object) -> str | Mistake:
    """`switch:port`. The port may hold colons (slot:port on EXOS), the switch's name cannot."""
    if isinstance(value, str) and len(value) <= 128 and _one_line(value):
        switch_name, _, port = value.partition(":")
        if re.fullmatch(NAME, switch_name) and port.strip():
            return value
    return Mistake(
        found=f"found {shown(value)}",
        expected='a switch of this file and its port, e.g. "sw1:ch1"',
        do="write switch:port",
    )


def path(folder: Path) -> Reader[str]:
    """The reader of a path: relative ones start at the site file's folder; nothing is looked up on disk."""

    def read(value: object) -> str | Mistake:
        if isinstance(value, str) and value and len(value) <= 2000 and value.isprintable():
            return _absolute(value, folder)
        return Mistake(
            found=f"found {shown(value)}",
            expected="the path of a file",
            do="write it as text, relative to this file or absolute",
        )

    return read


def _absolute(text: str, folder: Path) -> str | Mistake:
    """A path of either system stays as it is: a bundle's site is read on another machine than it was written on."""
    if PurePosixPath(text).is_absolute() or PureWindowsPath(text).is_absolute():
        return text
    try:
        own = Path(text).expanduser()
    except RuntimeError:
        return Mistake(
            found=f"found {shown(text)}",
            expected="the path of a file",
            do="write it in full: that user has no home here",
        )
    return str((folder / own).absolute())


def reference(folder: Path) -> Reader[str]:
    """The reader of a credential reference; a `file:` gets its full path."""

    def read(value: object) -> str | Mistake:
        found = parse_reference(value)
        if isinstance(found, Mistake):
            return found
        if found.scheme != "file":
            return str(found)
        full = _absolute(found.rest, folder)
        return full if isinstance(full, Mistake) else f"file:{full}"

    return read
