"""Colours by role, for each theme; without colour the roles differ by weight and reverse alone."""

from dataclasses import replace

from rich.style import Style
from textual.theme import BUILTIN_THEMES, Theme

DARK, LIGHT, CONTRAST, PLAIN = "nlbwiz-dark", "nlbwiz-light", "nlbwiz-contrast", "nlbwiz-plain"
_INK: dict[str, dict[str, str]] = {
    DARK: {
        "ground": "#11151b", "bar": "#1b2430", "text": "#d9dee6", "quiet": "#9aa5b5", "bad": "#ff7b72",
        "maybe": "#f2b155", "good": "#7cc492", "unknown": "#d2a8ff", "ask": "#79c0ff", "command": "#a5d6ff",
        "rule": "#3b4757", "cursor": "#22344b", "cursor-blurred": "#1c2733",
    },
    LIGHT: {
        "ground": "#fcfbf8", "bar": "#e9e6df", "text": "#20252b", "quiet": "#5a6370", "bad": "#b3261e",
        "maybe": "#855100", "good": "#1c6b3a", "unknown": "#6b3fa0", "ask": "#0b57a4", "command": "#0b4a8f",
        "rule": "#b9b4a9", "cursor": "#cfe0f5", "cursor-blurred": "#e8e6df",
    },
    CONTRAST: {
        "ground": "#000000", "bar": "#000000", "text": "#ffffff", "quiet": "#ffffff", "bad": "#ff8080",
        "maybe": "#ffd75f", "good": "#80ff9f", "unknown": "#ffb0ff", "ask": "#80d8ff", "command": "#ffffff",
        "rule": "#ffffff", "cursor": "#003a7d", "cursor-blurred": "#303030",
    },
}  # fmt: skip
_BOLD = frozenset({"head", "bad", "badge", "key", "tab"})
_LIKE = {"head": "text", "key": "ask", "tab": "text", "badge": "text"}


def themes() -> list[Theme]:
    """The three themes, for Textual's own parts (fields, screens)."""
    return [
        Theme(
            name=name,
            primary=ink["ask"],
            accent=ink["ask"],
            warning=ink["maybe"],
            error=ink["bad"],
            success=ink["good"],
            foreground=ink["text"],
            background=ink["ground"],
            surface=ink["bar"],
            panel=ink["bar"],
            dark=name != LIGHT,
            variables={"rule": ink["rule"]},
        )
        for name, ink in _INK.items()
    ]


def plain() -> Theme:
    """The theme without colours: the terminal's own fore- and background, whatever they are."""
    ansi = BUILTIN_THEMES["ansi-dark"]
    return replace(ansi, name=PLAIN, variables={**ansi.variables, "rule": "ansi_default"})


def style(theme: str, role: str, *, colour: bool) -> Style:
    """How a role looks in a theme. Without colour: bold and reverse only, never dim, which is a grey."""
    if not colour:
        return Style(bold=role in _BOLD or None, reverse=role in ("badge", "tab") or None)
    ink = _INK.get(theme, _INK[DARK])
    if role == "badge":
        return Style(color=ink["ground"], bgcolor=ink["good"], bold=True)
    if role == "tab":
        return Style(color=ink["ground"], bgcolor=ink["ask"], bold=True)
    return Style(color=ink[_LIKE.get(role, role)], bold=role in _BOLD or None)


def cursor(theme: str, *, focused: bool, colour: bool) -> Style:
    """What lies under the row that the keys act on; without colour it is reversed where the keys go, else bold."""
    if not colour:
        return Style(reverse=True) if focused else Style(bold=True)
    return Style(bgcolor=_INK.get(theme, _INK[DARK])["cursor" if focused else "cursor-blurred"])
