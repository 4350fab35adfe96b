"""Whatever rows an agent gives, in whatever shape, what is seen on it can be worked out and printed."""

import json
from datetime import UTC, datetime
from ipaddress import IPv4Address

import jsonschema
import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nlbwiz.addr import mac
from nlbwiz.families import FAMILIES
from nlbwiz.probes import PROBES, Ask
from nlbwiz.record.evidence import Evidence, Status
from nlbwiz.schemas import schema
from nlbwiz.switch.model import CostRow
from nlbwiz.switch.seen import Seen
from nlbwiz.switch.survey import Wanted
from nlbwiz.switch.text import WIDTH, render
from nlbwiz.switch.view import view

SNMP = [probe for probe in PROBES.values() if probe.via.startswith("snmp")]
MAC, GROUP, IP = mac("00155d031504"), mac("03bfac1f03e8"), IPv4Address("172.31.3.232")
ARGS = {
    "": (), "ifindex": ("7",), "context": ("10",), "ip": (str(IP),), "mac": (MAC,), "mac@context": (MAC, "10"),
    "mac.0@context": (GROUP, "10"), "place.ip": (str(IP), "7"), "place.1.4.ip": (str(IP), "7"), "place.mac": (MAC, "10"),
    "place.mac.0": (MAC, "10"), "place.6.mac": (MAC, "10"),
}  # fmt: skip
STATUSES: tuple[Status, ...] = ("answered", "empty", "timeout", "unsupported")
WANTED = Wanted(macs=(MAC, GROUP), ips=(IP,))
VALUES = st.one_of(
    st.tuples(st.sampled_from(["int", "gauge", "counter32", "ticks"]), st.integers(0, 2**32 - 1)),
    st.tuples(st.just("int"), st.integers(0, 8)),
    st.tuples(st.just("octets"), st.binary(max_size=12).map(bytes.hex)),
    st.tuples(
        st.just("octets"),
        st.sampled_from([b"21-22", b"8c-60-4f-19-1c-1", b"3,4434", b"\x1b[2J", b"Vlan10"]).map(bytes.hex),
    ),
    st.tuples(st.just("ip"), st.just("255.255.255.0")),
    st.tuples(st.just("oid"), st.sampled_from([root for row in FAMILIES for root in row.roots])),
    st.tuples(st.sampled_from(["no_such_object", "no_such_instance"]), st.none()),
)
INDEXES = st.one_of(
    st.lists(st.sampled_from([0, 1, 4, 6, 7, 10, 255, 256, 4094, 65536, 2**31]), max_size=12),
    st.sampled_from(
        [
            [7],
            [10, 0, 21, 93, 3, 21, 4],
            [0, 10],
            [7, 172, 31, 3, 232],
            [0, 21, 93, 3, 21, 4],
            [10, 3, 191, 172, 31, 3, 232, 0],
        ]
    ),
)


@st.composite
def evidence(draw: st.DrawFn) -> list[Evidence]:
    found = []
    for probe in draw(st.lists(st.sampled_from(SNMP), min_size=1, max_size=14, unique_by=lambda one: one.name)):
        rows = []
        for _ in range(draw(st.integers(0, 5))):
            _, column = draw(st.sampled_from(probe.oids))
            kind, value = draw(VALUES)
            rows.append([".".join(map(str, (*column, *draw(INDEXES)))), kind, value])
        ask = Ask(target="switch", probe=probe.name, args=ARGS[probe.index])
        raw = json.dumps({"rows": rows, "ended": draw(st.booleans())})
        status = draw(st.sampled_from(STATUSES))
        error = draw(st.sampled_from(["", "the agent repeats rows"]))
        found.append(
            Evidence(ask=ask, at=datetime(2026, 1, 1, tzinfo=UTC), took_ms=1, status=status, raw=raw, error=error)
        )
    return found


@given(evidence())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_nothing_that_an_agent_says_breaks_the_view(found: list[Evidence]) -> None:
    seen = Seen(target="switch")
    seen.add(found)
    made = view(seen, WANTED, CostRow(pdus=1, varbinds=1, seconds=0.1))
    jsonschema.validate(json.loads(msgspec.json.encode(made)), schema("switch"))
    text = render(made)
    assert "\x1b" not in text
    assert max(map(len, text.splitlines())) <= WIDTH
    sought = {row.mac for row in made.fdb} | {one.fact.partition(" ")[2] for one in made.not_exposed}
    assert MAC in sought, "a MAC that was asked for is there, or not there, or could not be looked up"
    assert str(IP) in {row.ip for row in made.arp} | {one.fact.partition(" ")[2] for one in made.not_exposed}
