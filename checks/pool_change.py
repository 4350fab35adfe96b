"""Caches hold a former MAC: of the cluster before its primary address changed, or of a node before its vNIC MAC did.

Hyper-V's MAC pool never changes the cluster MAC, which is made from the mode and the primary address.  What is told as
"the pool changed" is two things.

The primary address changed (the cluster was rebuilt, or the primary was set to another VIP): every VIP has another MAC
from then on.  A router that learned the former one, an NLB MAC of an address that is no listed cluster's primary,
sends the service's traffic to nobody: critical.  A conflict event of the last 24 hours that names such a MAC makes it
possible that the old cluster still runs somewhere.

A node's vNIC got another MAC: a dynamic MAC is made anew when the VM starts cold on a host whose pool does not contain
it, days or weeks after the move.  A router that still has the former one cuts off the node's own address: a warning.
It counts as former only when no listed virtual NIC has it and every listed switch proves that it has not learned it;
where a switch was not read it is only possible, and where a switch has learned it somebody has it now, and whether that
machine has the address too is for NLB001.

A dynamic MAC outside the pool of the host that the VM runs on now, but inside another listed host's, is normal after a
live migration and only noted.  Outside every listed host's pool it is a finding that is only possible: it will change
at the next cold start, and whatever knows the node by its MAC with it (DHCP reservations, NAC, firewall rules).  VMs
that are off, and the MACs of VMs that are no nodes, do not count.

Neighbour caches of Windows and Linux renew an entry within a minute of use, so a former MAC there is only noted.
Typed-in entries are another cause (NLB003).  What is not seen: an ARP entry that was refreshed already, and an old
cluster with the same mode and primary address, which has the same MAC.

A node that runs on another host than the site file's `host` is only noted: it was moved, or the file is old.
"""

import nlbwiz.check as nlb

ABOUT = nlb.About(
    id="NLB004",
    title="Former MAC of the cluster or of a node in a cache",
    question="Does a router hold a MAC that the cluster or a node had before, or will a node's MAC change at its next start?",
    severity="critical",
    needs=("cluster", "vips", "adapters", "addresses", "vnics", "vms", "hypervisor", "agent", "own-addresses", "arp"),
    also=(
        "fdb", "vlans", "ports", "driver", "dad", "arp-retry-count", "os", "events",
        "jump-neighbors", "host-neighbors", "neighbors",
    ),
    sources=(
        "Microsoft KB 2804678: Hyper-V's dynamic MAC pool, 256 addresses from the host's IP address",
        "Ben Armstrong (Virtual PC Guy): a dynamic MAC is made anew at a cold start on a host with another pool",
        "Microsoft KB 4494444: the cluster MAC follows from mode and primary address",
        "SCVMM documentation: its MAC pool for Hyper-V",
        "workinghardinit.work, 2014-03-28: another pool after a migration as a cause of the duplicate-IP warning",
    ),
)  # fmt: skip


def evaluate(facts: nlb.Facts) -> nlb.Iterator[nlb.Said]:
    """What routers have learned for every address of the cluster; then the nodes' vNIC MACs and the hosts' pools."""
    yield from nlb.not_looked_at(facts)
    for seen in nlb.sightings(facts):
        if seen.owner == "NLB004":
            yield from _former(facts, seen)
        elif seen.via == "router" and seen.owner == "own":
            kind = "typed in" if seen.typed else "learned"
            yield nlb.clear(seen.by, f"{seen.what} is at {seen.mac} ({kind}), {seen.why}", seen.evidence)
        elif seen.via == "router" and (why := _open(facts, seen)):
            resolve = f"find the machine with {seen.mac} and look whether it has {seen.ip} (see NLB001)"
            yield nlb.gap(seen.by, f"{seen.what} is at {seen.mac}, {why}", resolve, seen.evidence)
    for ip in nlb.cluster_addresses(facts):
        for view in nlb.looked_up(facts, ip):
            if view.kind == "none":
                yield nlb.clear(view.device, f"no entry for {ip}", view.evidence)
    for node in facts.nodes:
        yield from _virtual_nics(facts, node)
    for host, guests in nlb.at_home(facts).items():
        for node, label in guests.items():
            if facts.expected_hosts.get(node, host) != host:
                saw = f"{node} runs here, and the site file expects it on {facts.expected_hosts[node]}: it was moved, or the file is old"
                yield nlb.note(host, saw, label)


def _open(facts: nlb.Facts, seen: nlb.Sighting) -> str:
    """Why a stranger's MAC may also be a former entry: the address moved between clusters, or the MAC to another VM."""
    form = nlb.decode(seen.mac).kind
    if seen.owner == "NLB001" and not seen.typed:
        if form == "cluster":
            return f"{seen.why}: an entry from before the address moved here, or both have it"
        if seen.node and form in ("hyper-v", "vmm") and nlb.alive(facts, seen.mac):
            return "which a switch has learned: a former MAC that another VM got, or a machine that has the address"
    return ""


# ---- former MACs ----


def _former(facts: nlb.Facts, seen: nlb.Sighting) -> nlb.Iterator[nlb.Said]:
    saw = f"{seen.what} is at a former MAC: {seen.mac}, {seen.why}"
    if seen.undecided and seen.via == "router":
        why = f"{seen.what} is at {seen.mac}, {seen.why}, but {seen.undecided}"
        yield nlb.gap(seen.by, why, "read what is missing, then ask again", seen.evidence)
    elif seen.undecided:
        return  # a cache that heals, or a log: it decides nothing
    elif seen.via == "router":
        yield _learned(facts, seen, saw)
    elif seen.via == "event" and not seen.old:
        yield _logged(facts, seen, saw)
    else:
        told = "an old log entry" if seen.via == "event" else "a neighbour cache, renewed within a minute of use"
        yield nlb.note(seen.by, f"{saw} ({seen.told}; {told})", seen.evidence)


def _learned(facts: nlb.Facts, seen: nlb.Sighting, saw: str) -> nlb.Finding:
    right = nlb.right_macs(facts, seen)
    gone = (row.evidence for row in facts.fdb if row.mac == seen.mac)
    repair = nlb.steps.router_entry(seen.by, seen.ip, right)
    others = (
        f"Look for other places that know {seen.ip} by its former MAC: static entries of switches, port security, DHCP "
        "reservations, NAC, firewall rules"
    )
    return nlb.Finding(
        where=seen.by,
        saw=saw,
        expected=" or ".join(right),
        severity="warning" if seen.node else None,
        possible=seen.possible,
        effect_of=("NLB009",) if seen.mac in {one.mac for one in facts.drivers} else (),
        seen_by=(seen.by,),
        evidence=nlb.once((seen.evidence, *gone, *right.values())),
        fix=(*repair.fix, nlb.do(others)),
        verify=nlb.steps.looked_at(seen.by, seen.ip, right, node=seen.node),
        undo=repair.undo,
    )


def _logged(facts: nlb.Facts, seen: nlb.Sighting, saw: str) -> nlb.Finding:
    return nlb.Finding(
        where=seen.by,
        saw=f"{saw} ({seen.told})",
        expected=" or ".join(nlb.right_macs(facts, seen)),
        severity="warning" if seen.node else None,
        possible="only a log tells: the old cluster may still run somewhere, or this was the change itself",
        seen_by=(seen.by,),
        evidence=(seen.evidence,),
        fix=(nlb.do(f"Look for machines of the old cluster that still have {seen.ip}; take the address off them"),),
        verify=(nlb.do("No new event 4198 or 4199 comes", "show conflict events", seen.by),),
        undo=(nlb.do("Give the address back to those machines"),),
    )


# ---- MACs that will change ----


def _virtual_nics(facts: nlb.Facts, node: str) -> nlb.Iterator[nlb.Said]:
    """The running virtual NIC below every adapter of a node that has an address of the cluster, or NLB bound to it."""
    watched = nlb.cluster_addresses(facts)
    places = {a.index for a in facts.addresses if (a.node, a.store) == (node, "active") and a.ip in watched}
    places |= {nic.index for one in facts.instances if one.node == node and (nic := facts.nlb_nic(one))}
    complete = facts.hosts and all(facts.answered(need, host) for host in facts.hosts for need in ("vnics", "vms"))
    for nic in (one for one in facts.nics if one.target == node):
        below = [v for v in facts.vnics if v.mac and v.mac in (nic.permanent, nic.mac) and _runs(facts, v)]
        for vnic in below:
            yield from _pool(facts, node, vnic)
        if not below and complete and nic.index in places:
            why = f"the adapter {nic.name} ({nic.permanent or nic.mac}) is no running VM's on {', '.join(facts.hosts)}"
            yield nlb.gap(node, why, "add the Hyper-V host it runs on to the site file", nic.evidence)


def _runs(facts: nlb.Facts, vnic: nlb.VNic) -> bool:
    return any(vm.running for vm in facts.vms if (vm.host, vm.id.lower()) == (vnic.host, vnic.vm_id.lower()))


def _pool(facts: nlb.Facts, node: str, vnic: nlb.VNic) -> nlb.Iterator[nlb.Said]:
    if vnic.mac is None:
        return
    where = f"{vnic.host}, {nlb.vnic_words(vnic)}"
    holders = {p.host: p.evidence for p in facts.pools if nlb.in_pool(vnic.mac, p.low, p.high)}
    if not vnic.dynamic:
        yield nlb.clear(where, f"{node}'s MAC {vnic.mac} is static: it stays", vnic.evidence)
    elif vnic.host in holders:
        yield nlb.clear(where, f"{node}'s MAC {vnic.mac} is of this host's pool", vnic.evidence, holders[vnic.host])
    elif holders:
        saw = f"{node}'s MAC {vnic.mac} is of the pool of {' and '.join(holders)}: normal after a live migration; it changes"
        yield nlb.note(where, f"{saw} when the VM starts cold here", vnic.evidence, *(p.evidence for p in facts.pools))
    elif all(facts.answered("hypervisor", host) for host in facts.hosts):
        yield _foreign(facts, node, vnic, vnic.mac)


def _foreign(facts: nlb.Facts, node: str, vnic: nlb.VNic, mac: nlb.Mac) -> nlb.Finding:
    """A MAC that the next cold start changes. Making it static needs the VM off, so the node is drained first."""
    pool = next((f" (this one's: {one.low} to {one.high})" for one in facts.pools if one.host == vnic.host), "")
    drains = tuple(nlb.steps.drain(node, one.interface) for one in facts.instances if one.node == node)
    host, vm, at = vnic.host, {"vm": vnic.vm}, {"vm": vnic.vm, "vnic": vnic.name}
    return nlb.Finding(
        where=f"{host}, {nlb.vnic_words(vnic)}",
        saw=f"{node}'s dynamic MAC {mac} is of no listed host's pool{pool}",
        expected="a MAC of this host's pool, or a static one",
        severity="warning",
        possible="nothing is wrong yet: it changes at the next cold start, and stale entries follow",
        seen_by=(host,),
        evidence=nlb.once((vnic.evidence, *(one.evidence for one in facts.pools))),
        fix=(
            *drains,
            nlb.do("Keep the MAC for good: shut the VM down", "stop vm", host, **vm),
            nlb.do("Make its MAC static", "set static mac", host, **at, digits=mac.replace("-", "")),
            nlb.do("Start it again", "start vm", host, **vm),
        ),
        verify=(
            nlb.do(
                f"MacAddress is {mac.replace('-', '')}, DynamicMacAddressEnabled is False", "show vnics", host, **vm
            ),
            *nlb.steps.members(node),
        ),
        undo=(
            *drains,
            nlb.do("Shut the VM down", "stop vm", host, **vm),
            nlb.do("Make its MAC dynamic again", "set dynamic mac", host, **at),
            nlb.do("Start it again: it gets a MAC of this host's pool", "start vm", host, **vm),
        ),
    )


# ---- the truth table: correct it without knowing Python ----


def row(
    what: str, mode: str, vip: str, node: str, vnic: str, switch: str, want: nlb.Kind
) -> tuple[str, nlb.Facts, nlb.Kind]:
    """Two nodes with the VIP 172.31.3.232, and the other cluster `shop` with the primary 172.31.3.240.

    nlb1 (172.31.3.11) runs on hv1, whose pool is 00-15-5D-1F-01-xx, nlb2 on hv2 with 00-15-5D-1F-02-xx. vip, node:
    what gw1 holds for the VIP and for nlb1's address (`learned MAC`, `static MAC`, `none`, `silent`). vnic: nlb1's MAC
    and whether it is `dynamic` or `static` (`off`: it is on no running VM). switch: what sw1 says of the MAC that gw1
    holds for nlb1: `-` (not there), `port 7`, or `silent`.
    """
    ex = nlb.example
    mac, _, made = vnic.partition(" ")
    silent = (["gw1/arp"] if vip == "silent" else []) + (["sw1/fdb"] if switch == "silent" else [])
    silent += ["nlb2/cluster"] if mode == "multicast -" else []
    given: list[nlb.Fact] = [
        ex.agent("gw1", "cisco-ios"), ex.own_address("gw1", "172.31.3.1/24"),
        ex.agent("sw1", "dell-powerconnect", forwarding=False),
        ex.pool("hv1", "00-15-5D-1F-01-00", "00-15-5D-1F-01-FF"), ex.pool("hv2", "00-15-5D-1F-02-00", "00-15-5D-1F-02-FF"),
        *ex.node("nlb1", mode.split()[0], VIP, mac, DIPS[0], dynamic=made != "static", running=made != "off"),
        *ex.node("nlb2", mode.split()[0], VIP, "00-15-5D-1F-02-01", DIPS[1], host="hv2"),
    ]  # fmt: skip
    given += [] if vip in ("none", "silent") else [ex.view("gw1", VIP, vip)]
    held = ex.view("gw1", DIPS[0], node) if node != "none" else None
    given += [held] if held else []
    if held and held.mac and nlb.decode(held.mac).kind in ("hyper-v", "vmm", "vendor"):
        given.append(ex.fdb("sw1", held.mac, port=int(switch.split()[1]) if switch.startswith("port") else None))
    needs, names = (*ABOUT.needs, *ABOUT.also), "nlb1 nlb2 hv1 hv2 sw1 gw1 jump"
    return what, ex.facts(names, needs, given, silent=" ".join(silent), dips=" ".join(DIPS), other="172.31.3.240"), want


DIPS = ("172.31.3.11", "172.31.3.12")
VIP = "172.31.3.232"

# fmt: off
EXAMPLES = (
    #   what it shows                                mode          gw1: the VIP              gw1: nlb1's address       nlb1's vNIC                  sw1       outcome
    row("every MAC is today's",                      "unicast",    "learned 02bf.ac1f.03e8", "learned 02bf.ac1f.03e8", "00-15-5D-1F-01-01 dynamic", "-",      "ruled_out"),
    row("multicast: typed VIP, learned node",        "multicast",  "static 03bf.ac1f.03e8",  "learned 0015.5d1f.0101", "00-15-5D-1F-01-01 dynamic", "-",      "ruled_out"),
    row("a former primary's MAC is learned",         "unicast",    "learned 02bf.ac1f.03e7", "none",                   "00-15-5D-1F-01-01 dynamic", "-",      "confirmed"),
    row("the same in IGMP: two octets tell",         "igmp",       "learned 0100.5e7f.03e7", "none",                   "00-15-5D-1F-01-01 dynamic", "-",      "confirmed"),
    row("typed in, not learned: another check",      "multicast",  "static 03bf.ac1f.03e7",  "none",                   "00-15-5D-1F-01-01 dynamic", "-",      "ruled_out"),
    row("the other mode's MAC: another check",       "igmp",       "learned 02bf.ac1f.03e8", "none",                   "00-15-5D-1F-01-01 dynamic", "-",      "ruled_out"),
    row("another listed cluster's MAC: a trap",      "unicast",    "learned 02bf.ac1f.03f0", "none",                   "00-15-5D-1F-01-01 dynamic", "-",      "unknown"),
    row("a node not read may have that primary",     "multicast -", "learned 03bf.ac1f.03e7", "none",                  "00-15-5D-1F-01-01 dynamic", "-",      "unknown"),
    row("a node's former pool MAC",                  "multicast",  "static 03bf.ac1f.03e8",  "learned 0015.5d0a.0107", "00-15-5D-1F-01-01 dynamic", "-",      "confirmed"),
    row("a node's former VMM pool MAC",              "multicast",  "static 03bf.ac1f.03e8",  "learned 001d.d8b7.1c07", "00-15-5D-1F-01-01 dynamic", "-",      "confirmed"),
    row("a switch that is not read may know it",     "multicast",  "static 03bf.ac1f.03e8",  "learned 0015.5d0a.0107", "00-15-5D-1F-01-01 dynamic", "silent", "possible"),
    row("somebody has it now: a trap",               "multicast",  "static 03bf.ac1f.03e8",  "learned 0015.5d0a.0107", "00-15-5D-1F-01-01 dynamic", "port 7", "unknown"),
    row("a vendor's MAC was never a vNIC's",         "multicast",  "static 03bf.ac1f.03e8",  "learned 0011.325a.0066", "00-15-5D-1F-01-01 dynamic", "port 7", "ruled_out"),
    row("of another listed host's pool: normal",     "multicast",  "static 03bf.ac1f.03e8",  "learned 0015.5d1f.0207", "00-15-5D-1F-02-07 dynamic", "-",      "ruled_out"),
    row("of no listed host's pool: will change",     "multicast",  "static 03bf.ac1f.03e8",  "learned 0015.5d0a.0107", "00-15-5D-0A-01-07 dynamic", "port 7", "possible"),
    row("of no pool, but static: it stays",          "multicast",  "static 03bf.ac1f.03e8",  "learned 0015.5d0a.0107", "00-15-5D-0A-01-07 static",  "port 7", "ruled_out"),
    row("the VM is off here, so it runs elsewhere",  "multicast",  "static 03bf.ac1f.03e8",  "none",                   "00-15-5D-0A-01-07 off",     "-",      "unknown"),
    row("the gateway did not answer",                "multicast",  "silent",                 "none",                   "00-15-5D-1F-01-01 dynamic", "-",      "unknown"),
)
# fmt: on
