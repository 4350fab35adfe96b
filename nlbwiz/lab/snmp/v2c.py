"""SNMPv2c messages: pysnmp reads the request, the answer is put together from bindings that are already written."""

from dataclasses import dataclass
from typing import Any

from pyasn1.codec.ber import decoder, encoder
from pysnmp.proto.api import v2c

from nlbwiz.lab.snmp.pdu import MALFORMED, GarbledError, request_of
from nlbwiz.lab.snmp.respond import NO_ERROR, TOO_BIG, Request, Response
from nlbwiz.lab.snmp.values import OCTET_STRING, SEQUENCE, framed, tlv

_VERSION = b"\x02\x01\x01"  # INTEGER 1: SNMPv2c (RFC 1901)
_RESPONSE = 0xA2  # Response-PDU (RFC 3416 section 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One SNMPv2c message; `request` is None for a PDU that an agent does not answer."""

    community: bytes
    request: Request | None
    pdu: Any

    def room(self, max_message: int) -> int:
        """How many octets of variable bindings an answer of `max_message` octets can hold."""
        return max_message - (self._size(max_message) - max_message)

    def answer(self, response: Response, max_message: int) -> bytes:
        """The answer as a datagram; tooBig without bindings where the request's own do not fit (RFC 3416 4.2)."""
        if response.varbinds is None:
            bindings: bytes = encoder.encode(v2c.apiPDU.get_varbind_list(self.pdu))
            if len(self._datagram(response, bindings)) > max_message:
                return self.answer(Response(status=TOO_BIG, varbinds=()), max_message)
        else:
            bindings = tlv(SEQUENCE, b"".join(varbind.octets for varbind in response.varbinds))
        return self._datagram(response, bindings)

    def _datagram(self, response: Response, bindings: bytes) -> bytes:
        pdu = tlv(_RESPONSE, self._request_id() + _small(response.status) + _small(response.index) + bindings)
        return tlv(SEQUENCE, _VERSION + tlv(OCTET_STRING, self.community) + pdu)

    def _size(self, bindings: int) -> int:
        """The datagram's octets with `bindings` octets of variable bindings and no error."""
        head = len(self._request_id()) + 2 * len(_small(NO_ERROR))
        return framed(len(_VERSION) + framed(len(self.community)) + framed(head + framed(bindings)))

    def _request_id(self) -> bytes:
        octets: bytes = encoder.encode(v2c.apiPDU.get_request_id(self.pdu))
        return octets


def read(datagram: bytes) -> Message:
    """The message in a datagram; GarbledError when there is none."""
    try:
        message, _ = decoder.decode(datagram, asn1Spec=v2c.Message())
        pdu = v2c.apiMessage.get_pdu(message)
        return Message(
            community=bytes(v2c.apiMessage.get_community(message)),
            request=request_of(pdu),
            pdu=pdu,
        )
    except MALFORMED as error:
        raise GarbledError(str(error)) from error


def _small(number: int) -> bytes:
    """An INTEGER: error-status and error-index (at most 2^31-1)."""
    octets: bytes = encoder.encode(v2c.Integer(number))
    return octets
