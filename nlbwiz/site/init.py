"""The text that `nlbwiz init` writes: a site file that loads as it is, every key explained, to be edited."""

TEMPLATE = """\
# The site: what nlbwiz may ask, and how it is reached. nlbwiz only reads; it changes nothing on any machine.
# Replace the example values; take out what you do not have. `nlbwiz check --site site.toml` then runs,
# or lists every mistake in this file at once.
# Help while typing: nlbwiz schema site > site.schema.json, and as the first line here: #:schema ./site.schema.json
#
# Credentials are never written here, only where they are:
#   "env:NAME"               environment variable
#   "file:PATH"              file with one line, readable by you alone; relative paths start at this file
#   "command:CMD"            what a program prints within 10 seconds, e.g. "command:pass show nlbwiz/windows"
#   "keyring:SERVICE/USER"   the system's keyring (pip install "nlbwiz[keyring]")
#   "prompt:"                asked once per run, when somebody sits there
#   'prompt:DOMAIN\\user'     the same, for the password of this account alone
# For Windows the secret is USER:PASSWORD (split at the first colon; DOMAIN\\user and user@domain both work).
# For SNMP it is a community, or for version 3 USER:sha256:KEY:aes128:KEY.
# Names are yours: letters, digits, - _ and dots (a name with dots in quotes: [node."web1.example.net"]),
# and every machine needs a name of its own.

# ---- The clusters: what is judged ----

[cluster.web]
vip = "192.0.2.100"                  # a virtual IP address of the cluster; its other VIPs are found from it
nodes = ["nlb1", "nlb2"]             # names of [node.NAME] below

# ---- The nodes: the NLB guests, asked by WinRM ----

[node.nlb1]
address = "192.0.2.11"               # the dedicated IP address: who it is. Never a VIP: that lands on an arbitrary node
credential = "env:NLBWIZ_WIN"        # an account that may read; all machines may share one
host = "hv1"                         # optional: the Hyper-V host it is expected on
# endpoint = "https://nlb1.example.net"  # optional: where to connect, if not http://ADDRESS:5985.
#                                        Forms: host, host:port, [IPv6]:port, http://host:port, https://host (5986)
# auth = "auto"                      # optional: auto (Kerberos with a ticket, else ntlm), ntlm, kerberos, basic
# ca = "company-ca.pem"              # optional: verify the certificate with this file; relative to this file
# insecure = true                    # optional: take any certificate; with auth = "basic" also plain http

[node.nlb2]
address = "192.0.2.12"
credential = "env:NLBWIZ_WIN"
host = "hv2"

# ---- The Hyper-V hosts, asked by WinRM: the same keys as a node, and uplinks ----

[host.hv1]
address = "192.0.2.21"
credential = "env:NLBWIZ_WIN"
uplinks = ["sw1:ch1"]                # optional: "switch:port" as you know the cabling

[host.hv2]
address = "192.0.2.22"
credential = "env:NLBWIZ_WIN"
uplinks = ["sw1:ch2"]

# ---- The switches, asked by SNMP ----

[switch.sw1]
address = "192.0.2.2"
snmp = "env:NLBWIZ_SNMP"             # a read-only community, or version 3
platform = "dell-powerconnect"       # optional, detected when left out: whose commands to print
# endpoint = "192.0.2.2:1161"        # optional: where to ask, if not port 161 of the address

# ---- The gateways: what routes into the VIP's subnet, every one of them. The same keys as a switch ----

[gateway.gw1]
address = "192.0.2.1"
snmp = "env:NLBWIZ_SNMP"
platform = "cisco-ios"

# ---- The machine nlbwiz runs on: only when it must not look at itself, or not at its wire ----

# [jump]
# neighbours = "neigh.json"          # a file in the form of `ip -j neigh`, instead of the own neighbour table
# addresses = ["192.0.2.5/24"]       # the own addresses, instead of the interfaces'
# look = false                       # send no ARP request: read the neighbour table only

# ---- How long a run may take, in seconds ----

[limits]
total_s = 60                         # the whole run
target_s = 45                        # one machine
snmp_s = 1                           # one SNMP answer

# ---- Written exceptions: listed in every report, but not counted until the day after `until` ----

# [[accept]]
# cause = "NLB006"                   # `nlbwiz explain` lists the ids
# cluster = "web"
# reason = "legacy, see CHG-1234"
# until = 2027-03-31                 # the last day, without quotes
"""
