"""A node holds another cluster MAC than its mode and primary address give, or another primary address than its peers.

One cluster has one MAC: 02-BF and the four octets of the primary address in unicast, 03-BF and the same in multicast,
01-00-5E-7F and the last two octets in IGMP multicast (KB 4494444).  A node with another one answers for the same VIPs
with another MAC: clients fail by chance, caches flap, and Windows may report a duplicate address.  It comes from an
edited registry, from a driver that was not reloaded after a change, from two primary addresses that were typed in on
different hosts (KB 193598), or from a NIC that refused the cluster MAC.

Three views are compared for every instance: what WMI or the registry is configured with, what the running driver
holds, and what the NIC uses.  In unicast the NIC must have taken the cluster MAC over; in the multicast modes it must
have kept its own.  That Windows in a VM shows the vNIC's MAC as the NIC's permanent address is UNCONFIRMED: a multicast
NIC that differs from it only by that is possible.  Each node is compared with its own mode: that modes differ is NLB002's.

One and the same hand-made MAC on every node (IPToMACEnable = 0) works if the network knows it: only possible.
"""

import nlbwiz.check as nlb

ABOUT = nlb.About(
    id="NLB009",
    title="A node's cluster MAC or primary address is not the cluster's",
    question="Does every node hold the cluster MAC that its own mode and primary address give?",
    severity="critical",
    needs=("cluster", "driver", "adapters"),
    sources=(
        "Microsoft KB 4494444: the cluster MAC of each mode",
        "Microsoft KB 193598: two primary addresses, a NIC that cannot change its MAC",
        "Microsoft KB 193601: ClusterNetworkAddress, IPToMACEnable",
        "TechNet event 53 - NLB: the adapter does not support changing its MAC",
    ),
)


def evaluate(facts: nlb.Facts) -> nlb.Iterator[nlb.Said]:
    """The primaries against each other, then every instance's MAC in every view."""
    yield from _primaries(facts)
    for node in sorted(set(facts.nodes) - {one.node for one in facts.instances}):
        if facts.answered("cluster", node):
            resolve = "bind NLB there, or take the node out of the site file's cluster"
            yield nlb.gap(node, "it has no NLB instance of this cluster", resolve, f"{node}/cluster")
    made = _hand_made(facts)
    for instance in facts.instances:
        if not (facts.answered("driver", instance.node) and facts.answered("adapters", instance.node)):
            continue  # the lost answer is named already
        if instance.mode is None:
            yield _gap(instance, "its NLB mode is not told, so neither is its MAC")
            continue
        said = [*_configured(facts, instance, made), *_running(facts, instance, made), *_nic(facts, instance, made)]
        mode = nlb.MODE_WORDS[instance.mode]
        saw = f"configuration, driver and NIC agree: {instance.right_mac} for {instance.primary} in {mode}"
        yield from said or [nlb.clear(instance.node, saw, *_labels(facts, instance))]


def _gap(instance: nlb.Instance, why: str) -> nlb.Gap:
    where = f"{instance.node}, {instance.interface or instance.primary}"
    resolve = f"compare `nlb.exe params {instance.primary}` and Get-NetAdapter on {instance.node} by hand"
    return nlb.gap(where, why, resolve, instance.evidence)


def _labels(facts: nlb.Facts, instance: nlb.Instance) -> tuple[str, ...]:
    nic, driver = facts.nlb_nic(instance), _driver(facts, instance)
    return tuple(one.evidence for one in (instance, driver, nic) if one)


def _driver(facts: nlb.Facts, instance: nlb.Instance) -> nlb.Driver | None:
    """The driver's row for an instance: by primary, else the node's only one (which may still hold a former primary)."""
    mine = [one for one in facts.drivers if one.node == instance.node]
    same = [one for one in mine if one.primary == instance.primary]
    return next(iter(same or (mine if len(mine) == 1 else ())), None)


def _hand_made(facts: nlb.Facts) -> nlb.Mac | None:
    """The one MAC that every node is configured with and runs, and that no node's mode and primary give."""
    drivers = [_driver(facts, one) for one in facts.instances]
    held = {one.mac for one in facts.instances if one.mac} | {one.mac for one in drivers if one and one.mac}
    right = {one.right_mac for one in facts.instances}
    return next(iter(held)) if len(held) == 1 and not held & right else None


# ---- the three views ----

HAND_MADE = (
    "every node holds the same one: made by hand (IPToMACEnable 0), and right if switches and routers have it too"
)


def _configured(facts: nlb.Facts, instance: nlb.Instance, made: nlb.Mac | None) -> nlb.Iterator[nlb.Said]:
    if instance.mac is None:
        yield _gap(instance, "neither WMI nor the registry tells which MAC it is configured with")
    elif instance.mac != instance.right_mac:
        anew = nlb.do(
            "In NLB Manager's Cluster Properties set primary address and mode again, and close with OK: that makes the MAC anew"
        )
        back = f"It was configured with {instance.mac} (ClusterNetworkAddress; by hand with IPToMACEnable 0): set that, reload"
        saw = f"it is configured with {_words(instance.mac)}"
        yield _finding(facts, instance, saw, back, anew, possible=HAND_MADE if made else "")


def _running(facts: nlb.Facts, instance: nlb.Instance, made: nlb.Mac | None) -> nlb.Iterator[nlb.Said]:
    driver, back = _driver(facts, instance), "A reload applies what is configured: there is nothing to undo"
    if driver is None or driver.mac is None:
        yield _gap(instance, f"the running driver tells no MAC for the instance {instance.primary}")
    elif driver.primary not in (None, instance.primary):
        saw = f"the running driver still has the primary address {driver.primary}: it was not reloaded after the change"
        yield _finding(facts, instance, saw, back)
    elif driver.mac != instance.right_mac:
        saw = f"the running driver holds {_words(driver.mac)}"
        yield _finding(facts, instance, saw, back, possible=HAND_MADE if made else "")


def _nic(facts: nlb.Facts, instance: nlb.Instance, made: nlb.Mac | None) -> nlb.Iterator[nlb.Said]:
    """In unicast the NIC takes the cluster MAC over, in the multicast modes it keeps its own."""
    nic, mode = facts.nlb_nic(instance), nlb.MODE_WORDS[instance.mode]
    if nic is None or nic.mac is None:
        yield _gap(
            instance, "its NIC is not among the node's adapters" if nic is None else f"the NIC {nic.name} shows no MAC"
        )
        return
    back = f"The NIC's Network Address was {nic.mac}: type it in again"
    clear = (
        "In the NIC's driver properties set Network Address to Not Present, if it is typed in there; if the virtual NIC has it as "
        "its static MAC on the Hyper-V host (a mistake since Server 2012), give it a dynamic one, with the VM off"
    )
    if instance.mode == "unicast" and nic.mac not in (instance.right_mac, made):
        saw = f"the NIC uses {_words(nic.mac)} and not the cluster MAC: NLB is not running on it, or the NIC refused it (event 53)"
        look = nlb.do(
            "Whether the NIC refused it (event 53), and what else NLB logged", "show cluster events", instance.node
        )
        yield _finding(facts, instance, saw, "A reload applies what is configured: there is nothing to undo", look)
    elif instance.mode != "unicast" and nlb.decode(nic.mac).kind in ("cluster", "masked"):
        saw = f"the NIC uses {_words(nic.mac)}: left over from unicast, or copied by hand; in {mode} a NIC keeps its own MAC"
        yield _finding(facts, instance, saw, back, nlb.do(clear), expected=f"the NIC's own MAC, in {mode}")
    elif instance.mode != "unicast" and nic.permanent and nic.mac != nic.permanent:
        saw = f"the NIC uses {nic.mac} and not its own {nic.permanent}: somebody typed it in; without MAC spoofing Hyper-V drops it"
        doubt = "that Windows in a VM shows the vNIC's MAC as the permanent one is UNCONFIRMED"
        yield _finding(
            facts, instance, saw, back, nlb.do(clear), possible=doubt, expected=f"the NIC's own MAC, in {mode}"
        )


def _words(mac: nlb.Mac) -> str:
    read = nlb.decode(mac)
    return f"{mac}, the {nlb.MODE_WORDS[read.mode]} MAC of {read.primary}" if read.mode and read.primary else str(mac)


def _finding(
    facts: nlb.Facts,
    instance: nlb.Instance,
    saw: str,
    back: str,
    *first: nlb.Do,
    possible: str = "",
    expected: str = "",
) -> nlb.Finding:
    """`first`: what comes before the reload, with the node drained. `back`: the undo, in words."""
    node, nic, mode = instance.node, facts.nlb_nic(instance), nlb.MODE_WORDS.get(instance.mode, "")
    alias = nic.name if nic else instance.interface
    uses = (
        instance.right_mac
        if instance.mode == "unicast"
        else f"its own {nic.permanent if nic and nic.permanent else 'MAC'}"
    )
    return nlb.Finding(
        where=f"{node}, {alias}",
        saw=saw,
        expected=expected or f"{instance.right_mac}, made from {mode} and the primary address {instance.primary}",
        seen_by=(node,),
        evidence=_labels(facts, instance),
        severity="warning" if possible else None,
        possible=possible,
        fix=nlb.steps.reloaded(node, alias, *first),
        verify=(
            nlb.do(f"Configuration and driver hold {instance.right_mac}", "show instance", node, primary=instance.primary),
            nlb.do(f"The NIC uses {uses}", "show nic", node, alias=alias or nlb.steps.ANY_NIC),
            *nlb.steps.members(node),
        ),
        undo=(nlb.do(back),),
    )  # fmt: skip


# ---- the primary address ----


def _primaries(facts: nlb.Facts) -> nlb.Iterator[nlb.Finding]:
    """One cluster has one primary address; the site file's VIP, else what most nodes have, tells which is meant."""
    primaries = facts.primaries()
    if len(primaries) < 2:
        return
    most = max(primaries, key=lambda ip: len(primaries[ip]))
    meant, why = (facts.vip, "the site file's VIP") if facts.vip in primaries else (most, "which most nodes have")
    odd = [one for one in facts.instances if one.primary != meant]
    told = "; ".join(f"{ip} on {', '.join(on)}" for ip, on in primaries.items())
    yield nlb.Finding(
        where=", ".join(nlb.once(one.node for one in facts.instances)),
        saw=f"the nodes have different primary addresses: {told}",
        expected="one primary address on every node: it makes the MAC, and whose heartbeats are heard",
        seen_by=nlb.once(one.node for one in facts.instances),
        evidence=nlb.once(one.evidence for one in facts.instances),
        fix=(
            nlb.do(f"Decide which one is meant; here {meant} is taken, {why}. It must be a VIP of the node already"),
            *(step for one in odd for step in _set_primary(one, meant)),
            nlb.do("Then the network: ARP, MAC table and group entries that were made for the other primary's MAC"),
        ),
        verify=(
            *(nlb.do(f"The primary address is {meant}", "show instance", one.node, primary=meant) for one in odd),
            *nlb.steps.members(*(one.node for one in odd)),
        ),
        undo=tuple(step for one in odd for step in _set_primary(one, one.primary)),
    )


def _set_primary(one: nlb.Instance, ip: nlb.IPv4Address | None) -> tuple[nlb.Do, ...]:
    text = f"Give {one.node} the primary {ip}. It changes every node that it reaches: do nothing else until all have converged"
    alias = one.interface or nlb.steps.ANY_NIC
    return nlb.steps.drained(one.node, one.interface, nlb.do(text, "set primary", one.node, ip=ip, alias=alias))


# ---- the truth table: correct it without knowing Python ----

OWN = "00-15-5D-14-00-12"


def row(
    what: str, mode: str, primary: str, configured: str, driver: str, nic: str, want: nlb.Kind
) -> tuple[str, nlb.Facts, nlb.Kind]:
    """Two nodes of one mode; nlb1 has the primary 10.20.0.50 and holds what it must.

    The columns are nlb2's: its primary, the MAC it is configured with, the one its driver holds, the one its NIC uses: `right`,
    `own` (the vNIC's), `none`, a MAC, or `silent` when that was not read. `both MAC`: nlb1 holds the same. driver `former`: it
    still has the primary .49. mode `A B`: nlb1 runs A.
    """
    ex, first, second = nlb.example, mode.split()[0], mode.split()[-1]
    given: list[nlb.Fact] = []
    for node, runs, ip, own in (("nlb1", first, "10.20.0.50", OWN[:-1] + "1"), ("nlb2", second, primary, OWN)):
        right = nlb.cluster_mac(ex.MODES.get(runs, "igmp"), nlb.IPv4Address(ip))
        usual = right if runs == "unicast" else own
        word = {"right": str(right), "own": own, "none": "", "silent": ""}
        held = {}
        for name, text in (("configured", configured), ("driver", driver), ("nic", nic)):
            mine = text.removeprefix("both ") if node == "nlb2" or text.startswith("both ") else "right"
            held[name] = (
                (usual if name == "nic" else str(right)) if mine in ("right", "former") else word.get(mine, mine)
            )
        given.append(ex.instance(node, ip, runs, reported=held["configured"]))
        given.append(ex.nic(node, own, now=held["nic"]))
        former = node == "nlb2" and driver == "former"
        if held["driver"]:
            given.append(ex.driver(node, "10.20.0.49" if former else ip, held["driver"]))
    silent = " ".join(f"nlb2/{need}" for need, text in (("driver", driver), ("adapters", nic)) if text == "silent")
    return what, ex.facts("nlb1 nlb2", ABOUT.needs, given, silent=silent), want


# fmt: off
EXAMPLES = (
    #   what it shows                              mode                 primary       configured                driver                    NIC                       outcome
    row("everything as it must be",                "unicast",           "10.20.0.50", "right",                  "right",                  "right",                  "ruled_out"),
    row("multicast: the NIC keeps its own",        "multicast",         "10.20.0.50", "right",                  "right",                  "own",                    "ruled_out"),
    row("IGMP: two octets",                        "igmp",              "10.20.0.50", "01-00-5E-7F-00-32",      "01-00-5e-7f-00-32",      "own",                    "ruled_out"),
    row("the driver was not reloaded",             "unicast",           "10.20.0.50", "right",                  "02-BF-0A-14-00-31",      "right",                  "confirmed"),
    row("the driver has the former primary",       "unicast",           "10.20.0.50", "right",                  "former",                 "right",                  "confirmed"),
    row("the registry was edited",                 "multicast",         "10.20.0.50", "03-BF-01-02-03-04",      "right",                  "own",                    "confirmed"),
    row("the NIC refused the cluster MAC",         "unicast",           "10.20.0.50", "right",                  "right",                  "own",                    "confirmed"),
    row("left over from unicast",                  "igmp",              "10.20.0.50", "right",                  "right",                  "02-BF-0A-14-00-32",      "confirmed"),
    row("a MAC that somebody typed in",            "igmp",              "10.20.0.50", "right",                  "right",                  "00-11-22-33-44-55",      "possible"),
    row("another primary on one node",             "unicast",           "10.20.0.51", "right",                  "right",                  "right",                  "confirmed"),
    row("modes differ: another cause, a trap",     "multicast unicast", "10.20.0.50", "right",                  "right",                  "right",                  "ruled_out"),
    row("one hand-made MAC on every node",         "unicast",           "10.20.0.50", "both 02-BF-00-00-00-01", "both 02-BF-00-00-00-01", "both 02-BF-00-00-00-01", "possible"),
    row("hand-made on one node only",              "unicast",           "10.20.0.50", "02-BF-00-00-00-01",      "02-BF-00-00-00-01",      "02-BF-00-00-00-01",      "confirmed"),
    row("nobody tells the configured MAC",         "unicast",           "10.20.0.50", "none",                   "right",                  "right",                  "unknown"),
    row("the driver tells none",                   "unicast",           "10.20.0.50", "right",                  "none",                   "right",                  "unknown"),
    row("the mode is not known",                   "unicast unknown",   "10.20.0.50", "right",                  "right",                  "right",                  "unknown"),
    row("the driver was not read",                 "unicast",           "10.20.0.50", "right",                  "silent",                 "right",                  "unknown"),
    row("the adapters were not read",              "unicast",           "10.20.0.50", "right",                  "right",                  "silent",                 "unknown"),
)
# fmt: on
