"""The pictures in `screenshots/` are what the lab and the wizard show now: made again, they are the same text."""

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
    kept = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.svg")}
    assert kept.keys() == fresh().keys()
    old = sorted(name for name, text in fresh().items() if kept[name] != text)
    assert not old, f"run `python screenshots/make.py` and look at {', '.join(old)}"


def test_no_picture_asks_the_network_or_says_where_it_was_made() -> None:
    for name, text in fresh().items():
        ElementTree.fromstring(text)  # well-formed
        outside = text.replace("http://www.w3.org/2000/svg", "").replace("http://127.0.", "")
        assert not re.search(r"url\(|@font-face|@import|https?://|<script|xlink", outside), name
        assert str(Path.home()) + "/" not in text.replace("/home/operator/", ""), name
        assert len(text.encode()) < 100_000, name


def test_without_colour_two_inks_are_left_and_ascii_is_ascii() -> None:
    assert set(re.findall("#[0-9a-f]{6}", fresh()["no-color-80x24.svg"])) == {INK, GROUND}
    assert fresh()["ascii-80x24.svg"].isascii()


def test_the_story_shows_its_last_frame_where_nothing_moves() -> None:
    story = fresh()["incident.svg"]
    frames = re.findall('class="frame" id="(f[0-9]+)"', story)
    assert len(frames) == 9
    assert f"#{frames[-1]}{{visibility:visible}}" in story
    assert all(f"@keyframes k{name[1:]}{{" in story for name in frames)
    assert story.count("step-end infinite") == len(frames)
