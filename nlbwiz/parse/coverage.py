"""Who is asked in a role, and what came of every need of every target: answered, lost (and why), or pending. Pure."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from nlbwiz import facts as f
from nlbwiz import families
from nlbwiz.facts import Coverage, Fact, Need
from nlbwiz.parse.ways import Ways
from nlbwiz.probes import PROBES, Ask, Role
from nlbwiz.record.evidence import Evidence
from nlbwiz.site.model import Site

Parsed = tuple[Evidence, tuple[Fact, ...], str]
"""An answer, its facts, and the reason why there are none."""


def targets(site: Site, role: Role, routers: Collection[str]) -> tuple[str, ...]:
    """Who is asked in a role. `routers`: the listed switches that say ipForwarding, besides the gateways."""
    match role:
        case "agent":
            return (*site.switches, *site.gateways)
        case "router":
            return (*site.gateways, *(name for name in site.switches if name in routers))
        case "wire":
            return ("jump",) if site.on_the_wire else ()
        case "node" | "host" | "switch" | "jump" | "operator":
            return site.targets(role)


def needed(parsed: list[Parsed], agents: Iterable[f.Agent], vlans: Iterable[f.Vlan]) -> list[Parsed]:
    """Without what failed in a former round and is not the way for this device, now that it is known (`plan.chosen`).

    A silent agent is asked as one that nobody knows. The scan for filtering databases is for a switch that shows no VLAN.
    """
    rows = {agent.target: families.family(agent.platform) for agent in agents}
    told = {vlan.target for vlan in vlans if not vlan.evidence.startswith(f"{vlan.target}/fdb-ids")}

    def idle(one: Evidence) -> bool:
        row, gives = rows.get(one.ask.target), PROBES[one.ask.probe].gives
        if one.ask.probe == "fdb-ids":
            return one.ask.target in told
        return row is not None and gives in BY_FAMILY and one.ask.probe not in families.probes(row, gives)

    return [one for one in parsed if one[0].is_answer or not idle(one[0])]


BY_FAMILY = frozenset({"groups", "multicast", "lags"})
"""Needs that every family has its own probes for."""


def covered(
    site: Site,
    parsed: list[Parsed],
    routers: tuple[str, ...],
    pending: Collection[Ask],
    still_open: bool,
    ways: Ways,
) -> tuple[dict[tuple[Need, str], Coverage], dict[tuple[Need, str], tuple[str, str]]]:
    """For every (need, target) of the site: pending before lost before answered, over all asks of its probes.

    An answer that carries an error was broken off: what it holds counts, and what it lacks is lost. A switch may turn out
    to be a router for as long as its agent has not said whether it forwards. What one way of asking did not tell may come
    by the next one.
    """
    coverage: dict[tuple[Need, str], Coverage] = {}
    lost: dict[tuple[Need, str], tuple[str, str]] = {}
    by_place: dict[tuple[Need, str], dict[str, list[tuple[Evidence, str]]]] = defaultdict(lambda: defaultdict(list))
    for one, _, trouble in parsed:
        by_place[PROBES[one.ask.probe].gives, one.ask.target][one.ask.probe].append((one, trouble))
    waiting = {(PROBES[ask.probe].gives, ask.target) for ask in pending}
    for probe in PROBES.values():
        asked = targets(site, probe.at, routers)
        if probe.at == "router":  # the table has `agent` before the probes of routers
            unsaid = (name for name in site.switches if coverage["agent", name] == "pending")
            asked = tuple(dict.fromkeys((*asked, *unsaid)))
        for target in asked:
            key = (probe.gives, target)
            got, bad = _told(by_place[key])
            more = still_open and ways.open(*key)
            if key in waiting or more or (not got and still_open and probe.at != "operator"):
                coverage[key] = "pending"
            elif not got:
                coverage[key] = "lost"
                lost[key] = ("no answer to it is recorded", "ask again")
            elif bad:
                coverage[key] = "lost"
                over = all((target, name) in ways.passed for name in by_place[key])
                lost[key] = _why(bad, ways.unshown(*key)) if over else bad[0]
            else:
                coverage[key] = "answered"
    return coverage, lost


def _why(bad: list[tuple[str, str]], unshown: str) -> tuple[str, str]:
    """Every way failed: what each of them came to, once, what was not even asked, and what would resolve the first."""
    said = dict.fromkeys(why for why, _ in bad)
    return "; ".join((*said, *((f"no row at all in {unshown}",) if unshown else ()))), bad[0][1]


def _told(by_probe: Mapping[str, list[tuple[Evidence, str]]]) -> tuple[list[Evidence], list[tuple[str, str]]]:
    """What came for one need of one target, and what of it is lost.

    Several probes may ask for the same in several MIBs: one that the device does not have costs nothing where another
    one told everything. A probe that was not put at all says nothing either.
    """
    bad: dict[str, list[tuple[str, str]]] = {}
    absent: set[str] = set()
    for name, answers in by_probe.items():
        wrong = [(one, trouble) for one, trouble in answers if one.error or trouble or not one.is_answer]
        bad[name] = [(one.error or trouble, one.resolve) for one, trouble in wrong]
        if len(wrong) == len(answers) and all(
            trouble or one.status in ("unsupported", "skipped") for one, trouble in wrong
        ):
            absent.add(name)
    if any(not wrong for wrong in bad.values()):
        bad = {name: wrong for name, wrong in bad.items() if name not in absent}
    got = [one for answers in by_probe.values() for one, _ in answers]
    return got, [why for wrong in bad.values() for why in wrong]
