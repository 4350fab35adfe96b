"""Live sends every ask to the way its target is asked, imports only what a site needs, and closes in time."""

import json
import subprocess
import sys
import time
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

import pytest

from nlbwiz.collect.live import Live
from nlbwiz.collect.source import Clock, Source
from nlbwiz.lab.snmp.faults import Faults
from nlbwiz.probes import Ask
from nlbwiz.record.evidence import Evidence, Step
from nlbwiz.site.credentials import Vault
from nlbwiz.site.model import Endpoint, Jump, Node, Site
from tests.collect.snmp.site import COMMUNITY, Given, agents, site_of, switch_table


def live(site: Site, answers: dict[str, str] | None = None) -> Live:
    clock = Clock(total_s=20, target_s=15)
    return Live(site, Vault(site, None), clock, {} if answers is None else answers)


def node(name: str) -> Node:
    """A node whose credential cannot be had: WinRM is chosen, and nothing is sent."""
    return Node(
        name=name,
        address=ip_address("172.31.3.11"),
        endpoint=Endpoint(host="127.0.61.50", port=5985, scheme="http"),
        credential="env:NLBWIZ_NOT_SET",
    )


def test_live_is_a_source() -> None:
    source: Source = live(Site())
    source.close()


def test_every_ask_goes_the_way_of_its_target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NLBWIZ_SNMP", COMMUNITY)
    monkeypatch.delenv("NLBWIZ_NOT_SET", raising=False)
    (tmp_path / "neigh.json").write_text('[{"dst": "172.31.3.11", "dev": "eth0", "state": ["FAILED"]}]')
    with agents({"sw1": switch_table(), "gw1": switch_table()}) as running:
        site = replace(
            site_of({name: each.address for name, each in running.items()}),
            nodes={"nlb1": node("nlb1")},
            jump=Jump(neighbours=str(tmp_path / "neigh.json"), addresses=("172.31.3.50/24",)),
        )
        asks = [
            Ask(target="sw1", probe="agent"),
            Ask(target="gw1", probe="agent"),
            Ask(target="nlb1", probe="cluster"),
            Ask(target="jump", probe="jump-neighbors"),
            Ask(target="operator", probe="answer", args=("same_switch",)),
        ]
        source, given = live(site, {"same_switch": "yes"}), Given()
        source.ask(asks, given)
        found = {each.label: each for each in given.wait(5).values()}
        source.close()
    assert {label: each.status for label, each in found.items()} == {
        "sw1/agent": "answered",
        "gw1/agent": "answered",
        "nlb1/cluster": "denied",
        "jump/jump-neighbors": "answered",
        "operator/answer[same_switch]": "answered",
    }
    assert found["operator/answer[same_switch]"].raw == '"yes"'
    assert "NLBWIZ_NOT_SET" in found["nlb1/cluster"].error


@pytest.mark.parametrize(
    ("word", "status", "raw"),
    [
        ("no", "answered", '"no"'),
        (' Dell "old" \n', "answered", '"Dell \\"old\\""'),
        ("not sure", "skipped", ""),
        ("Not sure", "skipped", ""),
        ("  ", "skipped", ""),
        (None, "skipped", ""),
    ],
)
def test_the_operators_word_is_evidence_and_not_sure_is_none(word: str | None, status: str, raw: str) -> None:
    source, given = live(Site(), {} if word is None else {"q": word}), Given()
    asked = Ask(target="operator", probe="answer", args=("q",))
    source.ask([asked], given)
    evidence = given.wait(1)[asked]
    source.close()
    assert (evidence.status, evidence.raw) == (status, raw)
    assert evidence.is_answer or "--answer q=" in evidence.resolve
    assert not raw or isinstance(json.loads(raw), str)


def test_an_answer_given_later_counts_when_asked_again() -> None:
    answers: dict[str, str] = {}
    source, given = live(Site(), answers), Given()
    asked = Ask(target="operator", probe="answer", args=("same_switch",))
    source.ask([asked], given)
    answers["same_switch"] = "yes"
    source.ask([replace(asked, sample=1)], given)
    source.close()
    assert [each.status for each in given.evidence] == ["skipped", "answered"]


@pytest.mark.parametrize(
    "asked",
    [
        Ask(target="nobody", probe="agent"),
        Ask(target="sw1", probe="cluster"),
        Ask(target="nlb1", probe="fdb", args=("02-BF-AC-1F-03-E8", "10")),
        Ask(target="jump", probe="answer"),
        Ask(target="operator", probe="jump-neighbors"),
        Ask(target="sw1", probe="no such probe"),
    ],
)
def test_what_cannot_be_asked_of_a_target_is_unsupported(asked: Ask) -> None:
    site = replace(site_of({"sw1": ("127.0.61.50", 1)}), nodes={"nlb1": node("nlb1")})
    source, given = live(site), Given()
    source.ask([asked], given)
    (evidence,) = given.evidence
    source.close()
    assert evidence.status == "unsupported"
    assert evidence.ask.target in evidence.error


def test_stop_and_extend_reach_the_source_of_the_target(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NLBWIZ_SNMP", COMMUNITY)
    with agents({"sw1": switch_table()}, faults={"sw1": Faults(silent=True)}) as running:
        source, given = live(site_of({"sw1": running["sw1"].address})), Given()
        for target in ("sw1", "operator", "nobody"):  # nothing is asked yet, or never can be
            source.stop(target)
            source.extend(target, 1.0)
        source.ask([Ask(target="sw1", probe="agent")], given)
        given.until(lambda: bool(given.steps))
        source.extend("sw1", 1.0)
        source.stop("sw1")
        (evidence,) = given.wait(1, within_s=0.5).values()
        source.close()
    assert evidence.status == "stopped"


def test_close_ends_all_ways_within_a_second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NLBWIZ_SNMP", COMMUNITY)
    with agents({"sw1": switch_table()}, faults={"sw1": Faults(silent=True)}) as running:
        site = site_of({"sw1": running["sw1"].address})
        source, given = live(site), Given()
        source.ask(
            [Ask(target="sw1", probe="agent"), Ask(target="jump", probe="jump-neighbors", not_before_s=9.0)], given
        )
        given.until(lambda: bool(given.steps))
        began = time.monotonic()
        source.close()
        took_s = time.monotonic() - began
        later: list[Step | Evidence] = []
        source.ask([Ask(target=target, probe="agent") for target in ("sw1", "nobody")], later.append)
        source.ask([Ask(target="operator", probe="answer", args=("q",))], later.append)
        source.close()
    assert took_s < 1.0
    assert [each.status for each in given.evidence] == ["stopped", "stopped"]
    assert {each.status for each in later if isinstance(each, Evidence)} == {"stopped"}
    assert len(later) == 3


def test_the_client_libraries_are_imported_with_the_first_ask_that_needs_them() -> None:
    code = """
import sys
from nlbwiz.collect.live import Live
from nlbwiz.collect.source import Clock
from nlbwiz.probes import Ask
from nlbwiz.site.credentials import Vault
from nlbwiz.site.model import Site
site, given = Site(), []
live = Live(site, Vault(site, None), Clock(total_s=5, target_s=5), {"q": "yes"})
live.ask([Ask(target="operator", probe="answer", args=("q",))], given.append)
live.close()
assert given[0].status == "answered"
loaded = {"winrm", "pysnmp", "requests", "asyncio", "textual", "jinja2"} & set(sys.modules)
assert not loaded, loaded
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 0, done.stderr
