"""The nodes run different modes, or the network still holds the MAC of the mode before.

The mode is part of the cluster MAC: 02-BF-… in unicast, 03-BF-… in multicast, 01-00-5E-7F-… in IGMP multicast.  Nodes
in different modes answer for one VIP with two MACs, and their heartbeats do not meet (inference, no source): Windows
reports a duplicate address, and the cluster falls apart.

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

OPERATION_MODE: dict[nlb.Mode, str] = {"unicast": "Unicast", "multicast": "Multicast", "igmp": "IgmpMulticast"}
"""The values of Set-NlbCluster -OperationMode (windows-powershell-docs)."""
SPOKEN: dict[nlb.Mode, str] = {"igmp": "IGMP multicast", "multicast": "multicast", "unicast": "unicast"}
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
            yield nlb.Clear(where=seen.by, saw=saw, evidence=(seen.evidence,))
    for ip in facts.vip_addresses():
        for view in facts.arp_views(ip, "router"):
            if view.kind == "none":
                yield nlb.Clear(where=view.device, saw=f"no entry for VIP {ip}", evidence=(view.evidence,))
    yield from _reloaded(facts)


def _nodes(facts: nlb.Facts) -> nlb.Iterator[nlb.Said]:
    modes = facts.modes()
    seen = tuple(one.evidence for one in facts.instances if one.mode)
    told = "; ".join(f"{', '.join(nodes)}: {SPOKEN[mode]}" for mode, nodes in sorted(modes.items()))
    if len(modes) > 1:
        keep, because = _keep(facts)
        odd = tuple(node for mode, nodes in modes.items() if mode != keep for node in nodes)
        yield nlb.Finding(
            where=", ".join(dict.fromkeys(one.node for one in facts.instances)),
            saw=f"the nodes of one cluster run different modes ({told})",
            expected="one mode on all nodes",
            seen_by=tuple(dict.fromkeys(one.node for one in facts.instances)),
            evidence=seen,
            fix=_one_mode(facts, keep, because, odd),
            verify=(
                *(nlb.do("The mode of this node", "show cluster mode", node) for node in facts.nodes),
                *(
                    nlb.do("The VIP's entry", "show arp", router, ip=facts.vip_addresses()[0])
                    for router in facts.routers
                ),
            ),
            undo=_former_modes(facts, keep, odd),
        )
    elif modes:
        yield nlb.Clear(where=", ".join(next(iter(modes.values()))), saw=f"one mode ({told})", evidence=seen)
    for one in facts.instances:
        if not one.mode:
            yield nlb.Gap(
                where=one.node,
                why=f"its mode in the cluster {one.primary} was not told (source: {one.source})",
                resolve=f"look at the cluster's properties in NLB Manager on {one.node}, or install RSAT-NLB there",
                evidence=(one.evidence,),
            )


def _keep(facts: nlb.Facts) -> tuple[nlb.Mode, str]:
    """The mode to bring all nodes to, and why: what most nodes run, else what a router's typed entry is made for."""
    modes = facts.modes()
    most = max(len(nodes) for nodes in modes.values())
    first = [mode for mode in SPOKEN if len(modes.get(mode, ())) == most]
    if len(first) == 1:
        return first[0], "most nodes run it"
    typed = {view.mac for view in facts.arp if view.kind == "static" and view.ip in facts.vip_addresses()}
    for mode in first:
        if any(nlb.cluster_mac(mode, primary) in typed for primary in facts.primaries()):
            return mode, "the typed-in ARP entry is made for it"
    return first[0], "an example: take the one that the switches are set up for"


def _one_mode(facts: nlb.Facts, keep: nlb.Mode, because: str, odd: tuple[str, ...]) -> tuple[nlb.Do, ...]:
    """In the order of KB 264645: drain, change, converge, then the switches' static entries, then the ARP caches."""
    macs = tuple(dict.fromkeys(nlb.cluster_mac(keep, primary) for primary in facts.primaries()))
    spoofing = "; unicast needs MAC address spoofing on the vNIC, see NLB007" if keep == "unicast" else ""
    steps = []
    for node in odd:
        steps += [
            nlb.do(f"Drain {node}", "drain node", node, interface=_interface(facts, node)),
            nlb.do(
                f"Give it the mode {SPOKEN[keep]} ({because}{spoofing}). The cluster converges anew; should an address "
                "conflict stop it, take the VIP out of TCP/IP on this node, change the mode, put it back (KB 264645)",
                "set mode", node, interface=_interface(facts, node), mode=OPERATION_MODE[keep],
            ),
            nlb.do("Start it again", "start node", node, interface=_interface(facts, node)),
        ]  # fmt: skip
    steps += [
        nlb.do("Wait until every node has converged with all the others", "show cluster members", odd[0]),
        nlb.do(f"On every switch: static entries for {' or '.join(macs)} only, on every uplink of every Hyper-V host"),
        *(step for router in facts.routers for step in _forget(facts, router, macs)),
    ]
    return tuple(steps)


def _former_modes(facts: nlb.Facts, keep: nlb.Mode, odd: tuple[str, ...]) -> tuple[nlb.Do, ...]:
    """Each node's former mode, then the routers' entries as they were, with their exact text."""
    macs = tuple(dict.fromkeys(nlb.cluster_mac(keep, primary) for primary in facts.primaries()))
    back = []
    for mode, nodes in facts.modes().items():
        for node in (node for node in nodes if node in odd):
            at, to = _interface(facts, node), OPERATION_MODE[mode]
            back.append(nlb.do(f"Give {node} its former mode back", "set mode", node, interface=at, mode=to))
    for step in (step for router in facts.routers for step in _forget(facts, router, macs)):
        if step.phrase == "add static arp":
            ip, mac = dict(step.values)["ip"], dict(step.values)["mac"]
            back.append(nlb.do("Take the new entry out", "remove static arp", step.on, ip=ip, mac=mac))
            back += [
                nlb.do("Put the old entry back", "add static arp", step.on, ip=ip, mac=view.mac)
                for view in facts.arp_views(nlb.IPv4Address(ip), "router")
                if (view.device, view.kind) == (step.on, "static")
            ]
    return tuple(back)


def _interface(facts: nlb.Facts, node: str) -> str:
    """The alias of the NIC that the node's instance is bound to: a node may be a member of several clusters."""
    return next((one.interface for one in facts.instances if one.node == node and one.interface), "NAME OF THE NLB NIC")


def _forget(facts: nlb.Facts, router: str, macs: tuple[nlb.Mac, ...]) -> nlb.Iterator[nlb.Do]:
    """On a router, for every VIP that has no right entry typed in: a fresh start, and the entry that the mode wants."""
    for ip in facts.vip_addresses():
        mine = [view for view in facts.arp_views(ip, "router") if view.device == router]
        if not any(view.kind == "static" and view.mac in macs for view in mine):
            yield nlb.do("Forget what was learned for the VIP", "clear arp", router, ip=ip)
            for mac in macs:
                if nlb.addr.is_group_mac(mac):
                    yield nlb.do("Type the new MAC: it is not learned", "add static arp", router, ip=ip, mac=mac)


def _second_mac(facts: nlb.Facts, seen: nlb.Sighting) -> nlb.Iterator[nlb.Said]:
    """What is to be said of a learned MAC of another mode of the same primary address."""
    saw = f"{seen.what} is at {seen.mac}, {seen.why}"
    if seen.undecided:
        if seen.via == "router":
            resolve = "read what is missing: that node may run this mode"
            yield nlb.Gap(where=seen.by, why=f"{saw}, but {seen.undecided}", resolve=resolve, evidence=(seen.evidence,))
    elif seen.via == "router":
        yield _router(facts, seen, saw)
    elif seen.via == "event" and not seen.old:
        yield _logged(facts, seen, saw)
    else:
        told = "an old log entry" if seen.via == "event" else "a neighbour cache, renewed within a minute of use"
        yield nlb.Note(where=seen.by, saw=f"{saw} ({seen.told}; {told})", evidence=(seen.evidence,))


def _router(facts: nlb.Facts, seen: nlb.Sighting, saw: str) -> nlb.Finding:
    right = nlb.own_macs(facts)
    new = () if seen.node else tuple(mac for mac in right if nlb.addr.is_group_mac(mac))
    return nlb.Finding(
        where=seen.by,
        saw=f"{saw}: learned before the mode was switched",
        expected="the MAC of the NIC that has the address" if seen.node else " or ".join(right),
        severity="warning" if seen.node else None,
        seen_by=(seen.by,),
        evidence=(seen.evidence, *right.values()),
        fix=(
            nlb.do("Forget the old entry", "clear arp", seen.by, ip=seen.ip),
            *(
                nlb.do("Type the new MAC: it is not learned", "add static arp", seen.by, ip=seen.ip, mac=mac)
                for mac in new
            ),
        ),
        verify=(
            nlb.do("Look again", "show arp", seen.by, ip=seen.ip),
            nlb.do(f"From a client in another subnet, open the service on {seen.ip}"),
        ),
        undo=(
            *(nlb.do("Take the new entry out", "remove static arp", seen.by, ip=seen.ip, mac=mac) for mac in new),
            nlb.do("There is nothing to put back: a forgotten entry is learned again from whoever answers"),
        ),
    )


def _logged(facts: nlb.Facts, seen: nlb.Sighting, saw: str) -> nlb.Finding:
    return nlb.Finding(
        where=seen.by,
        saw=f"{saw} ({seen.told})",
        expected=" or ".join(nlb.own_macs(facts)),
        possible="only a log tells: a node that is not listed may still run that mode, or this was the switch itself",
        seen_by=(seen.by,),
        evidence=(seen.evidence,),
        fix=(
            nlb.do(
                f"Look for a machine that was once a node of this cluster and still has {seen.ip}; take the VIP off it"
            ),
            nlb.do("The members that this node knows", "show cluster members", seen.by),
        ),
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
            yield nlb.Note(where=node, saw=saw, evidence=(event.evidence,))


# ---- the truth table: correct it without knowing Python ----


def row(what: str, modes: str, entry: str, besides: str, want: nlb.Kind) -> tuple[str, nlb.Facts, nlb.Kind]:
    """Two nodes with the VIP 172.31.3.232, nlb1 (172.31.3.11, NIC 00-15-5D-1F-03-01) and nlb2 (.12, ...-02).

    modes: of nlb1 and nlb2 (`-`: could not be read, `?`: read, but not told). entry: what gw1 holds for the VIP:
    `static MAC`, `learned MAC`, `none`, or `silent`. besides: `jump learned MAC` for the VIP, `node learned MAC` for
    nlb1's address at gw1, `event MAC, N hours` for a 4199 on nlb1 (which was started 10 days ago), `reload`, or `-`.
    """
    ex = nlb.example
    silent = ["gw1/arp"] if entry == "silent" else []
    given: list[nlb.Fact] = [ex.agent("gw1", "cisco-ios"), ex.own_address("gw1", "172.31.3.1/24")]
    for number, mode in enumerate(modes.split(), start=1):
        node = f"nlb{number}"
        silent += [f"{node}/cluster"] if mode == "-" else []
        given += [
            ex.instance(node, VIP, mode),
            ex.vip(node, VIP, VIP),
            ex.nic(node, f"00-15-5D-1F-03-0{number}", now="02-BF-AC-1F-03-E8" if mode == "unicast" else ""),
            ex.address(node, f"172.31.3.1{number}"),
            ex.address(node, VIP),
            ex.dad(node),
            ex.retry(node),
            ex.started(node, nlb.timedelta(days=10)),
        ]
    if entry != "silent":
        given.append(ex.view("gw1", VIP, entry))
    who, _, rest = besides.partition(" ")
    if who == "jump":
        given.append(ex.view("jump", VIP, rest))
    elif who == "node":
        given.append(ex.view("gw1", "172.31.3.11", rest))
    elif who == "event":
        mac, _, hours = rest.removesuffix(" hours").partition(", ")
        given.append(ex.event("nlb1", nlb.timedelta(hours=int(hours)), ip=VIP, at=mac))
    elif who == "reload":
        given.append(
            ex.event("nlb1", nlb.timedelta(minutes=20), ip=VIP, number=RELOADED, provider="Microsoft-Windows-NLB")
        )
    needs = (*ABOUT.needs, *ABOUT.also)
    return (
        what,
        ex.facts("nlb1 nlb2 hv1 gw1 jump", needs, given, silent=" ".join(silent), dips="172.31.3.11 172.31.3.12"),
        want,
    )


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
