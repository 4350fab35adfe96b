"""The picture of one cluster as a value: its parts, what each says, its state, and the facts beneath. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

"""What a part is, stable while its words change: (cluster, kind, name...)."""
Key = tuple[str, ...]
"""What a part is, stable while its words change: (cluster, kind, name...)."""
State = Literal["bad", "maybe", "unread", "waiting", "ok"]
MARKS: dict[State, tuple[str, str]] = {
    "bad": ("[X]", "bad"),
    "maybe": ("[!]", "maybe"),
    "unread": ("[?]", "unknown"),
    "waiting": ("[ ]", "quiet"),
    "ok": ("ok", "good"),
}
"""Glyph and role of every state, the gravest first; the same glyphs as on the list of causes."""
_STATES: dict[str, State] = {"bad": "bad", "maybe": "maybe", "unknown": "unread", "waiting": "waiting"}

Words = tuple[str, str]
"""A few words and their role: bad, maybe, unknown, waiting, good, text or quiet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One thing that can be selected. `told`: its facts as (words, evidence label); `causes`: (words, role) each."""

    key: Key
    kind: str
    name: str
    lines: tuple[Words, ...]
    told: tuple[tuple[str, str], ...] = ()
    causes: tuple[Words, ...] = ()

    @property
    def state(self) -> State:
        """The gravest of its lines."""
        found = {_STATES[role] for _, role in self.lines if role in _STATES}
        return next((one for one in MARKS if one in found), "ok")


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """From a Hyper-V host to the cable, for the nodes that run there. `host` is empty where it is not known."""

    host: str
    nodes: tuple[tuple[Part, Part], ...]
    """Node and its vNIC."""
    down: tuple[tuple[Part, ...], ...]
    """Host and vSwitch; team and members; switch ports."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One cluster's picture."""

    cluster: str
    vip: Part
    views: tuple[Part, ...]
    ways: tuple[Way, ...]

    def parts(self) -> Iterator[Part]:
        """All of them, from top to bottom."""
        yield self.vip
        yield from self.views
        for way in self.ways:
            for pair in way.nodes:
                yield from pair
            for column in way.down:
                yield from column
