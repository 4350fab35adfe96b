"""The topology screen by keyboard and mouse: opening, moving, the facts, going back; in colour, without, and in ASCII."""

import asyncio

import pytest

from nlbwiz.facts import Need
from nlbwiz.tui.screens.topology import Topology
from nlbwiz.tui.screens.triage import Triage
from nlbwiz.tui.widgets.lines import Rows
from tests.tui.driven import Driven, driven, lab


async def _open(it: Driven, key: str = "T") -> Topology:
    await it.done()
    await it.press(key)
    screen = it.app.screen
    assert isinstance(screen, Topology)
    await it.until(lambda: bool(screen.scenes) and bool(screen.picture.drawn.spots), "the picture")
    return screen


async def _to(it: Driven, screen: Topology, kind: str, *names: str) -> None:
    """Move down until the cursor is there."""
    for _ in range(60):
        if screen.picture.spot and screen.picture.spot.part.key[1:] == (kind, *names):
            return
        await it.press("j")
    raise AssertionError(f"{kind} {names} cannot be reached:\n{it.text}")


def test_at_80_columns_a_part_opens_its_facts_on_the_whole_screen_and_escape_goes_back() -> None:
    async def look() -> None:
        async with driven(lab("old-static-arp")) as it:
            screen = await _open(it)
            assert "DIFFERS: NLB003 CONFIRMED" in it.text
            await _to(it, screen, "view", "gw1", "router")
            assert "├─>[X] gw1" in it.text
            await it.press("enter")
            assert not screen.picture.display or screen.picture.region.height == 0
            assert "seen by gw1" in it.text
            assert "gw1/arp[172.31.1.232]" in it.text
            assert "NLB003 CONFIRMED: gw1: a static ARP entry" in it.text
            await it.press("escape")
            assert screen.focused is screen.picture
            assert screen.picture.region.height > 10
            assert screen.picture.spot
            assert screen.picture.spot.part.key == ("web", "view", "gw1", "router")
            await it.press("escape")
            assert isinstance(it.app.screen, Triage)

    asyncio.run(look())


def test_at_120_columns_the_facts_stand_beneath_and_the_keys_go_in_four_directions() -> None:
    async def look() -> None:
        async with driven(lab("misconfigured-after-migration"), size=(120, 40)) as it:
            screen = await _open(it, "f5")
            await _to(it, screen, "node", "nlb2")
            assert "VIP MISSING" in it.text
            assert "node nlb2" in it.text
            assert "NLB008 CONFIRMED: nlb2" in it.text
            for kinds, name in ((("vNIC",), "nlb2"), (("host", "vSwitch"), "hv1"), (("team", "NIC"), "hv1")):
                await it.press("l")
                assert screen.picture.spot
                assert screen.picture.spot.part.kind in kinds
                assert screen.picture.spot.part.key[2] == name
            await it.press("h", "h", "h")
            assert screen.picture.spot
            assert screen.picture.spot.part.kind in ("node", "vNIC")
            await it.press("tab")
            assert screen.focused is screen.query_one("#topology-told", Rows)
            await it.press("escape")
            assert screen.focused is screen.picture

    asyncio.run(look())


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
def test_a_click_puts_the_cursor_on_the_part_that_is_drawn_there(size: tuple[int, int]) -> None:
    async def look() -> None:
        async with driven(lab("duplicate-ip"), size=size) as it:
            screen = await _open(it)
            seen = [one for one in screen.picture.drawn.spots if one.y + 1 < screen.picture.size.height]
            assert len(seen) > 5
            for spot in seen:
                await it.pilot.click("#topology-picture", offset=(spot.x + 2, spot.y))
                assert screen.picture.cursor == spot.part.key

    asyncio.run(look())


def test_in_ascii_mode_nothing_is_above_0x7e_and_the_cursor_is_seen() -> None:
    async def look() -> None:
        async with driven(lab("half-dark", deadline_s=3.0), ascii_only=True) as it:
            screen = await _open(it)
            for size in ((60, 16), (80, 24), (120, 40), (200, 60)):
                await it.pilot.resize_terminal(*size)
                for keys in ((), ("G",), ("enter",), ("escape", "f1")):
                    await it.press(*keys)
                    assert all(char == "\n" or " " <= char <= "~" for char in it.text), it.text
                await it.press("escape")
                assert screen.picture.spot
                assert ">" in it.text

    asyncio.run(look())


def test_without_colours_no_colour_is_sent_and_the_cursor_is_reversed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")

    async def look() -> None:
        async with driven(lab("old-static-arp"), size=(120, 40)) as it:
            screen = await _open(it)
            words = {
                (one.text.strip(), one.style) for strip in it.app.screen._compositor.render_strips() for one in strip
            }
            colours = {c.name for _, style in words if style for c in (style.color, style.bgcolor) if c}
            assert colours <= {"default"}
            assert "[X]" in it.text
            assert screen.picture.spot
            strip = screen.picture.render_line(screen.picture.spot.y - screen.picture.scroll_offset.y)
            assert any(one.style and one.style.reverse for one in strip)

    asyncio.run(look())


def test_the_facts_are_gathered_once_for_each_news_and_not_at_every_tick() -> None:
    async def look() -> None:
        async with driven(lab("healthy-igmp"), size=(120, 40)) as it:
            screen = await _open(it)
            await it.until(lambda: screen._made == (it.triage.told, False), "the last picture")
            before = screen.scenes
            needs: tuple[Need, ...] = ("arp",)
            for _ in range(3):
                screen.redraw()
            assert screen.scenes is before
            assert [one.cluster for one in before] == ["web", "shop"]
            screen.engine.ask_again(needs)
            await it.until(lambda: screen.scenes is not before and not screen.follow.running, "a new picture")

    asyncio.run(look())


def test_resizing_keeps_the_cursor_on_its_part() -> None:
    async def look() -> None:
        async with driven(lab("old-static-arp"), size=(80, 24)) as it:
            screen = await _open(it)
            await _to(it, screen, "node", "nlb2")
            for size in ((120, 40), (200, 60), (60, 16), (80, 24)):
                await it.pilot.resize_terminal(*size)
                await it.settled()
                assert screen.picture.spot
                assert screen.picture.spot.part.key == ("web", "node", "nlb2")
                assert "nlb2" in it.text

    asyncio.run(look())
