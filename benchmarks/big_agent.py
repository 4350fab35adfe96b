"""Agents for the SNMP benchmark, in a process of their own: one big table, many times.

Run: python benchmarks/big_agent.py COUNT LATENCY_MS SILENT. Prints "HOST PORT" of every agent, then for each line read
from stdin "PDUS VARBINDS CPU_SECONDS" of all of them together.
"""

import resource
import sys
from ipaddress import IPv4Address

from nlbwiz.lab import oids
from nlbwiz.lab.snmp.agent import SnmpAgent
from nlbwiz.lab.snmp.faults import Faults
from nlbwiz.lab.snmp.loop import AgentLoop
from nlbwiz.lab.snmp.table import Table
from nlbwiz.lab.snmp.values import Counter32, Integer32, IpAddress, ObjectIdentifier, OctetString, TimeTicks
from nlbwiz.lab.tables_common import Row

FDB_ROWS, ARP_ROWS = 16_384, 4_096
VLANS = (1, 10, 20, 30)
COMMUNITY = "bench"
FIRST_IP = IPv4Address("172.31.0.10")
IFINDEX = 10


OBJECTS = (
    *(oids.SYS_DESCR, oids.SYS_OBJECT_ID, oids.SYS_UP_TIME, oids.SYS_NAME, oids.IP_FORWARDING),
    *(oids.Q_FDB_DYNAMIC_COUNT, oids.Q_TP_FDB_PORT, oids.Q_TP_FDB_STATUS),
    *(oids.ARP_IF_INDEX, oids.ARP_PHYS_ADDRESS, oids.ARP_NET_ADDRESS, oids.ARP_TYPE),
)


def mac(number: int) -> bytes:
    """The MAC of row `number`."""
    return b"\x00\x15\x5d" + number.to_bytes(3, "big")


def table() -> Table:
    """A switch that routes: 16,384 rows of dot1qTpFdbTable in four VLANs, 4,096 of ipNetToMediaTable."""
    rows: list[Row] = [
        ((*oids.SYS_DESCR, 0), OctetString(b"PowerConnect 5424")),
        ((*oids.SYS_OBJECT_ID, 0), ObjectIdentifier((1, 3, 6, 1, 4, 1, 674, 10895, 3006))),
        ((*oids.SYS_UP_TIME, 0), TimeTicks(123_456_700)),
        ((*oids.SYS_NAME, 0), OctetString(b"bench")),
        ((*oids.IP_FORWARDING, 0), Integer32(1)),
    ]
    rows += [((*oids.Q_FDB_DYNAMIC_COUNT, vlan), Counter32(FDB_ROWS // len(VLANS))) for vlan in VLANS]
    for number in range(FDB_ROWS):
        end = (VLANS[number % len(VLANS)], *mac(number))
        rows.append(((*oids.Q_TP_FDB_PORT, *end), Integer32(number % 48 + 1)))
        rows.append(((*oids.Q_TP_FDB_STATUS, *end), Integer32(3)))
    for number in range(ARP_ROWS):
        ip = FIRST_IP + number
        index = (IFINDEX, *ip.packed)
        rows.append(((*oids.ARP_IF_INDEX, *index), Integer32(IFINDEX)))
        rows.append(((*oids.ARP_PHYS_ADDRESS, *index), OctetString(mac(number))))
        rows.append(((*oids.ARP_NET_ADDRESS, *index), IpAddress(str(ip))))
        rows.append(((*oids.ARP_TYPE, *index), Integer32(3)))
    return Table(rows, objects=OBJECTS)


def main() -> None:
    """Serve until stdin ends."""
    count, latency_ms, silent = int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
    shared = {"": table()}
    with AgentLoop() as loop:
        agents = []
        for number in range(count):
            agent = SnmpAgent(f"a{number}", shared, community=COMMUNITY, host=f"127.0.3.{number + 1}")
            agent.faults = Faults(latency_s=latency_ms / 1000, silent=number < silent)
            agent.start(loop)
            agents.append(agent)
            print(*agent.address, flush=True)
        for _ in sys.stdin:
            usage = resource.getrusage(resource.RUSAGE_SELF)
            pdus, varbinds = (sum(getattr(one.counts, what) for one in agents) for what in ("pdus", "varbinds"))
            print(pdus, varbinds, f"{usage.ru_utime + usage.ru_stime:.3f}", flush=True)


if __name__ == "__main__":
    main()
