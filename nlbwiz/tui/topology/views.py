"""The VIP itself, and who sees it at which MAC: gateways, the jump host, switches, neighbour tables. Pure."""

from collections.abc import Iterator
from ipaddress import IPv4Address
from typing import Literal

from nlbwiz.addr import igmp_group
from nlbwiz.facts import GroupEntry, Need
from nlbwiz.joins.gateways import near
from nlbwiz.joins.ownership import MODE_WORDS, cluster_addresses
from nlbwiz.joins.sightings import Sighting, whereabouts
from nlbwiz.tui.topology.maker import Maker, seen_mac, sight, some
from nlbwiz.tui.topology.parts import Part, Words


class Views(Maker):
    """The head of the picture."""

    def vip(self) -> Part:
        """The VIP with its mode and the MAC that follows from it."""
        facts, modes = self.facts, self.facts.modes()
        lines: list[Words] = []
        if len(modes) > 1:
            told = "; ".join(f"{MODE_WORDS[mode]} on {', '.join(nodes)}" for mode, nodes in modes.items())
            lines.append((f"MODES DIFFER: {told}", "bad"))
        lines += [(str(MODE_WORDS[mode]), "text") for mode in modes if len(modes) == 1]
        computed = facts.cluster_macs()
        for mac in self.own:
            lines += [
                (mac, "text"),
                ("as computed", "good") if mac in computed else ("DIFFERS from the computed", "bad"),
            ]
        if not self.own:
            silent = [said for node in facts.nodes for said in self.unread("cluster", of=node)]
            waits = any(role == "waiting" for _, role in silent)
            lines.append(
                ("MAC: waiting for the nodes", "waiting") if waits else ("MAC not known: no node was read", "unknown")
            )
        if "igmp" in modes:
            lines += [(f"group {igmp_group(ip)}", "quiet") for ip in facts.primaries()]
        more = [str(ip) for ip in facts.vip_addresses() if ip != facts.vip]
        if more:
            lines.append((f"also {', '.join(more)}", "quiet"))
        return self.part(
            "VIP", name=f"VIP {facts.vip or 'not IPv4'}", lines=lines, told=facts.instances, targets=facts.nodes
        )  # fmt: skip

    def views(self) -> Iterator[Part]:
        """Everybody who may hold a MAC for the VIP, in the operator's order."""
        facts = self.facts
        for router in facts.routers:
            yield self._view("router", router, "arp")
        yield self._view("jump", "jump", "jump-neighbors")
        for switch in facts.switches:
            yield self._table(switch)
        yield from self._neighbours()

    def _view(self, via: Literal["router", "jump"], device: str, need: Need) -> Part:
        facts, lines = self.facts, list[Words]()
        for ip in facts.vip_addresses():
            seen = [one for one in self.sights if (one.via, one.by, one.ip) == (via, device, ip)]
            if len(facts.vip_addresses()) > 1:
                lines.append((f"{ip}:", "quiet"))
            for one in seen:
                lines += [("typed in" if one.typed else "learned", "quiet"), *seen_mac(one)]
                lines += self._elsewhere(one)
            if not seen:
                lines += self._no_entry(via, device, need, ip)
        for one in self.sights:
            if (one.via, one.by) == (via, device) and one.node and not one.undecided and one.owner != "own":
                lines += [(f"{one.what}:", "text"), *seen_mac(one)]
        ips = (*facts.vip_addresses(), *cluster_addresses(facts))
        told = [view for ip in ips for view in facts.arp_views(ip, via) if view.device == device]
        what = "ARP table" if via == "router" else "own neighbours"
        return self.part(
            "view",
            device,
            via,
            name=device,
            lines=[(what, "quiet"), *lines],
            told=told,
            phrases=[device],
            targets=[device],
        )

    def _elsewhere(self, one: Sighting) -> list[Words]:
        """Where a MAC is that is not the cluster's."""
        if one.owner in ("own", "start", "past", "probe"):
            return []
        places = whereabouts(self.facts, one.mac)
        return [(one.why, "text"), *((f"it is at {place.words}", "text") for place in places)]

    def _no_entry(self, via: str, device: str, need: Need, ip: IPv4Address) -> list[Words]:
        facts = self.facts
        if unread := self.unread(need, of=device):
            return unread
        if via == "router":
            here = near(facts, ip)
            if facts.own_addresses and device not in here:
                return [("not applicable: no interface in the VIP's network", "quiet")]
            if any(view.device == device for view in facts.arp_views(ip, "router")):
                return [("no entry for it", "text")]
            return [("not asked for it", "unknown")]
        if not any(ip in one.network for one in facts.jump_attached):
            return [("not applicable: other subnet", "quiet")]
        return [("no entry for it", "text")]

    def _table(self, switch: str) -> Part:
        """What a switch's MAC table holds for the cluster MAC."""
        rows = [row for row in self.facts.fdb if row.target == switch and row.mac in self.own]
        lines: list[Words] = [("MAC table", "quiet")]
        if unread := self.unread("fdb", of=switch):
            lines += unread
        elif not rows:
            lines.append(("not asked for the cluster MAC", "quiet"))
        for row in rows:
            at = "no row" if row.status == "none" else f"VLAN {row.vlan}, {self.port_name(row)}, {row.status}"
            lines += [(row.mac, "text"), (at, "text")]
        groups = self._groups(switch)
        for entry in groups:
            where = f" in VLAN {entry.vlan}" if entry.vlan else ""
            names = " ".join(self._interface(switch, one) for one in entry.ports)
            at = "no row" if entry.status == "none" else f"{entry.status} on {names or 'no port'}"
            lines.append((f"group {entry.mac or entry.group}{where}: {at}", "text"))
        if not groups and ("groups", switch) in self.silent:
            lines += self.unread("groups", of=switch)
        second = {one.mac for one in self.sights if not one.undecided and sight(one)[1] in ("bad", "maybe")}
        for row in (
            one for one in self.facts.fdb if one.target == switch and one.mac in second and one.status == "learned"
        ):
            rows.append(row)
            lines += [(row.mac, "text"), (f"VLAN {row.vlan}, {self.port_name(row)}: not the cluster's", "text")]
        return self.part(
            "view", switch, "fdb", name=switch, lines=lines, told=[*rows, *groups], phrases=[switch], targets=[switch]
        )

    def _groups(self, switch: str) -> list[GroupEntry]:
        """The switch's rows for the cluster MAC or its multicast group, configured or snooped."""
        groups = {igmp_group(ip) for ip in self.facts.primaries()} if "igmp" in self.facts.modes() else set()
        mine = (one for one in self.facts.groups if one.target == switch)
        return [one for one in mine if one.mac in self.own or one.group in groups]

    def _interface(self, switch: str, ifindex: int) -> str:
        found = (one.name for one in self.facts.ports if (one.target, one.ifindex) == (switch, ifindex))
        return next(found, f"ifIndex {ifindex}")

    def _neighbours(self) -> Iterator[Part]:
        """The hosts' and nodes' own neighbour tables: those that agree in one line, each that does not in its own."""
        agree: dict[str, Sighting] = {}
        for one in self.sights:
            if one.via in ("host", "node") and not one.node:
                if one.owner == "own" and not one.undecided:
                    agree.setdefault(one.by, one)
                    continue
                lines: list[Words] = [
                    ("own neighbours", "quiet"),
                    *seen_mac(one),
                    *self._elsewhere(one),
                ]
                told = [view for view in self.facts.arp_views(one.ip) if view.device == one.by]
                yield self.part("view", one.by, one.via, one.mac, name=one.by, lines=lines, told=told, targets=[one.by])
        if agree:
            macs = " ".join(dict.fromkeys(one.mac for one in agree.values()))
            told = [v for v in self.facts.arp if v.device in agree and v.mac in self.own]
            lines = [("own neighbours", "quiet"), (macs, "text"), ("as computed", "good")]
            yield self.part("view", "agree", name=some(list(agree)), lines=lines, told=told)
