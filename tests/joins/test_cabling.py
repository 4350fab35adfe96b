"""Where a team's cables end: what counts as proof, what only as a hint, and whose word it is."""

from dataclasses import replace

import pytest

from nlbwiz import example as ex
from nlbwiz.addr import mac
from nlbwiz.facts import Answer, Balancing, Fact, LldpNeighbour, Need, Port, Team, TeamMode, Uplink
from nlbwiz.joins.cabling import ANYWHERE, Cabling, cabling
from nlbwiz.known import Facts

NEEDS: tuple[Need, ...] = ("vnics", "vswitches", "teams", "uplinks", "ports", "fdb", "lldp")
VM, NIC1, NIC2, STRANGER = (mac(f"00-15-5D-14-01-0{number}") for number in range(1, 5))
CABLES = ("Intel I350", "Intel I350 #2")


def team(mode: TeamMode, balancing: Balancing = "dynamic", *, name: str = "T1", vswitch: str = "External") -> Team:
    return Team(
        host="hv1", name=name, kind="lbfo", mode=mode, balancing=balancing, members=CABLES, standby=(), failed=(),
        vswitch=vswitch, evidence="hv1/teams",
    )  # fmt: skip


def site(*seen: Fact, mode: TeamMode = "switch-independent", silent: str = "", uplinks: str = "") -> Facts:
    """hv1 with a team of two NICs at the switches sw1 and sw2, each with the ports g1 to g3."""
    given: list[Fact] = [team(mode), ex.vnic("hv1", "NLB1", VM), *seen]
    for own, cable in ((NIC1, CABLES[0]), (NIC2, CABLES[1])):
        given.append(replace(ex.nic("hv1", own, name=cable), description=cable, evidence="hv1/uplinks"))
    given += [ex.port(switch, f"g{number}", number) for switch in ("sw1", "sw2") for number in (1, 2, 3)]
    facts = ex.facts("hv1 sw1 sw2", NEEDS, given, silent=silent)
    pairs = [one.split(":") for one in uplinks.split()]
    return replace(facts, uplinks=tuple(Uplink(host="hv1", switch=switch, port=port) for switch, port in pairs))


def found(facts: Facts) -> Cabling:
    return cabling(facts, facts.teams[0])


def lag(switch: str, *, bridge: int | None, members: tuple[int, ...]) -> list[Fact]:
    """A LAG with ifIndex 1000, and further ports that are its members."""
    ports: list[Fact] = [
        Port(target=switch, ifindex=1000, name="ch1", up=True, bridge=bridge, lag=None, evidence=f"{switch}/ports")
    ]
    return [*ports, *(replace(ex.port(switch, f"m{n}", n), lag=1000) for n in members)]


def heard(switch: str, port: int, own: str = NIC1) -> LldpNeighbour:
    return LldpNeighbour(target=switch, port=port, mac=mac(own), name="hv1", evidence=f"{switch}/lldp")


def answer(value: str) -> Answer:
    return Answer(question="same_switch", value=value, evidence="operator/answer[same_switch]")


def test_two_of_its_macs_on_two_ports_of_one_switch_prove_one_switch() -> None:
    got = found(site(ex.fdb("sw1", NIC1, port=1), ex.fdb("sw1", NIC2, port=2)))
    assert (got.could_be, got.proven, got.seen_by) == (("1S",), True, ("sw1",))
    assert got.evidence == (f"sw1/fdb[{NIC1}]", f"sw1/fdb[{NIC2}]")


def test_the_macs_of_its_vms_prove_it_as_well() -> None:
    assert found(site(ex.fdb("sw1", VM, port=1), ex.fdb("sw1", NIC1, port=2))).could_be == ("1S",)


def test_a_port_with_a_strangers_mac_leads_to_another_switch_and_proves_nothing() -> None:
    rows = (ex.fdb("sw1", NIC1, port=1), ex.fdb("sw1", NIC2, port=2), ex.fdb("sw1", STRANGER, port=2))
    got = found(site(*rows))
    assert (got.could_be, got.proven) == (ANYWHERE, False)


def test_not_seen_is_not_absent() -> None:
    got = found(site(ex.fdb("sw1", NIC1), ex.fdb("sw1", NIC2)))
    assert (got.could_be, got.told) == (ANYWHERE, "no switch has learned its MACs lately")


def test_a_listed_switch_that_was_not_read_leaves_it_open() -> None:
    got = found(site(ex.fdb("sw1", NIC1, port=1), ex.fdb("sw1", NIC2, port=2), silent="sw2/fdb"))
    assert (got.could_be, got.proven) == (ANYWHERE, False)
    assert "sw2 was not read" in got.told


def test_lldp_proves_it_even_then() -> None:
    got = found(site(heard("sw1", 1), heard("sw1", 2, NIC2), silent="sw2/fdb"))
    assert (got.could_be, got.proven) == (("1S",), True)


def test_lldp_at_two_switches_cannot_tell_a_pair_from_independent_ones() -> None:
    assert found(site(heard("sw1", 1), heard("sw2", 1, NIC2))).could_be == ("ST", "2S")


@pytest.mark.parametrize("bridge", [1000, None])
def test_a_lag_is_known_by_its_members_with_a_bridge_port_of_its_own_or_without(bridge: int | None) -> None:
    got = found(site(ex.fdb("sw1", VM, port=1000), *lag("sw1", bridge=bridge, members=(4, 5)), mode="lacp"))
    assert (got.could_be, got.proven) == (("1S", "ST"), True)


def test_a_row_on_a_member_port_is_a_row_on_the_lag() -> None:
    got = found(site(ex.fdb("sw1", VM, port=4), *lag("sw1", bridge=1000, members=(4, 5)), mode="lacp"))
    assert got.could_be == ("1S", "ST")


def test_a_lag_that_is_seen_at_one_switch_explains_the_plain_port_at_another() -> None:
    rows = (ex.fdb("sw1", VM, port=3), ex.fdb("sw2", VM, port=1000), *lag("sw2", bridge=1000, members=(4, 5)))
    assert found(site(*rows, mode="lacp")).could_be == ("1S", "ST")
    assert found(site(*rows)).could_be == ANYWHERE


@pytest.mark.parametrize(
    ("answer_", "uplinks", "could_be"),
    [
        ("yes", "", ("1S", "ST")),
        ("no", "", ("2S",)),
        ("", "sw1:g1 sw1:g2", ("1S",)),
        ("", "sw1:g1 sw2:g1", ("2S",)),
        ("yes", "sw1:g1 sw2:g1", ("1S", "ST")),
        ("", "sw1:g1", ANYWHERE),
    ],
)
def test_the_operators_word_counts_where_no_switch_decides(
    answer_: str, uplinks: str, could_be: tuple[str, ...]
) -> None:
    got = found(site(*([answer(answer_)] if answer_ else []), uplinks=uplinks))
    assert got.could_be == could_be
    assert not got.proven
    assert bool(got.doubt) == (could_be != ANYWHERE)


def test_what_the_switches_show_stands_against_the_site_file_and_both_are_told() -> None:
    got = found(site(ex.fdb("sw1", NIC1, port=1), ex.fdb("sw1", NIC2, port=2), uplinks="sw1:g1 sw2:g1"))
    assert got.could_be == ("1S",)
    assert got.against == "the site file has an uplink on sw2 too, which no switch shows"


def test_uplinks_on_two_switches_do_not_say_which_team_of_two_has_them() -> None:
    facts = site(team("switch-independent", name="T2", vswitch="Other"), uplinks="sw1:g1 sw2:g1")
    assert found(facts).could_be == ANYWHERE
