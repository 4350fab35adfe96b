"""The pictures in `screenshots/` are what the lab and the wizard show now: made again, they are the same text."""

import json
import re
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

from screenshots import make
from screenshots.svg import GROUND, INK

FOLDER = Path(make.__file__).parent


@cache
def fresh() -> dict[str, str]:
    return make.pictures()


def test_every_picture_is_what_the_wizard_shows_now() -> None:
    kept = {
        path.name: path.read_text(encoding="utf-8") for kind in ("svg", "cast") for path in FOLDER.glob(f"*.{kind}")
    }
    assert kept.keys() == fresh().keys()
    old = sorted(name for name, text in fresh().items() if kept[name] != text)
    assert not old, f"run `python screenshots/make.py` and look at {', '.join(old)}"


def test_no_picture_asks_the_network_or_says_where_it_was_made() -> None:
    for name, text in fresh().items():
        if name.endswith(".svg"):
            ElementTree.fromstring(text)  # well-formed
        outside = text.replace("http://www.w3.org/2000/svg", "").replace("http://127.0.", "")
        assert not re.search(r"url\(|@font-face|@import|https?://|<script|xlink", outside), name
        assert str(Path.home()) + "/" not in text.replace("/home/operator/", ""), name
        assert len(text.encode()) < 100_000, name


def test_without_colour_two_inks_are_left_and_ascii_is_ascii() -> None:
    plain = [text for name, text in fresh().items() if "no-color" in name]
    assert [set(re.findall("#[0-9a-f]{6}", text)) for text in plain] == [{INK, GROUND}] * 4
    ascii_only = [text for name, text in fresh().items() if "ascii" in name]
    assert [text.isascii() for text in ascii_only] == [True] * 4


def test_the_story_shows_its_last_frame_where_nothing_moves() -> None:
    story = fresh()["incident.svg"]
    frames = re.findall('class="frame" id="(f[0-9]+)"', story)
    assert len(frames) == 11
    assert f"#{frames[-1]}{{visibility:visible}}" in story
    assert all(f"@keyframes k{name[1:]}{{" in story for name in frames)
    assert story.count("step-end infinite") == len(frames)


def test_the_asciicast_has_the_same_frames_and_ends_green() -> None:
    header, *frames = map(json.loads, fresh()["incident.cast"].splitlines())
    assert (header["version"], header["width"], header["height"]) == (2, 80, 26)
    times = [at for at, _, _ in frames]
    assert times == sorted(times)
    assert len(frames) == fresh()["incident.svg"].count('class="frame"') + 1
    assert all(kind == "o" for _, kind, _ in frames)
    assert "ruled out now" in frames[-3][2]
    assert "CONFIRMED web" not in frames[-2][2]
