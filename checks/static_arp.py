"""An old static ARP entry sends the VIP's traffic to the wrong MAC address.

In multicast mode somebody types `arp <VIP> <cluster MAC>` on the router, because many routers refuse to learn a
multicast MAC for a unicast IP address.  The entry stays when the cluster is rebuilt, changes mode or gets another
primary address.  From then on clients in other subnets reach nothing, clients in the VIP's own subnet are fine, and
Windows may report a duplicate IP address.  A typed entry never heals by itself.

The right MAC is made from the mode and the cluster's PRIMARY address, for the additional VIPs too: NLB Manager shows a
MAC for each VIP, but NLB answers with one.  While the nodes run different modes (another cause) the MAC of each running
mode is accepted, and as long as one node's mode and primary address are not known no entry is called wrong: it may be
that node's.

A typed entry for a node's own address must hold the MAC of the NIC that has the address now; a wrong one is a warning,
since it cuts off the node and not the service.  So is a typed entry in the neighbour cache of a node, a Hyper-V host or
the jump host: it misleads that one machine.

Not typed in by a person, although SNMP shows it in the same way (static): a router's own addresses, HSRP and VRRP
virtual addresses, 169.254.x.x.  The ARP table of a layer 2 switch serves its own management only and is not read.
What is not seen: a second router that is not listed, and a VRF that SNMP does not show.
"""

import nlbwiz.check as nlb

ABOUT = nlb.About(
    id="NLB003",
    title="Old static ARP entry for the VIP",
    question="Does a gateway hold a typed-in ARP entry for an address of the cluster with another MAC?",
    severity="critical",
    needs=("cluster", "vips", "adapters", "addresses", "agent", "own-addresses", "arp"),
    also=("jump-neighbors", "host-neighbors", "neighbors"),
    sources=(
        "Microsoft KB 197862: static ARP entries for multicast NLB",
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
            yield nlb.Clear(where=seen.by, saw=saw, evidence=(seen.evidence, *nlb.right_macs(facts, seen).values()))
        elif seen.owner == "NLB003":
            yield _gap(seen) if seen.undecided else _finding(facts, seen)
    for ip in nlb.cluster_addresses(facts):
        for view in facts.arp_views(ip, "router"):
            if view.kind == "own":
                yield nlb.Clear(
                    where=view.device, saw=f"the entry for {ip} is its own, not typed in", evidence=(view.evidence,)
                )
            elif view.kind != "static":
                yield nlb.Clear(where=view.device, saw=f"no typed-in entry for {ip}", evidence=(view.evidence,))


def _gap(seen: nlb.Sighting) -> nlb.Gap:
    return nlb.Gap(
        where=seen.by,
        why=f"the typed-in entry sends {seen.what} to {seen.mac}, but {seen.undecided}",
        resolve="read what is missing, or compare the entry by hand with `nlb.exe params` on that node",
        evidence=(seen.evidence,),
    )


def _finding(facts: nlb.Facts, seen: nlb.Sighting) -> nlb.Finding:
    right = nlb.right_macs(facts, seen)
    source = "the MAC of the NIC that has the address" if seen.node else "made from mode and primary address"
    return nlb.Finding(
        where=seen.by,
        saw=f"a static ARP entry sends {seen.what} to {seen.mac}: {seen.why}",
        expected=f"{' or '.join(right)}, {source}",
        severity="warning" if seen.node or seen.via != "router" else None,
        seen_by=(seen.by,),
        evidence=(seen.evidence, *right.values()),
        fix=_fix(facts, seen, tuple(right)),
        verify=_verify(seen),
        undo=_undo(facts, seen, tuple(right)),
    )


def _typed_again(seen: nlb.Sighting, right: tuple[nlb.Mac, ...]) -> tuple[nlb.Mac, ...]:
    """The entries that a router needs instead: for a VIP, and only where the MAC is a multicast one."""
    return () if seen.node or seen.via != "router" else tuple(mac for mac in right if nlb.addr.is_group_mac(mac))


def _fix(facts: nlb.Facts, seen: nlb.Sighting, right: tuple[nlb.Mac, ...]) -> tuple[nlb.Do, ...]:
    if seen.via == "jump":
        return (nlb.do(f"On this jump host, delete the entry as administrator or root: arp -d {seen.ip}"),)
    if seen.via != "router":
        return (nlb.do("Remove the old entry", "remove neighbor", seen.by, ip=seen.ip),)
    new = _typed_again(seen, right)
    first = (nlb.do("First make the nodes run one mode (see NLB002)"),) if len(facts.modes()) > 1 else ()
    then = tuple(nlb.do("Type the right one", "add static arp", seen.by, ip=seen.ip, mac=mac) for mac in new)
    return (
        *first,
        nlb.do("Remove the old entry", "remove static arp", seen.by, ip=seen.ip, mac=seen.mac),
        *(then or (nlb.do("Nothing is typed instead: this MAC is learned by itself"),)),
        nlb.do("When it works, save it: until then a reload brings the old entry back", "save config", seen.by),
    )


def _verify(seen: nlb.Sighting) -> tuple[nlb.Do, ...]:
    if seen.via == "jump":
        return (nlb.do(f"Look again after one ping: arp -a {seen.ip}, or ip neigh show {seen.ip}"),)
    if seen.via != "router":
        return (nlb.do("Look again after one ping", "show neighbor", seen.by, ip=seen.ip),)
    return (
        nlb.do("Look again", "show arp", seen.by, ip=seen.ip),
        nlb.do(f"From a client in another subnet, open the service on {seen.ip}"),
    )


def _undo(facts: nlb.Facts, seen: nlb.Sighting, right: tuple[nlb.Mac, ...]) -> tuple[nlb.Do, ...]:
    """The removed entry's exact text, after what was typed instead is out again."""
    if seen.via == "jump":
        return (nlb.do(f"Put the old entry back: arp -s {seen.ip} {seen.mac}"),)
    if seen.via != "router":
        return (nlb.do("Put the old entry back", "add neighbor", seen.by, ip=seen.ip, mac=seen.mac),)
    new = _typed_again(seen, right)
    return (
        *(nlb.do("Take the new entry out", "remove static arp", seen.by, ip=seen.ip, mac=mac) for mac in new),
        nlb.do("Put the old entry back", "add static arp", seen.by, ip=seen.ip, mac=seen.mac),
    )


# ---- the truth table: correct it without knowing Python ----


def row(what: str, modes: str, primary: str, ip: str, entry: str, want: nlb.Kind) -> tuple[str, nlb.Facts, nlb.Kind]:
    """Two nodes, nlb1 (172.31.1.11, NIC 00-15-5D-1F-01-01) and nlb2 (.12, ...-02), and one entry for `ip`.

    modes: of nlb1 and nlb2 (`-`: could not be read). entry: `HOLDER static MAC`, `gw1 learned MAC`, `gw1 own MAC`,
    `gw1 none`, or `gw1 silent` when gw1 did not answer. Holders: gw1, hv1, jump; where it is not gw1, gw1 has none.
    """
    ex = nlb.example
    holder, _, held = entry.partition(" ")
    silent = ["gw1/arp"] if held == "silent" else []
    given: list[nlb.Fact] = [ex.agent("gw1", "cisco-ios"), ex.own_address("gw1", "172.31.1.1/24")]
    for number, mode in enumerate(modes.split(), start=1):
        node, own = f"nlb{number}", f"172.31.1.{10 + number}"
        silent += [f"{node}/cluster"] if mode == "-" else []
        given += [
            ex.instance(node, primary, mode),
            *(ex.vip(node, primary, each) for each in dict.fromkeys((primary, ip)) if each not in DIPS.split()),
            ex.nic(node, f"00-15-5D-1F-01-0{number}", now=NLB_UNICAST if mode == "unicast" else ""),
            ex.address(node, own),
        ]
    if held not in ("none", "silent"):
        given.append(ex.view(holder, ip, held))
    return what, ex.facts("nlb1 nlb2 hv1 gw1 jump", NEEDS, given, silent=" ".join(silent), dips=DIPS), want


NEEDS = (*ABOUT.needs, *ABOUT.also)
DIPS = "172.31.1.11 172.31.1.12"
NLB_UNICAST = "02-BF-AC-1F-01-E8"

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
    row("a node's address, its NIC's MAC",       "multicast multicast", "172.31.1.232", "172.31.1.11",  "gw1 static 0015.5d1f.0101",     "ruled_out"),
    row("a node's address, its former MAC",      "multicast multicast", "172.31.1.232", "172.31.1.11",  "gw1 static 0015.5d0a.0107",     "confirmed"),
    row("typed on a Hyper-V host",               "multicast multicast", "172.31.1.232", "172.31.1.232", "hv1 static 02-BF-AC-1F-01-E8",  "confirmed"),
    row("typed on the jump host",                "multicast multicast", "172.31.1.232", "172.31.1.232", "jump static 03-BF-BC-1F-01-64", "confirmed"),
    row("the gateway did not answer",            "multicast multicast", "172.31.1.232", "172.31.1.232", "gw1 silent",                    "unknown"),
)
# fmt: on
