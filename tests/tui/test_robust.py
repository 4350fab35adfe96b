"""What a slow host, a storm of sizes and a storm of pastes do to the screen: nothing is lost, nothing waits."""

import asyncio
import time
from collections.abc import Iterator

import pytest
from textual import events
from textual.geometry import Size

from nlbwiz import headless, registry
from nlbwiz.lab import scenario
from nlbwiz.lab.site import Lab
from nlbwiz.probes import PROBES
from nlbwiz.tui.app import NlbwizApp
from nlbwiz.tui.picks import Wish
from nlbwiz.tui.screens.start import Start
from nlbwiz.tui.widgets.lines import AHEAD, Row, Rows
from tests.tui.driven import Driven, driven, lab

LATE_S = 5.0
SOON_S = 2.0


def resized(it: Driven, width: int, height: int) -> None:
    size = Size(width, height)
    it.app.post_message(events.Resize(size, size))


def test_what_does_not_need_the_late_host_is_on_the_screen_within_two_seconds() -> None:
    """Free of it is a cause that needs nothing of a Hyper-V host, nor the MAC tables, which are asked by a host's MACs."""
    of_hosts = {probe.gives for probe in PROBES.values() if probe.at == "host"} | {"fdb"}
    free = {check.about.id for check in registry.checks() if not {*check.about.needs, *check.about.also} & of_hosts}
    assert free >= {"NLB006", "NLB010", "NLB023"}

    async def incident(site: Lab) -> None:
        async with driven(headless.Options(site=site.site_file, deadline_s=20), size=(120, 40)) as it:
            await it.until(lambda: bool(it.triage.shot.causes), "the tree")
            began = time.monotonic()

            def decided() -> bool:
                return all(row.final for row in it.triage.shot.causes if row.key[1] in free)

            await it.until(decided, "all that no Hyper-V host is needed for")
            assert time.monotonic() - began < SOON_S
            assert it.triage.follow.running
            assert it.triage.shot.by_key["web", "NLB003"].state == "confirmed"
            assert "CONFIRMED web: NLB003" in it.words("headline")

    with Lab(scenario.load("old-static-arp")) as site:
        site.set_latency("hv2", LATE_S)
        asyncio.run(incident(site))


def test_a_storm_of_sizes_loses_nothing_and_the_last_one_counts() -> None:
    async def incident() -> None:
        async with driven(lab("old-static-arp"), size=(80, 24)) as it:
            for number in range(60):
                resized(it, 40 + number * 3 % 160, 10 + number % 50)
                if number % 20 == 0:
                    await it.settled()
            await it.done()
            resized(it, 120, 40)
            await it.until(lambda: it.app.size == (120, 40), "the last size")
            await it.until(lambda: "CONFIRMED web: NLB003" in it.words("headline"), "the headline")
            assert len(it.triage.shot.causes) >= 11
            assert all(len(row) <= 120 for row in it.text.splitlines())
            await it.press("f")
            assert "03bf.ac1f.01e8" in it.words("page")

    asyncio.run(incident())


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_a_storm_of_pastes_is_kept_whole_and_starts_nothing(size: tuple[int, int]) -> None:
    async def incident() -> None:
        app = NlbwizApp(None, wish=Wish())
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            start = app.screen
            assert isinstance(start, Start)
            for number in range(40):
                app.post_message(events.Paste(f"line {number} of 172.31.3.232\n"))
            end = time.monotonic() + 10
            while "line 39 " not in start.text.text:
                assert time.monotonic() < end
                await asyncio.sleep(0.02)
            assert start.text.text.splitlines()[:40] == [f"line {number} of 172.31.3.232" for number in range(40)]
            assert app.engine is None
            assert app.screen is start

    asyncio.run(incident())


def test_pastes_and_keys_on_the_causes_do_nothing_that_is_not_asked_for() -> None:
    async def incident() -> None:
        async with driven(lab("old-static-arp")) as it:
            await it.done()
            before = it.triage.told
            for _ in range(50):
                it.app.post_message(events.Paste("L V R q Q x\n" * 20))
            await it.settled()
            assert it.app.is_running
            assert it.triage.told is before
            assert it.lab.fixed == frozenset()

    asyncio.run(incident())


@pytest.mark.parametrize("stops", [True, False], ids=["cursor", "page"])
def test_of_a_very_long_list_only_what_is_near_is_made_and_all_of_it_can_be_reached(stops: bool) -> None:
    """A bound in rows, not in time: 20,000 rows cost what some screens cost, at every tick."""
    made = 0

    def many() -> Iterator[Row]:
        nonlocal made
        for number in range(20_000):
            made += 1
            yield Row(key=number, lines=(((f"row {number}", "text"),),), stops=stops)

    async def look() -> None:
        nonlocal made
        async with driven(lab("old-static-arp")) as it:
            await it.done()
            it.engine.close()
            page = Rows("many")
            await it.triage.mount(page)
            await it.pilot.pause()
            most = AHEAD * max(page.size.height, 10)
            for _ in range(3):  # three ticks
                page.show(many())
                assert made <= most
                made = 0
            assert page.size.height > 0
            for _ in range(4):
                await it.pilot.pause()
                page.move(most // 4)
            await it.pilot.pause()
            assert made <= 2 * most
            seen = page.render_line(0).text
            assert seen[1:].startswith("row ")
            assert int(seen.split()[-1]) > most - 2 * page.size.height
            page.action_end(True)
            await it.pilot.pause()
            assert len(page.made) == 20_000
            assert "row 19999" in page.render_line(page.size.height - 1).text

    asyncio.run(look())
