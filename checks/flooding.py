"""The cluster's traffic reaches switch ports that have nothing to do with it.

In unicast mode that is by design: no switch knows the cluster's MAC, so every frame to it leaves on every port of the VLAN.
A VLAN of the cluster's own keeps that harmless; in a shared one every other machine gets the cluster's whole traffic.  In
the multicast modes it happens where no entry limits the MAC (NLB011 says why).

This is measured, and only when asked for (the symptom flooding, or --measure SECONDS): each switch's packet counters are
read twice, at least ten seconds apart since some agents keep their counters for seconds, and the ports are compared, as
workinghardinit.work does by eye: what leaves on the ports of the hosts that run nodes (the members) against what leaves on the ports of
everybody else (the bystanders).  In unicast mode unicast packets count, in the multicast modes multicast ones.  A
bystander is called flooded when at least half as many leave there as on the quietest member port.  In unicast mode it
must also answer less than half of what it gets: a busy machine sends about as much as it receives.  Both halves are our
inference, no source gives a threshold; a busy machine that gets that many more than it sends may be flooded as well, and
is left undecided.  Below 20 packets a second on the members nothing can be told.

Left out: the uplinks of every listed host, ports where LLDP hears another switch or router, and the port of the machine that
nlbwiz runs on, where its MAC is known.  What looks like it and is not: other multicast, and a machine that receives a
one-way stream.  Compare before and after the change, not only within one run: measure, change, measure again.
"""

from dataclasses import dataclass, replace
from typing import Literal

import nlbwiz.check as nlb

ABOUT = nlb.About(
    id="NLB012",
    title="The VLAN is flooded with the cluster's traffic",
    question="Do ports that have nothing to do with the cluster get its traffic?",
    severity="warning",
    needs=(
        "cluster",
        "adapters",
        "vnics",
        "vswitches",
        "teams",
        "uplinks",
        "vlans",
        "ports",
        "fdb",
        "lldp",
        "counters",
        "neighbors",
        "jump-neighbors",
    ),
    also=("vlan-ports",),
    measurement=True,
    sources=(
        "workinghardinit.work, 2014-03-28: compare the counters of interfaces and LAGs before and after the group is configured",
        "Microsoft KB 4494444: unicast mode floods the VLAN by design; use a VLAN of its own or IGMP multicast",
        "IF-MIB (RFC 2863): ifHCOutUcastPkts, ifHCOutMulticastPkts; sysUpTime read in the same PDU",
    ),
)

LEAST_S = 9.9
"""Between the two samples: ten seconds, less what the agent's clock rounds off."""
LEAST_LOAD = 20.0
"""Packets a second on the quietest member port, below which nothing can be told."""
SHARE = 0.5

Kind = Literal["unicast", "multicast"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """What one port carried between two samples, in packets a second."""

    received: float
    sent: float
    seconds: float
    evidence: tuple[str, ...]


def evaluate(facts: nlb.Facts) -> nlb.Iterator[nlb.Said]:
    """On every switch, the bystanders' ports against the members', for each kind of frame that the modes use."""
    yield from nlb.mode_not_told(facts)
    modes = facts.modes()
    kinds: list[Kind] = ["unicast"] if "unicast" in modes else []
    if modes.keys() - {"unicast"}:
        kinds.append("multicast")
    labels = nlb.once(one.evidence for one in facts.instances)
    for switch in facts.switches:
        if all(facts.answered(need, switch) for need in ("vlans", "ports", "fdb", "lldp", "counters")):
            if away := _elsewhere(facts, switch):
                yield nlb.clear(switch, away, f"{switch}/vlans", *labels)
                continue
            for kind in kinds:
                yield from _compared(facts, switch, kind, labels)


def _compared(facts: nlb.Facts, switch: str, kind: Kind, labels: tuple[str, ...]) -> nlb.Iterator[nlb.Said]:
    """One kind of frame on one switch."""
    ways, here = nlb.ways(facts, switch), nlb.at_home(facts)
    rates = {port: rate for port in _sampled(facts, switch) if (rate := _rate(facts, switch, port, kind))}
    members = {port for host in here for port in ways.get(host, {})}
    seen = (*labels, *(label for way in ways.values() for label in way.values()))
    again = "measure again: nlbwiz check --measure 10"
    if not rates:
        why = "there are no two samples of its counters, ten seconds apart and without a restart between them"
        yield nlb.gap(switch, why, again, *nlb.once(one.evidence for one in facts.counters if one.target == switch))
        return
    if not members & rates.keys():
        why = "which of its ports lead to the cluster's nodes is not known, or they do not count their packets"
        yield nlb.gap(switch, why, "name the hosts' uplinks in the site file", *seen)
        return
    own = _own(facts, switch)
    near = {port for way in ways.values() for port in way} | _links(facts, switch) | own
    bystanders = {port: rate for port, rate in rates.items() if port not in near and _in_vlan(facts, switch, port)}
    blind = {port for port in _live(facts, switch) - near - rates.keys() if _in_vlan(facts, switch, port)}
    if blind:
        why = f"{_some(facts, switch, blind)}: no {kind} packets counted there, no two samples, or counters that began anew"
        yield nlb.gap(switch, why, again, *nlb.once(one.evidence for one in facts.counters if one.port in blind))
    least = min((rates[port] for port in members & rates.keys()), key=lambda rate: rate.sent)
    on = f"{nlb.port_names(facts, switch, members)} at least {least.sent:.0f} {kind} packets a second leave"
    if not bystanders:
        told = f"no port but the hosts', those to other switches and routers, and this machine's own: on {on}, and nobody is there to be flooded"
        yield nlb.clear(switch, told, *seen, *least.evidence)
    elif least.sent < LEAST_LOAD:
        why = f"too little traffic to tell: on {on}, and {LEAST_LOAD:.0f} are needed"
        yield nlb.gap(switch, why, f"{again}, while clients use the cluster", *seen, *least.evidence)
    else:
        flooded = {port: rate for port, rate in bystanders.items() if _is_flooded(rate, least, kind)}
        told = ", ".join(
            f"{nlb.port_names(facts, switch, [port])} {rate.sent:.0f}" for port, rate in (flooded or bystanders).items()
        )
        busy = {port for port, rate in bystanders.items() if _may_hide(rate, least, kind)}
        lost = [host for host, way in ways.items() if not way]
        if flooded and lost:
            why = f"on {on}, and as many on other ports ({told}), which may be those of {', '.join(lost)}: none of its MACs is learned"
            yield nlb.gap(
                switch, why, f"name the uplinks of {', '.join(lost)} in the site file", *seen, *least.evidence
            )
        elif len(flooded) == 1 and not own and _may_be_here(facts):
            why = f"on {on}, and as many on one other port ({told}), which may be the one that this machine itself hangs on"
            yield nlb.gap(switch, why, "see what hangs on that port", *seen, *least.evidence)
        elif flooded:
            saw = f"on {on} in {least.seconds:.0f} s, and as many on ports that have nothing to do with the cluster: {told}"
            yield _finding(facts, switch, kind, saw, flooded, (*seen, *least.evidence))
        elif busy:
            why = f"on {on}, and on {_some(facts, switch, busy)} as many more than are received there: a busy machine's own, or the cluster's"
            yield nlb.gap(switch, why, "look at what that machine receives", *seen, *least.evidence)
        else:
            quiet = nlb.once(label for rate in bystanders.values() for label in rate.evidence)
            yield nlb.clear(
                switch, f"on {on}, and on the other ports far fewer: {told}", *seen, *least.evidence, *quiet
            )


def _is_flooded(rate: Rate, least: Rate, kind: Kind) -> bool:
    busy = kind == "unicast" and rate.received >= SHARE * rate.sent
    return rate.sent >= SHARE * least.sent and not busy


def _may_hide(rate: Rate, least: Rate, kind: Kind) -> bool:
    """A busy machine's port that sends out as much more than it takes in as the members get."""
    return kind == "unicast" and rate.sent - rate.received >= SHARE * least.sent and not _is_flooded(rate, least, kind)


def _elsewhere(facts: nlb.Facts, switch: str) -> str:
    """Why nothing of the cluster can be on a switch: it has told its VLANs, and the cluster's are not among them."""
    vlans = nlb.cluster_vlans(facts)
    homed = all(facts.vnic_of(one) for one in facts.instances)
    if not vlans or not homed or any(nlb.carries(facts, switch, vlan) for vlan in vlans):
        return ""
    return f"does not know VLAN {', '.join(map(str, vlans))}: it carries none of the cluster's frames"


def _live(facts: nlb.Facts, switch: str) -> set[int]:
    """The ports that may be a bystander's: those that forward frames, and sampled ones that the switch does not list."""
    return nlb.forwarding_ports(facts, switch) | {
        port for port in _sampled(facts, switch) if nlb.port(facts, switch, port) is None
    }


def _some(facts: nlb.Facts, switch: str, ports: set[int]) -> str:
    """Ports by name; of very many the first ones."""
    first = sorted(ports)[:8]
    more = f" and {len(ports) - len(first)} more" if len(ports) > len(first) else ""
    return nlb.port_names(facts, switch, first) + more


def _sampled(facts: nlb.Facts, switch: str) -> list[int]:
    return list(dict.fromkeys(one.port for one in facts.counters if one.target == switch))


def _rate(facts: nlb.Facts, switch: str, port: int, kind: Kind) -> Rate | None:
    """Of the last sample and the latest one that was taken long enough before it; None where there are no such two."""
    samples = [one for one in facts.counters if (one.target, one.port) == (switch, port) and one.uptime_s is not None]
    last = samples[-1] if samples else None
    for first in reversed(samples[:-1]):
        seconds = (last.uptime_s or 0.0) - (first.uptime_s or 0.0) if last else 0.0
        if last is None or seconds < 0:
            return None  # restarted in between
        if seconds >= LEAST_S:
            received, sent = (_packets(last, kind)[side] - _packets(first, kind)[side] for side in (0, 1))
            if not (received >= 0 and sent >= 0):
                return None  # the counters began anew, or the port does not count this
            return Rate(
                received=received / seconds,
                sent=sent / seconds,
                seconds=seconds,
                evidence=(first.evidence, last.evidence),
            )
    return None


def _packets(one: nlb.PortCounters, kind: Kind) -> tuple[float, float]:
    """Packets received and sent; one that is not counted makes no difference that could be told (NaN)."""
    pair = (one.in_ucast, one.out_ucast) if kind == "unicast" else (one.in_mcast, one.out_mcast)
    received, sent = (float("nan") if each is None else float(each) for each in pair)
    return received, sent


def _links(facts: nlb.Facts, switch: str) -> set[int]:
    """Ports where LLDP hears another switch or router: what leaves there goes on, it is not the end of a cable."""
    heard = (nlb.port_at(facts, switch, one.port) for one in facts.lldp if one.target == switch)
    return {nlb.whole(facts, switch, port.ifindex) for port in heard if port}


def _own(facts: nlb.Facts, switch: str) -> set[int]:
    """The port of the machine that nlbwiz runs on, by the MAC that others have for its addresses."""
    ips = {one.ip for one in facts.jump_attached}
    macs = {view.mac for view in facts.arp if view.ip in ips and view.via != "jump" and view.mac}
    rows = (row for row in facts.fdb if row.target == switch and row.mac in macs and row.port)
    found = (nlb.port_at(facts, switch, row.port or 0) for row in rows)
    return {nlb.whole(facts, switch, port.ifindex) for port in found if port}


def _may_be_here(facts: nlb.Facts) -> bool:
    """Whether the machine that nlbwiz runs on may be in a VIP's network, so that its port is flooded like any other."""
    if not facts.answered("jump-neighbors", "jump"):
        return True
    return any(ip in one.network for one in facts.jump_attached for ip in facts.vip_addresses())


def _in_vlan(facts: nlb.Facts, switch: str, ifindex: int) -> bool:
    """Whether a port is in a VLAN of the cluster, as far as the switch tells which ports its VLANs have."""
    told = {one.id: one.ports for one in facts.vlan_ports if one.target == switch}
    vlans = nlb.cluster_vlans(facts)
    if not vlans or vlans.keys() - told.keys() or not all(facts.vnic_of(one) for one in facts.instances):
        return True
    return any(ifindex in {nlb.whole(facts, switch, port) for port in told[vlan]} for vlan in vlans)


# ---- what to do ----


def _finding(
    facts: nlb.Facts, switch: str, kind: Kind, saw: str, flooded: dict[int, Rate], seen: tuple[str, ...]
) -> nlb.Finding:
    names = nlb.port_names(facts, switch, flooded)
    note = nlb.do("Note the counters as they are, to compare with after the change", "show counters", switch)
    fix: tuple[nlb.Do, ...]
    undo: tuple[nlb.Do, ...]
    if kind == "unicast":
        own = nlb.do(
            f"Give the cluster a VLAN of its own, with the nodes' virtual NICs, the router and nobody else: then nothing of it reaches {names}"
        )
        repair, looks = nlb.steps.cluster_mode(
            facts,
            "igmp",
            "unicast",
            "Or, instead of a VLAN of its own, in a window, bring the cluster to IGMP multicast and limit that on the switches",
        )
        fix, undo = (note, own, *repair.fix), repair.undo
    else:
        fix = (
            note,
            nlb.do(
                "Give the cluster's multicast MAC an entry with every host's uplinks, and see that the switch uses it: that is NLB011's (nlbwiz explain NLB011)"
            ),
        )
        undo, looks = (nlb.do("Take back what was changed for NLB011", "show counters", switch),), ()
    return nlb.Finding(
        where=switch,
        saw=saw,
        expected=f"few {kind} packets on {names}, however many on the ports of the cluster's hosts",
        effect_of=() if kind == "unicast" else ("NLB011",),
        seen_by=(switch,),
        evidence=nlb.once((*seen, *(label for rate in flooded.values() for label in rate.evidence))),
        fix=fix,
        verify=(
            nlb.do(f"Measure again and compare with this run: nlbwiz check --measure 10. The counters of {names} stand still", "show counters", switch),
            *looks,
        ),
        undo=undo,
    )  # fmt: skip


# ---- the truth table: correct it without knowing Python ----

NEEDS = (*ABOUT.needs, *ABOUT.also)
PORTS = {"g1": 1, "g3": 3, "g9": 9, "g12": 12, "g24": 24}
MAC_OF_US = "52-54-00-4A-55-4D"
# fmt: off


def row(
    what: str, mode: str, members: str, bystander: str, want: nlb.Kind, *, seconds: float = 12.0, us: str = "2/6", measured: bool = True,
    vlan: int = 3,
) -> tuple[str, nlb.Facts, nlb.Kind]:
    """Node nlb1 on hv1 (behind g1), nlb2 on hv2 (g3); a router behind g24, by LLDP; a machine behind g9; nlbwiz runs behind g12.

    mode: of both nodes. members, bystander: packets a second `RECEIVED/SENT` on g1 and g3, and on g9 (`-`: g9 is not up; `unread`: it was
    not sampled; `none`: it counts no packets of that kind), of unicast or multicast as the mode has it; g24 sends as many as the members. seconds: between the samples (0: one sample
    only, below 0: restarted). us: the rates of g12 (`?`: which port it is nobody tells, and g12 is down). measured: the run samples counters. vlan: the one that sw1 knows.
    """
    ex = nlb.example
    given: list[nlb.Fact] = [ex.agent("sw1", "dell-powerconnect", forwarding=False)]
    for number, port in enumerate(("g1", "g3"), start=1):
        own = f"00-15-5D-1F-03-0{number}"
        given += ex.node(f"nlb{number}", "igmp" if mode == "-" else mode, "172.31.3.232", own, f"172.31.3.1{number}", host=f"hv{number}")
        given.append(ex.fdb("sw1", nlb.mac(own), port=PORTS[port]))
    told = {1: members, 3: members, 24: "0/400", 9: bystander, 12: us}
    given += [replace(ex.port("sw1", name, number), up=told[number] not in ("?", "-")) for name, number in PORTS.items()]
    given.append(ex.vlan("sw1", vlan, "web"))
    given.append(nlb.LldpNeighbour(target="sw1", port=24, mac=None, name="gw1", evidence="sw1/lldp"))
    if us != "?":
        given += [ex.view("nlb1", "172.31.3.50", f"learned {MAC_OF_US}"), ex.fdb("sw1", nlb.mac(MAC_OF_US), port=12)]
    for number, rates in ((port, rates) for port, rates in told.items() if rates not in ("?", "-", "unread")):
        received, sent = (int(one) for one in rates.replace("none", "0/400").split("/"))
        for at in (0.0, seconds) if seconds else (0.0,):
            late = ex.counted("sw1", number, 1000 + at, int(1e6 + received * at), int(1e6 + sent * at), unicast=mode == "unicast")
            late = replace(late, evidence=late.evidence + ("'" if at else ""))
            given.append(replace(late, in_mcast=None, out_mcast=None) if rates == "none" else late)
    silent = "nlb2/cluster" if mode == "-" else ""
    made = ex.facts("nlb1 nlb2 hv1 hv2 sw1 jump", NEEDS, given, silent=silent, measured=measured)
    return what, replace(made, jump_attached=(nlb.IPv4Interface("172.31.3.50/24"),)), want


EXAMPLES = (
    #   what it shows                                 mode        the members'  the machine's  outcome
    row("flooded by unicast",                         "unicast",  "300/400",    "2/390",       "confirmed"),
    row("flooded by multicast",                       "igmp",     "0/400",      "0/401",       "confirmed"),
    row("multicast that is limited",                  "igmp",     "0/400",      "0/6",         "ruled_out"),
    row("a busy machine that answers: a trap",        "unicast",  "300/400",    "350/390",     "ruled_out"),
    row("nobody else is there",                       "unicast",  "300/400",    "-",           "ruled_out"),
    row("only where nlbwiz itself runs: a trap",      "unicast",  "300/400",    "-",           "ruled_out", us="0/400"),
    row("one port, and it may be nlbwiz's own: a trap", "unicast", "300/400",   "2/390",       "unknown", us="?"),
    row("so busy that it may hide a flood: a trap", "unicast", "300/400",   "400/790",     "unknown"),
    row("a port that counts nothing",                 "igmp",     "0/400",      "none",        "unknown"),
    row("a port that was not sampled",                "igmp",     "0/400",      "unread",      "unknown"),
    row("a switch without the cluster's VLAN",        "igmp",     "0/5",        "0/5",         "ruled_out", vlan=9),
    row("an idle cluster",                            "igmp",     "0/5",        "0/5",         "unknown"),
    row("one sample only",                            "igmp",     "0/400",      "0/400",       "unknown", seconds=0.0),
    row("two samples too close to each other",        "igmp",     "0/400",      "0/400",       "unknown", seconds=5.0),
    row("restarted in between",                       "igmp",     "0/400",      "0/400",       "unknown", seconds=-900.0),
    row("a node that was not read",                   "-",        "0/400",      "0/6",         "unknown"),
    row("a run that does not measure",                "igmp",     "0/400",      "0/400",       "not_asked", measured=False),
)
# fmt: on
