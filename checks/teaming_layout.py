"""The NIC team below the nodes' vSwitch does not fit the NLB mode.

A cluster's frames come to every host by flooding (unicast), by a static or learned group (the multicast modes), and the
host's team decides what happens to copies that arrive on more than one cable, and with which source MAC the answers
leave.  Some combinations do not work: a unicast cluster over a switch independent team on one switch gets each frame on
every member (workinghardinit.work's rule; that this is why is our inference); a LAG over two independent switches loses half of
the frames; a team and a switch that do not agree on whether there is a LAG lose frames too.  Which layout is how good stands in `_teaming.toml`, row by row, with the reason,
the way out and the source: that table is this page's second half.

Half of the answer is where the cables end.  It is proven by the switches' MAC tables: a switch independent team with
dynamic or hash balancing shows each physical NIC's own MAC on its own port, Hyper-V port balancing shows the VMs' MACs
on several ports, and a LAG shows them on the LAG.  A port that another machine's MAC stands on as well leads to another
switch and proves nothing.  LLDP helps where the host sends it, which Windows seldom does.  An idle MAC ages out of the
table: then only `uplinks` in the site file or the operator's answer tells, and a finding that rests on the operator's
word is only possible.  A LAG that the host builds implies one logical switch unless something says otherwise.

An MLAG or vPC pair is one logical switch and looks like two: where members are seen at two switches, the operator is
asked.  Active SR-IOV takes a vNIC past vSwitch and team: it has its own row.  An uplink to a switch that is not listed cannot be seen.  Port lists of static groups are not looked at here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import nlbwiz.check as nlb

ABOUT = nlb.About(
    id="NLB005",
    title="The NIC team below the vSwitch does not fit the NLB mode",
    question="Can the team below the nodes' vSwitch carry this NLB mode, with its cables where they are?",
    severity="warning",
    needs=("cluster", "adapters", "vnics", "vswitches", "teams", "uplinks", "vlans", "ports", "fdb"),
    also=("lldp", "answer"),
    sources=(
        "Microsoft: NIC Teaming MAC address use and management (which source MAC leaves on which member)",
        "Microsoft KB 4494444: NLB modes, and what the network must do for each",
        "workinghardinit.work, 2014-03-24 and 2014-03-28: unicast only over switch independent teams on two switches; IGMP over LACP",
    ),
    table="_teaming.toml",
)

Table = Mapping[str, Any]
Row = Mapping[str, Any]
Above = tuple[nlb.Instance, nlb.Nic, nlb.VNic]
"""An instance, the adapter it is bound to, the virtual NIC that this is."""
RANK = {"OK": 0, "OK-RISKY": 1, "RISKY": 2, "BROKEN": 3}
WORDS = {
    "switch-independent": "switch independent", "static": "static", "lacp": "LACP", "hyper-v-port": "Hyper-V port", "dynamic": "dynamic",
    "transport-ports": "address hash", "ip-addresses": "address hash", "mac-addresses": "address hash",
}  # fmt: skip
POWERSHELL = {
    "switch-independent": "SwitchIndependent", "static": "Static", "lacp": "Lacp", "hyper-v-port": "HyperVPort", "dynamic": "Dynamic",
    "transport-ports": "TransportPorts", "ip-addresses": "IPAddresses", "mac-addresses": "MacAddresses",
    "unicast": "Unicast", "multicast": "Multicast", "igmp": "IgmpMulticast",
}  # fmt: skip
"""How Set-NetLbfoTeam, Set-VMSwitchTeam and Set-NlbCluster write these words."""
TEAM_NIC = "Multiplexor"
"""In the description of an LBFO team's NIC: Microsoft Network Adapter Multiplexor Driver."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One thing to look up: nodes of one mode above one team, or above none. `kind` is the table's word for the team."""

    where: str
    host: str
    mode: nlb.Mode
    nodes: tuple[str, ...]
    kind: str
    evidence: tuple[str, ...]
    team: nlb.Team | None = None
    cabling: nlb.Cabling | None = None
    vnic: nlb.VNic | None = None  # with an active virtual function

    @property
    def words(self) -> str:
        """The layout in words: who runs what over which team, and where its cables end."""
        over = {"none": "; no team", "guest": " over a team inside the VM"}.get(self.kind, " over SR-IOV")
        if self.team:
            kind = "SET" if self.team.kind == "set" else "LBFO"
            over = f" over {'an' if self.team.mode == 'lacp' else 'a'} {WORDS[self.team.mode]} {kind} team with {WORDS[self.team.balancing]} balancing"
        told = f"; {self.cabling.told}" if self.cabling else ""
        return f"{', '.join(self.nodes)} in {nlb.MODE_WORDS[self.mode]}{over}{told}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bad:
    """A layout that its row calls broken or risky, and why that is only possible."""

    place: Place
    row: Row
    doubt: str


def evaluate(facts: nlb.Facts, table: Table) -> nlb.Iterator[nlb.Said]:
    """Every layout, looked up once; those that one row calls bad are one finding, since its fix is for all of them."""
    bad: dict[str, list[Bad]] = {}
    for said in _layouts(facts, table):
        if isinstance(said, Bad):
            bad.setdefault(said.row["reason"], []).append(said)
        else:
            yield said
    for group in bad.values():
        yield _finding(facts, group)
    yield from _drivers(facts)


def _layouts(facts: nlb.Facts, table: Table) -> nlb.Iterator[nlb.Said | Bad]:
    """From each instance down to its vSwitch and team; every (host, vSwitch, mode) once."""
    places: dict[tuple[str, str, nlb.Mode], list[Above]] = {}
    for instance in facts.instances:
        node, nic = instance.node, facts.nlb_nic(instance)
        vnic = facts.vnic(nic) if nic else None
        if instance.mode is None:
            yield nlb.gap(node, "its NLB mode is not told", f"read the mode on {node} by hand", instance.evidence)
        elif nic is None or vnic is None:
            resolve = "add the Hyper-V host it runs on to the site file, or look at the team there"
            if why := nlb.nowhere(facts, instance, nic):
                yield nlb.gap(node, why, resolve, nic.evidence if nic else instance.evidence)
        else:
            places.setdefault((vnic.host, vnic.switch, instance.mode), []).append((instance, nic, vnic))
            guest = Place(
                where=f"{node}, {nic.name}", host=vnic.host, mode=instance.mode, nodes=(node,), kind="guest",
                evidence=(nic.evidence, instance.evidence),
            )  # fmt: skip
            if TEAM_NIC in nic.description:
                yield from _look_up(table, guest)
            if vnic.sriov:
                past = replace(guest, where=f"{vnic.host}, {nlb.vnic_words(vnic)}", kind="sriov", vnic=vnic)
                yield from _look_up(table, replace(past, evidence=(vnic.evidence, *guest.evidence)))
    for (host, vswitch, mode), above in places.items():
        if all(facts.answered(need, host) for need in ("vswitches", "teams", "uplinks")):  # else it is named as missing
            yield from _place(facts, table, host, vswitch, mode, above)


def _place(
    facts: nlb.Facts, table: Table, host: str, vswitch: str, mode: nlb.Mode, above: list[Above]
) -> nlb.Iterator[nlb.Said | Bad]:
    nodes = tuple(instance.node for instance, _, _ in above)
    seen = tuple(label for instance, _, vnic in above for label in (instance.evidence, vnic.evidence))
    below = next((one for one in facts.vswitches if (one.host, one.name) == (host, vswitch)), None)
    team = next((one for one in facts.teams if vswitch and (one.host, one.vswitch) == (host, vswitch)), None)
    if below is None or (team is None and any(TEAM_NIC in uplink for uplink in below.uplinks)):
        told = f"what is below the vSwitch {vswitch} of {', '.join(nodes)} is not listed"
        why = told if vswitch else f"the NLB virtual NIC of {', '.join(nodes)} is not connected"
        yield nlb.gap(host, why, f"look at Get-VMSwitch and Get-NetLbfoTeam on {host} by hand", *seen)
        return
    where = f"{host}, team {team.name}" if team else f"{host}, vSwitch {vswitch}"
    cabling = nlb.cabling(facts, team) if team else None
    labels = (*seen, (team or below).evidence, *(cabling.evidence if cabling else ()))
    place = Place(
        where=where, host=host, mode=mode, nodes=nodes, kind=_kind(team) if team else "none", team=team, cabling=cabling,
        evidence=tuple(dict.fromkeys(labels)),
    )  # fmt: skip
    yield from _look_up(table, place)
    if cabling and cabling.against:
        yield nlb.note(where, cabling.against, *cabling.evidence)
    if team and team.failed:
        saw = f"member {', '.join(team.failed)} has failed; the layout is judged as if it were there"
        yield nlb.note(where, saw, team.evidence)
    if not below.external:
        saw = f"the vSwitch {vswitch} is not external: nothing outside this host reaches {', '.join(nodes)}"
        yield nlb.note(where, saw, below.evidence)


def _kind(team: nlb.Team) -> str:
    active = [member for member in team.members if member not in team.standby]
    return "one-active" if team.mode == "switch-independent" and len(active) < 2 else team.mode


# ---- the table ----


def match(table: Table, **seen: str) -> Row | None:
    """The first row whose lists hold what was seen; a list that the row leaves out holds everything."""
    rows = (row for row in table["row"] if all(value in row.get(key, (value,)) for key, value in seen.items()))
    return next(rows, None)


def _look_up(table: Table, place: Place) -> nlb.Iterator[nlb.Said | Bad]:
    """The rows of every topology that fits: one verdict is the answer, several leave it open."""
    balancing = place.team.balancing if place.team else ""
    fits = place.cabling.could_be if place.cabling else ("",)
    rows = [match(table, mode=place.mode, team=place.kind, balancing=balancing, topology=one) for one in fits]
    known = [row for row in rows if row is not None]
    if len(known) < len(rows):
        why = f"the truth table says nothing about this layout: {place.words}"
        yield nlb.gap(place.where, why, "compare it with the rows of checks/_teaming.toml", *place.evidence)
        return
    worst = max(known, key=lambda row: RANK[row["verdict"]])
    verdict, undecided = worst["verdict"], len({row["verdict"] for row in known}) > 1
    if verdict in ("OK", "OK-RISKY"):
        yield nlb.clear(place.where, f"{place.words}: {worst['reason']}", *place.evidence)
        if verdict == "OK-RISKY":
            yield nlb.note(place.where, f"{worst['reason']}. {_in_words(worst)}", *place.evidence)
    elif verdict == "BROKEN" or not undecided:
        doubt = place.cabling.doubt if place.cabling else ""
        if undecided:
            doubt = "it depends on where the team's cables end, and nothing proves that"
        elif verdict == "RISKY":
            doubt = doubt or "a risk of this layout, no fault by itself"
        yield Bad(place=place, row=worst, doubt=doubt)
    if undecided and place.cabling and verdict not in ("OK", "OK-RISKY"):
        yield nlb.Gap(
            where=place.where,
            why=f"where the team's cables end is not proven ({place.cabling.told}), and {nlb.MODE_WORDS[place.mode]} depends on it",
            resolve="name the host's `uplinks` in the site file, list every switch it hangs on, or answer the question",
            evidence=place.evidence,
            question="same_switch",
        )


def _in_words(row: Row) -> str:
    return "; ".join(step["text"] for step in row["fix"])


EXPECTED: dict[str, str] = {
    "unicast": "a team that unicast allows: switch independent over two switches with Hyper-V port balancing, one active member, or none",
    "guest": "one virtual NIC for NLB; the team is the host's",
    "sriov": "every frame of the NLB NIC goes through the vSwitch",
}
AGREE = "a host and a switch that agree: one LAG of one logical switch, or no LAG at either end"


def _finding(facts: nlb.Facts, group: list[Bad]) -> nlb.Finding:
    places, row = [one.place for one in group], group[0].row
    doubt = "" if any(not one.doubt for one in group) else "; ".join(nlb.once(one.doubt for one in group))
    told = (one.place.words + (f" ({one.doubt})" if one.doubt and not doubt else "") for one in group)
    fix: list[nlb.Do] = []
    undo: list[nlb.Do] = []
    looks: list[nlb.Do] = []
    for step in row["fix"]:
        on = [one for one in places if not (_embedded(one) and "team_mode" in step)]  # SET is switch independent only
        if step.get("phrase") == "set mode":
            repair, after = nlb.steps.cluster_mode(facts, step["mode"], places[0].mode, step["text"])
            fix, undo, looks = [*fix, *repair.fix], [*undo, *repair.undo], [*looks, *after]
        elif "phrase" in step:
            fix += [_step(one, step["text"], step, step) for one in on]
            undo += [_step(one, "Set it back", step, {}) for one in on]
            looks += [_look(one, step) for one in on]
        elif on:
            fix.append(nlb.do(step["text"]))
    nodes = nlb.once(node for one in places for node in one.nodes)
    if any(one.text.startswith("Or") for one in fix[1:]):
        fix.insert(0, nlb.do("Choose one of these ways: what begins with Or is instead of the steps before it"))
    return nlb.Finding(
        where="; ".join(one.where for one in places),
        saw=f"{'; '.join(nlb.once(told))}: {row['reason']} (basis: {', '.join(row['basis'])})",
        expected=EXPECTED.get(places[0].kind) or EXPECTED.get(places[0].mode, AGREE),
        seen_by=nlb.once(by for one in places for by in (one.host, *(one.cabling.seen_by if one.cabling else ()))),
        evidence=nlb.once(label for one in places for label in one.evidence),
        severity=row["severity"],
        possible=doubt,
        fix=tuple(fix),
        verify=(*(looks or [_look(one, {}) for one in places if one.team]), *nlb.steps.members(*nodes)),
        undo=(*undo, nlb.do("Put cables, switch ports and entries back as they were: note them before you change them")),
    )  # fmt: skip


def _embedded(place: Place) -> bool:
    return place.team is not None and place.team.kind == "set"


def _look(place: Place, wanted: Row) -> nlb.Do:
    """Where what a step sets is seen, and what must be there."""
    if place.vnic:
        return nlb.do("VFDataPathActive is False", "show iov", place.host, **_values(place, {}))
    values = _values(place, wanted)
    told = f"{place.host}: {values['team_mode']}, {values['balancing']}"
    return nlb.do(told, "show embedded team" if _embedded(place) else "show team", place.host, **values)


def _step(place: Place, text: str, step: Row, wanted: Row) -> nlb.Do:
    """A step of the table's fix with the values it wants; those that it does not want stay as they stand."""
    phrase = step["phrase"]
    if _embedded(place):
        phrase = phrase.replace("set team balancing", "set embedded team balancing")
    if phrase == "iov off" and not wanted:
        phrase = "iov on"
    return nlb.do(text, phrase, place.host, **_values(place, wanted))


def _values(place: Place, wanted: Row) -> dict[str, str]:
    if place.vnic:
        return {"vm": place.vnic.vm, "vnic": place.vnic.name}
    if place.team is None:
        return {}
    mode, balancing = wanted.get("team_mode", place.team.mode), wanted.get("balancing", place.team.balancing)
    return {
        "team": place.team.name, "vswitch": place.team.vswitch, "team_mode": POWERSHELL[mode], "balancing": POWERSHELL[balancing],
    }  # fmt: skip


# ---- drivers ----


def _drivers(facts: nlb.Facts) -> nlb.Iterator[nlb.Note]:
    """A classic source of odd behaviour. Firmware is not read."""
    for model, drivers, evidence in nlb.driver_differences(facts):
        saw = f"{model} has different drivers: {drivers}. Compare the firmware too, which is not read"
        yield nlb.note("Hyper-V hosts", saw, *evidence)


# ---- the truth table of what was seen: correct it without knowing Python (the layouts themselves: _teaming.toml) ----

NEEDS = (*ABOUT.needs, *ABOUT.also)
MACS = {
    "vm": "00-15-5D-14-01-01",
    "nic1": "00-1B-21-00-00-01",
    "nic2": "00-1B-21-00-00-02",
    "other": "00-15-5D-15-01-01",
}
PORTS = {"g1": 1, "g2": 2, "g3": 3, "g4": 4, "ch1": 1000}
CABLES = ("Intel I350", "Intel I350 #2")

# fmt: off


def row(
    what: str, mode: nlb.Mode, team: Literal["none", "sriov", "switch-independent", "set", "standby", "static", "lacp"],
    balancing: Literal["hyper-v-port", "dynamic", "ip-addresses"], seen: str, word: str, want: nlb.Kind,
) -> tuple[str, nlb.Facts, nlb.Kind]:
    """Node nlb1 on host hv1, whose vSwitch hangs on a team of NIC1 and NIC2 (`set`, `standby`: switch independent ones; `none`, `sriov`: no team).

    `seen`: what stands where, WHO@SWITCH:PORT, WHO one of vm (nlb1's vNIC), nic1, nic2, other (a machine elsewhere), lldp1
    and lldp2 (LLDP names that NIC); `silent`: sw1 did not answer. Port ch1 is the LAG of g1 and g2, where it is used.
    `word`: the operator's answer, or `uplinks` with SWITCH:PORT from the site file.
    """
    ex = nlb.example
    uplinks = [one.split(":") for one in word.split()[1:] if ":" in one]
    given: list[nlb.Fact] = [
        ex.instance("nlb1", "10.20.0.50", mode), ex.nic("nlb1", MACS["vm"]), replace(ex.vnic("hv1", "NLB1", MACS["vm"]), sriov=team == "sriov"),
        nlb.VSwitch(host="hv1", name="External", external=True, uplinks=CABLES[:1], evidence="hv1/vswitches"),
    ]
    for name, cable in zip(("nic1", "nic2"), CABLES, strict=True):
        given.append(replace(ex.nic("hv1", MACS[name], name=name), description=cable, evidence="hv1/uplinks"))
    if team not in ("none", "sriov"):
        given.append(nlb.Team(
            host="hv1", name="T1", kind="set" if team == "set" else "lbfo", mode=team if team in ("static", "lacp") else "switch-independent",
            balancing=balancing, members=CABLES, standby=CABLES[1:] if team == "standby" else (), failed=(), vswitch="External",
            evidence="hv1/vswitches" if team == "set" else "hv1/teams",
        ))
    for at in ("sw1", "sw2"):
        lag = 1000 if f"{at}:ch1" in f"{seen} {word}" else None
        given += [replace(ex.port(at, port, number), lag=lag if number < 3 else None) for port, number in PORTS.items()]
    for one in seen.split():
        who, _, where = one.partition("@")
        at, _, port = where.partition(":")
        if who in MACS:
            given.append(ex.fdb(at, nlb.mac(MACS[who]), port=PORTS[port]))
        elif at:
            given.append(nlb.LldpNeighbour(
                target=at, port=PORTS[port], mac=nlb.mac(MACS[who.replace("lldp", "nic")]), name="hv1", evidence=f"{at}/lldp"
            ))
    if word and not uplinks:
        given.append(nlb.Answer(question="same_switch", value=word, evidence="operator/answer[same_switch]"))
    silent = "sw1/vlans sw1/ports sw1/fdb sw1/lldp" if seen == "silent" else ""
    facts = ex.facts("nlb1 hv1 sw1 sw2", NEEDS, given, silent=silent)
    return what, replace(facts, uplinks=tuple(nlb.Uplink(host="hv1", switch=at, port=port) for at, port in uplinks)), want


EXAMPLES = (
    #   what it shows                                   mode         team                  balancing       seen                                     operator                  outcome
    row("no team: fine in every mode",                  "unicast",   "none",               "dynamic",      "vm@sw1:g1",                             "",                       "ruled_out"),
    row("SI, both physical NICs at one switch",         "unicast",   "switch-independent", "dynamic",      "vm@sw1:g1 nic1@sw1:g1 nic2@sw1:g2",     "",                       "confirmed"),
    row("SET is switch independent too",                "unicast",   "set",                "dynamic",      "nic1@sw1:g1 nic2@sw1:g2",               "",                       "confirmed"),
    row("one NIC was idle: not proven",                 "unicast",   "switch-independent", "dynamic",      "vm@sw1:g1 nic1@sw1:g1",                 "",                       "possible"),
    row("the second port leads elsewhere: a trap",      "unicast",   "switch-independent", "dynamic",      "nic1@sw1:g1 nic2@sw1:g3 other@sw1:g3",  "",                       "possible"),
    row("the same in multicast does not matter",        "multicast", "switch-independent", "dynamic",      "nic1@sw1:g1 nic2@sw1:g2",               "",                       "ruled_out"),
    row("at two switches: a pair, or independent?",     "unicast",   "switch-independent", "ip-addresses", "nic1@sw1:g1 nic2@sw1:g4 nic1@sw2:g4 nic2@sw2:g1", "",             "possible"),
    row("the operator knows: two switches",             "unicast",   "switch-independent", "hyper-v-port", "vm@sw1:g1",                             "no",                     "ruled_out"),
    row("the operator says one; only his word",         "unicast",   "switch-independent", "hyper-v-port", "vm@sw1:g1",                             "yes",                    "possible"),
    row("the operator is not sure",                     "unicast",   "switch-independent", "hyper-v-port", "vm@sw1:g1",                             "not sure",               "possible"),
    row("site file: uplinks on two switches",           "unicast",   "switch-independent", "hyper-v-port", "",                                      "uplinks sw1:g1 sw2:g1",  "ruled_out"),
    row("site file: uplinks on one switch",             "unicast",   "switch-independent", "hyper-v-port", "",                                      "uplinks sw1:g1 sw1:g2",  "possible"),
    row("site file: half of the uplinks only",          "unicast",   "switch-independent", "hyper-v-port", "",                                      "uplinks sw1:g1",         "possible"),
    row("two switches, but rewritten sources",          "unicast",   "switch-independent", "dynamic",      "",                                      "no",                     "possible"),
    row("the same with a SET team",                     "unicast",   "set",                "dynamic",      "",                                      "no",                     "possible"),
    row("LLDP names both NICs at one switch",           "unicast",   "switch-independent", "hyper-v-port", "lldp1@sw1:g1 lldp2@sw1:g2",             "",                       "confirmed"),
    row("one member on standby: like a single NIC",     "unicast",   "standby",            "dynamic",      "vm@sw1:g1",                             "",                       "ruled_out"),
    row("unicast over a LAG",                           "unicast",   "lacp",               "dynamic",      "vm@sw1:ch1",                            "",                       "possible"),
    row("the proven design",                            "igmp",      "lacp",               "dynamic",      "vm@sw1:ch1",                            "",                       "ruled_out"),
    row("the LAG is on the second switch",              "igmp",      "lacp",               "dynamic",      "vm@sw1:g4 vm@sw2:ch1",                  "",                       "ruled_out"),
    row("idle: a LAG implies one logical switch",       "igmp",      "lacp",               "dynamic",      "",                                      "",                       "ruled_out"),
    row("the switch has no LAG on these ports",         "igmp",      "lacp",               "dynamic",      "vm@sw1:g1 nic1@sw1:g2",                 "",                       "confirmed"),
    row("one port, no LAG: an unlisted switch?",        "igmp",      "lacp",               "dynamic",      "vm@sw1:g1",                             "",                       "possible"),
    row("one port, no LAG, LLDP names the host",        "igmp",      "lacp",               "dynamic",      "vm@sw1:g1 lldp1@sw1:g1",                "",                       "confirmed"),
    row("a LAG on the switch, none on the host",        "multicast", "switch-independent", "dynamic",      "vm@sw1:ch1 lldp1@sw1:g1",               "",                       "confirmed"),
    row("a LAG that may lead to another switch",        "multicast", "switch-independent", "dynamic",      "vm@sw1:ch1",                            "",                       "possible"),
    row("a static LAG over two switches: a pair?",      "igmp",      "static",             "dynamic",      "",                                      "uplinks sw1:g1 sw2:g1",  "possible"),
    row("LACP, and the operator says two switches",     "igmp",      "lacp",               "dynamic",      "",                                      "no",                     "possible"),
    row("SR-IOV carries the frames past the vSwitch",   "multicast", "sriov",              "dynamic",      "vm@sw1:g1",                             "",                       "possible"),
    row("the switch did not answer",                    "igmp",      "lacp",               "dynamic",      "silent",                                "",                       "unknown"),
    row("unicast, and the switch did not answer",       "unicast",   "switch-independent", "dynamic",      "silent",                                "",                       "possible"),
)
# fmt: on
