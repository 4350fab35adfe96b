"""The topology screen: the clusters' pictures, and the facts of the part under the cursor."""

import time
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container

from nlbwiz.parse.gather import gather
from nlbwiz.tui import frame, keys
from nlbwiz.tui.follow import Follow
from nlbwiz.tui.news import Told
from nlbwiz.tui.screens.run import RunScreen
from nlbwiz.tui.topology.lines import Spot, draw
from nlbwiz.tui.topology.parts import MARKS, Key, Part, Scene
from nlbwiz.tui.topology.scene import scene
from nlbwiz.tui.widgets.lines import Block, Row, Rows
from nlbwiz.tui.widgets.picture import Picture
from nlbwiz.tui.words import masking, wrapped

REST = 4
"""While the run goes on, making the scenes takes at most a fifth of the time: so many times as long is waited after it."""
MOST_TOLD = 400
"""Facts that the pane lists; the number of all stands above them."""


class Topology(RunScreen):
    """VIP, nodes, vNICs, hosts, teams and ports, by keyboard or mouse."""

    KEYS: ClassVar[tuple[keys.Key, ...]] = (*keys.TOPOLOGY, *keys.MOVING, *keys.SCREENS, *keys.APP)
    BINDINGS: ClassVar[list[Binding]] = [one.binding() for one in keys.TOPOLOGY]
    TITLE_IN_BAR: ClassVar[str] = "topology"

    def __init__(self, follow: Follow) -> None:
        super().__init__(follow)
        self.scenes: tuple[Scene, ...] = ()
        self._made: tuple[Told, bool] | None = None
        self._not_before = 0.0
        self._unfolded: set[Key] = set()
        self._drawn: tuple[tuple[Scene, ...], int, frozenset[Key], bool] | None = None
        """What the picture shows: it is drawn anew only when that changes."""

    def body(self) -> ComposeResult:
        """From 120 columns on, the facts stand beneath the picture; from 170, beside it."""
        yield Block("topology-rule")
        with Container(id="topology-body"):
            with Container(id="topology-left"):
                yield Picture("topology-picture")
            with Container(id="topology-facts"):
                yield Block("topology-part")
                yield Rows("topology-told")

    def begin(self) -> None:
        """The cursor begins at the VIP."""
        self.picture.focus()

    @property
    def picture(self) -> Picture:
        """The drawing."""
        return self.query_one("#topology-picture", Picture)

    @property
    def part(self) -> Spot | None:
        """What is under the cursor."""
        return self.picture.spot

    # ---- drawing ----

    def draw_body(self) -> None:
        """The picture, then the facts of what is under the cursor."""
        self._make()
        width = self.picture.size.width or self.size.width
        self.set_class(self.size.width >= 170, "-beside")
        ascii_only = self.wizard.ascii_only
        drawn = (self.scenes, width, frozenset(self._unfolded), masking())
        if self._drawn is None or self._drawn[0] is not drawn[0] or self._drawn[1:] != drawn[1:]:
            self._drawn = drawn
            self.picture.draw(draw(self.scenes, width, ascii_only=ascii_only, unfolded=drawn[2]))
        self._draw_rule()
        self._draw_facts()

    def _make(self) -> None:
        """Gather the clusters' facts once for each news, and while the run goes on with rests between."""
        told, opened, running = self.follow.told, self.follow.opened, self.follow.running
        if told is None or opened is None:
            return
        if self._made and self._made[0] is told and self._made[1] == running:
            return
        began = time.monotonic()
        if running and began < self._not_before:
            return
        self._made = (told, running)
        report = told.report
        self.scenes = tuple(
            scene(
                gather(opened.site, name, told.evidence, at=report.ended, still_open=running),
                told.walk.outcomes,
                told.evidence,
            )
            for name in opened.site.clusters
        )  # fmt: skip
        ended = time.monotonic()
        self._not_before = ended + REST * (ended - began)

    def _draw_rule(self) -> None:
        count: dict[str, int] = {}
        for one in self.scenes:
            for part in one.parts():
                count[part.state] = count.get(part.state, 0) + 1
        words = (("bad", "wrong"), ("maybe", "to look at"), ("unread", "not read"), ("waiting", "waited for"))
        found = "  ".join(f"{MARKS[state][0]} {count[state]} {word}" for state, word in words if count.get(state))  # type: ignore[index]  # states
        title = "Topology" if self.scenes else "Topology: nothing has come yet"
        aside = "   ".join(one for one in (found or ("ok all" if self.scenes else ""), self.picture.position) if one)
        self.block("topology-rule").show(frame.rule(title, aside, self.size.width))

    def _draw_facts(self) -> None:
        told = self.rows("topology-told")
        width = told.size.width or self.size.width
        spot = self.part
        if spot is None:
            told.show([])
            return
        part = spot.part
        hint = "esc back" if self.has_class("-open") else "tab to them"
        kind = "seen by" if part.kind == "view" else part.kind
        title = f"{kind} {part.name}" if kind not in part.name else part.name
        self.block("topology-part").show(frame.rule(self._said(title), hint, width))
        told.show(self._fact_rows(part, spot, width - 2))

    def _said(self, text: str) -> str:
        return text if len(text) < self.size.width // 2 else text[: self.size.width // 2 - 3] + "..."

    def _fact_rows(self, part: Part, spot: Spot, width: int) -> list[Row]:
        """What it shows, the causes that concern it, then each fact with the answer that it comes from."""
        rows: list[Row] = []

        def add(text: str, role: str, lead: str = " ", *, aside: str = "") -> None:
            pieces = wrapped(text, width - len(lead) - 1)
            label = f"from {aside}" if aside else ""
            lines = [((lead if not at else " " * len(lead), role), (piece, role)) for at, piece in enumerate(pieces)]
            if label and len(lead) + len(pieces[-1]) + len(label) + 3 <= width:
                lines[-1] = (*lines[-1], ("  " + label, "quiet"))  # type: ignore[assignment]  # a third piece
            elif label:
                lines += [((" " * len(lead), "quiet"), (text, "quiet")) for text in wrapped(label, width - len(lead))]
            rows.append(Row(key=len(rows), lines=tuple(lines)))

        mark, role = MARKS[part.state]
        rows.append(Row(key=-1, lines=(((f" {mark} ", role), (_sentence(part), "text")),), stops=False))
        for text, line_role in part.lines:
            if len(text) > 24 or line_role in ("bad", "maybe", "unknown"):
                add(text, "quiet" if line_role == "waiting" else line_role, " - ")
        for text, cause_role in part.causes:
            add(text, cause_role, " ! " if cause_role != "unknown" else " ? ")
        if spot.folded:
            add("enter unfolds them, and folds them again", "quiet")
        for text, label in part.told[:MOST_TOLD]:
            add(text, "text", " . ", aside=label)
        if len(part.told) > MOST_TOLD:
            add(f"and {len(part.told) - MOST_TOLD} facts more", "quiet")
        if not part.told:
            add("no fact is known of it", "quiet")
        return rows

    # ---- keys and mouse ----

    @on(Rows.Moved, "#topology-picture")
    def _moved(self) -> None:
        self._draw_rule()
        self._draw_facts()
        self.rows("topology-told").action_end(last=False)

    @on(Rows.Chosen, "#topology-picture")
    def _chosen(self) -> None:
        self.action_open()

    def action_open(self) -> None:
        """The facts of the part; what stands for several nodes unfolds instead."""
        spot = self.part
        if spot is None or self.focused is not self.picture:
            return
        if spot.folded:
            self._unfolded ^= {spot.part.key}
            self.redraw()
            return
        self.add_class("-open")
        self.rows("topology-told").focus()
        self.call_after_refresh(self.redraw)

    def action_back(self) -> None:
        """From the facts to the picture, from there to the causes."""
        if self.has_class("-open") or self.focused is not self.picture:
            self.remove_class("-open")
            self.picture.focus()
            self.call_after_refresh(self.redraw)
        else:
            super().action_back()

    def action_turn(self, by: int) -> None:
        """To the part at the right, or left."""
        if self.focused is self.picture:
            self.picture.turn(by)


def _sentence(part: Part) -> str:
    words = {
        "ok": "in order, as far as it was read",
        "bad": "something differs or is missing",
        "maybe": "worth a look",
        "unread": "not everything was read",
        "waiting": "an answer is on its way",
    }
    return words[part.state]
