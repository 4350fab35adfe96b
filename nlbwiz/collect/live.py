"""Everybody who can be asked live, as one Source: each ask goes to the way that its target's kind is asked."""

import json
import threading
from collections.abc import Callable, Collection, Mapping
from typing import Literal

from nlbwiz.collect.arp import JumpSource
from nlbwiz.collect.source import Clock, Give, Source
from nlbwiz.collect.ticket import CLOSED, Cause, Ledger
from nlbwiz.probes import PROBES, Ask, Via
from nlbwiz.site.credentials import Vault
from nlbwiz.site.model import Site, TargetKind

Way = Literal["winrm", "snmp", "jump"]

NOT_SURE = frozenset({"", "not sure"})
"""Answers that say nothing: the question stays open."""
_CLOSE_S = 0.95
_WAYS: dict[TargetKind, Way] = {"node": "winrm", "host": "winrm", "switch": "snmp", "gateway": "snmp", "jump": "jump"}
_SNMP: frozenset[Via] = frozenset({"snmp-get", "snmp-next", "snmp-walk", "snmp-scan", "snmp-find"})
_VIAS: dict[TargetKind, frozenset[Via]] = {
    "node": frozenset({"winrm"}),
    "host": frozenset({"winrm"}),
    "switch": _SNMP,
    "gateway": _SNMP,
    "jump": frozenset({"file", "wire"}),
    "operator": frozenset({"person"}),
}


class Live:
    """The machines of a site, and its operator. A Source: nothing here raises, every ask ends with one Evidence.

    `answers` are the operator's words by question; they are looked up when asked, so the mapping may grow. The library
    for a way is imported with the first ask that needs it.
    """

    def __init__(self, site: Site, vault: Vault, clock: Clock, answers: Mapping[str, str]) -> None:
        self._site, self._vault, self._clock, self._answers = site, vault, clock, answers
        self._ledger = Ledger()
        self._sources: dict[Way, Source] = {}
        self._making = threading.Lock()

    def ask(self, asks: Collection[Ask], give: Give) -> None:
        """Start asking and return at once."""
        ways: dict[Way, list[Ask]] = {}
        for ask in asks:
            kind = self._kind(ask.target)
            probe = PROBES.get(ask.probe)
            if kind is None or probe is None or probe.via not in _VIAS[kind]:
                self._refuse([ask], give, _no_question(ask))
            elif kind == "operator":
                self._from_operator(ask, give)
            else:
                ways.setdefault(_WAYS[kind], []).append(ask)
        for way, batch in ways.items():
            try:
                source = self._source(way)
            except ImportError as error:
                self._refuse(batch, give, _not_installed(way, error))
            else:
                if source is None:
                    self._refuse(batch, give, CLOSED)
                else:
                    source.ask(batch, give)

    def stop(self, target: str) -> None:
        """Give this target up: its pending asks end as stopped."""
        self._route(target, lambda source: source.stop(target))

    def extend(self, target: str, seconds: float) -> None:
        """Give this target more time than its limit, within the run's own deadline."""
        self._route(target, lambda source: source.extend(target, seconds))

    def close(self) -> None:
        """End everything within 1 s: all ways at once."""
        with self._making:
            self._ledger.close()
            sources = tuple(self._sources.values())
        closing = [threading.Thread(target=source.close, name="close", daemon=True) for source in sources]
        for thread in closing:
            thread.start()
        patience = Clock(total_s=_CLOSE_S, target_s=_CLOSE_S)
        for thread in closing:
            thread.join(max(0.0, patience.left("close")))

    def _kind(self, target: str) -> TargetKind | None:
        try:
            return self._site.kind(target)
        except KeyError:
            return None

    def _route(self, target: str, act: Callable[[Source], None]) -> None:
        kind = self._kind(target)
        source = self._sources.get(_WAYS[kind]) if kind in _WAYS else None
        if source is not None:
            act(source)

    def _source(self, way: Way) -> Source | None:
        """The source for a way, made on its first use; None once closed."""
        with self._making:
            if self._ledger.closed:
                return None
            if way not in self._sources:
                self._sources[way] = self._make(way)
            return self._sources[way]

    def _make(self, way: Way) -> Source:
        match way:
            case "winrm":
                from nlbwiz.collect.winrm.source import WinRmSource

                return WinRmSource(self._site, self._vault, self._clock)
            case "snmp":
                from nlbwiz.collect.snmp.source import SnmpSource

                return SnmpSource(self._site, self._vault, self._clock)
            case "jump":
                return JumpSource(self._site, self._clock)

    def _from_operator(self, ask: Ask, give: Give) -> None:
        question = ask.args[0] if ask.args else ""
        word = self._answers.get(question, "").strip()
        for ticket in self._ledger.write([ask], give):
            if word.lower() in NOT_SURE:
                ticket.fail(_unanswered(question))
            else:
                ticket.settle("answered", raw=json.dumps(word))

    def _refuse(self, asks: Collection[Ask], give: Give, cause: Cause) -> None:
        for ticket in self._ledger.write(asks, give):
            ticket.fail(cause)


def _no_question(ask: Ask) -> Cause:
    return Cause(status="unsupported", error=f"{ask.probe} cannot be asked of {ask.target}")


def _not_installed(way: Way, error: ImportError) -> Cause:
    return Cause(
        status="unsupported",
        error=f"{way} does not work in this installation: {error}",
        resolve="install nlbwiz again, with everything that it needs",
    )


def _unanswered(question: str) -> Cause:
    return Cause(
        status="skipped",
        error=f"nobody has answered the question {question}",
        resolve=f"--answer {question}=ANSWER" if question else "",
    )
