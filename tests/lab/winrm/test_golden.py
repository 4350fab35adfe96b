"""The structure of every answer equals what real Windows hosts were recorded to answer.

golden_shapes.json holds, for each kind of answer, the element and attribute paths of the distinct structures recorded
from Windows Server 2008 R2 to 2016; it holds structure only, no text.
"""

import base64
import json
import re
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from nlbwiz.lab.winrm import wsman
from nlbwiz.lab.winrm.faults import Rule
from nlbwiz.lab.winrm.server import WinRmServer
from nlbwiz.lab.winrm.shell import Output
from tests.lab.winrm.conftest import PASSWORD, USER, Serve

GOLDEN: dict[str, dict[str, list[list[str]]]] = json.loads(
    Path(__file__).with_name("golden_shapes.json").read_text(encoding="utf-8")
)
PREFIXES = {
    wsman.SOAP: "s",
    wsman.ADDRESSING: "a",
    wsman.TRANSFER: "x",
    wsman.WSMAN: "w",
    wsman.SHELL: "rsp",
    wsman.MICROSOFT: "p",
    wsman.FAULT: "f",
    wsman.CONFIG: "cfg",
    "http://www.w3.org/XML/1998/namespace": "xml",
}


def qualified(tag: str) -> str:
    match = re.fullmatch(r"\{(.*)\}(.*)", tag)
    return f"{PREFIXES[match[1]]}:{match[2]}" if match else tag


def shape(xml: bytes) -> list[str]:
    """The path of every element with its attributes, in order, each once."""

    def walk(element: ET.Element, above: str) -> Iterator[str]:
        path = f"{above}/{qualified(element.tag)}"
        attributes = ",".join(f"@{qualified(name)}" for name in sorted(element.attrib))
        yield f"{path}[{attributes}]" if attributes else path
        for child in element:
            yield from walk(child, path)

    return list(dict.fromkeys(walk(ET.fromstring(xml), "")))


def envelope(
    action: str,
    body: str = "",
    *,
    shell: str = "",
    options: dict[str, str] | None = None,
    resource: str = wsman.CMD_SHELL,
) -> bytes:
    """A request as pypsrp, the client of the recordings, writes it."""
    chosen = "".join(f'<w:Option Name="{name}">{value}</w:Option>' for name, value in (options or {}).items())
    selector = f'<w:SelectorSet><w:Selector Name="ShellId">{shell}</w:Selector></w:SelectorSet>' if shell else ""
    return (
        f'<s:Envelope xmlns:rsp="{wsman.SHELL}" xmlns:s="{wsman.SOAP}" xmlns:a="{wsman.ADDRESSING}" '
        f'xmlns:w="{wsman.WSMAN}" xmlns:p="{wsman.MICROSOFT}"><s:Header>'
        f'<a:Action s:mustUnderstand="true">{action}</a:Action>'
        f'<p:DataLocale s:mustUnderstand="false" xml:lang="en-US"/>'
        f'<w:Locale s:mustUnderstand="false" xml:lang="en-US"/>'
        f'<w:MaxEnvelopeSize s:mustUnderstand="true">153600</w:MaxEnvelopeSize>'
        f"<a:MessageID>uuid:{wsman.new_id()}</a:MessageID><w:OperationTimeout>PT0.2S</w:OperationTimeout>"
        f'<a:ReplyTo><a:Address s:mustUnderstand="true">{wsman.ANONYMOUS}</a:Address></a:ReplyTo>'
        f'<w:ResourceURI s:mustUnderstand="true">{resource}</w:ResourceURI>'
        f'<p:SessionId s:mustUnderstand="false">uuid:{wsman.new_id()}</p:SessionId>'
        f"<a:To>http://127.0.0.1:5985/wsman</a:To>"
        f'<w:OptionSet s:mustUnderstand="true">{chosen}</w:OptionSet>{selector}'
        f"</s:Header><s:Body>{body}</s:Body></s:Envelope>"
    ).encode()


class Client:
    """Sends one request at a time over Basic and returns the answer's bytes."""

    def __init__(self, server: WinRmServer, session: requests.Session) -> None:
        self.server, self.session = server, session

    def ask(self, message: bytes, status: int = 200) -> bytes:
        answer = self.session.post(self.server.url, message, timeout=5)
        assert answer.status_code == status
        return answer.content

    def create(self, more: str = "") -> tuple[bytes, str]:
        streams = "<rsp:InputStreams>stdin</rsp:InputStreams><rsp:OutputStreams>stdout stderr</rsp:OutputStreams>"
        answer = self.ask(envelope(wsman.TRANSFER + "/Create", f"<rsp:Shell>{streams}{more}</rsp:Shell>"))
        return answer, text_of(answer, "ShellId")

    def command(self, shell: str, script: str, program: str = "powershell.exe") -> tuple[bytes, str]:
        words = f"<rsp:Command>{program}</rsp:Command><rsp:Arguments>{script}</rsp:Arguments>"
        line = f"<rsp:CommandLine>{words}</rsp:CommandLine>"
        options = {"WINRS_SKIP_CMD_SHELL": "False"}
        answer = self.ask(envelope(wsman.SHELL + "/Command", line, shell=shell, options=options))
        return answer, text_of(answer, "CommandId")

    def receive(self, shell: str, command: str, status: int = 200) -> bytes:
        wanted = (
            f'<rsp:Receive><rsp:DesiredStream CommandId="{command}">stdout stderr</rsp:DesiredStream></rsp:Receive>'
        )
        options = {"WSMAN_CMDSHELL_OPTION_KEEPALIVE": "True"}
        return self.ask(envelope(wsman.SHELL + "/Receive", wanted, shell=shell, options=options), status)

    def with_process(self, script: str = "done", program: str = "powershell.exe") -> tuple[str, str]:
        """A shell with a process; one that is no PowerShell has ended when this returns."""
        shell = self.create()[1]
        return shell, self.command(shell, script, program)[1]


def text_of(xml: bytes, name: str) -> str:
    return next(
        element.text or "" for element in ET.fromstring(xml).iter() if element.tag == f"{{{wsman.SHELL}}}{name}"
    )


def run(script: str, stdin: str) -> Iterator[Output]:
    """`done` ends with output, `runs` gives output and goes on, `silent` does nothing."""
    if script != "silent":
        yield "stdout", b"out\r\n"
    while script != "done":
        time.sleep(0.02)
        yield "stdout", b""  # nothing to receive; the process ends with its shell


def _send(client: Client) -> bytes:
    shell, command = client.with_process("-")
    data = base64.b64encode(b"done").decode()
    body = f'<rsp:Send><rsp:Stream Name="stdin" CommandId="{command}" End="true">{data}</rsp:Stream></rsp:Send>'
    return client.ask(envelope(wsman.SHELL + "/Send", body, shell=shell))


def _signal(client: Client) -> bytes:
    shell, command = client.with_process()
    code = f"<rsp:Code>{wsman.SHELL}/signal/ctrl_c</rsp:Code>"
    body = f'<rsp:Signal CommandId="{command}">{code}</rsp:Signal>'
    return client.ask(envelope(wsman.SHELL + "/Signal", body, shell=shell))


def _faulty(code: int) -> Callable[[Client, list[str]], bytes]:
    def ask(client: Client, _: list[str]) -> bytes:
        client.server.inject(Rule(action="Create", kind="fault", code=code))
        return client.ask(envelope(wsman.TRANSFER + "/Create", "<rsp:Shell/>"), 500)

    return ask


def _create(client: Client, variant: list[str]) -> bytes:
    more = ""
    if any("rsp:Environment" in path for path in variant):
        variables = "".join(f'<rsp:Variable Name="{name}">1</rsp:Variable>' for name in "ab")
        more += f"<rsp:Environment>{variables}</rsp:Environment>"
    if any("rsp:WorkingDirectory" in path for path in variant):
        more += "<rsp:IdleTimeOut>PT60S</rsp:IdleTimeOut><rsp:WorkingDirectory>C:\\Windows</rsp:WorkingDirectory>"
    return client.create(more)[0]


ASK: dict[str, Callable[[Client, list[str]], bytes]] = {
    "CreateResponse": _create,
    "CommandResponse": lambda client, _: client.command(client.create()[1], "done")[0],
    "SendResponse": lambda client, _: _send(client),
    "ReceiveResponse:Done": lambda client, _: client.receive(*client.with_process(program="ipconfig.exe")),
    "ReceiveResponse:Running": lambda client, _: client.receive(*client.with_process("runs")),
    "SignalResponse": lambda client, _: _signal(client),
    "DeleteResponse": lambda client, _: client.ask(envelope(wsman.TRANSFER + "/Delete", shell=client.create()[1])),
    "GetResponse": lambda client, _: client.ask(envelope(wsman.TRANSFER + "/Get", resource=wsman.CONFIG)),
    "fault:w:InvalidSelectors": lambda client, _: client.receive(client.create()[1], wsman.new_id(), 500),
    "fault:w:TimedOut": lambda client, _: client.receive(*client.with_process("silent"), 500),
    "fault:w:InvalidParameter": _faulty(wsman.INVALID_PARAMETER),
    "fault:w:InternalError": _faulty(wsman.FILE_NOT_FOUND),
}


@pytest.fixture
def client(serve: Serve, request: pytest.FixtureRequest) -> Iterator[Client]:
    server = serve(run, allow_unencrypted=True, activity_id=request.param)
    with requests.Session() as session:
        session.auth = (USER, PASSWORD)
        yield Client(server, session)


def _cases() -> list[Any]:
    return [
        pytest.param(any("p:ActivityId" in path for path in variant), kind, variant, id=f"{kind}-{number}")
        for kind, entry in GOLDEN.items()
        for number, variant in enumerate(entry["variants"])
    ]


@pytest.mark.parametrize(("client", "kind", "variant"), _cases(), indirect=["client"])
def test_an_answer_has_the_structure_that_windows_was_recorded_with(
    client: Client, kind: str, variant: list[str]
) -> None:
    answer = ASK[kind](client, variant)
    assert shape(answer) == variant
    action = ET.fromstring(answer).findtext("s:Header/a:Action", "", wsman.NAMESPACES)
    assert action.endswith("/fault" if kind.startswith("fault:") else "/" + kind.partition(":")[0])


def test_every_recorded_kind_of_answer_is_asked_for() -> None:
    assert set(ASK) == set(GOLDEN)


@pytest.mark.parametrize("client", [True], indirect=True)
def test_get_of_a_shell_answers_with_the_shell(client: Client) -> None:
    shell = client.create()[1]
    answer = client.ask(envelope(wsman.TRANSFER + "/Get", shell=shell, resource=wsman.SHELL))
    assert text_of(answer, "ShellId") == shell
    assert text_of(answer, "Owner") == USER
    assert text_of(answer, "IdleTimeOut") == "PT7200.000S"


@pytest.mark.parametrize("client", [True], indirect=True)
@pytest.mark.parametrize(
    ("message", "subcode"),
    [
        (envelope(wsman.TRANSFER + "/Enumerate"), "a:ActionNotSupported"),
        (envelope(wsman.TRANSFER + "/Create", resource=wsman.SHELL + "/other"), "a:DestinationUnreachable"),
        (envelope(wsman.TRANSFER + "/Get", resource="http://example.com/x"), "a:DestinationUnreachable"),
        (envelope(wsman.TRANSFER + "/Create"), "w:SchemaValidationError"),
        (envelope(wsman.TRANSFER + "/Delete", shell="nobody"), "w:InvalidSelectors"),
    ],
)
def test_what_this_service_does_not_do_gets_its_fault(client: Client, message: bytes, subcode: str) -> None:
    answer = ET.fromstring(client.ask(message, 500))
    assert answer.findtext("s:Body/s:Fault/s:Code/s:Subcode/s:Value", "", wsman.NAMESPACES) == subcode
    action = answer.findtext("s:Header/a:Action", "", wsman.NAMESPACES)
    assert action.startswith(wsman.ADDRESSING if subcode.startswith("a:") else "http://schemas.dmtf.org/")


@pytest.mark.parametrize("client", [False, True], indirect=True)
def test_identify_of_a_signed_in_client_tells_the_version(client: Client) -> None:
    body = f'<s:Envelope xmlns:s="{wsman.SOAP}"><s:Body><i:Identify xmlns:i="{wsman.IDENTITY}"/></s:Body></s:Envelope>'
    assert b"OS: 10.0.17763 SP: 0.0 Stack: 3.0" in client.ask(body.encode())
