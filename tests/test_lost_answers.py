"""However a site looks: a lost answer never makes a cause guilty that was ruled out, nor a needed one leave it ruled out."""

from collections.abc import Callable
from datetime import timedelta
from typing import get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from nlbwiz import example as ex
from nlbwiz import registry
from nlbwiz.addr import mac
from nlbwiz.facts import Fact, Need
from nlbwiz.judge import judge
from nlbwiz.known import Facts
from tests.taken import Place, without

VIP, SECOND = "172.31.3.232", "172.31.3.233"
DIPS = ("172.31.3.11", "172.31.3.12")
CLUSTER = {"unicast": "02-BF-AC-1F-03-E8", "multicast": "03-BF-AC-1F-03-E8", "igmp": "01-00-5E-7F-03-E8"}
STRANGE = ("00-15-5D-0A-01-07", "00-1D-D8-B7-1C-07", "00-11-32-5A-00-66")
MACS = (
    *CLUSTER.values(), *STRANGE, "02-BF-AC-1F-03-E7", "03-BF-AC-1F-03-E9", "02-BF-AC-1F-03-F0", "01-00-5E-7F-03-F0",
    "00-15-5D-1F-01-01", "00-15-5D-1F-01-02", "00-15-5D-1F-02-01", "02-01-AC-1F-03-E8", "02-07-AC-1F-03-E8",
    "02-01-AC-1F-03-E7", "00-00-0C-07-AC-01",
)  # fmt: skip
"""Of every mode, of a former and of another listed cluster, of the nodes' NICs, masked, of pools, of strangers."""
NEEDS: tuple[Need, ...] = get_args(Need)
SLUGS = ("duplicate_ip", "mode_switch", "static_arp", "pool_change", "gateway_arp")
CHECKS = tuple(check for check in registry.checks() if check.slug in SLUGS)
"""The checks that share the rule of the second MAC."""


def mostly(usual: object, *others: object) -> st.SearchStrategy[object]:
    """One value most of the time: a site in which everything is wrong rules nothing out."""
    return st.sampled_from([usual] * 6 + list(others))


@st.composite
def nodes(draw: st.DrawFn) -> list[Fact]:
    """Two nodes and their VMs; now and then in different modes, with another primary, a NIC swapped, detection off."""
    first = draw(st.sampled_from(sorted(CLUSTER)))
    given: list[Fact] = []
    for number, dip in enumerate(DIPS, start=1):
        node, own, lan = f"nlb{number}", f"00-15-5D-1F-0{number}-01", f"00-15-5D-1F-0{number}-02"
        mode = first if number == 1 else str(draw(mostly(first, *CLUSTER, "?")))
        primary = str(draw(mostly(VIP, "172.31.3.231")))
        host = str(draw(mostly(f"hv{number}", f"hv{3 - number}")))
        started = draw(st.sampled_from([7200, 7190, 5 * 86_400]))
        retry = draw(mostly(None, 0))
        given += [
            ex.instance(node, primary, mode, reported=str(draw(mostly("", *MACS[:4])))),
            ex.vip(node, primary, VIP),
            *([ex.vip(node, primary, SECOND)] if draw(st.booleans()) else []),
            ex.state(node, primary, number),
            ex.nic(node, own, now=CLUSTER["unicast"] if mode == "unicast" else ""),
            ex.nic(node, lan, name="LAN", index=14),
            ex.address(node, dip, index=14 if draw(mostly(False, True)) else 12),
            ex.address(node, VIP, state=str(draw(mostly("Preferred", "Duplicate")))),
            ex.dad(node, count=0 if draw(mostly(False, True)) else 3),
            ex.dad(node, index=14),
            ex.retry(node, 0 if retry == 0 else None),
            ex.started(node, timedelta(seconds=started)),
            ex.log(node, timedelta(days=30)),
            ex.driver(node, primary, draw(st.sampled_from(MACS[:4]))),
            ex.vnic(host, node.upper(), own, ips=f"{dip} {VIP}", dynamic=draw(st.booleans())),
            ex.vnic(host, node.upper(), lan, name="LAN"),
            ex.vm(host, node.upper()),
        ]
    return given


@st.composite
def strangers(draw: st.DrawFn) -> list[Fact]:
    """What a device holds, what a log names, what a VM reports, what a switch has learned."""
    given: list[Fact] = []
    ips = st.sampled_from([VIP, VIP, SECOND, *DIPS])
    for _ in range(draw(st.integers(0, 2))):
        device = draw(st.sampled_from(["gw1", "gw1", "jump", "hv1", "nlb1"]))
        how = draw(st.sampled_from(["learned", "static", "own"] if device == "gw1" else ["learned", "static"]))
        given.append(ex.view(device, draw(ips), f"{how} {draw(st.sampled_from(MACS))}"))
    if draw(st.booleans()):
        before = timedelta(seconds=draw(st.sampled_from([30, 7130, 7171, 8000, 3 * 86_400, 10 * 86_400])))
        ip = draw(st.sampled_from([VIP, DIPS[0], "0.0.0.0"]))  # what a device tracking probe names
        given.append(ex.event(draw(st.sampled_from(["nlb1", "nlb2"])), before, ip=ip, at=draw(st.sampled_from(MACS))))
    if draw(mostly(False, True)):
        given.append(ex.vnic("hv1", "FILES", "00-15-5D-1F-01-81", ips=draw(ips)))
    for one in STRANGE:
        where = draw(st.sampled_from(["", "gone", "port"]))
        given += [ex.fdb("sw1", mac(one), port=7 if where == "port" else None)] if where else []
    return given


@st.composite
def sites(draw: st.DrawFn) -> Facts:
    """A site of two nodes, two hosts, a switch, a gateway and a jump host, in which every machine answers."""
    platform = draw(st.sampled_from(["cisco-ios", "hpe-comware", "linux-bridge", None]))
    given: list[Fact] = [
        ex.own_address("gw1", "172.31.3.1/24"),
        ex.agent("gw1", platform),
        ex.agent("sw1", "dell-powerconnect", forwarding=False),
        ex.pool("hv1", "00-15-5D-1F-01-00", "00-15-5D-1F-01-FF"),
        ex.pool("hv2", "00-15-5D-1F-02-00", "00-15-5D-1F-02-FF"),
        *draw(nodes()),
        *draw(strangers()),
    ]
    other = "172.31.3.240" if draw(st.booleans()) else ""
    return ex.facts("nlb1 nlb2 hv1 hv2 sw1 gw1 jump", NEEDS, given, dips=" ".join(DIPS), other=other)


def are_in(some: frozenset[Place]) -> Callable[[Place], bool]:
    """Whether an answer is one of these."""
    return some.__contains__


@settings(max_examples=60, deadline=None)
@given(facts=sites(), data=st.data())
def test_a_lost_answer_never_turns_ruled_out_into_anything_but_unknown(facts: Facts, data: st.DataObject) -> None:
    lost = data.draw(st.frozensets(st.sampled_from(sorted(facts.coverage)), max_size=12))
    for check in CHECKS:
        before = judge(check, facts)
        assert not before.reason.startswith("the check itself failed"), before.reason
        if before.outcome != "ruled_out":
            continue
        needed = frozenset(where for where in facts.coverage if where[0] in check.about.needs)
        for where in needed:
            outcome = judge(check, without(facts, where.__eq__))
            assert outcome.outcome == "unknown", (check.slug, where, outcome.reason)
        after = judge(check, without(facts, are_in(lost)))
        assert after.outcome == ("unknown" if lost & needed else "ruled_out"), (check.slug, lost, after.reason)
