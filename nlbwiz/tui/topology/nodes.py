"""A node, and the virtual NIC that its NLB adapter is. Pure."""

from collections.abc import Iterator, Sequence

from nlbwiz.addr import in_pool
from nlbwiz.facts import Instance, Nic, VNic
from nlbwiz.joins.binding import bind, in_migration, nowhere
from nlbwiz.joins.ownership import vnic_words
from nlbwiz.joins.sightings import ago
from nlbwiz.tui.topology.maker import Maker, seen_mac, some
from nlbwiz.tui.topology.parts import Part, Words


class Nodes(Maker):
    """The left two columns."""

    def node(self, node: str, instances: Sequence[Instance]) -> Part:
        """A node: what it says of its MAC, its addresses and its state; and who sees its own address elsewhere."""
        facts, lines, told = self.facts, list[Words](), list[object]()
        if unread := self.unread("cluster", of=node):
            lines += unread
        elif not instances:
            lines.append(("MISSING: no NLB instance of this cluster", "bad"))
        for one in instances:
            lines += self._mac(one)
            lines += self._addresses(one)
            told.append(one)
        for state in (one for one in facts.states if one.node == node):
            lines.append((state.text.replace("(", ", ").replace(")", ""), "text"))
        if node in in_migration(self.facts):
            lines.append(("in live migration", "maybe"))
        for seen in self.sights:
            event = seen.by == node and seen.via == "event" and seen.owner not in ("own", "past", "probe")
            if not seen.undecided and (event or (seen.node == node and seen.owner != "own" and seen.via != "event")):
                event_text = f"event {seen.event}, {ago(seen.age)}: {seen.what} at"
                words = event_text if event else f"{seen.by} has its {seen.ip} at"
                lines += [(words, "text"), *seen_mac(seen)]
        open_ = [
            one for one in self.sights if node in (one.node, one.by if one.via == "event" else "") and one.undecided
        ]
        for why in dict.fromkeys(one.undecided for one in open_):
            views = some([one.by for one in open_ if one.undecided == why])
            lines.append((f"not decided, seen by {views}: {why}", "unknown"))
        for kind in (facts.vips, facts.states, facts.drivers, facts.addresses):
            told += [one for one in kind if one.node == node]
        return self.part("node", node, name=node, lines=lines, told=told, phrases=[node], targets=[node])

    def _mac(self, one: Instance) -> Iterator[Words]:
        """The cluster MAC as the node and its driver say it, beside the one that mode and primary address give."""
        drivers = {
            d.mac for d in self.facts.drivers if d.node == one.node and d.mac and d.primary in (one.primary, None)
        }
        for mac in dict.fromkeys((one.mac, *sorted(drivers))):
            if mac:
                yield mac if mac == one.mac else f"driver: {mac}", "text"
                if one.right_mac:
                    yield (
                        ("as computed", "good")
                        if mac == one.right_mac
                        else (f"DIFFERS: computed {one.right_mac}", "bad")
                    )
        if one.mode is None:
            yield "mode not told: MAC cannot be computed", "unknown"

    def _addresses(self, one: Instance) -> Iterator[Words]:
        if unread := self.unread("vips", "addresses", "adapters", of=one.node):
            yield from unread
            return
        bound = bind(self.facts, one)
        if isinstance(bound, str):
            yield f"VIP not known: {bound}", "unknown"
            return
        all_ = self.facts.vip_addresses()
        listed = {vip.ip for vip in bound.vips} | {one.primary}
        for ip in all_:
            name = "VIP" if len(all_) == 1 else f"VIP {ip}"
            live = bound.here(ip)
            if ip not in listed and bound.complete:
                yield f"{name} MISSING in NLB's list", "bad"
            elif live is None and bound.elsewhere(ip):
                yield f"{name} on another NIC", "bad"
            elif live is None and ip in listed:
                yield f"{name} MISSING in TCP/IP", "bad"
            elif live is not None:
                yield f"{name} {live.state}", "text" if live.state == "Preferred" else "maybe"

    def vnic(self, node: str, instances: Sequence[Instance], nic: Nic | None, vnic: VNic | None) -> Part:
        """The virtual NIC beneath a node's NLB adapter; why there is none, where none was found."""
        told: list[object] = [one for one in (vnic, nic) if one]
        if vnic is None:
            return self.part("vNIC", node, name="vNIC", lines=self._no_vnic(node, instances, nic), told=told)
        phrase = f"{vnic.host}, {vnic_words(vnic)}"
        lines = [
            (vnic.mac or "no MAC", "text"),
            self._pool(vnic),
            (f"VLAN {vnic.vlan}" if vnic.vlan else "no VLAN", "quiet"),
        ]
        lines.append((f"spoofing {'On' if vnic.spoofing else 'Off'}", "text"))
        if vnic.sriov:
            lines.append(("SR-IOV: past the vSwitch", "text"))
        expected = self.facts.expected_hosts.get(node)
        if expected and expected != vnic.host:
            lines.append((f"site file: on {expected}", "maybe"))
        told += [one for one in self.facts.pools if one.host == vnic.host]
        return self.part(
            "vNIC", node, name=vnic.name, lines=lines, told=told, phrases=[phrase], targets=[vnic.host]
        )  # fmt: skip

    def _no_vnic(self, node: str, instances: Sequence[Instance], nic: Nic | None) -> Iterator[Words]:
        yield from self.unread("adapters", of=node)
        for host in self.facts.hosts:
            yield from self.unread("vnics", of=host)
        for one in instances:
            if why := nowhere(self.facts, one, nic):
                yield f"MISSING: {why}", "bad"
        if not instances and not self.facts.hosts:
            yield "no Hyper-V host is listed", "unknown"
        if not instances:
            yield "not known: no instance, no adapter", "unknown"

    def _pool(self, vnic: VNic) -> Words:
        """Whose pool a dynamic MAC is from. Outside the host's own it is normal after a live migration (NLB004)."""
        if not vnic.dynamic or vnic.mac is None:
            return "static MAC", "quiet"
        of = [one.host for one in self.facts.pools if in_pool(vnic.mac, one.low, one.high)]
        if vnic.host in of:
            return f"in {vnic.host}'s pool", "quiet"
        unread = any(self.unread("hypervisor", of=host) for host in self.facts.hosts)
        if of:
            return f"outside this host's pool: from {', '.join(of)}", "text"
        return ("pool not known: a host was not read", "unknown") if unread else ("OUTSIDE every listed pool", "maybe")
