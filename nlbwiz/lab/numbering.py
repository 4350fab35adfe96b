"""Every name, address, VLAN and count of a simulated site, by role: the seed's own, or drawn from a number.

A scenario speaks of roles (`nlb1`, `hv2`, `sw1`, `gw1`, cluster `web`); two numberings of one scenario have the same
outcomes. A VIP never ends in .255.250, whose group is SSDP's (239.255.255.250).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv4Network
from random import Random

from nlbwiz.lab.machines import Mac

MANAGEMENT = "management"
HYPERV_OUI = b"\x00\x15\x5d"
CLUSTER_ROLES = ("web", "shop")
ALL_NETWORKS = (MANAGEMENT, *CLUSTER_ROLES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A release of Windows Server as Win32_OperatingSystem and $PSVersionTable name it."""

    caption: str
    version: str
    powershell: str


RELEASES = (
    Release(caption="Microsoft Windows Server 2012 R2 Standard", version="6.3.9600", powershell="4.0"),
    Release(caption="Microsoft Windows Server 2016 Standard", version="10.0.14393", powershell="5.1.14393.7876"),
    Release(caption="Microsoft Windows Server 2019 Standard", version="10.0.17763", powershell="5.1.17763.6893"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbering:
    """What every role is called and where it lives. `last` are last octets, the same in each of the networks."""

    names: dict[str, str]
    """Role -> name, for machines and clusters; nodes are nlb1, nlb2 ... in order of host priority."""
    nodes: int
    domain: str
    vlans: dict[str, int]
    """MANAGEMENT, and each cluster's role."""
    networks: dict[str, IPv4Network]
    """Each a /24."""
    last: dict[str, int]
    """Role -> last octet: gw1, sw1, sw2, node1.., hv1, hv2, jump, stray, vip, vip2, former, other1, other2."""
    old_primary: IPv4Address
    """The primary of a cluster that is long gone, in no network of this site."""
    foreign_host: IPv4Address
    """The address of a Hyper-V host that is gone: its MAC pool is made from it."""
    ports: dict[str, int]
    """Role -> port number on its switch: hv1a, hv1b, hv2a, hv2b, jump, stray, sw2, gw1."""
    release: Release

    def name(self, role: str) -> str:
        """What a role is called. Raises KeyError."""
        return self.names[role]

    @property
    def node_roles(self) -> tuple[str, ...]:
        """nlb1, nlb2 and so on."""
        return tuple(f"nlb{number + 1}" for number in range(self.nodes))

    def address(self, network: str, role: str) -> IPv4Address:
        """Where a role lives in a network (MANAGEMENT or a cluster's role). Raises KeyError."""
        return self.networks[network][self.last[role]]

    def colliding(self, *, one_vlan: bool) -> "Numbering":
        """The same, with the second cluster's VIP ending in the first one's two octets; `one_vlan`: in its VLAN too."""
        first, second, third, _ = self.networks["web"].network_address.packed
        other = bytes((10, second, third, 0) if first == 192 else (first, second ^ 1, third, 0))
        return replace(
            self,
            vlans={**self.vlans, "shop": self.vlans["web" if one_vlan else "shop"]},
            networks={**self.networks, "shop": IPv4Network((other, 24))},
        )

    def pool(self, host: IPv4Address) -> tuple[Mac, Mac]:
        """The dynamic MAC pool that Hyper-V makes from a host's address when the role is installed (KB 2804678)."""
        start = HYPERV_OUI + host.packed[2:]
        return start + b"\x00", start + b"\xff"


SEED_NAMES = {
    **{role: role for role in ("nlb1", "nlb2", "hv1", "hv2", "sw1", "sw2", "gw1", *CLUSTER_ROLES)},
    "other1": "files1",
    "other2": "print1",
    "stray": "appliance",
}
SEED_PORTS = {"hv1a": 1, "hv1b": 2, "hv2a": 3, "hv2b": 4, "jump": 12, "stray": 13, "sw2": 23, "gw1": 24}
SEED_LAST = {
    **{"gw1": 1, "sw1": 2, "sw2": 3, "nlb1": 11, "nlb2": 12, "hv1": 21, "hv2": 22, "other1": 31, "other2": 32},
    **{"jump": 50, "stray": 66, "former": 231, "vip": 232, "vip2": 233},
}


def seeds_own(*, third: int = 3) -> Numbering:
    """The numbers of the seed: VIP 172.31.3.232, two hosts, two nodes. `third`: the third octet of the VIP's network."""
    return Numbering(
        names=dict(SEED_NAMES),
        nodes=2,
        domain="lab.example",
        vlans={MANAGEMENT: 5, "web": 10, "shop": 20},
        networks={
            MANAGEMENT: IPv4Network("172.31.0.0/24"),
            "web": IPv4Network(f"172.31.{third}.0/24"),
            "shop": IPv4Network("172.31.4.0/24"),
        },
        last=dict(SEED_LAST),
        old_primary=IPv4Address("188.31.1.100"),
        foreign_host=IPv4Address("172.30.9.41"),
        ports=dict(SEED_PORTS),
        release=RELEASES[0],
    )


def drawn(seed: int) -> Numbering:
    """Numbers drawn from a seed: always the same for the same seed, 2 to 4 nodes."""
    dice = Random(seed)  # noqa: S311 (names and addresses of a demonstration, no secret)
    nodes = dice.randint(2, 4)
    node_roles = [f"nlb{number + 1}" for number in range(nodes)]
    stems = _names(dice, ("node", "app", "front", "lb"), ("hyp", "vmhost", "blade", "hw"), ("access", "tor", "swi"))
    names = {role: f"{stems[0]}{number + 1:02d}" for number, role in enumerate(node_roles)}
    names |= {"hv1": f"{stems[1]}-a", "hv2": f"{stems[1]}-b", "sw1": f"{stems[2]}-1", "sw2": f"{stems[2]}-2"}
    names |= {"gw1": dice.choice(("core", "router", "dist")) + str(dice.randint(1, 9))}
    names |= {"web": dice.choice(("portal", "intranet", "farm")), "shop": dice.choice(("orders", "billing"))}
    names |= {"other1": "dc" + str(dice.randint(1, 9)), "other2": "sql" + str(dice.randint(1, 9)), "stray": "nas"}
    blocks = dice.sample(range(256), len(ALL_NETWORKS) + 1)
    first, second = dice.choice(((10, dice.randint(0, 255)), (192, 168), (172, dice.randint(16, 31))))
    networks = {
        role: IPv4Network(f"{first}.{second}.{block}.0/24") for role, block in zip(ALL_NETWORKS, blocks, strict=False)
    }
    roles = ["sw1", "sw2", *node_roles, "hv1", "hv2", "other1", "other2", "jump", "stray", "former", "vip", "vip2"]
    octets = dice.sample(range(2, 250), len(roles))
    last = dict(zip(roles, octets, strict=True)) | {"gw1": dice.choice((1, 254))}
    ports = dict(zip(SEED_PORTS, dice.sample(range(1, 25), len(SEED_PORTS)), strict=True))
    return Numbering(
        names=names,
        nodes=nodes,
        domain=dice.choice(("corp.example", "ad.example", "site.example")),
        vlans=dict(zip(ALL_NETWORKS, dice.sample(range(2, 1000), len(ALL_NETWORKS)), strict=True)),
        networks=networks,
        last=last,
        old_primary=IPv4Address(f"{dice.choice((185, 193, 212))}.{dice.randint(1, 254)}.{dice.randint(1, 254)}.100"),
        foreign_host=IPv4Address(f"{first}.{second}.{blocks[-1]}.{dice.randint(2, 250)}"),
        ports=ports,
        release=dice.choice(RELEASES),
    )


def _names(dice: Random, *choices: Sequence[str]) -> list[str]:
    return [dice.choice(words) for words in choices]
