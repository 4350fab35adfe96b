"""An old static ARP entry sends the VIP's traffic to the wrong MAC address.

In multicast mode somebody types `arp <VIP> <cluster MAC>` on the router, because many routers refuse to learn a
multicast MAC for a unicast IP address.  The entry stays when the cluster is rebuilt, changes mode or gets another
primary address.  From then on clients in other subnets reach nothing, clients in the VIP's own subnet are fine, and
Windows may report a duplicate IP address.  A typed entry never heals by itself.

The right MAC is made from the mode and the cluster's PRIMARY address, for the additional VIPs too: NLB Manager shows a
MAC for each VIP, but NLB answers with one.  While the nodes run different modes (another cause) the MAC of each running
mode is accepted, and as long as one node's mode and primary address are not known no entry is called wrong: it may be
that node's.  Only where the entry's MAC was made from an address in no subnet of the cluster's VIPs is it possible.

A typed entry for a node's own address must hold the MAC of the NIC that has the address now; a wrong one is a warning,
since it cuts off the node and not the service.  So is a typed entry in the neighbour cache of a node, a Hyper-V host or
the jump host: it misleads that one machine.

Not typed in by a person, although SNMP shows it in the same way (static): a router's own addresses, HSRP and VRRP
virtual addresses, 169.254.x.x.  The ARP table of a layer 2 switch serves its own management only and is not read.
What is not seen: a second router that is not listed, and a VRF that SNMP does not show.
"""

from dataclasses import replace

import nlbwiz.check as nlb

ABOUT = nlb.About(
    id="NLB003",
    title="Old static ARP entry for the VIP",
    question="Does a gateway hold a typed-in ARP entry for an address of the cluster with another MAC?",
    severity="critical",
    needs=("cluster", "vips", "adapters", "addresses", "agent", "own-addresses", "arp"),
    also=("jump-neighbors", "host-neighbors", "neighbors"),
    sources=(
        "Microsoft KB 4494444: multicast mode needs static ARP entries on the network",
        "TechNet networking blog, 2008-12-11: every VIP answers with the primary's MAC",
        "Cisco 216092 (107995): static ARP entries for NLB on Catalyst switches, RFC 1812 3.3.2",
        "workinghardinit.work, 2014-03-28: old static ARP entries on switches as a cause of the duplicate-IP warning",
    ),
)


def evaluate(facts: nlb.Facts) -> nlb.Iterator[nlb.Said]:
    """Every typed entry for an address of the cluster must hold the MAC that answers for it."""
    yield from nlb.not_looked_at(facts)
    for seen in nlb.sightings(facts):
        if seen.typed and seen.owner == "own":
            saw = f"the typed-in entry for {seen.what} holds {seen.mac}, as it must"
            yield nlb.clear(seen.by, saw, seen.evidence, *nlb.right_macs(facts, seen).values())
        elif seen.owner == "NLB003" and seen.undecided:
            why = f"the typed-in entry sends {seen.what} to {seen.mac}, but {seen.undecided}"
            resolve = "read what is missing, or compare the entry by hand with `nlb.exe params` on that node"
            yield nlb.gap(seen.by, why, resolve, seen.evidence)
        elif seen.owner == "NLB003":
            yield _finding(facts, seen)
    for ip in nlb.cluster_addresses(facts):
        for view in nlb.looked_up(facts, ip):
            if view.kind == "own":
                yield nlb.clear(view.device, f"the entry for {ip} is its own, not typed in", view.evidence)
            elif view.kind != "static":
                yield nlb.clear(view.device, f"no typed-in entry for {ip}", view.evidence)


def _finding(facts: nlb.Facts, seen: nlb.Sighting) -> nlb.Finding:
    right = nlb.right_macs(facts, seen)
    source = "the MAC of the NIC that has the address" if seen.node else "made from mode and primary address"
    repair, verify = _repair(seen, right)
    first = [nlb.do(f"Before anything is changed, read what was not: {seen.possible}")] if seen.possible else []
    return nlb.Finding(
        where=seen.by,
        saw=f"a static ARP entry sends {seen.what} to {seen.mac}: {seen.why}",
        expected=f"{' or '.join(right)}, {source}",
        severity="warning" if seen.node or seen.via != "router" else None,
        possible=seen.possible,
        seen_by=(seen.by,),
        evidence=nlb.once((seen.evidence, *right.values())),
        fix=(*first, *repair.fix),
        verify=verify,
        undo=repair.undo,
    )


def _repair(seen: nlb.Sighting, right: nlb.Iterable[nlb.Mac]) -> tuple[nlb.Repair, tuple[nlb.Do, ...]]:
    """The wrong entry out, the right one in; and how to look. The way back is the old entry's exact text."""
    ip, mac, good = seen.ip, seen.mac, " or ".join(right)
    if seen.via == "router":
        return nlb.steps.router_entry(seen.by, ip, right, typed=mac), nlb.steps.looked_at(
            seen.by, ip, right, node=seen.node
        )
    if seen.via == "jump":
        fix = nlb.do(f"On this jump host, delete the entry as administrator or root: arp -d {ip}")
        look = nlb.do(f"After one ping it is {good}, not permanent: arp -a {ip}, or ip neigh show {ip}")
        back = nlb.do(f"Put the old entry back: arp -s {ip} {mac}")
    else:
        fix = nlb.do("Remove the old entry", "remove neighbor", seen.by, ip=ip)
        look = nlb.do(f"After one ping it is {good}, and not Permanent", "show neighbor", seen.by, ip=ip)
        back = nlb.do("Put the old entry back", "add neighbor", seen.by, ip=ip, mac=mac)
    return nlb.Repair(fix=(fix,), undo=(back,)), (look,)


# ---- the truth table: correct it without knowing Python ----


def row(what: str, modes: str, primary: str, ip: str, entry: str, want: nlb.Kind) -> tuple[str, nlb.Facts, nlb.Kind]:
    """Two nodes, nlb1 (172.31.1.11, NIC 00-15-5D-1F-01-01) and nlb2 (.12, ...-02), and one entry for `ip`.

    modes: of nlb1 and nlb2 (`-`: could not be read). entry: `HOLDER static MAC`, `gw1 learned MAC`, `gw1 own MAC`,
    `gw1 none`, or `gw1 silent` when gw1 did not answer. Holders: gw1, hv1, jump; where it is not gw1, gw1 has none.
    After it: `stray` (no node has `ip`), `far` (gw1 has no interface in the VIP's network), `0.0.0.0/0` (only that
    one), `second` (but gw2 has), `off` (gw1's ipForwarding is off), `unsaid` (gw1 does not say).
    """
    ex = nlb.example
    words = entry.split()
    but = words.pop() if words[-1] in ("stray", "far", "0.0.0.0/0", "second", "off", "unsaid") else ""
    holder, held = words[0], " ".join(words[1:])
    silent = ["gw1/arp"] if held == "silent" else []
    near = str(nlb.IPv4Interface(f"{primary}/24").network).replace(".0/24", ".1/24")
    interface = {"far": "10.9.9.1/24", "second": "10.9.9.1/24", "0.0.0.0/0": "0.0.0.0/0"}.get(but, near)
    routes = replace(ex.agent("gw1", "cisco-ios"), forwarding={"off": False, "unsaid": None}.get(but, True))
    given: list[nlb.Fact] = [routes, ex.own_address("gw1", interface)]
    given += [ex.agent("gw2", "cisco-ios"), ex.own_address("gw2", near)] if but == "second" else []
    given += [] if held in ("none", "silent") else [ex.view(holder, ip, held)]
    for number, (mode, own) in enumerate(zip(modes.split(), DIPS.split(), strict=True), start=1):
        silent += [f"nlb{number}/cluster"] if mode == "-" else []
        vips = "" if ip in DIPS.split() else ip
        given += ex.node(f"nlb{number}", mode, primary, f"00-15-5D-1F-01-0{number}", own, vips=vips)
    given = [one for one in given if but != "stray" or not isinstance(one, nlb.Address)]
    gateways = "gw1 gw2" if but == "second" else "gw1"
    return what, ex.facts(f"nlb1 nlb2 hv1 {gateways} jump", NEEDS, given, silent=" ".join(silent), dips=DIPS), want


NEEDS = (*ABOUT.needs, *ABOUT.also)
DIPS = "172.31.1.11 172.31.1.12"

# fmt: off
EXAMPLES = (
    #   what it shows                            modes of nlb1, nlb2    primary         entry for       held                             outcome
    row("the MAC NLB answers with",              "multicast multicast", "172.31.1.232", "172.31.1.232", "gw1 static 03bf.ac1f.01e8",     "ruled_out"),
    row("entry of another, older cluster",       "multicast multicast", "172.31.1.232", "172.31.1.232", "gw1 static 03bf.bc1f.0164",     "confirmed"),
    row("left over from unicast mode",           "multicast multicast", "172.31.1.232", "172.31.1.232", "gw1 static 02bf.ac1f.01e8",     "confirmed"),
    row("left over from before unicast mode",    "unicast unicast",     "172.31.1.232", "172.31.1.232", "gw1 static 03bf.ac1f.01e8",     "confirmed"),
    row("copied from a manual that prints 00bf", "unicast unicast",     "172.31.1.232", "172.31.1.232", "gw1 static 00bf.ac1f.01e8",     "confirmed"),
    row("IGMP keeps only two octets",            "igmp igmp",           "172.31.3.232", "172.31.3.232", "gw1 static 0100.5e7f.03e8",     "ruled_out"),
    row("second VIP, MAC of the primary",        "multicast multicast", "172.24.1.201", "172.24.1.202", "gw1 static 03bf.ac18.01c9",     "ruled_out"),
    row("second VIP, its own MAC: a trap",       "multicast multicast", "172.24.1.201", "172.24.1.202", "gw1 static 03bf.ac18.01ca",     "confirmed"),
    row("learned, not typed: another check",     "multicast multicast", "172.31.1.232", "172.31.1.232", "gw1 learned 02bf.ac1f.01e8",    "ruled_out"),
    row("no row at all",                         "multicast multicast", "172.31.1.232", "172.31.1.232", "gw1 none",                      "ruled_out"),
    row("the router's own address: a trap",      "multicast multicast", "172.31.1.232", "172.31.1.232", "gw1 own 001a.6d37.50c0",        "ruled_out"),
    row("mixed modes: either MAC is right",      "multicast unicast",   "172.31.1.232", "172.31.1.232", "gw1 static 02bf.ac1f.01e8",     "ruled_out"),
    row("mixed modes: the third one is not",     "multicast unicast",   "172.31.1.232", "172.31.1.232", "gw1 static 0100.5e7f.01e8",     "confirmed"),
    row("a node not read may run that mode",     "multicast -",         "172.31.1.232", "172.31.1.232", "gw1 static 02bf.ac1f.01e8",     "unknown"),
    row("a node not read, another subnet's MAC",  "multicast -",         "172.31.1.232", "172.31.1.232", "gw1 static 03bf.bc1f.0164",     "possible"),
    row("the same, of this subnet: its primary?", "multicast -",         "172.31.1.232", "172.31.1.232", "gw1 static 03bf.ac1f.0164",     "unknown"),
    row("a node's address, its NIC's MAC",       "multicast multicast", "172.31.1.232", "172.31.1.11",  "gw1 static 0015.5d1f.0101",     "ruled_out"),
    row("a node's address, its former MAC",      "multicast multicast", "172.31.1.232", "172.31.1.11",  "gw1 static 0015.5d0a.0107",     "confirmed"),
    row("typed on a Hyper-V host",               "multicast multicast", "172.31.1.232", "172.31.1.232", "hv1 static 02-BF-AC-1F-01-E8",  "confirmed"),
    row("typed on the jump host",                "multicast multicast", "172.31.1.232", "172.31.1.232", "jump static 03-BF-BC-1F-01-64", "confirmed"),
    row("whose adapter has it? a trap",          "multicast multicast", "172.31.1.232", "172.31.1.11",  "gw1 static 0015.5d0a.0107 stray", "unknown"),
    row("gw1 is not the VIP's router: a trap",   "multicast multicast", "172.31.1.232", "172.31.1.232", "gw1 none far",                  "unknown"),
    row("a default address says nothing: a trap", "multicast multicast", "172.31.1.232", "172.31.1.232", "gw1 none 0.0.0.0/0",           "unknown"),
    row("far, and gw2 is the VIP's router",      "multicast multicast", "172.31.1.232", "172.31.1.232", "gw1 none second",               "ruled_out"),
    row("gw1 does not route: a trap",            "multicast multicast", "172.31.1.232", "172.31.1.232", "gw1 none off",                  "unknown"),
    row("gw1 does not say that it routes",       "multicast multicast", "172.31.1.232", "172.31.1.232", "gw1 none unsaid",               "unknown"),
    row("the gateway did not answer",            "multicast multicast", "172.31.1.232", "172.31.1.232", "gw1 silent",                    "unknown"),
)
# fmt: on
