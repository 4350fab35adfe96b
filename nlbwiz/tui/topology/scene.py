"""The way of one cluster's frames as a value: VIP, nodes, vNICs, hosts, vSwitches, teams, switch ports, and who sees what.

Pure. Nothing is decided here: what differs is what `nlbwiz.joins` and the facts say, or a finding of an outcome. What was
not read stands there as not read, with the reason.
"""

from collections.abc import Iterable

from nlbwiz.facts import VNic
from nlbwiz.judge import Outcome
from nlbwiz.known import Facts
from nlbwiz.plain import line
from nlbwiz.probes import PROBES
from nlbwiz.record.evidence import Evidence
from nlbwiz.tui.topology.nodes import Nodes
from nlbwiz.tui.topology.parts import Part, Scene, Way
from nlbwiz.tui.topology.views import Views
from nlbwiz.tui.topology.ways import Ways


def scene(facts: Facts, outcomes: Iterable[Outcome], evidence: Iterable[Evidence] = ()) -> Scene:
    """One cluster's picture from its facts (of `gather`) and its outcomes; the evidence says in a word why one is not there."""
    return _Maker(facts, tuple(one for one in outcomes if one.cluster == facts.cluster), _silent(evidence)).scene()


def _silent(evidence: Iterable[Evidence]) -> dict[tuple[str, str], str]:
    """(need, target) -> `denied`, `timeout`... of what brought no answer."""
    lost = (one for one in evidence if not one.is_answer and one.ask.probe in PROBES)
    return {(PROBES[one.ask.probe].gives, one.ask.target): one.status for one in lost}


class _Maker(Views, Nodes, Ways):
    """All of it."""

    def scene(self) -> Scene:
        facts = self.facts
        found: dict[str, list[tuple[Part, Part]]] = {}
        switches: dict[str, dict[str, list[VNic]]] = {}
        for node in facts.nodes:
            instances = [one for one in facts.instances if one.node == node]
            nic = next((nic for one in instances if (nic := facts.nlb_nic(one))), None)
            vnic = facts.vnic(nic) if nic else None
            host = vnic.host if vnic else ""
            pair = self.node(node, instances), self.vnic(node, instances, nic, vnic)
            found.setdefault(host, []).append(pair)
            if vnic:
                switches.setdefault(host, {}).setdefault(vnic.switch, []).append(vnic)
        ways = [
            Way(host=host, nodes=tuple(pairs), down=self.down(host, switches[host]) if host else self.nowhere(pairs))
            for host, pairs in found.items()
        ]
        return Scene(cluster=line(facts.cluster), vip=self.vip(), views=tuple(self.views()), ways=tuple(ways))
