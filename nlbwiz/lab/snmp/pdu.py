"""The border to pysnmp's objects: which version a datagram has, what its PDU asks for, a response as a PDU."""

from typing import Any

from pyasn1.error import PyAsn1Error
from pysnmp.proto.api import v2c, verdec
from pysnmp.proto.error import ProtocolError

from nlbwiz.lab.snmp.respond import Kind, Request, Response
from nlbwiz.lab.snmp.values import SEQUENCE, asn1

MALFORMED = (PyAsn1Error, ProtocolError, IndexError, OverflowError, TypeError)
"""What reading a damaged message raises; pyasn1 0.6.5 lets the last three out for some of them."""

KINDS: dict[Any, Kind] = {
    v2c.GetRequestPDU.tagSet: "get",
    v2c.GetNextRequestPDU.tagSet: "get_next",
    v2c.GetBulkRequestPDU.tagSet: "get_bulk",
    v2c.SetRequestPDU.tagSet: "set",
}
"""The PDUs that an agent answers, by their BER tag."""


class GarbledError(Exception):
    """The datagram holds no SNMP message."""


def version_of(datagram: bytes) -> int:
    """The message's version field: 0 is SNMPv1, 1 v2c, 3 v3; GarbledError when there is none."""
    if datagram[:1] != bytes((SEQUENCE,)):
        raise GarbledError("no SEQUENCE")
    try:
        return int(verdec.decode_message_version(datagram))
    except MALFORMED as error:
        raise GarbledError(str(error)) from error


def request_of(pdu: Any) -> Request | None:
    """What the PDU asks for; None for a PDU that an agent does not answer (response, trap, inform, report)."""
    kind = KINDS.get(pdu.tagSet)
    if kind is None:
        return None
    names = tuple(varbind[0].asTuple() for varbind in v2c.apiPDU.get_varbind_list(pdu))
    if kind != "get_bulk":
        return Request(kind=kind, names=names)
    return Request(
        kind=kind,
        names=names,
        non_repeaters=int(v2c.apiBulkPDU.get_non_repeaters(pdu)),
        max_repetitions=int(v2c.apiBulkPDU.get_max_repetitions(pdu)),
    )


def response_pdu(pdu: Any, response: Response) -> Any:
    """The Response-PDU to the request `pdu`."""
    answer = v2c.apiPDU.get_response(pdu)
    v2c.apiPDU.set_error_status(answer, response.status)
    v2c.apiPDU.set_error_index(answer, response.index)
    if response.varbinds is None:
        v2c.apiPDU.set_varbinds(answer, v2c.apiPDU.get_varbinds(pdu))
    else:
        v2c.apiPDU.set_varbinds(answer, [(oid, asn1(value)) for oid, value, _ in response.varbinds])
    return answer
