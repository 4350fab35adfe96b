"""Phrase + platform + values -> the exact lines an operator types, in that platform's MAC notation. Pure.

Values come from devices: a VM's or a port's name may hold anything. On Windows they stand in PowerShell's quotes, or
escaped in those of the phrase; a value with wildcards gives no line there, since most cmdlets match it as a pattern.
Elsewhere a value that is not plain words gives no line at all.
"""

import re
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import get_args

from nlbwiz.addr import AddressError, MacForm, mac, spell
from nlbwiz.check import Do
from nlbwiz.plain import line as one_line


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """One platform of the phrase book. `phrases`: name -> lines; `impossible`: name -> why this platform cannot."""

    name: str
    mac_form: MacForm
    phrases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    impossible: Mapping[str, str] = field(default_factory=dict)
    unconfirmed: frozenset[str] = frozenset()
    """Phrases whose lines no vendor source confirms."""


PhraseBook = Mapping[str, Platform]
FORMS: tuple[str, ...] = get_args(MacForm)
UNCONFIRMED = (
    "UNCONFIRMED for this platform: check the line with `?` on your firmware first",
    "UNCONFIRMED: no source states this line, try it on one machine first",
)
"""What stands beside a line that no source confirms: on a switch or router, and on Windows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A rendered step. `lines` is empty for a step in words, or where `note` says why there are none."""

    text: str
    on: str
    platform: str
    lines: tuple[str, ...]
    note: str


def render(do: Do, platform: str, book: PhraseBook) -> Step:
    """Fill a phrase's lines for one platform. A phrase that is not written for it says so; nothing is guessed."""
    if not do.phrase:
        return Step(text=do.text, on=do.on, platform=platform, lines=(), note="")
    known = book.get(platform)
    lines = known.phrases.get(do.phrase) if known else None
    if known is None or lines is None:
        reason = known.impossible.get(do.phrase) if known else None
        if platform == "unknown":
            reason = (
                reason
                or f"the platform of {do.on or 'this device'} is not known: name it in the site file (platform = ...)"
            )
        note = reason or f"`{do.phrase}` is not written yet for {platform}"
        return Step(text=do.text, on=do.on, platform=platform, lines=(), note=note)
    values = {name: _spelled(name, value, known.mac_form) for name, value in do.values}
    note = UNCONFIRMED[platform == "windows"] if do.phrase in known.unconfirmed else ""
    try:
        filled = tuple(_powershell(line, values) if platform == "windows" else _words(line, values) for line in lines)
    except _NoLineError as why:
        filled, note = (), f"no line for `{do.phrase}`: {why}"
    return Step(text=do.text, on=do.on, platform=platform, lines=filled, note=note)


class _NoLineError(Exception):
    """A value that is not there, or cannot be typed as it is; and what to do instead."""


def pieces(line: str) -> Iterator[tuple[str, str]]:
    """A phrase's line as (text, name of the value that follows it); the name is empty at the end.

    `{name}` stands for a value, `{{` and `}}` for braces. Raises ValueError for anything else between braces.
    """
    for text, name, spec, conversion in string.Formatter().parse(line):
        if name is not None and (spec or conversion or not name.isidentifier()):
            raise ValueError(f"{{{name}}} is no placeholder: a name alone is expected, and braces are written twice")
        yield text, name or ""


def _value(name: str, values: Mapping[str, str]) -> str:
    value = values.get(name, "")
    if not value:
        raise _NoLineError(f"the value of {name} is not known; do it by hand")
    if one_line(value) != value:
        raise _NoLineError(f"the value of {name} cannot be typed: {one_line(value, 100)}; do it by hand")
    return value


_BARE = re.compile(r"[A-Za-z0-9_.:][A-Za-z0-9_.:/-]*")
_WILD = re.compile(r"[*?\[\]`]")
"""What no quotes take the meaning from (about_Wildcards): the cmdlet itself reads it, and the backtick is its escape."""
_SINGLE = re.compile("['\u2018\u2019\u201a\u201b]")
_DOUBLE = re.compile('[$"\u201c\u201d\u201e]')
"""What ends a string of that kind, or is not taken literally in it (about_Quoting_Rules; the typographic quotes count)."""


def _powershell(line: str, values: Mapping[str, str]) -> str:
    """Every value as one literal: doubled quotes within '...', backticks within "...", and quotes of its own elsewhere."""
    done, within = "", ""
    for text, name in pieces(line):
        done, within = done + text, _within(text, within)
        if not name:
            continue
        value = _value(name, values)
        if _WILD.search(value):
            raise _NoLineError("the name holds wildcard characters: select it by hand")
        match within:
            case "'":
                done += _SINGLE.sub(r"\g<0>\g<0>", value)
            case '"':
                done += _DOUBLE.sub(r"`\g<0>", value)
            case _:
                done += value if _BARE.fullmatch(value) else "'" + _SINGLE.sub(r"\g<0>\g<0>", value) + "'"
    return done


def _within(text: str, within: str) -> str:
    """The quote that is open after the text, given the one that was open before it."""
    escaped = False
    for char in text:
        if escaped:
            escaped = False
        elif char == "`" and within != "'":
            escaped = True
        elif char in "'\"" and within in ("", char):
            within = "" if within else char
    return within


_WORDS = re.compile(r"[A-Za-z0-9._:/,+-]+( [A-Za-z0-9._:/,+-]+)*")


def _words(line: str, values: Mapping[str, str]) -> str:
    """A switch has no quotes that hold everywhere: only plain words become part of a line."""
    done = ""
    for text, name in pieces(line):
        done += text
        if name:
            value = _value(name, values)
            if not _WORDS.fullmatch(value):
                raise _NoLineError(f"the value of {name} cannot be typed: {one_line(value, 100)}; do it by hand")
            done += value
    return done


def _spelled(name: str, value: str, form: MacForm) -> str:
    """Values named mac... are MAC addresses: written as the platform reads them. A value that is none stays as it is."""
    if name.startswith("mac"):
        try:
            return spell(mac(value), form)
        except AddressError:
            return value
    return value
