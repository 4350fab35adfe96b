"""What a credential holds: an account for WinRM, or a community or user for SNMP. They never show themselves."""

import base64
import json
import re
import unicodedata
from dataclasses import dataclass
from typing import Literal, get_args
from urllib.parse import quote

AuthProtocol = Literal["md5", "sha", "sha224", "sha256", "sha384", "sha512"]
PrivProtocol = Literal["des", "3des", "aes128", "aes192", "aes256"]
"""SNMPv3: RFC 3414 (md5, sha, des), RFC 7860 (SHA-2), RFC 3826 (aes128); 3des and the longer aes never became RFCs."""

SHORTEST_KEY = 8
"""Characters of an SNMPv3 pass phrase (RFC 3414 11.2)."""

WINDOWS_FORM = "USER:PASSWORD"
SNMP_FORM = "a community, or USER:sha256:KEY:aes128:KEY for version 3"

_AUTHS: dict[str, AuthProtocol] = {name: name for name in get_args(AuthProtocol)}
_PRIVS: dict[str, PrivProtocol] = {name: name for name in get_args(PrivProtocol)}
_SPELLINGS = {"sha1": "sha", "aes": "aes128", "tripledes": "3des"}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class WindowsSecret:
    """An account for WinRM: `DOMAIN\\user` or `user@domain` or a local name, and its password."""

    user: str
    password: str

    def __repr__(self) -> str:
        return "WindowsSecret(hidden)"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SnmpSecret:
    """`community` alone (SNMPv2c), or `user`, `auth` and `auth_key`, perhaps with `priv` and `priv_key` (SNMPv3)."""

    community: str | None = None
    user: str | None = None
    auth: AuthProtocol | None = None
    auth_key: str | None = None
    priv: PrivProtocol | None = None
    priv_key: str | None = None

    def __repr__(self) -> str:
        return "SnmpSecret(hidden)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfit:
    """Why there is no usable secret and what to do, without a word of what was read."""

    why: str
    do: str = ""


def one_line(raw: bytes | str) -> str | Unfit:
    """The one line that a secret is: UTF-8 or UTF-16 with a byte order mark, its line end taken off."""
    text = raw if isinstance(raw, str) else _decoded(raw)
    if text is None:
        return Unfit(why="holds something that is not UTF-8 text")
    line = text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}").rstrip("\r\n")
    if not line:
        return Unfit(why="is empty")
    if "\n" in line or "\r" in line:
        return Unfit(why="holds more than one line")
    if any(unicodedata.category(c) in ("Cc", "Cs") for c in line):
        return Unfit(why="holds control characters or broken text")
    return line


def _decoded(raw: bytes) -> str | None:
    # Windows PowerShell 5.1 writes UTF-16 with a byte order mark when it redirects to a file.
    utf16 = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        return raw.decode("utf-16" if utf16 else "utf-8")
    except UnicodeDecodeError:
        return None


def windows_secret(line: str) -> WindowsSecret | Unfit:
    """USER:PASSWORD, split at the first colon: a password may hold colons, an account name cannot."""
    user, colon, password = line.partition(":")
    if not colon:
        return Unfit(why="has no colon between user and password")
    if not user.strip():
        return Unfit(why="has no user before the first colon")
    if not password:
        return Unfit(why="has no password after the first colon")
    return WindowsSecret(user=user, password=password)


def snmp_secret(line: str) -> SnmpSecret | Unfit:
    """A community, or USER:AUTH:KEY or USER:AUTH:KEY:PRIV:KEY.

    A community may hold colons. What looks like version 3 and is not quite is refused: taken for a community, its
    keys would travel in clear text.
    """
    parts = line.split(":")
    auth = _AUTHS.get(_word(parts[1])) if len(parts) > 2 else None
    priv = _PRIVS.get(_word(parts[3])) if len(parts) > 4 else None
    if auth is None and priv is None and not (len(parts) in (3, 5) and re.match(r"(?i)md-?\d|sha|hmac", parts[1])):
        return SnmpSecret(community=line)
    if auth is None:
        return Unfit(why=f"looks like version 3, but its second part is none of {' '.join(_AUTHS)}")
    if len(parts) not in (3, 5):
        return Unfit(why="looks like version 3, but has neither 3 nor 5 parts (a key cannot hold a colon)")
    if len(parts) == 5 and priv is None:
        return Unfit(why=f"looks like version 3, but its fourth part is none of {' '.join(_PRIVS)}")
    if not parts[0]:
        return Unfit(why="looks like version 3, but has no user before the first colon")
    keys = parts[2::2]
    if any(len(key) < SHORTEST_KEY for key in keys):
        return Unfit(why=f"looks like version 3, but has a key of fewer than {SHORTEST_KEY} characters (RFC 3414 11.2)")
    return SnmpSecret(
        user=parts[0],
        auth=auth,
        auth_key=keys[0],
        priv=priv,
        priv_key=keys[1] if len(keys) > 1 else None,
    )


def secret_parts(secret: WindowsSecret | SnmpSecret) -> tuple[str, ...]:
    """Those of its texts that nobody may see; a user's name is none of them."""
    parts = (
        (secret.password,)
        if isinstance(secret, WindowsSecret)
        else (secret.community, secret.auth_key, secret.priv_key)
    )
    return tuple(part for part in parts if part)


def spellings(text: str) -> frozenset[str]:
    """A text as messages write it: as it is, as Python, JSON, XML or a URL quote it, and what base64 makes of it."""
    octets = text.encode("utf-8", "surrogatepass")
    marked = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return frozenset(
        (
            text,
            repr(text)[1:-1],
            ascii(text)[1:-1],
            repr(octets)[2:-1],
            json.dumps(text)[1:-1],
            marked,
            marked.replace('"', "&quot;").replace("'", "&apos;"),
            marked.replace('"', "&quot;").replace("'", "&#x27;"),
            quote(octets, safe=""),
            quote(octets),
            base64.b64encode(octets).decode("ascii"),
        )
    )


def _word(text: str) -> str:
    """A protocol's name as we write it: SHA-256 is sha256, AES is aes128 (net-snmp's -x AES)."""
    word = text.lower().replace("-", "").replace("_", "")
    return _SPELLINGS.get(word, word)
