"""The one rule that says which cause a second MAC for an address of the cluster belongs to. Pure.

The rule (design, "One second MAC has one owner"), in this order:

    typed in by a person                                       NLB003
    learned, the other mode's MAC of the same primary          NLB002
    learned, a former primary's or a former DIP's MAC          NLB004
    a member's masked MAC within 60 s after two starts         a note under NLB001
    any other masked MAC of this cluster                       NLB001, only possible
    a VIP at a listed member's own vNIC MAC                    NLB008
    anything else                                              NLB001

Several checks read this one rule (through nlbwiz.joins.sightings), so that no MAC is reported twice and none falls between
two checks. Where the owner depends on a machine that was not read the verdict is `undecided`: nothing is called wrong
while the answer that is missing may be the one that explains it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Literal

from nlbwiz.addr import Decoded, Mac, Mode, decode, not_a_primary
from nlbwiz.facts import Machine, Nic, VNic
from nlbwiz.known import Facts

Owner = Literal["own", "start", "past", "probe", "NLB001", "NLB002", "NLB003", "NLB004", "NLB008"]
"""own: as it must be. start: members that were started together. past: logged before a restart that looked again.
probe: a conflict event for 0.0.0.0 (a switch's device tracking). Else the cause that the second MAC belongs to."""

AFTER_START = timedelta(seconds=60)
"""Design, "One second MAC has one owner": for so long after a start members may take each other for a duplicate."""

MODE_WORDS: Mapping[Mode | None, str] = {"unicast": "unicast", "multicast": "multicast", "igmp": "IGMP multicast"}
"""The modes as NLB Manager writes them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The owner of one MAC. `why`: what the MAC is, in words."""

    owner: Owner
    why: str
    undecided: str = ""
    """Why the owner cannot be told yet."""
    possible: str = ""
    """Why a finding of it would only be possible."""


def cluster_addresses(facts: Facts) -> dict[IPv4Address, str]:
    """Every address of the cluster whose owner matters -> the node whose own address it is, empty for a VIP."""
    found = {v.ip: v.node for v in facts.vips if v.role == "dip"}
    found |= {ip: node for node, ip in facts.dips.items()}
    return {ip: found.get(ip, "") for ip in sorted(found)} | dict.fromkeys(facts.vip_addresses(), "")


def own_macs(facts: Facts) -> dict[Mac, str]:
    """Every MAC that the cluster answers with for a VIP -> the evidence: mode and primary of each node; and a MAC that
    every node reports alike, which somebody gave the cluster by hand (that is NLB009's): known when all were read.
    """
    alike = len({one.mac for one in facts.instances}) == 1 and all(facts.answered("cluster", n) for n in facts.nodes)
    custom = {one.mac: one.evidence for one in reversed(facts.instances) if one.mac and (alike or not one.mode)}
    return custom | facts.cluster_macs()


def unread(facts: Facts) -> tuple[str, ...]:
    """The nodes whose mode and primary address are not known: what they answer with cannot be told."""
    unknown = {one.node for one in facts.instances if not one.mode}
    silent = tuple(n for n in facts.nodes if n in unknown or not facts.answered("cluster", n))
    return silent or (() if facts.instances else facts.nodes)


def home(facts: Facts, node: str, ip: IPv4Address) -> Nic | None:
    """The adapter of a node that holds this address now; None when that is not known, or when none does."""
    places = {a.index for a in facts.addresses if (a.node, a.ip, a.store) == (node, ip, "active")}
    return next((nic for nic in facts.nics if nic.target == node and nic.index in places), None)


# ---- what the cluster answers with, and who its members are ----


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the owners follow from, computed once."""

    addresses: Mapping[IPv4Address, str]
    own: Mapping[Mac, str]
    maybe: frozenset[Mac]
    """What the nodes that were read report alike, while others were not: it is the cluster's own if those do too."""
    unread: tuple[str, ...]
    """Nodes whose mode or primary address is not known."""
    primaries: frozenset[IPv4Address]
    subnets: tuple[IPv4Network, ...]
    """Those of the VIPs that the nodes list, where their masks are told."""
    others: Mapping[IPv4Address, str]
    """Primary addresses of the site's other clusters -> the cluster's name."""
    members: Mapping[Mac, str]
    """MAC of a node's adapter or virtual NIC -> the node."""
    guests: frozenset[Mac]
    """MACs of virtual NICs on listed hosts."""
    nlb: frozenset[Mac]
    """The MACs of the adapters that NLB is bound to."""
    dark: tuple[str, ...]
    """Nodes whose adapters are not known, neither by their own word nor by their host's."""
    priorities: Mapping[int, str]
    nameless: tuple[str, ...]
    """Nodes whose host priority is not known."""
    machines: Mapping[str, Machine]

    @classmethod
    def of(cls, facts: Facts) -> "Known":
        """All of it, out of one cluster's facts."""
        members, dark = _members(facts)
        bound = [nic for one in facts.instances if (nic := facts.nlb_nic(one))]
        priorities = {one.priority: one.node for one in facts.states if one.priority is not None}
        reported = {one.mac for one in facts.instances if one.mac}
        return cls(
            addresses=cluster_addresses(facts),
            own=own_macs(facts),
            maybe=frozenset(reported) if len(reported) == 1 and unread(facts) else frozenset(),
            unread=unread(facts),
            primaries=frozenset(facts.primaries()),
            subnets=tuple({IPv4Interface(f"{v.ip}/{v.prefix}").network for v in facts.vips if v.prefix}),
            others=facts.other_primaries,
            members=members,
            guests=frozenset(v.mac for v in facts.vnics if v.mac),
            nlb=frozenset(m for nic in bound for m in (nic.permanent, nic.mac) if m),
            dark=dark,
            priorities=priorities,
            nameless=tuple(n for n in facts.nodes if n not in priorities.values()),
            machines={one.target: one for one in facts.machines},
        )


def _members(facts: Facts) -> tuple[dict[Mac, str], tuple[str, ...]]:
    """The MACs of the nodes: their adapters, and all virtual NICs of the VMs that have one of these.

    A node whose adapters were not read is found among the VMs by its own address, where exactly one VM reports it.
    """
    found = {m: nic.target for nic in facts.nics if nic.target in facts.nodes for m in (nic.permanent, nic.mac) if m}
    found = {m: node for m, node in found.items() if decode(m).kind != "cluster"}
    dark = []
    for node in facts.nodes:
        vms = {v.vm_id for v in facts.vnics if v.vm_id and v.mac and found.get(v.mac) == node}
        if node not in found.values():
            own = {v.ip for v in facts.vips if (v.node, v.role) == (node, "dip")} | {facts.dips.get(node)}
            holders = {v.vm_id for v in facts.vnics if v.vm_id and own & set(v.ips)}
            vms = holders if len(holders) == 1 else set()
        found |= {v.mac: node for v in facts.vnics if v.mac and v.vm_id in vms}
        if node not in found.values():
            dark.append(node)
    return found, tuple(dark)


# ---- the owner of one MAC ----


def _of_vip(known: Known, mac: Mac, *, typed: bool) -> Verdict:
    """The owner of a MAC that a VIP is bound to. A masked MAC also needs the time, see `masked`."""
    read = decode(mac)
    if mac in known.own:
        return Verdict(owner="own", why="the cluster's MAC")
    if typed:
        return _doubted(known, read, Verdict(owner="NLB003", why=_words(known, read)))
    if read.kind == "cluster":
        return _doubted(known, read, _of_cluster(known, read))
    if read.kind == "masked":
        return masked(known, read, None, "")
    if node := known.members.get(mac):
        return Verdict(owner="NLB008", why=f"{node}'s own NIC, not the cluster's MAC")
    return Verdict(owner="NLB001", why=_words(known, read), undecided=_maybe_a_member(known))


def _open(known: Known) -> str:
    """Why a MAC may be right after all: a node whose mode and primary address are not known may answer with it."""
    return f"what {_and(known.unread)} answers with is not known" if known.unread else ""


def _doubted(known: Known, read: Decoded, verdict: Verdict) -> Verdict:
    """A second MAC while a node was not read: undecided; only possible where its primary lies in no subnet of the cluster.

    The nodes of a cluster have one primary address, in the VIPs' subnet: that another node has such a one is far off.
    """
    told = read.primary if read.kind == "cluster" and read.mode != "igmp" else None
    listed = told is None or _same(read, (*known.primaries, *known.others)) or not_a_primary(told)
    if not known.unread or told is None or listed or not known.subnets or any(told in net for net in known.subnets):
        return replace(verdict, undecided=_open(known))
    return replace(verdict, possible=f"{_and(known.unread)} was not read: its primary might be {told}")


def _of_cluster(known: Known, read: Decoded) -> Verdict:
    """A MAC of NLB's form that this cluster does not answer with: another mode's, another cluster's, a former one's."""
    if _same(read, known.primaries):
        return Verdict(owner="NLB002", why=f"the {MODE_WORDS.get(read.mode, '')} MAC of the same primary address")
    if _same(read, known.others) or (read.primary is not None and not_a_primary(read.primary)):
        return Verdict(owner="NLB001", why=_words(known, read))
    return Verdict(owner="NLB004", why=_words(known, read))


def _same(read: Decoded, primaries: Iterable[IPv4Address]) -> bool:
    """Whether the cluster MAC was made from one of these addresses, as far as it tells: IGMP keeps two octets."""
    return any(read.primary == ip or read.tail == tuple(ip.packed[2:]) for ip in primaries)


def masked(known: Known, read: Decoded, at: datetime | None, by: str) -> Verdict:
    """A unicast member's source MAC (MaskSourceMAC), seen at `at` by the node `by`; None: in a cache, so at no time."""
    if read.primary not in known.primaries or read.priority is None:
        return Verdict(owner="NLB001", why=_words(known, read), undecided=_open(known))
    why = f"the masked source MAC of host priority {read.priority} in this cluster"
    member = known.priorities.get(read.priority)
    if member is None and known.nameless:
        return Verdict(owner="NLB001", why=why, undecided=f"the host priority of {_and(known.nameless)} is not known")
    if member is None:
        return Verdict(owner="NLB001", why=why, possible="no listed node has that host priority")
    why += f", {member}"
    if at is not None:
        return _at_start(known, why, at, (by, member))
    return Verdict(owner="NLB001", why=why, possible=_OUTSIDE)


_OUTSIDE = "a member's frames were answered outside NLB, or came back to their sender (see NLB005)"


def _at_start(known: Known, why: str, at: datetime, two: tuple[str, str]) -> Verdict:
    """Within 60 s after the later of two members' starts they may have taken each other for a duplicate."""
    boots = [known.machines[node].boot for node in two if node in known.machines]
    if len(boots) < 2:
        return Verdict(owner="NLB001", why=why, undecided=f"when {_and(dict.fromkeys(two))} started is not known")
    if timedelta(0) <= at - max(boots) <= AFTER_START:
        seconds = int((at - max(boots)).total_seconds())
        return Verdict(owner="start", why=f"{why}, {seconds} s after the later start of the two")
    return Verdict(owner="NLB001", why=why, possible=_OUTSIDE)


def _of_dip(facts: Facts, known: Known, node: str, nic: Nic, mac: Mac, *, typed: bool, live: bool) -> Verdict:
    """The owner of a MAC that a node's own address is bound to. `live`: seen on the wire, not only in a cache."""
    read = decode(mac)
    if mac == nic.mac:
        return Verdict(owner="own", why=f"the MAC of {node}'s {nic.name}")
    if typed:
        return Verdict(owner="NLB003", why=_words(known, read))
    if known.members.get(mac) == node:
        return Verdict(owner="own", why=f"a NIC of {node} too")
    if mac in known.own:
        return Verdict(owner="NLB008", why="the cluster's MAC: NLB answers for this address as for a VIP")
    if read.kind == "cluster":
        return _doubted(known, read, _of_cluster(known, read))
    if read.kind == "masked":
        verdict = masked(known, read, None, "")
        own = known.priorities.get(read.priority or 0) == node and read.primary in known.primaries
        return Verdict(owner="own", why=verdict.why) if own else verdict
    if read.kind in ("hyper-v", "vmm") and not live and mac not in known.guests:
        return _former(facts, known, read)
    undecided = "" if mac in known.members else _maybe_a_member(known)
    return Verdict(owner="NLB001", why=_words(known, read), undecided=undecided)


def _former(facts: Facts, known: Known, read: Decoded) -> Verdict:
    """A pool MAC that no listed virtual NIC has: a former one, unless a switch has learned it lately."""
    silent = [host for host in facts.hosts if not facts.answered("vnics", host)]
    why = "a vNIC's MAC that no listed VM has now"
    if read.pool_host_tail:
        p, q = read.pool_host_tail
        why += f" (of the pool of a host whose address ended in .{p}.{q})"
    if silent or not facts.hosts:
        missing = f"the virtual NICs of {_and(silent)} are not known" if silent else "no Hyper-V host is listed"
        return Verdict(owner="NLB004", why=why, undecided=missing)
    match alive(facts, read.mac):
        case True:
            return Verdict(owner="NLB001", why=_words(known, read))
        case False:
            return Verdict(owner="NLB004", why=why)
        case None:
            doubt = "not every switch's MAC table was read: a machine that is not listed may have it"
            return Verdict(owner="NLB004", why=why, possible=doubt)


def alive(facts: Facts, mac: Mac) -> bool | None:
    """Whether a switch has learned the MAC; False only when every listed switch proves that it has not."""
    rows = [row for row in facts.fdb if row.mac == mac]
    if any(row.status != "none" for row in rows):
        return True
    return False if facts.switches and {row.target for row in rows} >= set(facts.switches) else None


def _maybe_a_member(known: Known) -> str:
    """Why a MAC that is nobody's may still be a node's: neither that node's adapters nor its virtual NICs were read."""
    return f"it may be a NIC of {_and(known.dark)}, whose adapters are not known" if known.dark else ""


def _words(known: Known, read: Decoded) -> str:
    """What a MAC is, as far as this site tells; else what its form says."""
    for ip, name in known.others.items():
        if read.kind == "cluster" and _same(read, (ip,)):
            return f"the {MODE_WORDS.get(read.mode, '')} MAC of cluster {name}"
    if read.kind == "cluster" and _same(read, known.primaries):
        return f"the {MODE_WORDS.get(read.mode, '')} MAC of the same primary address, a mode that no node runs"
    if read.kind == "cluster" and read.primary and not known.primaries and known.addresses.get(read.primary) == "":
        return f"the {MODE_WORDS.get(read.mode, '')} MAC of {read.primary}, right if that is the primary address and the mode"
    if read.kind == "cluster" and read.primary and known.addresses.get(read.primary) == "":
        return f"the MAC that NLB Manager shows for {read.primary}, but every VIP answers with the primary's"
    if read.kind == "masked" and read.primary and read.primary in known.others:
        return f"a masked source MAC of cluster {known.others[read.primary]}"
    if node := known.members.get(read.mac):
        return f"a NIC of {node}"
    if read.mac in known.guests:
        return "a vNIC of a VM that is no node"
    return said(read)


def said(read: Decoded) -> str:
    """What a MAC is by its form alone, as a part of a sentence."""
    note = read.note.rstrip(".")
    return (
        note[0].lower() + note[1:]
        if note.startswith(("Its ", "A ", "The ", "Not ", "Has ", "Locally", "Glob"))
        else note
    )


def of_address(facts: Facts, known: Known, node: str, ip: IPv4Address, mac: Mac, *, typed: bool, live: bool) -> Verdict:
    """A VIP's or a DIP's verdict; undecided for a DIP whose adapter is not known, so that nothing can be compared."""
    nic = home(facts, node, ip) if node else None
    if node and (nic is None or nic.mac is None):
        return _of_no_nic(known, node, ip, mac, typed=typed)
    verdict = _of_dip(facts, known, node, nic, mac, typed=typed, live=live) if nic else _of_vip(known, mac, typed=typed)
    if mac in known.maybe and verdict.owner != "own":
        return replace(verdict, undecided=verdict.undecided or _open(known))
    return verdict


def _of_no_nic(known: Known, node: str, ip: IPv4Address, mac: Mac, *, typed: bool) -> Verdict:
    """A MAC that a node's own address is bound to, while nobody says which adapter of the node has the address."""
    if known.members.get(mac) == node and not typed:
        return Verdict(owner="own", why=f"a NIC of {node}")
    open_ = f"which adapter of {node} has {ip} is not known"
    return Verdict(owner="NLB003" if typed else "NLB004", why=_words(known, decode(mac)), undecided=open_)


def of_guest(known: Known, vnic: VNic, mac: Mac, node: str) -> Verdict:
    """The verdict on a VM that reports an address of the cluster; `node` as in `cluster_addresses`."""
    member = known.members.get(mac)
    words = vnic_words(vnic)
    if member and (node == member or (not node and mac in known.nlb)):
        return Verdict(owner="own", why=f"{words}, which is {member}")
    if member and not node:
        return Verdict(owner="NLB008", why=f"{words}, which is {member}: not the NIC that NLB is bound to")
    whose = f"{words}, which is {member}" if member else f"{words}, which is no node of the cluster"
    return Verdict(owner="NLB001", why=whose, undecided="" if member else _maybe_a_member(known))


def vnic_words(vnic: VNic | None) -> str:
    """Which virtual NIC, in words: `VM FILES, vNIC LAN`."""
    if vnic is None:
        return "a virtual NIC"
    return f"VM {vnic.vm}, vNIC {vnic.name}" if vnic.vm else f"the host's own vNIC {vnic.name}"


def _and(names: Iterable[str]) -> str:
    return " and ".join(names)
