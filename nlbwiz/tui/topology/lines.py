"""A topology as lines of a given width: a tree in narrow terminals, boxes with connecting lines from 120 columns. Pure.

Every part that can be selected has one `Spot`: the cursor and the mouse share this table.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from rich.cells import cell_len

from nlbwiz.tui.topology.parts import MARKS, Key, Part, Scene, Way, Words
from nlbwiz.tui.widgets.lines import Spans
from nlbwiz.tui.words import cut, shown, wrapped

BOXES_FROM = 116
"""Cells that five columns with a MAC each (17 cells) need."""
FOLD_FROM = 5
"""Nodes of a cluster from which on those that are alike stand as one."""
HEADS = ("node", "vNIC", "Hyper-V host, vSwitch", "team, members", "switch port")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where a part stands: its cells, for the mouse and the cursor's ground. The pointer `>` is drawn at (x, y)."""

    part: Part
    x: int
    y: int
    width: int
    height: int
    folded: tuple[Part, ...] = ()
    """The nodes that this one row stands for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """The picture. Of two spots over one cell the later one is meant."""

    lines: tuple[Spans, ...]
    spots: tuple[Spot, ...]


@dataclass(slots=True)
class _Canvas:
    """Cells by row; what is put later stands above."""

    width: int
    ascii_only: bool
    rows: list[list[tuple[str, str]]] = field(default_factory=list)
    spots: list[Spot] = field(default_factory=list)

    def text(self, x: int, y: int, text: str, role: str) -> int:
        """Put a text; the column after it."""
        while len(self.rows) <= y:
            self.rows.append([(" ", "text")] * self.width)
        for char in text:
            cells = cell_len(char)
            if cells and x + cells <= self.width:
                self.rows[y][x] = (char, role)
                if cells == 2:
                    self.rows[y][x + 1] = ("", role)
                x += cells
            elif not cells and x:
                self.rows[y][x - 1] = (self.rows[y][x - 1][0] + char, role)
        return x

    def line(self, x: int, y: int, char: str) -> None:
        """One character of a connecting line."""
        if x < self.width:
            self.text(x, y, char, "rule")

    def down(self, x: int, first: int, last: int) -> None:
        """A line downwards, both ends included, where nothing stands yet."""
        for y in range(first, last + 1):
            if y >= len(self.rows) or self.rows[y][x][0] == " ":
                self.line(x, y, "│")

    def said(self, text: str) -> str:
        """A name or word as this terminal shows it: it is measured as it will be drawn."""
        return shown(text, self.ascii_only)

    def drawn(self) -> Drawn:
        """As spans."""
        return Drawn(lines=tuple(_spans(row) for row in self.rows), spots=tuple(self.spots))


def _spans(row: Sequence[tuple[str, str]]) -> Spans:
    found: list[tuple[str, str]] = []
    for char, role in row:
        if found and found[-1][1] == role:
            found[-1] = (found[-1][0] + char, role)
        else:
            found.append((char, role))
    return tuple(found)


def draw(scenes: Sequence[Scene], width: int, *, ascii_only: bool, unfolded: Collection[Key] = ()) -> Drawn:
    """All clusters, one beneath the other."""
    canvas = _Canvas(width, ascii_only)
    for scene in scenes:
        y = len(canvas.rows)
        if y:
            canvas.text(0, y, " ", "text")
            y += 1
        groups = [_Group(way, _folded(scene, way, unfolded)) for way in scene.ways]
        _head(canvas, scene, y)
        if width >= BOXES_FROM:
            _boxes(canvas, groups)
        else:
            _tree(canvas, scene, groups)
    return canvas.drawn()


# ---- folding ----


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """A node with its vNIC, or several that are alike as one."""

    node: Part
    vnic: Part | None
    folded: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class _Group:
    way: Way
    nodes: tuple[_Shown, ...]


def _folded(scene: Scene, way: Way, unfolded: Collection[Key]) -> tuple[_Shown, ...]:
    """Where there are many nodes, those of one host that say the same, and nothing wrong, stand as one."""
    many = sum(len(one.nodes) for one in scene.ways) >= FOLD_FROM
    alike: dict[tuple[object, ...], list[tuple[Part, Part]]] = {}
    for node, vnic in way.nodes:
        quiet = {node.state, vnic.state} <= {"ok", "unread", "waiting"}
        same = (node.state, vnic.state) if quiet and many else (node.key,)
        alike.setdefault(same, []).append((node, vnic))
    found: list[_Shown] = []
    for pairs in alike.values():
        fold = _fold(scene, way, pairs)
        if len(pairs) == 1:
            found.append(_Shown(node=pairs[0][0], vnic=pairs[0][1]))
        elif fold.key in unfolded:
            found.append(_Shown(node=fold, vnic=None, folded=tuple(node for node, _ in pairs)))
            found += [_Shown(node=node, vnic=vnic) for node, vnic in pairs]
        else:
            found.append(_Shown(node=fold, vnic=_fold_vnic(pairs), folded=tuple(node for node, _ in pairs)))
    return tuple(found)


def _fold(scene: Scene, way: Way, pairs: Sequence[tuple[Part, Part]]) -> Part:
    nodes = [node for node, _ in pairs]
    first = nodes[0]
    words = {"ok": "in order", "waiting": "waited for"}.get(first.state, "not read")
    names = " ".join(node.name for node in nodes)
    lines = _common(nodes)
    return Part(
        key=(scene.cluster, "nodes", way.host, first.state, pairs[0][1].state),
        kind="nodes",
        name=f"{len(nodes)} nodes",
        lines=((f"all {words}", "good" if first.state == "ok" else "text"), *lines, (names, "quiet")),
        told=tuple(fact for node in nodes for fact in node.told[:1]),
        causes=tuple(dict.fromkeys(cause for node in nodes for cause in node.causes)),
    )


def _fold_vnic(pairs: Sequence[tuple[Part, Part]]) -> Part:
    vnics = [vnic for _, vnic in pairs]
    key = (*pairs[0][1].key[:1], "vNICs", *pairs[0][1].key[1:])
    return Part(
        key=key, kind="vNICs", name=f"{len(vnics)} vNICs", lines=_common(vnics) or (("differing MACs", "quiet"),),
        told=tuple(fact for vnic in vnics for fact in vnic.told[:1]),
        causes=tuple(dict.fromkeys(cause for vnic in vnics for cause in vnic.causes)),
    )  # fmt: skip


def _common(parts: Sequence[Part]) -> tuple[Words, ...]:
    """What all of them say; of what was not read each has its own reason, so the first one's stands for the others."""
    same = tuple(one for one in parts[0].lines if all(one in part.lines for part in parts))
    if parts[0].state in ("unread", "waiting") and not same:
        return parts[0].lines[:1]
    return same


# ---- the head: the VIP and who sees it ----


def _head(canvas: _Canvas, scene: Scene, y: int) -> None:
    """The VIP, and a row for every view of it, in columns: who, which table, what."""
    y = _row(canvas, scene.vip, "", "", y)
    name = min(max((cell_len(canvas.said(part.name)) for part in scene.views), default=4), 20)
    last = len(scene.views) - 1
    for number, part in enumerate(scene.views):
        end = number == last and not scene.ways
        y = _row(canvas, part, "  └─" if end else "  ├─", "    " if end else "  │ ", y, name=name, seen=True)


def _row(
    canvas: _Canvas, part: Part, lead: str, under: str, y: int, *, name: int = 0, seen: bool = False,
    folded: tuple[Part, ...] = (),
) -> int:  # fmt: skip
    """One part in one line, or in as many as its words take; the next free line."""
    mark, role = MARKS[part.state]
    x = canvas.text(0, y, lead, "rule")
    start = x
    x = canvas.text(x + 1, y, f"{mark:<3} ", role)
    label = cut(canvas.said(part.name), max(name, canvas.width // 3))
    x = canvas.text(x, y, label, "head" if role in ("bad", "maybe") or not lead else "text")
    if not seen and part.kind in ("node", "vNIC", "host", "team", "port") and part.kind not in part.name:
        x = canvas.text(x + 1, y, part.kind, "quiet")
    x = max(x, start + 5 + name) + 2
    begin, top = min(x, start + 5 + max(name, 4) + 2), y
    for text, kind in part.lines:
        words = canvas.said(text)
        if x > begin and x + cell_len(words) > canvas.width - 1:
            y, x = y + 1, begin
        for number, piece in enumerate(wrapped(words, canvas.width - 1 - x)):
            if number:
                y, x = y + 1, begin
            end = canvas.text(x, y, piece, _ink(kind))
        x = end + 2
    for extra in range(top + 1, y + 1):
        canvas.text(0, extra, under, "rule")
    canvas.spots.append(
        Spot(part=part, x=start, y=top, width=canvas.width - start, height=y - top + 1, folded=folded)
    )  # fmt: skip
    return y + 1


def _ink(role: str) -> str:
    return "quiet" if role == "waiting" else role


# ---- narrow: a tree ----


def _tree(canvas: _Canvas, scene: Scene, groups: Sequence[_Group]) -> None:
    y = len(canvas.rows)
    for number, group in enumerate(groups):
        last_group = number == len(groups) - 1
        for at, one in enumerate(group.nodes):
            last_node = at == len(group.nodes) - 1
            end = last_group and last_node
            rail = "   " if end else "  │"
            below = one.vnic is not None or last_node
            y = _row(
                canvas, one.node, "  └─" if end else "  ├─", f"{rail}  " + ("│" if below else ""), y, folded=one.folded
            )
            if one.vnic:
                lead, under = f"{rail}  └─", f"{rail}    " + ("│" if last_node else "")
                y = _row(canvas, one.vnic, lead, under, y)
            if last_node:
                y = _beneath(canvas, group.way, f"{rail}    ", y)


_DEPTH = {"host": 0, "vSwitch": 1, "team": 2}
"""How deep a part hangs beneath the vNIC; members and ports hang beneath the team."""


def _beneath(canvas: _Canvas, way: Way, rail: str, y: int) -> int:
    """Host, vSwitch, team, members and ports as branches; the next free line."""
    parts = [part for column in way.down for part in column]
    depths: list[int] = []
    for part in parts:
        above = max(depths, default=-1)
        depths.append(min(_DEPTH.get(part.kind, 3), above + 1))
    for number, (part, depth) in enumerate(zip(parts, depths, strict=True)):
        open_ = [_goes_on(depths[number + 1 :], level) for level in range(depth + 1)]
        guides = "".join("│ " if goes else "  " for goes in open_[:depth])
        child = number + 1 < len(depths) and depths[number + 1] > depth
        under = f"{rail}{guides}{'│' if open_[depth] else ' '} {'│' if child else ''}"
        y = _row(canvas, part, f"{rail}{guides}{'├' if open_[depth] else '└'}─", under, y)
    return y


def _goes_on(after: Sequence[int], level: int) -> bool:
    """Whether another part hangs at this level before the branch ends."""
    for one in after:
        if one <= level:
            return one == level
    return False


# ---- wide: boxes ----


def _boxes(canvas: _Canvas, groups: Sequence[_Group]) -> None:
    """Five columns. Several nodes of one host meet in a line before it."""
    gap, left = (2, 4) if canvas.width < 150 else (4, 4)
    box = (canvas.width - left - 1 - 4 * gap) // 5
    at = [left + number * (box + gap) for number in range(5)]
    y = len(canvas.rows)
    canvas.text(2, y, "│", "rule")
    y += 1
    canvas.text(2, y, "│", "rule")
    for x, head in zip(at, HEADS, strict=True):
        canvas.text(x + 2, y, cut(head, box), "quiet")
    y += 1
    rail = y
    for number, group in enumerate(groups):
        top, ends = y, list[int]()
        for one in group.nodes:
            ends.append(y + 1)
            bottom = _box(canvas, (one.node,), at[0], y, box, folded=one.folded)
            if one.vnic:
                bottom = max(bottom, _box(canvas, (one.vnic,), at[1], y, box))
                _link(canvas, at[0] + box, y + 1, gap)
            y = bottom
        joins = [end for end, one in zip(ends, group.nodes, strict=True) if one.vnic]
        top = joins[0] - 1 if joins else top
        bottoms = [_box(canvas, column, at[2 + side], top, box) for side, column in enumerate(group.way.down)]
        _meet(canvas, at[1] + box, joins, gap)
        for side in range(1, len(group.way.down)):
            _link(canvas, at[1 + side] + box, top + 1, gap)
        for end in ends:
            last = number == len(groups) - 1 and end == ends[-1]
            canvas.text(2, end, "└─" if last else "├─", "rule")
            canvas.line(at[0], end, "┤")
            canvas.down(2, rail, end - 1)
            rail = end + 1
        y = max(y, *bottoms)


def _link(canvas: _Canvas, x: int, y: int, gap: int) -> None:
    """From one box to the next."""
    canvas.text(x - 1, y, "├" + "─" * gap + "┤", "rule")


def _meet(canvas: _Canvas, x: int, joins: Sequence[int], gap: int) -> None:
    """From the vNICs of one host to its box, which stands beside the first of them."""
    for number, y in enumerate(joins):
        if number == 0:
            _link(canvas, x, y, gap)
            if len(joins) > 1:
                canvas.line(x, y, "┬")
        else:
            canvas.text(x - 1, y, "├" + ("┘" if y == joins[-1] else "┤"), "rule")
            canvas.down(x, joins[number - 1] + 1, y - 1)


def _box(
    canvas: _Canvas, parts: Sequence[Part], x: int, y: int, width: int, *, folded: tuple[Part, ...] = ()
) -> int:  # fmt: skip
    """Parts in one box, one above the other; the first line beneath it."""
    inner, edge = width - 4, "rule"
    for number, part in enumerate(parts):
        mark, role = MARKS[part.state]
        top = y
        corner, end = ("├", "┤") if number else ("┌", "┐")
        edge = role if role in ("bad", "maybe", "unknown") else "rule"
        canvas.text(x, y, corner + "─" * (width - 2) + end, edge)
        canvas.text(x + 1, y, f" {mark} ", role)
        name = cut(canvas.said(part.name), inner - len(mark) - 1)
        after = canvas.text(x + 3 + len(mark), y, name, "head")
        canvas.text(after, y, " ", "text")
        y += 1
        for text, kind in _texts(canvas, part, inner):
            canvas.text(x, y, "│" + " " * (width - 2) + "│", edge)
            canvas.text(x + 2, y, text, kind)
            y += 1
        canvas.spots.append(Spot(part=part, x=x + 1, y=top, width=width - 2, height=y - top, folded=folded))
    canvas.text(x, y, "└" + "─" * (width - 2) + "┘", edge)
    return y + 1


def _texts(canvas: _Canvas, part: Part, width: int) -> Iterator[Words]:
    """The words of a part in a box; what is long is cut there, the whole of it stands in the pane."""
    most = 3
    for text, kind in part.lines or (("", "text"),):
        lines = wrapped(canvas.said(text), width)
        if len(lines) > most:
            lines = [*lines[: most - 1], cut(f"{lines[most - 1]} {lines[most]}", width - 3).removesuffix("...") + "..."]
        yield from ((piece, _ink(kind)) for piece in lines)
