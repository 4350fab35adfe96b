"""Every key of every screen, once: bindings, help, footer and palette are made from this table.

Ids are what a key file names. No letter is used twice, and every key that needs AltGr somewhere has a twin.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

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


def spoken(key: Key) -> str:
    """The key that works in a field too: no single letter."""
    return next((label(one) for one in key.keys.split(",") if len(one) > 1 and one not in ("colon",)), "")


def _keys(where: str, *rows: tuple[str, str, str, str, str]) -> tuple[Key, ...]:
    return tuple(
        Key(id=id_, keys=keys, action=action, says=says, where=where, foot=foot)
        for id_, keys, action, says, foot in rows
    )


MOVING = (
    *_keys(
        "Moving",
        ("back", "escape,backspace", "screen.back", "one level back; never quits", "back"),
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
    ("start", "f2,2", "app.start", "end this run, keep what was got, and begin anew (a digit: twice)", ""),
    ("form", "f4,4", "app.form", "the site file: form and text", ""),
    ("triage", "f3,3", "app.go('triage')", "the causes and their fixes", ""),
    ("topology", "f5,T,5", "app.go('topology')", "the picture: from the VIP to the switch port", "picture"),
    ("commands", "f6,at,6", "app.go('commands')", "the command log: everything that was asked", "commands"),
    ("evidence-all", "f7,7", "app.go('evidence')", "all evidence, with the raw answers", "all evidence"),
    ("targets", "f8,t,8", "app.go('targets')", "targets and coverage: what was not read, and why", "targets"),
    ("mac", "f9,M,9", "app.go('mac')", "the MAC calculator: what an IP gives, what a MAC is", ""),
    ("export", "s", "app.go('export')", "write the report, or a bundle, to a file", "export"),
    ("bundle", "b", "app.bundle", "save the bundle: all evidence, to be judged again", ""),
)
"""From each screen over a run to every other; by function key, and by digit."""
ASKING = _keys(
    "The targets",
    ("retry", "r", "screen.retry", "ask again for what it (or anybody) did not give", "retry"),
    ("ask-all", "R", "screen.ask_all", "ask everything again", ""),
    ("stop", "x", "screen.stop", "give the selected target up", ""),
    ("extend", "plus,equals_sign", "screen.extend", "30 s more for the selected target", ""),
    ("stop-all", "ctrl+c", "screen.stop_all", "stop collecting; what was got stays", ""),
)
"""On every screen that shows targets."""
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
        ("copy-all", "C", "screen.copy(True)", "copy it with all that may be pasted in one go on that machine", ""),
        ("copy-finding", "y", "screen.copy_finding", "copy the finding, in the report's words", ""),
        ("answer", "a", "screen.question", "answer the question (digits choose)", "answer"),
        ("open", "enter,e", "screen.open", "open the page, or the pane on the whole screen; esc goes back", "open"),
    ),
    *ASKING,
    *_keys(
        "The view",
        ("problems", "exclamation_mark", "screen.problems", "only problems, or everything", "problems"),
    ),
)
LAB = _keys(
    "The lab",
    ("apply", "L", "screen.apply", "apply this cause's fix in the lab, or wake who is dark", "lab fix"),
)
"""Only where the run is a lab's: elsewhere the key does not exist."""
TOPOLOGY = _keys(
    "The picture",
    ("topology-open", "enter,e", "screen.open", "the facts of the part, or unfold; esc goes back", "facts"),
    ("topology-left", "left,h,left_square_bracket", "screen.turn(-1)", "the part at the left", ""),
    ("topology-right", "right,l,right_square_bracket", "screen.turn(1)", "the part at the right", ""),
)
"""Of the topology screen."""
FIND = (
    *_keys(
        "Finding",
        ("find", "slash,ctrl+f", "screen.find", "find: words, status:denied, target:gw1; in a page, its lines", "find"),
        ("find-next", "n", "screen.hit(1)", "the next that was found", ""),
        ("find-previous", "N", "screen.hit(-1)", "the previous one", ""),
    ),
    *_keys(
        "The list",
        ("open-entry", "enter,e", "screen.open", "open the entry; esc goes back", "open"),
    ),
)
"""On every screen that is one long list."""
MAC = _keys(
    "The calculator",
    ("mac-open", "enter,e", "screen.open", "take the cluster's VIP", "take"),
    ("mac-copy", "c", "screen.copy", "copy the line under the cursor", "copy"),
)
"""Of the MAC calculator."""
EXPORT = _keys(
    "The export",
    ("export-open", "enter,e", "screen.open", "to the path; there, enter writes the file", "go on"),
)
"""Of the export screen."""
COMMANDS = _keys(
    "The command",
    ("copy-command", "c,C", "screen.copy", "copy what puts this ask by hand", "copy"),
)
"""Of the command log."""
APP = _keys(
    "Everywhere",
    ("palette", "ctrl+p,colon", "app.palette", "every action by name", "command"),
    ("theme", "ctrl+t", "app.next_theme", "next theme: dark, light, contrast", ""),
    ("mask", "p", "app.mask", "mask names and addresses on the screen, or show them", ""),
    ("quit-summary", "Q", "app.leave(True)", "quit, leave the report on the terminal", ""),
    ("help", "f1,question_mark", "app.help", "this help", "help"),
    ("quit", "q,ctrl+q", "app.leave(False)", "quit; what was got is kept", "quit"),
)
EVERY = (*TRIAGE, *LAB, *MOVING, *SCREENS, *APP)
"""All of the triage screen."""
START = (
    *_keys(
        "The field and the lists",
        ("start-go", "enter", "screen.go", "do what is said beneath the field, or take what is under the cursor", "go"),
        ("start-next", "tab", "screen.pane(1)", "to the lists, and to the next one", "lists"),
        ("start-previous", "shift+tab", "screen.pane(-1)", "to the previous list", ""),
        ("start-field", "escape,backspace,ctrl+c", "screen.field", "back to the field", ""),
        ("start-form", "f4", "app.form", "the site file: a form that writes one, or its text", "site form"),
        ("start-mac", "f9", "app.go('mac')", "the MAC calculator: what an IP gives, what a MAC is", "MAC"),
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
SECRET = (
    *_keys(
        "The secret",
        ("secret-give", "enter", "screen.give", "use what was typed", "use it"),
        ("secret-skip", "escape", "screen.skip", "go on without it: its machines are not asked", "without it"),
        ("secret-clear", "ctrl+u", "screen.clear", "take back everything that was typed", ""),
        ("secret-start", "f2", "app.start", "end this run and begin anew", "start"),
    ),
    *(key for key in APP if key.id in ("help", "quit")),
)
"""While a secret is asked for: its field takes every letter."""
FORM = (
    *_keys(
        "The site file",
        ("form-go", "enter", "screen.go", "take the answer and go on; at the last one, write the file and ask", "next"),
        ("form-next", "tab,down", "screen.pane(1)", "the next step", ""),
        ("form-previous", "shift+tab,up", "screen.pane(-1)", "the step before", ""),
        ("form-text", "ctrl+e", "screen.text", "between the steps and the text of the file", "text"),
        ("form-save", "ctrl+s", "screen.save", "write the file", "save"),
        ("form-ask", "ctrl+g", "screen.ask", "write the file and ask its machines, read only", "save and ask"),
        ("form-back", "escape", "screen.back", "back; what was not written is said first", "back"),
    ),
    *(key for key in APP if key.id in ("help", "quit")),
)
"""The site form: its fields take every letter."""
HELP = _keys(
    "Help",
    ("help-back", "escape,q,question_mark,f1,backspace,enter", "close", "back", ""),
    ("help-down", "down,j", "scroll(1)", "down", ""),
    ("help-up", "up,k", "scroll(-1)", "up", ""),
    ("help-page-down", "pagedown,space", "scroll(12)", "a page down", ""),
    ("help-page-up", "pageup", "scroll(-12)", "a page up", ""),
)
"""Of the help itself."""
PALETTE = _keys(
    "The palette",
    ("palette-back", "escape", "dismiss(None)", "back", ""),
    ("palette-down", "down", "step(1)", "the next action", ""),
    ("palette-up", "up", "step(-1)", "the action before", ""),
    ("palette-quit", "ctrl+q", "app.leave(False)", "quit", ""),
)
"""Of the palette: its field takes every letter."""


def remapped(table: Sequence[Key], keymap: Mapping[str, str]) -> tuple[Key, ...]:
    """The table with the keys of a key file: help, palette and footers name what really works."""
    return tuple(replace(one, keys=keymap[one.id]) if one.id in keymap else one for one in table)


def every() -> tuple[Key, ...]:
    """Each action of each table of this module once: what a key file may name."""
    found: dict[str, Key] = {}
    for table in globals().values():
        if isinstance(table, tuple):
            found |= {one.id: one for one in table if isinstance(one, Key) and one.id not in found}
    return tuple(found.values())
