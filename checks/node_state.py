"""A node is not converged, or the nodes do not agree who is in the cluster (stopped, suspended, split).

Every node says of itself, for every NLB instance it has, a StatusCode: 1007 converged, 1008 converged and default host,
which is the one with the lowest priority number that it can hear.  Exactly one node may be the default host.  Two are
two clusters: each part answers for the VIPs, and each client reaches whichever answered last (KB 197863, KB 812870).
`nlb query` prints which host priorities a node counts as members: all nodes must print the same list, and it must be
the nodes of the site file.  NLB logs event 18 when two parts that had lost each other meet again.

The state shown in one place hides a split: each half calls itself converged.  That is why the nodes are asked one by one,
and why a node that did not answer leaves it open: only 1007 among those that answered may mean that the default host is
the one in the dark.  Draining and suspended may be somebody's plan, so they are only possible, like converging, which
passes unless something keeps it going.

Two default hosts are often the effect of another cause: modes that differ (their heartbeats go to different MACs; an
inference), spoofing that is off, a multicast group without a node's port.  Without one of these, look for what stops the
heartbeats: frames of Ethertype 0x886F about once a second, as broadcasts in unicast, to the cluster MAC in the multicast
modes.
"""

from dataclasses import dataclass, replace

import nlbwiz.check as nlb

ABOUT = nlb.About(
    id="NLB010",
    title="A node is out of its cluster, or the cluster is split",
    question="Has every node converged with all the others, with exactly one default host?",
    severity="critical",
    needs=("cluster", "state", "query", "events"),
    sources=(
        "MicrosoftDocs/win32 WlbsProv: MicrosoftNLB_Node.StatusCode",
        "Microsoft KB 812870: `nlb query`, and a host that converges only with itself",
        "Microsoft KB 197863: two default hosts",
        "TechNet event 18 - NLB: duplicate cluster subnets were detected",
    ),
)

CONVERGED, DEFAULT, CONVERGING = 1007, 1008, 1006
NLB_LOG = "Microsoft-Windows-NLB"
PARTITION_HEALED = 18
EFFECT_OF = ("NLB002", "NLB007", "NLB011")
"""Modes that differ, spoofing off, a group without a node's port: each keeps heartbeats away."""
PLANNED = "it may be somebody's plan"
HEARTBEATS: dict[nlb.Mode | None, str] = {
    "unicast": "broadcasts", "multicast": "frames to the cluster MAC", "igmp": "frames to the cluster MAC",
}  # fmt: skip

START = ("Start it again", "start node")
EVENTS = ("Read what NLB logged", "show cluster events")
PROPERTIES = ("In NLB Manager correct the host's properties and port rules, close with OK", "")
RELOAD = ("Let it read its configuration anew", "reload node")

# fmt: off
CODES: dict[int, tuple[nlb.Severity, str, str, tuple[tuple[str, str], ...]]] = {
    # code: severity, why only possible, what it means, what to do (words, phrase)
    1002: ("warning",  PLANNED, "is draining and will stop", (START,)),
    1003: ("critical", "",      "did not start: its registry holds bad parameters", (EVENTS, PROPERTIES, RELOAD)),
    1005: ("critical", "",      "is stopped: it serves nobody", (EVENTS, START)),
    1006: ("warning",  "it passes, unless rules, priorities or lost heartbeats keep it going", "is converging", (EVENTS, PROPERTIES)),
    1009: ("warning",  PLANNED, "is draining: it takes no new connections", (START,)),
    1013: ("warning",  PLANNED, "is suspended: it takes no commands and serves nobody", (("Resume it", "resume node"), START)),
    1014: ("critical", "",      "has no link on its NLB NIC", (("Connect its virtual NIC to the vSwitch, and the vSwitch to the network", ""),)),
    1050: ("warning",  "",      "needs a restart before its configuration counts", (("Drain it", "drain node"), ("then restart the node", ""))),
    1100: ("critical", "",      "could not initialise its control module", (EVENTS, RELOAD)),
    1101: ("critical", "",      "refuses control: wrong remote control password", (EVENTS, PROPERTIES)),
    1102: ("critical", "",      "cannot talk to its NLB driver", (EVENTS, ("Restart the node, after it was drained", ""))),
    1103: ("critical", "",      "does not answer its own control module", (EVENTS, ("Restart the node, after it was drained", ""))),
    1150: ("warning",  "",      "has port rules that overlap", (PROPERTIES,)),
    1151: ("warning",  "",      "has a port rule with bad parameters", (PROPERTIES,)),
    1152: ("warning",  "",      "has too many port rules", (PROPERTIES,)),
    1153: ("warning",  "",      "has a configuration that was cut off", (PROPERTIES,)),
    1154: ("warning",  "",      "could not write its configuration to the registry", (EVENTS, PROPERTIES)),
}
"""MicrosoftNLB_Node.StatusCode, without the two that are in order (1007, 1008) and those that only methods return."""
TEXTS = (("converged(default", 1008), ("converged", 1007), ("converging", 1006), ("stopped", 1005), ("suspended", 1013), ("draining", 1009))
"""How Get-NlbClusterNode prints a state, for a node without WMI; that it prints Draining is UNCONFIRMED."""
# fmt: on


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One instance of a node: what it says of itself, and whom it counts as members (None: it told no list)."""

    node: str
    instance: nlb.Instance
    code: int
    state: nlb.NodeState
    hosts: tuple[int, ...] | None
    evidence: tuple[str, ...]

    @property
    def running(self) -> bool:
        """It takes part: converged, default host, or on the way there."""
        return self.code in (CONVERGED, DEFAULT, CONVERGING)


def evaluate(facts: nlb.Facts) -> nlb.Iterator[nlb.Said]:
    """Each instance's own state, then the nodes against each other; a Clear for what is in order everywhere."""
    members: list[Member] = []
    said: list[nlb.Said] = list(_without_instance(facts))
    for instance in facts.instances:
        one = _member(facts, instance)
        if isinstance(one, Member):
            members.append(one)
        else:
            said += one
    said += [found for one in members for found in _own_state(one)]
    said += [*_defaults(facts, members), *_lists(facts, members), *_priorities(members)]
    for node in facts.nodes:
        said += _log(facts, node)
    in_order = not any(isinstance(one, nlb.Finding | nlb.Gap) for one in said)
    for one in members if in_order else ():
        role = "converged as the default host" if one.code == DEFAULT else "converged"
        saw = f"{role} ({one.code}), with the hosts {_names(one.hosts)} as members"
        said.append(nlb.Clear(where=one.node, saw=saw, evidence=one.evidence))
    yield from said


def _names(hosts: tuple[int, ...] | None) -> str:
    return ", ".join(map(str, hosts or ()))


def _gap(node: str, why: str, resolve: str, *evidence: str) -> nlb.Gap:
    return nlb.Gap(where=node, why=why, resolve=resolve, evidence=evidence)


def _member(facts: nlb.Facts, instance: nlb.Instance) -> Member | list[nlb.Said]:
    """The instance's state and member list; else the gap, or nothing where a lost answer is named already."""
    node, by_hand = instance.node, f"look at Get-NlbClusterNode and `nlb.exe query` on {instance.node} by hand"
    if not facts.answered("state", node):
        return []
    states = [one for one in facts.states if one.node == node and one.code != 0]  # 0: a row about another node
    state = next((one for one in states if one.primary == instance.primary), None)
    if state is None:
        return [_gap(node, f"it tells no state of the instance {instance.primary}", by_hand, instance.evidence)]
    code = _by_text(state.text) if state.code is None else state.code
    if code is None or code not in (CONVERGED, DEFAULT, *CODES):
        told = f"code {state.code}" if state.code is not None else f"{state.text!r:.40}"
        return [_gap(node, f"its state is not known to mean anything: {told}", by_hand, state.evidence)]
    views = [one for one in facts.memberships if one.node == node and one.primary in (instance.primary, None)]
    labels = (state.evidence, *(one.evidence for one in views[:1]))
    hosts = views[0].hosts if views else None
    return Member(node=node, instance=instance, code=code, state=state, hosts=hosts, evidence=labels)


def _by_text(text: str) -> int | None:
    plain = text.lower().replace(" ", "")
    return next((code for start, code in TEXTS if plain.startswith(start)), None)


def _do(one: Member, text: str, phrase: str = "") -> nlb.Do:
    interface = one.instance.interface or "the NLB NIC"
    return nlb.do(text, phrase, one.node, node=one.node, interface=interface) if phrase else nlb.do(text)


def _own_state(one: Member) -> nlb.Iterator[nlb.Finding]:
    if one.code not in CODES:
        return
    severity, possible, means, steps = CODES[one.code]
    if one.code == 1005 and one.state.initial == "Stopped":
        possible = "its initial host state is Stopped: somebody may keep it out on purpose"
    yield nlb.Finding(
        where=one.node,
        saw=f"the node {means} (StatusCode {one.code})",
        expected="converged (1007), or converged as the default host (1008)",
        seen_by=(one.node,),
        evidence=one.evidence,
        severity=severity,
        possible=possible,
        fix=tuple(_do(one, text, phrase) for text, phrase in steps),
        verify=(_do(one, "It has converged with all the others", "show cluster members"),),
        undo=(_do(one, "Take it out again", "drain node"),),
    )


def _without_instance(facts: nlb.Facts) -> nlb.Iterator[nlb.Finding]:
    for node in sorted(set(facts.nodes) - {one.node for one in facts.instances}):
        if facts.answered("cluster", node):
            yield nlb.Finding(
                where=node,
                saw="the node has no NLB instance of this cluster, and the site file lists it",
                expected="every listed node is a member",
                seen_by=(node,),
                evidence=(f"{node}/cluster",),
                possible="the site file may be out of date",
                fix=(
                    nlb.do(
                        "Add the host to the cluster in NLB Manager, or take it out of the cluster in the site file"
                    ),
                ),
                verify=(nlb.do("It has converged with all the others", "show cluster members", node),),
                undo=(nlb.do("Delete the host from the cluster in NLB Manager"),),
            )


# ---- the nodes against each other ----


def _split(facts: nlb.Facts, members: list[Member], saw: str, expected: str, apart: list[Member]) -> nlb.Finding:
    """A cluster in parts. `apart`: the nodes outside the first part, which are taken out until the cause is found."""
    sent = " or ".join(sorted({HEARTBEATS[one.instance.mode] for one in members if one.instance.mode})) or "frames"
    return nlb.Finding(
        where=", ".join(one.node for one in members),
        saw=saw,
        expected=expected,
        seen_by=tuple(one.node for one in members),
        evidence=tuple(dict.fromkeys(label for one in members for label in one.evidence)),
        effect_of=EFFECT_OF,
        fix=(
            nlb.do(
                f"Find what keeps the heartbeats away (Ethertype 0x886F, about one a second, {sent}): the VLAN of the nodes' vNICs "
                "and switch ports, storm control, port isolation, and in the multicast modes static entries without a node's port"
            ),
            *(_do(one, f"Until then take {one.node}'s part out of service", "drain node") for one in apart),
        ),
        verify=tuple(_do(one, f"{one.node} lists all members", "show cluster members") for one in members),
        undo=tuple(_do(one, f"{one.node} serves again", "start node") for one in apart),
    )  # fmt: skip


def _defaults(facts: nlb.Facts, members: list[Member]) -> nlb.Iterator[nlb.Said]:
    defaults = sorted((one for one in members if one.code == DEFAULT), key=lambda one: one.state.priority or 0)
    if len(defaults) > 1:
        saw = f"{len(defaults)} nodes call themselves the default host: {', '.join(one.node for one in defaults)}"
        yield _split(facts, defaults, saw, "exactly one default host (1008)", defaults[1:])
    running = [one for one in members if one.running]
    if running and not defaults and all(one.code == CONVERGED for one in running):
        dark = [node for node in facts.nodes if node not in {one.node for one in members}]
        who = (
            f"it may be {' or '.join(dark)}, whose state is not known"
            if dark
            else "it may be a host that is not listed"
        )
        resolve = f"read {', '.join(dark)}" if dark else "add every member to the site file, or ask again"
        where, labels = ", ".join(one.node for one in running), (label for one in running for label in one.evidence)
        yield _gap(
            where, f"none of the nodes that answered is the default host: {who}", resolve, *dict.fromkeys(labels)
        )


def _lists(facts: nlb.Facts, members: list[Member]) -> nlb.Iterator[nlb.Said]:
    """Every running node's member list against the others', and against the nodes of the site file."""
    telling = [one for one in members if one.running and one.hosts is not None]
    for one in members:
        if one.running and one.hosts is None and facts.answered("query", one.node):
            why, resolve = "`nlb query` lists no members of this instance", f"run `nlb.exe query` on {one.node} by hand"
            yield _gap(one.node, why, resolve, *one.evidence)
    if not telling:
        return
    if len({one.hosts for one in telling}) > 1:
        first = max(telling, key=lambda one: len(one.hosts or ()))
        saw = "the nodes count different hosts as members: " + "; ".join(
            f"{one.node}: {_names(one.hosts)}" for one in telling
        )
        yield _split(
            facts, telling, saw, "one list on every node", [one for one in telling if one.hosts != first.hosts]
        )
        return
    hosts = set(telling[0].hosts or ())
    known = {one.priority for one in facts.states if one.priority is not None}
    left_out = [one for one in telling if one.state.priority is not None and one.state.priority not in hosts]
    if left_out:
        saw = f"the members are {_names(telling[0].hosts)}, without {', '.join(one.node for one in left_out)}"
        yield _split(facts, telling, saw, "every running node is a member", left_out)
    dark = [node for node in facts.nodes if not facts.answered("state", node)]
    strangers = sorted(hosts - known)
    where, labels = (
        ", ".join(one.node for one in telling),
        dict.fromkeys(label for one in telling for label in one.evidence),
    )
    if len(strangers) > len(dark):
        why = f"host priority {_names(tuple(strangers))} is a member and belongs to no listed node that was read"
        yield _gap(where, why, "add every member of the cluster to the site file", *labels)
    elif len(strangers) < len(dark):
        yield nlb.Finding(
            where=", ".join(dark),
            saw=f"the members are the hosts {_names(telling[0].hosts)} only: {' or '.join(dark)} is not among them",
            expected=f"{len(facts.nodes)} members, as the site file lists",
            seen_by=tuple(one.node for one in telling),
            evidence=tuple(labels),
            possible="that node did not answer, so why it is missing is not known",
            fix=(nlb.do(f"Look why {' and '.join(dark)} did not answer, and start it or its NLB again"),),
            verify=tuple(_do(one, "All members are listed", "show cluster members") for one in telling),
            undo=(nlb.do("A start of a node needs no undo"),),
        )


def _priorities(members: list[Member]) -> nlb.Iterator[nlb.Finding]:
    by_priority: dict[int, list[Member]] = {}
    for one in members:
        if one.state.priority is not None:
            by_priority.setdefault(one.state.priority, []).append(one)
    for priority, same in by_priority.items():
        if len(same) > 1:
            yield nlb.Finding(
                where=", ".join(one.node for one in same),
                saw=f"{' and '.join(one.node for one in same)} have the same host priority {priority}: the cluster cannot converge",
                expected="a priority of its own (1 to 32) for every node",
                seen_by=tuple(one.node for one in same),
                evidence=tuple(dict.fromkeys(label for one in same for label in one.evidence)),
                fix=tuple(
                    nlb.do(f"In NLB Manager, Host Properties of {one.node}: choose a priority that no other host has") for one in same[1:]
                ),
                verify=tuple(_do(one, f"{one.node} lists all members", "show cluster members") for one in same),
                undo=(nlb.do(f"Give it the priority {priority} back, when no other host has it"),),
            )  # fmt: skip


def _log(facts: nlb.Facts, node: str) -> nlb.Iterator[nlb.Said]:
    """Event 18: a partition was there, and healed. A day old or more it is history."""
    if not facts.answered("events", node):
        return
    window = next((one for one in facts.logs if (one.target, one.provider) == (node, NLB_LOG)), None)
    if window is None:
        yield _gap(node, "its answer has no log of NLB", f"look for event 18 of {NLB_LOG} on {node} by hand")
        return
    own = {*facts.primaries(), *facts.vip_addresses()}
    events = [e for e in facts.events if (e.target, e.provider, e.id) == (node, NLB_LOG, PARTITION_HEALED)]
    last = max((e.at for e in events if e.ip is None or e.ip in own), default=None)
    if last is None:
        reach = f"since {window.oldest:%Y-%m-%d}" if window.oldest else "in an empty log"
        yield nlb.Clear(where=node, saw=f"no event 18 (a partition that healed) {reach}", evidence=(window.evidence,))
        return
    saw = f"event 18 at {last:%Y-%m-%d %H:%M} UTC: two parts of the cluster had lost each other and met again"
    if facts.now and facts.now - last > nlb.RECENT:
        yield nlb.Note(where=node, saw=saw, evidence=(window.evidence,))
        return
    yield nlb.Finding(
        where=node,
        saw=saw,
        expected="heartbeats that are never lost for 5 s (AliveMsgTolerance 5 x AliveMsgPeriod 1000 ms)",
        seen_by=(node,),
        evidence=(window.evidence,),
        severity="warning",
        possible="it is over: the cluster is whole again",
        effect_of=EFFECT_OF,
        fix=(
            nlb.do(
                "Look what happened on the hosts and switches at that time: a live migration, a link or spanning tree change"
            ),
        ),
        verify=(nlb.do("No new event 18 comes", "show cluster events", node),),
        undo=(nlb.do("There is nothing to undo"),),
    )


# ---- the truth table: correct it without knowing Python ----


def row(what: str, states: str, lists: str, also: str, want: nlb.Kind) -> tuple[str, nlb.Facts, nlb.Kind]:
    """Two nodes with the host priorities 1 and 2, or what `also` says.

    states: each node's StatusCode, a text as Get-NlbClusterNode prints it, `1005/Stopped` (its initial state), `-` (no
    instance). lists: each node's members, `1,2`, or `-`. also: what was not read, `event 3` (event 18 so many hours ago),
    `other 3` (that of another cluster), `same` (both have priority 1), or `no log`.
    """
    ex, primary = nlb.example, nlb.IPv4Address("10.20.0.50")
    given: list[nlb.Fact] = []
    word, _, number = also.partition(" ")
    for place, (state, hosts) in enumerate(zip(states.split(), lists.split(), strict=True), start=1):
        node = f"nlb{place}"
        text, _, initial = state.partition("/")
        if state != "-":
            told = ex.state(node, str(primary), 1 if also == "same" else place)
            code = int(text) if text.isdigit() else None
            given += [
                ex.instance(node, str(primary), "unicast"),
                replace(told, code=code, text=text, initial=initial or "Started"),
            ]
        if hosts != "-":
            listed = tuple(int(one) for one in hosts.split(","))
            given.append(nlb.Membership(node=node, primary=primary, hosts=listed, evidence=f"{node}/query"))
        given += [ex.log(node, nlb.timedelta(days=30), provider=NLB_LOG)] if also != "no log" else []
    if word in ("event", "other"):
        ip = str(primary) if word == "event" else "10.30.0.50"
        given.append(
            ex.event("nlb1", nlb.timedelta(hours=int(number)), ip=ip, number=PARTITION_HEALED, provider=NLB_LOG)
        )
    return what, ex.facts("nlb1 nlb2", ABOUT.needs, given, silent=also if "/" in also else ""), want


# fmt: off
EXAMPLES = (
    #   what it shows                                states                        lists       also                     outcome
    row("converged, one default host",               "1008 1007",                  "1,2 1,2",  "",                      "ruled_out"),
    row("without WMI the text tells the same",       "Converged(default) Converged", "1,2 1,2", "",                     "ruled_out"),
    row("one node is stopped",                       "1008 1005",                  "1 -",      "",                      "confirmed"),
    row("stopped, as it is meant to start",          "1008 1005/Stopped",          "1 -",      "",                      "possible"),
    row("bad parameters",                            "1008 1003",                  "1 -",      "",                      "confirmed"),
    row("the driver does not answer",                "1008 1102",                  "1 -",      "",                      "confirmed"),
    row("drained: perhaps on purpose",               "1008 1009",                  "1,2 -",    "",                      "possible"),
    row("suspended: perhaps on purpose",             "1008 1013",                  "1 -",      "",                      "possible"),
    row("converging: it may pass",                   "1006 1006",                  "1,2 1,2",  "",                      "possible"),
    row("needs a restart",                           "1008 1050",                  "1 -",      "",                      "confirmed"),
    row("split: two default hosts",                  "1008 1008",                  "1 2",      "",                      "confirmed"),
    row("one sees both, the other only itself",      "1008 1007",                  "1,2 2",    "",                      "confirmed"),
    row("a node is in nobody's list",                "1008 1007",                  "1 1",      "",                      "confirmed"),
    row("the same priority twice",                   "1008 1008",                  "1 1",      "same",                  "confirmed"),
    row("the default host is in the dark: a trap",   "1007 1007",                  "1,2 1,2",  "nlb1/state",            "unknown"),
    row("no default host at all",                    "1007 1007",                  "1,2 1,2",  "",                      "unknown"),
    row("a third member that is not listed",         "1008 1007",                  "1,2,3 1,2,3", "",                   "unknown"),
    row("nlb2 is dark, and nlb1 is alone",           "1008 1007",                  "1 -",      "nlb2/state nlb2/query", "possible"),
    row("one list was not read",                     "1008 1007",                  "1,2 1,2",  "nlb1/query",            "unknown"),
    row("nlb2 is dark, nlb1 counts it",              "1008 1007",                  "1,2 -",    "nlb2/state nlb2/query", "unknown"),
    row("NLB was taken off a listed node",           "1008 -",                     "1 -",      "",                      "possible"),
    row("a code that means nothing here",            "1008 1004",                  "1,2 1,2",  "",                      "unknown"),
    row("a localised text is not guessed",           "Konvergiert Converged",      "1,2 1,2",  "",                      "unknown"),
    row("`nlb query` could not be understood",       "1008 1007",                  "1,2 -",    "",                      "unknown"),
    row("a partition healed three hours ago",        "1008 1007",                  "1,2 1,2",  "event 3",               "possible"),
    row("a partition of last week is history",       "1008 1007",                  "1,2 1,2",  "event 170",             "ruled_out"),
    row("another cluster's partition",               "1008 1007",                  "1,2 1,2",  "other 3",               "ruled_out"),
    row("the answer has no log of NLB",              "1008 1007",                  "1,2 1,2",  "no log",                "unknown"),
)
# fmt: on
