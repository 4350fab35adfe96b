"""What `nlb.exe` prints on a simulated node: `query` and `params`, in English.

Sources: KB 812870 (phrases of `query`), HP uCMDB's discovery of WLBS (a public sample of `params` of Server 2003). The
line of a converged host that is not the default one, and the banner's years, are UNCONFIRMED.
"""

from collections.abc import Iterator

from nlbwiz.lab import formulas, views
from nlbwiz.lab.machines import Instance, Node
from nlbwiz.lab.views import mask
from nlbwiz.lab.world import World

BANNER = "WLBS Cluster Control Utility V2.6 (c) 1997-2013 Microsoft Corporation."
CONVERGING = 1006


def query(world: World, node: Node) -> list[str]:
    """`nlb.exe query` without arguments: the node's own instances, and which hosts each counts as members."""
    lines = [BANNER]
    for instance in node.instances:
        code = views.state(world, node, instance.cluster)
        lines.append(f"Cluster {instance.primary}")
        phrases = {
            views.DEFAULT: "converged as DEFAULT with the following host(s) as part of the cluster:",
            views.CONVERGED: "converged with the following host(s) as part of the cluster:",
            CONVERGING: "converging with the following host(s) as part of the cluster:",
        }
        if code in phrases:
            lines.append(f"Host {instance.priority} {phrases[code]}")
            lines.append(", ".join(map(str, views.members(world, node, instance.cluster))))
        else:
            lines.append(f"Host {instance.priority} is {views.STATE_TEXT[code].lower()}.")
    return lines


def params(world: World, node: Node) -> list[str]:
    """`nlb.exe params`: what the running driver holds."""
    return [BANNER, *(line for instance in node.instances for line in _params(node, instance))]


def _params(node: Node, instance: Instance) -> Iterator[str]:
    yes = {True: "ENABLED", False: "DISABLED"}
    values = (
        ("HostName", node.computer),
        ("ParametersVersion", "6"),
        ("CurrentVersion", "00000204"),
        ("EffectiveVersion", "00000201"),
        ("HostPriority", str(instance.priority)),
        ("ClusterIPAddress", str(instance.primary)),
        ("ClusterNetworkMask", mask(instance.prefix)),
        ("DedicatedIPAddress", str(instance.dip)),
        ("DedicatedNetworkMask", mask(instance.prefix)),
        ("McastIPAddress", views.group_text(instance)),
        ("ClusterName", instance.label),
        ("ClusterNetworkAddress", formulas.dashes(views.driver_mac(instance)).lower()),
        ("IPToMACEnable", yes[instance.reported_mac is None]),
        ("MulticastSupportEnable", yes[instance.mode != "unicast"]),
        ("IGMPSupport", yes[instance.mode == "igmp"]),
        ("MulticastARPEnable", yes[True]),
        ("MaskSourceMAC", yes[instance.masked]),
        ("AliveMsgPeriod", "1000"),
        ("AliveMsgTolerance", "5"),
    )
    yield f"Cluster {instance.primary}"
    yield "Retrieving parameters"
    for key, value in values:
        yield f"{key:<25}= {value}"
