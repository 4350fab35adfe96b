"""Site files for the tests: a whole one, and one wrong spot at a time."""

from collections.abc import Callable
from dataclasses import dataclass

WHOLE = """\
[node.nlb1]
address = "172.31.3.11"
endpoint = "127.0.1.1:5985"
credential = "env:NLBWIZ_WIN"
host = "hv1"
[node.nlb2]
address = "172.31.3.12"
credential = "env:NLBWIZ_WIN"
[host.hv1]
address = "172.31.3.21"
credential = "env:NLBWIZ_WIN"
uplinks = ["sw1:ch1"]
[switch.sw1]
address = "172.31.3.2"
snmp = "env:NLBWIZ_SNMP"
platform = "dell-powerconnect"
[gateway.gw1]
address = "172.31.3.1"
snmp = "env:NLBWIZ_SNMP"
[cluster.web]
vip = "172.31.3.232"
nodes = ["nlb1", "nlb2"]
[jump]
neighbours = "neigh.json"
addresses = ["172.31.3.5/24"]
[limits]
total_s = 60
[[accept]]
cause = "NLB006"
cluster = "web"
reason = "legacy, see CHG-1234"
until = 2027-03-31
"""
"""The example that documents the form, with its second node written out."""


@dataclass(frozen=True)
class Wrong:
    """One mistake: what is replaced by what in WHOLE, the path to be named, words the message must hold.

    `schema`: a JSON Schema can tell too.
    """

    what: str
    old: str
    new: str
    path: str
    words: tuple[str, ...]
    schema: bool = True

    def __str__(self) -> str:
        return self.what

    def text(self) -> str:
        assert WHOLE.count(self.old) == 1, f"{self.old!r} must stand once in WHOLE"
        return WHOLE.replace(self.old, self.new)


def wrong(what: str, old: str, new: str, path: str, *words: str, schema: bool = True) -> Wrong:
    return Wrong(what, old, new, path, words, schema)


def spot(path: str, old: str, new: str) -> Callable[..., Wrong]:
    """A maker of rows that differ in one value: `new` is the line with @ where the value goes."""

    def row(what: str, value: str, *words: str, schema: bool = True) -> Wrong:
        return Wrong(what, old, new.replace("@", value), path, words, schema)

    return row


VIP = 'vip = "172.31.3.232"'
NODES = 'nodes = ["nlb1", "nlb2"]'
ENDPOINT = 'endpoint = "127.0.1.1:5985"'
HOST = 'host = "hv1"'
UPLINKS = 'uplinks = ["sw1:ch1"]'
PLATFORM = 'platform = "dell-powerconnect"'
LIMIT = "total_s = 60"
REASON = 'reason = "legacy, see CHG-1234"'
UNTIL = "until = 2027-03-31"
OWN = 'addresses = ["172.31.3.5/24"]'
NLB1 = 'address = "172.31.3.11"'
NLB2 = 'address = "172.31.3.12"'
NLB2_CREDENTIAL = f'{NLB2}\ncredential = "env:NLBWIZ_WIN"'
SW1_SNMP = 'address = "172.31.3.2"\nsnmp = "env:NLBWIZ_SNMP"'
GW1_ADDRESS = '[gateway.gw1]\naddress = "172.31.3.1"'
GW1 = f'{GW1_ADDRESS}\nsnmp = "env:NLBWIZ_SNMP"'
SECRET = "hunter2"
"""Stands in rows where a secret was typed into the file: no message may repeat it."""

vip = spot("cluster.web.vip", VIP, "vip = @")
address = spot("node.nlb1.address", NLB1, "address = @")
endpoint = spot("node.nlb1.endpoint", ENDPOINT, "endpoint = @")
credential = spot("node.nlb2.credential", NLB2_CREDENTIAL, f"{NLB2}\ncredential = @")

KEYS = (
    wrong("an unknown table", "[limits]", "[limit]", "limit", "unknown table", "did you mean [limits]?"),
    wrong("an unknown table far from all", LIMIT, f"{LIMIT}\n[zzz]", "zzz", "unknown table", "node, host, switch"),
    wrong("an unknown key at the top", "[node.nlb1]", 'sit = "dc1"\n[node.nlb1]', "sit", "unknown key"),
    wrong("an unknown key", HOST, 'hosts = "hv1"', "node.nlb1.hosts", "unknown key", 'did you mean "host"?'),
    wrong("a required key misspelled", NLB1, f"adress{NLB1[7:]}", "node.nlb1.adress", 'did you mean "address"?'),
    wrong("a key in capitals", VIP, VIP.replace("vip", "VIP"), "cluster.web.VIP", 'did you mean "vip"?'),
    wrong("a password beside the credential", HOST, f'password = "{SECRET}"', "node.nlb1.password", '"env:NAME"'),
    wrong("a community for snmp", GW1, f'{GW1_ADDRESS}\ncommunity = "{SECRET}"', "gateway.gw1.community", '"env:NAME"'),
    wrong("another spelling", "neighbours", "neighbors", "jump.neighbors", 'did you mean "neighbours"?'),
    wrong("an unknown key of an exception", UNTIL, f"{UNTIL}\nby = 'me'", "accept[1].by", "unknown key"),
    wrong("dots in a name", "[node.nlb2]", "[node.nlb2.example.net]", "node.nlb2.example", "in quotes"),
    wrong(
        "a machine without a name", GW1, f'[gateway]\ngw1 = "{SECRET}"', "gateway.gw1", "[gateway.NAME]", "not shown"
    ),
    wrong("an array of machines", GW1, "[[gateway]]", "gateway", "an array of 1", "[gateway.NAME]"),
    wrong("a plain table of exceptions", "[[accept]]", "[accept]", "accept", "a table", "two brackets"),
    wrong("limits as an array", "[limits]", "[[limits]]", "limits", "an array of 1", "one table [limits]"),
    wrong("a name with a slash", "[gateway.gw1]", '[gateway."gw/1"]', 'gateway."gw/1"', "rename"),
    wrong("an empty name", "[gateway.gw1]", '[gateway.""]', 'gateway.""', "rename"),
    wrong("a name of nlbwiz's own", "[gateway.gw1]", "[gateway.jump]", "gateway.jump", "nlbwiz itself"),
    wrong("no address", f"[node.nlb2]\n{NLB2}", "[node.nlb2]", "node.nlb2.address", "missing", "; add address = "),
    wrong(
        "no credential", NLB2_CREDENTIAL, NLB2, "node.nlb2.credential", "missing", '; add credential = "env:NLBWIZ_WIN"'
    ),
    wrong("no community", SW1_SNMP, 'address = "172.31.3.2"', "switch.sw1.snmp", "missing"),
    wrong("no VIP", VIP, "", "cluster.web.vip", "missing"),
    wrong("no nodes", NODES, "", "cluster.web.nodes", "missing", "; add nodes = ["),
    wrong("an exception without an end", UNTIL, "", "accept[1].until", "missing", "; add until = 2027-03-31"),
)

VALUES = (
    vip("a VIP that is no address", '"web.example.net"', '"web.example.net"', "stands for"),
    vip("a VIP with a prefix", '"172.31.3.232/24"', "prefix"),
    vip("a loopback VIP", '"127.0.0.1"', "loopback", schema=False),
    vip("a multicast VIP", '"239.255.3.232"', "no machine", schema=False),
    vip("an octet too large", '"172.31.3.256"', '"172.31.3.256"'),
    vip("a leading zero", '"172.31.03.232"', '"172.31.03.232"'),
    address("0.0.0.0", '"0.0.0.0"', "no machine", schema=False),
    address("a broadcast address", '"255.255.255.255"', "no machine", schema=False),
    address("a name as address", '"nlb1.example.net"', "goes into endpoint"),
    address("an address as a number", "172", "found 172", "as text"),
    address("an address as an array", '["172.31.3.11"]', "an array of 1"),
    address("an empty address", '""', "an empty text"),
    address("a zone", '"fe80::1%eth0"', "zone"),
    address("IPv4 in IPv6", '"::ffff:172.31.3.11"', '"172.31.3.11"', schema=False),
    endpoint("a port too large", '"nlb1:70000"', "1 to 65535", schema=False),
    endpoint("no port after the colon", '"nlb1:"', "1 to 65535"),
    endpoint("port 0", '"nlb1:0"', "1 to 65535", schema=False),
    endpoint("a port in words", '"nlb1:http"', "1 to 65535"),
    endpoint("another scheme", '"ssh://nlb1"', "http or https"),
    endpoint("a path", '"http://nlb1/wsman"', "leave out"),
    endpoint("IPv6 without brackets", '"2001:db8::11:5985"', "brackets"),
    endpoint("a name in brackets", '"[nlb1]"', "only an IPv6 address"),
    endpoint("a zone in brackets", '"[fe80::1%eth0]"', "zone"),
    endpoint("a name with an umlaut", '"h\u00f6st"', "xn--"),
    endpoint("nearly an address", '"172.31.3.256"', "correct the host", schema=False),
    endpoint("an empty endpoint", '""', "an empty text"),
    endpoint("an account in the endpoint", f'"http://me:{SECRET}@nlb1"', "by credential", "not shown"),
    endpoint("http on the port of https", '"nlb1:5986"', '"https://nlb1:5986"', schema=False),
    endpoint("an endpoint as a number", "5985", "found 5985"),
    wrong("a scheme before an agent", PLATFORM, 'endpoint = "udp://sw1"', "switch.sw1.endpoint", "before the host"),
    wrong("an agent as a number", PLATFORM, "endpoint = 161", "switch.sw1.endpoint", "found 161"),
    credential("a literal account", f'"admin:{SECRET}"', "not shown", "env:NAME"),
    credential("a literal password", f'"{SECRET}"', "not shown", "env:NAME"),
    credential("a number as password", "4711", "not shown"),
    credential("an empty credential", '""', "an empty text"),
    credential("a table as credential", f'{{user = "me", password = "{SECRET}"}}', "a table"),
    credential("an array as credential", f'["me", "{SECRET}"]', "an array"),
    credential("a scheme misspelled", f'"keyrng:{SECRET}/x"', "did you mean keyring:"),
    credential("a scheme in capitals", f'"ENV:{SECRET}"', "did you mean env:"),
    credential("no variable", '"env:"', "environment variable"),
    credential("a password after env:", f'"env:{SECRET}!"', "not shown"),
    credential("no path", '"file:"', "path of a file"),
    credential("no command", '"command: "', "a program"),
    credential("a keyring without user", '"keyring:nlbwiz"', "slash"),
    wrong("an unknown sign-in", HOST, 'auth = "ntml"', "node.nlb1.auth", 'did you mean "ntlm"?'),
    wrong("auth as a number", HOST, "auth = 1", "node.nlb1.auth", "found 1", "auto, ntlm, kerberos, basic"),
    wrong("a quoted truth", HOST, 'insecure = "true"', "node.nlb1.insecure", "without quotes"),
    wrong("an empty path", HOST, 'ca = ""', "node.nlb1.ca", "an empty text"),
    wrong("a home of nobody", HOST, 'ca = "~no-such-user/ca.pem"', "node.nlb1.ca", "no home here", schema=False),
    wrong("a steering path", '"neigh.json"', '"a\\u009b2Jb"', "jump.neighbours", "\\x9b2J", schema=False),
    wrong("a platform misspelled", PLATFORM, 'platform = "cisco-oss"', "switch.sw1.platform", '"cisco-ios"?'),
    wrong("an unknown platform", PLATFORM, 'platform = "zzz"', "switch.sw1.platform", "cisco-ios", "detected"),
    wrong("uplinks as text", UPLINKS, 'uplinks = "sw1:ch1"', "host.hv1.uplinks", "square brackets"),
    wrong("an uplink without port", UPLINKS, 'uplinks = ["sw1"]', "host.hv1.uplinks[1]", "switch:port"),
    wrong("an uplink twice", UPLINKS, 'uplinks = ["sw1:1", "sw1:1"]', "host.hv1.uplinks[2]", "host.hv1.uplinks[1]"),
    wrong(
        "an empty cluster", NODES, "nodes = []", "cluster.web.nodes", "at least 1", '; write nodes = ["nlb1", "nlb2"]'
    ),
    wrong("a node that is a number", NODES, 'nodes = ["nlb1", 2]', "cluster.web.nodes[2]", "found 2"),
    wrong("a node twice", NODES, 'nodes = ["nlb1", "nlb1"]', "cluster.web.nodes[2]", "cluster.web.nodes[1]"),
    wrong("no prefix length", OWN, 'addresses = ["172.31.3.5"]', "jump.addresses[1]", "prefix length"),
    wrong("a prefix too long", OWN, 'addresses = ["172.31.3.5/33"]', "jump.addresses[1]", "correct", schema=False),
    wrong("an own address as a number", OWN, "addresses = [24]", "jump.addresses[1]", "found 24"),
    wrong("a limit of nothing", LIMIT, "total_s = 0", "limits.total_s", "1 to 3600"),
    wrong("a limit without end", LIMIT, "target_s = inf", "limits.target_s", "found inf"),
    wrong("a limit that is no number", LIMIT, "snmp_s = nan", "limits.snmp_s", "found nan", schema=False),
    wrong("a quoted limit", LIMIT, 'total_s = "60"', "limits.total_s", 'found "60"'),
    wrong("a true limit", LIMIT, "total_s = true", "limits.total_s", "found true"),
    wrong("a slug as cause", '"NLB006"', '"arp_retry_count"', "accept[1].cause", '"arp_retry_count"'),
    wrong("an empty reason", REASON, 'reason = ""', "accept[1].reason", "an empty text"),
    wrong("no reason", REASON, "", "accept[1].reason", "missing", '; add reason = "who decided it, and why"'),
    wrong("a reason of two lines", REASON, 'reason = "a\\nb"', "accept[1].reason", "one line", schema=False),
    wrong("a quoted date", UNTIL, 'until = "2027-03-31"', "accept[1].until", "without quotes", schema=False),
    wrong("a date with a time", UNTIL, "until = 2027-03-31T12:00:00", "accept[1].until", "the day alone"),
)

AGREEMENT = (
    wrong("an unknown node", NODES, 'nodes = ["nlb1", "nbl2"]', "cluster.web.nodes[2]", 'did you mean "nlb2"?'),
    wrong("a host in a cluster", NODES, 'nodes = ["nlb1", "hv1"]', "cluster.web.nodes[2]", '"hv1" is a host'),
    wrong("an unknown host", HOST, 'host = "zzz"', "node.nlb1.host", "[host.zzz]"),
    wrong("an unknown switch", UPLINKS, 'uplinks = ["sw9:ch1"]', "host.hv1.uplinks[1]", 'did you mean "sw1"?'),
    wrong("an uplink to a gateway", UPLINKS, 'uplinks = ["gw1:ch1"]', "host.hv1.uplinks[1]", '"gw1" is a gateway'),
    wrong("an unknown cluster", 'cluster = "web"', 'cluster = "wbe"', "accept[1].cluster", 'did you mean "web"?'),
    wrong("one name for two machines", "[gateway.gw1]", "[gateway.SW1]", "gateway.SW1", "taken by switch.sw1"),
    address("the VIP as a node's address", '"172.31.3.232"', "cluster.web.vip", "arbitrary node"),
    endpoint("the VIP as an endpoint", '"https://172.31.3.232"', "cluster.web.vip", "arbitrary node"),
    wrong("an address twice", NLB2, 'address = "172.31.3.11"', "node.nlb2.address", "node.nlb1.address already"),
    wrong(
        "a switch as gateway too", GW1_ADDRESS, '[gateway.gw1]\naddress = "172.31.3.2"', "gateway.gw1.address", "routes"
    ),
    wrong("an endpoint twice", NLB2, f"{NLB2}\n{ENDPOINT}", "node.nlb2.endpoint", "node.nlb1.endpoint already"),
    wrong(
        "another's address",
        NLB2,
        f'{NLB2}\nendpoint = "172.31.3.21"',
        "node.nlb2.endpoint",
        "host.hv1.endpoint already",
    ),
    wrong("an agent twice", PLATFORM, 'endpoint = "172.31.3.1"', "switch.sw1.endpoint", "gateway.gw1.endpoint already"),
    wrong(
        "a VIP twice",
        VIP,
        f'{VIP}\nnodes = ["nlb1"]\n[cluster.mail]\n{VIP}',
        "cluster.mail.vip",
        "cluster.web.vip already",
    ),
    wrong(
        "an exception twice",
        UNTIL,
        f'{UNTIL}\n[[accept]]\ncause = "NLB006"\ncluster = "web"\n{REASON}\n{UNTIL}',
        "accept[2]",
        "accept[1] already",
    ),
    wrong("one secret for both", GW1, f'{GW1_ADDRESS}\nsnmp = "env:NLBWIZ_WIN"', "gateway.gw1.snmp", "clear text"),
    wrong("basic over http", HOST, 'auth = "basic"', "node.nlb1.auth", "https", "insecure = true"),
    wrong("basic over http, secure", HOST, 'auth = "basic"\ninsecure = false', "node.nlb1.auth", "https"),
    wrong("basic over the default http", NLB2, f'{NLB2}\nauth = "basic"', "node.nlb2.auth", "https"),
    wrong("a CA for http", HOST, 'ca = "ca.pem"', "node.nlb1.ca", "https"),
    wrong(
        "a CA and insecure",
        ENDPOINT,
        'endpoint = "https://nlb1"\nca = "a"\ninsecure = true',
        "node.nlb1.ca",
        "insecure",
    ),
)
"""What only the values together show; a schema sees of it only that Basic wants HTTPS."""

WRONG = (*KEYS, *VALUES, *AGREEMENT)
