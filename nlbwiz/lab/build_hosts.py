"""The Hyper-V side of a base world: hosts with pools, vSwitch and team, and the VMs that they carry."""

from datetime import datetime, timedelta
from uuid import NAMESPACE_DNS, uuid5

from nlbwiz.lab.host_sections import VMMS_LOG
from nlbwiz.lab.layout import Layout
from nlbwiz.lab.machines import Host, Log, Mac, PNic, Team, Vm, VNic, VSwitch
from nlbwiz.lab.numbering import MANAGEMENT, Numbering

VSWITCH = "External"
TEAM = "Team1"
HOST_ROLES = ("hv1", "hv2")
PNIC_OUI = b"\xa0\x36\x9f"
"""Intel: the physical NICs are I350s."""
UPTIME = timedelta(days=40)
LOG_DAYS = timedelta(days=30, hours=1)
LACP = 2
SWITCH_INDEPENDENT = 1
DYNAMIC = 5
OWN_VNIC = 0xF0
"""Where in its host's pool the host's own virtual NIC is."""
SLOT = 8
"""How many MACs of the pool each VM has, the first one at its slot's start."""


def guid(*words: str) -> str:
    """A GUID that stays the same for the same words: lower case, without braces."""
    return str(uuid5(NAMESPACE_DNS, ".".join(words)))


def braced(*words: str) -> str:
    """The same as Windows writes an adapter's: upper case, in braces."""
    return "{" + guid(*words).upper() + "}"


def pooled(numbering: Numbering, host: str, place: int) -> Mac:
    """The MAC at a place of a host's dynamic pool."""
    low, _ = numbering.pool(numbering.address(MANAGEMENT, host))
    return low[:5] + bytes((place,))


def host(numbering: Numbering, layout: Layout, role: str, now: datetime) -> Host:
    """One Hyper-V host with its vSwitch, and the team below it if the layout says so."""
    name = numbering.name(role)
    place = HOST_ROLES.index(role)
    switch = numbering.name("sw2" if layout.second_switch and role == "hv2" else "sw1")
    pnics = tuple(
        PNic(
            name=f"NIC{number + 1}",
            description="Intel(R) I350 Gigabit Network Connection" + (f" #{number + 1}" if number else ""),
            guid=braced(name, f"NIC{number + 1}"),
            index=12 + number,
            mac=PNIC_OUI + bytes((0x10 + place, 0x35, number + 1)),
            port=(switch, numbering.ports[role + side]),
        )
        for number, side in enumerate("ab"[: layout.uplinks])
    )
    members = tuple(pnic.name for pnic in pnics)
    team = Team(
        name=TEAM,
        mode=LACP if layout.teaming == "lacp-dynamic" else SWITCH_INDEPENDENT,
        balancing=DYNAMIC,
        members=members,
        guid=braced(name, TEAM),
        index=20,
    )
    own = VNic(
        name="Management", mac=pooled(numbering, role, OWN_VNIC), vswitch=VSWITCH, vlan=numbering.vlans[MANAGEMENT]
    )
    return Host(
        name=name,
        address=numbering.address(MANAGEMENT, role),
        computer=name.upper(),
        domain=numbering.domain,
        caption=numbering.release.caption.replace("Standard", "Datacenter"),
        version=numbering.release.version,
        boot=now - UPTIME,
        pool=numbering.pool(numbering.address(MANAGEMENT, role)),
        vnics=(own,),
        pnics=pnics,
        teams=() if layout.teaming == "none" else (team,),
        vswitches=(
            VSwitch(
                name=VSWITCH,
                id=guid(name, VSWITCH),
                uplinks=members[:1] if layout.teaming == "none" else (TEAM,),
            ),
        ),
        logs=(Log(name=VMMS_LOG, oldest=now - LOG_DAYS), Log(name="System", oldest=now - LOG_DAYS)),
        vnic_guid=braced(name, "vEthernet"),
        vnic_index=24,
    )


def node_vm(numbering: Numbering, layout: Layout, place: int) -> Vm:
    """The VM of one NLB node: a management vNIC and one vNIC for each cluster, MACs from its host's pool."""
    role = HOST_ROLES[place % len(HOST_ROLES)]
    name = numbering.name(numbering.node_roles[place]).upper()
    slot = SLOT * (place // len(HOST_ROLES))
    names = ("Management", *(f"NLB {numbering.name(cluster)}" for cluster in layout.clusters))
    vlans = tuple(numbering.vlans[each] for each in (MANAGEMENT, *layout.clusters))
    return Vm(
        name=name,
        id=guid(name, "vm"),
        host=numbering.name(role),
        vnics=tuple(
            VNic(
                name=vnic,
                mac=pooled(numbering, role, slot + number),
                vswitch=VSWITCH,
                vlan=vlan,
                spoofing=number > 0 and layout.spoofs,
            )
            for number, (vnic, vlan) in enumerate(zip(names, vlans, strict=True))
        ),
    )


def other_vm(numbering: Numbering, number: int) -> Vm:
    """A VM that is no NLB node: `other1` on hv1, `other2` on hv2, in the management VLAN."""
    name = numbering.name(f"other{number}").upper()
    role = HOST_ROLES[number - 1]
    return Vm(
        name=name,
        id=guid(name, "vm"),
        host=numbering.name(role),
        vnics=(
            VNic(
                name="Network Adapter",
                mac=pooled(numbering, role, 0x80),
                vswitch=VSWITCH,
                vlan=numbering.vlans[MANAGEMENT],
                ips=(numbering.address(MANAGEMENT, f"other{number}"),),
            ),
        ),
    )
