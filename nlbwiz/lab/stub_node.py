"""What the stub modules of a simulated NLB node read: TCP/IP, registry, and NLB as its module and its WMI provider show it.

The names are those of the cmdlets' and WMI classes' properties (windows-powershell-docs; win32: WlbsProv,
netadaptercimprov, nettcpipprov), the values are JSON-ready.
"""

from nlbwiz.lab import arp, formulas, node_sections, views
from nlbwiz.lab.machines import Instance, Nic, Node
from nlbwiz.lab.node_sections import LOOPBACK_INDEX, LOOPBACK_NAME, NLB, moment
from nlbwiz.lab.stub_common import SERVICES, Values, neighbor, unreachable, windows
from nlbwiz.lab.views import mask
from nlbwiz.lab.world import World

TCPIP = f"{SERVICES}\\Tcpip\\Parameters"
WLBS = f"{SERVICES}\\WLBS"
KVP = "HKLM:\\SOFTWARE\\Microsoft\\Virtual Machine\\Guest\\Parameters"
DRIVER_STATE = {1005: "Stopped", 1013: "Suspended"}
"""CurrentHostState of a node that does not run; a running one is Started."""
MODE = {"unicast": "UNICAST", "multicast": "MULTICAST", "igmp": "IGMPMULTICAST"}
RULE_PROTOCOL = {"Tcp": 1, "Udp": 2, "Both": 3}
RULE_MODE = {"Single": 1, "Multiple": 2, "Disabled": 3}
RULE_AFFINITY = {"None": 0, "Single": 1, "Network": 2}
RULE_STATE = {"NotFound": 0, "Enabled": 1, "Disabled": 2, "Draining": 3}
"""Integers of MicrosoftNLB_PortRuleEx."""


def machine(world: World, node: Node) -> Values:
    """Everything of a node."""
    held = windows(world, node, ("System",))
    held["culture"] = node.culture
    if node.tools:
        held["providers"].append(NLB)
    if "wmi" in node.tools:
        held["cim"]["root\\MicrosoftNLB"] = _wmi(world, node)
    held["cim"]["root\\StandardCimv2"] = {"MSFT_NetIPInterface": _cim_interfaces(node)}
    return {
        **held,
        "registry": _registry(node),
        "adapters": [_nic(world, node, nic) for nic in node.nics],
        "addresses": _addresses(node),
        "interfaces": [_interface(nic) for nic in node.nics] + [_interface(None)],
        "neighbors": [*map(neighbor, arp.node_neighbors(world, node)), unreachable(node.nics[0].index)],
        "nlb": [_instance(world, node, instance) for instance in node.instances],
    }


def _nic(world: World, node: Node, nic: Nic) -> Values:
    return {
        "Name": nic.name,
        "InterfaceDescription": nic.description,
        "InterfaceGuid": nic.guid,
        "InterfaceIndex": nic.index,
        "MacAddress": formulas.dashes(views.nic_mac(world, node, nic)),
        "PermanentAddress": formulas.bare(views.permanent_mac(world, node, nic)),
        "Status": nic.status,
        "ConnectorPresent": True,
        "Speed": nic.speed,
        "DriverVersion": nic.driver_version,
        "DriverDate": nic.driver_date,
        "DriverProvider": nic.driver_provider,
    }


def _addresses(node: Node) -> list[Values]:
    rows = []
    for nic in node.nics:
        for each in nic.addresses:
            row = {
                "IPAddress": str(each.ip),
                "PrefixLength": each.prefix,
                "InterfaceIndex": nic.index,
                "InterfaceAlias": nic.name,
                "SkipAsSource": each.skip_as_source,
                "PrefixOrigin": each.origin,
            }
            if each.state is not None:
                rows.append({**row, "Store": "ActiveStore", "AddressState": each.state})
            if each.persistent:
                rows.append({**row, "Store": "PersistentStore", "AddressState": "Invalid"})
    loopback = {
        "IPAddress": "127.0.0.1",
        "PrefixLength": 8,
        "InterfaceIndex": LOOPBACK_INDEX,
        "InterfaceAlias": LOOPBACK_NAME,
        "SkipAsSource": False,
        "PrefixOrigin": "WellKnown",
        "Store": "ActiveStore",
        "AddressState": "Preferred",
    }
    return [*rows, loopback]


def _interface(nic: Nic | None) -> Values:
    return {
        "InterfaceIndex": nic.index if nic else LOOPBACK_INDEX,
        "InterfaceAlias": nic.name if nic else LOOPBACK_NAME,
        "DadTransmits": nic.dad_transmits if nic else 0,
        "Dhcp": nic.dhcp if nic else "Disabled",
        "Forwarding": nic.forwarding if nic else "Disabled",
        "WeakHostSend": nic.weak_send if nic else "Disabled",
        "WeakHostReceive": nic.weak_receive if nic else "Disabled",
    }


def _cim_interfaces(node: Node) -> list[Values]:
    """The same as MSFT_NetIPInterface has it: integers, IPv6 and the persistent store beside."""
    rows = []
    for nic in (*node.nics, None):
        row = _interface(nic)
        numbers = {key: int(row[key] == "Enabled") for key in ("Dhcp", "Forwarding", "WeakHostSend", "WeakHostReceive")}
        rows += [{**row, **numbers, "AddressFamily": family, "Store": store} for family in (2, 23) for store in (0, 1)]
    return rows


def _registry(node: Node) -> dict[str, Values]:
    tcpip: Values = {"Hostname": node.computer, "IPEnableRouter": 0}
    if node.arp_retry_count is not None:
        tcpip["ArpRetryCount"] = node.arp_retry_count
    keys = {TCPIP: tcpip}
    for nic in node.nics:
        keys[f"{TCPIP}\\Interfaces\\{nic.guid}"] = {
            "EnableDHCP": 0,
            "IPAddress": [str(each.ip) for each in nic.addresses if each.persistent],
        }
    if node.tools:
        keys[WLBS] = {"Start": 3}
    if "registry" in node.tools:
        for instance in node.instances:
            values = node_sections.registry_values(instance)
            keys[f"{WLBS}\\Parameters\\Interface\\{node.nic(instance.nic).guid}"] = {
                name: int(value) if value.isdigit() else value for name, value in values.items()
            }
    if node.kvp_host is not None:
        keys[KVP] = {
            "HostName": node.kvp_host,
            "PhysicalHostName": node.kvp_host,
            "PhysicalHostNameFullyQualified": f"{node.kvp_host}.{node.domain}",
            "VirtualMachineName": node.vm,
        }
    return keys


def _instance(world: World, node: Node, instance: Instance) -> Values:
    """An NLB instance as its module shows it."""
    code = views.state(world, node, instance.cluster)
    return {
        "Interface": instance.nic,
        "Name": instance.label,
        "Primary": str(instance.primary),
        "Mask": mask(instance.prefix),
        "Mode": MODE[instance.mode],
        "Vips": [str(ip) for ip in instance.vips],
        "Dip": str(instance.dip),
        "State": views.STATE_TEXT[code],
        "HostPriority": instance.priority,
        "InitialHostState": instance.initial,
        "MaskSourceMac": instance.masked,
        "DriverMac": formulas.dashes(views.driver_mac(instance)),
        "DriverState": DRIVER_STATE.get(code, "Started"),
        "Rules": [
            {
                "VirtualIPAddress": str(rule.vip),
                "StartPort": rule.start,
                "EndPort": rule.end,
                "Protocol": rule.protocol,
                "FilteringMode": rule.filtering,
                "Affinity": rule.affinity,
                "Priority": rule.priority,
                "PortState": rule.state,
            }
            for rule in instance.rules
        ],
        "History": [
            {"Time": moment(row.at), "FromState": row.before, "ToState": row.after}
            for row in reversed(instance.history)
        ],
    }


def _wmi(world: World, node: Node) -> dict[str, list[Values]]:
    """root\\MicrosoftNLB (WlbsProv.dll). Another node of each cluster is listed too, without its state."""
    classes: dict[str, list[Values]] = {
        f"MicrosoftNLB_{name}": [] for name in ("ClusterSetting", "NodeSetting", "Node", "PortRuleEx")
    }
    for instance in node.instances:
        code = views.state(world, node, instance.cluster)
        guid = node.nic(instance.nic).guid
        label = f"{instance.primary}:{instance.priority}"
        classes["MicrosoftNLB_ClusterSetting"].append(
            {
                "Name": label,
                "ClusterName": instance.label,
                "ClusterIPAddress": str(instance.primary),
                "ClusterNetworkMask": mask(instance.prefix),
                "ClusterMACAddress": formulas.dashes(views.reported_mac(instance)),
                "MulticastSupportEnabled": instance.mode != "unicast",
                "IGMPSupport": instance.mode == "igmp",
                "MulticastIPAddress": views.group_text(instance),
                "AdapterGuid": guid,
            }
        )
        classes["MicrosoftNLB_NodeSetting"].append(
            {
                "Name": label,
                "DedicatedIPAddresses": [str(instance.dip)],
                "DedicatedNetworkMasks": [mask(instance.prefix)],
                "HostPriority": instance.priority,
                "ClusterModeOnStart": instance.initial == "Started",
                "MaskSourceMAC": instance.masked,
                "AdapterGuid": guid,
            }
        )
        own = {"Name": label, "ComputerName": f"{node.computer}.{node.domain}", "HostPriority": instance.priority}
        other = {
            "Name": f"{instance.primary}:32",
            "ComputerName": "",
            "HostPriority": 32,
            "Status": "",
            "StatusCode": 0,
        }
        classes["MicrosoftNLB_Node"] += [{**own, "Status": views.STATE_TEXT[code], "StatusCode": code}, other]
        classes["MicrosoftNLB_PortRuleEx"] += [
            {
                "Name": label,
                "VirtualIpAddress": str(rule.vip),
                "StartPort": rule.start,
                "EndPort": rule.end,
                "Protocol": RULE_PROTOCOL[rule.protocol],
                "FilteringMode": RULE_MODE[rule.filtering],
                "Affinity": RULE_AFFINITY[rule.affinity or "None"],
                "Priority": rule.priority or 1,
                "PortState": RULE_STATE[rule.state],
                "AdapterGuid": guid,
            }
            for rule in instance.rules
        ]
    return classes
