"""Servers, certificates and real clients for the tests of the lab's WinRM server."""

from collections.abc import Callable, Iterator
from typing import Any, Protocol

import pytest
from winrm.protocol import Protocol as WinrmProtocol

from nlbwiz.lab.winrm.certificates import Authority, Certificate, make_authority, make_certificate
from nlbwiz.lab.winrm.server import WinRmServer
from nlbwiz.lab.winrm.shell import Output, Run

USER, PASSWORD = "LAB\\admin", "Correct-Horse-1"


def echo(script: str, stdin: str) -> Iterator[Output]:
    """Answer with what the process was given."""
    yield "stdout", script.encode()
    yield "stderr", stdin.encode()


class Serve(Protocol):
    def __call__(self, run: Run = echo, **settings: Any) -> WinRmServer: ...


class Connect(Protocol):
    def __call__(self, server: WinRmServer, transport: str = "ntlm", **settings: Any) -> Any: ...


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever proxy the environment names is not for the loopback."""
    monkeypatch.setenv("no_proxy", "*")


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="session")
def certificate(authority: Authority) -> Certificate:
    return make_certificate(authority, "good", ["127.0.0.1"])


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start servers that know LAB\\admin; they end with the test."""
    started: list[WinRmServer] = []

    def start(run: Run = echo, **settings: Any) -> WinRmServer:
        users = settings.pop("users", {USER: PASSWORD})
        server = WinRmServer(settings.pop("name", "NLB1"), users, run, **({"host": "127.0.0.1"} | settings))
        started.append(server)
        return server.start()

    yield start
    for server in started:
        server.stop()


@pytest.fixture
def connect(authority: Authority) -> Iterator[Connect]:
    """Make real pywinrm clients with short time-outs; their connections are closed with the test."""
    made: list[Any] = []

    def protocol(server: WinRmServer, transport: str = "ntlm", **settings: Any) -> Any:
        client = WinrmProtocol(
            **{
                "endpoint": server.url,
                "transport": transport,
                "username": USER,
                "password": PASSWORD,
                "read_timeout_sec": 3,
                "operation_timeout_sec": 1,
                "ca_trust_path": str(authority.certificate),
                "proxy": None,
                **settings,
            },
        )
        made.append(client)
        return client

    yield protocol
    for client in made:
        client.transport.close_session()


@pytest.fixture
def basic(serve: Serve, connect: Connect) -> Callable[..., tuple[WinRmServer, Any]]:
    """A server that allows Basic over plain HTTP, and a client of it: one HTTP request per operation."""

    def both(run: Run = echo, **settings: Any) -> tuple[WinRmServer, Any]:
        server = serve(run, allow_unencrypted=True, **settings)
        return server, connect(server, "basic")

    return both


def run_script(client: Any, script: str) -> tuple[bytes, bytes, int]:
    """One script in a shell of its own, as `winrm.Session.run_ps` does it, with the shell deleted whatever happens."""
    import base64

    shell = client.open_shell(codepage=65001)
    try:
        encoded = base64.b64encode(script.encode("utf-16-le")).decode()
        command = client.run_command(shell, f"powershell -NoProfile -EncodedCommand {encoded}")
        result: tuple[bytes, bytes, int] = client.get_command_output(shell, command)
        client.cleanup_command(shell, command)
        return result
    finally:
        client.close_shell(shell, close_session=False)
