"""A switch does not send the cluster's multicast frames to every port that a node may be behind, or to every port there is.

In the multicast modes the cluster's frames go to a multicast MAC.  What a switch does with it is decided by its entry for
that MAC (a static MAC entry, a bridge multicast group, or what IGMP snooping has heard), and by what it does with
multicast that has no entry.  No entry: every port of the VLAN gets everything, or no port gets anything.  An entry that
lacks the uplink of a Hyper-V host: the nodes there get nothing, and NLB's heartbeats, which go to the same MAC, do not
arrive either, so that the cluster splits (our inference, see NLB010).  Live migration makes this common: a node moves to
a host whose uplink nobody listed, so every uplink or LAG of every host belongs into the entry, not only today's two.

Three traps.  On Dell PowerConnect and its relatives a group limits nothing until `bridge multicast filtering` is on, and
it is off by default.  A switch that looks multicast up by IP address never uses an entry for NLB's frames, which carry
the VIP, a unicast address, however complete the entry is.  Comware 5 refuses static entries of 01-00-5E MACs, and on
ArubaOS-Switch and AOS-CX a static group is flooded to all ports: there the 03-BF mode, or a VLAN of the cluster's own.

A row that is not there counts only where the switch shows another row of such a table: SNMP hides these tables on many
switches, and nothing is called missing for that.  The hosts' ports are those where the switch has learned their MACs;
of a team whose members end on ports of their own every member's port must be known.
What is not seen: a host that is not listed, and whether a snooped entry will be there tomorrow (NLB014).
"""

from dataclasses import replace
from typing import Literal

import nlbwiz.check as nlb

ABOUT = nlb.About(
    id="NLB011",
    title="The switch's multicast group does not fit the cluster's hosts",
    question="Does every switch send the cluster's multicast MAC to every host's uplinks, and to no other port?",
    severity="critical",
    needs=(
        "cluster", "adapters", "vnics", "vswitches", "teams", "uplinks", "vlans", "ports", "fdb", "groups", "multicast",
    ),
    also=("agent", "lldp"),
    sources=(
        "Microsoft KB 4494444: static MAC entries on the switch for multicast NLB, on every Hyper-V uplink",
        "workinghardinit.work, 2014-03-28: bridge multicast group with the LAGs of all hosts on a PowerConnect 5424",
        "Dell PowerConnect 55xx CLI guide: bridge multicast filtering, off by default; bridge multicast mode",
        "Cisco 216092 (107995) and the Catalyst 9000 NLB note: static entries; multicast looked up by IP address",
        "Comware 6125G and S5500-EI guides: 0100-5E static entries refused; AOS-CX and ArubaOS-Switch guides: static groups flood",
    ),
)  # fmt: skip

NOT_STATIC = {
    "hpe-comware": "Comware 5 refuses a static entry for a 0100-5Exx-xxxx MAC: bring the cluster to multicast mode (03-BF), or use an IGMP static group",
    "hpe-procurve": "ArubaOS-Switch floods a static group to every port of the VLAN: give the cluster a VLAN of its own instead",
    "aruba-cx": "AOS-CX floods a static group to every port of the VLAN: give the cluster a VLAN of its own instead",
}
"""Platforms on which a static entry is no way out (vendors' guides; reference: switch-cli 1)."""


def applies(facts: nlb.Facts) -> str | None:
    """Only the multicast modes have a multicast MAC; as long as a node's mode is not known, it may be one of them."""
    return nlb.no_node_runs(facts)


def evaluate(facts: nlb.Facts) -> nlb.Iterator[nlb.Said]:
    """Every multicast MAC of the cluster, in each of its VLANs, on every listed switch."""
    yield from nlb.mode_not_told(facts)
    yield from nlb.vlan_not_told(facts)
    for switch, vlan, labels in nlb.on_switches(facts, "vlans", "ports", "fdb", "groups", "multicast"):
        if not nlb.carries(facts, switch, vlan):
            yield nlb.not_carried(switch, vlan, labels)
            continue
        for group in nlb.groups(facts):
            yield from Place(facts, switch, vlan, group, labels).judged()


class Place:
    """One multicast MAC in one VLAN of one switch: what its entry and its settings make of it."""

    def __init__(self, facts: nlb.Facts, switch: str, vlan: int, group: nlb.Group, labels: tuple[str, ...]) -> None:
        self.facts, self.switch, self.vlan, self.group = facts, switch, vlan, group
        self.policy = nlb.policy(facts, switch, vlan)
        self.rows = nlb.entries(facts, switch, vlan, group)
        self.static = tuple(row for row in self.rows if row.status == "static")
        self.learned = tuple(row for row in self.rows if row.status == "learned")
        self.ways = nlb.ways(facts, switch)
        told = self.policy.evidence if self.policy else ()
        self.evidence = nlb.once((*(row.evidence for row in self.rows), *told, group.evidence, *labels))
        self.where = f"{switch}, VLAN {vlan}"

    def judged(self) -> nlb.Iterator[nlb.Said]:
        """The settings first: they decide whether an entry is used at all."""
        policy = self.policy
        if policy is None:
            yield self.gap("the switch does not say how it handles multicast")
        elif policy.filtering is False:
            has = "an entry, which limits nothing" if self.static or self.learned else "no entry either"
            yield self.floods(
                f"multicast filtering is off, so every frame to {self.group.mac} leaves on every port ({has})"
            )
        elif policy.filtering is None:
            yield self.gap("the switch does not say whether its entries limit anything (multicast filtering)")
        elif policy.lookup is None:
            yield self.gap("the switch does not say whether it looks multicast up by MAC or by IP address")
        elif policy.lookup == "ip":
            yield from self.by_address(policy)
        elif self.static or (self.learned and self.group.mode != "igmp"):  # NLB014 looks at IGMP's own alone
            yield from self.listed()
        elif self.learned:
            saw = f"no static entry for {self.group.mac}; snooping has heard it on {self.names(nlb.covered(self.facts, self.learned))} (whether that holds: NLB014)"
            yield nlb.clear(self.where, saw, *self.evidence)
        elif self.rows:
            yield from self.absent(policy)
        else:
            yield self.gap(f"its entries were not asked for {self.group.mac}")

    # ---- the entry is not used, or is not there ----

    def by_address(self, policy: nlb.Policy) -> nlb.Iterator[nlb.Said]:
        """NLB's frames carry a unicast address: no entry matches them, whatever it holds."""
        how = "it looks multicast up by IP address, and NLB's frames carry the VIP, which no group's entry matches"
        if policy.unregistered == "forward":
            yield self.floods(f"{how}: every frame to {self.group.mac} leaves on every port")
        elif policy.unregistered is None:
            yield self.gap(f"{how}; what it does with multicast that has no entry it does not say")
        elif self.group.mode == "igmp":
            yield nlb.clear(
                self.where, f"{how} and is dropped, however its entry is listed: that is NLB014's", *self.evidence
            )
        else:
            yield self.found(f"{how}: every frame to {self.group.mac} is dropped", "critical")

    def absent(self, policy: nlb.Policy) -> nlb.Iterator[nlb.Said]:
        """The row is not in a table that shows others."""
        saw = f"there is no entry for {self.group.mac}"
        if policy.unregistered == "drop":
            yield self.found(f"{saw}, and multicast without an entry is dropped", "critical")
        elif policy.unregistered == "forward":
            yield self.floods(f"{saw}, and multicast without an entry leaves on every port")
        else:
            yield self.floods(f"{saw}: it leaves on every port or on none, which the switch does not say")

    # ---- the static entry's ports ----

    def listed(self) -> nlb.Iterator[nlb.Said]:
        """Every port that leads to a listed host must be there; ports that lead to none are where hosts were."""
        ports, here = nlb.covered(self.facts, self.static or self.learned), nlb.at_home(self.facts)
        heard = nlb.covered(self.facts, self.learned) if self.static else frozenset()
        entry = f"the {'static' if self.static else 'learned'} entry for {self.group.mac}"
        lacking = {host: missing for host, way in self.ways.items() if (missing := set(way) - ports)}
        for host in (host for host, way in self.ways.items() if not way):
            yield nlb.gap(
                self.where, f"which port leads to {host} is not known: no MAC of it has been learned lately",
                f"name {host}'s uplinks in the site file, or ping one of its VMs and ask again", *self.evidence,
            )  # fmt: skip
        for why in (told for host, way in self.ways.items() if way and (told := nlb.unseen(self.facts, host))):
            yield nlb.gap(self.where, why, "name all of its uplinks in the site file", *self.evidence, *self.seen())
        strange = ports - {port for way in self.ways.values() for port in way}
        if not lacking:
            saw = f"{entry} lists {self.names(ports)}, every port that leads to {', '.join(self.ways)}"
            yield nlb.clear(self.where, saw, *self.evidence, *self.seen())
            if strange and all(self.ways.values()):
                yield nlb.note(
                    self.where, f"it also lists {self.names(strange)}, where no listed host is", *self.evidence
                )
            return
        told = "; ".join(f"{self.names(missing)} to {host}" for host, missing in lacking.items())
        nodes = [node for host in lacking for node in here.get(host, {})]
        gone = set().union(*lacking.values())
        old = f", but {self.names(strange)}, where no listed host is" if strange else ""
        saw = f"{entry} does not list {told}{old}"
        effect = (
            f": {', '.join(nodes)} get{'' if len(nodes) > 1 else 's'} nothing"
            if nodes
            else ": a node that moves there gets nothing"
        )
        one = self.found(saw + effect, "critical" if nodes else "warning", add=gone, remove=strange)
        if gone <= heard:
            one = replace(
                one, possible="snooping has heard the nodes there, which makes up for it as long as they report"
            )
        yield one

    # ---- words and steps ----

    def names(self, ports: nlb.Iterable[int]) -> str:
        """Ports of this switch, by name."""
        return nlb.port_names(self.facts, self.switch, ports)

    def seen(self) -> tuple[str, ...]:
        """What the hosts' ports are known from."""
        return nlb.once(label for way in self.ways.values() for label in way.values())

    def gap(self, why: str) -> nlb.Gap:
        """Something that the switch does not tell."""
        resolve = f"look at it on {self.switch} itself: its entry for {self.group.mac}, and its multicast settings"
        return nlb.gap(self.where, why, resolve, *self.evidence)

    def floods(self, saw: str) -> nlb.Finding:
        """Every port gets everything: no frame is lost."""
        return self.found(saw, "warning")

    def found(
        self, saw: str, severity: nlb.Severity, *, add: set[int] | None = None, remove: nlb.Iterable[int] = ()
    ) -> nlb.Finding:
        """The finding, with the lines that bring the entry to every uplink. `add` None: all that it lacks."""
        wanted = {port for way in self.ways.values() for port in way}
        lacking = wanted - nlb.covered(self.facts, self.static)
        fix, undo = self.entry(lacking if add is None else add, wanted, set(remove))
        return nlb.Finding(
            where=self.where,
            saw=saw,
            expected=f"an entry for {self.group.mac} that is used, with {self.names(wanted)}: every uplink of every Hyper-V host",
            severity=severity,
            seen_by=(self.switch,),
            evidence=nlb.once((*self.evidence, *self.seen())),
            fix=fix,
            verify=(
                nlb.do(f"It lists {self.names(wanted)}", "show group", self.switch, mac=self.group.mac, vlan=self.vlan),
                nlb.do("The counters of other ports stand still while those of the hosts' ports run: compare them with what you noted before"),
                *nlb.steps.members(*nlb.once(one.node for one in self.facts.instances)),
            ),
            undo=undo,
        )  # fmt: skip

    def entry(self, add: set[int], wanted: set[int], remove: set[int]) -> tuple[tuple[nlb.Do, ...], tuple[nlb.Do, ...]]:
        """Ports into the entry, old ones out of it, and the switches that make it count; and the way back."""
        platform = self.facts.platform(self.switch)
        first = nlb.do("Note the entry and the counters of some ports as they are now, to compare and to go back", "show group", self.switch, mac=self.group.mac, vlan=self.vlan)  # fmt: skip
        if platform in NOT_STATIC and (self.group.mode == "igmp" or platform != "hpe-comware"):
            return (first, nlb.do(NOT_STATIC[platform])), (nlb.do("Take back what was changed: note it before"),)
        fix, undo = [first], list[nlb.Do]()
        words = "Every uplink or LAG of every Hyper-V host into the entry, also where no node is today"
        if self.policy and self.policy.lookup == "ip":
            fix.append(
                nlb.do(
                    "Have the VLAN's multicast looked up by MAC (newer images only)",
                    "look up by mac",
                    self.switch,
                    vlan=self.vlan,
                )
            )
            undo.append(nlb.do("Back to look-up by IP address", "look up by ip", self.switch, vlan=self.vlan))
        added, taken = (
            self.changed(add, "add", words),
            self.changed(
                remove,
                "remove",
                "Ports that lead to no listed host out of it, where you know that nothing behind them needs it",
            ),
        )
        fix += [*added, *taken]
        undo += [
            *self.changed(remove, "add", "Put the old ports back"),
            *self.changed(add, "remove", "Take the added ports out again"),
        ]
        if not wanted:
            fix.append(
                nlb.do("Which ports lead to the hosts is not known: find them first (show the MACs of the hosts' VMs)")
            )
        if self.policy and self.policy.filtering is False:
            risk = "Only when every multicast group in use has its ports, and in a window since it touches every multicast stream of the switch: let entries limit"
            fix.append(nlb.do(risk, "multicast filtering on", self.switch))
            undo.insert(0, nlb.do("Let entries limit nothing again", "multicast filtering off", self.switch))
        if undo:
            words = "When it works, save it: until then a reload brings the old state back"
            fix.append(nlb.do(words, "save config", self.switch))
            undo.append(nlb.do("If it was saved, save again", "save config", self.switch))
        return tuple(fix), tuple(undo) or (nlb.do("Nothing was changed yet"),)

    def changed(self, ports: set[int], how: Literal["add", "remove"], words: str) -> list[nlb.Do]:
        """The lines for ports into this entry, or out of it."""
        return nlb.group_ports(self.facts, self.switch, self.group.mac, self.vlan, ports, how, words)


# ---- the truth table: correct it without knowing Python ----

VIP = "172.31.3.232"
PORTS = {"g1": 1, "g3": 3, "g5": 5, "g7": 7, "g8": 8, "ch1": 1000}
"""g5 is a member of the LAG ch1."""
# fmt: off


def row(
    what: str, mode: str, settings: str, entry: str, want: nlb.Kind, *, at: str = "g1 g3", other: str = "web", team: str = ""
) -> tuple[str, nlb.Facts, nlb.Kind]:
    """Node nlb1 on host hv1 and nlb2 on hv2, in VLAN 3; switch sw1 has another multicast row than the cluster's, unless said.

    mode: of both nodes (`-`: nlb2 could not be read). settings: of sw1: filtering `on`, `off` or `?`; look-up `mac`, `ip`
    or `?`; multicast without an entry `forward`, `drop` or `?`. entry: `static PORT...`, `learned PORT...`, both, `none`, or
    `silent` (sw1 did not answer). at: where hv1's and hv2's MACs are learned (`-`: nowhere). other: sw1's VLAN 3 is called so
    (`-`: it has none). team: hv1's vSwitch hangs on a team of two of this mode.
    """
    ex = nlb.example
    silent = ["sw1/groups"] if entry == "silent" else []
    given: list[nlb.Fact] = [ex.agent("sw1", "dell-powerconnect", forwarding=False)]
    for number, port in enumerate(at.split(), start=1):
        own = f"00-15-5D-1F-03-0{number}"
        silent += ["nlb2/cluster"] if (mode, number) == ("-", 2) else []
        given += ex.node(f"nlb{number}", "igmp" if mode == "-" else mode, VIP, own, f"172.31.3.1{number}", host=f"hv{number}")
        given.append(ex.fdb("sw1", nlb.mac(own), port=PORTS.get(port)))
    given += _team(team) if team else ()
    ports = [ex.port("sw1", name, number) for name, number in PORTS.items()]
    given += [replace(one, lag=PORTS["ch1"]) if one.name == "g5" else one for one in ports]
    given.append(ex.vlan("sw1", 3 if other != "-" else 4, "web"))
    filtering, lookup, unregistered = settings.split()
    given.append(ex.multicast("sw1", filtering=filtering, lookup=lookup, unregistered=unregistered))
    right = nlb.cluster_mac("multicast" if mode == "multicast" else "igmp", nlb.IPv4Address(VIP))
    for part in entry.replace(" learned", "|learned").split("|") if entry != "silent" else ():
        status, *names = part.split()
        given.append(ex.group("sw1", right, status, *(PORTS[name] for name in names)))
    return what, ex.facts("nlb1 nlb2 hv1 hv2 sw1", (*ABOUT.needs, *ABOUT.also), given, silent=" ".join(silent)), want


def _team(mode: str) -> list[nlb.Fact]:
    """hv1's team, of NIC1 and NIC2, whose own MACs have been learned nowhere."""
    made = (nlb.example.nic("hv1", f"0C-C4-7A-00-00-0{number}", name=f"NIC{number}") for number in (1, 2))
    nics = [replace(one, evidence="hv1/uplinks") for one in made]
    below = nlb.Team(
        host="hv1", name="T1", kind="lbfo", mode="lacp" if mode == "lacp" else "switch-independent", balancing="dynamic", members=("NIC1", "NIC2"), standby=(),
        failed=(), vswitch="External", evidence="hv1/teams",
    )
    return [*nics, below]


EXAMPLES = (
    #   what it shows                                     mode         filtering, look-up, without  the entry's ports          outcome
    row("every uplink is listed",                         "igmp",      "on mac forward",            "static g1 g3",            "ruled_out"),
    row("every uplink, in multicast mode",                "multicast", "on mac forward",            "static g1 g3",            "ruled_out"),
    row("more ports than needed",                         "igmp",      "on mac forward",            "static g1 g3 g7",         "ruled_out"),
    row("one host's uplink is missing",                   "igmp",      "on mac forward",            "static g1",               "confirmed"),
    row("a member's port stands for its LAG: a trap",     "igmp",      "on mac forward",            "static g1 g5",            "ruled_out", at="g1 ch1"),
    row("a host's LAG is missing",                        "igmp",      "on mac forward",            "static g1",               "confirmed", at="g1 ch1"),
    row("the old hosts' ports",                           "igmp",      "on mac forward",            "static g7 g8",            "confirmed"),
    row("snooping makes up for it",                       "igmp",      "on mac forward",            "static g1 learned g3",    "possible"),
    row("no entry, flooded",                              "igmp",      "on mac forward",            "none",                    "confirmed"),
    row("no entry, dropped",                              "multicast", "on mac drop",               "none",                    "confirmed"),
    row("no entry, and what follows is not told",         "multicast", "on mac ?",                  "none",                    "confirmed"),
    row("snooped on every uplink: another check",         "igmp",      "on mac drop",               "learned g1 g3",           "ruled_out"),
    row("filtering off, a complete entry: a trap",        "igmp",      "off mac forward",           "static g1 g3",            "confirmed"),
    row("filtering off, and no entry",                  "igmp",      "off mac forward",           "none",                    "confirmed"),
    row("looked up by IP and flooded: a trap",            "igmp",      "on ip forward",             "static g1 g3",            "confirmed"),
    row("looked up by IP and dropped: another check",     "igmp",      "on ip drop",                "learned g1 g3",           "ruled_out"),
    row("looked up by IP and dropped, multicast mode",    "multicast", "on ip drop",                "static g1 g3",            "confirmed"),
    row("looked up by IP, and then what?",                "igmp",      "on ip ?",                   "static g1 g3",            "unknown"),
    row("whether entries limit is not told",              "igmp",      "? mac forward",             "static g1 g3",            "unknown"),
    row("how it is looked up is not told",                "igmp",      "on ? forward",              "static g1 g3",            "unknown"),
    row("where a host hangs is not known",                "igmp",      "on mac forward",            "static g1",               "unknown", at="g1 -"),
    row("one port of a team's two is known: a trap",   "igmp",      "on mac forward",            "static g1 g3",            "unknown", team="independent"),
    row("a LAG stands for both of its members",        "igmp",      "on mac forward",            "static g3 ch1",           "ruled_out", at="ch1 g3", team="lacp"),
    row("learned in multicast mode, and not everywhere", "multicast", "on mac forward",          "learned g1",              "confirmed"),
    row("a switch without the VLAN",                      "igmp",      "on mac forward",            "none",                    "ruled_out", other="-"),
    row("unicast has no group",                           "unicast",   "on mac forward",            "none",                    "not_applicable"),
    row("a node that was not read",                       "-",         "on mac forward",            "static g1 g3",            "unknown"),
    row("the switch did not answer",                      "igmp",      "on mac forward",            "silent",                  "unknown"),
)
# fmt: on
