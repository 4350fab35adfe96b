"""What is known of the run up to now: the engine's news are taken in one place, and every screen shows the same."""

import queue
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from nlbwiz.check import About
from nlbwiz.record.evidence import Step
from nlbwiz.report.model import AdviceText, OutcomeText
from nlbwiz.site.credentials import Lacking
from nlbwiz.tui import again, pages
from nlbwiz.tui.engine import Engine
from nlbwiz.tui.news import Began, News, Opened, Over, SecretAsked, Told, Trouble
from nlbwiz.tui.snapshot import Heard, Key, Snapshot, changes, former, hear, settled, snapshot

MOST_NEWS = 5000
"""Taken at once: a flood of steps must not keep the keys waiting."""


READ_S = 8.0
"""What it takes to read three lines and a path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One message to the operator: it stays until the next. `lines`: how many it may take at most."""

    text: str = ""
    role: str = "text"
    lines: int = 4
    until_s: float = 0.0
    """News wait until then (time.monotonic): they take no word away that answers the operator's own key."""


@dataclass(slots=True)
class Follow:
    """One engine's run as it goes on. For one screen's thread; nothing here waits."""

    engine: Engine
    opened: Opened | None = None
    told: Told | None = None
    shot: Snapshot = field(default_factory=Snapshot)
    heard: dict[str, Heard] = field(default_factory=dict)
    running: bool = True
    took_s: float = 0.0
    """Of the last round, once it is over."""
    held: bool = False
    """The operator wants the screen to hold still; the run goes on."""
    said: Said = field(default_factory=Said)
    failed: Trouble | None = None
    """There is nothing to show: the run could not begin."""
    secret: Lacking | None = None
    """The round waits for this secret; the app asks for it."""
    verified: dict[Key, pages.Verified] = field(default_factory=dict)
    _answers_before: dict[Key, Mapping[str, int]] = field(default_factory=dict)

    def say(self, text: str, role: str = "text", lines: int = 4) -> None:
        """Tell the operator."""
        self.said = Said(text=text, role=role, lines=lines, until_s=time.monotonic() + READ_S)

    @property
    def now_s(self) -> float:
        """Seconds of this round, or of the last one."""
        return self.engine.elapsed_s if self.running else self.took_s

    @property
    def live(self) -> bool:
        """Whether anybody can be asked; not in a saved run."""
        return self.opened is not None and self.opened.live

    # ---- news ----

    def take(self) -> bool:
        """Take what has arrived; whether anything did."""
        news: list[News] = []
        try:
            while len(news) < MOST_NEWS:
                news.append(self.engine.news.get_nowait())
        except queue.Empty:
            pass
        for one in news:
            self._take(one)
        return bool(news)

    def _take(self, one: News) -> None:
        match one:
            case Opened():
                self.opened = one
            case Began():
                self.running, self.heard = True, former(self.heard)
            case SecretAsked():
                self.secret = one.lacking
            case Step():
                self.heard = hear(self.heard, one, self.engine.elapsed_s)
            case Told():
                self.told = one
                self.heard = settled(self.heard, one.awaited, self.engine.elapsed_s)
            case Over():
                self.running, self.took_s = False, self.engine.elapsed_s
                self.heard = {name: replace(heard, waiting=0) for name, heard in self.heard.items()}
            case Trouble() if one.fatal and self.told is None:
                self.failed = one
            case Trouble():
                self.running = self.running and not one.fatal
                self.say(one.text, "bad" if one.fatal else "maybe")

    def look(self) -> None:
        """Make the rows of this moment, and say what became of a cause since the last look."""
        if not self.told:
            return
        limits = {one.target: self.engine.limit_s(one.target) for one in self.told.report.targets}
        before, now_s = self.shot, self.now_s
        self.shot = snapshot(self.told, self.heard, limits, running=self.running, now_s=now_s)
        for text in changes(before, self.shot)[:1]:
            if time.monotonic() >= self.said.until_s:
                self.said = Said(text=f"{now_s:5.1f} s  {text}", role="quiet", lines=1)
        self._check_verified()

    # ---- one cause ----

    def about(self, key: Key) -> About | None:
        """What its check says of itself."""
        checks = self.opened.knowledge.checks if self.opened else ()
        return next((check.about for check in checks if check.about.id == key[1]), None)

    def outcome(self, key: Key) -> OutcomeText | None:
        """Its words in the report."""
        outcomes = self.told.report.outcomes if self.told else []
        return next((one for one in outcomes if (one.cluster, one.id) == key), None)

    def advice(self, key: Key) -> AdviceText | None:
        """The last resort of that name."""
        some = self.told.report.advice if self.told else []
        return next((one for one in some if (one.cluster, one.id) == key), None)

    # ---- verifying ----

    def verify(self, key: Key) -> bool:
        """Ask again what this cause needs; what it was until now is remembered."""
        row, about, outcome = self.shot.by_key.get(key), self.about(key), self.outcome(key)
        if not (self.told and row and about and outcome):
            return False
        now = f"{self.told.report.ended:%H:%M:%S}"
        of = again.asked_again(self.told, outcome, about)
        if not of:
            return False
        self.verified[key] = pages.Verified(before=f"{row.word}: {row.reason}", before_at=now)
        self._answers_before[key] = again.answers(self.told, of)
        for needs in dict.fromkeys(of.values()):
            self.engine.ask_again(needs, [target for target, wanted in of.items() if wanted == needs])
        more = f" and {len(of) - 4} more" if len(of) > 4 else ""
        self.say(f"{key[1]}: asking {', '.join(list(of)[:4])}{more} again, nobody else")
        return True

    def _check_verified(self) -> None:
        assert self.told is not None
        for key, one in self.verified.items():
            row, before = self.shot.by_key.get(key), self._answers_before.get(key, {})
            if one.after is not None or not row or not row.final or before.keys() & self.told.awaited:
                continue
            now = again.answers(self.told, before)
            if all(now[target] > count for target, count in before.items()):
                at = f"{self.told.report.ended:%H:%M:%S}"
                self.verified[key] = replace(one, after=f"{row.word}: {row.reason}", after_at=at)
                was = one.before.partition(":")[0]
                role = "good" if row.state == "ruled_out" else "maybe"
                said = f"asked again, still {was}" if was == row.word else f"verified: {was} before, {row.word} now"
                self.say(f"{key[1]} {said} ({one.before_at}, {at})", role)
