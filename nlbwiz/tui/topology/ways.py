"""From a Hyper-V host down to the cables: vSwitch, team and members, switch ports. Pure."""

from collections.abc import Iterator, Sequence

from nlbwiz.addr import Mac
from nlbwiz.facts import FdbEntry, Nic, Port, Team, VNic, VSwitch
from nlbwiz.joins.cabling import cabling, port_at
from nlbwiz.joins.ownership import vnic_words
from nlbwiz.plain import line
from nlbwiz.tui.topology.maker import Maker, sight, some
from nlbwiz.tui.topology.parts import Part, Words


class Ways(Maker):
    """The right three columns."""

    def nowhere(self, pairs: Sequence[tuple[Part, Part]]) -> tuple[tuple[Part, ...], ...]:
        """Below nodes whose host is not known: what the site file expects, and why nothing is seen of it."""
        facts, parts = self.facts, list[Part]()
        for host in dict.fromkeys(facts.expected_hosts.get(node.key[-1], "") for node, _ in pairs):
            lines = [("expected by the site file" if host else "host not known", "unknown")]
            lines += self.unread("vnics", of=host) if host else []
            name = host or "?"
            parts.append(
                self.part("host", name, name=name, lines=lines, phrases=[host] if host else [], targets=[host])
            )
        lost = [("not known: no host", "unknown")]
        team = self.part("team", "?", name="team ?", lines=lost)
        return tuple(parts), (team,), (self.part("port", "?", name="port ?", lines=lost),)

    def down(self, host: str, by_switch: dict[str, list[VNic]]) -> tuple[tuple[Part, ...], ...]:
        """The three columns of a host: itself with the vSwitches of these vNICs; teams and members; switch ports."""
        facts = self.facts
        lines = self.unread("hypervisor", "vswitches", of=host)
        for seen in self.sights:
            if seen.by == host and seen.via == "vnic" and seen.owner != "own":
                lines += [(f"{vnic_words(seen.vnic)} has {seen.ip}", "text"), sight(seen)]
        names = {facts.cluster: [v.vm for vnics in by_switch.values() for v in vnics]}
        vms = some(names[facts.cluster])
        told = [one for kind in (facts.pools, facts.vms) for one in kind if one.host == host]
        first = self.part("host", host, name=host, lines=[(f"runs {vms}", "quiet"), *lines], told=told, targets=[host])
        switches, teams, ports = [first], list[Part](), list[Part]()
        for name, vnics in by_switch.items():
            below = next((one for one in facts.vswitches if (one.host, one.name) == (host, name)), None)
            team = next((one for one in facts.teams if (one.host, one.vswitch) == (host, name)), None)
            switches.append(self._vswitch(host, name, below))
            teams += self._team(host, name, below, team)
            ports += self._ports(host, name, team, below, vnics)
        return tuple(switches), tuple(teams), tuple(ports)

    def _vswitch(self, host: str, name: str, one: VSwitch | None) -> Part:
        lines = self.unread("vswitches", of=host)
        if one is not None:
            lines.append(("external vSwitch", "quiet") if one.external else ("vSwitch NOT EXTERNAL", "maybe"))
        elif not lines:
            lines.append(("MISSING: the host does not list it", "bad"))
        return self.part("vSwitch", host, name, name=name or "no vSwitch", lines=lines, told=[one] if one else [])

    def members(self, host: str, below: VSwitch | None, team: Team | None) -> list[Nic]:
        """The physical NICs of a team, or the one that the vSwitch hangs on."""
        names = set(team.members if team else below.uplinks if below else ())
        return [
            nic for nic in self.facts.nics if nic.target == host and not {nic.description, nic.name}.isdisjoint(names)
        ]

    def _team(self, host: str, name: str, below: VSwitch | None, team: Team | None) -> Iterator[Part]:
        if team is None:
            unread = self.unread("teams", of=host)
            lines = unread or [("one cable" if below and below.uplinks else "no cable", "quiet")]
            yield self.part("team", host, name, name="team ?" if unread else "no team", lines=lines)
        else:
            mode = {"lacp": "LACP", "static": "static", "switch-independent": "switch independent"}[team.mode]
            lines = [(f"{team.kind.upper()}, {mode}", "text"), (team.balancing.replace("-", " "), "text")]
            found = cabling(self.facts, team)
            said = f"{'proven: ' if found.proven else ''}{found.told}"
            if found.against:
                lines.append((f"DIFFERS: {found.against}", "maybe"))
            phrase = f"{host}, team {team.name}"
            part = self.part(
                "team", host, name, name=team.name, lines=lines, told=[team], phrases=[phrase], targets=[host]
            )
            yield Part(
                key=part.key, kind=part.kind, name=part.name, lines=part.lines, causes=part.causes,
                told=(*part.told, (line(f"cables: {said}", 400), line(" ".join(found.evidence), 200))),
            )  # fmt: skip
        if unread := self.unread("uplinks", of=host):
            yield self.part("NIC", host, name, "?", name="members", lines=unread)
        for nic in self.members(host, below, team):
            both = {nic.name, nic.description}
            lines = [(nic.mac or "no MAC", "text")] + ([] if nic.status == "Up" else [(nic.status, "maybe")])
            if team and not both.isdisjoint(team.failed):
                lines.append(("FAILED", "bad"))
            elif team and not both.isdisjoint(team.standby):
                lines.append(("standby", "quiet"))
            yield self.part(
                "NIC", host, nic.name, name=nic.name, lines=lines, told=[nic], phrases=[f"{host}, {nic.name}"]
            )

    # ---- switch ports ----

    def _ports(
        self, host: str, name: str, team: Team | None, below: VSwitch | None, vnics: Sequence[VNic]
    ) -> Iterator[Part]:
        """Where the switches have learned the MACs of these vNICs and of the cables; what the site file says of them."""
        facts = self.facts
        whose: dict[Mac, str] = {
            mac: nic.name for nic in self.members(host, below, team) for mac in (nic.permanent, nic.mac) if mac
        }
        whose |= {vnic.mac: vnic.vm for vnic in vnics if vnic.mac}
        found: dict[tuple[str, int], list[FdbEntry]] = {}
        for row in facts.fdb:
            if row.mac in whose and row.status == "learned" and row.port:
                found.setdefault((row.target, row.port), []).append(row)
        for (switch, number), rows in found.items():
            yield self._port(host, switch, number, rows, whose)
        if not found:
            lines: list[Words] = [("no switch has learned its MACs", "quiet")] if facts.switches else []
            lines = lines or [("no switch is listed", "unknown")]
            yield self.part("port", host, name, "none", name="port not seen", lines=lines)
        for one in facts.uplinks:
            if one.host == host:
                seen = [(p.name) for (s, n) in found if s == one.switch and (p := port_at(facts, s, n))]
                agrees = one.port in seen
                said: Words = ("the site file, seen too", "good") if agrees else ("the site file only", "maybe")
                yield self.part(
                    "port",
                    host,
                    one.switch,
                    one.port,
                    "word",
                    name=f"{one.switch} {one.port}",
                    lines=[said],
                    told=[one],
                )
        for switch in facts.switches:
            if unread := self.unread("fdb", of=switch):
                yield self.part(
                    "port", host, name, switch, "unread", name=f"{switch} ?", lines=unread, targets=[switch]
                )

    def _port(self, host: str, switch: str, number: int, rows: Sequence[FdbEntry], whose: dict[Mac, str]) -> Part:
        facts = self.facts
        port = port_at(facts, switch, number)
        members: list[Port] = [one for one in facts.ports if port and (one.target, one.lag) == (switch, port.ifindex)]
        lines: list[Words] = []
        if members:
            lines.append((f"LAG of {' '.join(one.name for one in members)}", "text"))
        lines.append((f"VLAN {' '.join(str(v) for v in dict.fromkeys(row.vlan for row in rows))}", "quiet"))
        lines.append((f"learned {some([whose[row.mac] for row in rows])}", "quiet"))
        beyond = [one for one in facts.lldp if one.target == switch and port and one.port in (port.ifindex, number)]
        lines += [
            (f"leads to {one.name} (LLDP)", "maybe") for one in beyond if one.name in (*facts.switches, *facts.routers)
        ]
        if port and not port.up:
            lines.append(("link DOWN", "bad"))
        if port is None:
            lines += self.unread("ports", of=switch)
        name = port.name if port else f"port {number}"
        told: list[object] = [*rows, *([port] if port else []), *members, *beyond]
        return self.part(
            "port", host, switch, str(number), name=f"{switch} {name}", lines=lines, told=told,
            phrases=[f"{switch}, VLAN {row.vlan}, port {name}" for row in rows] + [f"{switch}:{name}"],
        )  # fmt: skip
