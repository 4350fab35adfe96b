"""MAC address spoofing is off on a unicast node's virtual NIC.

In unicast mode the guest gives its NIC the cluster MAC and sends with a masked one (02-<priority>-...).  The Hyper-V
switch drops frames whose source is not the vNIC's own MAC unless MAC address spoofing is On for that vNIC, and it does
not deliver frames for the cluster MAC to it.  The node then serves nobody and does not hear its peers: often it makes
a one-node cluster of its own, which shows as two default hosts.

Beware of the enum: MacAddressSpoofing is OnOffState, On = 0 and Off = 1.  Multicast modes send with the vNIC's own MAC,
so they do not need it (UNCONFIRMED on a real host; the seed article switches it on everywhere).  Since Server 2012 no
static vNIC MAC is needed, and copying the VIP's MAC into a vNIC is a mistake: it is noted here.
"""

import nlbwiz.check as nlb

ABOUT = nlb.About(
    id="NLB007",
    title="MAC address spoofing is off on a unicast node",
    question="Does the Hyper-V switch drop a unicast node's frames?",
    severity="critical",
    needs=("cluster", "adapters", "vnics"),
    sources=(
        "Microsoft KB 4494444: unicast on Hyper-V needs MAC address spoofing",
        "Msvm_EthernetSwitchPortSecuritySettingData.AllowMacSpoofing (MicrosoftDocs/win32)",
        "HyperVDsc type listing of the Hyper-V module 2.0.0.0: OnOffState On = 0, Off = 1",
        "workinghardinit.work, 2014-03-28: no static MAC, no copied VIP MAC on Server 2012 (R2)",
    ),
)


def applies(facts: nlb.Facts) -> str | None:
    """Only unicast needs spoofing; as long as a node's mode is not known, it may be unicast."""
    nodes = {i.node for i in facts.instances if i.mode}
    if facts.instances and nodes >= set(facts.nodes) and "unicast" not in facts.modes():
        told = (f"{mode} on {', '.join(on)}" for mode, on in facts.modes().items())
        return f"no node runs unicast: {'; '.join(told)}"
    return None


def evaluate(facts: nlb.Facts) -> nlb.Iterator[nlb.Said]:
    """The vNIC below each unicast instance's adapter, found by its permanent MAC on any listed host."""
    for instance in facts.instances:
        if instance.mode != "unicast":
            continue
        nic = facts.nlb_nic(instance)
        vnic = facts.vnic(nic) if nic else None
        if nic is None or vnic is None:
            yield from _nowhere(facts, instance, nic)
            continue
        seen = (vnic.evidence, nic.evidence, instance.evidence)
        where = f"{vnic.host}, VM {vnic.vm}, vNIC {vnic.name}"
        if vnic.spoofing:
            yield nlb.Clear(where=where, saw=f"MAC address spoofing is On for {instance.node}", evidence=seen)
        else:
            yield nlb.Finding(
                where=where,
                saw=f"MAC address spoofing is Off, and {instance.node} runs unicast",
                expected="On: in unicast the node uses MACs that are not the vNIC's own",
                seen_by=(vnic.host,),
                evidence=seen,
                fix=(nlb.do("Switch it on; it works at once", "spoofing on", vnic.host, vm=vnic.vm, vnic=vnic.name),),
                verify=(
                    nlb.do("Look again", "show spoofing", vnic.host, vm=vnic.vm, vnic=vnic.name),
                    nlb.do("The node joins its peers", "show cluster members", instance.node),
                ),
                undo=(nlb.do("Switch it off again", "spoofing off", vnic.host, vm=vnic.vm, vnic=vnic.name),),
            )
        if vnic.mac and nlb.decode(vnic.mac).kind == "cluster":
            yield nlb.Note(
                where=where,
                saw=f"the vNIC carries a cluster MAC ({vnic.mac}) as its own: not needed since Server 2012, and it hides "
                "which node sends",
                evidence=(vnic.evidence,),
            )


def _nowhere(facts: nlb.Facts, instance: nlb.Instance, nic: nlb.Nic | None) -> nlb.Iterator[nlb.Said]:
    """A node that is on none of the hosts: one more host may be missing in the site file."""
    if not facts.answered("adapters", instance.node) or any(not facts.answered("vnics", host) for host in facts.hosts):
        return  # the missing answer is named already
    mac = (nic.permanent or nic.mac) if nic else None
    yield nlb.Gap(
        where=instance.node,
        why=f"its NLB adapter's MAC {mac} belongs to no vNIC of {', '.join(facts.hosts)}"
        if mac
        else "its NLB adapter is not listed",
        resolve="add the Hyper-V host it runs on to the site file, or look at the vNIC there",
        evidence=(nic.evidence if nic else instance.evidence,),
    )


# ---- the truth table: correct it without knowing Python ----


def row(what: str, modes: str, spoofing: str, host: str, want: nlb.Kind) -> tuple[str, nlb.Facts, nlb.Kind]:
    """Two nodes: the mode of each, spoofing of each one's NLB vNIC, and whether hv1 is `there`, `silent`, or has `others`."""
    primary = nlb.IPv4Address("10.20.0.50")
    instances, nics, vnics = [], [], []
    for number, (mode, on) in enumerate(zip(modes.split(), spoofing.split(), strict=True), start=1):
        node, own = f"nlb{number}", nlb.mac(f"00-15-5D-14-01-0{number}")
        read: dict[str, nlb.Mode] = {"unicast": "unicast", "multicast": "multicast", "igmp": "igmp"}
        instances.append(
            nlb.Instance(
                node=node,
                primary=primary,
                mode=read.get(mode),
                mac=None,
                name="web",
                interface="NLB",
                guid="{A}",
                source="module",
                evidence=f"{node}/cluster",
            )
        )
        nics.append(
            nlb.Nic(
                target=node,
                name="NLB",
                description="",
                guid="{A}",
                index=12,
                mac=own,
                permanent=own,
                status="Up",
                physical=True,
                driver="",
                evidence=f"{node}/adapters",
            )
        )
        if host == "there":
            vnics.append(
                nlb.VNic(
                    host="hv1",
                    vm=node.upper(),
                    vm_id=node,
                    name="NLB",
                    mac=own,
                    dynamic=True,
                    spoofing=on == "On",
                    switch="vs",
                    vlan=10,
                    ips=(),
                    evidence="hv1/vnics",
                )
            )
    cover: dict[tuple[nlb.Need, str], nlb.Coverage] = {
        (need, i.node): "answered" for i in instances for need in ("cluster", "adapters")
    }
    cover["vnics", "hv1"] = "lost" if host == "silent" else "answered"
    facts = nlb.Facts(
        cluster="web",
        nodes=("nlb1", "nlb2"),
        hosts=("hv1",),
        instances=tuple(instances),
        nics=tuple(nics),
        vnics=tuple(vnics),
        coverage=cover,
    )
    return what, facts, want


# fmt: off
EXAMPLES = (
    #   what it shows                               modes                  spoofing   hv1       outcome
    row("both vNICs may spoof",                     "unicast unicast",     "On On",   "there",  "ruled_out"),
    row("one vNIC may not",                         "unicast unicast",     "On Off",  "there",  "confirmed"),
    row("Off does not matter in multicast",         "multicast multicast", "Off Off", "there",  "not_applicable"),
    row("mixed modes: the unicast node needs it",   "multicast unicast",   "Off Off", "there",  "confirmed"),
    row("mixed modes: the other node does not",     "multicast unicast",   "Off On",  "there",  "ruled_out"),
    row("the host did not answer",                  "unicast unicast",     "On On",   "silent", "unknown"),
    row("the VM is on a host that is not listed",   "unicast unicast",     "On On",   "others", "unknown"),
    row("a node whose mode is not known: a trap",   "igmp unknown",        "On On",   "there",  "unknown"),
)
# fmt: on
