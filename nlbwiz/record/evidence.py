"""Evidence: what came back for one ask, or why nothing did. The only thing that crosses from I/O to logic."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import msgspec

from nlbwiz.probes import Ask

Status = Literal[
    "answered", "empty", "denied", "unreachable", "timeout", "unsupported", "garbled", "stopped", "skipped"
]  # fmt: skip
ANSWERS: frozenset[Status] = frozenset({"answered", "empty"})
"""The statuses that are answers; every other one is missing evidence, with its reason in `error`."""


def writable(text: str) -> str:
    """The same text, with lone surrogates spelled out: it can be written as UTF-8."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One ask's outcome. Exactly one per ask, whatever happens.

    `at`: aware UTC of the jump host, when the answer was complete. `raw`: JSON text: a section's `data` list (WinRM),
    `{"rows": [[oid, type, value], ...]}` (SNMP; octets as hex), or a plain string; empty without an answer.
    `error`: one sentence that names the cause; `resolve`: what would get the answer. `id` is the hash of the rest, so
    merging two runs is a set union. A lone surrogate (a file name that is no UTF-8) is kept as `\\udcff`: nothing that is
    evidence may be impossible to write down.
    """

    ask: Ask
    at: datetime
    took_ms: int
    status: Status
    raw: str = ""
    error: str = ""
    resolve: str = ""
    id: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        for name in ("raw", "error", "resolve"):
            object.__setattr__(self, name, writable(getattr(self, name)))
        rest = (self.ask, self.at, self.took_ms, self.status, self.raw, self.error, self.resolve)
        object.__setattr__(self, "id", hashlib.sha256(msgspec.json.encode(rest)).hexdigest()[:16])

    @property
    def label(self) -> str:
        """`TARGET/PROBE`, as everything names it."""
        return self.ask.label

    @property
    def is_answer(self) -> bool:
        """True for an answer, also an empty one."""
        return self.status in ANSWERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Progress of one target, for the operator's eyes: never evidence."""

    target: str
    text: str
    at: datetime
    waiting: int = 0
    """Asks of this target that are not answered yet."""
