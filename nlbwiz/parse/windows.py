"""Evidence of the two PowerShell asks -> facts. One section at a time; pure."""

import re
from collections.abc import Callable, Iterator
from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, NetmaskValueError
from typing import Any

import msgspec

from nlbwiz.addr import AddressError, Mac, Mode, mac
from nlbwiz.facts import (
    Address,
    AddressOrder,
    ArpRetryCount,
    ArpView,
    Balancing,
    Driver,
    Event,
    Fact,
    Guest,
    Instance,
    IpInterface,
    LogWindow,
    Machine,
    MacPool,
    Membership,
    Nic,
    NodeState,
    Team,
    TeamMode,
    Vip,
    Vm,
    VNic,
    VSwitch,
)  # fmt: skip
from nlbwiz.parse import sections as s
from nlbwiz.record.evidence import Evidence

MODES: dict[str, Mode] = {"UNICAST": "unicast", "MULTICAST": "multicast", "IGMPMULTICAST": "igmp"}
TEAM_MODES: dict[int, TeamMode] = {0: "static", 1: "switch-independent", 2: "lacp"}
BALANCINGS: dict[int, Balancing] = {
    0: "transport-ports", 2: "ip-addresses", 3: "mac-addresses", 4: "hyper-v-port", 5: "dynamic",
}  # fmt: skip
RUNNING, MIGRATING = 2, frozenset({32774, 32780})
"""VMState Running; VMOperationalStatus MigratingVirtualMachine and MigratingPlannedVm (HyperV module 2.0.0.0)."""


NEVER_EMPTY = frozenset({"os", "hypervisor", "adapters", "addresses", "dad", "arp-retry-count", "uplinks"})
"""Sections that no Windows machine answers with nothing: an empty one was not really read."""


def facts(evidence: Evidence) -> tuple[Fact, ...]:
    """The facts of one section's answer.

    Raises msgspec.ValidationError (a ValueError) when a record is not what the section's contract says, ValueError or
    AddressError when an address in it is none, and RecursionError for lists in lists without end.
    """
    section = evidence.ask.probe
    record = (s.NODE | s.HOST)[section]
    found = _lists(msgspec.json.decode(evidence.raw or "[]"))
    rows = msgspec.convert(found, list[record], strict=False)  # type: ignore[valid-type]  # the section's own record
    if section in NEVER_EMPTY and not rows:
        raise ValueError("the section holds no record, and every machine has at least one")
    read = _READERS.get(section)
    return tuple(read(evidence.ask.target, evidence.label, rows)) if read else ()


def _lists(data: Any) -> Any:
    """The same with every `{"value": [...], "Count": n}` as its list: how ConvertTo-Json of Windows PowerShell 3.0 to
    5.1 writes an array that a function has wrapped.
    """
    if isinstance(data, list):
        return [_lists(each) for each in data]
    if not isinstance(data, dict):
        return data
    if data.keys() == {"value", "Count"} and isinstance(data["value"], list) and data["Count"] == len(data["value"]):
        return _lists(data["value"])
    return {key: _lists(value) for key, value in data.items()}


def _mac(text: str | None) -> Mac | None:
    """A MAC as Windows writes it in any cmdlet; empty, all zero and absent are None."""
    if not text or not text.strip("0-:. "):
        return None
    return mac(text)


def _ip(text: str) -> IPv4Address | None:
    """An IPv4 address; None for IPv6, which NLB facts do not hold yet."""
    try:
        return IPv4Address(text.strip())
    except AddressValueError:
        if ":" in text:
            return None
        raise


def _prefix(mask: str | None) -> int | None:
    """Dotted mask to prefix length; IPv6's `::` and nonsense are None."""
    try:
        return IPv4Network(f"0.0.0.0/{mask}").prefixlen if mask else None
    except (NetmaskValueError, ValueError):
        return None


def _os(node: str, seen: str, rows: list[s.Os]) -> Iterator[Fact]:
    for r in rows:
        yield Machine(
            target=node, computer=r.computer, caption=r.caption, version=r.version, boot=r.boot, clock=r.clock,
            nlb_installed=r.nlb_installed, evidence=seen,
        )  # fmt: skip


def _hypervisor(host: str, seen: str, rows: list[s.Hypervisor]) -> Iterator[Fact]:
    for r in rows:
        yield Machine(
            target=host, computer=r.computer, caption=r.caption, version=r.version, boot=r.boot, clock=r.clock,
            nlb_installed=None, evidence=seen,
        )  # fmt: skip
        yield MacPool(
            host=host, low=mac(r.pool_low), high=mac(r.pool_high), max_migrations=r.max_migrations, evidence=seen
        )


def _guest(node: str, seen: str, rows: list[s.Guest]) -> Iterator[Fact]:
    for r in rows:
        yield Guest(node=node, host=r.host, vm=r.vm, evidence=seen)


def _cluster(node: str, seen: str, rows: list[s.NlbInstance]) -> Iterator[Fact]:
    for r in rows:
        if primary := _ip(r.primary):
            yield Instance(
                node=node, primary=primary, mode=MODES.get((r.mode or "").strip().upper()), mac=_mac(r.mac),
                name=r.name or "", interface=r.interface or "", guid=r.guid or "", source=r.source, evidence=seen,
            )  # fmt: skip


def _vips(node: str, seen: str, rows: list[s.NlbAddress]) -> Iterator[Fact]:
    for r in rows:
        primary, ip = _ip(r.primary), _ip(r.ip)
        if primary and ip:
            yield Vip(
                node=node, primary=primary, role="dip" if r.role == "dip" else "vip", ip=ip, prefix=_prefix(r.mask),
                complete=r.source == "module", evidence=seen,
            )  # fmt: skip


def _state(node: str, seen: str, rows: list[s.NlbState]) -> Iterator[Fact]:
    for r in rows:
        if primary := _ip(r.primary):
            yield NodeState(
                node=node, primary=primary, code=r.code, text=r.text, priority=r.priority, initial=r.initial,
                masked=r.masked, evidence=seen,
            )  # fmt: skip


_PARAM = re.compile(r"^\s*(\w+)\s*=\s*(.*?)\s*$")


def _driver(node: str, seen: str, rows: list[s.NlbDriver]) -> Iterator[Fact]:
    """`nlb.exe params` prints `Key = value` lines; the key names are not localised (a 2003 and a 2008 R2 sample agree)."""
    for r in rows:
        if r.source != "nlb.exe":
            yield Driver(
                node=node, primary=_ip(r.primary) if r.primary else None, mac=_mac(r.mac), priority=r.host_id,
                state=r.state, evidence=seen,
            )  # fmt: skip
            continue
        found: dict[str, str] = {}
        for line in [*r.lines, "ParametersVersion = end"]:
            if not (hit := _PARAM.match(line)):
                continue
            if hit[1] == "ParametersVersion" and "ClusterIPAddress" in found:  # the next instance begins
                priority = found.get("HostPriority", "")
                yield Driver(
                    node=node, primary=_ip(found["ClusterIPAddress"]), mac=_mac(found.get("ClusterNetworkAddress")),
                    priority=int(priority) if priority.isdigit() else None, state=None, evidence=seen,
                )  # fmt: skip
                found = {}
            found[hit[1]] = hit[2]


_HOSTS = re.compile(r"^\s*\d{1,2}(\s*,\s*\d{1,2})*\s*$")
_IPV4 = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?!\d|\.\d)")


def _query(node: str, seen: str, rows: list[s.NlbQuery]) -> Iterator[Fact]:
    """Localised text, so by pattern: an IPv4 address names the instance, a line of numbers lists its hosts (KB 812870).

    An address holds for one line of hosts only, and no longer than to the next instance's, which may have an IPv6
    primary: an instance must not be given another one's hosts.
    """
    for r in rows:
        primary: IPv4Address | None = None
        for line in r.lines:
            if (hit := _IPV4.search(line)) and (found := _quiet_ip(hit[0])):
                primary = found
            elif any(_is_ipv6(word) for word in line.split()):
                primary = None
            elif _HOSTS.match(line):
                hosts = tuple(sorted(int(number) for number in line.split(",")))
                yield Membership(node=node, primary=primary, hosts=hosts, evidence=seen)
                primary = None


def _is_ipv6(word: str) -> bool:
    try:
        IPv6Address(word.strip("[]()."))
    except AddressValueError:
        return False
    return True


def _adapters(target: str, seen: str, rows: list[s.Adapter]) -> Iterator[Fact]:
    for r in rows:
        driver = " ".join(part for part in (r.driver_provider, r.driver_version, r.driver_date) if part)
        yield Nic(
            target=target, name=r.name, description=r.description, guid=r.guid, index=r.index, mac=_mac(r.mac),
            permanent=_mac(r.permanent), status=r.status, physical=r.physical, driver=driver, evidence=seen,
        )  # fmt: skip


def _addresses(node: str, seen: str, rows: list[s.Address]) -> Iterator[Fact]:
    for r in rows:
        if ip := _ip(r.ip):
            yield Address(
                node=node, ip=ip, prefix=r.prefix, index=r.index, alias=r.alias, state=r.state,
                store="persistent" if r.store.lower().startswith("persistent") else "active", evidence=seen,
            )  # fmt: skip


def _address_order(node: str, seen: str, rows: list[s.AddressOrder]) -> Iterator[Fact]:
    for r in rows:
        yield AddressOrder(
            node=node, guid=r.guid, addresses=tuple(ip for one in r.addresses if (ip := _ip(one))), evidence=seen
        )


def _dad(node: str, seen: str, rows: list[s.IpInterface]) -> Iterator[Fact]:
    for r in rows:
        yield IpInterface(
            node=node, index=r.index, alias=r.alias, dad_transmits=r.dad_transmits, dhcp=r.dhcp,
            forwarding=r.forwarding, weak_send=r.weak_send, evidence=seen,
        )  # fmt: skip


def _arp_retry(node: str, seen: str, rows: list[s.ArpRetry]) -> Iterator[Fact]:
    for r in rows:
        yield ArpRetryCount(node=node, value=r.value, evidence=seen)


def _neighbors(via: str) -> Callable[[str, str, list[s.Neighbor]], Iterator[Fact]]:
    def read(device: str, seen: str, rows: list[s.Neighbor]) -> Iterator[Fact]:
        """State Permanent is a typed entry, once the built-in group and broadcast rows are left out."""
        for r in rows:
            ip, at = _ip(r.ip), _mac(r.mac)
            if (
                ip
                and at
                and r.state not in ("Incomplete", "Unreachable")
                and not ip.is_multicast
                and at != "FF-FF-FF-FF-FF-FF"
            ):
                yield ArpView(
                    device=device, via="host" if via == "host" else "node", ip=ip,
                    kind="static" if r.state == "Permanent" else "dynamic", mac=at, evidence=seen,
                )  # fmt: skip

    return read


def _events(target: str, seen: str, rows: list[s.EventLog]) -> Iterator[Fact]:
    """Tcpip 4198/4199 carry the address as %2 and the MAC as %3; any insert that parses as one is taken."""
    for log in rows:
        yield LogWindow(target=target, provider=log.provider, oldest=log.oldest, truncated=log.truncated, evidence=seen)
        for event in log.events:
            ips = [ip for one in event.inserts if _IPV4.fullmatch(one.strip()) and (ip := _quiet_ip(one))]
            macs = [at for one in event.inserts if (at := _quiet_mac(one))]
            yield Event(
                target=target, provider=log.provider, id=event.id, at=event.at, ip=next(iter(ips), None),
                mac=next(iter(macs), None), inserts=tuple(event.inserts), evidence=seen,
            )  # fmt: skip


def _quiet_ip(text: str) -> IPv4Address | None:
    try:
        return _ip(text)
    except ValueError:
        return None


_MAC_LIKE = re.compile(r"\s*(?:[0-9A-Fa-f]{2}[-:]){5}[0-9A-Fa-f]{2}\s*|\s*[0-9A-Fa-f]{12}\s*")


def _quiet_mac(text: str) -> Mac | None:
    try:
        return mac(text) if _MAC_LIKE.fullmatch(text) else None
    except AddressError:
        return None


def _vms(host: str, seen: str, rows: list[s.Vm]) -> Iterator[Fact]:
    for r in rows:
        yield Vm(
            host=host, name=r.name, id=r.id, running=r.state == RUNNING, migrating=not MIGRATING.isdisjoint(r.operational),
            evidence=seen,
        )  # fmt: skip


def _vnics(host: str, seen: str, rows: list[s.VNicRecord]) -> Iterator[Fact]:
    for r in rows:
        yield VNic(
            host=host, vm=r.vm or "", vm_id=r.vm_id or "", name=r.name, mac=_mac(r.mac), dynamic=r.dynamic,
            spoofing=r.spoofing == 0, switch=r.switch or "", vlan=r.vlan,
            ips=tuple(ip for one in r.ips if (ip := _quiet_ip(one))), evidence=seen, sriov=r.sriov,
        )  # fmt: skip


def _vswitches(host: str, seen: str, rows: list[s.VSwitchRecord]) -> Iterator[Fact]:
    """A SET switch is its own team: the VSwitch and the Team come from one record.

    Without a team setting of its own it balances by Dynamic (Msvm_VirtualEthernetSwitchNicTeamingSettingData).
    """
    for r in rows:
        yield VSwitch(host=host, name=r.name, external=r.type == 2, uplinks=tuple(r.uplinks), evidence=seen)
        if r.embedded:
            yield Team(
                host=host, name=r.name, kind="set", mode="switch-independent",
                balancing=BALANCINGS[5 if r.balancing is None else r.balancing], members=tuple(r.uplinks),
                standby=(), failed=(), vswitch=r.name, evidence=seen,
            )  # fmt: skip


def _teams(host: str, seen: str, rows: list[s.TeamRecord]) -> Iterator[Fact]:
    """`vswitch` stays empty here: the join needs the vSwitches, which are other evidence (parse.gather does it)."""
    for r in rows:
        yield Team(
            host=host, name=r.name, kind="lbfo", mode=TEAM_MODES[r.mode], balancing=BALANCINGS[r.balancing],
            members=tuple(m.description for m in r.members), standby=tuple(m.description for m in r.members if m.admin == 1),
            failed=tuple(m.description for m in r.members if m.operational == 4096), vswitch="\n".join(r.nics), evidence=seen,
        )  # fmt: skip


_READERS: dict[str, Callable[[str, str, Any], Iterator[Fact]]] = {
    "os": _os,
    "guest": _guest,
    "cluster": _cluster,
    "vips": _vips,
    "state": _state,
    "driver": _driver,
    "query": _query,
    "adapters": _adapters,
    "addresses": _addresses,
    "address-order": _address_order,
    "dad": _dad,
    "arp-retry-count": _arp_retry,
    "neighbors": _neighbors("node"),
    "events": _events,
    "hypervisor": _hypervisor,
    "vms": _vms,
    "vnics": _vnics,
    "vswitches": _vswitches,
    "teams": _teams,
    "uplinks": _adapters,
    "host-neighbors": _neighbors("host"),
    "migrations": _events,
}
"""Sections that become facts. `registry`, `rules`, `convergence` and `failover` are collected for the record."""
