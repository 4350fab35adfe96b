"""NLB's list of addresses and TCP/IP's list on the same NIC differ: what NLB Manager shows as Misconfigured.

NLB answers for the addresses of its own list; the node serves those that TCP/IP holds on the NIC that NLB is bound to.
A VIP that TCP/IP lost (Duplicate, Deprecated, Invalid or gone) is a VIP whose share of the clients gets no answer from
this node, although the node is converged and ping works, since every host answers it.  A VIP on another NIC of a node
is answered with that NIC's own MAC.  An address that NLB does not know is load-balanced all the same.

The classic case comes after several nodes were live-migrated at the same moment: the check for duplicates that follows
takes the VIP out of the active store, the persistent store still has it.  Reboots, building the cluster anew, clearing
ARP tables and scripts that add the address again do not cure that; opening the node's Host Properties in NLB Manager and
closing them with OK does, for every NLB instance of the node (workinghardinit.work, 2014-03-24).  The pop-up that lists
addresses "we did not add" may mean extra ones too.  A reload of the driver and an address added by hand stand in the fix
as what is left where NLB Manager cannot be used.  What keeps it from coming back: nodes that move one at a time, and a
team layout that fits the mode (NLB005).

How NLB Manager itself decides is UNCONFIRMED: no document says it.  This page compares what NLB needs: its list {VIPs,
dedicated address, masks} with TCP/IP's on the bound NIC, the nodes' lists with each other and the site file's VIP.  Without the
PowerShell module only the primary VIP is known: then additional VIPs stay open.  A VM in migration, or an address that is
still Tentative after it was asked again, is in transition and decides nothing.
"""

from dataclasses import replace

import nlbwiz.check as nlb

ABOUT = nlb.About(
    id="NLB008",
    title="A VIP is missing or misplaced in TCP/IP (Misconfigured)",
    question="Does TCP/IP hold exactly NLB's addresses on the NIC that NLB is bound to?",
    severity="critical",
    needs=("cluster", "vips", "adapters", "addresses", "address-order"),
    also=(
        "dad", "vnics", "vms", "agent", "own-addresses", "arp", "jump-neighbors", "host-neighbors", "neighbors", "events",
        "os", "arp-retry-count",
    ),
    sources=(
        "workinghardinit.work, 2014-03-24: Windows NLB nodes Misconfigured after simultaneous live migration",
        "Microsoft, Network Load Balancing Troubleshooting (cc781160): VIP on a NIC without NLB, or in one list only",
        "Microsoft KB 556067: dedicated address first, no DHCP, remove the VIP where NLB is unbound",
        "windows-powershell-docs, Get-NlbClusterNodeDip: NLB balances every address but the dedicated ones",
        "MSFT_NetIPAddress.AddressState and PolicyStore (MicrosoftDocs/win32, nettcpipprov)",
    ),
)  # fmt: skip

LOST = {
    "Duplicate": "Windows saw the address in use elsewhere and does not use it",
    "Deprecated": "Windows takes no new connections on it",
    "Invalid": "Windows does not use it",
}
"""MSFT_NetIPAddress.AddressState; Tentative and Preferred are the other two."""


def evaluate(facts: nlb.Facts) -> nlb.Iterator[nlb.Said]:
    """Every instance of every node, the nodes' lists against each other, then who binds a VIP to a node's own NIC."""
    moving, lost = nlb.in_migration(facts), set[str]()
    for instance in facts.instances:
        if not all(facts.answered(need, instance.node) for need in ABOUT.needs):
            continue  # the lost answer is named already, and half a list is no list
        bound = nlb.bind(facts, instance)
        if isinstance(bound, str):
            resolve = f"look at Get-NlbClusterNodeNetworkInterface and Get-NlbClusterVip on {instance.node} by hand"
            yield nlb.gap(instance.node, bound, resolve, instance.evidence)
        elif instance.node in moving:
            yield _gap(bound, "its VM is in live migration: its addresses are in transition", "ask again after it")
        else:
            for said in (*_compare(facts, bound), *_dhcp(facts, bound)):
                yield said
                lost |= {instance.node} if isinstance(said, nlb.Finding) and said.severity is None else set()
    yield from _unlisted(facts)
    yield from _together(facts, lost)
    yield from _between_nodes(facts)
    yield from _without_instance(facts)
    yield from _seen_from_outside(facts)


def _gap(bound: nlb.Binding, why: str, resolve: str) -> nlb.Gap:
    return nlb.gap(bound.where, why, resolve, *bound.evidence)


# ---- one node: NLB's list against TCP/IP's ----


def _compare(facts: nlb.Facts, bound: nlb.Binding) -> list[nlb.Said]:
    """A Clear only where every address of the instance was found in order."""
    peers = [one for one in facts.vips if one.role == "vip" and one.complete and not bound.complete]
    expected = {one.ip: one for one in (*peers, *bound.vips)}  # a node that cannot list all has its peers' VIPs
    said = [one for vip in expected.values() for one in _vip(bound, vip)]
    said += [one for dip in bound.dips for one in _dip(bound, dip)]
    if bound.complete:
        known = {one.ip for one in (*bound.vips, *bound.dips)}
        said += [_extra(bound, one) for one in bound.active if one.index == bound.nic.index and one.ip not in known]
    else:
        why = "without the PowerShell module its NLB names the primary address only: additional VIPs were not compared"
        said.append(_gap(bound, why, "install RSAT-NLB on it (Install-WindowsFeature RSAT-NLB), then ask again"))
    said += _order(bound)
    if not any(isinstance(one, nlb.Finding | nlb.Gap) for one in said):
        saw = f"TCP/IP holds NLB's addresses and no others: {', '.join(str(one.ip) for one in (*bound.vips, *bound.dips))}"
        said.insert(0, nlb.clear(bound.where, saw, *bound.evidence))
    return said


def _vip(bound: nlb.Binding, vip: nlb.Vip) -> nlb.Iterator[nlb.Said]:
    here, elsewhere = bound.here(vip.ip), bound.elsewhere(vip.ip)
    yield from (_misplaced(bound, one) for one in elsewhere)
    if here is None:
        if vip.ip in bound.persistent:
            yield _lost(bound, vip, f"TCP/IP has lost VIP {vip.ip}: it is in the persistent store and not active")
        elif not elsewhere:
            saw = f"{vip.node}'s NLB lists VIP {vip.ip}, TCP/IP has it in neither store (removed, or never added)"
            yield _lost(bound, vip, saw)
    elif here.state == "Tentative":
        yield _gap(bound, f"VIP {vip.ip} is still Tentative: TCP/IP is looking for duplicates", "ask again in a minute")
    elif here.state in LOST:
        yield _lost(bound, vip, f"VIP {vip.ip} is {here.state}: {LOST[here.state]}", conflict=here.state == "Duplicate")
    elif here.state != "Preferred":
        yield _gap(bound, f"VIP {vip.ip} is in an unknown state, {here.state!r:.40}", "look at it by hand")
    elif vip.prefix is not None and vip.prefix != here.prefix:
        saw = f"VIP {vip.ip} has the prefix /{here.prefix} in TCP/IP and /{vip.prefix} in NLB's list"
        yield _found(bound, saw, "one mask in both", _applied(bound), _show(bound, vip.ip), severity="warning")
    elif bound.complete and vip.ip not in bound.persistent:
        saw = f"VIP {vip.ip} is in the active store only: a restart loses it"
        yield nlb.note(bound.where, saw, *bound.evidence)


def _dip(bound: nlb.Binding, dip: nlb.Vip) -> nlb.Iterator[nlb.Said]:
    here = bound.here(dip.ip)
    if here is not None and here.state == "Tentative":
        yield _gap(bound, f"the dedicated address {dip.ip} is still Tentative", "ask again in a minute")
    elif here is None or here.state != "Preferred":
        saw = f"the dedicated address {dip.ip} is " + (f"{here.state} on" if here else "not on") + " the NLB NIC"
        look = _show(bound, dip.ip)
        yield _found(bound, saw, f"{dip.ip} Preferred there", _applied(bound), look, severity="warning")


def _order(bound: nlb.Binding) -> nlb.Iterator[nlb.Said]:
    """The dedicated address must be the NIC's first; the registry keeps the order."""
    if not bound.order:
        yield _gap(bound, "the registry has no address list of the NLB NIC", "look at its TCP/IP properties by hand")
    elif bound.dips and bound.order[0] not in {one.ip for one in bound.dips}:
        saw = f"{bound.order[0]} is the NIC's first address, before the dedicated address {bound.dips[0].ip}"
        first = nlb.do("In the NIC's TCP/IP properties, Advanced, put the dedicated address first")
        look = nlb.do(f"{bound.dips[0].ip} is first", "show address order", bound.node, guid=bound.nic.guid.strip("{}"))
        back = nlb.do(f"The order now: {', '.join(map(str, bound.order))}")
        expected = "the dedicated address first (KB 556067)"
        yield _found(bound, saw, expected, _applied(bound, first), look, back, severity="warning")


def _dhcp(facts: nlb.Facts, bound: nlb.Binding) -> nlb.Iterator[nlb.Said]:
    alias, node = bound.nic.name, bound.node
    for one in facts.interfaces:
        if (one.node, one.index, one.dhcp) == (node, bound.nic.index, "Enabled"):
            lease = "Note the leased address: it goes. Work from the console, with the dedicated address at hand"
            off = nlb.do("Switch DHCP off on this NIC", "dhcp off", node, alias=alias)
            look = nlb.do("Dhcp is Disabled", "show dhcp", node, alias=alias)
            back = nlb.do("Switch it on again", "dhcp on", node, alias=alias)
            expected = "static addresses: NLB does not support DHCP (KB 556067)"
            fix = _applied(bound, nlb.do(lease), off)
            found = _found(bound, "DHCP is enabled on the NLB NIC", expected, fix, look, back, severity="warning")
            yield replace(found, evidence=(*bound.evidence, one.evidence))


# ---- what to do about it ----


def _found(
    bound: nlb.Binding, saw: str, expected: str, fix: tuple[nlb.Do, ...], look: nlb.Do, *undo: nlb.Do,
    severity: nlb.Severity | None = None,
) -> nlb.Finding:  # fmt: skip
    nothing = nlb.do("Host Properties and reload apply what is configured: there is nothing to undo")
    return nlb.Finding(
        where=bound.where, saw=saw, expected=expected, seen_by=(bound.node,), evidence=bound.evidence, severity=severity,
        fix=fix, verify=(look, *nlb.steps.members(bound.node)), undo=undo or (nothing,),
    )  # fmt: skip


def _applied(bound: nlb.Binding, *first: nlb.Do) -> tuple[nlb.Do, ...]:
    return nlb.steps.drained(bound.node, bound.nic.name, *first, nlb.steps.host_properties(bound.node))


def _show(bound: nlb.Binding, ip: nlb.IPv4Address) -> nlb.Do:
    return nlb.do(f"{ip} is Preferred on {bound.nic.name}, and on no other NIC", "show address", bound.node, ip=ip)


def _lost(bound: nlb.Binding, vip: nlb.Vip, saw: str, *, conflict: bool = False) -> nlb.Finding:
    ip, node, alias = vip.ip, bound.node, bound.nic.name
    other = nlb.do(f"First find the other owner of {ip} (NLB001, NLB002): while it is there, the VIP is lost again")
    nowhere = bound.here(ip) is None and ip not in bound.persistent
    repair = nlb.steps.vip_back(node, alias, ip, vip.prefix or 24, by_hand=nowhere)
    return _found(
        bound, saw, f"{ip} Preferred on {alias}: else this node's share of the clients gets no answer, which ping does not show",
        (*([other] if conflict else []), *repair.fix), _show(bound, ip), *repair.undo,
    )  # fmt: skip


def _misplaced(bound: nlb.Binding, at: nlb.Address) -> nlb.Finding:
    saw = f"VIP {at.ip} is on the NIC {at.alias}, which NLB is not bound to: it is answered with that NIC's own MAC"
    fix = _applied(bound, nlb.steps.take_off(at))
    return _found(bound, saw, f"{at.ip} on {bound.nic.name} only", fix, _show(bound, at.ip), nlb.steps.put_back(at))


def _extra(bound: nlb.Binding, at: nlb.Address) -> nlb.Finding:
    first = "Decide first: if it is meant to be a VIP, add it in NLB Manager's Cluster Properties (all nodes converge anew), and stop here"
    return _found(
        bound, f"{at.ip} is on the NLB NIC and in none of NLB's lists: NLB load-balances it like a VIP",
        "only VIPs and the dedicated address", (nlb.do(first), nlb.steps.take_off(at)),
        nlb.do("It is gone, or a VIP on every node", "show address", bound.node, ip=at.ip), nlb.steps.put_back(at),
        severity="warning",
    )  # fmt: skip


# ---- the nodes together, and from outside ----


def _unlisted(facts: nlb.Facts) -> nlb.Iterator[nlb.Said]:
    """The site file's VIP, which no node's NLB may list: then all that is said here is said of another cluster."""
    listed = [one for one in facts.vips if one.role == "vip"]
    if facts.vip is None or not listed or facts.vip in facts.vip_addresses():
        return
    seen, where = nlb.once(one.evidence for one in listed), ", ".join(facts.nodes)
    told = f"no node's NLB lists {facts.vip}; they list {', '.join(map(str, facts.vip_addresses()))}"
    whole = nlb.whole_lists(facts)
    if open_ := ", ".join(n for n in facts.nodes if n not in whole or not facts.answered("cluster", n)):
        why = f"none that was read: {told}; the whole list of {open_} is not known"
        yield nlb.gap(where, why, f"correct `vip` in the site file, or read {open_} (RSAT-NLB lists all VIPs)", *seen)
        return
    aliases = {one.node: one.interface for one in facts.instances}
    fix = "Correct the cluster's `vip` in the site file; or, if it is meant to be served, add it in NLB Manager's Cluster Properties"
    looks = (nlb.steps.lists(one, aliases.get(one, ""), facts.vip) for one in facts.nodes)
    yield nlb.Finding(
        where=where, saw=told, expected=f"{facts.vip}, the site file's VIP, in every node's list", seen_by=facts.nodes, evidence=seen,
        fix=(nlb.do(fix),), verify=tuple(looks), undo=(nlb.do("Put the site file back; a VIP that was added is removed there again"),),
    )  # fmt: skip


def _between_nodes(facts: nlb.Facts) -> nlb.Iterator[nlb.Said]:
    """Every node that can list all its VIPs must list the same ones."""
    lists = nlb.whole_lists(facts)
    everything = {ip: vip for own in lists.values() for ip, vip in own.items()}
    aliases = {one.node: one.interface or nlb.steps.ANY_NIC for one in facts.instances}
    for node, ip in [(name, ip) for name, own in lists.items() for ip in sorted(everything.keys() - own.keys())]:
        having = [name for name, other in lists.items() if ip in other]
        mask = nlb.IPv4Interface(f"{ip}/{everything[ip].prefix or 24}").netmask
        at = {"alias": aliases.get(node, nlb.steps.ANY_NIC), "ip": ip}
        yield nlb.Finding(
            where=node,
            saw=f"NLB's list here has no VIP {ip}, which stands in the list of {', '.join(having)}",
            expected="one list of VIPs on every node",
            seen_by=(node, *having),
            evidence=nlb.once((*(v.evidence for v in lists[node].values()), everything[ip].evidence)),
            fix=(
                nlb.do("Decide first: a VIP that is left over is removed in NLB Manager's Cluster Properties, and that is all"),
                nlb.do("Else add it here (all nodes converge anew)", "add cluster vip", node, mask=mask, **at),
            ),
            verify=tuple(nlb.steps.lists(one, aliases.get(one, ""), ip) for one in (node, *having)),
            undo=(nlb.do("Take it out of the cluster again", "remove cluster vip", node, **at),),
        )  # fmt: skip


def _without_instance(facts: nlb.Facts) -> nlb.Iterator[nlb.Said]:
    """A listed node without an instance of this cluster must not hold its VIPs: it would answer with its own MAC."""
    for node in sorted(set(facts.nodes) - {one.node for one in facts.instances}):
        if not (facts.answered("cluster", node) and facts.answered("addresses", node)):
            continue
        mine = [one for one in facts.addresses if (one.node, one.store) == (node, "active")]
        held = [one for one in mine if one.ip in facts.vip_addresses()]
        for at in held:
            yield nlb.Finding(
                where=f"{node}, {at.alias}", expected="VIPs only where NLB is bound", seen_by=(node,), evidence=(at.evidence,),
                saw=f"VIP {at.ip} is on a node that has no NLB instance of this cluster (left over from when it had one?)",
                fix=(
                    nlb.do("If it is meant to be a member, add it in NLB Manager, and stop here"),
                    nlb.steps.take_off(at),
                ),
                verify=(nlb.do(f"{at.ip} is on no NIC", "show address", node, ip=at.ip),),
                undo=(nlb.steps.put_back(at),),
            )  # fmt: skip
        if not held:
            why = "it has no NLB instance of this cluster, so there is nothing to compare"
            resolve = "look in NLB Manager whether NLB is bound there, or take the node out of the site file's cluster"
            yield nlb.gap(node, why, resolve, f"{node}/cluster")


def _seen_from_outside(facts: nlb.Facts) -> nlb.Iterator[nlb.Said]:
    """Who binds an address to the wrong NIC of a member; what a guest reports is its own TCP/IP, which is compared above."""
    for seen in (one for one in nlb.sightings(facts) if one.owner == "NLB008" and one.via != "vnic"):
        saw = f"{seen.told}: {seen.what} is at {seen.mac}, {seen.why}"
        if seen.undecided:
            yield nlb.gap(seen.by, f"{saw}; {seen.undecided}", "read what is missing", seen.evidence)
        elif seen.old:
            yield nlb.note(seen.by, saw, seen.evidence)
        else:
            look = "On that node, take the address off the NIC that NLB is not bound to, or declare it to NLB"
            forget = [nlb.do("Then forget the entry", "clear arp", seen.by, ip=seen.ip)] if seen.via == "router" else []
            yield nlb.Finding(
                where=seen.by, saw=saw, seen_by=(seen.by,), evidence=(seen.evidence,),
                expected="every VIP at the cluster's MAC, every dedicated address at its NIC's",
                possible="an old entry looks the same: what the node itself holds decides",
                fix=(nlb.do(look), *forget),
                verify=tuple(
                    nlb.do(f"{seen.ip} is on the NLB NIC only", "show address", node, ip=seen.ip)
                    for node in facts.nodes
                ),
                undo=(nlb.do("Put the address back where it was; a forgotten entry is learned again by itself"),),
            )  # fmt: skip


def _together(facts: nlb.Facts, nodes: set[str]) -> nlb.Iterator[nlb.Note]:
    """Several nodes on one host: a move of all at once is the usual trigger."""
    for host, guests in nlb.at_home(facts).items():
        if len(guests) > 1 and nodes & guests.keys():
            saw = f"{', '.join(guests)} are on this one host now: a live migration of several nodes at once is the usual trigger"
            unlogged = "(moves between hosts of no failover cluster leave no cluster events)"
            yield nlb.note(host, f"{saw} {unlogged}", *guests.values())


# ---- the truth table: correct it without knowing Python ----

NEEDS = (*ABOUT.needs, *ABOUT.also)
NICS = {"NLB": 12, "LAN": 13}
GUID = "{5E2B7B8C-0000-4000-8000-00000000000C}"


def row(
    what: str, lists: str, first: str, second: str, order: str, extra: str, want: nlb.Kind
) -> tuple[str, nlb.Facts, nlb.Kind]:
    """Nodes nlb1 (dedicated address 10.20.0.11) and nlb2 (.12) with VIPs .50 (the primary) and .51.

    lists: the VIPs that nlb1's NLB lists, `50 51`, or `wmi` when it names the primary only; nlb2 lists both. first, second:
    nlb1's .50 and .51 in TCP/IP: a state, `state/prefix`, `kept` (persistent store only), `gone`, or `LAN` (on that NIC).
    order: the registry's first address of the NLB NIC. extra: `extra` .77 on it, `dhcp`, `moving`, `no dip`, `left` (nlb1 has
    no NLB any more), `gw1` (it holds .50 at nlb1's LAN NIC), `site .240` (its VIP), or what was not read.
    """
    ex, primary = nlb.example, "10.20.0.50"
    given: list[nlb.Fact] = [ex.own_address("gw1", "10.20.0.1/24")]
    given += [ex.view("gw1", primary, "learned 00-15-5D-14-00-91")] if extra == "gw1" else []
    plain = ("50 51", {"50": "Preferred", "51": "Preferred", "12": "Preferred"}, "12", "")
    odd = {"50": first, "51": second, "11": "gone" if extra == "no dip" else "Preferred"}
    odd |= {"77": "Preferred"} if extra == "extra" else {}
    for own, (listed, states, leads, special) in (("11", (lists, odd, order, extra)), ("12", plain)):
        node, mac = f"nlb{own[1]}", f"00-15-5D-14-00-{own}"
        if special != "left":
            every, complete = ("50", False) if listed == "wmi" else (listed, True)
            given += [
                ex.instance(node, primary, "multicast"),
                ex.vip(node, primary, f"10.20.0.{own}", role="dip", complete=complete),
            ]
            given += [ex.vip(node, primary, f"10.20.0.{number}", complete=complete) for number in every.split()]
        given += [
            replace(ex.nic(node, mac), guid=GUID), ex.nic(node, f"{mac[:-2]}9{own[1]}", name="LAN", index=NICS["LAN"]),
            ex.vnic("hv1", node.upper(), mac), replace(ex.vm("hv1", node.upper()), migrating=special == "moving"),
            replace(ex.dad(node), dhcp="Enabled" if special == "dhcp" else "Disabled"),
            nlb.AddressOrder(node=node, guid=GUID, addresses=(nlb.IPv4Address(f"10.20.0.{leads}"),), evidence=f"{node}/address-order"),
        ]  # fmt: skip
        for number, state in states.items():
            given += _stored(ex.address(node, f"10.20.0.{number}"), *state.split("/"))
    facts = ex.facts("nlb1 nlb2 hv1 gw1", NEEDS, given, silent=extra if "/" in extra else "")
    return what, replace(facts, vip=nlb.IPv4Address(f"10.20.0.{extra[6:] if 'site' in extra else 50}")), want


def _stored(at: nlb.Address, word: str, prefix: str = "24") -> nlb.Iterator[nlb.Fact]:
    """An address in the active store, the persistent store, or both."""
    nic, state = ("LAN", "Preferred") if word == "LAN" else ("NLB", word)
    at = replace(at, index=NICS[nic], alias=nic, state=state, prefix=int(prefix))
    if word not in ("kept", "gone"):
        yield at
    if word not in ("gone", "LAN"):
        yield replace(at, store="persistent", state="Invalid")


# fmt: off
EXAMPLES = (
    #   what it shows                                 nlb1 lists  .50            .51           first  extra                 outcome
    row("both lists agree",                           "50 51",    "Preferred",   "Preferred",  "11",  "",                   "ruled_out"),
    row("lost after a migration: only persistent",    "50 51",    "kept",        "Preferred",  "11",  "",                   "confirmed"),
    row("an additional VIP was never added",          "50 51",    "Preferred",   "gone",       "11",  "",                   "confirmed"),
    row("a conflict took it",                         "50 51",    "Duplicate",   "Preferred",  "11",  "",                   "confirmed"),
    row("no longer used",                             "50 51",    "Preferred",   "Deprecated", "11",  "",                   "confirmed"),
    row("still looking for duplicates",               "50 51",    "Tentative",   "Preferred",  "11",  "",                   "unknown"),
    row("its VM is moving: lost only for now?",       "50 51",    "kept",        "Preferred",  "11",  "moving",             "unknown"),
    row("on the other NIC: a real conflict",          "50 51",    "LAN",         "Preferred",  "11",  "",                   "confirmed"),
    row("another mask",                               "50 51",    "Preferred/16", "Preferred", "11",  "",                   "confirmed"),
    row("nlb2 lists a VIP that nlb1 does not",        "50",       "Preferred",   "gone",       "11",  "",                   "confirmed"),
    row("an address that NLB does not know",          "50 51",    "Preferred",   "Preferred",  "11",  "extra",              "confirmed"),
    row("a VIP comes first, not the dedicated one",   "50 51",    "Preferred",   "Preferred",  "50",  "",                   "confirmed"),
    row("the dedicated address is not there",         "50 51",    "Preferred",   "Preferred",  "11",  "no dip",             "confirmed"),
    row("DHCP on the NLB NIC",                        "50 51",    "Preferred",   "Preferred",  "11",  "dhcp",               "confirmed"),
    row("NLB was taken off, the VIP stayed",          "50 51",    "Preferred",   "gone",       "11",  "left",               "confirmed"),
    row("NLB was taken off, the VIPs too",            "50 51",    "gone",        "gone",       "11",  "left",               "unknown"),
    row("no module: the second VIP stays open",       "wmi",      "Preferred",   "Preferred",  "11",  "",                   "unknown"),
    row("no module, but nlb2 knows the VIP: a trap",  "wmi",      "Preferred",   "gone",       "11",  "",                   "confirmed"),
    row("gw1 still holds a node's other NIC",         "50 51",    "Preferred",   "Preferred",  "11",  "gw1",                "possible"),
    row("NLB's list was not read",                    "50 51",    "Preferred",   "Preferred",  "11",  "nlb1/vips",          "unknown"),
    row("TCP/IP's list was not read: none is lost",   "50 51",    "Preferred",   "Preferred",  "11",  "nlb1/addresses",     "unknown"),
    row("the site file's VIP is an additional one",   "50 51",    "Preferred",   "Preferred",  "11",  "site .51",           "ruled_out"),
    row("the site file's VIP is on no node",          "50 51",    "Preferred",   "Preferred",  "11",  "site .240",          "confirmed"),
    row("the same, but one list is not whole",        "wmi",      "Preferred",   "Preferred",  "11",  "site .240",          "unknown"),
    row("the order was not read",                     "50 51",    "Preferred",   "Preferred",  "11",  "nlb2/address-order", "unknown"),
)
# fmt: on
