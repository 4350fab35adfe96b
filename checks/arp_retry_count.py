"""Duplicate address detection is switched off on a node.

ArpRetryCount = 0 is meant to silence the duplicate-address warning on every NIC of the machine, DadTransmits = 0 on one
interface.  Either may have been set long ago to get rid of a warning; from then on this node may not report a real
duplicate, and "no event 4199" proves nothing.  Other machines still see and log it.

The finding is the state, not its effect: that Windows after Server 2012 R2 still honours ArpRetryCount is UNCONFIRMED
(field reports disagree), and whether NLB itself touches DadTransmits is UNCONFIRMED as well.  ArpRetryCount is read at the
start: a value that was removed works on until the node is restarted.

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
        "Microsoft KB 219374 (NT 4 SP5) and KB 280524 (Windows 2000 SP3 to 2003): ArpRetryCount 0 disables, 3 is the default",
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
            yield _machine_wide(facts, value)
        else:
            told = "absent" if value.value is None else str(value.value)
            yield nlb.clear(value.node, f"ArpRetryCount is {told}", value.evidence)
    for instance in facts.instances:
        yield from _interface(facts, instance)


def _machine_wide(facts: nlb.Facts, value: nlb.ArpRetryCount) -> nlb.Finding:
    node = value.node
    return nlb.Finding(
        where=node,
        saw="ArpRetryCount is 0: duplicates may go unreported on every NIC of this node",
        expected="the value absent, which is the default",
        seen_by=(node,),
        evidence=(value.evidence,),
        fix=_restarted(facts, node, nlb.do("Remove the value", "remove arp retry count", node)),
        verify=(
            nlb.do("The value is gone, and the last start is later than the change", "show arp retry count", node),
            *nlb.steps.members(node),
        ),
        undo=_restarted(facts, node, nlb.do("Set it to 0 again", "set arp retry count", node)),
    )


def _restarted(facts: nlb.Facts, node: str, change: nlb.Do) -> tuple[nlb.Do, ...]:
    """A change that counts from the next start on; the node is out of service meanwhile."""
    drains = (nlb.steps.drain(node, one.interface) for one in facts.instances if one.node == node)
    again = "Restart it: one node at a time, the next one when this one has converged"
    return (*drains, change, nlb.do(again, "restart machine", node), *nlb.steps.members(node))


def _interface(facts: nlb.Facts, instance: nlb.Instance) -> nlb.Iterator[nlb.Said]:
    nic = facts.nlb_nic(instance)
    mine = [i for i in facts.interfaces if i.node == instance.node and nic and i.index == nic.index]
    if not mine and facts.answered("adapters", instance.node) and facts.answered("dad", instance.node):
        why = f"the interface of the NLB instance {instance.primary} is not among those that Windows lists"
        yield nlb.gap(instance.node, why, f"look at Get-NetIPInterface on {instance.node} by hand", instance.evidence)
    for one in mine:
        where, seen = f"{one.node}, {one.alias}", (one.evidence, instance.evidence)
        if one.dad_transmits != 0:
            yield nlb.clear(where, f"DadTransmits is {one.dad_transmits}", *seen)
            continue
        phrase, at = "set dad transmits", {"alias": one.alias}
        yield nlb.Finding(
            where=where,
            saw="DadTransmits is 0: this NIC does not check for duplicates",
            expected=f"{DEFAULT_TRANSMITS}, the default",
            seen_by=(one.node,),
            evidence=seen,
            fix=(nlb.do("Give the NIC its default back", phrase, one.node, **at, count=DEFAULT_TRANSMITS),),
            verify=(nlb.do(f"DadTransmits is {DEFAULT_TRANSMITS}", "show dad transmits", one.node, **at),),
            undo=(nlb.do("Switch it off again", phrase, one.node, **at, count=0),),
        )


# ---- the truth table: correct it without knowing Python ----


def row(what: str, retry: str, nlb_nic: int, other_nic: int, want: nlb.Kind) -> tuple[str, nlb.Facts, nlb.Kind]:
    """One node: ArpRetryCount (`absent`, a number, or `silent`), DadTransmits of its NLB NIC and of its other NIC."""
    ex = nlb.example
    value = int(retry) if retry.isdigit() else None
    given = ex.node(
        "nlb1", "igmp", "172.31.3.232", "00-15-5D-1F-01-01", "172.31.3.11", dad_count=nlb_nic, retries=value
    )
    given += [
        ex.nic("nlb1", "00-15-5D-1F-01-02", name="LAN", index=13),
        ex.dad("nlb1", count=other_nic, index=13, alias="LAN"),
    ]
    return what, ex.facts("nlb1", ABOUT.needs, given, silent="nlb1/arp-retry-count" if retry == "silent" else ""), want


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
