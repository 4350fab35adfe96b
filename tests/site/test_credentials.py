"""References become secrets once, from every place they can stand, and no message ever repeats one."""

import html
import json
import os
import re
import shlex
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable
from ipaddress import IPv4Address
from pathlib import Path
from types import ModuleType
from urllib.parse import quote
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlbwiz.errors import CredentialError, ExitCode
from nlbwiz.site.credentials import Kind, Lacking, SnmpSecret, Vault, WindowsSecret
from nlbwiz.site.model import Endpoint, Node, Site, SnmpTarget
from nlbwiz.site.secret import one_line, snmp_secret, windows_secret

EMPTY = Site()
ACCOUNT = WindowsSecret(user="CONTOSO\\svc", password="hunter2")


def refused(call: Callable[[str], object], ref: str) -> str:
    """The text of the CredentialError, proved to hold no secret wherever an exception can hold one."""
    with pytest.raises(CredentialError) as caught:
        call(ref)
    error = caught.value
    assert error.__cause__ is None
    assert error.__context__ is None
    assert "hunter2" not in "".join(traceback.format_exception(error))
    assert error.exit_code == ExitCode.NO_PERMISSION
    return str(error)


def program(code: str) -> str:
    """A command reference that runs Python."""
    return f"command:{shlex.quote(sys.executable)} -I -S -c {shlex.quote(code)}"


# ---- what a secret is ----


@pytest.mark.parametrize(
    ("raw", "line"),
    [
        ("a:b", "a:b"),
        (b"a:b\n", "a:b"),
        (b"a:b\r\n", "a:b"),
        (b"\xef\xbb\xbfa:b\r\n", "a:b"),
        ("a:\u00fc\n".encode("utf-16"), "a:\u00fc"),
        (b"\xfe\xff\0a\0:\0b", "a:b"),
        ("\ufeffa:b", "a:b"),
        (b" a: b \n", " a: b "),
        ("a:\u00fc\u00a0\U0001f600".encode(), "a:\u00fc\u00a0\U0001f600"),
    ],
)
def test_a_secret_is_the_one_line_without_its_end_and_byte_order_mark(raw: bytes | str, line: str) -> None:
    assert one_line(raw) == line


@pytest.mark.parametrize(
    ("line", "user", "password"),
    [
        ("admin:hunter2", "admin", "hunter2"),
        ("CONTOSO\\svc:hunter2", "CONTOSO\\svc", "hunter2"),
        ("svc@contoso.example:hunter2", "svc@contoso.example", "hunter2"),
        ("admin:a:b::c:", "admin", "a:b::c:"),
        ("admin: ", "admin", " "),
    ],
)
def test_an_account_is_split_at_the_first_colon(line: str, user: str, password: str) -> None:
    assert windows_secret(line) == WindowsSecret(user=user, password=password)


@pytest.mark.parametrize(
    "line", ["public", "a:b", "a:b:c", "a:b:c:d", "a:b:c:d:e", "sw1:505:x", "::", "2001:db8::1", "u:sha256"]
)
def test_a_community_may_hold_colons(line: str) -> None:
    assert snmp_secret(line) == SnmpSecret(community=line)


@pytest.mark.parametrize("auth", ["md5", "sha", "sha224", "sha256", "sha384", "sha512"])
@pytest.mark.parametrize("priv", [None, "des", "3des", "aes128", "aes192", "aes256"])
def test_a_v3_user_has_its_protocols(auth: str, priv: str | None) -> None:
    found = snmp_secret(f"nlbro:{auth}:authpass1" + (f":{priv}:privpass1" if priv else ""))
    assert isinstance(found, SnmpSecret)
    assert (found.community, found.user, found.auth, found.auth_key) == (None, "nlbro", auth, "authpass1")
    assert (found.priv, found.priv_key) == (priv, "privpass1" if priv else None)


@pytest.mark.parametrize(
    ("written", "auth", "priv"),
    [("SHA-256", "sha256", "AES"), ("Sha1", "sha", "aes-128"), ("SHA_512", "sha512", "AES256"), ("MD5", "md5", "DES")],
)
def test_protocols_may_be_written_as_in_a_manual(written: str, auth: str, priv: str) -> None:
    found = snmp_secret(f"nlbro:{written}:authpass1:{priv}:privpass1")
    assert isinstance(found, SnmpSecret)
    assert (found.auth, found.priv) == (auth, {"AES": "aes128", "aes-128": "aes128"}.get(priv, priv.lower()))


@settings(deadline=None)
@given(st.text(max_size=40))
def test_any_text_is_taken_or_refused_without_being_repeated(text: str) -> None:
    for found in (one_line(text), windows_secret(text), snmp_secret(text)):
        taken = isinstance(found, str)  # one_line gives the text itself
        assert taken or text not in repr(found) or len(text) < 30


@pytest.mark.parametrize(
    "secret",
    [ACCOUNT, SnmpSecret(community="hunter2"), SnmpSecret(user="nlbro", auth="sha", auth_key="hunter22")],
    ids=["account", "community", "user"],
)
def test_a_secret_never_shows_itself(secret: WindowsSecret | SnmpSecret) -> None:
    for shown in (repr(secret), str(secret), f"{secret}", f"{[secret]}"):
        assert "hidden" in shown
        assert not any(word in shown for word in ("hunter2", "svc", "nlbro"))


# ---- where a secret is ----


def test_an_environment_variable_gives_an_account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NLBWIZ_TEST", "CONTOSO\\svc:hunter2")
    assert Vault(EMPTY, None).windows("env:NLBWIZ_TEST") == ACCOUNT


@pytest.mark.parametrize("content", [b"CONTOSO\\svc:hunter2", b"\xef\xbb\xbfCONTOSO\\svc:hunter2\r\n"])
def test_a_file_gives_an_account(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "secret"
    file.write_bytes(content)
    file.chmod(0o600)
    vault = Vault(EMPTY, None)
    assert vault.windows(f"file:{file}") == ACCOUNT
    assert vault.warnings == ()


@pytest.mark.skipif(os.name != "posix", reason="Windows has access lists instead of modes")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_file_that_others_may_touch_is_taken_with_a_warning(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "secret"
    file.write_text("hunter2")
    file.chmod(mode)
    vault = Vault(EMPTY, None)
    vault.snmp(f"file:{file}")
    vault.snmp(f"file:{file}")
    assert vault.warnings == (f"file:{file}: others than its owner may touch this file; chmod 600 it",)


@pytest.mark.skipif(os.name != "posix", reason="quoted as for a POSIX program")
def test_a_command_gives_what_it_prints_and_runs_without_a_shell() -> None:
    code = (
        "import sys; print('CONTOSO' + chr(92) + 'svc:hunter2' if sys.argv[1:] == ['$HOME', 'a b', '*'] else sys.argv)"
    )
    assert Vault(EMPTY, None).windows(program(code) + " $HOME 'a b' *") == ACCOUNT


@pytest.mark.skipif(os.name != "posix", reason="process groups")
def test_a_command_that_hangs_does_not_outlive_the_run(tmp_path: Path) -> None:
    """The thread that would end it dies with the interpreter. A child of the command's holds a pipe that shows it."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    child = f"import time; pipe = open({str(pipe)!r}, 'wb', buffering=0); pipe.write(b'x'); time.sleep(60)"
    command = program(f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])").partition(":")[2]
    code = (
        "import sys, threading; from nlbwiz.site.fetch import from_command\n"
        f"threading.Thread(target=from_command, args=({command!r}, 60.0), daemon=True).start()\n"
        "sys.stdin.read()"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE) as run, pipe.open("rb") as held:
        assert held.read(1) == b"x"  # it runs
        run.communicate(timeout=10)
        assert run.returncode == 0
        assert held.read() == b""  # nobody holds the pipe any more


@pytest.mark.skipif(os.name != "posix", reason="quoted as for a POSIX program")
def test_a_command_that_leaves_a_child_on_its_pipe_does_not_hold_the_run() -> None:
    code = (
        "import subprocess, sys; print('CONTOSO' + chr(92) + 'svc:hunter2', flush=True); "
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(5)'])"
    )
    start = time.monotonic()
    assert Vault(EMPTY, None).windows(program(code)) == ACCOUNT
    assert time.monotonic() - start < 4


@pytest.mark.skipif(os.name != "posix", reason="quoted as for a POSIX program")
@pytest.mark.parametrize(
    ("what", "code", "words"),
    [
        (
            "a failure",
            "import sys; print('hunter' + '2'); print('hunter' + '2', file=sys.stderr); sys.exit(3)",
            "exit code 3",
        ),
        ("a hang", "import time; print('hunter' + '2', flush=True); time.sleep(60)", "did not end within 0.5 s"),
        ("a question", "import sys; print('hunter' + '2'); sys.exit(len(sys.stdin.read()) or 4)", "exit code 4"),
        ("nothing", "pass", "is empty"),
        ("a flood", "print(('hunter' + '2') * 100000)", "too much for a secret"),
        ("two lines", "print('a:hunter' + '2'); print('url: x')", "more than one line"),
        ("no text", "import sys; sys.stdout.buffer.write(b'a:hunter' + b'2' + bytes([255]))", "not UTF-8"),
        ("no colon", "print('hunter' + '2')", "no colon between user and password"),
    ],
)
def test_a_command_that_gives_no_account_says_why(what: str, code: str, words: str) -> None:
    limit_s = 0.5 if what == "a hang" else 10.0
    start = time.monotonic()
    assert words in refused(Vault(EMPTY, None, command_s=limit_s).windows, program(code))
    assert time.monotonic() - start < 8


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A key store of the test's own: the real one is an optional package with a desktop behind it."""
    module = ModuleType("keyring")
    entries = {("nlbwiz/web", "CONTOSO\\svc"): "CONTOSO\\svc:hunter2"}

    def get_password(service: str, user: str) -> str | None:
        if service == "locked":
            raise RuntimeError("hunter2")
        return entries.get((service, user))

    vars(module)["get_password"] = get_password
    monkeypatch.setitem(sys.modules, "keyring", module)
    return module


def test_a_keyring_gives_an_account(keyring: ModuleType) -> None:
    assert Vault(EMPTY, None).windows("keyring:nlbwiz/web/CONTOSO\\svc") == ACCOUNT


def test_a_keyring_that_gives_nothing_says_why(keyring: ModuleType) -> None:
    vault = Vault(EMPTY, None)
    assert "the keyring gave no answer (RuntimeError); unlock it" in refused(vault.windows, "keyring:locked/x")
    assert 'python -m keyring set "nlbwiz" "x"' in refused(vault.windows, "keyring:nlbwiz/x")


def test_a_keyring_that_is_not_installed_says_how(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert 'pip install "nlbwiz[keyring]"' in refused(Vault(EMPTY, None).windows, "keyring:nlbwiz/x")


def test_the_operator_is_asked_once_for_each_kind_and_told_what_for() -> None:
    questions: list[str] = []

    def ask(question: str) -> str:
        questions.append(question)
        return "CONTOSO\\svc:hunter2" if question.startswith("Windows") else "hunter2"

    vault = Vault(site_of("prompt:", machines=6), ask)
    assert vault.windows("prompt:") == vault.windows("prompt:") == ACCOUNT
    assert vault.snmp("prompt:") == SnmpSecret(community="hunter2")
    assert questions == [
        "Windows account as USER:PASSWORD (nlb1, nlb2, nlb3, nlb4 and 3 more): ",
        "SNMP access as a community, or USER:sha256:KEY:aes128:KEY for version 3 (nlb1, nlb2, nlb3, nlb4 and 3 more): ",
    ]


@pytest.mark.parametrize("trouble", [EOFError("hunter2"), OSError("hunter2")])
def test_an_operator_who_does_not_answer_is_a_credential_error(trouble: Exception) -> None:
    def ask(question: str) -> str:
        raise trouble

    assert "was not answered" in refused(Vault(EMPTY, ask).windows, "prompt:")


def test_nobody_to_ask_is_a_credential_error() -> None:
    assert "there is nobody to ask; run it in a terminal" in refused(Vault(EMPTY, None).snmp, "prompt:")


def test_a_run_without_a_terminal_does_not_wait_for_an_answer() -> None:
    code = (
        "from nlbwiz.errors import CredentialError\n"
        "from nlbwiz.site.credentials import Vault, ask_at_terminal\n"
        "from nlbwiz.site.model import Site\n"
        "try: Vault(Site(), ask_at_terminal).windows('prompt:')\n"
        "except CredentialError as e: print(e)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], input="a:b\n", capture_output=True, text=True, check=True, timeout=20
    )
    assert "prompt: the question was not answered; run it in a terminal" in run.stdout


@pytest.mark.skipif(os.name != "posix", reason="a pseudo terminal of POSIX")
def test_what_is_typed_at_the_terminal_is_not_shown() -> None:
    code = "from nlbwiz.site.credentials import ask_at_terminal; print(len(ask_at_terminal('Account: ')))"
    ours, theirs = os.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    ) as run:
        os.close(theirs)
        screen = b""
        while b"Account: " not in screen:
            screen += os.read(ours, 1024)
        os.write(ours, b"CONTOSO\\svc:hunter2\n")
        while b"19" not in screen:
            screen += os.read(ours, 1024)
        assert run.wait(20) == 0
    os.close(ours)
    assert b"hunter2" not in screen


# ---- what is refused ----


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "is empty"),
        ("\n", "is empty"),
        ("hunter2", "no colon between user and password; it must hold the Windows account as USER:PASSWORD"),
        (":hunter2", "no user before"),
        ("admin:", "no password after"),
        ("admin:hunter2\nurl", "more than one line"),
        ("admin:hunter2\x1b", "control characters"),
        ("admin:hunter2\udcff", "control characters or broken text"),
    ],
)
def test_what_is_no_account_is_refused(monkeypatch: pytest.MonkeyPatch, content: str, words: str) -> None:
    monkeypatch.setenv("NLBWIZ_TEST", content)
    assert words in refused(Vault(EMPTY, None).windows, "env:NLBWIZ_TEST")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("nlbro:sha265:hunter22", "second part is none of md5 sha"),
        ("nlbro:zzz:hunter22:aes128:hunter22", "second part is none of md5 sha"),
        ("nlbro:sha256:hunter22:aes129:hunter22", "fourth part is none of des 3des"),
        ("nlbro:sha256:hunter22:aes128", "neither 3 nor 5 parts"),
        ("nlbro:sha256:hun:ter22:aes128:hunter22", "neither 3 nor 5 parts"),
        (":sha256:hunter22", "no user"),
        ("nlbro:sha256:hunter2", "fewer than 8 characters"),
        ("nlbro:sha256:hunter22:aes128:hunter2", "fewer than 8 characters"),
    ],
)
def test_what_is_nearly_version_3_is_never_sent_as_a_community(
    monkeypatch: pytest.MonkeyPatch, content: str, words: str
) -> None:
    monkeypatch.setenv("NLBWIZ_TEST", content)
    assert words in refused(Vault(EMPTY, None).snmp, "env:NLBWIZ_TEST")


@pytest.mark.parametrize(
    ("ref", "words"),
    [
        ("env:NLBWIZ_NOT_SET", "env:NLBWIZ_NOT_SET: the variable is not set; set it"),
        ("file:/nowhere/secret", "file:/nowhere/secret: there is no such file"),
        ("file:/", "it is not an ordinary file"),
        ("file:" + "x" * 300, "it cannot be read: "),
        ("command:/nowhere/program --token x", "the program cannot be run: No such file"),
        ("command:'", "its quotes are not balanced"),
        ("admin:hunter2", "credential reference: a text that is no reference (not shown"),
        ("hunter2", "credential reference: a text that is no reference (not shown"),
    ],
)
def test_a_reference_that_leads_nowhere_says_what_to_do(ref: str, words: str) -> None:
    vault = Vault(EMPTY, None)
    told = refused(vault.windows, ref)
    assert words in told
    assert refused(vault.snmp, ref) == told


def test_a_file_too_large_is_not_a_secret(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_bytes(b"hunter2" * 10_000)
    assert "too large for a secret" in refused(Vault(EMPTY, None).windows, f"file:{file}")


@pytest.mark.skipif(os.name != "posix", reason="named pipes of POSIX")
def test_a_pipe_that_nobody_writes_to_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "not an ordinary file" in refused(Vault(EMPTY, None).windows, f"file:{tmp_path / 'pipe'}")


def test_the_machines_that_a_reference_is_for_are_named() -> None:
    site = site_of("env:NLBWIZ_NOT_SET", machines=2)
    assert "env:NLBWIZ_NOT_SET (nlb1, nlb2, sw1): " in refused(Vault(site, None).windows, "env:NLBWIZ_NOT_SET")


@pytest.mark.parametrize(
    ("kind", "typed", "hidden"),
    [
        ("windows", "CONTOSO\\svc:hunter2<&'\"\u00fc", "hunter2<&'\"\u00fc"),
        ("windows", "svc:pass:word 100%", "pass:word 100%"),
        ("windows", "forgot-the-colon", "forgot-the-colon"),
        ("snmp", "s3cr3t/community", "s3cr3t/community"),
        ("snmp", "mon:sha256:auth-key-1:aes128:priv-key-2", "auth-key-1"),
        ("snmp", "mon:sha256:auth-key-1:aes128:priv-key-2", "priv-key-2"),
        ("snmp", "mon:sha257:auth-key-1", "mon:sha257:auth-key-1"),
    ],
)
@pytest.mark.parametrize("quoted", [str, repr, json.dumps, escape, html.escape, quote, ascii, str.encode])
def test_words_of_others_are_scrubbed_of_every_secret_however_they_quote_it(
    kind: Kind, typed: str, hidden: str, quoted: Callable[[str], object]
) -> None:
    vault = Vault(EMPTY, None)
    one = Lacking(kind=kind, reference="prompt:", machines=("nlb1",))
    vault.give(one, typed)
    vault.withdraw((kind, "prompt:"), "refused", "ask again")
    said = f"urllib3: cannot parse {quoted(hidden)} at /wsman, for svc"
    text = vault.scrubbed(said)
    assert re.fullmatch(r"""urllib3: cannot parse b?["']?\*\*\*["']? at /wsman, for svc""", text)
    assert Vault(EMPTY, None).scrubbed(said) == said


def test_a_very_short_secret_takes_all_words_with_it_and_none_takes_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NLBWIZ_TEST_SECRET", "ro")
    vault = Vault(EMPTY, None)
    vault.snmp("env:NLBWIZ_TEST_SECRET")
    assert vault.scrubbed("a broken pipe") == "(its words are left out: they may quote a secret)"
    assert vault.scrubbed("a lost pipe") == "a lost pipe"
    vault.give(Lacking(kind="snmp", reference="prompt:", machines=()), "\r\n")
    assert vault.scrubbed("a lost pipe") == "a lost pipe"


def test_many_threads_ask_once_and_a_refusal_is_kept_too(tmp_path: Path) -> None:
    counter = tmp_path / "counter"
    good, bad = (
        program(
            f"open({str(counter)!r}, 'a').write({mark!r}); print('CONTOSO' + chr(92) + 'svc:hunter2'); raise SystemExit({code})"
        )
        for mark, code in (("g", 0), ("b", 1))
    )
    vault = Vault(EMPTY, None)
    accounts: list[WindowsSecret] = []
    refusals: list[str] = []

    def resolve() -> None:
        accounts.append(vault.windows(good))
        try:
            vault.windows(bad)
        except CredentialError as e:
            refusals.append(str(e))

    threads = [threading.Thread(target=resolve) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert accounts == [ACCOUNT] * 8
    assert len(refusals) == 8
    assert len(set(refusals)) == 1
    assert sorted(counter.read_text()) == ["b", "g"]


def site_of(ref: str, *, machines: int) -> Site:
    """Nodes nlb1, nlb2, ... and one switch that share a reference."""
    address = IPv4Address("192.0.2.1")
    names = [f"nlb{number}" for number in range(1, machines + 1)]
    where = Endpoint(host="192.0.2.1", port=5985, scheme="http")
    agent = SnmpTarget(
        name="sw1", address=address, endpoint=Endpoint(host="192.0.2.1", port=161), snmp=ref, kind="switch"
    )
    return Site(
        nodes={name: Node(name=name, address=address, endpoint=where, credential=ref) for name in names},
        switches={"sw1": agent},
    )
