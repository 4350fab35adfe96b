"""Secrets that are asked for in the app: typed unseen, before the round, tried once per account, and in nobody's files."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest
from textual import events

from nlbwiz import headless
from nlbwiz.lab import scenario
from nlbwiz.lab.site import Lab
from nlbwiz.site.credentials import Lacking, Vault
from nlbwiz.site.model import Site
from nlbwiz.tui.screens.secret import Secret
from nlbwiz.tui.screens.triage import Triage
from nlbwiz.tui.widgets.hidden import Hidden
from tests.tui.driven import Driven, driven
from tests.tui.ptys import wizard

WRONG = "hunter2-and-a-long-one"


@contextmanager
def asking(folder: Path) -> Iterator[tuple[Lab, Path, str]]:
    """A lab whose Windows machines have a `prompt:`: its site file, and its right password."""
    with Lab(scenario.load("old-static-arp")) as lab:
        text = lab.site_file.read_text(encoding="utf-8")
        secret = (lab.folder / "windows.secret").read_text(encoding="utf-8").strip()
        user, _, password = secret.partition(":")
        text = text.replace('"file:windows.secret"', f"'prompt:{user}'").replace('"file:', f'"file:{lab.folder}/')
        text = text.replace('neighbours = "', f'neighbours = "{lab.folder}/').replace('ca = "', f'ca = "{lab.folder}/')
        path = folder / "asks.toml"
        path.write_text(text, encoding="utf-8")
        yield lab, path, password


@asynccontextmanager
async def asked(
    folder: Path, *, size: tuple[int, int] = (80, 24), ascii_only: bool = False
) -> AsyncIterator[tuple[Driven, Lab, str]]:
    with asking(folder) as (lab, path, password):
        options = headless.Options(site=path, deadline_s=6)
        async with driven(options, size=size, ascii_only=ascii_only) as it:
            await it.until(lambda: isinstance(it.app.screen, Secret), "the question")
            yield it, lab, password


def refusals(lab: Lab) -> int:
    """Sign-ins that the lab's servers refused."""
    return sum(server.counts.refused_sign_ins for server in lab.servers.values())


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_it_is_asked_before_the_clock_and_opens_every_machine_of_the_account(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async def ask() -> None:
        async with asked(tmp_path, size=size, ascii_only=True) as (it, lab, password):
            assert it.engine.elapsed_s == 0.0
            assert "password of" in it.text
            assert "nlb1" in it.text
            it.app.post_message(events.Paste(f"{password}\r\n"))
            await it.until(lambda: f"{len(password)} characters, not shown" in it.text)
            assert password not in it.text
            assert it.text.isascii()
            assert {len(line) for line in it.text.split("\n")} == {size[0]}
            await it.press("enter")
            await it.done()
            assert not [row for row in it.triage.shot.targets if "denied" in f"{row}"]
            assert refusals(lab) == 0
            assert password not in it.text
            assert password not in Path(it.engine.kept).read_text(encoding="utf-8")

    asyncio.run(ask())


def test_a_wrong_one_is_tried_once_and_r_asks_for_another(tmp_path: Path) -> None:
    async def ask() -> None:
        async with asked(tmp_path) as (it, lab, password):
            await it.press(*WRONG.replace("-", ""), "enter")
            await it.done()
            assert refusals(lab) == 1
            former = it.triage.told
            await it.press("R")
            await it.until(lambda: it.triage.follow.running or it.triage.told is not former, "the next round")
            await it.done()
            assert refusals(lab) == 1
            await it.press("r")
            await it.until(lambda: isinstance(it.app.screen, Secret), "the question again")
            assert "refused by" in " ".join(it.text.split())
            it.app.post_message(events.Paste(password))
            await it.until(lambda: "characters, not shown" in it.text)
            await it.press("enter")
            await it.until(lambda: isinstance(it.app.screen, Triage) and not it.triage.follow.running)
            await it.until(
                lambda: any(
                    one.ask.target == "nlb1" and one.is_answer
                    for one in (it.triage.told.evidence if it.triage.told else ())
                ),
                "answers of nlb1",
            )
            assert refusals(lab) == 1

    asyncio.run(ask())


def test_esc_goes_on_without_it_and_the_reason_is_said(tmp_path: Path) -> None:
    async def ask() -> None:
        async with asked(tmp_path) as (it, lab, _):
            await it.press("x", "escape")
            await it.done()
            assert it.triage.told is not None
            errors = [one.error for one in it.triage.told.evidence if one.ask.target == "nlb1"]
            assert errors
            assert all("nothing was typed for it" in one for one in errors)
            assert refusals(lab) == 0
            assert any(one.is_answer for one in it.triage.told.evidence)  # the switches were asked

    asyncio.run(ask())


def test_leaving_while_it_is_asked_for_is_quick(tmp_path: Path) -> None:
    async def ask() -> None:
        async with asked(tmp_path) as (it, _, _password):
            await it.press("enter")
            await it.until(lambda: "nothing was typed" in it.text)
            began = asyncio.get_running_loop().time()
            it.engine.close()
            assert asyncio.get_running_loop().time() - began < 1

    asyncio.run(ask())


@pytest.mark.parametrize(
    ("pasted", "count", "words"),
    [
        ("secret\r\n", 6, ""),
        ("\nsecret", 6, ""),
        ("one\ntwo", 0, "more than one line"),
        ("a" * 5000, 0, "more than 4,000 characters"),
    ],
)
def test_a_paste_is_one_line_or_nothing(tmp_path: Path, pasted: str, count: int, words: str) -> None:
    async def paste() -> None:
        async with asked(tmp_path) as (it, _, _password):
            it.app.post_message(events.Paste(pasted))
            await it.until(lambda: it.app.screen.query_one("#secret", Hidden).count == count and words in it.text)

    asyncio.run(paste())


def test_what_was_typed_is_read_as_the_reference_is_meant() -> None:
    windows = Lacking(kind="windows", reference="prompt:", machines=("a",))
    account = Lacking(kind="windows", reference="prompt:CORP\\svc", machines=("a",), account="CORP\\svc")
    vault = Vault(_site(), None)
    for one, typed, trouble in (
        (windows, "hunter2", "has no colon"),
        (windows, "", "is empty"),
        (windows, "a:b", ""),
        (account, "hun:ter2", ""),
        (account, "CORP\\svc:hunter2", ""),
    ):
        said = vault.give(one, typed)
        assert trouble in said if trouble else said == ""
        assert "hunter2" not in said
    assert vault.windows("prompt:CORP\\svc").password == "hunter2"


def _site() -> Site:
    return Site()


def test_it_never_reaches_the_terminal_the_run_file_or_the_shell(tmp_path: Path, home: Path) -> None:
    with asking(tmp_path) as (_, path, password), wizard("--site", str(path), "--ascii", home=home) as terminal:
        terminal.until("password of")
        for key in password:
            terminal.type(key)
            terminal.read(0.01)
        terminal.until(f"{len(password)} characters, not shown")
        terminal.type("\r")
        terminal.until("done ")
        terminal.type("\x11")
        terminal.ended(5)
        assert password.encode() not in terminal.seen
    for file in home.rglob("*"):
        assert not file.is_file() or password.encode() not in file.read_bytes()


def test_sigterm_while_it_is_typed_shows_nothing_of_it(tmp_path: Path, home: Path) -> None:
    with asking(tmp_path) as (_, path, _), wizard("--site", str(path), "--ascii", home=home) as terminal:
        terminal.until("password of")
        terminal.type(WRONG)
        terminal.until(f"{len(WRONG)} characters, not shown")
        os.kill(terminal.process.pid, signal.SIGTERM)
        terminal.ended(3)
        assert terminal.process.returncode == 143
        assert b"SIGTERM" in terminal.seen
        assert WRONG.encode() not in terminal.seen
    for file in home.rglob("*"):
        assert not file.is_file() or WRONG.encode() not in file.read_bytes()


def test_a_crash_while_it_is_typed_shows_nothing_of_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told: list[str] = []

    async def crash() -> None:
        async with asked(tmp_path) as (it, _, _):
            await it.press(*WRONG.replace("-", ""))

            def boom() -> None:
                typed = it.app.screen.query_one(Hidden).take_out()
                raise RuntimeError(f"broken at {len(typed)}")

            it.app.call_later(boom)
            try:
                await it.until(lambda: bool(it.app.farewell), "the end")
            finally:
                told.append(it.app.farewell)

    with pytest.raises(RuntimeError, match=f"broken at {len(WRONG.replace('-', ''))}"):
        asyncio.run(crash())
    said = told[0] + "".join(capsys.readouterr())
    assert "our own bug: RuntimeError at test_secret.py:" in said
    assert "hunter2" not in said


def test_a_crash_that_quotes_the_typed_password_does_not_show_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told: list[str] = []

    async def crash() -> None:
        async with asked(tmp_path) as (it, _, password):
            it.app.post_message(events.Paste(password))
            await it.until(lambda: "characters, not shown" in it.text)
            await it.press("enter")
            await it.done()

            def boom() -> None:
                raise ValueError(f"a library cannot parse {password!r}, it says")

            it.app.call_later(boom)
            try:
                await it.until(lambda: bool(it.app.farewell), "the end")
            finally:
                told.extend((it.app.farewell, password))

    with pytest.raises(ValueError, match="a library cannot parse"):
        asyncio.run(crash())
    said, password = told[0] + "".join(capsys.readouterr()), told[1]
    assert "a library cannot parse '***', it says" in said
    assert password not in said


class Parsed(Mapping[str, str]):
    """Answers that a library would read: once a password was typed, its error quotes it."""

    typed = ""

    def __getitem__(self, key: str) -> str:
        raise KeyError(key)

    def __len__(self) -> int:
        return 0

    def __iter__(self) -> Iterator[str]:
        if self.typed:
            raise ValueError(f"a library cannot parse {self.typed!r}, it says")
        return iter(())


def test_a_run_that_ends_with_an_error_which_quotes_the_typed_password_does_not_show_it(tmp_path: Path) -> None:
    async def crash() -> None:
        answers = Parsed()
        with asking(tmp_path) as (_, path, password):
            async with driven(headless.Options(site=path, deadline_s=6, answers=answers)) as it:
                await it.until(lambda: isinstance(it.app.screen, Secret), "the question")
                it.app.post_message(events.Paste(password))
                await it.until(lambda: "characters, not shown" in it.text)
                answers.typed = password
                await it.press("enter")
                await it.until(lambda: bool(it.app.farewell), "the end")
                assert "ended with ValueError: a library cannot parse '***', it says" in it.app.farewell

    asyncio.run(crash())
