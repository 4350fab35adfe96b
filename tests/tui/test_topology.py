"""The topology as a value and as lines: what must stand there for each scenario, in words, at every width."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from nlbwiz.addr import Mac
from nlbwiz.case import Case
from nlbwiz.collect.live import Live
from nlbwiz.collect.source import Clock
from nlbwiz.facts import GroupEntry, Uplink
from nlbwiz.known import Facts
from nlbwiz.lab.site import Lab
from nlbwiz.parse.gather import gather
from nlbwiz.site import load
from nlbwiz.site.credentials import Vault
from nlbwiz.tui.topology.parts import MARKS, Scene
from nlbwiz.tui.topology.scene import scene
from tests.live.scenarios import knowledge
from tests.taken import Place, without
from tests.tui.topologies import asked, drawn, facts, keys, lines, many, part, pictured, said, words

SCENARIOS = (
    "healthy-igmp", "old-static-arp", "half-dark", "pool-change", "unicast-one-switch-team", "spoofing-off",
    "misconfigured-after-migration", "duplicate-ip", "mode-mixed", "cluster-mac-differs", "primary-changed", "all-dark",
)  # fmt: skip


@pytest.mark.parametrize("name", SCENARIOS)
@pytest.mark.parametrize("width", [40, 80, 116, 120, 138, 200])
@pytest.mark.parametrize("ascii_only", [False, True])
def test_every_part_stands_in_its_room_with_its_glyph_and_nothing_is_wider_than_the_screen(
    name: str, width: int, ascii_only: bool
) -> None:
    one = pictured(name)
    picture = drawn(one, width, ascii_only=ascii_only)
    told = lines(picture, ascii_only=ascii_only)
    assert {len(text) for text in told} == {width}
    assert not ascii_only or all(" " <= char <= "~" for text in told for char in text)
    assert len(set(keys(one))) == len(list(keys(one)))
    assert [spot.part for spot in picture.spots] == list(one.parts())
    for spot in picture.spots:
        head = told[spot.y][spot.x : spot.x + spot.width]
        mark, _ = MARKS[spot.part.state]
        assert mark in head[: 2 + len(mark)]
        assert spot.part.name[: max(1, min(len(spot.part.name), width // 3, 8))] in head
        assert 0 <= spot.x < spot.x + spot.width <= width
        assert 0 <= spot.y < spot.y + spot.height <= len(told)


@pytest.mark.parametrize(
    ("name", "there", "not_there"),
    [
        (
            "healthy-igmp",
            ["01-00-5E-7F-03-E8 as computed", "group 239.255.3.232", "VIP Preferred", "LBFO, LACP", "sw1 ch1", "LAG of g1 g2"],
            ["DIFFERS", "MISSING", "not read", "[X]", "[!]", "[?]"],
        ),
        ("old-static-arp", ["typed in 03-BF-BC-1F-01-64 DIFFERS: NLB003 CONFIRMED"], ["MISSING", "not read"]),
        (
            "half-dark",
            ["nlb2 node not read: nlb2, cluster: denied", "not read: hv2, vnics: unreachable", "not read: sw2, fdb", "[?] team ?"],
            ["DIFFERS", "MISSING", "[X]"],
        ),
        ("pool-change", ["nlb2's address 172.31.3.12: 00-15-5D-09-29-07 DIFFERS: NLB004 CONFIRMED"], ["MISSING"]),
        ("unicast-one-switch-team", ["LBFO, switch independent dynamic NLB005 CONFIRMED", "sw1 g1", "sw1 g2"], ["DIFFERS"]),
        ("spoofing-off", ["spoofing Off NLB007 CONFIRMED", "spoofing On"], ["MISSING", "DIFFERS"]),
        (
            "misconfigured-after-migration",
            ["VIP MISSING in TCP/IP", "NLB008 CONFIRMED", "outside this host's pool: from hv2", "runs NLB1 NLB2"],
            ["not read", "DIFFERS"],
        ),
        (
            "duplicate-ip",
            ["00-11-32-5A-00-66 DIFFERS: NLB001", "it is at sw1, VLAN 10, port g13", "NLB001 CONFIRMED", "event 4199"],
            ["MISSING", "not read"],
        ),
        ("mode-mixed", ["MODES DIFFER"], ["not read"]),
        (
            "all-dark",
            ["MAC not known: no node was read", "expected by the site file", "not read: gw1, arp"],
            ["as computed", "DIFFERS"],
        ),
    ],
)  # fmt: skip
def test_what_disagrees_is_said_in_words_and_nothing_else_is(name: str, there: list[str], not_there: list[str]) -> None:
    told = words(drawn(pictured(name), 80))
    assert [text for text in there if text not in told] == []
    assert [text for text in not_there if text in told] == []


def test_the_columns_stand_side_by_side_and_the_lines_meet_before_a_shared_host() -> None:
    wide = lines(drawn(pictured("misconfigured-after-migration"), 120))
    row = next(text for text in wide if "00-15-5D-00-15-01 ├" in text)
    assert row.count("├") >= 5  # the rail, and a line from each of four boxes to the next
    assert "00-15-5D-00-15-01 ├┬─┤ runs NLB1 NLB2" in row
    assert any("00-15-5D-00-16-01 ├┘" in text for text in wide)
    tree = lines(drawn(pictured("misconfigured-after-migration"), 80))
    assert sum("hv1 host" in text for text in tree) == 1


def test_a_missing_answer_is_never_silent() -> None:
    """Each answer the picture rests on, taken away alone: somebody is not read, and nothing new is called wrong."""
    base = facts("healthy-igmp")
    for need, target in [
        ("cluster", "nlb1"), ("vips", "nlb1"), ("addresses", "nlb1"), ("adapters", "nlb1"), ("vnics", "hv1"),
        ("vswitches", "hv1"), ("teams", "hv1"), ("uplinks", "hv1"), ("hypervisor", "hv1"), ("fdb", "sw1"), ("arp", "gw1"),
        ("jump-neighbors", "jump"), ("ports", "sw1"),
    ]:  # fmt: skip
        for state, word in (("lost", f"not read: {target}, {need}"), ("pending", f"waiting for {target}: {need}")):

            def gone(place: Place, lost: Place = (need, target)) -> bool:  # type: ignore[assignment]  # literals above
                return place == lost

            told = words(drawn(scene(without(base, gone, state=state), ()), 80))  # type: ignore[arg-type]  # literals above
            assert word in told, (need, target, told)
            assert "MISSING" not in told, (need, target, told)
            assert "DIFFERS" not in told, (need, target, told)


def test_a_part_knows_its_facts_with_their_evidence_and_the_causes_that_concern_it() -> None:
    one = pictured("old-static-arp")
    gateway = part(one, "view", "gw1", "router")
    assert gateway.state == "bad"
    assert gateway.told[0] == ("ARP: ip 172.31.1.232, kind static, mac 03-BF-BC-1F-01-64", "gw1/arp[172.31.1.232]")
    assert [text for text, _ in gateway.causes if text.startswith("NLB003 CONFIRMED: gw1")]
    assert part(one, "node", "nlb1").state == "ok"
    dark = part(pictured("half-dark"), "node", "nlb2")
    assert any(text.startswith("NLB009 is not decided without it: nlb2") for text, _ in dark.causes)
    for each in pictured("unicast-one-switch-team").parts():
        assert all(label for _, label in each.told if not _.startswith("cables")), each.key


def test_a_finding_marks_the_part_it_names_and_no_other() -> None:
    one = pictured("spoofing-off")
    assert part(one, "vNIC", "nlb2").state == "bad"
    assert part(one, "vNIC", "nlb1").state == "ok"
    assert "NLB007" not in said(part(one, "host", "hv2"))


def test_who_is_outside_is_not_applicable_and_who_has_no_row_says_so() -> None:
    base = facts("healthy-igmp")
    vip = base.vip
    far = replace(base, jump_attached=(), arp=tuple(v for v in base.arp if v.ip != vip))
    told = scene(far, ())
    assert "not applicable: other subnet" in said(part(told, "view", "jump", "jump"))
    assert "not asked for it" in said(part(told, "view", "gw1", "router"))


def test_a_switch_shows_the_group_rows_of_the_cluster_mac_and_the_proof_that_there_is_none() -> None:
    base = replace(facts("healthy-igmp"), groups=())
    row = GroupEntry(
        target="sw1",
        mac=Mac("01-00-5E-7F-03-E8"),
        group=None,
        vlan=10,
        ports=(1, 24),
        status="static",
        evidence="sw1/groups",
    )
    other = replace(row, mac=Mac("01-00-5E-7F-09-09"))
    seen = part(scene(replace(base, groups=(row, other)), ()), "view", "sw1", "fdb")
    assert "group 01-00-5E-7F-03-E8 in VLAN 10: static on g1 g24" in said(seen)
    assert "09-09" not in said(seen)
    assert "sw1/groups" in {label for _, label in seen.told}
    none = replace(row, status="none", ports=(), vlan=None)
    assert "group 01-00-5E-7F-03-E8: no row" in said(
        part(scene(replace(base, groups=(none,)), ()), "view", "sw1", "fdb")
    )


def _uplink(base: Facts, port: str) -> Scene:
    return scene(replace(base, uplinks=(Uplink(host="hv1", switch="sw1", port=port),)), ())


def test_the_operators_cabling_is_marked_as_seen_or_as_his_word_only() -> None:
    base = facts("old-static-arp")
    assert said(part(_uplink(base, "g1"), "port", "hv1", "sw1", "g1", "word")) == "the site file, seen too"
    assert part(_uplink(base, "g9"), "port", "hv1", "sw1", "g9", "word").state == "maybe"


def test_a_mac_that_is_in_no_listed_pool_is_marked() -> None:
    base = facts("old-static-arp")
    strange = Mac("00-15-5D-77-77-01")
    mine = next(v for v in base.vnics if v.vm == "NLB1" and v.name == "NLB web")
    vnics = tuple(replace(v, mac=strange) if v is mine else v for v in base.vnics)
    nics = tuple(replace(n, mac=strange, permanent=strange) if n.mac == mine.mac else n for n in base.nics)
    one = part(scene(replace(base, vnics=vnics, nics=nics), ()), "vNIC", "nlb1")
    assert "OUTSIDE every listed pool" in said(one)
    assert one.state == "maybe"


@pytest.mark.parametrize("name", ["[/red]\x1b]0;x\x07", "a\u202eb\x00", "\ud800", "x" * 10_000, "長い名前のチーム"])
def test_hostile_names_become_visible_text_of_the_right_width(name: str) -> None:
    base = facts("healthy-igmp")
    vnics = tuple(replace(one, name=name) for one in base.vnics)
    teams = tuple(replace(one, name=name) for one in base.teams)
    one = scene(replace(base, vnics=vnics, teams=teams), ())
    for width in (80, 120):
        for ascii_only in (False, True):
            for text in lines(drawn(one, width, ascii_only=ascii_only), ascii_only=ascii_only):
                assert all(char >= " " and not "\x7f" <= char <= "\x9f" for char in text)
                assert "\u202e" not in text
                assert not ascii_only or (text.isascii() and len(text) == width)


@pytest.fixture(scope="module")
def crowd() -> Scene:
    """32 nodes on two hosts."""
    with Lab(many(32)) as lab:
        site = load.read(lab.site_file)
        clock = Clock(total_s=40, target_s=30)
        case = Case(site=site, source=Live(site, Vault(site, None), clock, {}), knowledge=knowledge(), clock=clock)
        for _ in case.events():
            pass
    evidence = tuple(case.evidence.values())
    return scene(gather(site, "web", evidence, at=case.ended or datetime.now(UTC)), ())


@pytest.mark.parametrize(("width", "most"), [(80, 30), (120, 30)])
def test_32_nodes_that_are_alike_fold_and_unfold(crowd: Scene, width: int, most: int) -> None:
    folded = drawn(crowd, width)
    assert len(folded.lines) <= most
    assert "16 nodes" in words(folded)
    fold = next(spot for spot in folded.spots if spot.folded)
    assert len(fold.folded) == 16
    whole = drawn(crowd, width, unfolded={fold.part.key})
    assert {one.part.key for one in whole.spots} >= {one.key for one in fold.folded}
    host = next(spot for spot in whole.spots if spot.part.kind == "host")
    vnic = next(spot for spot in whole.spots if spot.part.kind == "vNIC")
    assert width < 120 or host.y == vnic.y  # what the line from the first vNIC leads to


def test_among_32_nodes_the_one_that_differs_stands_alone(crowd: Scene) -> None:
    way = crowd.ways[0]
    (node, vnic), *others = way.nodes
    wrong = replace(node, lines=(*node.lines, ("VIP MISSING in TCP/IP", "bad")))
    one = replace(crowd, ways=(replace(way, nodes=((wrong, vnic), *others)), *crowd.ways[1:]))
    told = drawn(one, 80)
    assert "15 nodes" in words(told)
    assert any(spot.part == wrong for spot in told.spots)
    assert "VIP MISSING in TCP/IP" in words(told)


def test_the_picture_says_nothing_that_the_outcomes_contradict() -> None:
    """A cause that is ruled out is named by no part as wrong."""
    for name in SCENARIOS:
        clear = {
            o.id
            for o in asked(name).walk.outcomes
            if o.outcome in ("ruled_out", "not_applicable") and o.cluster == "web"
        }
        for each in pictured(name).parts():
            bad = " ".join(text for text, role in each.lines if role in ("bad", "maybe"))
            assert not {cause for cause in clear if cause in bad}, (name, each.key, bad)
