"""WS-Management messages as Windows writes them: reading a request, building an answer, a fault, Identify.

Structure and constant texts follow answers recorded from Windows Server 2008 R2 to 2016 (the golden structure in
tests/lab/winrm/golden_shapes.json holds their shape) and MS-WSMV section 2.2.  What is not so says UNCONFIRMED.
"""

import re
import uuid
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

from nlbwiz.lab.winrm.faults import Action

SOAP: Final = "http://www.w3.org/2003/05/soap-envelope"
ADDRESSING: Final = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
WSMAN: Final = "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"
MICROSOFT: Final = "http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd"
TRANSFER: Final = "http://schemas.xmlsoap.org/ws/2004/09/transfer"
SHELL: Final = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
CONFIG: Final = "http://schemas.microsoft.com/wbem/wsman/1/config"
IDENTITY: Final = "http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd"
FAULT: Final = "http://schemas.microsoft.com/wbem/wsman/1/wsmanfault"
CMD_SHELL: Final = SHELL + "/cmd"
ANONYMOUS: Final = ADDRESSING + "/role/anonymous"
NAMESPACES: Final = {"s": SOAP, "a": ADDRESSING, "w": WSMAN, "x": TRANSFER, "rsp": SHELL}

_FAULT_DETAIL = "http://schemas.dmtf.org/wbem/wsman/1/wsman/faultDetail/"
_ACTIONS: dict[str, Action] = {
    TRANSFER + "/Create": "Create",
    TRANSFER + "/Delete": "Delete",
    TRANSFER + "/Get": "Get",
    SHELL + "/Command": "Command",
    SHELL + "/Receive": "Receive",
    SHELL + "/Send": "Send",
    SHELL + "/Signal": "Signal",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultForm:
    """How Windows writes one fault: `code` is WSManFault/@Code, `provider` says that the cmd plugin reports it."""

    code: int
    subcode: str
    reason: str
    message: str = ""  # when it differs from the reason
    receiver: bool = False  # s:Receiver instead of s:Sender
    detail: str = ""
    provider: bool = False


TIMED_OUT: Final = 2150858793
INVALID_SELECTORS: Final = 2150858843
SCHEMA_VALIDATION: Final = 2150858817
SHELL_QUOTA: Final = 2150859173
OPERATION_QUOTA: Final = 2150859174
ACCESS_DENIED: Final = 5
INVALID_PARAMETER: Final = 87
FILE_NOT_FOUND: Final = 2147942402
BAD_HEADER: Final = 2150858767
BAD_XML: Final = 2150858752
ENVELOPE_TOO_BIG: Final = 2150858753
ACTION_UNKNOWN: Final = 2150858819
RESOURCE_UNKNOWN: Final = 2150858811

_PROCESS = "The WS-Management service cannot process the request"
FAULT_FORMS: dict[int, FaultForm] = {
    form.code: form
    for form in (
        FaultForm(
            code=TIMED_OUT,
            subcode="w:TimedOut",
            receiver=True,
            reason="The WS-Management service cannot complete the operation within the time specified in "
            "OperationTimeout.  ",
        ),
        FaultForm(
            code=INVALID_SELECTORS,
            subcode="w:InvalidSelectors",
            reason=f"{_PROCESS} because the request contained invalid selectors for the resource. ",
            detail=_FAULT_DETAIL + "UnexpectedSelectors",
        ),
        FaultForm(
            code=SCHEMA_VALIDATION,
            subcode="w:SchemaValidationError",
            reason="The SOAP XML in the message does not match the corresponding XML schema definition. "
            "Change the XML and retry. ",
        ),
        FaultForm(
            code=SHELL_QUOTA,
            subcode="w:QuotaLimit",
            reason=f"{_PROCESS}. The maximum number of concurrent shells for this user has been exceeded. "
            "Close existing shells or raise the quota for this user. ",
        ),
        FaultForm(  # the subcode is UNCONFIRMED, taken over from the shell quota
            code=OPERATION_QUOTA,
            subcode="w:QuotaLimit",
            reason=f"{_PROCESS}. The maximum number of concurrent operations for this user has been exceeded. "
            "Close existing operations for this user, or raise the quota for this user. ",
        ),
        FaultForm(code=ACCESS_DENIED, subcode="w:AccessDenied", reason="Access is denied. "),
        FaultForm(
            code=INVALID_PARAMETER,
            subcode="w:InvalidParameter",
            reason="The parameter is incorrect. ",
            detail=_FAULT_DETAIL + "InvalidValue",
            provider=True,
        ),
        FaultForm(
            code=FILE_NOT_FOUND,
            subcode="w:InternalError",
            receiver=True,
            reason="The system cannot find the file specified. ",
            provider=True,
        ),
        FaultForm(  # text UNCONFIRMED
            code=BAD_HEADER,
            subcode="a:InvalidMessageInformationHeader",
            reason="A header is not valid, and the message cannot be processed. ",
        ),
        FaultForm(  # code and text UNCONFIRMED
            code=BAD_XML, subcode="w:SchemaValidationError", reason="The request could not be parsed. "
        ),
        FaultForm(  # code and text UNCONFIRMED
            code=ENVELOPE_TOO_BIG,
            subcode="w:EncodingLimit",
            reason=f"{_PROCESS}: the request exceeds MaxEnvelopeSize. ",
        ),
        FaultForm(  # text UNCONFIRMED
            code=ACTION_UNKNOWN, subcode="a:ActionNotSupported", reason="The action is not supported by the service. "
        ),
        FaultForm(  # text UNCONFIRMED
            code=RESOURCE_UNKNOWN,
            subcode="a:DestinationUnreachable",
            reason=f"{_PROCESS}. The resource URI is not supported. ",
        ),
    )
}


class WsmanFaultError(Exception):
    """A SOAP fault to answer with; `message` replaces the form's own text in WSManFault/Message."""

    def __init__(self, code: int, message: str = "") -> None:
        super().__init__(code, message)
        self.form = FAULT_FORMS.get(code) or FaultForm(
            code=code, subcode="w:InternalError", receiver=True, reason=f"Fault {code}. "
        )
        self.message = message or self.form.message or self.form.reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A request: its addressing and what it asks for; `action` is None when this server does not know the action."""

    action: Action | None
    message_id: str
    resource: str
    selectors: dict[str, str]
    options: dict[str, str]  # option names in upper case
    timeout_s: float
    max_envelope: int  # bytes the client takes
    body: ET.Element


def read(xml: bytes) -> Message:
    """The request in `xml`; raises WsmanFaultError when it is not a WS-Management message."""
    try:
        envelope = ET.fromstring(xml)  # noqa: S314 (loopback only, and expat limits entity expansion)
    except ET.ParseError as error:
        raise WsmanFaultError(BAD_XML) from error
    body = envelope.find("s:Body", NAMESPACES)
    if body is None:
        raise WsmanFaultError(BAD_XML)
    header = envelope.find("s:Header", NAMESPACES)
    if header is None:
        header = ET.Element("none")
    identify = body.find(f"{{{IDENTITY}}}Identify") is not None
    action_uri = header.findtext("a:Action", "", NAMESPACES)
    message_id = header.findtext("a:MessageID", "", NAMESPACES)
    if not identify and not (action_uri and message_id):
        raise WsmanFaultError(BAD_HEADER)
    max_envelope = header.findtext("w:MaxEnvelopeSize", "153600", NAMESPACES)
    timeout_s = duration_s(header.findtext("w:OperationTimeout", "PT60S", NAMESPACES))
    if not max_envelope.isdecimal() or timeout_s is None:
        raise WsmanFaultError(SCHEMA_VALIDATION)
    return Message(
        action="Identify" if identify else _ACTIONS.get(action_uri),
        message_id=message_id,
        resource=header.findtext("w:ResourceURI", "", NAMESPACES),
        selectors={
            item.get("Name", ""): item.text or "" for item in header.findall("w:SelectorSet/w:Selector", NAMESPACES)
        },
        options={
            item.get("Name", "").upper(): item.text or "" for item in header.findall("w:OptionSet/w:Option", NAMESPACES)
        },
        timeout_s=timeout_s,
        max_envelope=int(max_envelope),
        body=body,
    )


def duration_s(text: str) -> float | None:
    """Seconds of an xs:duration without years and months (`PT60S`, `P0DT1H`), or None when it is none."""
    match = re.fullmatch(
        r"P(?=.)(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?", text.strip(), re.ASCII
    )
    if match is None:
        return None
    days, hours, minutes, seconds = (float(part or 0) for part in match.groups())
    return days * 86400 + hours * 3600 + minutes * 60 + seconds


def answer(action_uri: str, relates_to: str, inner: str, *, activity_id: bool, namespaces: str = "") -> bytes:
    """The SOAP envelope of an answer with `inner` as its body.

    Args:
        activity_id: whether the header p:ActivityId is there: newer Windows sends it, 2008 R2 and 2012 R2 do not.
        namespaces: further xmlns attributes, each with a leading blank.
    """
    activity = f"<p:ActivityId>{new_id()}</p:ActivityId>" if activity_id else ""
    return (
        f'<s:Envelope xml:lang="en-US" xmlns:s="{SOAP}" xmlns:a="{ADDRESSING}" xmlns:x="{TRANSFER}" xmlns:w="{WSMAN}" '
        f'xmlns:rsp="{SHELL}" xmlns:p="{MICROSOFT}"{namespaces}><s:Header><a:Action>{action_uri}</a:Action>'
        f"<a:MessageID>uuid:{new_id()}</a:MessageID>{activity}<a:To>{ANONYMOUS}</a:To>"
        f"<a:RelatesTo>{escape(relates_to)}</a:RelatesTo></s:Header><s:Body>{inner}</s:Body></s:Envelope>"
    ).encode()


def fault(error: WsmanFaultError, machine: str, relates_to: str, *, activity_id: bool) -> bytes:
    """The SOAP envelope of a fault, as HTTP 500 carries it."""
    form, message = error.form, escape(error.message)
    if form.provider:
        path = r"%systemroot%\system32\winrscmd.dll"
        message = f'<f:ProviderFault provider="Shell cmd plugin" path="{path}">{message}</f:ProviderFault>'
    detail = f"<w:FaultDetail>{form.detail}</w:FaultDetail>" if form.detail else ""
    inner = (
        f"<s:Fault><s:Code><s:Value>s:{'Receiver' if form.receiver else 'Sender'}</s:Value>"
        f"<s:Subcode><s:Value>{form.subcode}</s:Value></s:Subcode></s:Code>"
        f'<s:Reason><s:Text xml:lang="en-US">{escape(form.reason)}</s:Text></s:Reason><s:Detail>{detail}'
        f'<f:WSManFault xmlns:f="{FAULT}" Code="{form.code}" Machine="{attribute(machine)}">'
        f"<f:Message>{message}</f:Message></f:WSManFault></s:Detail></s:Fault>"
    )
    space = ADDRESSING if form.subcode.startswith("a:") else "http://schemas.dmtf.org/wbem/wsman/1/wsman"
    namespaces = (
        ' xmlns:e="http://schemas.xmlsoap.org/ws/2004/08/eventing"'
        ' xmlns:n="http://schemas.xmlsoap.org/ws/2004/09/enumeration"'
    )
    return answer(space + "/fault", relates_to, inner, activity_id=activity_id, namespaces=namespaces)


def identify_answer(*, signed_in: bool) -> bytes:
    """The answer to Identify; the version is told to those who signed in only."""
    version = "OS: 10.0.17763 SP: 0.0 Stack: 3.0" if signed_in else "OS: 0.0.0 SP: 0.0 Stack: 3.0"
    return (
        f'<s:Envelope xml:lang="en-US" xmlns:s="{SOAP}"><s:Header/><s:Body>'
        f'<wsmid:IdentifyResponse xmlns:wsmid="{IDENTITY}"><wsmid:ProtocolVersion>{WSMAN}</wsmid:ProtocolVersion>'
        f"<wsmid:ProductVendor>Microsoft Corporation</wsmid:ProductVendor>"
        f"<wsmid:ProductVersion>{version}</wsmid:ProductVersion></wsmid:IdentifyResponse></s:Body></s:Envelope>"
    ).encode()


def new_id() -> str:
    """A GUID in the form Windows writes it: upper case, without braces."""
    return str(uuid.uuid4()).upper()


def attribute(text: str) -> str:
    """`text` escaped for an XML attribute in double quotes."""
    return escape(text, {'"': "&quot;"})
