"""A script's lines: whole ones count, however they arrive, and what is none is named."""

import json
import subprocess
import sys
from typing import Any

import msgspec
import pytest

from nlbwiz.collect.winrm.answers import Answers, Section, first_bytes, section_cause
from nlbwiz.record.evidence import Status
from tests.collect.winrm.site import line


def read(*pieces: bytes) -> tuple[list[Section], Answers]:
    answers = Answers()
    found = [section for piece in pieces for section in answers.feed(piece)]
    return [*found, *answers.end()], answers


TWO = line("os", [{"a": 1}]) + b"\r\n" + line("dad", []) + b"\r\n"


@pytest.mark.parametrize("size", [1, 2, 7, 50, 10_000])
def test_lines_count_in_pieces_of_any_size(size: int) -> None:
    found, answers = read(*(TWO[at : at + size] for at in range(0, len(TWO), size)))
    assert [(section.name, json.loads(section.raw)) for section in found] == [("os", [{"a": 1}]), ("dad", [])]
    assert (answers.junk, answers.cut) == ("", "")


@pytest.mark.parametrize(
    "data",
    [
        line("os"),
        line("os") + b"\n",
        b"\xef\xbb\xbf" + line("os") + b"\r\n",
        b"\r\n\r\n  " + line("os") + b"  \r\n",
        line("os", newer="field"),
    ],
)
def test_line_ends_marks_and_blanks_do_not_matter(data: bytes) -> None:
    found, answers = read(data)
    assert [section.name for section in found] == ["os"]
    assert not answers.cut


def test_the_raw_text_is_the_scripts_own() -> None:
    found, _ = read(b'{"section":"os","version":1,"data":[ {"n":1.50,"t":"\\u00fc"} ],"error":null}\n')
    assert found[0].raw == '[ {"n":1.50,"t":"\\u00fc"} ]'


@pytest.mark.parametrize(("data", "empty"), [(b"[]", True), (b"[ ]", True), (b"[[]]", False), (b"[null]", False)])
def test_an_answer_without_a_record_is_empty(data: bytes, empty: bool) -> None:
    found, _ = read(b'{"section":"os","version":1,"data":' + data + b"}\n")
    assert (found[0].is_empty, found[0].raw) == (empty, data.decode())


@pytest.mark.parametrize(
    ("data", "junk"),
    [
        (b"Active code page: 65001\r\n", "Active code page: 65001"),
        (b"<html><body>" + b"x" * 100 + b"</body>\n", "<html><body>" + "x" * 48 + "..."),
        (b"\x1b[31mred\x1b[0m\n", "\\x1b[31mred\\x1b[0m"),
        (b'{"section":"os","version":2,"data":[]}\n', '{"section":"os","version":2,"data":[]}'),
        (b'{"section":"os","version":1,"data":{"a":1}}\n', '{"section":"os","version":1,"data":{"a":1}}'),
        (b'{"section":"os","version":1}\n', '{"section":"os","version":1}'),
        (b'{"section":3,"version":1,"data":[]}\n', '{"section":3,"version":1,"data":[]}'),
        (b"[1,2]\n", "[1,2]"),
        (
            b'{"section":"os","version":1,"data":' + b"[" * 5000 + b"\n",
            '{"section":"os","version":1,"data":[[[[[[[[[[[[[[[[[[[[[[[[[...',
        ),
        (b"caf\xe9\n", "caf\N{REPLACEMENT CHARACTER}"),
    ],
)
def test_a_line_that_is_none_of_ours_is_named_and_the_next_one_counts(data: bytes, junk: str) -> None:
    found, answers = read(data + line("dad") + b"\n")
    assert ([section.name for section in found], answers.junk) == (["dad"], junk)


def test_the_first_of_several_strange_lines_is_named() -> None:
    _, answers = read(b"first\nsecond\n")
    assert answers.junk == "first"


@pytest.mark.parametrize("length", [1, 20, len(TWO) - 4])
def test_a_line_that_is_cut_does_not_count(length: int) -> None:
    found, answers = read(TWO[:length])
    whole = length > len(TWO) - 10
    assert [section.name for section in found] == (["os"] if whole else [])
    assert answers.cut.startswith('{"section"'[:length])
    assert answers.junk == ""


def test_more_than_anybody_reads_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nlbwiz.collect.winrm.answers.LARGEST", 1000)
    found, answers = read(line("os") + b"\n", b"x" * 1000, line("dad") + b"\n")
    assert ([section.name for section in found], answers.too_much) == (["os"], True)


AUTOMATION = "System.Management.Automation"
CIM = "Microsoft.Management.Infrastructure.CimException"


def failure(type_: str, id_: str = "", message: str = "") -> dict[str, Any]:
    return {"data": [], "error": {"type": type_, "id": id_, "message": message}}


@pytest.mark.parametrize(
    ("type_", "id_", "status", "says"),
    [
        (f"{AUTOMATION}.CommandNotFoundException", "CommandNotFoundException", "unsupported", "does not have the command"),
        (f"{AUTOMATION}.ItemNotFoundException", "PathNotFound,GetItemCommand", "unsupported", "does not have what"),
        (CIM, "HRESULT 0x8004100e,GetCimInstanceCommand", "unsupported", "does not have what"),
        (CIM, "HRESULT 0x80041010,Get", "unsupported", "does not have what"),
        (CIM, "HRESULT 0x80041003,Get", "denied", "access denied"),
        (CIM, "HRESULT 0x80070005,Get", "denied", "access denied"),
        ("System.UnauthorizedAccessException", "System.UnauthorizedAccessException,Get", "denied", "access denied"),
        ("System.Security.SecurityException", "", "denied", "access denied"),
        ("Microsoft.HyperV.PowerShell.VirtualizationException", "AccessDenied,GetVM", "denied", "access denied"),
        ("System.InvalidOperationException", "x", "unsupported", "InvalidOperationException: "),
        ("", "", "unsupported", "error: "),
    ],
)  # fmt: skip
def test_a_sections_error_is_named_by_its_class(type_: str, id_: str, status: Status, says: str) -> None:
    cause = section_cause(type_, id_, "Zugriff\x1b[0m\r\n verweigert")
    assert cause.status == status
    assert says in cause.error
    assert cause.error.endswith("Zugriff\\x1b[0m verweigert")
    assert cause.resolve
    found, _ = read(line("os", **failure(type_, id_, "Zugriff\x1b[0m\r\n verweigert")) + b"\n")
    assert found == [Section(name="os", cause=cause)]


def test_a_message_of_another_language_decides_nothing() -> None:
    assert section_cause("System.Exception", "x", "Access is denied. CommandNotFound").status == "unsupported"


def test_a_long_message_is_shortened() -> None:
    assert len(section_cause("System.Exception", "x", "y" * 5000).error) < 300


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (b"", ""),
        (b"  SSH-2.0-OpenSSH_9\r\n", "SSH-2.0-OpenSSH_9"),
        (b"\x15\x03\x01", "\\x15\\x03\\x01"),
        (b"a\tb\nc", "a b c"),
    ],
)
def test_first_bytes_are_one_harmless_line(data: bytes, shown: str) -> None:
    assert first_bytes(data) == shown


def test_the_tests_own_lines_are_json() -> None:
    assert msgspec.json.decode(line("os"))["section"] == "os"


ALL_AT_ONCE = """
import importlib, sys, threading
from nlbwiz.collect.winrm import answers

sys.setswitchinterval(1e-6)
LINE = b'{"section": "os", "version": 1, "data": [], "error": {"type": "a", "id": "b", "message": "c"}}' + bytes([10])

def read():
    together.wait()
    list(answers.Answers().feed(LINE))

for _ in range(150):
    importlib.reload(answers)  # its types are as new as in a process that has just begun
    together = threading.Barrier(6)
    threads = [threading.Thread(target=read) for _ in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
"""


def test_machines_that_answer_first_and_at_once_do_not_crash_the_process() -> None:
    done = subprocess.run([sys.executable, "-c", ALL_AT_ONCE], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
