"""The machine that nlbwiz runs on: what its neighbour table holds, and who answers on the wire when it may look.

The table is read and never probed (`neighbours`). The look asks by ordinary ARP requests (`look`).
"""

import sys
import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict
from functools import partial
from ipaddress import IPv4Address, IPv4Interface

import msgspec

from nlbwiz.collect.look import Pace, look, unfit
from nlbwiz.collect.neighbours import UnreadableError, addresses, interfaces, table
from nlbwiz.collect.source import Clock, Give
from nlbwiz.collect.ticket import CLOSED, STOPPED, Cause, Ledger, Ticket
from nlbwiz.probes import Ask
from nlbwiz.site.model import Site


class JumpSource:
    """The machine that nlbwiz runs on. A Source for `jump-neighbors` and `arp-look` of the target `jump`."""

    def __init__(self, site: Site, clock: Clock, *, platform: str = sys.platform) -> None:
        self._jump, self._clock, self._platform = site.jump, clock, platform
        own = (*(node.address for node in site.nodes.values()), *(one.vip for one in site.clusters.values()))
        self._clusters_own = {ip for ip in own if isinstance(ip, IPv4Address)}
        self._ledger, self._pace = Ledger(), Pace()

    def ask(self, asks: Collection[Ask], give: Give) -> None:
        """Read the table in a thread of its own; look for all addresses of one subnet together, in another."""
        looks: list[Ticket] = []
        for ticket in self._ledger.write(asks, give):
            if ticket.ask.probe == "arp-look":
                looks.append(ticket)
            else:
                self._begin(self._answer, ticket)
        if looks:
            self._begin(self._look, *looks)

    def _begin(self, work: Callable[..., None], *tickets: Ticket) -> None:
        threading.Thread(target=partial(work, *tickets), name="jump", daemon=True).start()

    def stop(self, target: str) -> None:
        """Pending asks end as stopped."""
        self._ledger.fail(STOPPED, target)

    def extend(self, target: str, seconds: float) -> None:
        """Give this machine more time than its limit."""
        self._clock.extend(target, seconds)

    def close(self) -> None:
        """End now. A command that still runs is left to its own limit of 2 s; it only reads."""
        self._ledger.close()
        self._ledger.fail(CLOSED)

    def _answer(self, ticket: Ticket) -> None:
        """One ask, in its own thread. What it reads may hang (a file on a dead server), so its time is minded beside."""
        ticket.since = max(self._clock.now(), ticket.ask.not_before_s)
        watch = threading.Thread(target=partial(self._mind, ticket), name="jump-limit", daemon=True)
        watch.start()
        wait_s = ticket.ask.not_before_s - self._clock.now()
        if wait_s > 0:
            ticket.finished.wait(wait_s)
        if ticket.done:
            return
        try:
            if ticket.ask.probe != "jump-neighbors":
                raise UnreadableError(_no_question(ticket.ask.probe))
            neighbours = table(self._jump, self._platform)
            own = addresses(self._jump, self._platform)
        except UnreadableError as unreadable:
            ticket.fail(unreadable.cause)
        except Exception as error:
            ticket.fail(_bug(error))
        else:
            told = {"neighbours": [asdict(each) for each in neighbours], "addresses": own}
            ticket.settle("answered" if neighbours else "empty", raw=msgspec.json.encode(told).decode())

    def _look(self, *tickets: Ticket) -> None:
        """All addresses to look for, by the interface whose subnet they are in."""
        for ticket in tickets:
            ticket.since = self._clock.now()
        try:
            self._look_everywhere(tickets)
        except UnreadableError as unreadable:
            for ticket in tickets:
                ticket.fail(unreadable.cause)
        except Exception as error:
            for ticket in tickets:
                ticket.fail(_bug(error))

    def _look_everywhere(self, tickets: Sequence[Ticket]) -> None:
        own = interfaces(self._platform)
        asked = {IPv4Address(ticket.ask.args[0]) for ticket in tickets}
        if mine := sorted({one.ip for _, one in own} & (self._clusters_own | asked)):
            raise UnreadableError(_a_node(mine[0]))
        groups: dict[tuple[str, IPv4Address], list[Ticket]] = {}
        for ticket in tickets:
            ip = IPv4Address(ticket.ask.args[0])
            if near := way_to(ip, own, unfit):
                groups.setdefault(near, []).append(ticket)
            else:
                ticket.fail(_elsewhere(ip))
        looking = [
            threading.Thread(target=self._look_there, args=(*place, mine), name="arp-look", daemon=True)
            for place, mine in groups.items()
        ]
        for thread in looking:
            thread.start()

    def _look_there(self, device: str, sender: IPv4Address, tickets: Sequence[Ticket]) -> None:
        def over() -> bool:
            late = self._clock.left("jump", tickets[0].since) <= 0
            return self._ledger.closed or late or all(ticket.done for ticket in tickets)

        targets = [IPv4Address(ticket.ask.args[0]) for ticket in tickets]
        tickets[0].tell(f"looking for {len(targets)} addresses on {device}", len(tickets))
        try:
            looked = look(device, sender, targets, over, self._pace)
        except UnreadableError as unreadable:
            for ticket in tickets:
                ticket.fail(unreadable.cause)
            return
        except Exception as error:
            for ticket in tickets:
                ticket.fail(_bug(error))
            return
        if over():
            for ticket in tickets:
                ticket.fail(_LATE)
            return
        for ticket, target in zip(tickets, targets, strict=True):
            owners = looked.owners[target]
            told = {
                "method": looked.method, "device": device, "sender": looked.sender, "rounds": looked.rounds,
                "owners": [asdict(one) for one in owners],
            }  # fmt: skip
            ticket.settle("answered" if owners else "empty", raw=msgspec.json.encode(told).decode())

    def _mind(self, ticket: Ticket) -> None:
        """End a ticket when its target's time or the run's is over."""
        while (left_s := self._clock.left(ticket.ask.target, ticket.since)) > 0:
            if ticket.finished.wait(left_s):
                return
        ticket.fail(_LATE)


def way_to(
    ip: IPv4Address, own: Sequence[tuple[str, IPv4Interface]], unfit: Callable[[str], str]
) -> tuple[str, IPv4Address] | None:
    """(device, own address) to look for an address from: in its subnet, on a device that can carry ARP where one can.

    The first address of a device comes first (an address that a cluster or another service added later comes after it).
    None where it is in no subnet of this machine, or is a subnet's network or broadcast address.
    """
    near = [(device, one) for device, one in own if ip in one.network and one.network.prefixlen < _ALONE]
    usable = [
        (device, one.ip)
        for device, one in near
        if one.network.prefixlen == _PAIR or ip not in (one.network.network_address, one.network.broadcast_address)
    ]
    return next((each for each in usable if not _dead(each[0], unfit)), None) or next(iter(usable), None)


_PAIR, _ALONE = 31, 32
"""Prefix lengths: RFC 3021, both addresses are machines; one address, and nobody beside it."""


def _dead(device: str, unfit: Callable[[str], str]) -> bool:
    try:
        return bool(unfit(device))
    except OSError:
        return True


_LATE = Cause(status="timeout", error="this machine's own view was not complete in time", resolve="ask again")


def _no_question(probe: str) -> Cause:
    return Cause(status="unsupported", error=f"{probe} is no question to this machine")


def _bug(error: Exception) -> Cause:
    return Cause(
        status="garbled",
        error=f"this machine's own view cannot be read: {type(error).__name__}",
        resolve="give it in the site file: jump.neighbours and jump.addresses",
    )


def _elsewhere(ip: IPv4Address) -> Cause:
    return Cause(
        status="unsupported",
        error=f"{ip} is in no subnet of this machine: ARP shows it to its own subnet only",
        resolve="run it on a machine of that subnet too; the gateway's ARP table is read in any case",
    )


def _a_node(ip: IPv4Address) -> Cause:
    return Cause(
        status="unsupported",
        error=f"{ip} is this machine's own address: a node that asks might be taken for a second owner",
        resolve="run it on a machine that is no node of the cluster",
    )
