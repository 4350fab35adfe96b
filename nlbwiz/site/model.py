"""What the operator described: machines, clusters, limits and written exceptions, as values.

Names are the operator's own; `address` is who a machine is, `endpoint` where it is reached if that differs.
Credentials are references (`env:NAME`), never secrets: a Site may be written into a bundle.
"""

from dataclasses import dataclass, field
from datetime import date
from ipaddress import IPv4Address, IPv6Address
from typing import Literal

TargetKind = Literal["node", "host", "switch", "gateway", "jump", "operator"]
Auth = Literal["auto", "ntlm", "kerberos", "basic"]
IPAddress = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where to connect. `scheme` is set for WinRM only; `host` is a name or an address without brackets."""

    host: str
    port: int
    scheme: Literal["http", "https"] | None = None

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}" if self.scheme else f"{host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowsTarget:
    """An NLB node or a Hyper-V host, asked by WinRM. `credential` is a reference to USER:PASSWORD."""

    name: str
    address: IPAddress
    endpoint: Endpoint
    credential: str
    auth: Auth = "auto"
    insecure: bool = False
    """Accept any certificate, or Basic over plain HTTP when `auth` names it."""
    ca: str | None = None
    """PEM file to verify the certificate with, instead of the system's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node(WindowsTarget):
    """An NLB node. `host` names the Hyper-V host the operator expects it on; the vNIC's MAC decides where it is."""

    host: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Host(WindowsTarget):
    """A Hyper-V host. `uplinks` are `switch:port` as the operator knows the cabling (source: operator)."""

    uplinks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SnmpTarget:
    """A switch or a gateway, asked by SNMP. `snmp` is a reference to a community or to USER:AUTH:KEY:PRIV:KEY."""

    name: str
    address: IPAddress
    endpoint: Endpoint
    snmp: str
    kind: Literal["switch", "gateway"]
    platform: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """One NLB cluster: a VIP it is known by (primary or additional) and its nodes by name."""

    name: str
    vip: IPAddress
    nodes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Jump:
    """The machine nlbwiz runs on. `neighbours`: a file in the form of `ip -j neigh`, instead of the own table.

    `addresses` (CIDR) replaces the own interface addresses that decide whether the VIP's subnet is attached here.
    """

    neighbours: str | None = None
    addresses: tuple[str, ...] = ()
    look: bool = True
    """Ask on the wire, by ordinary ARP requests, who has the cluster's addresses; where this machine is on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long a run may take, in seconds: in all, for one target, for one SNMP answer."""

    total_s: float = 60.0
    target_s: float = 45.0
    snmp_s: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Accept:
    """A written exception: this cause, in this cluster, for this reason, until the end of this day."""

    cause: str
    cluster: str
    reason: str
    until: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Everything the operator described, keyed by name; names are unique over all kinds of target."""

    nodes: dict[str, Node] = field(default_factory=dict)
    hosts: dict[str, Host] = field(default_factory=dict)
    switches: dict[str, SnmpTarget] = field(default_factory=dict)
    gateways: dict[str, SnmpTarget] = field(default_factory=dict)
    clusters: dict[str, Cluster] = field(default_factory=dict)
    jump: Jump = field(default_factory=Jump)
    limits: Limits = field(default_factory=Limits)
    accepts: tuple[Accept, ...] = ()

    def targets(self, kind: TargetKind) -> tuple[str, ...]:
        """The names of one kind's targets, in the operator's order. `jump` and `operator` are always there."""
        match kind:
            case "node":
                return tuple(self.nodes)
            case "host":
                return tuple(self.hosts)
            case "switch":
                return tuple(self.switches)
            case "gateway":
                return tuple(self.gateways)
            case "jump" | "operator":
                return (kind,)

    @property
    def on_the_wire(self) -> bool:
        """Whether this machine may be on the site's own wire, and may look there.

        Not where its own tables are given as files, nor where everybody is reached through an endpoint elsewhere (a
        tunnel, a forwarded port, the lab): what is on this wire then says nothing about the site.
        """
        kinds = (self.nodes, self.hosts, self.switches, self.gateways)
        places = [(one.address, one.endpoint.host) for kind in kinds for one in kind.values()]
        own = [host == str(address) for address, host in places if not address.is_loopback]
        return self.jump.look and self.jump.neighbours is None and any(own)

    def kind(self, target: str) -> TargetKind:
        """What a target is. Raises KeyError for a name that the site does not have."""
        if target in ("jump", "operator"):
            return "jump" if target == "jump" else "operator"
        for kind, names in (
            ("node", self.nodes),
            ("host", self.hosts),
            ("switch", self.switches),
            ("gateway", self.gateways),
        ):
            if target in names:
                return kind  # type: ignore[return-value]  # the four literals above
        raise KeyError(target)
