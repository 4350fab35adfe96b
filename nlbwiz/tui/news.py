"""What the engine tells a screen while a run goes on, one after the other, through one queue."""

from dataclasses import dataclass

from nlbwiz.case import Knowledge
from nlbwiz.errors import ExitCode
from nlbwiz.record.evidence import Evidence, Step
from nlbwiz.report.model import Report
from nlbwiz.site.credentials import Lacking
from nlbwiz.site.model import Site
from nlbwiz.walk import Walk


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The site is read (the lab runs): who will be asked, and for how long."""

    site: Site
    knowledge: Knowledge
    total_s: float
    target_s: float
    live: bool
    """False for a saved run: nobody is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Everything judged anew: the walk, the report of it, and the evidence beneath."""

    walk: Walk
    report: Report
    evidence: tuple[Evidence, ...]
    awaited: frozenset[str] = frozenset()
    """Targets of which an answer is on its way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Began:
    """A round of asking begins: the first, or one for what was wanted after the former had ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Over:
    """The round is over; the Told before it is final."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What the operator must know and no report holds. `code` other than OK: there is nothing to show."""

    text: str
    code: ExitCode = ExitCode.OK

    @property
    def fatal(self) -> bool:
        """The run has ended by it."""
        return self.code is not ExitCode.OK


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretAsked:
    """A round waits for a secret from the operator: `give_secret` or `skip_secret` goes on."""

    lacking: Lacking


News = Opened | Told | Began | Over | Trouble | Step | SecretAsked
