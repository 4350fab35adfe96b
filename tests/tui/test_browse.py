"""What the long lists hold, how they are searched, and the text to run by hand: tables, no screen."""

import json
import re
import time
from dataclasses import replace
from ipaddress import IPv4Address

import pytest

from nlbwiz import headless, registry
from nlbwiz.case import settle
from nlbwiz.collect import ask_text
from nlbwiz.probes import PROBES, Ask, oids
from nlbwiz.record.evidence import Evidence
from nlbwiz.site.model import Endpoint, Jump, Site, SnmpTarget
from nlbwiz.tui import asked, browse, coverage
from nlbwiz.tui.byhand import agent_address, by_hand, section
from nlbwiz.tui.news import Told
from nlbwiz.tui.pages import RAW_LONGEST
from nlbwiz.tui.snapshot import Heard, snapshot
from tests.made import AT, answer, gateway, instance, lost, site, word

EVIL = "\x1b]0;owned\x07[/bold]\u202e\x9b31m\udcff"


def told(evidence: tuple[Evidence, ...], of: Site | None = None) -> Told:
    """What the engine would tell of this evidence."""
    here = of or site()
    knowledge = headless.knowledge_of("routine", {})
    walk = settle(here, knowledge, evidence, at=AT)
    return Told(
        walk=walk, report=headless.report(here, knowledge, walk, evidence, AT, AT), evidence=evidence
    )  # fmt: skip


SOME = (
    answer("nlb1", "cluster", [instance()]),
    answer("nlb1", "adapters", [], status="empty"),
    lost("nlb2", "cluster", status="denied", error="refused the sign-in"),
    lost("nlb2", "adapters", status="denied", error="refused the sign-in"),
    lost("gw1", "arp", "172.31.3.232"),
    word("same_switch", "yes"),
)


# ---- searching ----


@pytest.mark.parametrize(
    ("typed", "labels"),
    [
        ("", [one.label for one in SOME]),
        ("NLB1", ["nlb1/cluster", "nlb1/adapters"]),
        ("cluster nlb2", ["nlb2/cluster"]),
        ("cluster nowhere", []),
        ("status:denied", ["nlb2/cluster", "nlb2/adapters"]),
        ("status:lost target:gw1", ["gw1/arp[172.31.3.232]"]),
        ("target:nlb cluster", ["nlb1/cluster", "nlb2/cluster"]),
        ("probe:ad", ["nlb1/adapters", "nlb2/adapters"]),
        ("your answer", ["operator/answer[same_switch]"]),
        ("status:", [one.label for one in SOME]),
        ("nothing:like", []),
    ],
)
def test_every_word_and_every_field_must_fit(typed: str, labels: list[str]) -> None:
    items = browse.evidence(told(SOME))
    assert [item.evidence.label for item in browse.found(items, typed)] == labels


def test_a_mac_with_colons_is_a_word() -> None:
    assert browse.query("03:BF:ac status:denied") == browse.Query(words=("03:bf:ac",), fields=(("status", "denied"),))


@pytest.mark.parametrize(("typed", "at"), [("", []), ("VM two", [2]), ("vm", [1, 2]), ("three", [])])
def test_the_lines_of_a_page_that_hold_what_is_sought(typed: str, at: list[int]) -> None:
    assert browse.hits(["", "a vm one", "Two of vm"], typed) == at


def test_twenty_thousand_entries_are_searched_while_a_key_is_pressed() -> None:
    many = tuple(answer(f"nlb{number}", "cluster", "[]", sample=number % 3) for number in range(20_000))
    items = browse.evidence(Told(walk=(base := told(())).walk, report=base.report, evidence=many))
    began = time.perf_counter()
    assert len(browse.found(items, "cluster nlb1999")) == 11
    assert time.perf_counter() - began < 0.25  # 10 ms here; a busy machine gets more


# ---- evidence ----


def test_what_rests_on_an_answer_and_what_lacks_a_lost_one() -> None:
    one = told(SOME)
    items = {item.evidence.label: item for item in browse.evidence(one)}
    said = {o.id for o in one.report.outcomes if "nlb1/cluster" in o.evidence}
    lacks = {
        o.id for o in one.report.outcomes for m in o.missing if (m.need, m.target) == ("cluster", "nlb2")
    }  # fmt: skip
    assert set(items["nlb1/cluster"].causes) == said != set()
    assert not items["nlb1/cluster"].lacked
    assert set(items["nlb2/cluster"].causes) == lacks != set()
    assert items["nlb2/cluster"].lacked


def page_text(item: browse.Found) -> str:
    return "\n".join(para.lead + para.text for para in browse.evidence_page(item, {"NLB001": "A title"}))


def test_the_page_says_why_there_is_no_answer_and_whose_word_it_is() -> None:
    items = {item.evidence.label: item for item in browse.evidence(told(SOME))}
    denied = page_text(items["nlb2/cluster"])
    assert "no answer: refused the sign-in" in denied
    assert "to resolve: look at the machine" in denied
    yours = page_text(items["operator/answer[same_switch]"])
    assert "(your answer)" in yours
    assert "no machine was read" in yours


@pytest.mark.parametrize(
    ("raw", "want"),
    [
        ('{"a":[1,{"b":"c"}]}', '{\n  "a": [\n    1,\n    {\n      "b": "c"\n    }\n  ]\n}'),
        ('"\\u00fc"', '"ü"'),
        ("no JSON {", "no JSON {"),
        ("[" * 100_000, "[" * 100_000),
        ('"\\ud800"', '"\\ud800"'),
        ("[1e999]", "[1e999]"),
    ],
)
def test_json_is_laid_out_and_anything_else_stands_as_it_came(raw: str, want: str) -> None:
    assert browse.pretty(raw) == want


def test_a_long_answer_is_cut_and_what_is_left_out_is_counted() -> None:
    raw = json.dumps(["x" * 90] * 5000)
    paras = list(browse.raw_page(raw))
    left = len(browse.pretty(raw)) - RAW_LONGEST
    assert f"{left:,} more characters" in paras[-1].text
    assert sum(len(para.text) for para in paras) <= RAW_LONGEST + 200


# ---- the command log ----


def test_the_log_is_in_the_order_of_asking_with_the_skipped_and_the_pending_last() -> None:
    late = answer("nlb1", "os", [], after_s=9)
    early = answer("nlb1", "vips", [], after_s=1)
    slow = Evidence(ask=Ask(target="hv1", probe="vms"), at=late.at, took_ms=9000, status="timeout", error="no")
    never = lost("sw1", "fdb", status="skipped", error="not asked")
    waits = Ask(target="sw1", probe="lldp")
    log = asked.asks((late, never, early, slow), {waits, late.ask})
    assert [item.ask.label for item in log] == ["hv1/vms", "nlb1/vips", "nlb1/os", "sw1/fdb", "sw1/lldp"]
    assert [item.status for item in log] == ["timeout", "answered", "answered", "skipped", "pending"]
    heard = {"sw1": Heard(text="SNMP", since_s=2.0, last_s=3.0, waiting=1)}
    rows = ["".join(text for text, _ in asked.row(item, 90, heard, 9.0)) for item in log]
    assert "never put" in rows[3]
    assert "on its way" in rows[4]
    assert "7 s" in rows[4]
    assert {len(row) for row in rows} == {90}


def test_one_key_for_each_ask_though_a_merged_bundle_holds_it_twice() -> None:
    twice = (answer("nlb1", "os", [1]), answer("nlb1", "os", [2]), answer("nlb1", "os", [3], sample=1))
    assert len({item.key for item in asked.asks(twice, ())}) == 3


# ---- by hand ----


@pytest.mark.parametrize("probe", [one for one in PROBES.values() if one.via == "winrm"], ids=lambda one: one.name)
def test_every_section_can_be_run_by_hand_as_it_is_sent(probe: object) -> None:
    one = PROBES[probe.name]  # type: ignore[attr-defined]
    kind: ask_text.Kind = "host" if one.at == "host" else "node"
    lines = section(kind, one.name)
    assert lines[0].startswith(f"Write-Section '{one.name}' {{")
    assert lines[-1].endswith("}")
    assert "\n".join(lines) in ask_text.script(kind)
    assert sum(text.startswith("Write-Section '") for text in lines) == 1
    hand = by_hand(Ask(target="nlb1" if kind == "node" else "hv1", probe=one.name), site())
    assert hand.lines[0] == f"$Ask = @('{one.name}')"
    assert "\n".join(hand.lines[1:]) + "\n" == ask_text.script(kind)


@pytest.mark.parametrize(
    "probe", [one for one in PROBES.values() if one.via.startswith("snmp")], ids=lambda one: one.name
)
def test_every_snmp_probe_has_its_command_with_a_placeholder_and_no_secret(probe: object) -> None:
    one = PROBES[probe.name]  # type: ignore[attr-defined]
    hand = by_hand(Ask(target="sw1", probe=one.name), site())
    assert hand.lines
    for text in hand.lines:
        assert re.match(r"(snmpget|snmpgetnext|snmpbulkwalk) -v2c -c COMMUNITY(@\d+)? -On 172\.31\.3\.2 \.1\.", text)
    put = [part for text in hand.lines for part in text.split() if part.startswith(".1.")]
    assert put == ["." + ".".join(map(str, oid)) for oid in oids(Ask(target="sw1", probe=one.name))]
    assert "SNMP" not in " ".join(hand.lines)


def test_exact_rows_by_hand_and_no_line_too_long_for_a_pdu() -> None:
    hand = by_hand(Ask(target="gw1", probe="arp", args=("172.31.3.232", *map(str, range(30)))), site())
    assert hand.lines[0].startswith("snmpget -v2c -c COMMUNITY -On 172.31.3.1 .1.3.6.1.2.1.4.22.1.2.0.172.31.3.232 ")
    assert [text.count(" .1.3.6") for text in hand.lines] == [24, 24, 12]


@pytest.mark.parametrize(
    ("ask", "why"),
    [
        (Ask(target="nlb1", probe="of-tomorrow"), "does not know the probe"),
        (Ask(target="nobody", probe="lldp"), "no switch or gateway"),
        (Ask(target="gw1", probe="arp", args=("$(reboot)", "1")), "arguments are not those"),
        (Ask(target="gw1", probe="arp", args=("172.31.3.232", "; reboot")), "arguments are not those"),
        (Ask(target="operator", probe="answer", args=("same_switch",)), "--answer same_switch=ANSWER"),
    ],
)
def test_what_cannot_be_put_by_hand_says_why(ask: Ask, why: str) -> None:
    hand = by_hand(ask, site())
    assert hand.lines == ()
    assert why in hand.notes[0]


@pytest.mark.parametrize(
    ("host", "port", "want"),
    [
        ("172.31.3.1", 161, "172.31.3.1"),
        ("sw1.example", 1161, "sw1.example:1161"),
        ("fe80::1", 161, "udp6:[fe80::1]:161"),
    ],
)
def test_the_agent_as_net_snmp_writes_it(host: str, port: int, want: str) -> None:
    assert agent_address(Endpoint(host=host, port=port)) == want


def test_a_name_of_the_site_file_is_quoted_for_the_shell() -> None:
    odd = SnmpTarget(
        name="gw1",
        address=IPv4Address("172.31.3.1"),
        endpoint=Endpoint(host="x; reboot", port=161),
        snmp="env:SNMP",
        kind="gateway",
    )
    hand = by_hand(Ask(target="gw1", probe="own-addresses"), Site(gateways={"gw1": odd}))
    assert all("'x; reboot'" in text for text in hand.lines)
    named = Site(jump=Jump(neighbours="a b"))
    assert by_hand(Ask(target="jump", probe="jump-neighbors"), named).lines[0] == "cat 'a b'"


# ---- targets ----


def covered(evidence: tuple[Evidence, ...], of: Site | None = None) -> tuple[Told, list[coverage.Covered]]:
    one = told(evidence, of)
    shot = snapshot(one, {}, {}, running=False, now_s=1.0)
    return one, coverage.targets(one.report, shot.targets)


def test_every_target_in_the_operators_order_and_what_there_is_nobody_for() -> None:
    here = site(hosts=(), switches=(), gateways=(gateway("gw1", "172.31.3.1"),))
    one, items = covered(SOME, here)
    assert [item.target for item in items if item.target] == ["nlb1", "nlb2", "gw1", "jump"]
    nobody = {item.missing.need for item in items if item.missing}
    assert nobody == {m.need for o in one.report.outcomes for m in o.missing if m.need and not m.target} != set()
    assert "nobody for" in coverage.title(items)
    page = "\n".join(para.text for para in coverage.page(items[-1], one, (), here, browse.titles(one.report)))
    assert "to resolve: add the machine" in page
    assert "nobody to ask" in page


def test_what_was_not_read_stands_once_with_why_and_what_would_resolve_it() -> None:
    one, items = covered(SOME)
    item = next(item for item in items if item.target == "nlb2")
    waits = Ask(target="nlb2", probe="os")
    page = "\n".join(para.text for para in coverage.page(item, one, (waits,), site(), browse.titles(one.report)))
    assert "not read: adapters, cluster" in page.replace("cluster, adapters", "adapters, cluster")
    assert page.count("denied: refused the sign-in") == 1
    assert page.count("to resolve: look at the machine") == 1
    assert "pending  os" in page
    assert all(cause in page for cause in item.causes)
    assert browse.found(items, "status:denied") == [item]


def test_the_last_sample_of_a_question_counts() -> None:
    first = lost("nlb1", "cluster")
    again = answer("nlb1", "cluster", [instance()], sample=1)
    other = lost("nlb1", "os")
    assert coverage.newest((first, other, again)) == [again, other]
    one, items = covered((first, other, again))
    item = next(item for item in items if item.target == "nlb1")
    page = "\n".join(para.text for para in coverage.page(item, one, (), site(), {}))
    assert "not read: os" in page
    assert "asked 2 times" in page


def test_rows_are_as_wide_as_they_may_be_and_name_their_columns_above_them() -> None:
    hostile = (answer(EVIL[:-1], EVIL[:-1], EVIL, EVIL[:-1]), lost("nlb1", "cluster", error=EVIL))
    judged, items = covered((*SOME, hostile[1]))
    one = replace(
        judged, evidence=(*SOME, *hostile)
    )  # a later version's bundle may hold probes that nobody judges here
    for width in (59, 65, 79, 119, 199):
        found = [browse.evidence_row(each, width) for each in browse.evidence(one)]
        log = [asked.row(each, width, {}, 0.0) for each in asked.asks(one.evidence, ())]
        machines = [coverage.row(each, width) for each in items]
        for row in (*found, *log, *machines):
            assert len("".join(text for text, _ in row)) <= width
        for head in (browse.evidence_head(width), asked.row_head(width), coverage.row_head(width)):
            assert len("".join(text for text, _ in head)) <= width + 1


def test_the_registry_knows_every_cause_that_a_list_names() -> None:
    known = {check.about.id for check in registry.checks()}
    named = {cause for item in browse.evidence(told(SOME)) for cause in item.causes}
    assert named <= known
