"""The network of a base world: PowerConnect 5424 switches and the Catalyst behind them, ports, LAGs and cables.

Port numbering: dot1d base ports equal ifIndexes on Radlan switches, LAGs are ch1..ch8 = 1000..1007 (as a Linksys
SGE2010 of the same family numbers them); on a Catalyst 3750 GigabitEthernet1/0/n is base port n and ifIndex 10100 + n,
and a VLAN interface's ifIndex is the VLAN id. sysObjectIDs: DELL-REF-MIB (3020 = 5424), CISCO-PRODUCTS-MIB (516 = 3750).
"""

from datetime import datetime, timedelta
from ipaddress import IPv4Interface

from nlbwiz.lab.network import Gateway, Port, Svi, Switch
from nlbwiz.lab.numbering import MANAGEMENT, Numbering

POWERCONNECT_5424 = "1.3.6.1.4.1.674.10895.3020"
CATALYST_3750 = "1.3.6.1.4.1.9.1.516"
CATALYST_DESCR = (
    "Cisco IOS Software, C3750 Software (C3750-IPSERVICESK9-M), Version 12.2(55)SE12, RELEASE SOFTWARE (fc2)"
)
SWITCH_DESCR = "PowerConnect 5424"
SWITCH_MAC = b"\x00\x1e\xc9\x54\x24"
GATEWAY_MAC = b"\x00\x1a\x6d\x37\x50"
PORTS = 24
FIRST_LAG = 1000
LAGS = 8
UPLINK = 24
"""The Catalyst's port towards the first switch."""
DEFAULT_VLAN = 1
UPTIME = timedelta(days=100)


def vlans(numbering: Numbering, clusters: tuple[str, ...]) -> tuple[int, ...]:
    """Every VLAN of the site: management and each cluster's, rising."""
    return tuple(sorted({numbering.vlans[role] for role in (MANAGEMENT, *clusters)}))


def switches(
    numbering: Numbering, clusters: tuple[str, ...], *, lacp: bool, uplinks: int, second: bool, now: datetime
) -> tuple[Switch, ...]:
    """The layer 2 switches. `uplinks`: cables per host (1 or 2), with `lacp` one LAG per host; `second`: hv2's own."""
    homes = {"hv1": "sw1", "hv2": "sw2" if second else "sw1"}
    made = []
    for number, role in enumerate(("sw1", "sw2") if second else ("sw1",)):
        made.append(
            Switch(
                name=numbering.name(role),
                address=numbering.address(MANAGEMENT, role),
                prefix=numbering.networks[MANAGEMENT].prefixlen,
                vlan=numbering.vlans[MANAGEMENT],
                mac=SWITCH_MAC + bytes((0x10 * (number + 1),)),
                descr=SWITCH_DESCR,
                object_id=POWERCONNECT_5424,
                ports=_ports(numbering, clusters, role, homes, lacp=lacp, uplinks=uplinks),
                boot=now - UPTIME,
            )
        )
    return tuple(made)


def _ports(
    numbering: Numbering, clusters: tuple[str, ...], role: str, homes: dict[str, str], *, lacp: bool, uplinks: int
) -> tuple[Port, ...]:
    trunk = vlans(numbering, clusters)
    first = role == "sw1"
    used: dict[int, Port] = {}
    lags: dict[int, Port] = {}

    def use(
        number: int,
        alias: str,
        carries: tuple[int, ...],
        link: tuple[str, int] | None = None,
        untagged: int = DEFAULT_VLAN,
        up: bool = True,
    ) -> None:
        name = f"g{number}"
        used[number] = Port(
            number=number,
            index=number,
            name=name,
            alias=alias,
            up=up,
            vlans=carries,
            untagged=untagged,
            link=link,
        )

    for place, host in enumerate(("hv1", "hv2")):
        if homes[host] != role:
            continue
        members = tuple(numbering.ports[f"{host}{side}"] for side in "ab"[:uplinks])
        for member in members:
            use(member, numbering.name(host), () if lacp else trunk)
        if lacp:
            lags[FIRST_LAG + place] = Port(
                number=FIRST_LAG + place,
                index=FIRST_LAG + place,
                name=f"ch{place + 1}",
                alias=numbering.name(host),
                up=True,
                speed=1000 * len(members),
                vlans=trunk,
                members=members,
                lag=True,
                lacp=True,
            )
    if first:
        use(numbering.ports["jump"], "jump host", trunk)
        use(numbering.ports["stray"], "", (numbering.vlans["web"],), untagged=numbering.vlans["web"], up=False)
        use(numbering.ports["gw1"], numbering.name("gw1"), trunk, link=(numbering.name("gw1"), UPLINK))
        if "sw2" in homes.values():
            link = (numbering.name("sw2"), numbering.ports["gw1"])
            use(numbering.ports["sw2"], numbering.name("sw2"), trunk, link=link)
    else:
        link = (numbering.name("sw1"), numbering.ports["sw2"])
        use(numbering.ports["gw1"], numbering.name("sw1"), trunk, link=link)
    physical = (
        used.get(number, Port(number=number, index=number, name=f"g{number}", vlans=(DEFAULT_VLAN,)))
        for number in range(1, PORTS + 1)
    )
    logical = (
        lags.get(number, Port(number=number, index=number, name=f"ch{number - FIRST_LAG + 1}", lag=True))
        for number in range(FIRST_LAG, FIRST_LAG + LAGS)
    )
    return (*physical, *logical)


def gateway(numbering: Numbering, clusters: tuple[str, ...], now: datetime) -> Gateway:
    """The Catalyst that routes between the VLANs: one VLAN interface in each, all MACs of one chassis."""
    trunk = vlans(numbering, clusters)
    svis = tuple(
        Svi(
            vlan=numbering.vlans[role],
            index=numbering.vlans[role],
            interface=IPv4Interface(f"{numbering.address(role, 'gw1')}/{numbering.networks[role].prefixlen}"),
            mac=GATEWAY_MAC + bytes((0xC0 + place,)),
        )
        for place, role in enumerate((MANAGEMENT, *clusters))
    )
    ports = tuple(
        Port(
            number=number,
            index=10100 + number,
            name=f"Gi1/0/{number}",
            alias=numbering.name("sw1") if number == UPLINK else "",
            up=number == UPLINK,
            vlans=trunk if number == UPLINK else (DEFAULT_VLAN,),
            link=(numbering.name("sw1"), numbering.ports["gw1"]) if number == UPLINK else None,
        )
        for number in range(1, PORTS + 1)
    )
    return Gateway(
        name=numbering.name("gw1"),
        address=numbering.address(MANAGEMENT, "gw1"),
        mac=GATEWAY_MAC + b"\x80",
        descr=CATALYST_DESCR,
        object_id=CATALYST_3750,
        ports=ports,
        svis=tuple(sorted(svis, key=lambda svi: svi.index)),
        boot=now - UPTIME,
    )
