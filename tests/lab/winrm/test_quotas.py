"""A user's quotas, shells that expire, and what clients of another account may not touch."""

import base64
from collections.abc import Callable
from typing import Any

import pytest
import requests
from winrm.exceptions import WinRMTransportError, WSManFaultError

from nlbwiz.lab.winrm.server import WinRmServer
from nlbwiz.lab.winrm.wsman import duration_s
from tests.lab.winrm.conftest import PASSWORD, USER, Connect, Serve, run_script

Basic = Callable[..., tuple[WinRmServer, Any]]


def refused_with(code: int, call: Callable[[], object]) -> WSManFaultError:
    with pytest.raises(WSManFaultError) as caught:
        call()
    assert caught.value.wsman_fault_code == code
    return caught.value


def test_too_many_shells_are_refused_until_one_is_deleted(basic: Basic) -> None:
    server, client = basic(max_shells=2)
    first = client.open_shell()
    client.open_shell()
    fault = refused_with(2150859173, client.open_shell)
    assert "maximum number of 2 concurrent shells" in str(fault.response)
    assert fault.fault_subcode == "w:QuotaLimit"
    client.close_shell(first, close_session=False)
    client.open_shell()
    assert (server.counts.shells_created, server.counts.shells_open) == (3, 2)


def test_the_operation_quota_comes_back_with_the_shell_only(basic: Basic) -> None:
    _, client = basic(max_operations=2)
    shell = client.open_shell()
    for _ in range(2):
        command = client.run_command(shell, "powershell -c 1")
        client.get_command_output(shell, command)
        client.cleanup_command(shell, command)
    refused_with(2150859174, lambda: client.run_command(shell, "powershell -c 1"))
    client.close_shell(shell, close_session=False)
    assert run_script(client, "1") == (b"1", b"", 0)


def test_quotas_are_per_account(serve: Serve, connect: Connect) -> None:
    server = serve(users={USER: PASSWORD, "LAB\\other": PASSWORD}, max_shells=1)
    connect(server).open_shell()
    other = connect(server, username="LAB\\other")
    other.open_shell()
    refused_with(2150859173, other.open_shell)


def test_a_shell_belongs_to_its_account(serve: Serve, connect: Connect) -> None:
    server = serve(users={USER: PASSWORD, "LAB\\other": PASSWORD})
    shell = connect(server).open_shell()
    other = connect(server, username="LAB\\other")
    refused_with(5, lambda: other.run_command(shell, "powershell -c 1"))


def test_an_idle_shell_is_taken_away(basic: Basic) -> None:
    server, client = basic()
    shell = client.open_shell(idle_timeout="PT0S")
    assert server.counts.shells_open == 0
    fault = refused_with(2150858843, lambda: client.run_command(shell, "powershell -c 1"))
    assert fault.fault_subcode == "w:InvalidSelectors"


@pytest.mark.parametrize("idle", [60, "60", "PT", "one hour"])
def test_an_idle_time_that_is_no_duration_is_refused(basic: Basic, idle: Any) -> None:
    _, client = basic()
    refused_with(2150858817, lambda: client.open_shell(idle_timeout=idle))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("PT60S", 60.0),
        ("PT7200.000S", 7200.0),
        ("P1DT2H3M4.5S", 93784.5),
        ("P0DT0H1M", 60.0),
        ("P2D", 172800.0),
        ("60", None),
        ("P", None),
        ("PT", None),
        ("P1DT", None),
        ("PT-1S", None),
    ],
)
def test_durations_are_read_as_xml_schema_has_them(text: str, seconds: float | None) -> None:
    assert duration_s(text) == seconds


def test_a_request_over_the_envelope_size_is_refused(basic: Basic) -> None:
    _, client = basic(max_envelope_kb=100)
    shell = client.open_shell()
    command = client.run_command(shell, "powershell -c -")
    refused_with(2150858753, lambda: client.send_command_input(shell, command, b"x" * 100_000))


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"not xml", 2150858752),
        (b"<a/>", 2150858752),
        (b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body/></s:Envelope>', 2150858767),
        (b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]><x>&a;</x>', 2150858752),
    ],
)
def test_what_is_no_message_gets_a_fault(basic: Basic, body: bytes, code: int) -> None:
    server, _ = basic()
    answer = requests.post(server.url, body, auth=(USER, PASSWORD), timeout=3)
    assert answer.status_code == 500
    assert f'Code="{code}"' in answer.text


def test_other_paths_and_methods_are_not_the_service(basic: Basic) -> None:
    server, _ = basic()
    assert requests.post(server.url + "x", timeout=3).status_code == 404
    assert requests.get(server.url, timeout=3).status_code == 405


def test_what_is_no_http_gets_400(basic: Basic) -> None:
    server, _ = basic()
    answer = requests.post(server.url, iter([b"a", b"b"]), timeout=3)  # chunked: no Content-Length
    assert answer.status_code == 400


@pytest.mark.parametrize("transport", ["ntlm", "basic"])
def test_a_dropped_idle_connection_kills_sealed_ntlm_until_it_is_primed_again(
    serve: Serve, connect: Connect, transport: str
) -> None:
    server = serve(idle_s=0.4, allow_unencrypted=True)
    client = connect(server, transport)
    shell = client.open_shell()
    dropped = server.counts.connections
    while server.live_connections:
        server.wait(0.02)
    if transport == "ntlm":
        for _ in range(2):
            with pytest.raises(WinRMTransportError) as caught:
                client.run_command(shell, "powershell -c 1")
            assert (caught.value.code, caught.value.response_text) == (400, "")
        client.transport.close_session()
    command = client.run_command(shell, "powershell -c 1")
    assert client.get_command_output(shell, command) == (b"1", b"", 0)
    assert server.counts.connections > dropped


def test_https_ntlm_signs_in_again_by_itself_after_an_idle_drop(
    serve: Serve, connect: Connect, certificate: Any
) -> None:
    server = serve(idle_s=0.4, tls=certificate)
    client = connect(server)
    shell = client.open_shell()
    while server.live_connections:
        server.wait(0.02)
    command = client.run_command(shell, "powershell -c 1")
    assert client.get_command_output(shell, command) == (b"1", b"", 0)
    assert server.counts.sign_ins == 2


def test_counts_say_what_clients_did(serve: Serve, connect: Connect) -> None:
    server = serve()
    client = connect(server)
    shell = client.open_shell()
    encoded = base64.b64encode("1".encode("utf-16-le")).decode()
    for _ in range(2):
        client.get_command_output(shell, client.run_command(shell, f"powershell -e {encoded}"))
    before = server.counts
    client.close_shell(shell)
    after = server.counts
    assert (before.shells_open, after.shells_open, after.shells_created, after.processes) == (1, 0, 1, 2)
    assert after.requests == before.requests + 1
    assert dict(after.operations) == {
        "Auth": 2,
        "Prime": 1,
        "Create": 1,
        "Command": 2,
        "Receive": before.operations["Receive"],
        "Delete": 1,
    }
    assert server.log[-1].action == "Delete"
    assert (server.log[-1].status, server.log[-1].sealed) == (200, True)
