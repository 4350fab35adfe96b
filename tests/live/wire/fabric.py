"""A scenario's network on real wires: nodes, gateway, strangers and jump host in namespaces, around a userspace switch.

What a check reads of the network is what really happens on it: the switch's agent serves its forwarding state, the
gateway's ARP table is the kernel's behind net-snmp's snmpd, the jump host looks with real frames. The guests' and hosts'
own words (WinRM) are the lab's, on the jump host's loopback.
"""

import json
import secrets
import subprocess
import tomllib
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any, Self

import tomli_w

from nlbwiz.lab import views
from nlbwiz.lab.machines import Node
from nlbwiz.lab.network import Gateway
from nlbwiz.lab.wires import bridge_port
from nlbwiz.lab.world import World
from tests.live.wire.namespaces import Namespaces, python_words
from tests.live.wire.worlds import chosen

COMMUNITY = "wire"
SNMPD = """\
agentAddress udp:{address}:161
rocommunity {community}
sysdescr {descr}
sysobjectid .{object_id}
"""


@dataclass(slots=True)
class Checked:
    """What `nlbwiz check --format json` said."""

    code: int
    report: dict[str, Any]

    def __getitem__(self, cause: str) -> str:
        """`OUTCOME [SEVERITY]` of one cause of the first cluster."""
        one = next(one for one in self.report["outcomes"] if one["id"] == cause)
        return " ".join(part for part in (one["outcome"], one["severity"]) if part)

    @property
    def text(self) -> str:
        """Everything, to search in."""
        return json.dumps(self.report)


class WireLab:
    """One scenario (`worlds.chosen`) as namespaces. `masked` False: MaskSourceMAC=0 on every node. A context manager."""

    def __init__(self, name: str, folder: Path, *, masked: bool = True) -> None:
        self.world: World = chosen(name).world
        self._name, self._folder, self._masked = name, folder, masked
        self._net = Namespaces()
        self._wires: list[str] = []
        self.site = folder / "site.toml"

    def __enter__(self) -> Self:
        self._net.__enter__()
        try:
            self._build()
        except BaseException:
            self._net.__exit__()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        self._net.__exit__(*error)

    # ---- what tests do with it ----

    def check(self, *words: str) -> Checked:
        """`nlbwiz check` as an operator runs it on the jump host."""
        done = subprocess.run(
            ["ip", "netns", "exec", self._net.real("jump"), *python_words("nlbwiz", "check", "--site", str(self.site),
             "--format", "json", "--quiet", *words)],
            capture_output=True, text=True, check=False, timeout=120,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(self._folder), "PYTHONPATH": "."},
        )  # fmt: skip
        if not done.stdout:
            raise RuntimeError(done.stderr)
        return Checked(done.returncode, json.loads(done.stdout))

    def pings(self, count: int = 20) -> int:
        """How many of so many echo requests to the VIP the jump host got an answer to."""
        vip = str(self.world.clusters[0].primary)
        done = subprocess.run(
            ["ip", "netns", "exec", self._net.real("jump"), "ping", "-n", "-q", "-c", str(count), "-i", "0.02", "-W", "1", vip],
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        return next(int(line.split(",")[1].split()[0]) for line in done.stdout.splitlines() if "received" in line)

    def load(self, seconds: int, per_second: int = 200) -> "subprocess.Popen[str]":
        """Clients: echo requests to the VIP for so long, in the background."""
        vip = str(self.world.clusters[0].primary)
        words = ("ping", "-n", "-q", "-i", str(1 / per_second), "-w", str(seconds), vip)
        return self._net.begin("jump", *words)

    def frames(self, seconds: float, device: str) -> "subprocess.Popen[str]":
        """Record every ARP frame that the jump host sends there: a line `SECONDS HEX` each."""
        return self._net.python("jump", "tests.live.wire.sniff", device, str(seconds))

    def as_plain_user(self, device: str, sender: str, target: str, *, path: str = "/usr/bin") -> dict[str, Any]:
        """What an account without the right to raw sockets sees."""
        words = python_words("tests.live.wire.plain_user", device, sender, target)
        found: dict[str, Any] = json.loads(self._net.inside("jump", "env", f"PATH={path}", *words))
        return found

    def type_arp(self, ip: str, mac: str) -> None:
        """A static entry on the gateway, as an operator types it."""
        gateway = self.world.gateways[0]
        svi = next(one for one in gateway.svis if IPv4Address(ip) in one.interface.network)
        self._net.ip("gw", "neigh", "replace", ip, "lladdr", mac, "dev", f"v{svi.vlan}", "nud", "permanent")

    # ---- building ----

    def _build(self) -> None:
        (switch,), (gateway,) = self.world.switches, self.world.gateways
        for name in ("sw", "gw", "jump", *(node.name for node in self.world.nodes)):
            self._net.make(name)
        self._attach("sw", "cpu", 0, switch.vlan, switch.mac, f"{switch.address}/{switch.prefix}")
        trunk = next(port.number for port in switch.ports if port.link and port.link[0] == gateway.name)
        for svi in gateway.svis:
            self._attach("gw", f"v{svi.vlan}", trunk, svi.vlan, svi.mac, str(svi.interface))
        for device, interface, vlan in self.world.jump.devices:
            self._attach("jump", device, self.world.jump.port[1], vlan, self.world.jump.mac, str(interface))
        for node in self.world.nodes:
            self._node(node)
        for stray in self.world.strays:
            self._net.make(stray.name)
            prefix = self.world.subnet(stray.vlan).network.prefixlen
            self._attach(stray.name, "e0", stray.port[1], stray.vlan, stray.mac, f"{stray.ips[0]}/{prefix}")
        self._net.python("sw", "tests.live.wire.switch", self._name, switch.name, COMMUNITY, *self._wires)
        for node in self.world.nodes:
            self._nlb(node)
        self._gateway(gateway)
        self._write_site()
        for node in self.world.nodes:  # everybody has spoken once: what nobody has heard of nobody has learned
            self._net.inside(node.name, "ping", "-n", "-q", "-c", "1", "-W", "2", str(gateway.svis[0].interface.ip))

    def _attach(self, name: str, device: str, port: int, vlan: int, mac: bytes, address: str = "") -> None:
        wire = f"w{len(self._wires)}"
        self._net.cable(name, device, "sw", wire, mac=mac, address=address)
        self._wires.append(f"{wire}:{port}:{vlan}")

    def _node(self, node: Node) -> None:
        vm = self.world.vm(node.vm)
        host = self.world.host(vm.host)
        cable = next(nic.port[1] for nic in host.pnics if nic.port)
        port = bridge_port(self.world.switches[0], cable).number  # of a LAG, where it is in one
        for number, nic in enumerate(node.nics):
            vnic = next(one for one in vm.vnics if one.name == nic.vnic)
            instance = views.bound(node, nic)
            own = nic.addresses[0]
            hidden = instance is not None and instance.mode == "unicast"  # NLB answers, for every address of the NIC
            address = "" if hidden else f"{own.ip}/{own.prefix}"
            self._attach(node.name, f"e{number}", port, vnic.vlan, vnic.mac, address)

    def _nlb(self, node: Node) -> None:
        for number, nic in enumerate(node.nics):
            instance = views.bound(node, nic)
            if instance is None:
                continue
            words = [f"e{number}", instance.mode, str(instance.primary), str(instance.priority)]
            words += [f"--masked={int(self._masked)}", f"--echo={int(node is self.world.nodes[0])}"]
            words += [f"--also={one.ip}" for one in nic.addresses if one.ip != instance.primary]
            self._net.python(node.name, "tests.live.wire.node", *words)

    def _gateway(self, gateway: Gateway) -> None:
        self._net.inside("gw", "sysctl", "-qw", "net.ipv4.ip_forward=1")
        for entry in gateway.typed:
            self.type_arp(str(entry.ip), entry.mac.hex(":"))
        conf = self._folder / "snmpd.conf"
        descr = gateway.descr.splitlines()[0]
        conf.write_text(
            SNMPD.format(address=gateway.address, community=COMMUNITY, descr=descr, object_id=gateway.object_id)
        )
        words = ("snmpd", "-f", "-C", "-c", str(conf), "-I", "-smux", "-Lf", str(self._folder / "snmpd.log"))
        self._net.start("gw", *words, "-p", str(self._folder / f"snmpd-{secrets.token_hex(2)}.pid"), ready="")

    def _write_site(self) -> None:
        guests = self._net.python("jump", "tests.live.wire.guests", self._name, ready="")
        lab = Path(self._net.line(guests))
        site = tomllib.loads(lab.read_text(encoding="utf-8"))
        for machine in (*site["node"].values(), *site["host"].values()):
            machine["credential"] = f"file:{lab.parent / machine['credential'].removeprefix('file:')}"
        secret = self._folder / "snmp.secret"
        secret.write_text(COMMUNITY + "\n")
        secret.chmod(0o600)
        for kind in ("switch", "gateway"):
            for agent in site[kind].values():
                del agent["endpoint"]
                agent["snmp"] = f"file:{secret}"
        for agent in site["gateway"].values():
            agent["platform"] = "cisco-ios"  # its commands; the agent itself is net-snmp's
        del site["jump"]
        self.site.write_text(tomli_w.dumps(site), encoding="utf-8")
