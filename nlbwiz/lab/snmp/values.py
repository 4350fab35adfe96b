"""What an SNMP variable can hold, as tagged Python values, and how each is written in BER.

The types are SMIv2's (RFC 2578 7.1); the three exceptions of a variable binding are RFC 3416's (section 3). pyasn1
writes object identifiers and values; `tlv` puts the frame of tag and length round what is already written.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from pyasn1.codec.ber import encoder
from pysnmp.proto import rfc1902, rfc1905

Oid: TypeAlias = tuple[int, ...]

SEQUENCE = 0x30
OCTET_STRING = 0x04


@dataclass(frozen=True, slots=True)
class Integer32:
    """INTEGER or Integer32, also an enumeration's number: -2^31 to 2^31-1."""

    value: int


@dataclass(frozen=True, slots=True)
class OctetString:
    """OCTET STRING: a text, a MAC's six octets, a PortList."""

    value: bytes


@dataclass(frozen=True, slots=True)
class ObjectIdentifier:
    """OBJECT IDENTIFIER, as in sysObjectID."""

    value: Oid


@dataclass(frozen=True, slots=True)
class IpAddress:
    """IpAddress, dotted: `172.31.3.1`."""

    value: str


@dataclass(frozen=True, slots=True)
class Counter32:
    """Counter32; what counts past 2^32-1 goes on at 0."""

    value: int


@dataclass(frozen=True, slots=True)
class Gauge32:
    """Gauge32 or Unsigned32; what is above 2^32-1 stays there."""

    value: int


@dataclass(frozen=True, slots=True)
class TimeTicks:
    """TimeTicks, 1/100 s; goes on at 0 after 2^32-1 (497.1 days)."""

    value: int


@dataclass(frozen=True, slots=True)
class Counter64:
    """Counter64; what counts past 2^64-1 goes on at 0."""

    value: int


@dataclass(frozen=True, slots=True)
class NoSuchObject:
    """The agent does not implement this object at all."""


@dataclass(frozen=True, slots=True)
class NoSuchInstance:
    """The agent implements the object and has no such row."""


@dataclass(frozen=True, slots=True)
class EndOfMibView:
    """Nothing comes after this name."""


Value: TypeAlias = Integer32 | OctetString | ObjectIdentifier | IpAddress | Counter32 | Gauge32 | TimeTicks | Counter64
Missing: TypeAlias = NoSuchObject | NoSuchInstance | EndOfMibView
Moving: TypeAlias = Callable[[], Value]
"""A value that is looked at anew for every answer: sysUpTime, a counter that runs."""


class Varbind(NamedTuple):
    """One variable binding of an answer; `octets` is its BER, so that the size of an answer is a sum."""

    oid: Oid
    value: Value | Missing
    octets: bytes


def asn1(value: Value | Missing) -> Any:
    """The value as pysnmp's own object; `pyasn1.error.PyAsn1Error` when it is out of its type's range."""
    match value:
        case Integer32(number):
            return rfc1902.Integer32(number)
        case OctetString(octets):
            return rfc1902.OctetString(octets)
        case ObjectIdentifier(oid):
            return rfc1902.ObjectIdentifier(oid)
        case IpAddress(dotted):
            return rfc1902.IpAddress(dotted)
        case Counter32(number):
            return rfc1902.Counter32(number % 2**32)
        case Gauge32(number):
            return rfc1902.Gauge32(min(number, 2**32 - 1))
        case TimeTicks(number):
            return rfc1902.TimeTicks(number % 2**32)
        case Counter64(number):
            return rfc1902.Counter64(number % 2**64)
        case NoSuchObject():
            return rfc1905.noSuchObject
        case NoSuchInstance():
            return rfc1905.noSuchInstance
        case EndOfMibView():
            return rfc1905.endOfMibView


def binding(oid: Oid, value: Value | Missing) -> Varbind:
    """Name and value as one variable binding, written in BER."""
    name: bytes = encoder.encode(rfc1902.ObjectName(oid))
    content: bytes = encoder.encode(asn1(value))
    return Varbind(oid, value, tlv(SEQUENCE, name + content))


def tlv(tag: int, content: bytes) -> bytes:
    """`content` with its BER tag and definite length in front."""
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(octets))) + octets + content


def framed(size: int) -> int:
    """How many octets `tlv` makes of `size` octets."""
    return size + 2 if size < 0x80 else size + 2 + (size.bit_length() + 7) // 8
