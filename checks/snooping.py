"""IGMP snooping on a switch drops the cluster's frames.

In IGMP mode every node reports its membership of the group 239.255.y.z once a minute, and a switch that snoops enters the
ports it heard that on.  Whether NLB's frames find that entry is another matter.  They go to the group's MAC, but their IP
destination is the VIP: a switch that looks multicast up by IP address (Catalyst 9000, NX-OS by default, Marvell ROS in
ipv4-group mode, a Linux bridge) never matches it.  "The group is learned on both ports" proves nothing there: the frames
count as multicast without an entry, which is flooded on one switch and dropped on the next.  Heartbeats are not IP and
pass where look-up is by IP, so such a cluster looks converged and serves nobody.

Where look-up is by MAC, the entry must hold every node's port and stay: it lives as long as reports come, and NLB sends
one every 60 s, not when a querier asks.  A time-out of 60 s or less drops the cluster again and again.  Without a querier
some switches forget or never learn; that is only possible, since NLB reports by itself (our inference), and undecided where
no switch tells whether it is one.  After a live migration up to a minute passes until the new port is known.

A static group that covers the uplinks, or multicast without an entry that is forwarded, leaves snooping nothing to break:
then this cause is ruled out, which is workinghardinit.work's design, and it has no querier.  What is not seen: most
switches show little of this by SNMP, and a switch that refuses the version 1 reports which NLB sends.
"""

from dataclasses import replace
from typing import Literal

import nlbwiz.check as nlb

ABOUT = nlb.About(
    id="NLB014",
    title="IGMP snooping drops the cluster's frames",
    question="Does snooping keep the cluster's frames from a node's port?",
    severity="critical",
    needs=(
        "cluster", "adapters", "vnics", "vswitches", "teams", "uplinks", "vlans", "ports", "fdb", "groups", "multicast",
    ),
    also=("agent", "lldp"),
    sources=(
        "Microsoft KB 838408: NLB reports its IGMP group every 60 s, not synchronised with a querier",
        "Microsoft KB 4494444 and KB 283028: IGMP mode, group 239.255.y.z, version 1 reports",
        "Cisco Catalyst 9000 NLB note: the snooping table is by IP address, NLB's frames do not match it",
        "Dell PowerConnect 55xx CLI guide: bridge multicast mode mac-group, ipv4-group; unregistered filtering",
        "reference measurements on a Linux bridge: snooping with a querier drops NLB's frames whatever the entry holds",
    ),
)  # fmt: skip

REPORT_S = 60.0
"""NLB's report interval (KB 838408)."""


def applies(facts: nlb.Facts) -> str | None:
    """Only IGMP mode reports a group; as long as a node's mode is not known, it may be that one."""
    return nlb.no_node_runs(facts, ("igmp",))


def evaluate(facts: nlb.Facts) -> nlb.Iterator[nlb.Said]:
    """The group of every IGMP instance, in each VLAN of the cluster, on every listed switch."""
    yield from nlb.mode_not_told(facts)
    yield from nlb.vlan_not_told(facts)
    for switch, vlan, labels in nlb.on_switches(facts, "vlans", "ports", "fdb", "groups", "multicast"):
        if not nlb.carries(facts, switch, vlan):
            yield nlb.not_carried(switch, vlan, labels)
            continue
        for group in (one for one in nlb.groups(facts) if one.address):
            yield from _judged(facts, switch, vlan, group, labels)


def _judged(
    facts: nlb.Facts, switch: str, vlan: int, group: nlb.Group, labels: tuple[str, ...]
) -> nlb.Iterator[nlb.Said]:
    """What decides over a frame to the group's MAC, in the order in which a switch decides."""
    where, policy, rows = (
        f"{switch}, VLAN {vlan}",
        nlb.policy(facts, switch, vlan),
        nlb.entries(facts, switch, vlan, group),
    )
    seen = nlb.once((*(row.evidence for row in rows), *(policy.evidence if policy else ()), group.evidence, *labels))
    look = f"look at the multicast settings of {switch} itself"
    if policy is None:
        yield nlb.gap(where, "the switch does not say how it handles multicast", look, *seen)
        return
    open_to_all = "multicast without an entry leaves on every port"
    if policy.filtering is False:
        yield nlb.clear(where, "multicast filtering is off: nothing is dropped (what is flooded: NLB011)", *seen)
    elif policy.lookup is None:
        yield nlb.gap(
            where, "the switch does not say whether it looks multicast up by MAC or by IP address", look, *seen
        )
    elif policy.lookup == "ip":
        yield from _by_address(facts, where, switch, vlan, group, policy, rows, seen)
    elif any(row.status == "static" for row in rows):
        yield nlb.clear(where, f"a static entry for {group.mac} decides, not snooping (its ports: NLB011)", *seen)
    elif any(row.status == "learned" for row in rows):
        yield from _snooped(facts, where, switch, vlan, group, policy, rows, seen)
    elif policy.unregistered == "forward":
        yield nlb.clear(where, f"no entry for {group.address}, and {open_to_all}", *seen)
    elif policy.unregistered is None:
        yield nlb.gap(
            where, f"no entry for {group.address}; what happens to multicast without an entry is not told", look, *seen
        )
    else:
        saw = f"snooping has no entry for {group.address} ({group.mac}), and multicast without an entry is dropped"
        yield _finding(facts, where, switch, vlan, group, saw, seen)


def _by_address(
    facts: nlb.Facts, where: str, switch: str, vlan: int, group: nlb.Group, policy: nlb.Policy,
    rows: tuple[nlb.GroupEntry, ...], seen: tuple[str, ...],
) -> nlb.Iterator[nlb.Said]:  # fmt: skip
    """No entry matches a frame whose IP destination is the VIP."""
    heard = nlb.covered(facts, (row for row in rows if row.status == "learned"))
    on = f"; that the group is learned on {nlb.port_names(facts, switch, heard)} does not help" if heard else ""
    how = f"it looks multicast up by IP address, and NLB's frames to {group.mac} carry the VIP, not {group.address}"
    if policy.unregistered == "forward":
        yield nlb.clear(where, f"{how}: they count as multicast without an entry, which leaves on every port", *seen)
    elif policy.unregistered is None:
        why = f"{how}; what happens to multicast without an entry is not told"
        yield nlb.gap(where, why, f"look at the multicast settings of {switch} itself", *seen)
    else:
        yield _finding(facts, where, switch, vlan, group, f"{how}: they match no entry and are dropped{on}", seen)


def _snooped(
    facts: nlb.Facts, where: str, switch: str, vlan: int, group: nlb.Group, policy: nlb.Policy,
    rows: tuple[nlb.GroupEntry, ...], seen: tuple[str, ...],
) -> nlb.Iterator[nlb.Said]:  # fmt: skip
    """The entry that snooping made: does it reach every node, and will it stay?"""
    ports, ways, here = nlb.covered(facts, rows), nlb.ways(facts, switch), nlb.at_home(facts)
    cut = {host: set(ways.get(host, {})) for host in here if ways.get(host) and not set(ways[host]) & ports}
    dark = [host for host in here if not ways.get(host)]
    seen = nlb.once(
        (*seen, *(label for host in here for label in (*ways.get(host, {}).values(), *here[host].values())))
    )
    for host in dark:
        why = f"which port leads to {host} is not known: no MAC of it has been learned lately"
        yield nlb.gap(
            where, why, f"name {host}'s uplinks in the site file, or ping one of its VMs and ask again", *seen
        )
    if cut:
        told = "; ".join(
            f"{nlb.port_names(facts, switch, missing)} to {', '.join(here[host])} on {host}"
            for host, missing in cut.items()
        )
        saw = f"snooping has heard {group.address} on {nlb.port_names(facts, switch, ports)} only, not on {told}"
        yield _finding(facts, where, switch, vlan, group, saw, seen)
        return
    doubt = _doubt(facts, policy, vlan)
    told = f"snooping has heard {group.address} on {nlb.port_names(facts, switch, ports)}, every node's port"
    if policy.unregistered == "forward":
        yield nlb.clear(where, f"{told}; without its entry the frames would leave on every port", *seen)
    elif doubt:
        yield _finding(facts, where, switch, vlan, group, told, seen, possible=doubt)
    elif policy.host_timeout_s is None:
        yield nlb.gap(
            where, f"{told}; after how long an entry is dropped is not told", f"look at it on {switch}", *seen
        )
    elif policy.querier is None and not _asked(facts, vlan):
        why = f"{told}; whether anybody asks for reports (a querier) is not told"
        yield nlb.gap(where, why, f"look at it on {switch}", *seen)
    elif not dark:
        saw = f"{told}; an entry stays {policy.host_timeout_s:g} s, and NLB reports every {REPORT_S:g} s"
        yield nlb.clear(where, saw, *seen)


def _asked(facts: nlb.Facts, vlan: int) -> bool:
    """Whether a listed switch is, or has heard, the querier of a VLAN."""
    here = (one for one in facts.multicast if one.vlan in (None, vlan))
    return any(one.querier or one.querier_address for one in here)


def _doubt(facts: nlb.Facts, policy: nlb.Policy, vlan: int) -> str:
    """Why an entry that is complete now may not be there in a minute; empty where nothing says so."""
    if policy.host_timeout_s is not None and policy.host_timeout_s <= REPORT_S:
        return f"an entry is dropped after {policy.host_timeout_s:g} s without a report, and NLB sends one every {REPORT_S:g} s"
    if policy.querier is False and not _asked(facts, vlan):
        return "no listed switch asks for reports (no querier): whether the entry stays rests on NLB's own ones"
    return ""


def _finding(
    facts: nlb.Facts, where: str, switch: str, vlan: int, group: nlb.Group, saw: str, seen: tuple[str, ...], *, possible: str = ""
) -> nlb.Finding:  # fmt: skip
    """The frames are dropped, or will be: how to open the way, surest first."""
    at = {"mac": group.mac, "vlan": vlan}
    wanted = {port for way in nlb.ways(facts, switch).values() for port in way}
    names = nlb.port_names(facts, switch, wanted)
    policy = nlb.policy(facts, switch, vlan)
    by_ip = policy is not None and policy.lookup == "ip"
    opened, shut = _unregistered(facts, switch, wanted, "forward"), _unregistered(facts, switch, wanted, "filter")
    by_mac = nlb.do(
        "Or have the VLAN's multicast looked up by MAC, where the image can (newer PowerConnects), and list the uplinks in a static group",
        "look up by mac",
        switch,
        vlan=vlan,
    )
    words = "Every uplink or LAG of every Hyper-V host into a static entry: what snooping hears decides nothing then"
    listed = nlb.group_ports(facts, switch, group.mac, vlan, wanted, "add", words)
    querier = nlb.do(
        "Or, where only the entry's life is in doubt: let the switch ask for reports", "querier on", switch, vlan=vlan
    )
    return nlb.Finding(
        where=where,
        saw=saw,
        expected=f"frames to {group.mac} reach {names}: by a static group there, or as multicast without an entry",
        severity="warning" if possible else None,
        possible=possible,
        seen_by=(switch,),
        evidence=seen,
        fix=(
            nlb.do("Note the entry and the settings as they are now", "show group", switch, **at),
            *([*opened, querier] if possible else [*opened, by_mac] if by_ip else listed),
            nlb.do("When it works, save it: until then a reload brings the old state back", "save config", switch),
            nlb.do("Where the switch can do none of this: a VLAN of the cluster's own, without snooping"),
        ),
        verify=(
            nlb.do("What the group's entry holds", "show group", switch, **at),
            nlb.do("What snooping has heard", "show snooping", switch, vlan=vlan),
            *(step for ip in facts.vip_addresses()[:1] for step in nlb.steps.served(ip)),
        ),
        undo=(
            *([*shut, nlb.do("No querier on this switch", "querier off", switch, vlan=vlan)] if possible
              else [*shut, nlb.do("Back to look-up by IP address", "look up by ip", switch, vlan=vlan)] if by_ip
              else nlb.group_ports(facts, switch, group.mac, vlan, wanted, "remove", "Take the ports out again")),
            nlb.do("If it was saved, save again", "save config", switch),
        ),
    )  # fmt: skip


def _unregistered(
    facts: nlb.Facts, switch: str, ports: nlb.Iterable[int], how: Literal["forward", "filter"]
) -> list[nlb.Do]:
    """Multicast without an entry towards the hosts, port by port, a LAG as such."""
    words = (
        "Forward multicast without an entry on {}, towards the hosts" if how == "forward" else "Filter it on {} again"
    )
    return [
        nlb.do(words.format(f"LAG {name}" if lags else name), f"{how} unregistered{' on lag' if lags else ''}", switch, port=name)
        for lags in (False, True)
        for name in nlb.device_names(facts, switch, ports, lags=lags)
    ]  # fmt: skip


# ---- the truth table: correct it without knowing Python ----

VIP = "172.31.3.232"
PORTS = {"g1": 1, "g3": 3}
# fmt: off


def row(
    what: str, mode: str, settings: str, entry: str, want: nlb.Kind, *, querier: bool | None = True, timeout: float | None = 260.0,
    lag: bool = False,
) -> tuple[str, nlb.Facts, nlb.Kind]:
    """Node nlb1 on host hv1 (behind g1) and nlb2 on hv2 (g3), in VLAN 3 of switch sw1.

    mode: of both nodes (`-`: nlb2 could not be read). settings: filtering `on`, `off`; look-up `mac`, `ip`, `?`; multicast
    without an entry `forward`, `drop`, `?`. entry: for the group's MAC: `static PORT...`, `learned PORT...`, `none`, `silent`.
    querier, timeout: of sw1. lag: g3 is a member of the LAG ch1, behind which hv2 is.
    """
    ex = nlb.example
    silent = ["sw1/groups"] if entry == "silent" else []
    given: list[nlb.Fact] = [ex.agent("sw1", "dell-powerconnect", forwarding=False), ex.vlan("sw1", 3, "web")]
    for number, port in enumerate(PORTS, start=1):
        own = f"00-15-5D-1F-03-0{number}"
        silent += ["nlb2/cluster"] if (mode, number) == ("-", 2) else []
        given += ex.node(f"nlb{number}", "igmp" if mode == "-" else mode, VIP, own, f"172.31.3.1{number}", host=f"hv{number}")
        member = lag and port == "g3"
        given.append(ex.fdb("sw1", nlb.mac(own), port=1000 if member else PORTS[port]))
        given.append(replace(ex.port("sw1", port, PORTS[port]), lag=1000 if member else None))
    given += [ex.port("sw1", "ch1", 1000)] if lag else []
    filtering, lookup, unregistered = settings.split()
    given.append(
        ex.multicast("sw1", filtering=filtering, lookup=lookup, unregistered=unregistered, querier=querier, host_timeout_s=timeout)
    )
    status, *ports = entry.split()
    if status != "silent":
        right = nlb.cluster_mac("igmp", nlb.IPv4Address(VIP))
        given.append(ex.group("sw1", right, status, *(PORTS[port] for port in ports)))
    return what, ex.facts("nlb1 nlb2 hv1 hv2 sw1", (*ABOUT.needs, *ABOUT.also), given, silent=" ".join(silent)), want


EXAMPLES = (
    #   what it shows                                   mode         filtering, look-up, without  entry            outcome
    row("a static group decides",                       "igmp",      "on mac drop",               "static g1 g3",  "ruled_out"),
    row("no entry, and all of it is forwarded",         "igmp",      "on mac forward",            "none",          "ruled_out"),
    row("no entry, and all of it is dropped",           "igmp",      "on mac drop",               "none",          "confirmed"),
    row("no entry, and then what?",                     "igmp",      "on mac ?",                  "none",          "unknown"),
    row("filtering off drops nothing",                  "igmp",      "off mac drop",              "none",          "ruled_out"),
    row("learned on every port, looked up by IP: a trap", "igmp",    "on ip drop",                "learned g1 g3", "confirmed"),
    row("looked up by IP, and a host is behind a LAG",  "igmp",      "on ip drop",                "learned g1 g3", "confirmed", lag=True),
    row("static, looked up by IP: a trap",              "igmp",      "on ip drop",                "static g1 g3",  "confirmed"),
    row("looked up by IP, and all of it is forwarded",  "igmp",      "on ip forward",             "learned g1 g3", "ruled_out"),
    row("looked up by IP, and then what?",              "igmp",      "on ip ?",                   "learned g1 g3", "unknown"),
    row("how it is looked up is not told",              "igmp",      "on ? drop",                 "learned g1 g3", "unknown"),
    row("learned on every node's port, with a querier", "igmp",      "on mac drop",               "learned g1 g3", "ruled_out"),
    row("a node's port is not learned",                 "igmp",      "on mac drop",               "learned g1",    "confirmed"),
    row("dropped before the next report",               "igmp",      "on mac drop",               "learned g1 g3", "possible", timeout=50.0),
    row("no querier",                                   "igmp",      "on mac drop",               "learned g1 g3", "possible", querier=False),
    row("no querier, and all of it is forwarded",       "igmp",      "on mac forward",            "learned g1 g3", "ruled_out", querier=False),
    row("whether there is a querier is not told",       "igmp",      "on mac drop",               "learned g1 g3", "unknown", querier=None),
    row("how long an entry stays is not told",          "igmp",      "on mac drop",               "learned g1 g3", "unknown", timeout=None),
    row("multicast mode reports nothing",               "multicast", "on mac drop",               "none",          "not_applicable"),
    row("a node that was not read",                     "-",         "on mac drop",               "static g1 g3",  "unknown"),
    row("the switch did not answer",                    "igmp",      "on mac forward",            "silent",        "unknown"),
)
# fmt: on
