"""Scripts reach the executor, output streams back, and processes end, crash or hang as on Windows."""

import base64
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from winrm.exceptions import WinRMOperationTimeoutError, WSManFaultError

from nlbwiz.lab.winrm.commandline import Failure, PowerShell, understand
from nlbwiz.lab.winrm.server import WinRmServer
from nlbwiz.lab.winrm.shell import Output, encoding_of
from tests.lab.winrm.conftest import Connect, Serve, run_script

BOOTSTRAP = "& ([scriptblock]::Create([Console]::In.ReadToEnd()))"
Basic = Callable[..., tuple[WinRmServer, Any]]


def start(client: Any, script: str = BOOTSTRAP, *, codepage: int = 65001) -> tuple[str, str]:
    shell = client.open_shell(codepage=codepage)
    encoded = base64.b64encode(script.encode("utf-16-le")).decode()
    options = ["-NoProfile", "-NonInteractive", "-ExecutionPolicy", "Bypass", "-EncodedCommand", encoded]
    return shell, client.run_command(shell, "powershell.exe", options, console_mode_stdin=False)


@pytest.mark.parametrize("transport", ["ntlm", "basic"])
def test_a_script_sent_on_stdin_in_chunks_arrives_whole(serve: Serve, connect: Connect, transport: str) -> None:
    text = "# Knoten: ä€\n" + "x" * 450_000
    data = text.encode()
    server = serve(allow_unencrypted=True)
    client = connect(server, transport)
    shell, command = start(client)
    for at in range(0, len(data), 200_000):
        client.send_command_input(shell, command, data[at : at + 200_000], end=at + 200_000 >= len(data))
    out, err, code = client.get_command_output(shell, command)
    assert (out.decode(), err.decode(), code) == (BOOTSTRAP, text, 0)
    client.close_shell(shell)
    assert server.counts.operations["Send"] == 3
    # The answer is larger than the client's MaxEnvelopeSize of 153600 bytes: it comes in several.
    assert server.counts.operations["Receive"] >= 4
    assert max(exchange.bytes_out for exchange in server.log) <= 153_600


def test_a_process_that_reads_stdin_waits_for_its_end(basic: Basic) -> None:
    server, client = basic()
    shell, command = start(client)
    client.send_command_input(shell, command, b"not yet the end")
    with pytest.raises(WinRMOperationTimeoutError):
        client.get_command_output_raw(shell, command)
    client.send_command_input(shell, command, b"", end=True)
    assert client.get_command_output(shell, command)[1] == b"not yet the end"
    assert server.counts.processes == 1


def test_output_can_be_received_while_the_process_runs(basic: Basic) -> None:
    go_on = threading.Event()

    def run(script: str, stdin: str) -> Iterator[Output]:
        yield "stdout", b"first\n"
        go_on.wait(5)
        yield "stderr", b"trouble\n"
        yield 3

    _, client = basic(run)
    shell, command = start(client, "1")
    assert client.get_command_output_raw(shell, command) == (b"first\n", b"", -1, False)
    go_on.set()
    rest: tuple[bytes, bytes, int] = client.get_command_output(shell, command)
    assert rest == (b"", b"trouble\n", 3)


def test_a_silent_process_answers_receive_with_a_timeout_fault(basic: Basic) -> None:
    release = threading.Event()

    def run(script: str, stdin: str) -> Iterator[Output]:
        release.wait(10)
        yield 0

    _, client = basic(run)
    shell, command = start(client, "Start-Sleep 100")
    asked = time.monotonic()
    with pytest.raises(WinRMOperationTimeoutError):
        client.get_command_output_raw(shell, command)
    assert 0.9 < time.monotonic() - asked < 3
    client.cleanup_command(shell, command)
    with pytest.raises(WSManFaultError) as caught:
        client.get_command_output_raw(shell, command)
    assert caught.value.wsman_fault_code == 2150858843
    release.set()


def test_an_error_in_the_executor_looks_like_a_crash(basic: Basic) -> None:
    def run(script: str, stdin: str) -> Iterator[Output]:
        yield "stdout", b"half"
        raise RuntimeError("the executor is broken")

    _, client = basic(run)
    out, err, code = run_script(client, "1")
    assert out == b"half"
    assert err.endswith(b"RuntimeError: the executor is broken\n")
    assert code == -532462766


def test_an_executor_that_yields_nothing_ends_well(basic: Basic) -> None:
    _, client = basic(lambda script, stdin: ())
    assert run_script(client, "1") == (b"", b"", 0)


def test_what_is_no_powershell_gets_the_answer_of_cmd(basic: Basic) -> None:
    server, client = basic()
    shell = client.open_shell()
    command = client.run_command(shell, "ipconfig", ["/all"])
    out, err, code = client.get_command_output(shell, command)
    assert (out, code) == (b"", 1)
    assert (
        err
        == b"'ipconfig' is not recognized as an internal or external command,\r\noperable program or batch file.\r\n"
    )
    assert server.counts.processes == 0


@pytest.mark.parametrize(("characters", "fits"), [(3061, True), (3100, False)])
def test_a_script_on_the_command_line_ends_at_8191_characters(basic: Basic, characters: int, fits: bool) -> None:
    _, client = basic()
    shell = client.open_shell()
    encoded = base64.b64encode(("#" * characters).encode("utf-16-le")).decode()
    command = client.run_command(shell, f"powershell -encodedcommand {encoded}")
    out, err, code = client.get_command_output(shell, command)
    assert (len(out), code) == ((characters, 0) if fits else (0, 1))
    assert err == (b"" if fits else b"The command line is too long.\r\n")


def test_without_cmd_a_bare_name_is_not_found(basic: Basic) -> None:
    _, client = basic()
    shell = client.open_shell()
    with pytest.raises(WSManFaultError) as caught:
        client.run_command(shell, "powershell", ["-Command", "1"], skip_cmd_shell=True)
    assert caught.value.wsman_fault_code == 2147942402
    path = r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe"
    command = client.run_command(shell, path, ["-Command", "x" * 9000], skip_cmd_shell=True)
    assert len(client.get_command_output(shell, command)[0]) == 9000


def test_a_script_whose_stdin_never_ends_is_never_run(basic: Basic) -> None:
    ran: list[str] = []

    def run(script: str, stdin: str) -> list[Output]:
        ran.append(stdin)
        return []

    server, client = basic(run)
    shell, command = start(client)
    client.send_command_input(shell, command, b"half a scr")
    client.cleanup_command(shell, command)
    client.close_shell(shell, close_session=False)
    assert run_script(client, "1")[2] == 0  # another process, begun later, has ended
    assert ran == [""]
    assert server.counts.processes == 2


def test_deleting_the_shell_ends_its_process(basic: Basic) -> None:
    ended = threading.Event()

    def run(script: str, stdin: str) -> Iterator[Output]:
        try:
            while True:
                time.sleep(0.01)
                yield "stdout", b"."
        finally:
            ended.set()

    server, client = basic(run)
    shell, _ = start(client, "1")
    assert server.counts.shells_open == 1
    client.close_shell(shell)
    assert ended.wait(1)
    assert server.counts.shells_open == 0


@pytest.mark.parametrize(
    ("arguments", "script", "from_stdin"),
    [
        ("-EncodedCommand MQA=", "1", False),
        ("-enc MQA=", "1", False),
        ("-e MQA=", "1", False),
        ("-ec MQA=", "1", False),
        ("-NoP -NonI -Ex Bypass -ep Bypass /EncodedCommand MQA=", "1", False),
        ('-ExecutionPolicy "Bypass" -Command Get-Date', "Get-Date", False),
        ('-Command "& { \\"a\\" }"', '& { "a" }', False),
        ("(pwd).Path", "(pwd).Path", False),
        ("Write-Host hi; Write-Host again", "Write-Host hi; Write-Host again", False),
        ("-Command -", "", True),
        ("-NoLogo -", "", True),
        ("", "", True),
    ],
)
def test_powershell_takes_its_script_from(arguments: str, script: str, from_stdin: bool) -> None:
    assert understand(f"powershell.exe {arguments}") == PowerShell(script=script, from_stdin=from_stdin)


@pytest.mark.parametrize(
    "program",
    [
        "powershell",
        "POWERSHELL.EXE",
        r"%SystemRoot%\System32\WindowsPowerShell\v1.0\powershell.exe",
        r'"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe"',
    ],
)
def test_powershell_is_known_by_every_spelling(program: str) -> None:
    assert understand(f"{program} -c 1") == PowerShell(script="1")


@pytest.mark.parametrize(
    ("line", "exit_code", "what"),
    [
        ("powershellx -c 1", 1, "'powershellx' is not recognized"),
        ("", 1, "'' is not recognized"),
        ("powershell -enc", -196608, "requires an argument"),
        ("powershell -enc &&&", -196608, "not properly encoded"),
        ("powershell -enc MQ==", -196608, "not properly encoded"),
        ("powershell -File C:\\x.ps1", -196608, "'C:\\x.ps1' to the -File parameter does not exist"),
    ],
)
def test_a_line_that_cannot_run_says_so(line: str, exit_code: int, what: str) -> None:
    failure = understand(line)
    assert isinstance(failure, Failure)
    assert failure.exit_code == exit_code
    assert what in failure.stderr


@pytest.mark.parametrize(
    ("script", "reads"),
    [
        (BOOTSTRAP, True),
        ("$text = [System.Console]::OpenStandardInput()", True),
        ("$input | ForEach-Object { $_ }", True),
        ("Get-NlbCluster", False),
        ("[Console]::Out.Flush()", False),
    ],
)
def test_only_a_script_that_reads_stdin_waits_for_it(script: str, reads: bool) -> None:
    assert PowerShell(script=script).reads_stdin is reads


@pytest.mark.parametrize(
    ("code_page", "encoding"),
    [("65001", "utf-8"), ("437", "cp437"), ("1252", "cp1252"), ("99999", "cp437"), ("x", "cp437"), ("", "cp437")],
)
def test_stdin_is_read_in_the_code_page_of_the_shell(code_page: str, encoding: str) -> None:
    assert encoding_of(code_page) == encoding


def test_the_script_itself_may_come_on_stdin(basic: Basic) -> None:
    _, client = basic()
    shell = client.open_shell(codepage=1252)
    command = client.run_command(shell, "powershell -NoProfile -Command -", console_mode_stdin=False)
    client.send_command_input(shell, command, "'ä'".encode("cp1252"), end=True)
    assert client.get_command_output(shell, command)[0].decode() == "'ä'"
