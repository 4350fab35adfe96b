"""Another machine has an address of the cluster.

A forgotten appliance, a former node with the VIP still on its NIC, a VM that was copied: whoever resolved its MAC talks
to it instead of to the cluster.  It is confirmed when two observers bind a VIP to a MAC that is not the cluster's, or a
node's own address to one that is not the MAC of the NIC that has it now; with one observer it is only possible.
Observers are the routers' ARP tables, the neighbour caches of the jump host, the Hyper-V hosts and the nodes, the
nodes' logs (Tcpip 4198 and 4199; that current Windows still writes 4198 is UNCONFIRMED), and the addresses that VMs
which are no nodes report to their hosts.  The operator's word never counts as one.

A second MAC may belong to another cause, and is then only noted here: typed in (NLB003), the other mode's (NLB002), a
former one (NLB004), a VIP on a node's own NIC (NLB008).  In unicast the NIC that NLB is bound to has the cluster's MAC,
so a node's own address on it has that MAC too.

Masked MACs.  A unicast node sends with 02-<host priority>-<primary>.  An event that names a listed member's masked MAC
within 60 s after the later of the two members' starts is a false warning: they took each other for a duplicate (our
inference, and our limit).  At any other time, and for a priority that no listed node has, it is possible.  An event for
0.0.0.0 is a switch's device tracking probe (Cisco 116529) and only noted.

The age of an event.  One from before the node's last start is only noted if that start checked the address again and
found nobody: detection is on, and the address is Preferred now.  One of the last 24 hours counts as an observer (our
choice: a day holds one round of everything that is switched on daily).  An older one counts only beside somebody who
sees the same MAC now; alone it is possible, with its age.

Silence proves something only where somebody listened.  It is unknown, not fine, when a node's log reaches back less
than 24 hours (for the same reason), or when its duplicate detection is off (DadTransmits 0 on the NIC, ArpRetryCount 0;
that current Windows still honours the latter is UNCONFIRMED).

What is not seen: a node's own address where the site file gives another one (unknown, not fine); a correct typed-in
entry on the gateway hides a real duplicate from the gateway; an old cluster with the same mode and primary address has
the same MAC; a VM without integration services reports no addresses.
"""

import nlbwiz.check as nlb

ABOUT = nlb.About(
    id="NLB001",
    title="Another machine has an address of the cluster",
    question="Does anybody see an address of the cluster at a MAC that is not the cluster's?",
    severity="critical",
    views=2,
    needs=(
        "cluster", "vips", "state", "adapters", "addresses", "dad", "arp-retry-count", "events", "os",
        "vnics", "agent", "own-addresses", "arp",
    ),
    also=("jump-neighbors", "arp-look", "host-neighbors", "neighbors", "vms", "fdb", "vlans", "ports", "lldp"),
    sources=(
        "TechNet cc781160, NLB troubleshooting: the same address elsewhere on the network",
        "EVENT_TCPIP_ADDRESS_CONFLICT1 and 2 (Tcpip 4198 and 4199); Microsoft KB 282023",
        "RFC 5227: address conflict detection",
        "Microsoft KB 4494444 and the unattend reference's MaskSourceMacEnabled: the host priority in a unicast node's source MAC",
        "Cisco 116529: duplicate address 0.0.0.0 after device tracking probes",
    ),
)  # fmt: skip

ENOUGH_LOG = nlb.timedelta(hours=24)
"""A day holds one round of backups, of leases, and of machines that are switched on in the morning (our inference)."""

NOTED = {
    "start": "members that were started together take each other for a duplicate",
    "past": "it looked again at its last start, and found nobody",
}
"""Why a second MAC is no stranger's; any other belongs to another cause, which is named."""


def evaluate(facts: nlb.Facts) -> nlb.Iterator[nlb.Said]:
    """Every MAC that anybody sees for an address of the cluster, then whether the nodes and hosts would have told."""
    yield from nlb.not_looked_at(facts)
    yield from _wire(facts)
    strangers: dict[tuple[nlb.IPv4Address, nlb.Mac], list[nlb.Sighting]] = {}
    fine: dict[tuple[nlb.IPv4Address, nlb.Mac, str], list[nlb.Sighting]] = {}
    for seen in nlb.sightings(facts):
        if seen.owner == "NLB001" and not seen.undecided:
            strangers.setdefault((seen.ip, seen.mac), []).append(seen)
        elif seen.owner == "own":
            fine.setdefault((seen.ip, seen.mac, seen.why), []).append(seen)
        else:
            yield from _no_stranger(seen)
    for group in strangers.values():
        yield _finding(facts, group)
    for group in fine.values():
        yield from _in_order(group)
    elsewhere = {ip for _, ip, _ in nlb.strayed(facts)}
    addresses = nlb.cluster_addresses(facts).keys() - elsewhere
    for router in facts.routers:
        views = [one for ip in sorted(addresses) for one in nlb.looked_up(facts, ip) if one.device == router]
        if none := [one for one in views if one.kind == "none"]:
            saw = f"no entry for {', '.join(str(one.ip) for one in none)}"
            yield nlb.clear(router, saw, *(one.evidence for one in none))
    for node, ip, held in nlb.strayed(facts):
        has = ", ".join(nlb.once(str(one.ip) for one in held))
        why = f"{node} does not have {ip}, the address that the site file gives it; it has {has}"
        resolve = f"correct `address` of {node} in the site file, then ask again: its own address was not looked for"
        yield nlb.gap(node, why, resolve, *(one.evidence for one in held))
    suspects = {seen.by for group in strangers.values() for seen in group}
    for node in facts.nodes:
        yield from _log(facts, node, suspect=node in suspects)
    for host in facts.hosts:
        yield from _guests(facts, host, suspect=host in suspects)


def _wire(facts: nlb.Facts) -> nlb.Iterator[nlb.Note]:
    """How this machine looked on the wire, or why it did not. Its table and its look are one observer."""
    for one in (one for one in facts.missing("arp-look") if one.target):
        yield nlb.note(one.target, f"who answers on the wire was not looked at: {one.why}")
    if how := nlb.once(view.how for view in facts.arp if view.how):
        labels = (view.evidence for view in facts.arp if view.how)
        yield nlb.note(
            "jump", f"it looked on the wire by {' and '.join(how)}: every owner that answered is told", *labels
        )


def _no_stranger(seen: nlb.Sighting) -> nlb.Iterator[nlb.Said]:
    """A sighting that belongs to another cause, or cannot be judged yet."""
    saw = f"{seen.what} is at {seen.mac}, {seen.why}"
    if seen.owner == "probe":
        what = f"event {seen.event} for 0.0.0.0 from {seen.mac} ({seen.why})"
        yield nlb.note(seen.by, f"{what}: a switch's device tracking probe, no duplicate", seen.evidence)
    elif seen.undecided:
        why = f"{saw} ({seen.told}), but {seen.undecided}"
        yield nlb.gap(seen.by, why, "read what is missing, then ask again", seen.evidence)
    else:
        yield nlb.note(seen.by, f"{saw} ({seen.told}): {NOTED.get(seen.owner, 'see ' + seen.owner)}", seen.evidence)


def _in_order(group: list[nlb.Sighting]) -> nlb.Iterator[nlb.Clear]:
    """One address at its right MAC, with everybody who sees it there."""
    if told := [seen for seen in group if seen.via not in ("event", "vnic")]:
        typed = nlb.once(seen.by for seen in told if seen.typed and seen.via == "router")
        hides = f" (typed in on {', '.join(typed)}, which hides a duplicate from it)" if typed else ""
        saw = f"{told[0].what} is at {told[0].mac}, {told[0].why}{hides}"
        yield nlb.clear(", ".join(nlb.once(seen.by for seen in told)), saw, *(seen.evidence for seen in told))


# ---- a stranger ----


def _finding(facts: nlb.Facts, group: list[nlb.Sighting]) -> nlb.Finding:
    """One address at one stranger's MAC, with everybody who saw it, and the place of that MAC."""
    first = group[0]
    sure = any(not seen.possible for seen in group)
    possible = "" if sure else first.possible
    if all(seen.old for seen in group):
        age = min(seen.age for seen in group if seen.age is not None)
        possible = f"last logged {nlb.ago(age)}, and nobody sees it now"
    right, spots = nlb.right_macs(facts, first), nlb.whereabouts(facts, first.mac)
    places = " and ".join(spot.words for spot in spots)
    located = f"; it is at {places}" if spots else "; where it is, nobody listed knows"
    told = "; ".join(nlb.once(seen.told for seen in group))
    rows = (row.evidence for row in facts.fdb if row.mac == first.mac)
    repair = _stranger(facts, group, spots) if sure else _member(first)
    observers = nlb.once(seen.by for seen in group)
    doubtful = bool(possible) or len(observers) < ABOUT.views
    look = f"Only {', '.join(observers)} says so: before anything is cut off, look from another machine of the VIP's network"
    return nlb.Finding(
        where=spots[0].words if spots else ", ".join(observers),
        saw=f"{first.what} is at {first.mac}, {first.why} ({told}){located if sure else ''}",
        expected=f"{' or '.join(right)} and nothing else for {first.ip}",
        possible=possible,
        seen_by=observers,
        evidence=nlb.once((*(seen.evidence for seen in group), *rows, *right.values())),
        fix=(nlb.do(look), *repair.fix) if doubtful else repair.fix,
        verify=_verify(facts, group, spots),
        undo=repair.undo,
    )


def _stranger(facts: nlb.Facts, group: list[nlb.Sighting], spots: tuple[nlb.Spot, ...]) -> nlb.Repair:
    """Cut it off, give it another address, connect it again, let the routers forget it; and back."""
    ip, mac = group[0].ip, group[0].mac
    if any(seen.itself for seen in group):
        text = f"Give the router another address than {ip}, or the cluster: first find out whose it is meant to be"
        return nlb.Repair(fix=(nlb.do(text),), undo=(nlb.do("Give the address back to the one that had it"),))
    off, on = _off_the_node(facts, ip, mac)
    again: list[nlb.Do] = []
    if not off:
        for spot in spots:
            cut, connected = _cut_off(spot, spots, ip, mac)
            off, again = [*off, *cut], [*again, *connected]
        off = off or [nlb.do(f"Look for {mac} in the MAC tables of the VLAN's other switches")]
        off.append(nlb.do(f"Give that machine another address than {ip}, or switch it off"))
        on = [*again, nlb.do("Give the machine its former address back")]
    routers = nlb.once(seen.by for seen in group if seen.via == "router")
    forget = (nlb.do("Let the router forget it", "clear arp", router, ip=ip) for router in routers)
    return nlb.Repair(fix=(*off, *again, *forget), undo=tuple(on))


def _off_the_node(facts: nlb.Facts, ip: nlb.IPv4Address, mac: nlb.Mac) -> tuple[list[nlb.Do], list[nlb.Do]]:
    """A node has the other node's address: that one is taken off it, and the node stays connected."""
    nic = next((one for one in facts.nics if one.target in facts.nodes and mac in (one.permanent, one.mac)), None)
    if nic is None:
        return [], []
    held = next((a for a in facts.addresses if (a.node, a.ip, a.index) == (nic.target, ip, nic.index)), None)
    if held:
        return [nlb.steps.take_off(held)], [nlb.steps.put_back(held)]
    text = f"Look which NIC of {nic.target} has {ip}, and take it off there"
    return [nlb.do(text, "show address", nic.target, ip=ip)], [nlb.do(f"Give {ip} back to {nic.target}")]


def _cut_off(
    spot: nlb.Spot, spots: tuple[nlb.Spot, ...], ip: nlb.IPv4Address, mac: nlb.Mac
) -> tuple[list[nlb.Do], list[nlb.Do]]:
    """A VM by its virtual NIC; else a machine by its port, where that is the only one and nothing else is behind it."""
    if (vnic := spot.vnic) and vnic.vm:
        at = {"vm": vnic.vm, "vnic": vnic.name}
        cut = nlb.do(f"Cut VM {vnic.vm} off while it has {ip}", "disconnect vnic", vnic.host, **at)
        return [cut], [nlb.do("Connect it again", "connect vnic", vnic.host, **at, vswitch=vnic.switch)]
    if vnic:
        return [nlb.do(f"Take {ip} off {vnic.host}'s own vNIC {vnic.name}")], []
    if spot.alone and len(spots) == 1:
        look = nlb.do(
            f"Look that nothing else hangs on port {spot.port}", "show mac", spot.target, mac=mac, vlan=spot.vlan
        )
        cut = nlb.do(f"Cut it off: shut port {spot.port}", "shut port", spot.target, port=spot.port)
        return [look, cut], [nlb.do("Open the port again", "open port", spot.target, port=spot.port)]
    if any(other.vnic for other in spots):
        return [], []
    text = f"Follow it from {spot.words}, behind which there are others too"
    return [nlb.do(text, "show mac", spot.target, mac=mac, vlan=spot.vlan)], []


def _member(seen: nlb.Sighting) -> nlb.Repair:
    """What to do about a MAC of the cluster's own making: nothing is to be cut off."""
    back = "Look whether frames come back to their sender: the teaming layout (NLB005), bridged or mirrored ports"
    other = f"Look for a former node of this cluster that still has {seen.ip}; take the address off it"
    return nlb.Repair(
        fix=(nlb.do(back), nlb.do(other)), undo=(nlb.do(f"Give {seen.ip} back to the machine that had it"),)
    )


def _verify(facts: nlb.Facts, group: list[nlb.Sighting], spots: tuple[nlb.Spot, ...]) -> tuple[nlb.Do, ...]:
    """Where the stranger was seen it must be gone: a router whose right entry was typed in shows nothing of it."""
    first = group[0]
    ip, owners, good = (
        first.ip,
        (first.node,) if first.node else facts.nodes,
        " or ".join(nlb.right_macs(facts, first)) or "the right MAC",
    )
    ports = (one for one in spots if one.vnic is None)
    return (
        *dict.fromkeys(one for seen in group for one in nlb.steps.right_at(seen.by, seen.via, ip, good, vm=seen.vnic.vm if seen.vnic else "")),
        *(
            nlb.do(f"{first.mac} has gone from {at.words}, or has another address now", "show mac", at.target, mac=first.mac, vlan=at.vlan)
            for at in ports
        ),
        *(nlb.do(f"{ip} is Preferred", "show address", node, ip=ip) for node in owners),
        *(nlb.do("No new event 4198 or 4199 comes", "show conflict events", node) for node in owners),
    )  # fmt: skip


# ---- would anybody have told? ----


def _log(facts: nlb.Facts, node: str, *, suspect: bool) -> nlb.Iterator[nlb.Said]:
    """A node's silence counts when its log reaches back far enough and its duplicate detection is on."""
    if not facts.answered("events", node):
        return
    found = [one for one in facts.events if (one.target, one.provider) == (node, "Tcpip") and one.id in nlb.CONFLICTS]
    window = next((one for one in facts.logs if (one.target, one.provider) == (node, "Tcpip")), None)
    clock = next((one.clock for one in facts.machines if one.target == node), facts.now)
    seen = window.evidence if window else f"{node}/events"
    for event in found:
        if event.ip in nlb.cluster_addresses(facts) and event.mac is None:
            why = f"event {event.id} of {event.at:%Y-%m-%d %H:%M} UTC for {event.ip} names no MAC that can be read"
            yield nlb.gap(node, why, f"read the event's text on {node}", seen)
    oldest = window.oldest if window else None
    if oldest and window and window.truncated and found:
        oldest = max(oldest, min(one.at for one in found))
    if oldest is None or clock is None:
        why = "its System log told no oldest record: that nothing is in it proves nothing"
        yield nlb.gap(node, why, "look at the log by hand", seen)
        return
    reach = clock - oldest
    if reach < ENOUGH_LOG:
        why = f"its System log reaches back {nlb.span(reach)} only; {nlb.span(ENOUGH_LOG)} are needed"
        yield nlb.gap(node, why, "ask again later, and give the log more room", seen)
        return
    gaps = tuple(_deaf(facts, node))
    yield from gaps
    told = all(facts.answered(need, node) for need in ("dad", "arp-retry-count", "addresses", "adapters"))
    if not gaps and told and not suspect:
        beside = " beside what is noted" if found else ""
        saw = f"its log, which reaches back {nlb.span(reach)}, names no stranger{beside}; duplicate detection is on"
        yield nlb.clear(node, saw, seen, f"{node}/dad", f"{node}/arp-retry-count")


def _deaf(facts: nlb.Facts, node: str) -> nlb.Iterator[nlb.Gap]:
    """Why a node would not notice a duplicate: detection is off, or nobody knows."""
    resolve = "see NLB006; then wait a day, or look with another observer"
    for value in facts.arp_retry:
        if (value.node, value.value) == (node, 0):
            yield nlb.gap(node, "ArpRetryCount is 0: a duplicate may go unnoticed", resolve, value.evidence)
    watched = nlb.cluster_addresses(facts)
    places = {a.index for a in facts.addresses if (a.node, a.store) == (node, "active") and a.ip in watched}
    places |= {nic.index for one in facts.instances if one.node == node and (nic := facts.nlb_nic(one))}
    if not facts.answered("dad", node):
        return  # the missing answer is named already
    mine = {one.index: one for one in facts.interfaces if one.node == node}
    for index in sorted(places):
        if index not in mine:
            why = f"DadTransmits of the interface with index {index} was not told"
            yield nlb.gap(node, why, f"look at Get-NetIPInterface on {node}", f"{node}/dad")
        elif mine[index].dad_transmits == 0:
            why = f"DadTransmits is 0 on {mine[index].alias}: a duplicate goes unnoticed"
            yield nlb.gap(node, why, resolve, mine[index].evidence)


def _guests(facts: nlb.Facts, host: str, *, suspect: bool) -> nlb.Iterator[nlb.Said]:
    """The VMs of one host: who reports an address of the cluster, and who reports none at all."""
    if not facts.answered("vnics", host):
        return
    seen = f"{host}/vnics"
    if not suspect:
        yield nlb.clear(host, "no VM beside the nodes reports an address of the cluster", seen)
    running = {vm.id for vm in facts.vms if vm.host == host and vm.running}
    reported = {vnic.vm_id for vnic in facts.vnics if vnic.host == host and vnic.ips}
    silent = sorted({v.vm for v in facts.vnics if v.host == host and v.vm_id in running - reported})
    if silent:
        saw = f"these VMs report no addresses (integration services?), so they were not looked at: {', '.join(silent)}"
        yield nlb.note(host, saw, seen)


# ---- the truth table: correct it without knowing Python ----


def row(what: str, mode: str, caches: str, log: str, others: str, want: nlb.Kind) -> tuple[str, nlb.Facts, nlb.Kind]:
    """Two nodes with the VIP 172.31.3.232, host priorities 1 and 2, started 10 days and 9 days ago.

    nlb1: 172.31.3.11, NIC 00-15-5D-1F-01-01, on hv1; nlb2: 172.31.3.12, NIC 00-15-5D-1F-02-01, on hv2. gw1's entry for
    the VIP is typed in and right; sw1 has the strange MAC on port g7. Parts of a column are separated by `;`.
    caches: `HOLDER VIP MAC` or `HOLDER nlb1 MAC`, learned. log: `NODE IP MAC AGE` for an event 4199, `started AGE` for
    both nodes, `log AGE` for how far both logs reach back, `dad 0`, `retry 0`; ages: `40 min`, `3 h`, `4 d`.
    others: `NAME IP MAC` for another VM on hv1; `silent TARGET/NEED`; `site IP`, nlb1's address in the site file.
    """
    ex = nlb.example
    ips = {"VIP": VIP, "nlb1": "172.31.3.11", "nlb2": "172.31.3.12"}
    parts = [part.split() for column in (log, others) for part in column.split(";") if part.strip() != "-"]
    words = {part[0]: part[1:] for part in parts}
    boots = (_age(*words["started"]),) * 2 if "started" in words else (nlb.timedelta(days=10), nlb.timedelta(days=9))
    reach = _age(*words["log"]) if "log" in words else nlb.timedelta(days=30)
    given: list[nlb.Fact] = [
        ex.agent("gw1", "cisco-ios"), ex.own_address("gw1", "172.31.3.1/24"), ex.view("gw1", VIP, f"static {RIGHT[mode]}"),
        ex.agent("sw1", "dell-powerconnect", forwarding=False), ex.port("sw1", "g7", 7),
    ]  # fmt: skip
    for number, boot in enumerate(boots, start=1):
        given += ex.node(
            f"nlb{number}", mode, VIP, f"00-15-5D-1F-0{number}-01", ips[f"nlb{number}"], host=f"hv{number}", boot=boot,
            reach=reach, dad_count=0 if "dad" in words else 3, retries=0 if "retry" in words else None,
        )  # fmt: skip
    strange = []
    for part in (part.split() for part in caches.split(";") if part.strip() != "-"):
        given.append(ex.view(part[0], ips[part[1]], f"learned {part[2]}"))
        strange.append(part[2])
    for name, *rest in parts:
        if name in ips:
            given.append(ex.event(name, _age(*rest[2:]), ip=ips.get(rest[0], rest[0]), at=rest[1]))
            strange.append(rest[1])
        elif name not in ("started", "log", "dad", "retry", "silent", "site"):
            given.append(ex.vnic("hv1", name, rest[1], ips=ips[rest[0]], name="LAN"))
    vendors = {mac for text in strange if nlb.decode(mac := nlb.mac(text)).kind == "vendor"}
    given += [ex.fdb("sw1", mac, port=7) for mac in sorted(vendors)]
    needs, silent = (*ABOUT.needs, *ABOUT.also), " ".join(words.get("silent", ()))
    names = "nlb1 nlb2 hv1 hv2 sw1 gw1 jump"
    return (
        what,
        ex.facts(names, needs, given, silent=silent, dips=f"{words.get('site', ['172.31.3.11'])[0]} 172.31.3.12"),
        want,
    )


def _age(number: str, unit: str) -> nlb.timedelta:
    """`40 min`, `3 h`, `4 d`."""
    return nlb.timedelta(minutes=float(number) * {"min": 1, "h": 60, "d": 1440}[unit])


VIP = "172.31.3.232"
RIGHT = {"igmp": "0100.5e7f.03e8", "multicast": "03bf.ac1f.03e8", "unicast": "02bf.ac1f.03e8"}

# fmt: off
EXAMPLES = (
    #   what it shows                                  mode       caches besides gw1's         the nodes' logs                       others                        outcome
    row("nobody sees a stranger",                      "igmp",    "jump VIP 01005E7F03E8",     "-",                                  "-",                          "ruled_out"),
    row("unicast: the nodes share one MAC",            "unicast", "jump VIP 02BFAC1F03E8; gw1 nlb1 02BFAC1F03E8", "-",             "-",                          "ruled_out"),
    row("a log and the jump host name one MAC",        "igmp",    "jump VIP 0011325A0066",     "nlb1 VIP 0011325A0066 40 min",       "-",                          "confirmed"),
    row("both nodes' logs name it",                    "igmp",    "-",                         "nlb1 VIP 0011325A0066 40 min; nlb2 VIP 0011325A0066 41 min", "-",  "confirmed"),
    row("one observer is not enough",                  "igmp",    "jump VIP 0011325A0066",     "-",                                  "-",                          "possible"),
    row("its table and its look are one observer: a trap", "igmp", "jump VIP 0011325A0066; jump VIP 0011325A0066", "-",                 "-",                          "possible"),
    row("two MACs, one observer each: a trap",         "igmp",    "jump VIP 0011325A0066",     "nlb1 VIP 0011325A0077 40 min",       "-",                          "possible"),
    row("a VM has it; detection off hides it",         "igmp",    "jump VIP 00155D1F0181",     "retry 0",                            "FILES VIP 00155D1F0181",     "confirmed"),
    row("a VM reports it, nobody else sees it",        "igmp",    "-",                         "-",                                  "FILES VIP 00155D1F0181",     "possible"),
    row("a node's own address on another machine",     "igmp",    "gw1 nlb1 0011325A0066; jump nlb1 0011325A0066", "-",              "-",                          "confirmed"),
    row("a node's own address on the other node",      "igmp",    "gw1 nlb1 00155D1F0201; jump nlb1 00155D1F0201", "-",              "-",                          "confirmed"),
    row("a former vNIC's MAC: another check",          "igmp",    "gw1 nlb1 00155D0A0107",     "-",                                  "-",                          "ruled_out"),
    row("the other mode's MAC: another check",         "igmp",    "jump VIP 02BFAC1F03E8",     "-",                                  "-",                          "ruled_out"),
    row("a node's own NIC has the VIP: another check", "igmp",    "jump VIP 00155D1F0201",     "-",                                  "-",                          "ruled_out"),
    row("two nodes started together: a false warning", "unicast", "-",                         "started 120 min; nlb2 VIP 0201AC1F03E8 119.5 min", "-",            "ruled_out"),
    row("a masked MAC later than 60 s: a trap",        "unicast", "-",                         "started 120 min; nlb2 VIP 0201AC1F03E8 118.5 min", "-",            "possible"),
    row("a masked MAC of nobody listed",               "unicast", "-",                         "started 120 min; nlb2 VIP 0207AC1F03E8 119.5 min", "-",            "possible"),
    row("device tracking asks for 0.0.0.0: a trap",    "igmp",    "-",                         "nlb1 0.0.0.0 001A6D3750C0 40 min",   "-",                          "ruled_out"),
    row("logged days ago, nobody sees it now",         "igmp",    "-",                         "nlb1 VIP 0011325A0066 4 d",          "-",                          "possible"),
    row("logged days ago, and it is still there",      "igmp",    "jump VIP 0011325A0066",     "nlb1 VIP 0011325A0066 4 d",          "-",                          "confirmed"),
    row("logged before the last start, which looked",  "igmp",    "-",                         "nlb1 VIP 0011325A0066 20 d",         "-",                          "ruled_out"),
    row("the same, but that start did not look",       "igmp",    "-",                         "nlb1 VIP 0011325A0066 20 d; dad 0",  "-",                          "possible"),
    row("detection is off on the NIC",                 "igmp",    "jump VIP 01005E7F03E8",     "dad 0",                              "-",                          "unknown"),
    row("ArpRetryCount is 0",                          "igmp",    "jump VIP 01005E7F03E8",     "retry 0",                            "-",                          "unknown"),
    row("the logs reach back five hours",              "igmp",    "jump VIP 01005E7F03E8",     "log 5 h",                            "-",                          "unknown"),
    row("a host did not answer",                       "igmp",    "jump VIP 01005E7F03E8",     "-",                                  "silent hv2/vnics",           "unknown"),
    row("nlb1 has not the site file's address: a trap", "igmp",   "jump VIP 01005E7F03E8",     "-",                                  "site 172.31.3.99",           "unknown"),
    row("a masked MAC, and a node's start not known",  "unicast", "-",                         "started 120 min; nlb2 VIP 0201AC1F03E8 119.5 min", "silent nlb1/os", "unknown"),
)
# fmt: on
