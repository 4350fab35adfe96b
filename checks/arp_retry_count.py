"""Duplicate address detection is switched off on a node.

ArpRetryCount = 0 silences the duplicate-address pop-up on every NIC of the machine, and DadTransmits = 0 does the
same on one interface.  Either may have been set long ago to get rid of a warning; from then on a real duplicate is
not reported by this node, and "no event 4199" proves nothing.

The finding is the state, not its effect: that Windows after Server 2012 R2 still honours ArpRetryCount is UNCONFIRMED
(field reports disagree), and whether NLB itself touches DadTransmits is UNCONFIRMED as well.  A value that was removed
works on until the node is restarted.

Setting ArpRetryCount is never a fix here.  It is the last resort of the walk, for a duplicate-address warning whose
every other cause is ruled out, and it says there what it hides.
"""

import nlbwiz.check as nlb

ABOUT = nlb.About(
    id="NLB006",
    title="Duplicate address detection is switched off",
    question="Does a node hide duplicates (ArpRetryCount 0, or DadTransmits 0 on the NLB NIC)?",
    severity="warning",
    needs=("cluster", "adapters", "arp-retry-count", "dad"),
    sources=(
        "Microsoft KB 219374 and KB 280524: ArpRetryCount, 0 disables (Windows 2000 to 2003)",
        "MSFT_NetIPInterface.DadTransmits (MicrosoftDocs/win32, nettcpipprov); KB 949589 shows the IPv4 default 3",
        "workinghardinit.work, 2014-03-28: ArpRetryCount as the last resort on Server 2012 R2",
    ),
)

DEFAULT_TRANSMITS = 3
"""KB 949589 shows `DAD Transmits : 3` for IPv4."""


def evaluate(facts: nlb.Facts) -> nlb.Iterator[nlb.Said]:
    """Every node's machine-wide value, and DadTransmits of the NIC that each instance is bound to."""
    for value in facts.arp_retry:
        if value.value == 0:
            yield nlb.Finding(
                where=value.node,
                saw="ArpRetryCount is 0: duplicates may go unreported on every NIC of this node",
                expected="the value absent, which is the default",
                seen_by=(value.node,),
                evidence=(value.evidence,),
                fix=(
                    nlb.do(
                        "Remove the value, then restart the node (drain it first)", "remove arp retry count", value.node
                    ),
                ),
                verify=(nlb.do("Look again after the restart", "show arp retry count", value.node),),
                undo=(nlb.do("Set it to 0 again, then restart", "set arp retry count", value.node),),
            )
        else:
            told = "absent" if value.value is None else str(value.value)
            yield nlb.Clear(where=value.node, saw=f"ArpRetryCount is {told}", evidence=(value.evidence,))
    for instance in facts.instances:
        yield from _interface(facts, instance)


def _interface(facts: nlb.Facts, instance: nlb.Instance) -> nlb.Iterator[nlb.Said]:
    nic = facts.nlb_nic(instance)
    mine = [i for i in facts.interfaces if i.node == instance.node and nic and i.index == nic.index]
    if not mine:
        if facts.answered("adapters", instance.node) and facts.answered("dad", instance.node):
            yield nlb.Gap(
                where=instance.node,
                why=f"the interface of the NLB instance {instance.primary} is not among those that Windows lists",
                resolve=f"look at Get-NetIPInterface on {instance.node} by hand",
                evidence=(instance.evidence,),
            )
        return
    for one in mine:
        seen = (one.evidence, instance.evidence)
        if one.dad_transmits == 0:
            yield nlb.Finding(
                where=f"{one.node}, {one.alias}",
                saw="DadTransmits is 0: this NIC does not check for duplicates",
                expected=f"{DEFAULT_TRANSMITS}, the default",
                seen_by=(one.node,),
                evidence=seen,
                fix=(
                    nlb.do(
                        "Give the NIC its default back",
                        "set dad transmits",
                        one.node,
                        alias=one.alias,
                        count=DEFAULT_TRANSMITS,
                    ),
                ),
                verify=(nlb.do("Look again", "show dad transmits", one.node, alias=one.alias),),
                undo=(nlb.do("Switch it off again", "set dad transmits", one.node, alias=one.alias, count=0),),
            )
        else:
            yield nlb.Clear(where=f"{one.node}, {one.alias}", saw=f"DadTransmits is {one.dad_transmits}", evidence=seen)


# ---- the truth table: correct it without knowing Python ----


def row(what: str, retry: str, nlb_nic: int, other_nic: int, want: nlb.Kind) -> tuple[str, nlb.Facts, nlb.Kind]:
    """One node: ArpRetryCount (`absent`, a number, or `silent`), DadTransmits of its NLB NIC and of its other NIC."""
    ip = nlb.IPv4Address("172.31.3.232")
    instance = nlb.Instance(
        node="nlb1",
        primary=ip,
        mode="igmp",
        mac=None,
        name="web",
        interface="NLB",
        guid="{A}",
        source="module",
        evidence="nlb1/cluster",
    )
    nics = tuple(
        nlb.Nic(
            target="nlb1",
            name=name,
            description="",
            guid=guid,
            index=index,
            mac=None,
            permanent=None,
            status="Up",
            physical=True,
            driver="",
            evidence="nlb1/adapters",
        )
        for name, guid, index in (("NLB", "{a}", 12), ("LAN", "{b}", 13))
    )
    interfaces = tuple(
        nlb.IpInterface(
            node="nlb1",
            index=index,
            alias=alias,
            dad_transmits=count,
            dhcp="Disabled",
            forwarding="Disabled",
            weak_send="Disabled",
            evidence="nlb1/dad",
        )
        for alias, index, count in (("NLB", 12, nlb_nic), ("LAN", 13, other_nic))
    )
    value = None if retry in ("absent", "silent") else int(retry)
    cover: dict[tuple[nlb.Need, str], nlb.Coverage] = {(need, "nlb1"): "answered" for need in ABOUT.needs}
    if retry == "silent":
        cover["arp-retry-count", "nlb1"] = "lost"
    facts = nlb.Facts(
        cluster="web",
        nodes=("nlb1",),
        instances=(instance,),
        nics=nics,
        interfaces=interfaces,
        arp_retry=()
        if retry == "silent"
        else (nlb.ArpRetryCount(node="nlb1", value=value, evidence="nlb1/arp-retry-count"),),
        coverage=cover,
    )
    return what, facts, want


# fmt: off
EXAMPLES = (
    #   what it shows                             ArpRetryCount  NLB NIC  other NIC  outcome
    row("nothing was changed",                    "absent",      3,       3,         "ruled_out"),
    row("written out, but not 0",                 "3",           3,       3,         "ruled_out"),
    row("the machine-wide switch",                "0",           3,       3,         "confirmed"),
    row("the narrower switch, on the NLB NIC",    "absent",      0,       3,         "confirmed"),
    row("off on another NIC only: not this one",  "absent",      3,       0,         "ruled_out"),
    row("one probe instead of three still looks", "absent",      1,       3,         "ruled_out"),
    row("the registry could not be read",         "silent",      3,       3,         "unknown"),
)
# fmt: on
