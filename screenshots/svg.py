"""Screens as SVG: one is a picture, several are a story that moves. Pure; no font is fetched from anywhere."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape

from rich.cells import cell_len
from rich.color import Color
from textual.strip import Strip

CELL_W, CELL_H, PAD = 8.4, 18, 12
INK, GROUND, CAPTION = "#d9dee6", "#11151b", "#79c0ff"
"""A terminal's own colours, where the wizard leaves them to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One screen; in a story with what is said beneath it, and for how many seconds it stays."""

    strips: tuple[Strip, ...]
    caption: str = ""
    lasts_s: float = 0.0

    @property
    def text(self) -> str:
        """Its words."""
        return "\n".join(strip.text.rstrip() for strip in self.strips)


@dataclass(slots=True)
class Drawing:
    """Colours become classes, in the order they come; equal rows of a story are drawn once."""

    classes: dict[str, str] = field(default_factory=dict)
    rows: dict[str, str] = field(default_factory=dict)

    def css(self, rule: str) -> str:
        """The class of one rule."""
        return self.classes.setdefault(rule, f"c{len(self.classes)}")

    def row(self, strip: Strip, ground: str) -> str:
        """One row at y = 0. Every word group has its place and its width: no font and no renderer can shift it."""
        parts: list[str] = []
        at = 0
        for segment in strip:
            style = segment.style
            ink, under = (_hex(style.color, INK), _hex(style.bgcolor, GROUND)) if style else (INK, GROUND)
            if style and style.reverse:
                ink, under = under, ink
            cells = cell_len(segment.text)
            if under != ground:
                box = f'x="{_n(at * CELL_W)}" width="{_n(cells * CELL_W)}" height="{CELL_H}"'
                parts.append(f'<rect {box} class="{self.css(f"fill:{under}")}"/>')
            rule = f"fill:{ink}" + (";font-weight:700" if style and style.bold else "")
            line = ";text-decoration:underline" if style and style.underline else ""
            for offset, text in _words(segment.text):
                x, wide = (at + offset) * CELL_W, cell_len(text) * CELL_W
                parts.append(self._word(text, x, wide, self.css(rule + line)))
            at += cells
        return "".join(parts)

    def _word(self, text: str, x: float, wide: float, css: str) -> str:
        if text[0] == "─":  # drawn, not written: a font's own lines have gaps
            return f'<rect x="{_n(x)}" y="9" width="{_n(wide)}" height="1" class="{css}"/>'
        if text[0] == "│":
            return f'<rect x="{_n(x + CELL_W / 2)}" width="1" height="{CELL_H}" class="{css}"/>'
        return f'<text x="{_n(x)}" y="13" textLength="{_n(wide)}" class="{css}">{escape(text, quote=False)}</text>'

    def frame(self, frame: Frame, *, shared: bool) -> str:
        """One screen; `shared`: its rows are drawn elsewhere, once, and named here."""
        found = []
        for number, strip in enumerate(frame.strips):
            drawn = self.row(strip, ground_of(frame))
            if shared and drawn:
                name = self.rows.setdefault(drawn, f"r{len(self.rows)}")
                found.append(f'<use href="#{name}" y="{number * CELL_H}"/>')
            elif drawn:
                found.append(f'<g transform="translate(0 {number * CELL_H})">{drawn}</g>')
        if frame.caption:
            y = len(frame.strips) * CELL_H + CELL_H + 6
            css = self.css(f"fill:{CAPTION};font-weight:700")
            found.append(f'<text x="0" y="{y}" class="{css}">{escape(frame.caption, quote=False)}</text>')
        return "\n".join(found)


def ground_of(frame: Frame) -> str:
    """The background of most cells."""
    cells: Counter[str] = Counter()
    for strip in frame.strips:
        for text, style, _ in strip:
            cells[_hex(style.bgcolor if style else None, GROUND)] += len(text)
    return cells.most_common(1)[0][0]


def draw(frames: Sequence[Frame], title: str) -> str:
    """One frame as a picture, several as a story that moves; without animation its last frame is seen. No remote font."""
    drawing, story, first = Drawing(), len(frames) > 1, frames[0]
    drawn = [drawing.frame(frame, shared=story) for frame in frames]
    wide, high = first.strips[0].cell_length * CELL_W, len(first.strips) * CELL_H + (CELL_H + 12) * story
    rules = [
        "text{font:14px 'Cascadia Mono','DejaVu Sans Mono',Menlo,Consolas,monospace;font-variant-ligatures:none}",
        "rect{shape-rendering:crispEdges}",
        *(f".{name}{{{rule}}}" for rule, name in drawing.classes.items()),
    ]
    if story:
        rules += _moving(frames)
        drawn = [f'<g class="frame" id="f{number}">\n{each}\n</g>' for number, each in enumerate(drawn)]
    rows = [f'<g id="{name}">{row}</g>' for row, name in drawing.rows.items()]
    width, height = _n(wide + 2 * PAD), _n(high + 2 * PAD)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">',
            f"<title>{escape(title)}</title>",
            "<style>",
            *rules,
            "</style>",
            *(["<defs>", *rows, "</defs>"] if rows else []),
            f'<rect width="100%" height="100%" rx="6" fill="{ground_of(first)}"/>',
            f'<g transform="translate({PAD} {PAD})">',
            *drawn,
            "</g>",
            "</svg>\n",
        ]
    )


def _moving(frames: Sequence[Frame]) -> Iterator[str]:
    total, at = sum(frame.lasts_s for frame in frames), 0.0
    yield ".frame{visibility:hidden}"
    yield f"#f{len(frames) - 1}{{visibility:visible}}"
    yield "@media (prefers-reduced-motion:no-preference){"
    for number, frame in enumerate(frames):
        begin, end = _n(100 * at / total), _n(100 * (at + frame.lasts_s) / total)
        before = "" if number == 0 else "0%{visibility:hidden}"
        after = "" if number == len(frames) - 1 else f"{end}%{{visibility:hidden}}"
        yield f"@keyframes k{number}{{{before}{begin}%{{visibility:visible}}{after}}}"
        yield f"#f{number}{{animation:k{number} {_n(total)}s step-end infinite}}"
        at += frame.lasts_s
    yield "}"


def _hex(colour: Color | None, otherwise: str) -> str:
    return otherwise if colour is None or colour.is_default else colour.get_truecolor().hex


def _words(text: str) -> Iterator[tuple[int, str]]:
    """(cell, text): groups of words with single blanks between them, and a line's glyphs by themselves."""
    for found in re.finditer("─+|│|[^─│ ]+(?: [^─│ ]+)*", text):
        yield cell_len(text[: found.start()]), found.group()


def _n(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")
