"""The switch of the privacy mask: every screen that is open is drawn anew at once. What replaces names is mask.py."""

from dataclasses import replace
from typing import TYPE_CHECKING

from textual.widgets import TextArea

from nlbwiz.tui import words
from nlbwiz.tui.mask import Mask

if TYPE_CHECKING:
    from nlbwiz.tui.app import NlbwizApp

ON = "names and addresses are masked on the screen; copies and exports keep the real ones. p shows them again"
OFF = "names and addresses are shown"


def turn(app: "NlbwizApp") -> None:
    """Mask, or show again; the first time, everything that is known is learned."""
    if app.mask is None:
        app.mask = Mask()
        words.masked_by(app.mask)
    mask, follow = app.mask, app.follow
    mask.on = not mask.on
    for screen in app.screen_stack:
        if found := getattr(screen, "lists", None):  # the start screen's sites and runs
            mask.known(found.known)
    if follow:
        mask.follow(follow, follow.engine.options)
        if follow.told:
            follow.told = replace(follow.told)  # as news: whoever laid something out lays it out again
        follow.say(ON if mask.on else OFF)
    for screen in app.screen_stack:
        if draw := getattr(screen, "redraw", None) or getattr(screen, "_redraw", None):
            draw()
        for widget in screen.walk_children():
            if isinstance(widget, TextArea):
                widget.notify_style_update()  # forgets the lines that it has drawn
            widget.refresh()
