"""The site form by its keys, and what it writes: nothing is overwritten unsaid, and every mistake stands beside the text."""

import asyncio
import os
import stat
from pathlib import Path

import pytest

from nlbwiz.errors import OutputError, SiteError
from nlbwiz.site import load
from nlbwiz.tui import siteform
from nlbwiz.tui.screens.form import Form
from nlbwiz.tui.screens.start import Start
from nlbwiz.tui.sitefile import SiteFile
from tests.tui.test_start import begun, described
from tests.tui.test_start import folder as folder

ANSWERS = {
    "cluster": "web",
    "vip": "10.0.0.100",
    "nodes": "web1 10.0.0.11 hv1, web2 10.0.0.12",
    "hosts": "hv1 10.0.0.21 sw1:ch1",
    "switches": "sw1 10.0.0.2 dell-powerconnect",
    "gateways": "gw1 10.0.0.1",
    "windows": "prompt:CORP\\svc-nlb",
    "snmp": "env:NLBWIZ_SNMP",
    "file": "new.toml",
}
WRONG = [
    ("cluster", "a web", "a name of letters"),
    ("vip", "ten", "the cluster's virtual IP address"),
    ("vip", "127.0.0.1", "loopback"),
    ("vip", "", "nothing was found; expected one address"),
    ("nodes", "", "nothing was found"),
    ("nodes", "web1", "no address; expected NAME ADDRESS; write both"),
    ("nodes", "10.0.0.11", "an address without a name"),
    ("nodes", "10.0.0.11 web1", "the name first; turn them round"),
    ("nodes", "web1 10.0.0.300", "one IPv4 or IPv6 address"),
    ("nodes", "web1 10.0.0.11 hv1 web2 10.0.0.12", "a comma between two machines"),
    ("nodes", "web1 10.0.0.100", "has the VIP 10.0.0.100"),
    ("nodes", "web1 10.0.0.11, WEB1 10.0.0.12", '"web1" is there twice'),
    ("nodes", "web1 10.0.0.11, web2 10.0.0.11", '"10.0.0.11" is there twice'),
    ("hosts", "hv1 10.0.0.21 ch1", "a switch of this file and its port"),
    ("switches", "sw1 10.0.0.2 cisco", "cisco-ios"),
    ("gateways", "jump 10.0.0.1", "other than jump and operator"),
    ("windows", "CORP\\svc:hunter2", "a text that is no reference (not shown: it may be a secret)"),
    ("snmp", "public", "no reference (not shown"),
    ("file", "site.txt", "a path that ends in .toml"),
    ("file", "nowhere/site.toml", "a folder that is there"),
    ("file", "a\0.toml", "a path"),
]


def test_the_answers_make_a_file_that_loads_as_it_is(tmp_path: Path) -> None:
    assert [siteform.wrong(step, ANSWERS, tmp_path) for step in siteform.STEPS] == [[]] * len(siteform.STEPS)
    site, mistakes = siteform.judged(siteform.text(ANSWERS), "new.toml", tmp_path)
    assert (mistakes, site and siteform.summary(site)) == ((), "asks 2 nodes, 1 host, 1 switch, 1 gateway, read only")
    assert site is not None
    assert (site.nodes["web1"].host, site.hosts["hv1"].uplinks) == ("hv1", ("sw1:ch1",))
    assert (site.switches["sw1"].platform, site.nodes["web2"].credential) == (
        "dell-powerconnect",
        "prompt:CORP\\svc-nlb",
    )


@pytest.mark.parametrize(("step", "answer", "words"), WRONG)
def test_a_wrong_answer_is_told_what_was_expected(tmp_path: Path, step: str, answer: str, words: str) -> None:
    said = "\n".join(siteform.wrong(siteform.BY_ID[step], {**ANSWERS, step: answer}, tmp_path))
    assert words in said
    assert "expected" in said
    assert "hunter2" not in said
    assert "public" not in said


def test_what_may_be_left_out_may_be_left_out(tmp_path: Path) -> None:
    bare = {
        **ANSWERS,
        "hosts": "",
        "switches": "",
        "gateways": "",
        "snmp": "",
        "nodes": "web1 10.0.0.11\nweb2 10.0.0.12",
    }
    assert [one.id for one in siteform.STEPS if siteform.wrong(one, bare, tmp_path)] == []
    site, _ = siteform.judged(siteform.text(bare), "new.toml", tmp_path)
    assert site is not None
    assert list(site.nodes) == ["web1", "web2"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ticket 4711: web2 pops up, gw1 shows 03bf", {"nodes": "web2 ", "gateways": "gw1 "}),
        ("hv1 sw-core1 sw2 web1.example.net NLB003 KB197862 E12", {"hosts": "hv1 ", "switches": "sw-core1 , sw2 "}),
        ("nothing here", {}),
    ],
)
def test_names_in_a_text_go_where_names_of_their_form_belong(text: str, found: dict[str, str]) -> None:
    always = {"cluster": "web", "windows": "prompt:", "snmp": "prompt:"}
    assert siteform.guessed(text) == {**always, **found}


# ---- the file ----


def test_a_new_file_is_its_owners_alone_and_one_that_is_there_is_refused_once(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    assert SiteFile(path=path).write("one = 1\n") == f"written: {path}"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    other = SiteFile(path=path)
    with pytest.raises(OutputError, match="is there already: nothing was written"):
        other.write("two = 2\n")
    assert path.read_text() == "one = 1\n"
    assert f"what was there is kept: {path}.old" in other.write("two = 2\n")
    assert (path.read_text(), Path(f"{path}.old").read_text()) == ("two = 2\n", "one = 1\n")
    assert stat.S_IMODE(Path(f"{path}.old").stat().st_mode) == 0o600


def test_a_file_that_changed_on_disk_is_refused_once_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_bytes(b"# mine\r\n\ta = 1\r\n")
    path.chmod(0o640)
    file = SiteFile(path=path)
    assert file.read() == "# mine\n\ta = 1\n"
    path.write_bytes(b"# theirs \xff")
    with pytest.raises(OutputError, match="changed on disk since it was read: nothing was written"):
        file.write("# new\n")
    file.write("# new\n")
    assert path.read_bytes() == b"# new\r\n"
    assert Path(f"{path}.old").read_bytes() == b"# theirs \xff"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    file.write("# newer\n")
    assert not Path(f"{path}.old1").exists()


def test_a_folder_that_cannot_be_written_says_so_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be written"):
        SiteFile(path=tmp_path / "no" / "site.toml").write("x")


def test_what_a_terminal_acts_on_comes_in_as_escapes(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text("# \x1b]0;x\x07 \u202e\n", encoding="utf-8")
    file = SiteFile(path=path)
    assert "\x1b" not in file.read()
    assert file.escaped


# ---- by keys ----


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
@pytest.mark.parametrize("ascii_only", [False, True])
def test_the_form_is_filled_from_the_text_and_writes_a_file_that_is_asked(
    folder: Path, size: tuple[int, int], ascii_only: bool
) -> None:
    async def fill() -> None:
        async with begun(size=size, ascii_only=ascii_only) as it:
            await it.paste("web2 says 10.9.8.7 is a duplicate, 03bf.0a09.0807")
            await it.shows("F4")
            await it.pilot.press("f4")
            await it.shows("step by step", "10.9.8.7", "web2", "5 of 9")
            screen = it.app.screen
            assert isinstance(screen, Form)
            await it.pilot.press("enter")
            await it.shows("trouble", "no address")
            screen.field.load_text("")
            await it.paste("web1 127.0.0.11\nweb2 127.0.0.12")
            await it.pilot.press("enter", "enter", "enter", "enter")
            await it.shows("7 of 9", "left out")
            await it.pilot.press("enter")
            await it.shows("9 of 9", "site.toml", "mode 0600")
            await it.pilot.press("ctrl+s")
            await it.shows("written: site.toml")
            assert it.text.isascii() or not ascii_only
            assert {len(line) for line in it.text.split("\n")} == {size[0]}

    asyncio.run(fill())
    assert stat.S_IMODE((folder / "site.toml").stat().st_mode) == 0o600
    site = load.read(folder / "site.toml")
    assert {str(one.address) for one in site.nodes.values()} == {"127.0.0.11", "127.0.0.12"}


def test_the_text_has_every_mistake_beside_it_and_is_asked_once_it_has_none(folder: Path) -> None:
    (folder / "dc1.toml").write_text("# kept\n[node.x]\naddress = 'no'\n", encoding="utf-8")

    async def edit() -> None:
        async with begun("", size=(120, 40)) as it:
            it.field.take("dc1.toml")
            await it.pilot.press("f4")
            with pytest.raises(SiteError) as told:
                load.read(Path("dc1.toml"))
            await it.shows(f"{len(told.value.mistakes)} mistakes", "as on disk", "cluster: missing")
            await it.pilot.press("ctrl+g")
            await it.shows("to correct before anybody can be asked")
            screen = it.app.screen
            assert isinstance(screen, Form)
            screen.editor.load_text("# kept\n" + siteform.text({**ANSWERS, "windows": "env:X"}))
            await it.shows("No mistake", "asks 2 nodes", "changed, not written")
            await it.pilot.press("escape")
            await it.shows("ctrl+s writes it, esc again leaves it")
            await it.pilot.press("ctrl+s")
            await it.shows("written: dc1.toml", "as on disk")
            await it.pilot.press("escape")
            assert isinstance(it.app.screen, Start)

    asyncio.run(edit())
    assert (folder / "dc1.toml").read_text(encoding="utf-8").startswith("# kept\n")
    assert not os.path.lexists(folder / "dc1.toml.old")


def test_over_a_run_its_own_site_file_is_edited_and_asked_again(folder: Path) -> None:
    async def over() -> None:
        with described(folder):
            async with begun("dc1.toml", size=(120, 40), loaded=False) as it:
                first = (await it.triage()).engine
                await it.pilot.press("f4")
                await it.shows("No mistake", "as on disk")
                await it.pilot.press("ctrl+g")
                for _ in range(200):
                    if it.app.engine not in (first, None):
                        break
                    await asyncio.sleep(0.02)
                again = (await it.triage()).engine
                assert again is not first
                assert str(again.options.site) == "dc1.toml"

    asyncio.run(over())
