"""Real clients sign in to the lab's WinRM server, or are refused."""

import base64
import http.client
import os
import ssl
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
import spnego
from winrm.exceptions import InvalidCredentialsError

from nlbwiz.lab.winrm.auth import Accounts, close_frame, open_frame
from nlbwiz.lab.winrm.certificates import Certificate
from nlbwiz.lab.winrm.server import WinRmServer
from tests.lab.winrm.conftest import PASSWORD, USER, Connect, Serve, run_script


def test_ntlm_over_http_is_encrypted_both_ways(serve: Serve, connect: Connect) -> None:
    server = serve()
    assert run_script(connect(server), "'hello'") == (b"'hello'", b"", 0)
    counts = server.counts
    assert (counts.sign_ins, counts.refused_sign_ins, counts.in_clear) == (1, 0, 0)
    assert counts.requests == 8  # 401, 401 with the challenge, the empty POST that signs in, five operations
    assert [exchange.action for exchange in server.log if exchange.sealed] == [
        "Create",
        "Command",
        "Receive",
        "Signal",
        "Delete",
    ]


@pytest.mark.parametrize("cbt", ["None", "Relaxed", "Strict"])
def test_ntlm_over_https_works_with_every_channel_binding_level(
    serve: Serve, connect: Connect, certificate: Certificate, cbt: str
) -> None:
    server = serve(tls=certificate, cbt=cbt)
    assert run_script(connect(server), "1") == (b"1", b"", 0)
    assert server.counts.requests == 7
    assert server.counts.in_clear == 0


def test_a_strict_server_refuses_a_client_without_channel_binding(
    serve: Serve, connect: Connect, certificate: Certificate
) -> None:
    server = serve(tls=certificate, cbt="Strict")
    with pytest.raises(InvalidCredentialsError):
        connect(server, send_cbt=False).open_shell()
    assert server.counts.refused_sign_ins == 1


def test_basic_over_https_needs_no_handshake(serve: Serve, connect: Connect, certificate: Certificate) -> None:
    server = serve(tls=certificate)
    assert run_script(connect(server, "basic"), "1") == (b"1", b"", 0)
    assert server.counts.requests == 5
    assert server.counts.sign_ins == 1


def test_basic_is_not_offered_over_plain_http(serve: Serve, connect: Connect) -> None:
    server = serve()
    with pytest.raises(InvalidCredentialsError):
        connect(server, "basic").open_shell()
    answer = requests.post(server.url, timeout=3)
    assert answer.status_code == 401
    assert answer.reason == ""
    assert answer.headers["WWW-Authenticate"] == "Negotiate"
    assert answer.headers["Server"] == "Microsoft-HTTPAPI/2.0"


def test_every_offered_scheme_has_a_header_of_its_own(serve: Serve) -> None:
    server = serve(allow_unencrypted=True)
    connection = http.client.HTTPConnection(*server.address, timeout=3)
    connection.request("POST", "/wsman", b"")
    answer = connection.getresponse()
    assert answer.headers.get_all("WWW-Authenticate") == ["Negotiate", 'Basic realm="WSMAN"']
    connection.close()


@pytest.mark.parametrize("transport", ["ntlm", "basic"])
@pytest.mark.parametrize(
    ("user", "password"), [(USER, "wrong"), ("LAB\\nobody", PASSWORD), ("admin", PASSWORD), ("OTHER\\admin", PASSWORD)]
)
def test_wrong_credentials_are_refused_and_counted(
    serve: Serve, connect: Connect, certificate: Certificate, transport: str, user: str, password: str
) -> None:
    server = serve(tls=certificate)
    with pytest.raises(InvalidCredentialsError):
        connect(server, transport, username=user, password=password).open_shell()
    assert (server.counts.sign_ins, server.counts.refused_sign_ins) == (0, 1)
    assert server.counts.shells_created == 0


@pytest.mark.parametrize("user", ["admin", "ADMIN", "NLB1\\admin", "nlb1\\Admin"])
@pytest.mark.parametrize("transport", ["ntlm", "basic"])
def test_a_local_account_may_be_written_with_the_machine_name(
    serve: Serve, connect: Connect, certificate: Certificate, transport: str, user: str
) -> None:
    server = serve(tls=certificate, users={"admin": PASSWORD})
    connect(server, transport, username=user).open_shell()
    assert server.counts.shells_open == 1


def test_servers_in_one_process_know_only_their_own_accounts(serve: Serve, connect: Connect) -> None:
    one = serve(users={USER: "password-one"})
    two = serve(users={USER: "password-two"})
    other = serve(users={"LAB\\other": "password-one"})
    assert run_script(connect(one, password="password-one"), "1")[2] == 0
    assert run_script(connect(two, password="password-two"), "1")[2] == 0
    assert run_script(connect(other, username="LAB\\other", password="password-one"), "1")[2] == 0
    for server, user, password in (
        (one, USER, "password-two"),
        (two, USER, "password-one"),
        (other, USER, "password-one"),
        (one, "LAB\\other", "password-one"),
    ):
        with pytest.raises(InvalidCredentialsError):
            connect(server, username=user, password=password).open_shell()


def test_many_clients_sign_in_to_many_servers_at_once(serve: Serve, connect: Connect) -> None:
    servers = [serve(users={USER: f"password-{number}"}) for number in range(4)]
    clients = [
        connect(server, password=f"password-{number}") for number, server in enumerate(servers) for _ in range(3)
    ]
    threads = [threading.Thread(target=run_script, args=(client, "1")) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [server.counts.sign_ins for server in servers] == [3] * 4
    assert [server.counts.refused_sign_ins for server in servers] == [0] * 4
    assert [server.counts.shells_open for server in servers] == [0] * 4


def test_the_account_file_is_private_and_empty_between_sign_ins(serve: Serve, connect: Connect) -> None:
    connect(serve()).open_shell()
    store = Path(os.environ["NTLM_USER_FILE"])
    assert store.read_bytes() == b""
    assert stat.S_IMODE(store.stat().st_mode) == 0o600
    assert stat.S_IMODE(store.parent.stat().st_mode) == 0o700


def test_accounts_can_change_while_the_server_runs(serve: Serve, connect: Connect) -> None:
    server = serve()
    connect(server).open_shell()
    server.change_users({USER: "a new one"})
    with pytest.raises(InvalidCredentialsError):
        connect(server).open_shell()
    connect(server, password="a new one").open_shell()
    assert server.counts.sign_ins == 2


@pytest.mark.parametrize(
    ("users", "what"),
    [
        ({"admin": ""}, "needs a name and a password"),
        ({"LAB\\": "x"}, "needs a name and a password"),
        ({"admin": "with:colon"}, "':' or a line break"),
        ({"admin": "two\nlines"}, "':' or a line break"),
    ],
)
def test_an_account_that_cannot_be_served_is_refused_at_once(users: dict[str, str], what: str) -> None:
    with pytest.raises(ValueError, match=what):
        Accounts(users, "NLB1")


def _post(connection: http.client.HTTPConnection, authorization: str, body: bytes = b"") -> http.client.HTTPResponse:
    connection.request("POST", "/wsman", body, {"Authorization": authorization})
    answer = connection.getresponse()
    answer.read()
    return answer


def test_ntlm_wrapped_in_spnego_signs_in_too(serve: Serve) -> None:
    server = serve()
    client = spnego.client(
        USER, PASSWORD, protocol="negotiate", options=spnego.NegotiateOptions.use_negotiate, hostname="127.0.0.1"
    )
    connection = http.client.HTTPConnection(*server.address, timeout=3)
    token = client.step()
    while not client.complete:
        answer = _post(connection, f"Negotiate {base64.b64encode(token or b'').decode()}")
        challenge = answer.headers["WWW-Authenticate"]
        token = client.step(base64.b64decode(challenge.removeprefix("Negotiate ")))
    if token:
        _post(connection, f"Negotiate {base64.b64encode(token).decode()}")
    assert server.counts.sign_ins == 1
    connection.request("POST", "/wsman", b"")
    assert connection.getresponse().status == 200
    connection.close()


@pytest.mark.parametrize(
    "authorization",
    [
        "Negotiate",
        "Negotiate !!!",
        "Negotiate " + base64.b64encode(b"NTLMSSP\0").decode(),
        "Negotiate " + base64.b64encode(b"NTLMSSP\0\3\0\0\0" + bytes(60)).decode(),
        "Negotiate " + base64.b64encode(b"\x60\x82\xff\xff").decode(),
        "Kerberos YII=",
        "Basic YQ==",
        "Basic //8=",
        "Digest x",
        " ",
    ],
)
def test_a_broken_token_is_refused_and_the_connection_lives(serve: Serve, authorization: str) -> None:
    server = serve()
    connection = http.client.HTTPConnection(*server.address, timeout=3)
    assert _post(connection, authorization).status == 401
    assert _post(connection, authorization).status == 401
    assert server.counts.connections == 1
    connection.close()


def test_identify_needs_no_sign_in_and_tells_no_version(serve: Serve) -> None:
    server = serve()
    body = (
        b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><i:Identify '
        b'xmlns:i="http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd"/></s:Body></s:Envelope>'
    )
    answer = requests.post(server.url, body, headers={"WSMANIDENTIFY": "unauthenticated"}, timeout=3)
    assert answer.status_code == 200
    assert "OS: 0.0.0 SP: 0.0 Stack: 3.0" in answer.text
    assert requests.post(server.url, body, timeout=3).status_code == 401
    assert requests.get(server.url.replace("/wsman", "/wsman-anon/identify"), timeout=3).status_code == 200
    assert server.counts.operations == {"Identify": 2, "Auth": 1}


def test_unencrypted_soap_after_ntlm_over_http_is_refused(serve: Serve, connect: Connect) -> None:
    server = serve()
    client = connect(server, message_encryption="never")
    with pytest.raises(Exception, match="Access is denied"):
        client.open_shell()
    assert (server.counts.in_clear, server.counts.in_clear_refused) == (1, 1)


def test_unencrypted_soap_is_seen_where_it_is_allowed(
    basic: Callable[..., tuple[WinRmServer, Any]], connect: Connect
) -> None:
    server, client = basic()
    run_script(client, "1")
    assert (server.counts.in_clear, server.counts.in_clear_refused) == (5, 0)


def test_an_encrypted_message_survives_the_frame() -> None:
    body = close_frame(5, b"0123456789abcdef", b"--Encrypted Boundary\r\nsealed")
    assert open_frame(body) == (5, b"0123456789abcdef", b"--Encrypted Boundary\r\nsealed")
    assert body.startswith(b"--Encrypted Boundary\r\n\tContent-Type: application/HTTP-SPNEGO-session-encrypted\r\n")


@pytest.mark.parametrize("cut", [0, 1, 30, 120, 250, -1])
def test_a_broken_frame_is_a_value_error(cut: int) -> None:
    with pytest.raises(ValueError, match="encrypted message"):
        open_frame(close_frame(5, b"0123456789abcdef", b"sealed")[:cut])


def test_plain_http_to_a_tls_port_is_cut_off(serve: Serve, certificate: Certificate) -> None:
    server = serve(tls=certificate)
    with pytest.raises(requests.exceptions.ConnectionError):
        requests.post(server.url.replace("https", "http"), timeout=3)


def test_tls_speaks_at_least_1_2(serve: Serve, certificate: Certificate) -> None:
    server = serve(tls=certificate)
    context = ssl.create_default_context(cafile=str(certificate.trust))
    connection = http.client.HTTPSConnection(*server.address, context=context, timeout=3)
    connection.connect()
    assert connection.sock.version() in ("TLSv1.2", "TLSv1.3")
    connection.close()
