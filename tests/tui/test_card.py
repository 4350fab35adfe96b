"""Whole incidents by keyboard alone: find, fix, apply in the lab, verify green; every key is counted."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import pytest

from nlbwiz import headless
from tests.test_headless import saved
from tests.tui.driven import Driven, driven, lab

SIZES = [(80, 24), (120, 40)]
CARD = [
    # scenario, symptom, the cause whose fix is opened, what its fix or resolution must say
    ("duplicate-ip", None, "NLB001", "172.31.3.232"),
    ("mode-mixed", None, "NLB002", "nlb2"),
    ("mode-just-switched", None, "NLB002", "gw1"),
    ("old-static-arp", None, "NLB003", "03bf.ac1f.01e8"),
    ("pool-change", None, "NLB004", "gw1"),
    ("unicast-one-switch-team", None, "NLB005", "IGMP"),
    ("arpretrycount-hides-duplicate", "duplicate-ip", "NLB001", "172.31.3.232"),
]
TALL = ("mode-mixed", "old-static-arp")
"""With two causes and with one: what a large screen does differently."""
FIX_KEYS, GREEN_KEYS = 2, 6


@dataclass
class Counted:
    """What was pressed since the evidence is in."""

    it: Driven
    keys: int = 0

    async def press(self, *keys: str) -> None:
        self.keys += len(keys)
        await self.it.press(*keys)

    @property
    def found(self) -> list[str]:
        """The causes that are not in order, in the order shown."""
        rows = self.it.triage.shot.causes
        return [row.key[1] for row in rows if row.state in ("confirmed", "possible", "unknown") and not row.explained]

    async def settled(self, *keys: str) -> None:
        """Press, and wait until what that asked for has come."""
        it = self.it
        before = len(it.triage.told.evidence) if it.triage.told else 0
        await self.press(*keys)

        def over() -> bool:
            told = it.triage.told
            return told is not None and len(told.evidence) > before and not it.triage.follow.running

        await it.until(over, "the answers")

    async def green(self) -> None:
        """Everything was asked again and is in order."""
        await self.settled("R")
        assert self.found == []
        assert self.it.triage.told
        assert self.it.triage.told.report.verdict == "healthy"
        assert "HEALTHY" in self.it.words("causes-rule")


@pytest.mark.parametrize(
    ("name", "symptom", "cause", "says", "size"),
    [(*one, SIZES[0]) for one in CARD] + [(*one, SIZES[1]) for one in CARD if one[0] in TALL],
)
def test_a_cause_of_the_card_is_found_fixed_and_verified_green(
    name: str, symptom: str | None, cause: str, says: str, size: tuple[int, int]
) -> None:
    async def incident() -> None:
        async with driven(lab(name, symptom=symptom), size=size) as it:
            await it.done()
            hand = Counted(it)
            assert it.triage.key
            assert it.triage.key[1] == cause
            found = hand.found
            await hand.press("f")
            assert hand.keys <= FIX_KEYS
            assert says in it.words("page")
            await hand.press("L")
            assert "in the lab only:" in it.words("message")
            if len(found) == 1:
                await hand.settled("V")
                assert "before" in it.words("page")
                assert it.triage.shot.by_key["web", cause].state == "ruled_out"
            else:  # the other one lies beneath it, once only problems are shown
                await hand.press("!", "j")
                assert it.triage.key[1] == found[1]
                await hand.press("L")
                assert "in the lab only:" in it.words("message")
            await hand.green()
            assert hand.keys <= GREEN_KEYS

    asyncio.run(incident())


def test_the_dark_half_of_a_site_is_woken_asked_again_and_known() -> None:
    async def incident() -> None:
        async with driven(lab("half-dark", deadline_s=4)) as it:
            await it.done()
            hand = Counted(it)
            assert set(hand.found) >= {"NLB001", "NLB002", "NLB003", "NLB004", "NLB005", "NLB006"}
            assert "to resolve:" in it.words("page")
            await hand.press("L")
            assert "hv2 answers now" in it.words("message").replace("\n ", " ")
            assert "nlb2 takes its account now" in it.words("message").replace("\n ", " ")
            await hand.green()
            assert hand.keys <= FIX_KEYS

    asyncio.run(incident())


def test_outside_the_lab_the_key_and_its_palette_entry_do_not_exist(tmp_path: Path) -> None:
    async def incident() -> None:
        async with driven(headless.Options(bundle=saved(tmp_path))) as it:
            await it.done()
            assert "apply" not in {key.id for key in it.app._keys}
            assert "L" not in it.triage.active_bindings
            before = it.triage.told
            await it.press("L")
            assert "L does nothing on this screen" in it.words("message")
            assert it.triage.told is before
            await it.press("question_mark")
            assert "in the lab" not in it.app.screen.query_one("#help-rows").text  # type: ignore[attr-defined]
        async with driven(lab("old-static-arp")) as it:
            await it.done()
            assert "apply" in {key.id for key in it.app._keys}
            assert "L" in it.triage.active_bindings

    asyncio.run(incident())
