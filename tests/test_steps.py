"""The steps that several causes share: their order, their way back, and that nothing contradictory is typed."""

from ipaddress import IPv4Address

import pytest

from nlbwiz import steps
from nlbwiz.addr import mac

VIP = IPv4Address("172.31.3.232")
UNICAST, MULTICAST, IGMP = mac("02bf.ac1f.03e8"), mac("03bf.ac1f.03e8"), mac("0100.5e7f.03e8")


def verbs(done: tuple[steps.Do, ...]) -> list[str]:
    """The verbs of some steps, with the MAC that they are for; a step in words alone is `-`."""
    return [f"{one.phrase.split()[0]} {dict(one.values).get('mac', '')}".strip() if one.phrase else "-" for one in done]


@pytest.mark.parametrize(
    ("right", "typed", "learned", "fix", "undo"),
    [
        # the mode's MAC is a multicast one: typed, and saved
        ((IGMP,), None, False, [f"add {IGMP}", "save"], [f"remove {IGMP}", "save"]),
        ((IGMP,), None, True, ["clear", f"add {IGMP}", "save"], [f"remove {IGMP}", "-", "save"]),
        ((IGMP,), UNICAST, False, [f"remove {UNICAST}", f"add {IGMP}", "save"],
         [f"remove {IGMP}", f"add {UNICAST}", "save"]),
        # it is learned: nothing is typed
        ((UNICAST,), None, True, ["clear"], ["-"]),
        ((UNICAST,), IGMP, False, [f"remove {IGMP}", "-", "save"], [f"add {IGMP}", "save"]),
        ((UNICAST,), None, False, [], []),
        # the nodes do not agree: whatever is typed may be wrong
        ((MULTICAST, IGMP), None, True, ["clear", "-"], ["-", "-"]),
        ((UNICAST, MULTICAST), IGMP, False, [f"remove {IGMP}", "-", "save"], [f"add {IGMP}", "-", "save"]),
    ],
)  # fmt: skip
def test_a_routers_entry_is_taken_out_before_the_right_one_goes_in_and_back_in_reverse(
    right: tuple[str, ...], typed: str | None, learned: bool, fix: list[str], undo: list[str]
) -> None:
    done = steps.router_entry("gw1", VIP, map(mac, right), typed=mac(typed) if typed else None, learned=learned)
    assert (verbs(done.fix), verbs(done.undo)) == (fix, undo)
    assert {one.on for one in (*done.fix, *done.undo) if one.phrase} <= {"gw1"}


def test_a_change_on_a_node_stands_between_its_drain_and_its_start() -> None:
    change = steps.do("Change it", "set mode", "nlb1", interface="NLB", mode="Unicast")
    assert verbs(steps.drained("nlb1", "NLB", change)) == ["drain", "set", "start"]
    assert verbs(steps.reloaded("nlb1", "NLB", change)) == ["drain", "set", "reload", "start"]


def test_a_nic_whose_name_nobody_told_is_named_so_in_the_line() -> None:
    assert all(dict(one.values)["interface"] == steps.ANY_NIC for one in steps.reloaded("nlb1", ""))


def test_a_nodes_own_address_is_reached_and_a_vip_is_served() -> None:
    assert "Open the service" in steps.looked_at("gw1", VIP, ())[-1].text
    assert steps.looked_at("gw1", VIP, (), node="nlb1")[-1].text == "Reach nlb1 at 172.31.3.232 from another subnet"
