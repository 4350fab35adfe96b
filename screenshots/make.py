"""Makes every picture in this folder from the lab: `python screenshots/make.py`, never by hand.

The lab is asked over its sockets as in any run. Its answers are then shown in the wizard itself at times of our own, with
a clock of our own, so that two runs on any two days give the same bytes. `--png FOLDER` draws them as PNG too. The
story is also an asciicast (v2) of the same frames: `asciinema play screenshots/incident.cast`.
"""

import argparse
import asyncio
import importlib
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # this checkout, installed or not

from textual.pilot import Pilot

from nlbwiz import headless
from nlbwiz.case import Case, Knowledge, settle
from nlbwiz.collect.live import Live
from nlbwiz.collect.source import Clock
from nlbwiz.lab import repair, scenario
from nlbwiz.lab.site import Lab
from nlbwiz.record.evidence import Evidence, Step
from nlbwiz.site import load
from nlbwiz.site.credentials import Vault
from nlbwiz.site.model import Site
from nlbwiz.tui import copied
from nlbwiz.tui.again import asked_again
from nlbwiz.tui.app import NlbwizApp
from nlbwiz.tui.engine import Engine
from nlbwiz.tui.news import Began, News, Opened, Over, Told
from nlbwiz.tui.picks import Wish
from screenshots import cast, svg
from screenshots.svg import Frame

HERE = Path(__file__).resolve().parent
AT = datetime(2026, 3, 14, 3, 0, 12, tzinfo=UTC)
"""When it is in every picture."""
DONE_S = {"jump": 0.1, "gw1": 0.6, "sw1": 0.9, "hv1": 1.3, "hv2": 1.5, "nlb1": 1.8, "nlb2": 2.0}
"""When a machine has answered, in seconds of the round; DENIED_S and SILENT_S where it does not."""
DENIED_S, SILENT_S, AGAIN_S = 0.4, 2.1, 0.6
BETWEEN_S = 75.0
"""What the operator takes to paste the lines."""
COPY = Path("/home/operator/.local/state/nlbwiz/copied/20260314T030047-9f31-gw1.txt")
SMALL, LARGE = (80, 24), (120, 40)


# ---- the lab's answers ----


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What one run over the lab gave: its evidence, and what it gave once more after the operator's repair."""

    name: str
    site: Site
    knowledge: Knowledge
    first: tuple[Evidence, ...]
    again: tuple[Evidence, ...] = ()
    steps: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What each machine was heard doing, in its order."""


def record(name: str, cause: str = "") -> Recorded:
    """Ask the lab. With `cause`, its fix is applied afterwards, and what verifies it is asked again."""
    chosen = scenario.load(name, now=AT)
    knowledge = headless.knowledge_of(chosen.symptom, {})
    steps: dict[str, list[str]] = {}
    with Lab(chosen) as lab:
        site = load.read(lab.site_file)
        clock = Clock(total_s=site.limits.total_s, target_s=site.limits.target_s)
        case = Case(
            site=site, source=Live(site, Vault(site, None), clock, {}), knowledge=knowledge, clock=clock, answers={}
        )
        for event in case.events():
            if isinstance(event, Step) and event.text.startswith(("connecting", "signing", "running", "asked for")):
                steps.setdefault(event.target, []).append(_settled(lab, event.text))
        first = tuple(case.evidence.values())
        if cause:
            at = case.ended or AT
            walk = settle(site, knowledge, first, at=at)
            told = Told(walk=walk, report=headless.report(site, knowledge, walk, first, AT, at), evidence=first)
            about = next(check.about for check in knowledge.checks if check.about.id == cause)
            outcome = next(one for one in told.report.outcomes if one.id == cause)
            repair.fix(lab, cause)
            for target, needs in asked_again(told, outcome, about).items():
                case.want(needs, (target,), again=True)
            clock = Clock(total_s=site.limits.total_s, target_s=site.limits.target_s)
            case = case.resumed(Live(site, Vault(site, None), clock, {}), clock)
            for _ in case.events():
                pass
        known = {one.id for one in first}
        again = tuple(one for one in case.evidence.values() if one.id not in known)
        return Recorded(
            name=name,
            site=site,
            knowledge=knowledge,
            first=_timed(lab, first, {}),
            again=_timed(lab, again, {one.ask.target: AGAIN_S for one in again}),
            steps={target: tuple(texts) for target, texts in steps.items()},
        )


def _timed(lab: Lab, evidence: Sequence[Evidence], done_s: Mapping[str, float]) -> tuple[Evidence, ...]:
    """The same answers in an order and at times of our own."""
    found = []
    for one in evidence:
        took_s = done_s.get(one.ask.target) or DONE_S.get(one.ask.target, SILENT_S)
        if not one.is_answer:
            took_s = DENIED_S if one.status == "denied" else SILENT_S
        error, resolve = _settled(lab, one.error), _settled(lab, one.resolve)
        at, took_ms = AT + timedelta(seconds=took_s), round(took_s * 1000)
        found.append(replace(one, at=at, took_ms=took_ms, error=error, resolve=resolve))
    return tuple(sorted(found, key=lambda one: (one.at, one.label)))


def _settled(lab: Lab, text: str) -> str:
    """Without what differs from lab to lab: its folder, and the ports that it takes where 161 and 5985 are not free."""
    text = text.replace(str(lab.folder), "/tmp/nlbwiz-lab")  # noqa: S108  # a name in a picture
    for machines, usual in ((lab.agents, "161"), (lab.servers, "5985")):
        for machine in machines.values():
            place, port = machine.address
            text = text.replace(f"{place}:{port}", f"{place}:{usual}")
            text = text.replace(f"UDP {port} ", f"UDP {usual} ").replace(f"TCP {port} ", f"TCP {usual} ")
    return text


# ---- the wizard over them ----


class Played(Engine):
    """An engine that asks nobody: it tells what was recorded, as far as it is told to."""

    def __init__(self, recorded: Recorded) -> None:
        super().__init__(headless.Options(demo=recorded.name))
        self.recorded = recorded
        self.now_s = 0.0
        self.had: tuple[Evidence, ...] = ()
        self.round = recorded.first
        limits = recorded.site.limits
        self.news.put(
            Opened(
                site=recorded.site,
                knowledge=recorded.knowledge,
                total_s=limits.total_s,
                target_s=limits.target_s,
                live=True,
            )
        )

    def start(self) -> None:
        """Nothing runs here."""

    @property
    def elapsed_s(self) -> float:
        """The script's time."""
        return self.now_s

    def limit_s(self, target: str) -> float:
        """The site's own."""
        return self.recorded.site.limits.target_s

    def ask_again(self, needs: object, only: object = ()) -> None:
        """The second round is what was recorded of it."""
        self.had, self.round = self.recorded.first, self.recorded.again
        self.now_s = 0.0
        self.news.put(Began())
        self._tell()

    def moments(self, now_s: float) -> Iterator[float]:
        """Tell what happens in this round from where it stands up to now, moment by moment: each must be taken at once."""
        told: dict[float, list[News]] = {now_s: []}
        for target, left in sorted(Counter(one.ask.target for one in self.round).items()):
            end_s = max(self.done_s(one) for one in self.round if one.ask.target == target)
            texts = self.recorded.steps.get(target, ())
            for number, text in enumerate(texts):
                step = Step(target=target, text=text, at=AT, waiting=left)
                told.setdefault(end_s * number / len(texts), []).append(step)
            told.setdefault(end_s, []).append(Step(target=target, text="done", at=AT))
        begins = self.now_s == 0.0
        if begins and not self.had:
            self.news.put(Began())
        for at_s in sorted(told):
            if (at_s > self.now_s or (begins and at_s == 0.0)) and at_s <= now_s:
                self.now_s = at_s
                for one in told[at_s]:
                    self.news.put(one)
                self._tell()
                yield at_s

    def done_s(self, one: Evidence) -> float:
        """When this answer comes, in seconds of its round."""
        return (one.at - AT).total_seconds()

    def _tell(self) -> None:
        here = tuple(one for one in self.round if self.done_s(one) <= self.now_s)
        pending = frozenset(one.ask for one in self.round if one not in here)
        evidence = (*self.had, *here)
        site, knowledge = self.recorded.site, self.recorded.knowledge
        at = AT + timedelta(seconds=self.now_s + (BETWEEN_S if self.had else 0.0))
        walk = settle(site, knowledge, evidence, at=at, pending=pending, still_open=bool(pending))
        report = headless.report(site, knowledge, walk, evidence, AT, at)
        awaited = frozenset(ask.target for ask in pending)
        self.news.put(Told(walk=walk, report=report, evidence=evidence, awaited=awaited))
        if not pending:
            self.news.put(Over())


@dataclass(slots=True)
class Stage:
    """A wizard on stage: what is pressed and what is seen."""

    app: NlbwizApp
    engine: Played
    pilot: Pilot[None]

    async def to(self, now_s: float) -> Frame:
        """The screen at this time of the round."""
        for _ in self.engine.moments(now_s):
            self._take()
        return await self.frame()

    async def press(self, *keys: str) -> Frame:
        """The screen after these keys."""
        await self.pilot.press(*keys)
        return await self.frame()

    async def frame(self) -> Frame:
        """What is seen once everything that was told is drawn."""
        self._take()
        await self.pilot.pause()
        if redraw := getattr(self.app.screen, "redraw", None):
            redraw()  # what is drawn before the first layout does not know its height
        await self.pilot.pause()
        return Frame(strips=tuple(self.app.screen._compositor.render_strips()))

    def _take(self) -> None:
        self.app._tick()  # at once: a timer would need a real moment for each of ours


@asynccontextmanager
async def stage(recorded: Recorded, size: tuple[int, int], *, ascii_only: bool = False) -> AsyncIterator[Stage]:
    """The wizard over recorded answers, at the time 0."""
    engine = Played(recorded)
    app = NlbwizApp(engine, ascii_only=ascii_only)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        yield Stage(app, engine, pilot)


# ---- the pictures ----


async def still(recorded: Recorded, size: tuple[int, int], *keys: str, ascii_only: bool = False) -> Frame:
    """The screen at the end of a run, after these keys."""
    async with stage(recorded, size, ascii_only=ascii_only) as it:
        await it.to(0.0)
        await it.to(max(map(it.engine.done_s, recorded.first)))
        return await it.press(*keys)


async def incident(recorded: Recorded, size: tuple[int, int]) -> list[Frame]:
    """A whole incident, from the first frame to the green one."""
    frames: list[Frame] = []

    def show(frame: Frame, lasts_s: float, caption: str) -> None:
        frames.append(replace(frame, lasts_s=lasts_s, caption=caption))

    with Lab(scenario.load(recorded.name, now=AT)) as lab:  # what L changes; the answers are the recorded ones
        async with stage(recorded, size) as it:
            it.engine._lab = lab
            show(await it.to(0.0), 1.2, f"nlbwiz demo {recorded.name}")
            show(await it.to(0.6), 1.2, "every machine is asked at once")
            show(await it.to(1.3), 1.2, "rows turn as answers arrive; none moves")
            show(await it.to(1.8), 1.2, "rows turn as answers arrive; none moves")
            show(await it.to(max(map(it.engine.done_s, recorded.first))), 4.0, "found: the reason stands on every row")
            show(await it.press("f"), 4.0, "f: the fix, for this very router")
            with patch.object(copied, "write", lambda lines, on, at: COPY):
                show(await it.press("C"), 4.0, "C: all its lines, for the operator to paste on gw1")
            show(await it.press("L"), 4.0, "L: in the lab, and only there, it can be applied from here")
            show(await it.press("V"), 2.0, "V: once it is done, ask again those who saw it")
            show(
                await it.to(max(map(it.engine.done_s, recorded.again))),
                5.0,
                "verified: what it was before, what it is after",
            )
            show(await it.press("escape"), 5.0, "green: every cause is ruled out")
    return frames


TICKET = (
    "ticket 4711: web2 pops up a duplicate IP for 172.31.3.232 again. gw1 shows\n"
    "Internet  172.31.3.232   -   03bf.ac1f.03e8  ARPA"
)


async def start(size: tuple[int, int], *, ascii_only: bool) -> Frame:
    """The start screen over a machine that knows no site, with a ticket pasted into its field."""
    app = NlbwizApp(None, wish=Wish(text=TICKET), ascii_only=ascii_only)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        await pilot.pause(0.3)
        return Frame(strips=tuple(app.screen._compositor.render_strips()))


def starts(name: str, title: str, *, ascii_only: bool = False) -> dict[str, str]:
    """The start screen in both sizes."""
    with TemporaryDirectory() as home, patch.dict(os.environ, {"NLBWIZ_HOME": home}):
        return {
            f"{name}{suffix}.svg": svg.draw([asyncio.run(start(size, ascii_only=ascii_only))], f"nlbwiz: {title}")
            for suffix, size in (("", LARGE), ("-80x24", SMALL))
        }


@contextmanager
def environment(**wanted: str) -> Iterator[None]:
    """These variables, and none of the user's own that change a picture."""
    kept = {name: one for name, one in os.environ.items() if name not in ("NO_COLOR", "COLORTERM", "TERM")}
    with patch.dict(os.environ, {**kept, "TEXTUAL_ANIMATIONS": "none", **wanted}, clear=True):
        yield


def pictures() -> dict[str, str]:
    """Every picture by its file name, as SVG; the story as an asciicast too."""
    with ThreadPoolExecutor(2) as pool:  # the dark half of a site is waited for beside the other work
        dark = pool.submit(record, "half-dark")
        stale = record("old-static-arp", "NLB003")
        found: dict[str, str] = {}

        def draw(name: str, title: str, recorded: Recorded, size: tuple[int, int], *keys: str, **how: bool) -> None:
            found[name] = svg.draw([asyncio.run(still(recorded, size, *keys, **how))], f"nlbwiz: {title}")

        with environment():
            draw("triage.svg", "an old static ARP entry, found", stale, LARGE)
            draw("triage-80x24.svg", "an old static ARP entry, found", stale, SMALL)
            draw("fix.svg", "its fix", stale, LARGE, "f")
            draw("fix-80x24.svg", "its fix", stale, SMALL, "f")
            draw("ascii-80x24.svg", "ASCII characters alone", stale, SMALL, ascii_only=True)
            draw("ascii.svg", "ASCII characters alone", stale, LARGE, ascii_only=True)
            found |= starts("start", "the start screen")
            story = asyncio.run(incident(stale, SMALL))
            found["incident.svg"] = svg.draw(story, "nlbwiz: a whole incident")
            found["incident.cast"] = cast.write(story, "nlbwiz: a whole incident")
        with environment(NO_COLOR="1"):
            draw("no-color-80x24.svg", "NO_COLOR", stale, SMALL)
            draw("no-color.svg", "NO_COLOR", stale, LARGE)
            found |= starts("start-no-color", "the start screen, NO_COLOR")
        with environment():
            found |= starts("start-ascii", "the start screen, ASCII characters alone", ascii_only=True)
            draw("half-dark.svg", "half of a site does not answer", dark.result(), LARGE)
            draw("half-dark-80x24.svg", "half of a site does not answer", dark.result(), SMALL)
        return found


def main() -> int:
    """Write the pictures; 1 where PNGs were asked for and cannot be drawn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--png", metavar="FOLDER", type=Path, help="draw PNGs there too; needs: pip install resvg-py")
    png = parser.parse_args().png
    for name, text in pictures().items():
        (HERE / name).write_text(text, encoding="utf-8", newline="\n")
        sys.stdout.write(f"{name}  {len(text.encode()):,} bytes\n")
        if png and name.endswith(".svg"):
            try:
                resvg = importlib.import_module("resvg_py")
            except ImportError:
                sys.stderr.write("no PNGs: pip install resvg-py\n")
                return 1
            png.mkdir(parents=True, exist_ok=True)
            (png / name).with_suffix(".png").write_bytes(bytes(resvg.svg_to_bytes(svg_string=text)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
