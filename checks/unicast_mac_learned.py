"""A switch has learned the unicast cluster's own MAC on one port.

In unicast mode every node has the cluster's MAC, 02-BF-w-x-y-z, and no switch may ever learn it: NLB sends with a masked
source MAC (02-<host priority>-...), so that frames to the cluster's MAC are unknown everywhere and reach all nodes by
flooding.  As soon as one frame leaves a machine with 02-BF as its source, the switch sends everything to that one port:
one node gets all of the traffic, the others none, and where several machines send it the entry jumps from port to port.

Who does that: a node whose MaskSourceMAC is 0 (meant for hubs), a capture program or driver below NLB, a node that NLB was
taken off and that kept the MAC, or a machine that somebody gave it by hand.  A static entry is no fault: a Nexus 9000
needs one.  Where every VLAN has a table of its own, the cluster's VLAN must have been looked at.  What is not seen: an entry
that has aged out by the time of the look, after five minutes on most switches.
"""

from dataclasses import replace
from typing import Literal

import nlbwiz.check as nlb

ABOUT = nlb.About(
    id="NLB013",
    title="A switch has learned the unicast cluster MAC",
    question="Does any switch hold the cluster's unicast MAC as learned, on a port?",
    severity="critical",
    needs=("cluster", "vlans", "ports", "fdb"),
    also=("state", "adapters", "vnics"),
    sources=(
        "Microsoft KB 4494444: unicast mode floods on purpose, the switch must not learn the cluster MAC",
        "Microsoft KB 193601: MaskSourceMAC, the source MAC with the host priority",
        "Microsoft KB 258609: frames of a capture program below NLB make the switch learn the cluster MAC",
        "Cisco 116150: a Nexus 9000 needs a static entry of the unicast MAC",
    ),
)


WORDS = {"static": "typed in", "self": "as its own", "other": "as of another kind", "learned": "on no port"}
"""Rows that are no fault, by what dot1qTpFdbStatus says; a learned one without a port tells of no place (RFC 4188)."""


def applies(facts: nlb.Facts) -> str | None:
    """Only unicast has a MAC that nobody may learn; as long as a node's mode is not known, it may be unicast."""
    return nlb.no_node_runs(facts, ("unicast",))


def evaluate(facts: nlb.Facts) -> nlb.Iterator[nlb.Said]:
    """The 02-BF MAC of every unicast instance, in the MAC table of every listed switch."""
    yield from nlb.mode_not_told(facts)
    macs = {one.right_mac: one.evidence for one in reversed(facts.instances) if one.mode == "unicast" and one.right_mac}
    for mac, label in macs.items():
        for switch in facts.switches:
            rows = [row for row in facts.fdb if (row.target, row.mac) == (switch, mac)]
            learned = [row for row in rows if row.status == "learned" and row.port]
            seen = (*(row.evidence for row in rows), label)
            if not rows:
                if facts.answered("fdb", switch):
                    yield nlb.gap(
                        switch,
                        f"its MAC table was not asked for {mac}",
                        "ask again, with more time (--deadline)",
                        label,
                    )
            elif learned:
                yield _finding(facts, mac, learned, seen)
            elif left := _left_out(facts, switch, rows):
                yield nlb.gap(
                    switch,
                    f"its MAC table was not asked for {mac} in VLAN {', '.join(map(str, left))}",
                    "list the Hyper-V hosts that the nodes run on, so that their VLAN is known",
                    *seen,
                )
            elif all(row.status == "none" for row in rows):
                yield nlb.clear(switch, f"has not learned {mac}", *seen)
            else:
                told = ", ".join(nlb.once(WORDS[row.status] for row in rows if row.status != "none"))
                yield nlb.clear(switch, f"has {mac}, but {told}: that is no fault", *seen)


def _left_out(facts: nlb.Facts, switch: str, rows: list[nlb.FdbEntry]) -> list[int]:
    """VLANs that a switch was not asked in, where every VLAN has a table of its own: the cluster's, or any if that is not known."""
    asked = {row.vlan for row in rows}
    if None in asked or any(row.status != "none" for row in rows):
        return []
    known = nlb.cluster_vlans(facts) if all(facts.vnic_of(one) for one in facts.instances) else {}
    listed = {one.id for one in facts.vlans if one.target == switch}
    return sorted((listed & known.keys() if known else listed) - asked)


def _finding(facts: nlb.Facts, mac: nlb.Mac, rows: list[nlb.FdbEntry], seen: tuple[str, ...]) -> nlb.Finding:
    switch = rows[0].target
    at = [(row, nlb.port_at(facts, switch, row.port or 0)) for row in rows]
    told = ", ".join(f"{port.name if port else f'bridge port {row.port}'} in VLAN {row.vlan}" for row, port in at)
    bare = [one for one in facts.states if one.masked is False]
    who = f"; {', '.join(one.node for one in bare)} does not mask its source MAC (MaskSourceMAC 0)" if bare else ""
    fix = [nlb.do(f"See what is behind {told}: a node, or a machine that must not have this MAC")]
    undo: list[nlb.Do] = []
    for instance in (one for one in facts.instances if one.node in {state.node for state in bare}):
        where = {"guid": instance.guid.strip("{}") or "GUID OF THE NLB NIC"}
        masked = nlb.do("Mask the source MAC (the default)", "mask source mac", instance.node, **where)
        fix += nlb.steps.reloaded(instance.node, instance.interface, masked)
        back = nlb.do("Set it back to 0", "unmask source mac", instance.node, **where)
        undo += nlb.steps.reloaded(instance.node, instance.interface, back)
    if not bare:
        fix.append(
            nlb.do(
                "Where it is a node: end what captures below NLB, or bind NLB to that NIC again; where it is not: give it a MAC of its own"
            )
        )
    vlan = rows[0].vlan
    fix.append(nlb.do("Then have the switch forget it", "clear mac", switch, mac=mac, vlan=vlan))
    undo.append(
        nlb.do(
            "A forgotten entry needs no way back: it is learned again from whoever sends with it",
            "show mac",
            switch,
            mac=mac,
            vlan=vlan,
        )
    )
    return nlb.Finding(
        where=switch,
        saw=f"it has learned {mac} on {told}: every frame to the cluster goes there and nowhere else{who}",
        expected=f"{mac} learned nowhere: each node sends with its masked MAC, 02-<host priority>-...",
        seen_by=(switch,),
        evidence=nlb.once((*seen, *(one.evidence for one in bare), *(port.evidence for _, port in at if port))),
        fix=tuple(fix),
        verify=(
            nlb.do(f"After some minutes of traffic {mac} is still in no row", "show mac", switch, mac=mac, vlan=vlan),
            *nlb.steps.members(*nlb.once(one.node for one in facts.instances)),
        ),
        undo=tuple(undo),
    )  # fmt: skip


# ---- the truth table: correct it without knowing Python ----

VIP = "10.20.0.50"
Status = Literal["learned", "static", "self"]


def row(
    what: str, modes: str, held: str, want: nlb.Kind, *, masked: str = "yes yes"
) -> tuple[str, nlb.Facts, nlb.Kind]:
    """Nodes nlb1 and nlb2, and sw1's row for 02-BF-0A-14-00-32.

    modes: of each, `unicast`, `multicast` or `-` (not read). held: `learned PORT`, `static PORT`, `self`, `none`, or `silent`
    (sw1 did not answer). masked: MaskSourceMAC of each.
    """
    ex = nlb.example
    silent = ["sw1/fdb"] if held == "silent" else []
    given: list[nlb.Fact] = [
        ex.agent("sw1", "dell-powerconnect", forwarding=False),
        ex.port("sw1", "g1", 1),
        ex.vlan("sw1", 3, "web"),
    ]
    for number, (mode, mask) in enumerate(zip(modes.split(), masked.split(), strict=True), start=1):
        silent += [f"nlb{number}/cluster"] if mode == "-" else []
        node = ex.node(
            f"nlb{number}", "unicast" if mode == "-" else mode, VIP, f"00-15-5D-14-01-0{number}", f"10.20.0.1{number}"
        )
        given += [replace(one, masked=mask == "yes") if isinstance(one, nlb.NodeState) else one for one in node]
    status, _, port = held.partition(" ")
    right = nlb.cluster_mac("unicast", nlb.IPv4Address(VIP))
    if held != "silent":
        entry = ex.fdb("sw1", right, port=None if status == "none" else 1 if port else 0)
        kinds: dict[str, Status] = {"static": "static", "self": "self", "learned": "learned"}
        given.append(entry if status == "none" else replace(entry, status=kinds[status]))
    return what, ex.facts("nlb1 nlb2 hv1 sw1", (*ABOUT.needs, *ABOUT.also), given, silent=" ".join(silent)), want


# fmt: off
EXAMPLES = (
    #   what it shows                              modes                  sw1 holds     outcome
    row("nobody has learned it",                   "unicast unicast",     "none",       "ruled_out"),
    row("learned on a port",                       "unicast unicast",     "learned g1", "confirmed"),
    row("and the node that does not mask is told", "unicast unicast",     "learned g1", "confirmed", masked="yes no"),
    row("unmasked and not heard yet",              "unicast unicast",     "none",       "ruled_out", masked="yes no"),
    row("typed in, as a Nexus needs it: a trap",   "unicast unicast",     "static g1",  "ruled_out"),
    row("learned without a port: a trap",          "unicast unicast",     "learned",    "ruled_out"),
    row("the switch's own: a trap",                "unicast unicast",     "self",       "ruled_out"),
    row("mixed modes: one unicast node is enough", "multicast unicast",   "learned g1", "confirmed"),
    row("multicast has another MAC",               "multicast multicast", "none",       "not_applicable"),
    row("a node that was not read may be unicast", "multicast -",         "none",       "unknown"),
    row("the switch did not answer",               "unicast unicast",     "silent",     "unknown"),
)
# fmt: on
