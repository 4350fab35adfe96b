"""A node is not converged, or the nodes do not agree who is in the cluster (stopped, suspended, split).

Every node says of itself, for every NLB instance it has, a StatusCode: 1007 converged, 1008 converged and default host,
which is the one with the lowest priority number that it can hear.  Exactly one node may be the default host.  Two are
two clusters, and both answer for the VIPs (KB 197863).  `nlb query` prints which host priorities a node counts as
members (KB 812870): all nodes must print the same list, and it must be the nodes of the site file.  NLB logs event 18
when two parts that had lost each other meet again.

The state shown in one place hides a split: each half calls itself converged.  That is why the nodes are asked one by one,
and why a node that did not answer leaves it open: only 1007 among those that answered may mean that the default host is
the one in the dark.  Draining and suspended may be somebody's plan, so they are only possible, like converging, which
passes unless something keeps it going.

Two default hosts are often the effect of another cause: modes that differ (heartbeats go to different MACs), spoofing
that is off, a multicast group without a node's port.  All three are our inference, no source says it.  Without one of
them, look for what stops the heartbeats: frames of Ethertype 0x886F about once a second, as broadcasts in unicast, to the
cluster MAC in the multicast modes.
"""

from dataclasses import dataclass, replace

import nlbwiz.check as nlb

ABOUT = nlb.About(
    id="NLB010",
    title="A node is out of its cluster, or the cluster is split",
    question="Has every node converged with all the others, with exactly one default host?",
    severity="critical",
    needs=("cluster", "state", "query", "events", "os"),
    sources=(
        "MicrosoftDocs/win32 WlbsProv: MicrosoftNLB_Node.StatusCode",
        "Microsoft KB 812870: `nlb query`, a host that converges only with itself, broadcasts in unicast",
        "Microsoft KB 197863: two default hosts",
        "Microsoft KB 4494444: heartbeats, Ethertype 0x886F, one a second; KB 193601: AliveMsgPeriod and AliveMsgTolerance",
        "dorreke.wordpress.com, 2008-05-29: heartbeats go to the cluster MAC in multicast mode",
        "TechNet event 18 - NLB: duplicate cluster subnets were detected",
    ),
)

CONVERGED, DEFAULT, CONVERGING, STOPPED = 1007, 1008, 1006, 1005
NLB_LOG = "Microsoft-Windows-NLB"
PARTITION_HEALED = 18
EFFECT_OF = ("NLB002", "NLB007", "NLB011")
"""Modes that differ, spoofing off, a group without a node's port: each keeps heartbeats away (our inference)."""
PLANNED = "it may be somebody's plan"
HEARTBEATS: dict[nlb.Mode | None, str] = {
    "unicast": "broadcasts", "multicast": "frames to the cluster MAC", "igmp": "frames to the cluster MAC",
}  # fmt: skip

# fmt: off
STEPS = {
    # what to do: words, phrase; and its undo: words, phrase (the words alone where nothing is typed, empty where nothing changes)
    "look":    ("Read what NLB logged", "show cluster events", "", ""),
    "correct": ("In NLB Manager correct the host's properties and port rules, close with OK", "", "Put the properties back: note them before you change them", ""),
    "drain":   ("Drain it", "drain node", "Start it again", "start node"),
    "start":   ("Start it again", "start node", "Take it out again", "drain node"),
    "resume":  ("Resume it: it is stopped then", "resume node", "Suspend it again", "suspend node"),
    "reload":  ("Let it read its configuration anew", "reload node", "", ""),
    "restart": ("Restart the machine", "restart machine", "", ""),
    "connect": ("Connect its virtual NIC to the vSwitch, and the vSwitch to the network", "", "", ""),
}
CODES: dict[int, tuple[nlb.Severity, str, str, str]] = {
    # code: severity, why only possible, what it means, what to do
    1002: ("warning",  PLANNED, "is draining and will stop", "start"),
    1003: ("critical", "",      "did not start: its registry holds bad parameters", "look correct reload start"),
    1005: ("critical", "",      "is stopped: it serves nobody", "look start"),
    1006: ("warning",  "it passes, unless rules, priorities or lost heartbeats keep it going", "is converging", "look correct"),
    1009: ("warning",  PLANNED, "is draining: it takes no new connections", "start"),
    1013: ("warning",  PLANNED, "is suspended: it takes no commands and serves nobody", "resume start"),
    1014: ("critical", "",      "has no link on its NLB NIC", "connect"),
    1050: ("warning",  "",      "needs a restart before its configuration counts", "drain restart"),
    1100: ("critical", "",      "could not initialise its control module", "look reload"),
    1101: ("critical", "",      "refuses control: wrong remote control password", "look correct"),
    1102: ("critical", "",      "cannot talk to its NLB driver, so no drain reaches it", "look restart"),
    1103: ("critical", "",      "does not answer its own control module, so no drain reaches it", "look restart"),
    1150: ("warning",  "",      "has port rules that overlap", "correct"),
    1151: ("warning",  "",      "has a port rule with bad parameters", "correct"),
    1152: ("warning",  "",      "has too many port rules", "correct"),
    1153: ("warning",  "",      "has a configuration that was cut off", "correct"),
    1154: ("warning",  "",      "could not write its configuration to the registry", "look correct"),
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
    read = [_member(facts, instance) for instance in facts.instances]
    members = [one for one in read if isinstance(one, Member)]
    said: list[nlb.Said] = [*_without_instance(facts), *(one for one in read if isinstance(one, nlb.Gap))]
    said += [_own_state(one) for one in members if one.code in CODES]
    said += [*_defaults(facts, members), *_lists(facts, members), *_priorities(members)]
    for node in (node for node in facts.nodes if facts.answered("events", node)):
        said.append(_log(facts, node))
    in_order = not any(isinstance(one, nlb.Finding | nlb.Gap) for one in said)
    for one in members if in_order else ():
        role = "converged as the default host" if one.code == DEFAULT else "converged"
        saw = f"{role} ({one.code}), with the hosts {_names(one.hosts)} as members"
        said.append(nlb.clear(one.node, saw, *one.evidence))
    yield from said


def _names(hosts: nlb.Iterable[int] | None) -> str:
    return ", ".join(map(str, hosts or ()))


def _nodes(members: list[Member]) -> str:
    return ", ".join(one.node for one in members)


def _labels(members: list[Member]) -> tuple[str, ...]:
    return nlb.once(label for one in members for label in one.evidence)


# ---- what one node says of itself ----


def _member(facts: nlb.Facts, instance: nlb.Instance) -> Member | nlb.Gap | None:
    """The instance's state and member list; else the gap, or nothing where a lost answer is named already."""
    node, by_hand = instance.node, f"look at Get-NlbClusterNode and `nlb.exe query` on {instance.node} by hand"
    if not facts.answered("state", node):
        return None
    states = [one for one in facts.states if one.node == node and one.code != 0]  # 0: a row about another node
    state = next((one for one in states if one.primary == instance.primary), None)
    if state is None:
        return nlb.gap(node, f"it tells no state of the instance {instance.primary}", by_hand, instance.evidence)
    code = _by_text(state.text) if state.code is None else state.code
    if code is None or code not in (CONVERGED, DEFAULT, *CODES):
        told = f"code {state.code}" if state.code is not None else f"{state.text!r:.40}"
        return nlb.gap(node, f"its state is not known to mean anything: {told}", by_hand, state.evidence)
    views = [one for one in facts.memberships if one.node == node and one.primary in (instance.primary, None)]
    labels = (state.evidence, *(one.evidence for one in views[:1]))
    hosts = views[0].hosts if views else None
    return Member(node=node, instance=instance, code=code, state=state, hosts=hosts, evidence=labels)


def _by_text(text: str) -> int | None:
    plain = text.lower().replace(" ", "")
    return next((code for start, code in TEXTS if plain.startswith(start)), None)


def _own_state(one: Member) -> nlb.Finding:
    severity, possible, means, names = CODES[one.code]
    if one.code == STOPPED and one.state.initial == "Stopped":
        severity, possible = "warning", "its initial host state is Stopped: somebody may keep it out on purpose"
    at = one.instance.interface or nlb.steps.ANY_NIC
    steps = [STEPS[name] for name in names.split()]
    back = [nlb.do(text, phrase, one.node, interface=at) for *_, text, phrase in reversed(steps) if text]
    return nlb.Finding(
        where=one.node,
        saw=f"the node {means} (StatusCode {one.code})",
        expected="converged (1007), or converged as the default host (1008)",
        seen_by=(one.node,),
        evidence=one.evidence,
        severity=severity,
        possible=possible,
        fix=tuple(nlb.do(text, phrase, one.node, interface=at) for text, phrase, *_ in steps),
        verify=nlb.steps.members(one.node),
        undo=tuple(back) or (nlb.do("There is nothing to undo"),),
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
                fix=(nlb.do("Add the host to the cluster in NLB Manager, or take it out of the cluster in the site file"),),
                verify=nlb.steps.members(node),
                undo=(nlb.do("Delete the host from the cluster in NLB Manager"),),
            )  # fmt: skip


# ---- the nodes against each other ----


def _split(members: list[Member], saw: str, expected: str, apart: list[Member]) -> nlb.Finding:
    """A cluster in parts. `apart`: the nodes outside the first part, which are taken out until the cause is found."""
    undo = tuple(nlb.steps.start(one.node, one.instance.interface) for one in apart)
    sent = " or ".join(sorted({HEARTBEATS[one.instance.mode] for one in members if one.instance.mode})) or "frames"
    find = (
        f"Find what keeps the heartbeats away (Ethertype 0x886F, about one a second, {sent}): the VLAN of the nodes' vNICs "
        "and switch ports, storm control, port isolation, and in the multicast modes static entries without a node's port"
    )
    fix = (*(nlb.steps.drain(one.node, one.instance.interface) for one in apart), nlb.do(find), *undo)
    if len({one.instance.mode for one in members}) > 1:
        fix = (
            nlb.do("Bring all nodes to one mode (NLB002): the heartbeats of two modes do not meet. Then look again"),
        )
        undo = (nlb.do("There is nothing to undo"),)
    return nlb.Finding(
        where=_nodes(members), saw=saw, expected=expected, seen_by=tuple(one.node for one in members), evidence=_labels(members),
        effect_of=EFFECT_OF, fix=fix, verify=nlb.steps.members(*(one.node for one in members)), undo=undo,
    )  # fmt: skip


def _differing(running: list[Member]) -> str:
    """That the nodes' own lists differ, in words; empty where they do not."""
    telling = [one for one in running if one.hosts is not None]
    told = "; ".join(f"{one.node}: {_names(one.hosts)}" for one in telling)
    return f"the nodes count different hosts as members: {told}" if len({one.hosts for one in telling}) > 1 else ""


def _defaults(facts: nlb.Facts, members: list[Member]) -> nlb.Iterator[nlb.Said]:
    defaults = sorted((one for one in members if one.code == DEFAULT), key=lambda one: one.state.priority or 0)
    if len(defaults) > 1:
        saw = f"{len(defaults)} nodes call themselves the default host: {_nodes(defaults)}"
        running = [one for one in members if one.running]
        saw += f"; {differing}" if (differing := _differing(running)) else ""
        yield _split(
            running if differing else defaults,
            saw,
            "exactly one default host (1008), one list of members",
            defaults[1:],
        )
    running = [one for one in members if one.running]
    if running and not defaults and all(one.code == CONVERGED for one in running):
        dark = [node for node in facts.nodes if node not in {one.node for one in members}]
        known = f"it may be {' or '.join(dark)}, whose state is not known"
        why = f"none of the nodes that answered is the default host: {known if dark else 'it may be a host that is not listed'}"
        resolve = f"read {', '.join(dark)}" if dark else "add every member to the site file, or ask again"
        yield nlb.gap(_nodes(running), why, resolve, *_labels(running))


def _lists(facts: nlb.Facts, members: list[Member]) -> nlb.Iterator[nlb.Said]:
    """Every running node's member list against the others', and against the nodes of the site file."""
    running = [one for one in members if one.running]
    for one in running:
        if one.hosts is None and facts.answered("query", one.node):
            why, resolve = "`nlb query` lists no members of this instance", f"run `nlb.exe query` on {one.node} by hand"
            yield nlb.gap(one.node, why, resolve, *one.evidence)
    telling = [one for one in running if one.hosts is not None]
    if not telling:
        return
    most = max(telling, key=lambda one: len(one.hosts or ()))
    apart = [one for one in telling if one.hosts != most.hosts]
    if apart:
        if sum(one.code == DEFAULT for one in members) < 2:  # else it is said already
            yield _split(telling, _differing(telling), "one list on every node", apart)
        return
    hosts = set(most.hosts or ())
    left_out = [one for one in telling if one.state.priority is not None and one.state.priority not in hosts]
    if left_out:
        saw = f"the members are {_names(most.hosts)}, without {_nodes(left_out)}"
        yield _split(telling, saw, "every running node is a member", left_out)
    strangers = sorted(hosts - {one.priority for one in facts.states if one.priority is not None})
    dark = [node for node in facts.nodes if not facts.answered("state", node)]
    if len(strangers) > len(dark):
        why = f"host priority {_names(strangers)} is a member and belongs to no listed node that was read"
        yield nlb.gap(_nodes(telling), why, "add every member of the cluster to the site file", *_labels(telling))
    elif len(strangers) < len(dark):
        yield nlb.Finding(
            where=", ".join(dark),
            saw=f"the members are the hosts {_names(most.hosts)} only: {' or '.join(dark)} is not among them",
            expected=f"{len(facts.nodes)} members, as the site file lists",
            seen_by=tuple(one.node for one in telling),
            evidence=_labels(telling),
            possible="that node did not answer, so why it is missing is not known",
            fix=(nlb.do(f"Look why {' and '.join(dark)} did not answer, and start it or its NLB again"),),
            verify=nlb.steps.members(*(one.node for one in telling)),
            undo=(nlb.do("A start of a node needs no undo"),),
        )


def _priorities(members: list[Member]) -> nlb.Iterator[nlb.Finding]:
    by_priority: dict[int, list[Member]] = {}
    for one in members:
        if one.state.priority is not None:
            by_priority.setdefault(one.state.priority, []).append(one)
    choose = "In NLB Manager, Host Properties of {}: choose a priority that no other host has"
    for priority, same in ((number, found) for number, found in by_priority.items() if len(found) > 1):
        yield nlb.Finding(
            where=_nodes(same), seen_by=tuple(one.node for one in same), evidence=_labels(same),
            saw=f"{_nodes(same)} have the same host priority {priority}: the cluster cannot converge",
            expected="a priority of its own (1 to 32) for every node",
            fix=tuple(nlb.do(choose.format(one.node)) for one in same[1:]),
            verify=nlb.steps.members(*(one.node for one in same)),
            undo=(nlb.do(f"Give it the priority {priority} back, when no other host has it"),),
        )  # fmt: skip


def _log(facts: nlb.Facts, node: str) -> nlb.Said:
    """Event 18: a partition was there, and healed. A day old or more, by the node's own clock, it is history."""
    window = next((one for one in facts.logs if (one.target, one.provider) == (node, NLB_LOG)), None)
    if window is None:
        resolve = f"look for event 18 of {NLB_LOG} on {node} by hand"
        return nlb.gap(node, "its answer has no log of NLB", resolve, f"{node}/events")
    own = {*facts.primaries(), *facts.vip_addresses()}
    events = [e for e in facts.events if (e.target, e.provider, e.id) == (node, NLB_LOG, PARTITION_HEALED)]
    last = max((e.at for e in events if e.ip is None or e.ip in own), default=None)
    if last is None:
        reach = f"since {window.oldest:%Y-%m-%d}" if window.oldest else "in an empty log"
        return nlb.clear(node, f"no event 18 (a partition that healed) {reach}", window.evidence)
    saw = f"event 18 at {last:%Y-%m-%d %H:%M} UTC: two parts of the cluster had lost each other and met again"
    clock = next((one.clock for one in facts.machines if one.target == node), None)
    if clock is None:
        return nlb.gap(node, f"{saw}; how long ago that was, its clock was not read", "ask again", window.evidence)
    if clock - last > nlb.RECENT:
        return nlb.note(node, saw, window.evidence)
    look = "Look what happened on the hosts and switches at that time: a live migration, a link or spanning tree change"
    return nlb.Finding(
        where=node, saw=saw, seen_by=(node,), evidence=(window.evidence,), severity="warning", effect_of=EFFECT_OF,
        expected="heartbeats that are never lost for 5 s (AliveMsgTolerance 5 x AliveMsgPeriod 1000 ms)",
        possible="it is over: the cluster is whole again",
        fix=(nlb.do(look),),
        verify=(nlb.do("No new event 18 comes", "show cluster events", node),),
        undo=(nlb.do("There is nothing to undo"),),
    )  # fmt: skip


# ---- the truth table: correct it without knowing Python ----


def row(what: str, states: str, lists: str, also: str, want: nlb.Kind) -> tuple[str, nlb.Facts, nlb.Kind]:
    """Two nodes with the host priorities 1 and 2, or what `also` says.

    states: each node's StatusCode, a text as Get-NlbClusterNode prints it, `1005/Stopped` (its initial state), `-` (no
    instance). lists: each node's members, `1,2`, or `-`. also: what was not read, `event 3` (event 18 so many hours ago), `behind 170` (such an
    event, three hours ago by its own clock),
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
            given.append(ex.instance(node, str(primary), "unicast"))
            given.append(replace(told, code=code, text=text, initial=initial or "Started"))
        if hosts != "-":
            listed = tuple(int(one) for one in hosts.split(","))
            given.append(nlb.Membership(node=node, primary=primary, hosts=listed, evidence=f"{node}/query"))
        given += [ex.log(node, nlb.timedelta(days=30), provider=NLB_LOG)] if also != "no log" else []
        slow = nlb.timedelta(hours=int(number) - 3 if word == "behind" else 0)
        given.append(replace(ex.started(node, nlb.timedelta(days=10)), clock=ex.NOW - slow))
    if word in ("event", "other", "behind"):
        ip, age = "10.30.0.50" if word == "other" else str(primary), nlb.timedelta(hours=int(number))
        given.append(ex.event("nlb1", age, ip=ip, number=PARTITION_HEALED, provider=NLB_LOG))
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
    row("three hours ago by its own clock: a trap",  "1008 1007",                  "1,2 1,2",  "behind 170",            "possible"),
    row("its clock was not read",                    "1008 1007",                  "1,2 1,2",  "nlb1/os",               "unknown"),
    row("another cluster's partition",               "1008 1007",                  "1,2 1,2",  "other 3",               "ruled_out"),
    row("the answer has no log of NLB",              "1008 1007",                  "1,2 1,2",  "no log",                "unknown"),
)
# fmt: on
