"""Where tab goes: from pane to pane, and round."""

from collections.abc import Sequence

from textual.widget import Widget


def turn(panes: Sequence[Widget], focused: Widget | None, by: int) -> None:
    """Focus the next of these panes, or with a negative `by` the previous one; from elsewhere, counted from the first."""
    if panes:
        at = next((number for number, one in enumerate(panes) if one is focused), 0)
        panes[(at + by) % len(panes)].focus()
