"""The rows of an SNMP answer, by MIB name and index, and their values; any of them may be missing or of a wrong type. Pure."""

from collections import defaultdict

import msgspec

from nlbwiz.addr import AddressError, Mac, mac
from nlbwiz.mibs import OIDS, Oid
from nlbwiz.probes import PROBES
from nlbwiz.record.evidence import Evidence

Columns = dict[str, dict[Oid, "Row"]]
"""MIB name -> index -> row. A column that has no row is an empty dict."""


class Row(msgspec.Struct, frozen=True, array_like=True):
    """One varbind: dotted OID, type, value. Octets are hex digits; `no_such_*` and `end_of_view` carry no value."""

    oid: str
    type: str
    value: int | str | None = None

    @property
    def there(self) -> bool:
        """True when the agent gave a value."""
        return not self.type.startswith(("no_such", "end_of")) and self.type != "null"


class Answer(msgspec.Struct, frozen=True):
    """`Evidence.raw` of an SNMP ask. `ended`: every column was read to its end, or every exact row was answered for.

    `looked`: how many rows a search went through, where it kept fewer.
    """

    rows: list[Row]
    ended: bool = True
    looked: int = 0


_DECODER = msgspec.json.Decoder(Answer)


def answer(evidence: Evidence) -> Answer:
    """What the agent said. Raises msgspec.ValidationError (a ValueError) for what is no answer."""
    return _DECODER.decode(evidence.raw or '{"rows": []}')


def columns(evidence: Evidence, said: Answer | None = None) -> Columns:
    """The columns of the ask's probe; rows that are not there are left out."""
    prefixes = PROBES[evidence.ask.probe].oids
    found: Columns = defaultdict(dict)
    for row in (said or answer(evidence)).rows:
        if not row.there:
            continue
        oid = tuple(map(int, row.oid.split(".")))
        for name, prefix in prefixes:
            if oid[: len(prefix)] == prefix and (len(oid) > len(prefix) or prefix[-1] == 0):
                found[name][oid[len(prefix) :]] = row
                break
    return found


def there(found: Columns, *names: str) -> bool:
    """Whether any of these columns has a row."""
    return any(found.get(name) for name in names)


def scalar(found: Columns, name: str) -> Row | None:
    """The value of a scalar (its name ends with `.0`)."""
    return next(iter(found[name].values()), None) if OIDS[name][-1] == 0 or found[name] else None


def octets(row: Row | None) -> bytes:
    """An OCTET STRING; empty for any other type."""
    return bytes.fromhex(str(row.value)) if row is not None and row.type == "octets" else b""


def text(row: Row | None) -> str:
    """A DisplayString: octets, decoded as UTF-8 where they are, else byte by byte."""
    if row is None or row.value is None:
        return ""
    if row.type != "octets":
        return str(row.value)
    raw = octets(row)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def number(row: Row | None) -> int | None:
    """Any of SNMP's kinds of number; None for a value that is none."""
    return row.value if row is not None and isinstance(row.value, int) else None


def mac_in(row: Row | None) -> Mac | None:
    """A PhysAddress; empty or all zero (incomplete) is None. NX-OS 6 writes text without leading zeros.

    Raises AddressError for octets that are neither.
    """
    if row is None or row.type != "octets" or not str(row.value).strip("0"):
        return None
    raw = octets(row)
    return mac(raw) if len(raw) == 6 else mac(raw.decode("ascii", errors="replace"))


def maybe_mac(row: Row | None) -> Mac | None:
    """A MAC where there is one, else None."""
    try:
        return mac_in(row)
    except AddressError:
        return None
