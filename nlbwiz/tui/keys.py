"""Every key of every screen, once: bindings, help, footer and palette are made from this table.

Ids are what a key file names. No letter is used twice, and every key that needs AltGr somewhere has a twin.
"""

from dataclasses import dataclass

from textual.binding import Binding


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One action. `where` groups the help; `foot`: its word in the footer, empty where it does not stand there."""

    id: str
    keys: str
    action: str
    says: str
    where: str
    foot: str = ""

    def binding(self) -> Binding:
        """As Textual wants it."""
        return Binding(self.keys, self.action, self.says, show=False, id=self.id)

    @property
    def named(self) -> str:
        """The keys as a person reads them."""
        return "  ".join(label(key) for key in self.keys.split(","))


_NAMES = {
    "question_mark": "?", "exclamation_mark": "!", "plus": "+", "equals_sign": "=", "left_square_bracket": "[",
    "right_square_bracket": "]", "colon": ":", "escape": "esc", "pagedown": "pgdn", "pageup": "pgup", "slash": "/",
    "at": "@",
}  # fmt: skip


def label(key: str) -> str:
    """One key as a person reads it."""
    return _NAMES.get(key, key)


def _keys(where: str, *rows: tuple[str, str, str, str, str]) -> tuple[Key, ...]:
    return tuple(
        Key(id=id_, keys=keys, action=action, says=says, where=where, foot=foot)
        for id_, keys, action, says, foot in rows
    )


MOVING = (
    *_keys(
        "Moving",
        ("back", "escape,backspace", "screen.back", "one level back; never quits", ""),
        ("next-pane", "tab", "screen.pane(1)", "next pane", ""),
        ("previous-pane", "shift+tab", "screen.pane(-1)", "previous pane", ""),
        ("down", "down,j", "screen.move(1)", "down", ""),
        ("up", "up,k", "screen.move(-1)", "up", ""),
        ("first", "home,g", "screen.end(False)", "first row", ""),
        ("last", "end,G", "screen.end(True)", "last row", ""),
        ("page-down", "pagedown", "screen.page(1)", "a page down", ""),
        ("page-up", "pageup", "screen.page(-1)", "a page up", ""),
    ),
    *_keys(
        "The view",
        ("hold", "space", "screen.hold", "hold still while the run goes on", ""),
    ),
)
"""On every screen over a run."""
SCREENS = _keys(
    "Screens",
    ("triage", "f3,3", "app.go('triage')", "the causes and their fixes", ""),
)
"""From each screen over a run to every other; by function key, and by digit."""
TRIAGE = (
    *_keys(
        "The cause",
        ("fix", "f", "screen.tab('Fix')", "the fix, line by line", "fix"),
        ("evidence", "v", "screen.tab('Evidence')", "the evidence", "evidence"),
        ("undo", "u", "screen.tab('Undo')", "how to undo the fix", ""),
        ("previous-tab", "left,h,left_square_bracket", "screen.turn(-1)", "previous tab", ""),
        ("next-tab", "right,l,right_square_bracket", "screen.turn(1)", "next tab", "tab"),
        ("verify", "V", "screen.verify", "ask again what this cause needs: before, after", "verify"),
        ("copy-line", "c", "screen.copy(False)", "copy the line under the cursor", "copy"),
        ("copy-all", "C", "screen.copy(True)", "copy all lines for that machine", ""),
        ("answer", "a", "screen.question", "answer the question (digits choose)", "answer"),
        ("open", "enter,e", "screen.open", "open the page; esc goes back", "open"),
    ),
    *_keys(
        "The targets",
        ("retry", "r", "screen.retry", "ask again for what it (or anybody) did not give", "retry"),
        ("ask-all", "R", "screen.ask_all", "ask everything again", ""),
        ("stop", "x", "screen.stop", "give the selected target up", ""),
        ("extend", "plus,equals_sign", "screen.extend", "30 s more for the selected target", ""),
        ("stop-all", "ctrl+c", "screen.stop_all", "stop collecting; what was got stays", ""),
    ),
    *_keys(
        "The view",
        ("problems", "exclamation_mark", "screen.problems", "only problems, or everything", "problems"),
    ),
)
APP = _keys(
    "Everywhere",
    ("palette", "ctrl+p,colon", "app.palette", "every action by name", "command"),
    ("theme", "ctrl+t", "app.next_theme", "next theme: dark, light, contrast", ""),
    ("quit-summary", "Q", "app.leave(True)", "quit, leave the report on the terminal", ""),
    ("help", "f1,question_mark", "app.help", "this help", "help"),
    ("quit", "q,ctrl+q", "app.leave(False)", "quit; what was got is kept", "quit"),
)
EVERY = (*TRIAGE, *MOVING, *SCREENS, *APP)
"""Of the triage screen."""
START = (
    *_keys(
        "The field and the lists",
        ("start-go", "enter", "screen.go", "do what is said beneath the field, or take what is under the cursor", "go"),
        ("start-next", "tab", "screen.pane(1)", "to the lists, and to the next one", "lists"),
        ("start-previous", "shift+tab", "screen.pane(-1)", "to the previous list", ""),
        ("start-field", "escape,backspace,ctrl+c", "screen.field", "back to the field", ""),
    ),
    *_keys(
        "Moving in a list",
        ("start-down", "down,j", "screen.move(1)", "down", ""),
        ("start-up", "up,k", "screen.move(-1)", "up", ""),
        ("start-first", "home,g", "screen.end(False)", "first row", ""),
        ("start-last", "end,G", "screen.end(True)", "last row", ""),
        ("start-page-down", "pagedown", "screen.page(1)", "a page down", ""),
        ("start-page-up", "pageup", "screen.page(-1)", "a page up", ""),
    ),
    *(key for key in APP if key.id != "quit-summary"),
)
"""The start screen's. A field takes every letter, so its footer names function and ctrl keys only."""
