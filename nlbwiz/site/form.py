"""The form of a site file: every table, every key, what it means and which JSON it takes.

Read by the loader (which keys exist), by the schema (all of it) and by the tests (nothing is left out).
"""

from collections.abc import Mapping
from dataclasses import dataclass

NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}"
"""A name in the site file. No colon and no slash: `switch:port` and `target/probe` must stay unambiguous."""

RESERVED = ("jump", "operator")
"""Targets that every site has."""

AUTHS = ("auto", "ntlm", "kerberos", "basic")

PLATFORMS = (  # the rows of the vendor matrix (reference: switch-cli 2)
    "alcatel-aos6",
    "allied-awplus",
    "arista-eos",
    "aruba-cx",
    "cisco-ios",
    "cisco-nxos",
    "dell-n-series",
    "dell-os10",
    "dell-os9",
    "dell-powerconnect",
    "extreme-eos",
    "extreme-exos",
    "hpe-comware",
    "hpe-procurve",
    "huawei-vrp",
    "juniper-junos",
    "lenovo-enos",
    "linux-bridge",
    "mikrotik-routeros",
)

MOST_NODES = 32
"""NLB takes 32 nodes, host priorities 1 to 32 (MicrosoftNLB_NodeSetting.HostPriority)."""

RANGES = {"total_s": (1.0, 3600.0), "target_s": (1.0, 3600.0), "snmp_s": (0.05, 30.0)}
"""Lowest and highest value of each limit, in seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key of a table: what it says to the operator, the JSON Schema of its value, whether it must be there."""

    says: str
    takes: Mapping[str, object]
    must: bool = False
    write: str = ""
    """For a key that must be there: the line to write, as an example."""


def _ref(name: str) -> dict[str, object]:
    return {"$ref": f"#/$defs/{name}"}


_TEXT: Mapping[str, object] = {"type": "string", "minLength": 1}

_ADDRESS = Key(
    says="The machine's own IP address: who it is.", takes=_ref("address"), must=True, write='address = "172.31.3.11"'
)

_WINDOWS = {
    "address": _ADDRESS,
    "endpoint": Key(
        says='Where WinRM is reached, when that is not http on port 5985 of the address: "host", "host:port", "https://host".',
        takes=_ref("winrm"),
    ),
    "credential": Key(
        says="Reference to USER:PASSWORD of an account that may read.",
        takes=_ref("reference"),
        must=True,
        write='credential = "env:NLBWIZ_WIN", a variable with USER:PASSWORD',
    ),
    "auth": Key(says="How to sign in. auto: Kerberos when there is a ticket, else NTLM.", takes={"enum": list(AUTHS)}),
    "insecure": Key(says="Take any certificate; with auth = basic also plain HTTP.", takes={"type": "boolean"}),
    "ca": Key(says="PEM file to verify the certificate with, relative to this file.", takes=_TEXT),
}

_SNMP = {
    "address": _ADDRESS,
    "endpoint": Key(
        says='Where SNMP is reached, when that is not port 161 of the address: "host:port".', takes=_ref("agent")
    ),
    "snmp": Key(
        says="Reference to a community, or to USER:sha256:KEY:aes128:KEY.",
        takes=_ref("reference"),
        must=True,
        write='snmp = "env:NLBWIZ_SNMP", a variable with the community',
    ),
    "platform": Key(says="Whose commands to print; detected when left out.", takes={"enum": list(PLATFORMS)}),
}


def _seconds(name: str, says: str) -> Key:
    low, high = RANGES[name]
    return Key(says=f"{says} {low:g} to {high:g} seconds.", takes={"type": "number", "minimum": low, "maximum": high})


NAMED: Mapping[str, Mapping[str, Key]] = {
    "node": {**_WINDOWS, "host": Key(says="Name of the Hyper-V host the node is expected on.", takes=_ref("name"))},
    "host": {
        **_WINDOWS,
        "uplinks": Key(
            says='Switch ports the host is cabled to, as "switch:port"; source: operator.',
            takes={"type": "array", "items": _ref("uplink"), "uniqueItems": True},
        ),
    },
    "switch": _SNMP,
    "gateway": _SNMP,
    "cluster": {
        "vip": Key(
            says="A virtual IP address of the cluster, the primary one or another.",
            takes=_ref("address"),
            must=True,
            write='vip = "172.31.3.232", a virtual address of the cluster',
        ),
        "nodes": Key(
            says="Names of the cluster's nodes.",
            takes={"type": "array", "items": _ref("name"), "minItems": 1, "maxItems": MOST_NODES, "uniqueItems": True},
            must=True,
            write='nodes = ["nlb1", "nlb2"], each the NAME of a [node.NAME]',
        ),
    },
}
"""Tables that are written once for each name: `[node.NAME]`."""

SINGLE: Mapping[str, Mapping[str, Key]] = {
    "jump": {
        "neighbours": Key(
            says="File in the form of `ip -j neigh`, read instead of this machine's own neighbour table.", takes=_TEXT
        ),
        "addresses": Key(
            says='This machine\'s addresses as "address/prefix", instead of its own interfaces.',
            takes={"type": "array", "items": _ref("cidr"), "uniqueItems": True},
        ),
        "look": Key(
            says="false: send no ARP request; else ordinary ones ask who has the cluster's addresses.",
            takes={"type": "boolean"},
        ),
    },
    "limits": {
        "total_s": _seconds("total_s", "The whole run."),
        "target_s": _seconds("target_s", "One machine."),
        "snmp_s": _seconds("snmp_s", "One SNMP answer."),
    },
}
"""Tables that are written at most once: `[limits]`."""

LISTED: Mapping[str, Mapping[str, Key]] = {
    "accept": {
        "cause": Key(
            says="Id of the cause that is accepted.",
            takes={"type": "string", "pattern": "^NLB[0-9]{3}$"},
            must=True,
            write='cause = "NLB006" (`nlbwiz explain` lists the ids)',
        ),
        "cluster": Key(
            says="Name of the cluster it is accepted for.",
            takes=_ref("name"),
            must=True,
            write='cluster = "web", the NAME of a [cluster.NAME]',
        ),
        "reason": Key(
            says="Why, and who decided it.",
            takes={"type": "string", "minLength": 1, "maxLength": 500},
            must=True,
            write='reason = "who decided it, and why"',
        ),
        "until": Key(
            says="Last day of the exception: a date without quotes.",
            takes={"type": "string", "format": "date"},
            must=True,
            write="until = 2027-03-31, the last day of the exception, without quotes",
        ),
    }
}
"""Tables that are written once for each entry: `[[accept]]`."""

TABLES: Mapping[str, Mapping[str, Key]] = {**NAMED, **SINGLE, **LISTED}
