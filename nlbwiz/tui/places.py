"""The screens over a run, by the name that their key gives: a new one is a row here, a row in `keys`, and its file."""

import importlib
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from nlbwiz.tui.screens.run import RunScreen

PLACES: dict[str, tuple[str, str]] = {
    "triage": ("nlbwiz.tui.screens.triage", "Triage"),
    "topology": ("nlbwiz.tui.screens.topology", "Topology"),
    "commands": ("nlbwiz.tui.screens.commands", "CommandLog"),
    "evidence": ("nlbwiz.tui.screens.evidence", "EvidenceBrowser"),
    "targets": ("nlbwiz.tui.screens.targets", "Targets"),
    "mac": ("nlbwiz.tui.screens.mac", "MacCalculator"),
    "export": ("nlbwiz.tui.screens.export", "Export"),
}
"""Name -> module and class. Loaded when it is opened, so that the first frame waits for none of them."""


def place(name: str) -> "type[RunScreen]":
    """The screen's class. KeyError for a name that is not in PLACES."""
    module, kind = PLACES[name]
    return cast("type[RunScreen]", getattr(importlib.import_module(module), kind))
