"""The gateway has no ARP entry for the VIP and cannot learn one.

In multicast and IGMP multicast mode NLB answers ARP for a unicast address with a multicast MAC.  RFC 1812 3.3.2 tells
routers not to believe such an answer, and Cisco IOS follows it: clients in the VIP's own subnet are fine, all others
reach nothing until somebody types the entry on every router that has an interface in the VIP's network (of an HSRP
pair: on both).  Every VIP needs its own entry, and each holds the MAC of the PRIMARY address.

Who learns a multicast MAC: Linux does (tried by us on Linux 6.18).  Cisco IOS does not.  HPE Comware, Huawei VRP and
AlliedWare Plus do after a command that is off by default.  For NX-OS, EOS, Junos and Dell OS9 the documented way is a
typed entry; that they cannot learn is not documented, so a missing entry there is only possible.

An entry with a wrong MAC is another cause (NLB003), and in unicast mode there is nothing to type.  What is not seen: a
second router that is not listed.
"""

import nlbwiz.check as nlb

ABOUT = nlb.About(
    id="NLB023",
    title="No ARP entry for the VIP on a gateway that cannot learn it",
    question="Does every gateway of the VIP's network have an entry for it?",
    severity="critical",
    needs=("cluster", "vips", "agent", "own-addresses", "arp"),
    sources=(
        "Cisco 216092 (107995) and 220657: IOS needs a static ARP entry for NLB in multicast modes (RFC 1812 3.3.2)",
        "vcloudnine.de, HP Comware and Windows NLB; HP 6125G L3 IP services guide: `undo arp check enable`",
        "Huawei S series NLB guide: multicast MACs are not learned by default",
        "Allied Telesis x510 command reference: `arp-mac-disparity`",
        "Juniper Junos 13.2, Arista EOS NLB article, Dell OS9 command reference, Cisco 116150 (NX-OS): static entries",
        "Microsoft KB 4494444: multicast mode needs static ARP entries",
    ),
)

CANNOT = {"cisco-ios": "Cisco IOS does not learn a multicast MAC for a unicast address"}
LEARNS = {"linux-bridge": "Linux learns multicast MACs by itself"}
NOT_A_ROUTER = {"dell-powerconnect": "a PowerConnect 54xx does not route: its ARP table serves only its own management"}
PERHAPS = {
    "hpe-comware": "Comware learns multicast MACs only after `undo arp check enable`",
    "huawei-vrp": "VRP learns multicast MACs only where that was switched on",
    "allied-awplus": "AlliedWare Plus learns multicast MACs only with `arp-mac-disparity`",
}
ADD_IT = "add the router of that network to the site file as a [gateway]"
DOCUMENTED = ("cisco-nxos", "arista-eos", "juniper-junos", "dell-os9")
"""Their documented way is a typed entry; whether they could learn is not documented."""


def applies(facts: nlb.Facts) -> str | None:
    """Only the multicast modes need the entry; as long as a node's mode is not known, it may be one of them."""
    if facts.instances and not nlb.unread(facts) and set(facts.modes()) == {"unicast"}:
        return f"no node runs multicast or IGMP multicast: unicast on {', '.join(facts.modes()['unicast'])}"
    return None


def evaluate(facts: nlb.Facts) -> nlb.Iterator[nlb.Said]:
    """Every router with an interface in a VIP's network, for every VIP."""
    yield from nlb.not_looked_at(facts)
    macs = {mac: seen for mac, seen in facts.cluster_macs().items() if nlb.addr.is_group_mac(mac)}
    for ip in facts.vip_addresses() if macs else ():
        for own in nlb.near(facts, ip).values():
            yield from _router(facts, ip, own, macs)


def _router(
    facts: nlb.Facts, ip: nlb.IPv4Address, own: nlb.OwnAddress, macs: dict[nlb.Mac, str]
) -> nlb.Iterator[nlb.Said]:
    views = [view for view in facts.arp_views(ip, "router") if view.device == own.target]
    agent = next((one for one in facts.agents if one.target == own.target), None)
    if not views or agent is None:
        return  # the missing answer is named already
    for view in views:
        if saw := _in_order(view, macs):
            yield nlb.clear(own.target, saw, *(one.evidence for one in views))
            return
    maybe = next((view.mac for view in views if view.mac and nlb.addr.is_group_mac(view.mac)), None)
    if maybe and (silent := " and ".join(nlb.unread(facts))):
        why = f"has learned {maybe} for VIP {ip} by itself, and what {silent} answers with is not known"
        yield nlb.gap(own.target, why, f"read {silent}", *(one.evidence for one in views))
        return
    seen = (*(one.evidence for one in views), agent.evidence, own.evidence, *macs.values())
    platform = agent.platform or ""
    if platform in LEARNS:
        yield nlb.clear(own.target, f"has no entry for VIP {ip} now; {LEARNS[platform]}", *seen)
    elif platform in NOT_A_ROUTER:
        yield nlb.gap(own.target, NOT_A_ROUTER[platform], ADD_IT, *seen)
    else:
        yield _finding(views[0], tuple(macs), tuple(facts.cluster_macs()), platform, seen)


def _in_order(view: nlb.ArpView, macs: dict[nlb.Mac, str]) -> str:
    """Why a router needs no (other) entry; empty where it does."""
    if view.kind == "static":
        return f"has a typed-in entry for VIP {view.ip} (whether its MAC is right: NLB003)"
    if view.kind == "own":
        return f"has {view.ip} itself, so it needs no entry (who has the address: NLB001)"
    return f"has learned {view.mac} for VIP {view.ip} by itself" if view.mac in macs else ""


def _finding(
    view: nlb.ArpView, macs: tuple[nlb.Mac, ...], right: tuple[nlb.Mac, ...], platform: str, seen: tuple[str, ...]
) -> nlb.Finding:
    """`macs`: those that must be typed; `right`: with those that need not, while the nodes run different modes."""
    ip, router = view.ip, view.device
    instead = f", only {view.mac}, which it has learned" if view.mac else ""
    possible = "" if platform in CANNOT else PERHAPS.get(platform, "")
    if not possible and platform in DOCUMENTED:
        possible = f"the documented way on {platform} is a typed entry; that it cannot learn is not documented"
    if not possible and platform not in CANNOT:
        possible = f"whether {platform or 'this platform, which is not known,'} learns a multicast MAC is not known"
    repair = nlb.steps.router_entry(router, ip, right, learned=view.mac is not None)
    return nlb.Finding(
        where=router,
        saw=f"there is no typed-in entry for VIP {ip}{instead}. {CANNOT.get(platform, '')}".rstrip(". "),
        expected=f"a typed-in entry that sends {ip} to {' or '.join(macs)}",
        possible=possible,
        seen_by=(router,),
        evidence=nlb.once(seen),
        fix=repair.fix,
        verify=nlb.steps.looked_at(router, ip, right),
        undo=repair.undo,
    )


# ---- the truth table: correct it without knowing Python ----


def row(
    what: str, modes: str, interface: str, platform: str, entry: str, want: nlb.Kind
) -> tuple[str, nlb.Facts, nlb.Kind]:
    """Two nodes with the VIP 172.31.3.232, and gw1.

    modes: of nlb1 and nlb2 (`-`: could not be read). interface: gw1's own address. platform: of gw1 (`-`: not known).
    entry: what gw1 holds for the VIP: `static MAC`, `learned MAC`, `own MAC`, `none`, or `silent`.
    """
    ex = nlb.example
    silent = ["gw1/arp"] if entry == "silent" else []
    given: list[nlb.Fact] = [ex.agent("gw1", None if platform == "-" else platform), ex.own_address("gw1", interface)]
    given += [] if entry == "silent" else [ex.view("gw1", VIP, entry)]
    for number, mode in enumerate(modes.split(), start=1):
        silent += [f"nlb{number}/cluster"] if mode == "-" else []
        given += ex.node(f"nlb{number}", mode, VIP, f"00-15-5D-1F-03-0{number}", f"172.31.3.1{number}")
    return what, ex.facts("nlb1 nlb2 gw1", ABOUT.needs, given, silent=" ".join(silent)), want


VIP = "172.31.3.232"

# fmt: off
EXAMPLES = (
    #   what it shows                              modes of nlb1, nlb2    gw1's interface  platform            gw1 holds                outcome
    row("multicast, typed in",                     "multicast multicast", "172.31.3.1/24", "cisco-ios",        "static 03bf.ac1f.03e8", "ruled_out"),
    row("multicast, nobody typed it",              "multicast multicast", "172.31.3.1/24", "cisco-ios",        "none",                  "confirmed"),
    row("IGMP needs the entry too",                "igmp igmp",           "172.31.3.1/24", "cisco-ios",        "none",                  "confirmed"),
    row("only the old unicast MAC is learned",     "igmp igmp",           "172.31.3.1/24", "cisco-ios",        "learned 02bf.ac1f.03e8", "confirmed"),
    row("unicast needs no entry",                  "unicast unicast",     "172.31.3.1/24", "cisco-ios",        "none",                  "not_applicable"),
    row("one node in multicast is enough",         "unicast multicast",   "172.31.3.1/24", "cisco-ios",        "none",                  "confirmed"),
    row("mixed modes, typed in",                   "unicast multicast",   "172.31.3.1/24", "cisco-ios",        "static 03bf.ac1f.03e8", "ruled_out"),
    row("a node not read may need it: a trap",     "unicast -",           "172.31.3.1/24", "cisco-ios",        "none",                  "unknown"),
    row("typed with a wrong MAC: another check",   "multicast multicast", "172.31.3.1/24", "cisco-ios",        "static 03bf.bc1f.0164", "ruled_out"),
    row("the router has the VIP itself: a trap",     "multicast multicast", "172.31.3.1/24", "cisco-ios",        "own 001a.6d37.50c0",    "ruled_out"),
    row("a router that learns, and has learned",   "multicast multicast", "172.31.3.1/24", "hpe-comware",      "learned 03bf.ac1f.03e8", "ruled_out"),
    row("a router that learns, not asked lately",  "multicast multicast", "172.31.3.1/24", "linux-bridge",     "none",                  "ruled_out"),
    row("learns only after a command",             "multicast multicast", "172.31.3.1/24", "hpe-comware",      "none",                  "possible"),
    row("the documented way is a typed entry",     "multicast multicast", "172.31.3.1/24", "juniper-junos",    "none",                  "possible"),
    row("a platform that is not known",            "multicast multicast", "172.31.3.1/24", "-",                "none",                  "possible"),
    row("not the VIP's router: a trap",            "multicast multicast", "10.9.9.1/24",   "cisco-ios",        "none",                  "unknown"),
    row("a layer 2 switch is no gateway: a trap",  "multicast multicast", "172.31.3.2/24", "dell-powerconnect", "none",                 "unknown"),
    row("the gateway did not answer",              "multicast multicast", "172.31.3.1/24", "cisco-ios",        "silent",                "unknown"),
)
# fmt: on
