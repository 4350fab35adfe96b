"""A story as an asciicast, version 2: a header and one line of JSON a frame. Pure; nothing is recorded from a terminal.

The form: docs.asciinema.org/manual/asciicast/v2: `[seconds, "o", bytes that the terminal is sent]`.
"""

import json
from collections.abc import Iterator, Sequence

from rich.color import Color
from rich.style import Style

from screenshots.svg import Frame

CLEAR = "\x1b[2J\x1b[H"
PLAIN = "\x1b[0m"
CAPTION = "\x1b[0;1;36m"


def write(frames: Sequence[Frame], title: str) -> str:
    """Every frame for as long as it stays, with its caption beneath; the last one is held."""
    rows = len(frames[0].strips) + 2
    header = {"version": 2, "width": frames[0].strips[0].cell_length, "height": rows, "title": title}
    lines, at = [json.dumps(header)], 0.0
    for frame in frames:
        lines.append(json.dumps([round(at, 3), "o", CLEAR + "\r\n".join(_rows(frame))], ensure_ascii=True))
        at += frame.lasts_s
    return "\n".join([*lines, json.dumps([round(at, 3), "o", ""])]) + "\n"


def _rows(frame: Frame) -> Iterator[str]:
    for strip in frame.strips:
        yield "".join(f"{_style(segment.style)}{segment.text}" for segment in strip).rstrip() + PLAIN
    yield ""
    yield f"{CAPTION}{frame.caption}{PLAIN}"


def _style(style: Style | None) -> str:
    """SGR, from nothing: what a segment needs whatever stood before it."""
    if style is None:
        return PLAIN
    codes = ["0", *(code for flag, code in ((style.bold, "1"), (style.underline, "4"), (style.reverse, "7")) if flag)]
    for colour, ground in ((style.color, "38"), (style.bgcolor, "48")):
        if colour is not None and not colour.is_default:
            codes.append(f"{ground};2;{_numbers(colour)}")
    return f"\x1b[{';'.join(codes)}m"


def _numbers(colour: Color) -> str:
    red, green, blue = colour.get_truecolor()
    return f"{red};{green};{blue}"
