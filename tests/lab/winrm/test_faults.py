"""Everything that can be made to go wrong yields what the real client is known to say about it."""

import http.client
import socket
import ssl
import threading
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable
from typing import Any

import pytest
import requests
from winrm.exceptions import (
    InvalidCredentialsError,
    WinRMOperationTimeoutError,
    WinRMTransportError,
    WSManFaultError,
)

from nlbwiz.lab.winrm.certificates import Authority, Certificate, make_certificate, make_self_signed
from nlbwiz.lab.winrm.faults import Rule, RuleBook
from nlbwiz.lab.winrm.server import WinRmServer
from nlbwiz.lab.winrm.wsman import FAULT_FORMS
from tests.lab.winrm.conftest import Connect, Serve, run_script

Basic = Callable[..., tuple[WinRmServer, Any]]


def until(condition: Callable[[], bool]) -> None:
    """Wait for what another thread is about to bring about, for 3 seconds at most."""
    deadline = time.monotonic() + 3
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.002)


@pytest.mark.parametrize("sealed", [False, True], ids=["basic", "ntlm-sealed"])
@pytest.mark.parametrize(
    ("kind", "exception", "status"),
    [
        ("http-400", WinRMTransportError, 400),
        ("http-500-html", WinRMTransportError, 500),
        ("http-503", WinRMTransportError, 503),
        ("non-utf8-fault", UnicodeDecodeError, None),
        ("garbage", ET.ParseError, None),
        ("empty", ET.ParseError, None),
        ("truncate", requests.exceptions.ChunkedEncodingError, None),
        ("bad-length", requests.exceptions.ChunkedEncodingError, None),
        ("reset", requests.exceptions.ConnectionError, None),
        ("close", requests.exceptions.ConnectionError, None),
    ],
)
def test_a_broken_answer_is_the_exception_that_the_client_has_for_it(
    serve: Serve,
    connect: Connect,
    kind: Any,
    exception: type[Exception],
    status: int | None,
    sealed: bool,
) -> None:
    server = serve(allow_unencrypted=True, rules=[Rule(action="Command", kind=kind)])
    client = connect(server, "ntlm" if sealed else "basic")
    shell = client.open_shell()
    with pytest.raises(exception) as caught:
        client.run_command(shell, "powershell -c 1")
    if status is not None:
        assert isinstance(caught.value, WinRMTransportError)
        assert caught.value.code == status
    assert server.counts.processes == (1 if kind in ("truncate", "bad-length") else 0)
    # The next request is answered well, also under the keys of the same sign-in.
    if kind in ("http-500-html", "garbage", "empty", "non-utf8-fault"):
        client.run_command(shell, "powershell -c 1")


@pytest.mark.parametrize("code", [5, 87, 2147942402, 2150858843, 2150859173, 2150859174, 995, 2147943418])
@pytest.mark.parametrize("transport", ["ntlm", "basic"])
def test_a_soap_fault_of_any_code_can_be_asked_for(serve: Serve, connect: Connect, transport: str, code: int) -> None:
    server = serve(allow_unencrypted=True, rules=[Rule(action="Receive", kind="fault", code=code)])
    client = connect(server, transport)
    shell = client.open_shell()
    command = client.run_command(shell, "powershell -c 1")
    with pytest.raises(WSManFaultError) as caught:
        client.get_command_output_raw(shell, command)
    assert caught.value.wsman_fault_code == code
    assert caught.value.code == 500
    if code in FAULT_FORMS:
        assert caught.value.fault_subcode == FAULT_FORMS[code].subcode
    assert client.get_command_output(shell, command) == (b"1", b"", 0)


@pytest.mark.parametrize("action", ["Create", "Command", "Receive", "Delete"])
def test_an_operation_timeout_fault_has_an_exception_of_its_own(basic: Basic, action: Any) -> None:
    server, client = basic(rules=[Rule(action=action, kind="fault", code=2150858793)])

    def all_of_it() -> None:
        shell = client.open_shell()
        command = client.run_command(shell, "powershell -c 1")
        client.get_command_output_raw(shell, command)
        client.close_shell(shell)

    with pytest.raises(WinRMOperationTimeoutError):
        all_of_it()
    assert server.counts.operations[action] == 1


@pytest.mark.parametrize("action", ["Signal", "Delete"])
def test_an_answer_to_another_message_fails_where_the_client_looks(basic: Basic, action: Any) -> None:
    _, client = basic(rules=[Rule(action=action, kind="bad-relates")])
    with pytest.raises(AssertionError):
        run_script(client, "1")


def test_a_sign_in_lost_in_the_middle_is_invalid_credentials(basic: Basic) -> None:
    _, client = basic(rules=[Rule(action="Receive", kind="http-401")])
    with pytest.raises(InvalidCredentialsError):
        run_script(client, "1")


def test_a_sealed_sign_in_lost_in_the_middle_is_a_bad_request(serve: Serve, connect: Connect) -> None:
    """The client signs in again, but sends what it had sealed under the old keys."""
    client = connect(serve(rules=[Rule(action="Receive", kind="http-401")]))
    with pytest.raises(WinRMTransportError) as caught:
        run_script(client, "1")
    assert caught.value.code == 400


@pytest.mark.parametrize(
    ("nth", "exception"),
    [
        (1, PermissionError),  # requests-ntlm: 401 without a challenge token
        (2, PermissionError),
        (3, InvalidCredentialsError),
    ],
)
def test_every_leg_of_the_handshake_can_be_refused(
    serve: Serve, connect: Connect, nth: int, exception: type[Exception]
) -> None:
    server = serve(rules=[Rule(action="Auth", kind="http-401", nth=nth, times=None)])
    with pytest.raises(exception):
        connect(server).open_shell()
    assert server.counts.sign_ins == 0


def test_a_hang_is_a_read_timeout(basic: Basic) -> None:
    _, client = basic(rules=[Rule(action="Command", kind="hang")])
    shell = client.open_shell()
    client.transport.read_timeout_sec = 0.2
    with pytest.raises(requests.exceptions.ReadTimeout):
        client.run_command(shell, "powershell -c 1")


def test_a_hang_may_end_by_itself(basic: Basic) -> None:
    _, client = basic(rules=[Rule(action="Command", kind="hang", seconds=0.05)])
    shell = client.open_shell()
    with pytest.raises(requests.exceptions.ConnectionError):
        client.run_command(shell, "powershell -c 1")


def test_a_slow_answer_is_late_and_right(basic: Basic) -> None:
    _, client = basic(rules=[Rule(action="Create", kind="slow", seconds=0.15)])
    began = time.monotonic()
    client.open_shell()
    assert time.monotonic() - began >= 0.15


def test_latency_is_per_request_and_may_change_while_it_serves(basic: Basic) -> None:
    server, client = basic(latency_s=0.06)
    began = time.monotonic()
    run_script(client, "1")
    assert time.monotonic() - began >= 5 * 0.06
    server.latency_s = 0.0
    began = time.monotonic()
    run_script(client, "1")
    assert time.monotonic() - began < 5 * 0.06


def test_a_trickle_gets_past_the_clients_read_timeout(basic: Basic) -> None:
    _, client = basic(rules=[Rule(action="Create", kind="trickle", seconds=0.0005)])
    client.transport.read_timeout_sec = 0.2
    began = time.monotonic()
    client.open_shell()
    assert time.monotonic() - began > 0.5  # over a thousand bytes, each of them in time


def test_a_trickle_sends_a_byte_at_a_time_until_the_server_stops(serve: Serve) -> None:
    server = serve(rules=[Rule(kind="trickle", seconds=0.05, times=None)])
    with socket.create_connection(server.address, timeout=3) as client:
        client.sendall(b"POST /wsman HTTP/1.1\r\nContent-Length: 0\r\n\r\n")
        assert [client.recv(100) for _ in range(5)] == [b"H", b"T", b"T", b"P", b"/"]
        began = time.monotonic()
        server.stop()
        assert time.monotonic() - began < 0.5
        assert b"\r\n" not in client.recv(100)


@pytest.mark.parametrize("first", [1, 3])
def test_a_rule_hits_the_requests_it_counts_to_and_no_others(basic: Basic, first: int) -> None:
    server, client = basic(rules=[Rule(action="Command", kind="fault", code=5, nth=first, times=2)])
    shell = client.open_shell()
    went = []
    for _ in range(5):
        try:
            client.run_command(shell, "powershell -c 1")
            went.append("ok")
        except WSManFaultError:
            went.append("fault")
    assert went == ["fault" if first <= number < first + 2 else "ok" for number in range(1, 6)]
    assert server.counts.processes == 3


def test_a_rule_for_everything_counts_each_http_request_once(serve: Serve, connect: Connect) -> None:
    """NTLM over HTTPS: two refusals, then the third leg carries Create: one request, looked at twice."""
    book = RuleBook([Rule(kind="slow", seconds=0.0, nth=2, times=2)])
    assert [bool(book.meet("Auth", first_look=True)) for _ in range(3)] == [False, True, True]
    assert not book.meet("Create", first_look=False)
    assert not book.meet("Command", first_look=True)
    server = serve(rules=[Rule(kind="http-503", nth=5)])
    client = connect(server)
    shell = client.open_shell()
    with pytest.raises(WinRMTransportError) as caught:
        client.run_command(shell, "powershell -c 1")
    assert caught.value.code == 503
    assert server.counts.requests == 5


def test_rules_come_and_go_while_the_server_runs(basic: Basic) -> None:
    server, client = basic()
    client.open_shell()
    server.inject(Rule(action="Create", kind="fault", code=5, times=None))
    for _ in range(2):
        with pytest.raises(WSManFaultError):
            client.open_shell()
    server.clear_rules()
    client.open_shell()


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"kind": "fault"}, "code belongs"),
        ({"kind": "slow", "code": 5}, "code belongs"),
        ({"kind": "slow", "nth": 0}, "counted from 1"),
        ({"kind": "slow", "times": 0}, "counted from 1"),
        ({"kind": "reset", "seconds": 1.0}, "takes no seconds"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(fields: dict[str, Any], what: str) -> None:
    with pytest.raises(ValueError, match=what):
        Rule(**fields)


def _https(server: WinRmServer, trust: Certificate) -> None:
    context = ssl.create_default_context(cafile=str(trust.trust))
    connection = http.client.HTTPSConnection(*server.address, context=context, timeout=3)
    try:
        connection.request("POST", "/wsman", b"")
        assert connection.getresponse().status == 401
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("another name", "IP address mismatch"),
        ("expired", "certificate has expired"),
        ("not yet", "certificate is not yet valid"),
        ("self-signed", "self-signed certificate"),
    ],
)
def test_a_bad_certificate_is_refused_for_its_reason(
    serve: Serve, connect: Connect, authority: Authority, certificate: Certificate, what: str, reason: str
) -> None:
    bad = {
        "another name": lambda: make_certificate(authority, "other", ["10.9.9.9", "other.lab.example"]),
        "expired": lambda: make_certificate(authority, "expired", ["127.0.0.1"], validity="expired"),
        "not yet": lambda: make_certificate(authority, "early", ["127.0.0.1"], validity="not yet"),
        "self-signed": lambda: make_self_signed(authority.folder, "self", ["127.0.0.1"]),
    }[what]()
    server = serve(tls=certificate)
    _https(server, certificate)
    server.present(bad)
    with pytest.raises(requests.exceptions.SSLError, match=reason):
        connect(server).open_shell()
    server.present(certificate)
    connect(server).open_shell()


def test_a_self_signed_certificate_can_be_trusted_by_itself(
    serve: Serve, connect: Connect, authority: Authority
) -> None:
    own = make_self_signed(authority.folder, "trusted", ["127.0.0.1"])
    server = serve(tls=own, cbt="Strict")
    connect(server, ca_trust_path=str(own.trust)).open_shell()
    assert own.key.stat().st_mode & 0o777 == 0o600


def test_a_plain_server_has_no_certificate_to_change(serve: Serve, certificate: Certificate) -> None:
    with pytest.raises(RuntimeError, match="plain HTTP"):
        serve().present(certificate)


def test_stopping_is_quick_whatever_hangs(serve: Serve, connect: Connect, certificate: Certificate) -> None:
    never = threading.Event()
    in_the_process = threading.Event()

    def run(script: str, stdin: str) -> tuple[()]:
        in_the_process.set()
        never.wait(5)
        return ()

    server = serve(run, tls=certificate, rules=[Rule(action="Signal", kind="hang")])
    before = threading.active_count()
    ended: list[str] = []

    def ask(call: Callable[[Any, str, str], object]) -> threading.Thread:
        client = connect(server, operation_timeout_sec=20, read_timeout_sec=30)
        shell = client.open_shell()
        command = client.run_command(shell, "powershell -c 1")

        def work() -> None:
            try:
                call(client, shell, command)
                ended.append("answered")
            except (requests.exceptions.RequestException, WSManFaultError) as error:
                ended.append(type(error).__name__)

        thread = threading.Thread(target=work)
        thread.start()
        return thread

    threads = [
        ask(lambda client, shell, command: client.get_command_output_raw(shell, command)),
        ask(lambda client, shell, command: client.cleanup_command(shell, command)),
    ]
    idle = socket.create_connection(server.address)  # never begins its TLS handshake
    assert in_the_process.wait(3)
    until(lambda: {"Receive", "Signal"} <= {exchange.action for exchange in server.log})
    until(lambda: server.live_connections == 3)
    began = time.monotonic()
    server.stop()
    assert time.monotonic() - began < 0.5
    idle.close()
    for thread in threads:
        thread.join(3)
        assert not thread.is_alive()
    assert len(ended) == 2
    assert server.live_connections == 0
    never.set()
    until(lambda: threading.active_count() <= before)


def test_a_server_is_started_once(serve: Serve) -> None:
    server = serve()
    with pytest.raises(RuntimeError, match="started before"):
        server.start()
    server.stop()
    server.stop()


def test_a_server_without_start_has_no_address() -> None:
    server = WinRmServer("NLB1", {"admin": "x"}, lambda script, stdin: ())
    server.stop()
    with pytest.raises(RuntimeError, match="before it is started"):
        _ = server.address
    assert server.counts.requests == 0
