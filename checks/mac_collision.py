"""Two things in one VLAN have the same MAC address.

In IGMP mode the cluster's MAC keeps only the last two octets of its primary address: 01-00-5E-7F-y-z.  Two IGMP clusters
whose primary addresses end alike, 172.31.3.232 and 172.30.3.232, have one MAC and one group, 239.255.3.232.  In one VLAN
each gets the other's traffic: every node's NLB driver has to look at it and throw it away, and one static group must hold
both clusters' ports.  A primary address that ends in .255.250 shares the group of SSDP, 239.255.255.250, which every
Windows machine and many appliances use: the cluster gets all of that, and they get the cluster's frames.

Two virtual NICs with one MAC in one VLAN are another fault with the same effect on a switch: the entry jumps from port to
port.  It happens when the MAC pools of two hosts overlap, or when a VM was copied with its static MAC.  A MAC copied from
the cluster into several vNICs is not meant here (NLB007 notes it).  An untagged adapter may be in the VLAN of a tagged
one: that is left undecided.  What is not seen: a cluster that is not listed, and a VM on a host that is not.
"""

from dataclasses import replace

import nlbwiz.check as nlb

ABOUT = nlb.About(
    id="NLB015",
    title="Two clusters or two virtual NICs share one MAC in one VLAN",
    question="Does anything else in the cluster's VLAN have its MAC, or one of its nodes'?",
    severity="warning",
    needs=("cluster", "adapters", "vnics", "vms"),
    sources=(
        "Microsoft KB 4494444 and KB 283028: the IGMP MAC and group keep the last two octets of the primary address",
        "RFC 1112 6.4: 23 bits of a group address make its MAC; IANA: 239.255.255.250 is SSDP's",
        "Microsoft KB 2804678: the dynamic MAC pool is made from the host's address, so two hosts may have the same",
    ),
)

SSDP = nlb.IPv4Address("239.255.255.250")


def evaluate(facts: nlb.Facts) -> nlb.Iterator[nlb.Said]:
    """The cluster's own MAC against every other cluster's, then the virtual NICs of its VLANs against each other."""
    yield from nlb.mode_not_told(facts)
    yield from nlb.vlan_not_told(facts)
    vlans = _vlans(facts)
    labels = tuple(label for each in vlans.values() for label in each)
    yield from _unread(facts)
    mine = {one.primary: one for one in reversed(facts.instances) if one.mode == "igmp"}
    for instance in mine.values():
        group = nlb.igmp_group(instance.primary)
        if group == SSDP:
            yield _known_group(facts, instance)
        alike = [other for other in _igmp(facts) if other.primary and nlb.igmp_group(other.primary) == group]
        near = [other for other in alike if set(other.vlans) & set(vlans)]
        open_ = [
            other for other in alike if other not in near and 0 in {*other.vlans, *vlans} and other.vlans and vlans
        ]
        for other in open_:
            yield nlb.gap(
                facts.cluster,
                f"{other.name} has the same IGMP MAC, and which VLAN untagged is on the switch nobody tells ({_words(vlans)} here, {_words(other.vlans)} there)",
                "look at the native VLAN of the hosts' ports, or give the virtual NICs their VLAN",
                instance.evidence,
                *other.labels,
                *labels,
            )
        for other in near:
            yield _two_clusters(facts, instance, other, labels)
        for other in alike:
            if other not in near and other not in open_:
                saw = f"{other.name} has the same IGMP MAC in another VLAN ({', '.join(map(str, other.vlans)) or 'not known'}): legal, but confusing"
                yield nlb.note(facts.cluster, saw, instance.evidence, *other.labels)
        if not near and not open_ and group != SSDP:
            yield nlb.clear(
                facts.cluster,
                f"no other listed cluster has its group {group} in VLAN {_words(vlans)}",
                instance.evidence,
                *labels,
            )
    for instance in facts.instances[:1] if not mine and facts.instances else ():
        yield nlb.clear(facts.cluster, "no IGMP mode: its MAC holds its whole primary address", instance.evidence)
    yield from _vnics(facts, vlans, labels)


def _vlans(facts: nlb.Facts) -> dict[int, tuple[str, ...]]:
    """The VLANs of the nodes' NLB adapters as the hosts set them (0: untagged), with the evidence."""
    below = [vnic for one in facts.instances if (vnic := facts.vnic_of(one))]
    return {vlan: nlb.once(v.evidence for v in below if v.vlan == vlan) for vlan in sorted({v.vlan for v in below})}


def _words(vlans: nlb.Iterable[int]) -> str:
    return " and ".join(str(vlan) if vlan else "0 (untagged)" for vlan in sorted(vlans)) or "?"


def _igmp(facts: nlb.Facts) -> list[nlb.OtherCluster]:
    return [other for other in facts.others if other.mode == "igmp"]


def _unread(facts: nlb.Facts) -> nlb.Iterator[nlb.Gap]:
    """Listed clusters of which nothing is known: they may have the same MAC."""
    for other in facts.others:
        if other.primary is None or other.mode is None:
            who = ", ".join(other.unread)
            yield nlb.gap(
                other.name,
                f"the mode and primary address of {other.name} are not known",
                f"read {who}",
                *other.labels,
            )
        elif other.mode == "igmp" and not other.vlans:
            yield nlb.gap(
                other.name,
                f"the VLAN of {other.name} is not known",
                "list the Hyper-V hosts its nodes run on",
                *other.labels,
            )


def _primary_changed(facts: nlb.Facts, text: str) -> tuple[tuple[nlb.Do, ...], tuple[nlb.Do, ...], tuple[nlb.Do, ...]]:
    """Another primary address for this cluster: fix, verify, undo. Every VIP gets another MAC by that."""
    nodes = {one.node: one for one in facts.instances}
    first = next(iter(nodes.values()))
    alias = first.interface or nlb.steps.ANY_NIC
    change = nlb.do(text, "set primary", first.node, alias=alias, ip="NEW PRIMARY ADDRESS")
    drains = tuple(nlb.steps.drain(one.node, one.interface) for one in nodes.values())
    starts = tuple(nlb.steps.start(one.node, one.interface) for one in nodes.values())
    after = nlb.do(
        "Then on every router and switch: the typed ARP entries of all its VIPs and the static groups anew, for the new MAC"
    )
    back = nlb.do("Back to the former primary address", "set primary", first.node, alias=alias, ip=first.primary)
    looks = tuple(
        nlb.do("The cluster MAC is the new one", "show instance", one.node, primary="NEW PRIMARY ADDRESS")
        for one in nodes.values()
    )
    undo = (*drains, back, *starts, nlb.do("The routers' entries and the groups as they were: note them before"))
    return (*drains, change, *starts, after), (*looks, *nlb.steps.members(*nodes)), undo


def _two_clusters(
    facts: nlb.Facts, mine: nlb.Instance, other: nlb.OtherCluster, labels: tuple[str, ...]
) -> nlb.Finding:
    fix, verify, undo = _primary_changed(
        facts,
        f"Give one of the two clusters a primary address that ends otherwise, or bring {other.name} to a VLAN of its own. In a window: every VIP gets another MAC",
    )
    return nlb.Finding(
        where=f"{facts.cluster} and {other.name}",
        saw=f"both run IGMP mode in VLAN {_words(set(other.vlans) & set(_vlans(facts)))} with primary addresses that end alike ({mine.primary}, {other.primary}): one MAC {mine.right_mac} and one group {nlb.igmp_group(mine.primary)}",
        expected="two clusters in one VLAN whose primary addresses differ in the last two octets",
        seen_by=(mine.node,),
        evidence=nlb.once((mine.evidence, *other.labels, *labels)),
        fix=fix,
        verify=verify,
        undo=undo,
    )


def _known_group(facts: nlb.Facts, mine: nlb.Instance) -> nlb.Finding:
    fix, verify, undo = _primary_changed(
        facts,
        "Give the cluster a primary address that does not end in .255.250. In a window: every VIP gets another MAC",
    )
    return nlb.Finding(
        where=facts.cluster,
        saw=f"its primary address {mine.primary} gives it the group {SSDP}, which is SSDP's: every machine that looks for devices sends to {mine.right_mac}",
        expected="a primary address whose last two octets are no well-known group's",
        seen_by=(mine.node,),
        evidence=(mine.evidence,),
        fix=fix,
        verify=verify,
        undo=undo,
    )


# ---- virtual NICs ----


def _vnics(facts: nlb.Facts, vlans: nlb.Iterable[int], labels: tuple[str, ...]) -> nlb.Iterator[nlb.Said]:
    """Virtual NICs of different VMs with one MAC, in a VLAN of the cluster."""
    on = {(vm.host, vm.id) for vm in facts.vms if vm.running}
    here = [
        v for v in facts.vnics if v.vlan in set(vlans) and v.mac and nlb.decode(v.mac).kind not in ("cluster", "zero")
    ]
    by_mac: dict[tuple[nlb.Mac, int], dict[str, nlb.VNic]] = {}
    for vnic in here:
        if vnic.mac:
            by_mac.setdefault((vnic.mac, vnic.vlan), {}).setdefault(vnic.vm_id or f"{vnic.host}/{vnic.name}", vnic)
    twins = {key: tuple(same.values()) for key, same in by_mac.items() if len(same) > 1}
    for (mac, vlan), same in twins.items():
        told = " and ".join(f"{v.host}, {nlb.vnic_words(v)}" for v in same)
        running = [v for v in same if not v.vm or (v.host, v.vm_id) in on]  # a host's own always runs
        if len(running) > 1:
            yield _two_vnics(mac, vlan, running, told)
        else:
            yield nlb.note(
                told,
                f"the same MAC {mac} in VLAN {vlan}, and only one of them runs: starting the other is a fault",
                *(v.evidence for v in same),
            )
    if here and not any(len([v for v in same if not v.vm or (v.host, v.vm_id) in on]) > 1 for same in twins.values()):
        yield nlb.clear(
            ", ".join(nlb.once(v.host for v in here)),
            f"no two running virtual NICs in VLAN {_words(vlans)} have one MAC",
            *(v.evidence for v in here),
            *labels,
        )


def _two_vnics(mac: nlb.Mac, vlan: int, same: list[nlb.VNic], told: str) -> nlb.Finding:
    fix, verify, undo = _vm_changed(mac, same)
    return nlb.Finding(
        where=told,
        saw=f"they have one MAC, {mac}, in VLAN {vlan}",
        expected="a MAC of its own for every virtual NIC",
        seen_by=nlb.once(v.host for v in same),
        evidence=nlb.once(v.evidence for v in same),
        fix=fix,
        verify=verify,
        undo=undo,
    )


def _vm_changed(
    mac: nlb.Mac, same: list[nlb.VNic]
) -> tuple[tuple[nlb.Do, ...], tuple[nlb.Do, ...], tuple[nlb.Do, ...]]:
    """Another MAC for one of them, a VM's rather than a host's own: fix, verify, undo."""
    pools = nlb.do("Where it was the pool that gave it: make the hosts' pools differ (Set-VMHost -MacAddressMinimum, -MacAddressMaximum), or it comes back")  # fmt: skip
    last = next((v for v in reversed(same) if v.vm), None)
    if last is None:
        words = "In a window, on the host's console, since its network goes away meanwhile:"
        own = f"{same[-1].host}'s own virtual NIC {same[-1].name}"
        fix = nlb.do(f"{words} give {own} another MAC (Set-VMNetworkAdapter -ManagementOS -StaticMacAddress)")
        return (fix, pools), (nlb.do(f"{own} has another MAC"),), (nlb.do(f"{words} give it back {mac}"),)
    at = {"vm": last.vm, "vnic": last.name}
    off = nlb.do("Shut down the VM that has it wrongly, a node only after its drain: the MAC of a running VM cannot be changed")  # fmt: skip
    start = nlb.do("Start it", "start vm", last.host, vm=last.vm)
    return (
        (off, nlb.do("Give it a MAC from the host's pool", "set dynamic mac", last.host, **at), start, pools),
        (nlb.do("It has another MAC", "show vnics", last.host, vm=last.vm),),
        (
            nlb.do("Shut the VM down"),
            nlb.do("Give it its former MAC", "set static mac", last.host, **at, digits=mac.replace("-", "")),
            start,
        ),
    )


# ---- the truth table: correct it without knowing Python ----

NEEDS = ABOUT.needs


def row(
    what: str,
    mode: str,
    primary: str,
    other: str,
    want: nlb.Kind,
    *,
    vlan: int = 3,
    twin: str = "",
    nodes: str = "read",
) -> tuple[str, nlb.Facts, nlb.Kind]:
    """Node nlb1 on hv1 in VLAN 3, and another listed cluster, shop.

    mode: of nlb1 (`-`: not read). other: shop's mode and primary (`-`: none is listed, `?`: not read). vlan: shop's. twin: a
    second VM with nlb1's vNIC MAC: `runs`, `off`, `elsewhere` (another VLAN), `copied` (both carry the cluster's MAC), `same`
    (the same VM, in migration), `host` (it is hv1's own virtual NIC). nodes: `dark` when hv1 did not answer.
    """
    ex = nlb.example
    silent = (["nlb1/cluster"] if mode == "-" else []) + (["hv1/vnics"] if nodes == "dark" else [])
    own = "02-BF-0A-14-00-32" if twin == "copied" else "00-15-5D-1F-03-01"
    given = ex.node("nlb1", "igmp" if mode == "-" else mode, primary, own, "172.31.3.11")
    if twin:
        copy = replace(ex.vnic("hv1", "NLB1" if twin == "same" else "COPY", own), vlan=4 if twin == "elsewhere" else 3)
        copy = replace(copy, vm="", vm_id="") if twin == "host" else copy
        given += [copy, ex.vm("hv1", "COPY", running=twin != "off")]
    others = []
    if other == "?":
        others = [nlb.OtherCluster(name="shop", primary=None, mode=None, vlans=(), labels=(), unread=("nlb3",))]
    elif other != "-":
        its, ip = other.split()
        mode_of_it = nlb.example.MODES.get(its)
        others = [
            nlb.OtherCluster(
                name="shop",
                primary=nlb.IPv4Address(ip),
                mode=mode_of_it,
                vlans=() if vlan < 0 else (vlan,),
                labels=("nlb1/cluster",),
            )
        ]
    return what, ex.facts("nlb1 hv1", NEEDS, given, silent=" ".join(silent), others=others), want


# fmt: off
EXAMPLES = (
    #   what it shows                                      mode         primary          the other cluster      outcome
    row("no other cluster",                                "igmp",      "172.31.3.232",  "-",                   "ruled_out"),
    row("another group",                                   "igmp",      "172.31.3.232",  "igmp 172.31.4.232",   "ruled_out"),
    row("the same last two octets in one VLAN",            "igmp",      "172.31.3.232",  "igmp 172.30.3.232",   "confirmed"),
    row("the same in another VLAN: a trap",                "igmp",      "172.31.3.232",  "igmp 172.30.3.232",   "ruled_out", vlan=9),
    row("the other one runs multicast: a trap",            "igmp",      "172.31.3.232",  "multicast 172.30.3.232", "ruled_out"),
    row("this one runs unicast: a trap",                   "unicast",   "172.31.3.232",  "igmp 172.30.3.232",   "ruled_out"),
    row("SSDP's group",                                    "igmp",      "172.31.255.250", "-",                  "confirmed"),
    row("SSDP's octets in multicast mode: a trap",         "multicast", "172.31.255.250", "-",                  "ruled_out"),
    row("the other cluster was not read",                  "igmp",      "172.31.3.232",  "?",                   "unknown"),
    row("the other cluster's VLAN is not known",           "igmp",      "172.31.3.232",  "igmp 172.31.4.232",   "unknown", vlan=-1),
    row("whether untagged is the same VLAN is not told",   "igmp",      "172.31.3.232",  "igmp 172.30.3.232",   "unknown", vlan=0),
    row("the host's own virtual NIC has the MAC",          "igmp",      "172.31.3.232",  "-",                   "confirmed", twin="host"),
    row("a copied VM with the same MAC",                   "igmp",      "172.31.3.232",  "-",                   "confirmed", twin="runs"),
    row("the copy is off",                                 "igmp",      "172.31.3.232",  "-",                   "ruled_out", twin="off"),
    row("the copy is in another VLAN: a trap",             "igmp",      "172.31.3.232",  "-",                   "ruled_out", twin="elsewhere"),
    row("one VM on two hosts, in migration: a trap",       "igmp",      "172.31.3.232",  "-",                   "ruled_out", twin="same"),
    row("the cluster's MAC copied into vNICs: a trap",     "unicast",   "10.20.0.50",    "-",                   "ruled_out", twin="copied"),
    row("the node was not read",                           "-",         "172.31.3.232",  "-",                   "unknown"),
    row("the host did not answer",                         "igmp",      "172.31.3.232",  "-",                   "unknown", nodes="dark"),
)
# fmt: on
