"""Phrase + platform + values -> the exact lines an operator types, in that platform's MAC notation. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import get_args

from nlbwiz.addr import AddressError, MacForm, mac, spell
from nlbwiz.check import Do


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
    note = (
        "UNCONFIRMED for this platform: check the line with `?` on your firmware first"
        if do.phrase in known.unconfirmed
        else ""
    )
    return Step(
        text=do.text, on=do.on, platform=platform, lines=tuple(line.format_map(values) for line in lines), note=note
    )


def _spelled(name: str, value: str, form: MacForm) -> str:
    """Values named mac... are MAC addresses: written as the platform reads them. A value that is none stays as it is."""
    if name.startswith("mac"):
        try:
            return spell(mac(value), form)
        except AddressError:
            return value
    return value
