"""MAC address spoofing is off on a unicast node's virtual NIC.

In unicast mode the guest gives its NIC the cluster MAC and sends with a masked one (02-<priority>-...).  The Hyper-V
switch drops frames whose source is not the vNIC's own MAC unless MAC address spoofing is On for that vNIC (KB 4494444);
frames for the cluster MAC do not reach the node either (our inference).  The node then serves nobody and does not hear
its peers: it makes a one-node cluster of its own, which shows as two default hosts (our inference, see NLB010).

Beware of the enum: MacAddressSpoofing is OnOffState, On = 0 and Off = 1.  Multicast modes send with the vNIC's own MAC,
so they should not need it (UNCONFIRMED on a real host; workinghardinit.work switches it on everywhere).  Since Server 2012 no
static vNIC MAC is needed, and copying the VIP's MAC into a vNIC is a mistake: it is noted here.  Where that was done on
several VMs the MAC does not tell which one is the node: all of them are looked at.
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
    return nlb.no_node_runs(facts, ("unicast",))


def evaluate(facts: nlb.Facts) -> nlb.Iterator[nlb.Said]:
    """Every vNIC below each unicast instance's adapter, found by its permanent MAC on any listed host."""
    yield from _mode_not_told(facts)
    for instance in (one for one in facts.instances if one.mode == "unicast"):
        nic = facts.nlb_nic(instance)
        below = facts.vnic(nic) if nic else None
        if nic is None or below is None:
            resolve = "add the Hyper-V host it runs on to the site file, or look at the vNIC there"
            if why := nlb.nowhere(facts, instance, nic):
                yield nlb.gap(instance.node, why, resolve, nic.evidence if nic else instance.evidence)
            continue
        for vnic in (one for one in facts.vnics if one.mac == below.mac):
            yield _spoofing(instance, nic, vnic)
            if below.mac and nlb.decode(below.mac).kind == "cluster":
                saw = f"the vNIC has a cluster MAC ({below.mac}) as its own: a mistake since Server 2012, spoofing is all it needs"
                yield nlb.note(f"{vnic.host}, {nlb.vnic_words(vnic)}", saw, vnic.evidence)


def _mode_not_told(facts: nlb.Facts) -> nlb.Iterator[nlb.Gap]:
    """Nodes that may run unicast, for all that their answer tells."""
    resolve = "look at the cluster's properties in NLB Manager on {}"
    for one in (one for one in facts.instances if not one.mode):
        yield nlb.gap(one.node, "its mode was not told: it may be unicast", resolve.format(one.node), one.evidence)
    for node in sorted(set(facts.nodes) - {one.node for one in facts.instances}):
        if facts.answered("cluster", node):
            why = "it has no NLB instance of this cluster, so its mode is not known"
            yield nlb.gap(node, why, resolve.format(node), f"{node}/cluster")


def _spoofing(instance: nlb.Instance, nic: nlb.Nic, vnic: nlb.VNic) -> nlb.Said:
    where, seen = f"{vnic.host}, {nlb.vnic_words(vnic)}", (vnic.evidence, nic.evidence, instance.evidence)
    if vnic.spoofing:
        return nlb.clear(where, f"MAC address spoofing is On for {instance.node}", *seen)
    at = {"vm": vnic.vm, "vnic": vnic.name}
    return nlb.Finding(
        where=where,
        saw=f"MAC address spoofing is Off, and {instance.node} runs unicast",
        expected="On: in unicast the node uses MACs that are not the vNIC's own",
        seen_by=(vnic.host,),
        evidence=seen,
        fix=(nlb.do("Switch it on for this vNIC only: the VM may then send with any source MAC", "spoofing on", vnic.host, **at),),
        verify=(
            nlb.do("Look again: MacAddressSpoofing is On", "show spoofing", vnic.host, **at),
            *nlb.steps.members(instance.node),
        ),
        undo=(nlb.do("Switch it off again", "spoofing off", vnic.host, **at),),
    )  # fmt: skip


# ---- the truth table: correct it without knowing Python ----

COPIED = "02-BF-0A-14-00-32"


def row(what: str, modes: str, spoofing: str, vnics: str, want: nlb.Kind) -> tuple[str, nlb.Facts, nlb.Kind]:
    """Two nodes on hv1: the mode of each (`unknown`: not told, `-`: no instance), and spoofing of each one's NLB vNIC.

    vnics: `own` MACs, `copied` (both vNICs carry the cluster's MAC), `silent` (hv1 did not answer), `elsewhere` (the VMs are
    on a host that is not listed).
    """
    ex = nlb.example
    given: list[nlb.Fact] = []
    for number, (mode, on) in enumerate(zip(modes.split(), spoofing.split(), strict=True), start=1):
        own = COPIED if vnics == "copied" else f"00-15-5D-14-01-0{number}"
        host = "hv9" if vnics == "elsewhere" else "hv1"
        node = ex.node(f"nlb{number}", mode, "10.20.0.50", own, f"10.20.0.1{number}", host=host, spoofing=on == "On")
        given += [one for one in node if mode != "-" or not isinstance(one, nlb.Instance)]
    silent = "hv1/vnics" if vnics == "silent" else ""
    return what, ex.facts("nlb1 nlb2 hv1", ABOUT.needs, given, silent=silent), want


# fmt: off
EXAMPLES = (
    #   what it shows                               modes                  spoofing   vNICs        outcome
    row("both vNICs may spoof",                     "unicast unicast",     "On On",   "own",       "ruled_out"),
    row("one vNIC may not",                         "unicast unicast",     "On Off",  "own",       "confirmed"),
    row("Off does not matter in multicast",         "multicast multicast", "Off Off", "own",       "not_applicable"),
    row("mixed modes: the unicast node needs it",   "multicast unicast",   "Off Off", "own",       "confirmed"),
    row("mixed modes: the other node does not",     "multicast unicast",   "Off On",  "own",       "ruled_out"),
    row("the VIP's MAC was copied into both vNICs", "unicast unicast",     "On On",   "copied",    "ruled_out"),
    row("one MAC, and the second may not: a trap",  "unicast unicast",     "On Off",  "copied",    "confirmed"),
    row("the host did not answer",                  "unicast unicast",     "On On",   "silent",    "unknown"),
    row("the VM is on a host that is not listed",   "unicast unicast",     "On On",   "elsewhere", "unknown"),
    row("a node whose mode is not known: a trap",   "igmp unknown",        "On On",   "own",       "unknown"),
    row("the same, and the other is in order",      "unicast unknown",     "On Off",  "own",       "unknown"),
    row("a listed node tells no instance: a trap",  "unicast -",           "On Off",  "own",       "unknown"),
)
# fmt: on
