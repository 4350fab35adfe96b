"""A running simulated site: a server per machine on the loopback, and a site file for any client to find them.

Nodes and hosts listen at 127.0.1.1, 127.0.1.2 ... (port 5985 or 5986 where free), switches and gateways at 127.0.2.1
... (UDP 161 where free). Secrets are made up anew for every lab and stand in files of mode 0600 beside the site file.
"""

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import tomli_w

from nlbwiz.lab import folder, neighbours, tables
from nlbwiz.lab.machines import Host, Node
from nlbwiz.lab.network import Switch
from nlbwiz.lab.powershell import runner
from nlbwiz.lab.scenario import Fault, Scenario
from nlbwiz.lab.snmp.agent import SnmpAgent
from nlbwiz.lab.snmp.counts import Counts as SnmpCounts
from nlbwiz.lab.snmp.loop import AgentLoop
from nlbwiz.lab.snmp.v3 import User
from nlbwiz.lab.windows import Failed
from nlbwiz.lab.winrm.certificates import Authority, Certificate, make_authority, make_certificate
from nlbwiz.lab.winrm.doors import HTTP_PORT, HTTPS_PORT, loopback_address
from nlbwiz.lab.winrm.server import Counts as WinRmCounts
from nlbwiz.lab.winrm.server import WinRmServer
from nlbwiz.lab.world import World

DOMAIN = "LAB"
ACCOUNT = rf"{DOMAIN}\operator"
WINDOWS_FILE = "windows.secret"
SNMP_FILE = "snmp.secret"
NEIGHBOURS_FILE = "neighbours.json"
SITE_FILE = "site.toml"
SNMP_BLOCK = "127.0.2."
V3_USER = "nlbwiz"


class Lab:
    """A scenario's machines, running from the moment the lab is made until `close`. A context manager.

    `http` False: WinRM over HTTPS, with certificates of an authority that the site file names. `snmp` v3: authPriv
    with SHA-256 and AES-128. Raises OSError when a machine cannot listen anywhere.
    """

    def __init__(
        self,
        scenario: Scenario,
        *,
        http: bool = True,
        snmp: Literal["v2c", "v3"] = "v2c",
        broken: Mapping[str, Mapping[str, Failed]] | None = None,
    ) -> None:
        """Start everything. `broken`: per machine, sections of its script that fail."""
        self.scenario = scenario
        self._world = scenario.world
        self._broken = broken or {}
        self._http = http
        self._snmp = snmp
        self._password = secrets.token_urlsafe(18)
        self._community = secrets.token_urlsafe(9)
        self._user = User(name=V3_USER, auth_key=secrets.token_urlsafe(15), priv_key=secrets.token_urlsafe(15))
        self.folder = folder.make()
        self._authority: Authority | None = None
        self.servers: dict[str, WinRmServer] = {}
        self.agents: dict[str, SnmpAgent] = {}
        self._loop = AgentLoop().start()
        self._closed = False
        self._awake: set[str] = set()
        self._own_accounts: dict[str, tuple[str, str]] = {}
        self.fixed: frozenset[str] = frozenset()
        """Causes whose making is taken back, see `nlbwiz.lab.repair`."""
        try:
            self._start()
            self._write()
        except BaseException:
            self.close()
            raise

    # ---- what clients need ----

    @property
    def world(self) -> World:
        """The world that is shown now."""
        return self._world

    @property
    def site_file(self) -> Path:
        """The site file; beside it lie the files that it refers to."""
        return self.folder / SITE_FILE

    @property
    def counts(self) -> dict[str, WinRmCounts | SnmpCounts]:
        """What every machine has counted up to now, by name."""
        found: dict[str, WinRmCounts | SnmpCounts] = {name: server.counts for name, server in self.servers.items()}
        return found | {name: agent.counts for name, agent in self.agents.items()}

    # ---- changes while it runs ----

    def change(self, world: World) -> None:
        """Show another world of the same machines: what a process or a PDU asks from now on."""
        if world.names() != self._world.names():
            raise ValueError("the other world has other machines")
        self._world = world
        for name, agent in self.agents.items():
            agent.tables = tables.agent_tables(world, name)
        self._write_neighbours()

    def set_latency(self, target: str, seconds: float) -> None:
        """Every WinRM request or SNMP answer of one machine takes this much longer. Raises KeyError."""
        if target in self.servers:
            self.servers[target].latency_s = seconds
        else:
            agent = self.agents[target]
            agent.faults = replace(agent.faults, latency_s=seconds)

    def silence(self, target: str) -> None:
        """One machine does not answer any more: connections hang, datagrams vanish. Raises KeyError."""
        if target in self.servers:
            self.servers[target].become("silent")
        else:
            agent = self.agents[target]
            agent.faults = replace(agent.faults, silent=True)

    def dark(self) -> tuple[str, ...]:
        """The machines that the scenario lets fail and nobody has woken yet."""
        return tuple(name for name in self._world.names() if name in self.scenario.faults and name not in self._awake)

    def wake(self, target: str) -> None:
        """One machine answers again, and takes the account that the site file has for it. Raises KeyError."""
        self._awake.add(target)
        if target in self.servers:
            self.servers[target].become("open")
            if target in self._own_accounts:
                self.servers[target].change_users({ACCOUNT: self._password, **dict([self._own_accounts[target]])})
        else:
            agent = self.agents[target]
            agent.faults = replace(agent.faults, silent=False)

    def close(self) -> None:
        """Stop every server and remove the files, within a second or so, whatever hangs. May be called again."""
        if self._closed:
            return
        self._closed = True
        for server in self.servers.values():
            server.stop()
        for agent in self.agents.values():
            agent.stop()
        folder.remove(self.folder)
        self._loop.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # ---- starting ----

    def _start(self) -> None:
        if not self._http:
            self._authority = make_authority(self.folder)
        machines: tuple[Node | Host, ...] = (*self._world.nodes, *self._world.hosts)
        for number, machine in enumerate(machines, 1):
            fault = self._fault(machine.name)
            place = loopback_address(number)
            server = WinRmServer(
                machine.computer,
                {ACCOUNT: self._password},
                runner(lambda: self._world, machine.name, self._broken.get(machine.name, {})),
                host=place,
                port=HTTP_PORT if self._http else HTTPS_PORT,
                tls=self._certificate(machine.name, place),
                presence="dead" if fault.dead else "silent" if fault.silent else "open",
            )
            self.servers[machine.name] = server
            server.start()
        for number, device in enumerate(self._world.bridges(), 1):
            fault = self._fault(device.name)
            v3 = self._snmp == "v3"
            agent = SnmpAgent(
                device.name,
                tables.agent_tables(self._world, device.name),
                community=None if v3 else self._community,
                users=(self._user,) if v3 else (),
                host=f"{SNMP_BLOCK}{number}",
            )
            agent.faults = replace(agent.faults, silent=fault.silent or fault.dead)
            self.agents[device.name] = agent
            agent.start(self._loop)

    def _fault(self, target: str) -> Fault:
        return self.scenario.faults.get(target, Fault())

    def _certificate(self, name: str, place: str) -> Certificate | None:
        return None if self._authority is None else make_certificate(self._authority, name, [place, "127.0.0.1"])

    # ---- the files ----

    def _write(self) -> None:
        user = self._user
        v3 = f"{user.name}:{user.auth}:{user.auth_key}:{user.priv}:{user.priv_key}"
        self._write_secret(WINDOWS_FILE, f"{ACCOUNT}:{self._password}")
        self._write_secret(SNMP_FILE, v3 if self._snmp == "v3" else self._community)
        for name in self.servers:
            if self._fault(name).refuse_credentials:
                self._own_accounts[name] = (rf"{DOMAIN}\{name}-admin", secrets.token_urlsafe(18))
                self._write_secret(f"{name}.secret", ":".join(self._own_accounts[name]))
        self._write_neighbours()
        self.site_file.write_text(tomli_w.dumps(self._site()), encoding="utf-8")

    def _write_secret(self, name: str, text: str) -> None:
        handle = os.open(self.folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text + "\n")

    def _write_neighbours(self) -> None:
        text = json.dumps(neighbours.rows(self._world), indent=1)
        (self.folder / NEIGHBOURS_FILE).write_text(text + "\n", encoding="utf-8")

    def _site(self) -> dict[str, Any]:
        """The site file's tables. Paths in it start at its own folder."""
        world = self._world
        site: dict[str, Any] = {"node": {}, "host": {}, "switch": {}, "gateway": {}, "cluster": {}}
        for node in world.nodes:
            site["node"][node.name] = {**self._windows(node.name, str(node.address)), "host": world.vm(node.vm).host}
        for host in world.hosts:
            site["host"][host.name] = self._windows(host.name, str(host.address))
        for device in world.bridges():
            place, port = self.agents[device.name].address
            site["switch" if isinstance(device, Switch) else "gateway"][device.name] = {
                "address": str(device.address),
                "endpoint": f"{place}:{port}",
                "snmp": f"file:{SNMP_FILE}",
            }
        for cluster in world.clusters:
            site["cluster"][cluster.name] = {"vip": str(cluster.primary), "nodes": list(cluster.nodes)}
        addresses = [str(interface) for _, interface, _ in world.jump.devices]
        return {**site, "jump": {"neighbours": NEIGHBOURS_FILE, "addresses": addresses}}

    def _windows(self, name: str, address: str) -> dict[str, Any]:
        place, port = self.servers[name].address
        own = self._fault(name).refuse_credentials
        table: dict[str, Any] = {
            "address": address,
            "endpoint": f"{place}:{port}" if self._http else f"https://{place}:{port}",
            "credential": f"file:{name}.secret" if own else f"file:{WINDOWS_FILE}",
        }
        if self._authority is not None:
            table["ca"] = self._authority.certificate.name
        return table
