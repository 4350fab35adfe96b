"""A real switch in user space: frames come in on AF_PACKET ports, its forwarding state is what its SNMP agent serves.

It learns by (VLAN, source MAC), ages, sends multicast by its group table where filtering is on (static entries, and
snooped ones by the MAC of the group), floods what it does not know, and counts per port what left and came in, by
unicast, multicast and broadcast. Everything else that its agent says (names, VLANs, LLDP) is the world's.
"""

import select
import signal
import socket
import struct
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from nlbwiz.lab import oids, tables
from nlbwiz.lab.network import Switch
from nlbwiz.lab.snmp.agent import SnmpAgent
from nlbwiz.lab.snmp.loop import AgentLoop
from nlbwiz.lab.snmp.table import Table, beneath
from nlbwiz.lab.snmp.values import Counter32, Counter64, Integer32
from nlbwiz.lab.tables_common import Row, port_list
from nlbwiz.lab.tables_switch import OCTETS
from nlbwiz.lab.world import World
from tests.live.wire.worlds import chosen

AGEING_S = 300.0
"""IEEE 802.1D's default."""
GROUP_S = 260.0
"""A snooped member that sends no report for so long is dropped: RFC 2236 8.4, Group Membership Interval."""
REFRESH_S = 0.2
"""How old the state may be that the agent serves."""
UNICAST, MULTICAST, BROADCAST = 0, 1, 2
_SOL_PACKET, _PACKET_ADD_MEMBERSHIP, _PROMISC = 263, 1, 1  # linux/if_packet.h
_PACKET_IGNORE_OUTGOING = 23
_V2_REPORT, _V1_REPORT = 0x16, 0x12  # RFC 2236 2.1
_COUNTERS = {
    UNICAST: (oids.IF_HC_IN_UCAST, oids.IF_HC_OUT_UCAST),
    MULTICAST: (oids.IF_HC_IN_MULTICAST, oids.IF_HC_OUT_MULTICAST),
    BROADCAST: (oids.IF_HC_IN_BROADCAST, oids.IF_HC_OUT_BROADCAST),
}
_OWN = (
    oids.Q_TP_FDB_PORT, oids.Q_TP_FDB_STATUS, oids.Q_FDB_DYNAMIC_COUNT, oids.Q_TP_GROUP_EGRESS, oids.Q_TP_GROUP_LEARNT,
    *(oid for pair in _COUNTERS.values() for oid in pair),
)  # fmt: skip
"""Columns whose rows come from what was really forwarded."""


@dataclass(slots=True)
class Wire:
    """One VLAN on one port: an end of a veth pair. `port` is the dot1d base port; several wires make a trunk."""

    device: str
    port: int
    vlan: int
    end: socket.socket = field(init=False)

    def __post_init__(self) -> None:
        self.end = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))  # ETH_P_ALL
        self.end.bind((self.device, 0))
        self.end.setsockopt(_SOL_PACKET, _PACKET_IGNORE_OUTGOING, 1)
        index = socket.if_nametoindex(self.device)
        self.end.setsockopt(_SOL_PACKET, _PACKET_ADD_MEMBERSHIP, struct.pack("iHH8s", index, _PROMISC, 0, b""))
        self.end.setblocking(False)


class Fabric:
    """The forwarding itself. `groups`: (VLAN, MAC) -> base ports of the static entries."""

    def __init__(self, wires: Iterable[Wire], switch: Switch) -> None:
        self.wires = tuple(wires)
        self.filtering, self.snooping = switch.filtering, switch.filtering and switch.snooping
        self.closed = frozenset(switch.unregistered)
        self.groups = {(one.vlan, one.mac): frozenset(one.ports) for one in switch.groups}
        self.static = {(row.vlan, row.mac): row.port for row in switch.static}
        self.fdb: dict[tuple[int, bytes], tuple[int, float]] = {}
        self.snooped: dict[tuple[int, bytes], dict[int, float]] = {}
        self.moves: Counter[tuple[int, bytes]] = Counter()
        self.received: Counter[tuple[int, int]] = Counter()
        self.sent: Counter[tuple[int, int]] = Counter()

    def take(self, wire: Wire, frame: bytes, now: float) -> None:
        """Learn from one frame and forward it. A port of the switch itself counts like any other."""
        target, source = frame[:6], frame[6:12]
        kind = BROADCAST if target == b"\xff" * 6 else MULTICAST if target[0] & 1 else UNICAST
        self.received[wire.port, kind] += 1
        if not source[0] & 1:
            key = wire.vlan, source
            before = self.fdb.get(key)
            self.moves[key] += before is not None and before[0] != wire.port
            self.fdb[key] = wire.port, now
        if kind == MULTICAST and self.snooping:
            self._snoop(wire, frame, now)
        out = self._ports(wire.vlan, target, kind, now)
        for other in self.wires:
            if other.vlan == wire.vlan and other.port != wire.port and (out is None or other.port in out):
                try:
                    other.end.send(frame)
                except OSError:  # its far end is down
                    continue
                self.sent[other.port, kind] += 1

    def _ports(self, vlan: int, target: bytes, kind: int, now: float) -> Iterable[int] | None:
        """The ports that a frame leaves on; None: all of the VLAN."""
        if kind == BROADCAST:
            return None
        if kind == UNICAST:
            if (vlan, target) in self.static:
                return (self.static[vlan, target],)
            place = self.fdb.get((vlan, target))
            return (place[0],) if place and now - place[1] < AGEING_S else None
        if not self.filtering:
            return None
        chosen = set(self.groups.get((vlan, target), ()))
        chosen |= {port for port, at in self.snooped.get((vlan, target), {}).items() if now - at < GROUP_S}
        if chosen:
            return chosen
        if (vlan, target) in self.groups:
            return ()
        return {wire.port for wire in self.wires} - self.closed

    def _snoop(self, wire: Wire, frame: bytes, now: float) -> None:
        """IGMP membership reports (RFC 2236): the group's MAC leads to this port."""
        if frame[12:14] != b"\x08\x00" or len(frame) < 34 or frame[23] != 2:
            return
        igmp = frame[14 + (frame[14] & 15) * 4 :]
        if len(igmp) >= 8 and igmp[0] in (_V1_REPORT, _V2_REPORT):
            mac = b"\x01\x00\x5e" + bytes((igmp[5] & 0x7F, *igmp[6:8]))
            self.snooped.setdefault((wire.vlan, mac), {})[wire.port] = now

    # ---- as SNMP rows ----

    def rows(self, now: float, own: tuple[int, bytes]) -> Iterator[Row]:
        """FDB, groups and counters as they are now. `own`: the switch's VLAN and MAC."""
        learned = {
            key: port for key, (port, at) in self.fdb.items() if now - at < AGEING_S and key not in {own, *self.static}
        }
        count = Counter(vlan for vlan, _ in learned)
        for vlan in {wire.vlan for wire in self.wires}:
            yield (*oids.Q_FDB_DYNAMIC_COUNT, vlan), Counter32(count[vlan])
        for (vlan, mac), port in learned.items():
            yield (*oids.Q_TP_FDB_PORT, vlan, *mac), Integer32(port)
            yield (*oids.Q_TP_FDB_STATUS, vlan, *mac), Integer32(3)  # learned
        for (vlan, mac), port in self.static.items():
            yield (*oids.Q_TP_FDB_PORT, vlan, *mac), Integer32(port)
            yield (*oids.Q_TP_FDB_STATUS, vlan, *mac), Integer32(5)  # mgmt
        yield (*oids.Q_TP_FDB_PORT, own[0], *own[1]), Integer32(0)
        yield (*oids.Q_TP_FDB_STATUS, own[0], *own[1]), Integer32(4)  # self
        for vlan, mac in {*self.groups, *self.snooped}:
            heard = {port for port, at in self.snooped.get((vlan, mac), {}).items() if now - at < GROUP_S}
            static = self.groups.get((vlan, mac), frozenset())
            if heard or static:
                yield (*oids.Q_TP_GROUP_EGRESS, vlan, *mac), port_list(sorted(heard | static), OCTETS)
                yield (*oids.Q_TP_GROUP_LEARNT, vlan, *mac), port_list(sorted(heard - static), OCTETS)

    def counters(self, switch: Switch) -> Iterator[Row]:
        """What every port counts, read anew for each answer."""
        for port in switch.ports:
            for kind, (in_, out) in _COUNTERS.items():
                key = port.number, kind
                yield (*in_, port.index), lambda key=key: Counter64(self.received[key])  # type: ignore[misc]
                yield (*out, port.index), lambda key=key: Counter64(self.sent[key])  # type: ignore[misc]


class Served:
    """The agent's table: the world's rows, and in place of forwarding and counters what this switch really did."""

    def __init__(self, world: World, switch: Switch, fabric: Fabric) -> None:
        rows = tables.tables(world, switch.name)[""]  # once: its clock runs on from here
        self._fixed = [row for row in rows if not any(beneath(row[0], oid) for oid in _OWN)]
        self._fixed += fabric.counters(switch)
        self._objects = tables.objects(world, switch.name)
        self._fabric, self._own = fabric, (switch.vlan, switch.mac)

    def now(self, now: float) -> dict[str, Table]:
        """As it is at this moment."""
        return {"": Table([*self._fixed, *self._fabric.rows(now, self._own)], objects=self._objects)}


def main(name: str, device: str, community: str, *wires: str) -> None:
    """Run until SIGTERM. `wires`: DEVICE:PORT:VLAN each."""
    world = chosen(name).world
    switch = world.switch(device)
    parts = (one.split(":") for one in wires)
    fabric = Fabric((Wire(dev, int(port), int(vlan)) for dev, port, vlan in parts), switch)
    shown = Served(world, switch, fabric)
    stop: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: stop.append(number))
    with AgentLoop() as loop:
        agent = SnmpAgent(device, shown.now(time.monotonic()), community=community)
        own = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        own.setblocking(False)
        own.bind((str(switch.address), 161))
        agent.start(loop, own)
        print("ready", flush=True)
        _forward(fabric, stop, lambda now: setattr(agent, "tables", shown.now(now)))


def _forward(fabric: Fabric, stop: list[int], refresh: Callable[[float], None]) -> None:
    poll = select.epoll()
    by_number = {wire.end.fileno(): wire for wire in fabric.wires}
    for number in by_number:
        poll.register(number, select.EPOLLIN)
    due = 0.0
    while not stop:
        for number, _ in poll.poll(REFRESH_S):
            wire = by_number[number]
            for _ in range(64):  # then the next wire has its turn
                try:
                    frame = wire.end.recv(65535)
                except BlockingIOError:
                    break
                fabric.take(wire, frame, time.monotonic())
        if (now := time.monotonic()) >= due:
            refresh(now)
            due = now + REFRESH_S


if __name__ == "__main__":
    main(*sys.argv[1:])
