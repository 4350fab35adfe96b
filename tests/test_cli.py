"""The command line: exit codes, sentences instead of tracebacks, and output that is there whole or not at all."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import click
import pytest

from nlbwiz import cli, options, registry
from nlbwiz.record.file import RunFile
from nlbwiz.version import VERSION
from tests.made import AT, answer, lost, site

ROOT = Path(__file__).resolve().parent.parent
Console = pytest.CaptureFixture[str]


def code_of(*args: str) -> int:
    """What the process would end with."""
    with pytest.raises(SystemExit) as ended:
        cli.main(args)
    assert ended.value.code is not None
    return int(ended.value.code)


Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts the real program in a process of its own; with `code`, that Python text instead. None outlives the test."""
    started: list[subprocess.Popen[str]] = []

    def begin(
        *args: str, code: str = "", stdout: int = subprocess.PIPE, stderr: int = subprocess.PIPE
    ) -> "subprocess.Popen[str]":
        command = [sys.executable, *(("-c", code) if code else ("-m", "nlbwiz")), *args]
        started.append(
            subprocess.Popen(
                command, cwd=ROOT, text=True, encoding="utf-8", stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr
            )
        )
        return started[-1]

    yield begin
    for process in started:
        with process:
            process.kill()


def finished(process: "subprocess.Popen[str]") -> tuple[int, str, str]:
    out, err = process.communicate(timeout=30)
    assert "Traceback" not in (err or "")
    assert "Exception ignored" not in (err or "")
    return process.returncode, out or "", err or ""


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A saved run in which hardly anything answered."""
    path = tmp_path / "run.nlbwiz"
    with RunFile(path, site(), "duplicate-ip", AT) as file:
        file.add(answer("nlb1", "arp-retry-count", [{"value": None}]))
        file.add(lost("nlb2", "arp-retry-count", status="denied", error="access denied"))
        file.end(AT + timedelta(seconds=4))
    return path


# ---- usage, missing and bad input ----


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        ([],                                   64, "Usage: nlbwiz"),
        (["lab"],                              64, "Usage: nlbwiz lab"),
        (["nonsense"],                         64, "No such command 'nonsense'"),
        (["--nonsense"],                       64, "No such option"),
        (["mac"],                              64, "Missing argument"),
        (["mac", "--format", "xml", "x"],      64, "'xml' is not one of 'text', 'json'"),
        (["mac", "nlb1"],                      65, "nlbwiz: 'nlb1' is neither an IP nor a MAC address"),
        (["mac", "\x1b[31m"],                  65, r"'\x1b[31m' is neither"),
        (["schema"],                           64, "Missing argument"),
        (["schema", "none"],                   64, "nlbwiz: there is no schema 'none'; there are: site, report"),
        (["explain", "NLB999"],                64, "nlbwiz: there is no cause 'NLB999'; there are: NLB001"),
        (["explain", "--all", "NLB003"],       64, "nlbwiz: --all takes nothing beside it"),
        (["lab", "serve", "old-statc"],        66, "did you mean old-static-arp?"),
        (["probes", "--script", "switch"],     64, "'switch' is not one of 'node', 'host'"),
        (["lab", "serve", "no-such"],          66, "nlbwiz: 'no-such' is no scenario; there are: "),
        (["lab", "serve", "x", "--for", "-1"], 64, "Invalid value for '--for'"),
        (["init", "x"],                        64, "unexpected extra argument"),
    ],
)  # fmt: skip
def test_what_goes_wrong_is_a_sentence_and_a_code(capsys: Console, args: list[str], code: int, says: str) -> None:
    assert code_of(*args) == code
    out, err = capsys.readouterr()
    assert says in " ".join(err.split())
    assert out == ""
    assert all(char == "\n" or char.isprintable() for char in err)


@pytest.mark.parametrize("command", ["check", "demo"])
@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["--nonsense"],              "No such option"),
        (["--format", "xml"],         "'xml' is not one of 'text', 'md', 'json'"),
        (["--deadline", "0"],         "Invalid value for '--deadline'"),
        (["--deadline", "soon"],      "Invalid value for '--deadline'"),
        (["--deadline", "nan"],       "Invalid value for '--deadline': 'nan' is not a number of seconds"),
        (["--seed", "x"],             "Invalid value for '--seed'"),
        (["--answer", "same_switch"], "--answer 'same_switch': QUESTION=ANSWER is expected, such as same_switch=yes"),
        (["--answer", "=yes"],        "--answer '=yes': QUESTION=ANSWER is expected"),
        (["--answer", "same_switch=yes", "--answer", "same_switch=no"], "one answer to each question is expected"),
        (["--answer", "mood=good"],   "--answer mood: there is no such question; there are: same_switch"),
        (["--answer", "same_switch=perhaps"], "--answer same_switch=perhaps: one of yes, no, not sure is expected"),
        (["--symptom", "gloom"],      "--symptom 'gloom': there is no such symptom; there are: duplicate-ip, "),
        (["--symptom", ""],           "Invalid value for '--symptom': it is empty: a name is expected"),
        (["-o", ""],                  "Invalid value for '-o' / '--output': it is empty: the path of a file is expected"),
        (["--save", ""],              "Invalid value for '--save': it is empty"),
        (["--save", "-"],             "Invalid value for '--save': '-' is no file: name the file to keep"),
        (["-o", "no/such/report"],    "no/such/report: cannot be written: there is no folder no/such"),
    ],
)  # fmt: skip
def test_in_monitoring_everything_that_goes_wrong_is_3(
    capsys: Console, command: str, args: list[str], says: str
) -> None:
    where = ["--site", "none.toml"] if command == "check" else []
    assert code_of(command, *where, *args) == 3
    out, err = capsys.readouterr()
    assert says in " ".join(err.split())
    assert out == ""


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["check"],                                      "exactly one of --site FILE, --bundle FILE and --demo NAME is expected"),
        (["check", "--site", "a", "--bundle", "b"],      "exactly one of --site FILE, --bundle FILE and --demo NAME"),
        (["check", "--site", "a", "--demo", "b"],        "exactly one of"),
        (["check", "--bundle", "a", "--demo", "b"],      "exactly one of"),
        (["check", "x"],                                 "unexpected extra argument"),
        (["check", "--site", "none.toml"],               "none.toml: no such file; `nlbwiz init` writes one to start from"),
        (["check", "--site", "tests"],                   "tests: is a folder"),
        (["check", "--site", "none.toml", "--seed", "1"], "--seed belongs to --demo"),
        (["check", "--site", "\x1b[2J"],                 r"\x1b[2J: no such file"),
        (["check", "--site", "pyproject.toml"],          "pyproject.toml"),
        (["check", "--bundle", "none"],                  "none: cannot be read: No such file or directory"),
        (["check", "--bundle", "tests"],                 "tests: is not a file"),
        (["check", "--bundle", "pyproject.toml"],        "pyproject.toml: is TOML or a JSON list, not a bundle"),
        (["check", "--bundle", "none", "--save", "x"],   "--save and --deadline belong to a run that asks"),
        (["check", "--bundle", "none", "--deadline", "9"], "--save and --deadline belong to a run that asks"),
        (["check", "--demo", "no-such"],                 "'no-such' is no scenario; there are: "),
        (["demo", "no-such"],                            "'no-such' is no scenario; there are: "),
        (["demo", "old-statc"],                          "did you mean old-static-arp?"),
        (["demo", ""],                                   "Invalid value for '[NAME]': it is empty: a name is expected"),
        (["demo", "--list", "--format", "json"],         "--list takes nothing beside it"),
        (["demo", "--list", "all-dark"],                 "--list takes nothing beside it"),
        (["check", "--demo", ""],                        "Invalid value for '--demo': it is empty"),
        (["check", "--site", ""],                        "Invalid value for '--site': it is empty: the path of a file"),
        (["check", "--bundle", ""],                      "Invalid value for '--bundle': it is empty"),
        (["demo", "a", "b"],                             "unexpected extra argument"),
    ],
)  # fmt: skip
def test_a_check_of_nothing_is_3_and_says_what_is_expected(capsys: Console, args: list[str], says: str) -> None:
    assert code_of(*args) == 3
    out, err = capsys.readouterr()
    assert says in " ".join(err.split())
    assert out == ""
    assert all(char == "\n" or char.isprintable() for char in err)


# ---- help ----


def commands(group: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    if isinstance(group, click.Group):
        for name, command in group.commands.items():
            yield from commands(command, (*path, name))


@pytest.mark.parametrize("path", list(commands(cli.cli)), ids=" ".join)
def test_every_command_has_help_of_at_most_80_columns(
    capsys: Console, monkeypatch: pytest.MonkeyPatch, path: tuple[str, ...]
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    assert code_of(*path, "--help") == 0
    text = capsys.readouterr().out
    assert text.startswith(f"Usage: nlbwiz {' '.join(path)}".rstrip())
    assert max(map(len, text.splitlines())) <= 80
    command: click.Command = cli.cli
    for name in path:
        assert isinstance(command, click.Group)
        command = command.commands[name]
    assert command.help
    for option in command.params:
        if isinstance(option, click.Option) and option.name != "fmt":
            assert option.help, option.name
    assert code_of(*path, "-h") == 0


@pytest.mark.parametrize("command", ["check", "demo"])
def test_the_help_names_every_symptom_and_question_of_the_tree(capsys: Console, command: str) -> None:
    code_of(command, "--help")
    words = " ".join(capsys.readouterr().out.split())
    tree = registry.tree()
    assert sorted(options.SYMPTOMS.split(", ")) == sorted(tree.symptoms)
    assert options.QUESTIONS.split(", ") == [f"{name}={'|'.join(one.answers)}" for name, one in tree.questions.items()]
    assert options.SYMPTOMS in words
    assert options.QUESTIONS in words


def test_the_version_is_told(capsys: Console) -> None:
    assert code_of("--version") == 0
    assert capsys.readouterr().out == f"nlbwiz, version {VERSION}\n"


# ---- what the small commands print ----


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["mac", "03bf.bc1f.0164"], "188.31.1.100"),
        (["mac", "02", "bf", "ac", "1f", "03", "e8"], "172.31.3.232"),
        (["init"], "[cluster."),
        (["explain"], "NLB006  arp_retry_count"),
        (["explain", "nlb006"], "NLB006 "),
        (["explain", "--all"], "# The causes"),
        (["probes"], "ipNetToMediaPhysAddress 1.3.6.1.2.1.4.22.1.2"),
        (["probes", "--script", "node"], "Write-Section 'cluster'"),
        (["probes", "--script", "host"], "Write-Section 'vnics'"),
        (["demo", "--list"], "old-static-arp "),
    ],
)
def test_a_command_prints_what_it_is_for_and_nothing_else(capsys: Console, args: list[str], says: str) -> None:
    assert code_of(*args) == 0
    out, err = capsys.readouterr()
    assert says in out
    assert out.endswith("\n")
    assert err == ""


def test_several_addresses_are_one_array(capsys: Console) -> None:
    assert code_of("mac", "arp 172.31.1.232", "03bf.bc1f.0164", "ARPA", "--format", "json") == 0
    ip, mac = json.loads(capsys.readouterr().out)
    assert (ip["subject"], mac["subject"]) == ("primary_ip", "mac")
    assert "DOES NOT FIT" in mac["fit"]


@pytest.mark.parametrize(
    "args", [["mac", "03bf.bc1f.0164", "--format", "json"], ["schema", "site"], ["schema", "report"]]
)
def test_json_is_one_document(capsys: Console, args: list[str]) -> None:
    assert code_of(*args) == 0
    assert isinstance(json.loads(capsys.readouterr().out), dict)


# ---- a saved run ----


def test_a_saved_run_is_judged_again_with_its_own_symptom_and_time(capsys: Console, bundle: Path) -> None:
    assert code_of("check", "--bundle", str(bundle), "--format", "json") == 3
    out, err = capsys.readouterr()
    data = json.loads(out)
    assert (data["verdict"], data["exit_code"], data["symptom"]) == ("unknown", 3, "duplicate-ip")
    assert data["ended"] == "2026-11-24T03:00:04Z"
    assert err == ""


@pytest.mark.parametrize("form", ["text", "md", "json"])
def test_a_saved_run_gives_the_same_bytes_every_time(capsys: Console, bundle: Path, form: str) -> None:
    code_of("check", "--bundle", str(bundle), "--format", form)
    first = capsys.readouterr().out
    code_of("check", "--bundle", str(bundle), "--format", form)
    assert capsys.readouterr().out == first


def test_another_symptom_gives_another_order(capsys: Console, bundle: Path) -> None:
    code_of("check", "--bundle", str(bundle), "--format", "json", "--symptom", "unreachable")
    data = json.loads(capsys.readouterr().out)
    assert (data["symptom"], data["outcomes"][0]["id"]) == ("unreachable", "NLB023")


# ---- where the report goes ----


def test_a_report_goes_to_the_file_and_not_to_stdout(capsys: Console, bundle: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.md"
    code_of("check", "--bundle", str(bundle), "--format", "md")
    printed = capsys.readouterr().out
    assert code_of("check", "--bundle", str(bundle), "--format", "md", "-o", str(report)) == 3
    assert capsys.readouterr() == ("", "")
    assert report.read_text(encoding="utf-8") == printed


def test_a_dash_is_stdout(capsys: Console, bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code_of("check", "--bundle", str(bundle))
    printed = capsys.readouterr().out
    monkeypatch.chdir(tmp_path)
    assert code_of("check", "--bundle", str(bundle), "-o", "-") == 3
    assert capsys.readouterr().out == printed
    assert not (tmp_path / "-").exists()


@pytest.mark.parametrize("where", ["no/such/report", "folder", "folder/"])
def test_a_report_that_cannot_be_written_is_3_and_leaves_nothing(
    capsys: Console, bundle: Path, tmp_path: Path, where: str
) -> None:
    (tmp_path / "folder").mkdir()
    before = sorted(tmp_path.rglob("*"))
    assert code_of("check", "--bundle", str(bundle), "-o", str(tmp_path / where)) == 3
    out, err = capsys.readouterr()
    assert "cannot be written: " in err
    assert out == ""
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("args", "code"), [(("probes",), 73), (("--help",), 73), (("check", "--help"), 3), (("explain", "--all"), 73)]
)
def test_a_reader_that_has_gone_away_gets_silence(start: Start, args: Sequence[str], code: int) -> None:
    read, write = os.pipe()
    os.close(read)
    process = start(*args, stdout=write)
    os.close(write)
    assert finished(process) == (code, "", "")


def test_a_check_whose_reader_has_gone_away_is_3(start: Start, bundle: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    process = start("check", "--bundle", str(bundle), stdout=write)
    os.close(write)
    assert finished(process) == (3, "", "")


def test_a_full_disk_is_said(start: Start) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        code, _, err = finished(start("probes", stdout=full.fileno()))
    assert (code, err) == (73, "nlbwiz: the output cannot be written: No space left on device\n")


@pytest.mark.parametrize(("args", "code"), [(("nonsense",), 64), (("mac", "nlb1"), 65), (("check",), 3)])
def test_nobody_has_to_listen_to_what_goes_wrong(start: Start, args: Sequence[str], code: int) -> None:
    read, write = os.pipe()
    os.close(read)
    process = start(*args, stderr=write)
    os.close(write)
    assert finished(process)[0] == code


CLOSED = "import os, sys; os.close(1); os.close(2); os.execv(sys.executable, [sys.executable, '-m', 'nlbwiz', *sys.argv[1:]])"


@pytest.mark.parametrize(("args", "code"), [(("probes",), 0), (("nonsense",), 64), (("check",), 3)])
def test_a_process_without_stdout_and_stderr_still_has_a_code(start: Start, args: Sequence[str], code: int) -> None:
    assert finished(start(*args, code=CLOSED))[0] == code


def test_text_is_utf_8_whatever_the_locale_says(start: Start, bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    for args in (("init",), ("explain", "--all"), ("check", "--bundle", str(bundle))):
        code, out, err = finished(start(*args))
        assert (code, err) == (3 if args[0] == "check" else 0, "")
        assert out


# ---- crashes and Ctrl-C ----

CRASH = """
import click
from nlbwiz import cli

@click.command()
def broken():
    raise ZeroDivisionError("one over\\x1b[31m nothing")

cli.cli.add_command(broken, "mac")
cli.cli.add_command(broken, "check")
cli.main()
"""
WAIT = """
import threading
import click
from nlbwiz import cli

@click.command()
def wait():
    click.echo("waiting")
    threading.Event().wait()

for name in ("mac", "check", "demo"):
    cli.cli.add_command(wait, name)
cli.main()
"""


@pytest.mark.parametrize(("command", "code"), [("mac", 70), ("check", 3)])
def test_a_crash_is_one_line_and_never_looks_like_a_warning(start: Start, command: str, code: int) -> None:
    ended, out, err = finished(start(command, code=CRASH))
    assert (ended, out) == (code, "")
    assert err == "nlbwiz: our own bug: ZeroDivisionError at <string>:7\n"  # its words may quote a secret


@pytest.mark.parametrize(("command", "code"), [("mac", 130), ("check", 3), ("demo", 3)])
def test_ctrl_c_is_130_and_3_in_monitoring(start: Start, command: str, code: int) -> None:
    process = start(command, code=WAIT)
    assert process.stdout is not None
    assert process.stdout.readline() == "waiting\n"
    process.send_signal(signal.SIGINT)
    ended, _, err = finished(process)
    assert (ended, err.strip()) == (code, "stopped by Ctrl-C")


@pytest.mark.parametrize(("command", "code"), [("mac", 143), ("check", 3), ("demo", 3)])
def test_sigterm_is_143_and_3_in_monitoring(start: Start, command: str, code: int) -> None:
    process = start(command, code=WAIT)
    assert process.stdout is not None
    assert process.stdout.readline() == "waiting\n"
    for _ in range(2):  # as coreutils' timeout does
        process.send_signal(signal.SIGTERM)
    ended, _, err = finished(process)
    assert (ended, err.strip()) == (code, "stopped by SIGTERM")


def serving(process: "subprocess.Popen[str]") -> Path:
    """The folder of a lab that says it runs."""
    assert process.stdout is not None
    last = next(line for line in process.stdout if line.startswith("# nlbwiz check --site "))
    return Path(last.split()[-1]).parent


def test_a_lab_that_sigterm_ends_leaves_no_secret(start: Start) -> None:
    process = start("lab", "serve", "healthy-igmp")
    folder = serving(process)
    assert folder.is_dir()
    process.send_signal(signal.SIGTERM)
    assert finished(process)[0] == 143
    assert not folder.exists()


def test_the_next_lab_takes_away_what_a_killed_one_left_and_nothing_else(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    for name in ("nlbwiz-lab-0a_b", "nlbwiz-lab-notes", "nlbwiz-lab-1"):
        (tmp_path / name).mkdir()
    killed, alive = start("lab", "serve", "healthy-igmp"), start("lab", "serve", "healthy-igmp")
    left, used = serving(killed), serving(alive)
    killed.kill()
    killed.wait()
    assert left.is_dir()
    third = start("lab", "serve", "healthy-igmp", "--for", "0")
    assert finished(third)[0] == 0
    assert not left.exists()
    assert used.is_dir()
    assert {one.name for one in tmp_path.iterdir()} >= {"nlbwiz-lab-0a_b", "nlbwiz-lab-notes", "nlbwiz-lab-1"}


def test_a_lab_whose_reader_has_gone_away_goes_on(start: Start) -> None:
    read, write = os.pipe()
    os.close(read)
    process = start("lab", "serve", "healthy-igmp", "--for", "0.1", stdout=write)
    os.close(write)
    assert finished(process) == (0, "", "")


SITE = """
[node.nlb1]
address = "172.31.3.11"
endpoint = "127.0.0.1:{port}"
credential = "env:NLBWIZ_TEST_WIN"
[cluster.web]
vip = "172.31.3.232"
nodes = ["nlb1"]
[jump]
neighbours = "neighbours.json"
addresses = ["172.31.3.50/24"]
"""


def test_ctrl_c_in_the_middle_of_a_real_check_keeps_what_was_answered(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NLBWIZ_TEST_WIN", "reader:secret")
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes the connection and never answers
        (tmp_path / "site.toml").write_text(SITE.format(port=silent.getsockname()[1]), encoding="utf-8")
        (tmp_path / "neighbours.json").write_text("[]", encoding="utf-8")
        saved = tmp_path / "run"
        process = start("check", "--site", str(tmp_path / "site.toml"), "--save", str(saved))
        silent.settimeout(5)
        silent.accept()[0].close()
        assert process.stderr is not None
        process.stderr.readline()
        process.send_signal(signal.SIGINT)
        code, out, err = finished(process)
    assert (code, out) == (3, "")
    assert err.rstrip().endswith("stopped by Ctrl-C")
    assert "secret" not in saved.read_text(encoding="utf-8")
    assert code_of("check", "--bundle", str(saved)) == 3
