"""The nodes run different modes, or the network still holds the MAC of the mode before.

The mode is part of the cluster MAC: 02-BF-… in unicast, 03-BF-… in multicast, 01-00-5E-7F-… in IGMP multicast.  Nodes
in different modes answer for one VIP with two MACs: Windows reports a duplicate address.  Their heartbeats go to
different MACs and do not meet, so the cluster falls apart (our inference, no source says it).

After all nodes were switched, caches keep the former mode's MAC.  Windows and Linux neighbour caches renew an entry
within a minute of use, so one there is only noted; a router keeps it for hours (4 h by default on Cisco IOS, UNCONFIRMED),
and in the multicast modes many routers do not learn the new MAC at all (NLB023).  KB 264645 calls the duplicate-address
warning right after a switch expected.

The NLB driver's events 36 (parameters reloaded) and 28/29 (converged) come at every change, so a recent one is only
noted.  A Windows conflict event that names the other mode's MAC in the last 24 hours makes it possible that a node which
is not listed still runs that mode; an older one, or one from before the node's last start, does not.

As long as one node could not be read, no MAC is called the other mode's: it may be that node's.  A typed-in entry with
the other mode's MAC is another cause (NLB003).
"""

import nlbwiz.check as nlb

ABOUT = nlb.About(
    id="NLB002",
    title="Nodes in different modes, or a mode switch that caches have not followed",
    question="Do all nodes run one mode, and has the network forgotten the MAC of the other ones?",
    severity="critical",
    needs=("cluster", "vips", "agent", "own-addresses", "arp"),
    also=(
        "adapters", "addresses", "dad", "arp-retry-count", "os", "events",
        "jump-neighbors", "host-neighbors", "neighbors",
    ),
    sources=(
        "Microsoft KB 264645: duplicate address warning when the mode is switched",
        "TechNet cc781160, NLB troubleshooting: hosts in unicast and multicast mode in one cluster",
        "Microsoft KB 4494444: all nodes share one mode; the MACs of the three modes",
        "Microsoft KB 949589: a neighbour entry is reachable for 15 to 45 s, then looked up again",
        "TechNet \"Event ID N - NLB\": 36 parameters reloaded, 28 and 29 converged",
    ),
)  # fmt: skip

BEST: tuple[nlb.Mode, ...] = ("igmp", "multicast", "unicast")
"""Where as many nodes run each mode: the order in which one is proposed (workinghardinit.work, 2014-03-28)."""
RELOADED = 36


def evaluate(facts: nlb.Facts) -> nlb.Iterator[nlb.Said]:
    """One mode on all nodes; no router with a learned MAC of another one."""
    yield from nlb.not_looked_at(facts)
    yield from _nodes(facts)
    for seen in nlb.sightings(facts):
        if seen.owner == "NLB002":
            yield from _second_mac(facts, seen)
        elif seen.via == "router" and not seen.node:
            learned = f"the learned MAC for {seen.what} is {seen.mac}, not another mode's"
            saw = f"the entry for {seen.what} is typed in, not learned" if seen.typed else learned
            yield nlb.clear(seen.by, saw, seen.evidence)
    for ip in facts.vip_addresses():
        for view in nlb.looked_up(facts, ip):
            if view.kind == "none":
                yield nlb.clear(view.device, f"no entry for VIP {ip}", view.evidence)
    yield from _reloaded(facts)


# ---- the nodes ----


def _nodes(facts: nlb.Facts) -> nlb.Iterator[nlb.Said]:
    modes = facts.modes()
    told = "; ".join(f"{', '.join(nodes)}: {nlb.MODE_WORDS[mode]}" for mode, nodes in sorted(modes.items()))
    seen = [one.evidence for one in facts.instances if one.mode]
    if len(modes) > 1:
        yield _mixed(facts, told, seen)
    elif modes:
        yield nlb.clear(", ".join(next(iter(modes.values()))), f"one mode ({told})", *seen)
    for one in (one for one in facts.instances if not one.mode):
        why = f"its mode in the cluster {one.primary} was not told (source: {one.source})"
        resolve = f"look at the cluster's properties in NLB Manager on {one.node}, or install RSAT-NLB there"
        yield nlb.gap(one.node, why, resolve, one.evidence)


def _mixed(facts: nlb.Facts, told: str, seen: list[str]) -> nlb.Finding:
    """The steps stand in the order of KB 264645: the nodes, then the switches' static entries, then the ARP caches."""
    keep, because = _keep(facts)
    odd = [one for one in facts.instances if one.mode and one.mode != keep]
    macs = nlb.once(nlb.cluster_mac(keep, primary) for primary in facts.primaries())
    routers = nlb.steps.routers_told(facts, macs)
    back = [step for one in odd if one.mode for step in _switched(one, one.mode, "its former mode back")]
    return nlb.Finding(
        where=", ".join(nlb.once(one.node for one in facts.instances)),
        saw=f"the nodes of one cluster run different modes ({told})",
        expected="one mode on all nodes",
        seen_by=nlb.once(one.node for one in facts.instances),
        evidence=nlb.once(seen),
        fix=(
            *(step for one in odd for step in _switched(one, keep, f"the mode {nlb.MODE_WORDS[keep]} ({because})")),
            *nlb.steps.members(odd[0].node),
            nlb.do(
                f"On every switch: static entries for {' or '.join(macs)} only, on every uplink of every Hyper-V host"
                if keep != "unicast"
                else "On every switch: no entry of the other mode's MAC any more; unicast needs none (but on a Nexus 9000, Cisco 118951)"
            ),
            *routers.fix,
            nlb.steps.renewed(facts),
        ),
        verify=(
            *(nlb.do(f"OperationMode is {nlb.steps.OPERATION_MODE[keep]}", "show cluster mode", node) for node in facts.nodes),
            *nlb.steps.members(*facts.nodes),
            *nlb.steps.seen_after(facts, " or ".join(macs)),
        ),
        undo=(*back, *routers.undo, nlb.do("Put the switches' static entries back: note them before you change them")),
    )  # fmt: skip


def _keep(facts: nlb.Facts) -> tuple[nlb.Mode, str]:
    """The mode to bring all nodes to, and why: what most nodes run, else what a router's typed entry is made for."""
    modes = facts.modes()
    most = max(len(nodes) for nodes in modes.values())
    first = [mode for mode in BEST if len(modes.get(mode, ())) == most]
    if len(first) == 1:
        return first[0], "most nodes run it"
    typed = {view.mac for view in facts.arp if view.kind == "static" and view.ip in facts.vip_addresses()}
    for mode in first:
        if any(nlb.cluster_mac(mode, primary) in typed for primary in facts.primaries()):
            return mode, "the typed-in ARP entry is made for it"
    return first[0], "an example: take the one that the switches are set up for"


def _switched(one: nlb.Instance, mode: nlb.Mode, words: str) -> tuple[nlb.Do, ...]:
    """One node brought to a mode. Set-NlbCluster changes every node that it reaches (windows-powershell-docs)."""
    spoofing = "; it needs MAC address spoofing on the vNIC, see NLB007" if mode == "unicast" else ""
    text = (
        f"Give {one.node} {words}{spoofing}. This changes every node that it reaches: do nothing else until all have "
        "converged. Should an address conflict stop it, take the VIP out of TCP/IP here, change the mode, put it back (KB 264645)"
    )
    at = one.interface or nlb.steps.ANY_NIC
    change = nlb.do(text, "set mode", one.node, interface=at, mode=nlb.steps.OPERATION_MODE[mode])
    return nlb.steps.drained(one.node, one.interface, change)


# ---- the network ----


def _second_mac(facts: nlb.Facts, seen: nlb.Sighting) -> nlb.Iterator[nlb.Said]:
    """What is to be said of a learned MAC of another mode of the same primary address."""
    saw = f"{seen.what} is at {seen.mac}, {seen.why}"
    if seen.undecided and seen.via == "router":
        resolve = "read what is missing: that node may run this mode"
        yield nlb.gap(seen.by, f"{saw}, but {seen.undecided}", resolve, seen.evidence)
    elif seen.undecided:
        return  # a cache that heals, or a log: it decides nothing
    elif seen.via == "router":
        yield _router(facts, seen, saw)
    elif seen.via == "event" and not seen.old:
        yield _logged(facts, seen, saw)
    else:
        told = "an old log entry" if seen.via == "event" else "a neighbour cache, renewed within a minute of use"
        yield nlb.note(seen.by, f"{saw} ({seen.told}; {told})", seen.evidence)


def _router(facts: nlb.Facts, seen: nlb.Sighting, saw: str) -> nlb.Finding:
    right = nlb.own_macs(facts)
    repair = nlb.steps.router_entry(seen.by, seen.ip, () if seen.node else right)
    return nlb.Finding(
        where=seen.by,
        saw=f"{saw}: learned before the mode was switched, or from a node that is not listed",
        expected="the MAC of the NIC that has the address" if seen.node else " or ".join(right),
        severity="warning" if seen.node else None,
        seen_by=(seen.by,),
        evidence=nlb.once((seen.evidence, *right.values())),
        fix=repair.fix,
        verify=nlb.steps.looked_at(seen.by, seen.ip, () if seen.node else right, node=seen.node),
        undo=repair.undo,
    )


def _logged(facts: nlb.Facts, seen: nlb.Sighting, saw: str) -> nlb.Finding:
    look = f"Look for a machine that was once a node of this cluster and still has {seen.ip}; take the VIP off it"
    return nlb.Finding(
        where=seen.by,
        saw=f"{saw} ({seen.told})",
        expected=" or ".join(nlb.own_macs(facts)),
        possible="only a log tells: a node that is not listed may still run that mode, or this was the switch itself",
        seen_by=(seen.by,),
        evidence=(seen.evidence,),
        fix=(nlb.do(look), nlb.do("The members that this node knows", "show cluster members", seen.by)),
        verify=(nlb.do("No new event 4198 or 4199 comes", "show conflict events", seen.by),),
        undo=(nlb.do("Give the VIP back to that machine"),),
    )


def _reloaded(facts: nlb.Facts) -> nlb.Iterator[nlb.Note]:
    """Of each node the last reload of its parameters, if it was in the last 24 hours."""
    clocks = {one.target: one.clock for one in facts.machines}
    last: dict[str, nlb.Event] = {}
    for event in sorted(facts.events, key=lambda one: one.at):
        if event.provider == "Microsoft-Windows-NLB" and event.id == RELOADED and event.target in facts.nodes:
            last[event.target] = event
    for node, event in last.items():
        clock = clocks.get(node, facts.now)
        if clock and clock - event.at <= nlb.RECENT:
            saw = f"the NLB driver reloaded its parameters {nlb.ago(clock - event.at)} (event 36, which comes at every change)"
            yield nlb.note(node, saw, event.evidence)


# ---- the truth table: correct it without knowing Python ----


def row(what: str, modes: str, entry: str, besides: str, want: nlb.Kind) -> tuple[str, nlb.Facts, nlb.Kind]:
    """Nodes with the VIP 172.31.3.232: nlb1 (172.31.3.11, NIC 00-15-5D-1F-03-01), nlb2 (.12, ...-02) and so on.

    modes: of nlb1, nlb2 and so on (`-`: could not be read, `?`: read, but not told). entry: what gw1 holds for the VIP:
    `static MAC`, `learned MAC`, `none`, or `silent`. besides: `jump learned MAC` for the VIP, `node learned MAC` for
    nlb1's address at gw1, `event MAC, N hours` for a 4199 on nlb1 (which was started 10 days ago), `reload`, or `-`.
    """
    ex = nlb.example
    silent = ["gw1/arp"] if entry == "silent" else []
    given: list[nlb.Fact] = [ex.agent("gw1", "cisco-ios"), ex.own_address("gw1", "172.31.3.1/24")]
    given += [] if entry == "silent" else [ex.view("gw1", VIP, entry)]
    for number, mode in enumerate(modes.split(), start=1):
        silent += [f"nlb{number}/cluster"] if mode == "-" else []
        given += ex.node(f"nlb{number}", mode, VIP, f"00-15-5D-1F-03-0{number}", f"172.31.3.1{number}")
    who, _, rest = besides.partition(" ")
    if who in ("jump", "node"):
        given.append(ex.view("jump", VIP, rest) if who == "jump" else ex.view("gw1", "172.31.3.11", rest))
    elif who == "event":
        mac, _, hours = rest.removesuffix(" hours").partition(", ")
        given.append(ex.event("nlb1", nlb.timedelta(hours=int(hours)), ip=VIP, at=mac))
    elif who == "reload":
        log = "Microsoft-Windows-NLB"
        given.append(ex.event("nlb1", nlb.timedelta(minutes=20), ip=VIP, number=RELOADED, provider=log))
    needs, dips = (*ABOUT.needs, *ABOUT.also), "172.31.3.11 172.31.3.12 172.31.3.13"
    nodes = " ".join(f"nlb{number}" for number in range(1, len(modes.split()) + 1))
    return what, ex.facts(f"{nodes} hv1 gw1 jump", needs, given, silent=" ".join(silent), dips=dips), want


VIP = "172.31.3.232"

# fmt: off
EXAMPLES = (
    #   what it shows                               modes of nlb1, nlb2    gw1 holds for the VIP    besides                              outcome
    row("one mode, its MAC typed in",               "igmp igmp",           "static 0100.5e7f.03e8", "-",                                 "ruled_out"),
    row("one mode, its MAC learned",                "unicast unicast",     "learned 02bf.ac1f.03e8", "-",                                "ruled_out"),
    row("no entry at all",                          "igmp igmp",           "none",                  "-",                                 "ruled_out"),
    row("nodes in different modes",                 "multicast unicast",   "static 03bf.ac1f.03e8", "-",                                 "confirmed"),
    row("the same, and the typed entry fits neither", "multicast unicast", "static 0100.5e7f.03e8", "-",                                 "confirmed"),
    row("multicast and IGMP differ as well",        "multicast igmp",      "none",                  "-",                                 "confirmed"),
    row("two of three run unicast, gw1 holds the third's", "unicast unicast multicast", "static 03bf.ac1f.03e8", "-",                       "confirmed"),
    row("just switched: the old MAC is learned",    "igmp igmp",           "learned 02bf.ac1f.03e8", "-",                                "confirmed"),
    row("switched back to unicast",                 "unicast unicast",     "learned 0100.5e7f.03e8", "-",                                "confirmed"),
    row("typed in, not learned: another check",     "igmp igmp",           "static 02bf.ac1f.03e8", "-",                                 "ruled_out"),
    row("another primary's MAC: another check",     "unicast unicast",     "learned 02bf.ac1f.03e7", "-",                                "ruled_out"),
    row("a neighbour cache heals: a trap",          "igmp igmp",           "static 0100.5e7f.03e8", "jump learned 02-BF-AC-1F-03-E8",    "ruled_out"),
    row("a node's address at the unicast MAC",      "igmp igmp",           "static 0100.5e7f.03e8", "node learned 02bf.ac1f.03e8",       "confirmed"),
    row("in unicast that is the node's own MAC",    "unicast unicast",     "learned 02bf.ac1f.03e8", "node learned 02bf.ac1f.03e8",      "ruled_out"),
    row("a log names the other mode's MAC",         "igmp igmp",           "static 0100.5e7f.03e8", "event 02-BF-AC-1F-03-E8, 3 hours",  "possible"),
    row("the same, days ago",                       "igmp igmp",           "static 0100.5e7f.03e8", "event 02-BF-AC-1F-03-E8, 80 hours", "ruled_out"),
    row("the same, from before the last start",     "igmp igmp",           "static 0100.5e7f.03e8", "event 02-BF-AC-1F-03-E8, 480 hours", "ruled_out"),
    row("a reload alone proves no switch: a trap",  "igmp igmp",           "static 0100.5e7f.03e8", "reload",                            "ruled_out"),
    row("a node not read may run that mode: a trap", "igmp -",             "learned 02bf.ac1f.03e8", "-",                                "unknown"),
    row("a mode that nobody could tell",            "igmp ?",              "static 0100.5e7f.03e8", "-",                                 "unknown"),
    row("the gateway did not answer",               "igmp igmp",           "silent",                "-",                                 "unknown"),
)
# fmt: on
