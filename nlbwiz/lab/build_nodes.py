"""The NLB nodes of a base world: NICs, addresses, one NLB instance per cluster, 30 days of log."""

from datetime import datetime, timedelta
from ipaddress import IPv4Address
from itertools import pairwise

from nlbwiz.lab.build_hosts import HOST_ROLES, braced
from nlbwiz.lab.layout import Layout
from nlbwiz.lab.machines import Address, Convergence, Event, Instance, Log, Nic, Node
from nlbwiz.lab.node_sections import NLB
from nlbwiz.lab.numbering import MANAGEMENT, Numbering
from nlbwiz.lab.world import Cluster

PREFIX = 24
UPTIME = timedelta(days=12)
APART = timedelta(hours=2)
"""How long after one node the next one was started."""
LOG_DAYS = timedelta(days=30, hours=1)
SETTLE = timedelta(seconds=25)
"""From a start to convergence."""
PHASES = ("Unknown", "ConvergingPhase1", "StablePhase1", "ConvergingPhase2", "StablePhase2", "Converged")


def nlb_event(number: int, at: datetime, cluster: str, *, text: str = "", count: int = 0) -> Event:
    """An event of the NLB driver. Inserts: %2 cluster address, %3 text, %5 number (TechNet "Event ID N - NLB"); which
    element of Properties that is, is UNCONFIRMED.
    """
    return Event(provider=NLB, id=number, at=at, inserts=("", cluster, text, "", str(count), "0"))


def converged(at: datetime, cluster: Cluster, priority: int, count: int) -> Event:
    """Event 29 (as the default host) or 28: which hosts this one has converged with."""
    hosts = ",".join(str(number + 1) for number in range(count))
    return nlb_event(29 if priority == 1 else 28, at, str(cluster.primary), text=hosts, count=priority)


def history(at: datetime) -> tuple[Convergence, ...]:
    """The driver's steps of one convergence that ends at `at`."""
    steps = list(pairwise(PHASES))
    return tuple(
        Convergence(at=at - timedelta(seconds=len(steps) - 1 - number), before=before, after=after)
        for number, (before, after) in enumerate(steps)
    )


def node(numbering: Numbering, layout: Layout, clusters: tuple[Cluster, ...], place: int, now: datetime) -> Node:
    """The node at a place (0 first): host priority is place + 1, its host the next in turn."""
    role = numbering.node_roles[place]
    name = numbering.name(role)
    boot = now - UPTIME + place * APART
    last = now - UPTIME + (numbering.nodes - 1) * APART + SETTLE
    release = numbering.release
    driver = "6.3.9600.17238" if release.version.startswith("6.3") else f"{release.version}.1"
    nics = [_nic(numbering, role, 0, MANAGEMENT, "Management", (numbering.address(MANAGEMENT, role),), driver)]
    instances = []
    for number, (cluster_role, cluster) in enumerate(zip(layout.clusters, clusters, strict=True)):
        dip = numbering.address(cluster_role, role)
        nic = _nic(numbering, role, number + 1, cluster_role, f"NLB {cluster.name}", (dip, *cluster.vips), driver)
        nics.append(nic)
        instances.append(
            Instance(
                cluster=cluster.name,
                nic=nic.name,
                mode=layout.mode,
                vips=cluster.vips,
                dip=dip,
                prefix=PREFIX,
                label=cluster.label,
                priority=place + 1,
                history=history(last),
            )
        )
    events = tuple(converged(last, cluster, place + 1, numbering.nodes) for cluster in clusters)
    return Node(
        name=name,
        address=numbering.address(MANAGEMENT, role),
        computer=name.upper(),
        domain=numbering.domain,
        vm=name.upper(),
        caption=release.caption,
        version=release.version,
        powershell=release.powershell,
        boot=boot,
        nics=tuple(nics),
        instances=tuple(instances),
        logs=(Log(name="System", oldest=now - LOG_DAYS, events=events),),
        kvp_host=numbering.name(HOST_ROLES[place % len(HOST_ROLES)]).upper(),
    )


def _nic(
    numbering: Numbering, node: str, number: int, network: str, name: str, ips: tuple[IPv4Address, ...], driver: str
) -> Nic:
    suffix = f" #{number + 1}" if number else ""
    return Nic(
        name=name,
        vnic=name,
        guid=braced(numbering.name(node), network),
        index=12 + 2 * number,
        description=f"Microsoft Hyper-V Network Adapter{suffix}",
        addresses=tuple(Address(ip=ip, prefix=PREFIX) for ip in ips),
        driver_version=driver,
    )
