"""Which of the listed routers stand in an address's network: only what these hold for it tells anything. Pure."""

from collections.abc import Iterator
from ipaddress import IPv4Address

from nlbwiz.facts import ArpView, OwnAddress
from nlbwiz.known import Facts


def near(facts: Facts, ip: IPv4Address) -> dict[str, OwnAddress]:
    """The routers with an interface in this address's network, each with its own address there.

    An address with the prefix 0 is an interface without a mask: its network would hold everything.
    """
    own = (one for one in facts.own_addresses if one.target in facts.routers and one.interface.network.prefixlen)
    return {one.target: one for one in own if ip in one.interface.network}


def looked_up(facts: Facts, ip: IPv4Address) -> Iterator[ArpView]:
    """What the routers hold for an address; of routers that are elsewhere only where none is in its network."""
    here = near(facts, ip)
    return (view for view in facts.arp_views(ip, "router") if not here or view.device in here)
