"""Signing in: one password proved once, every method, TLS, and no secret in anything that is given."""

import base64
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from nlbwiz.collect.winrm.round import has_ticket, method_of
from nlbwiz.collect.winrm.wsman import have_kerberos
from nlbwiz.lab.winrm.certificates import (
    Authority,
    Certificate,
    make_authority,
    make_certificate,
    make_self_signed,
)
from nlbwiz.lab.winrm.faults import Rule
from nlbwiz.lab.winrm.shell import Output
from nlbwiz.record.evidence import Status
from nlbwiz.site.model import Auth, Endpoint
from tests.collect.winrm.site import NODE, PASSWORD, USER, Given, Machines, line, secure

WRONG = "Wr0ng-and-long-enough"


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[Machines]:
    found = Machines(tmp_path)
    yield found
    found.close()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def good(authority: Authority) -> Certificate:
    return make_certificate(authority, "good", ["127.0.1.1", "127.0.1.2", "127.0.1.3"])


# ---- one password, many machines ----


def refused(machines: Machines) -> int:
    return sum(server.counts.refused_sign_ins for server in machines.servers.values())


@pytest.mark.parametrize("auth", ["ntlm", "basic"])
def test_a_wrong_password_is_tried_once_for_all_its_machines(machines: Machines, good: Certificate, auth: Auth) -> None:
    for number in range(3):
        machines.add(f"nlb{number}", **secure(good, auth=auth))
    for name in machines.targets:
        machines.relist(name, credential=machines.credential(f"{USER}:{WRONG}"))
    given = machines.ask()
    assert {one.status for one in given.evidence} == {"denied"}
    assert refused(machines) == 1
    first = {one.ask.target for one in given.evidence if "refused the sign-in" in one.error}
    others = {one.error for one in given.evidence if one.ask.target not in first}
    assert (len(first), others) == (1, {f"not tried: the password of {USER} was refused by {first.pop()}"})
    said = next(one for one in given.evidence if "refused the sign-in" in one.error)
    assert "it offers Negotiate, Basic" in said.error
    assert "LocalAccountTokenFilterPolicy" in said.resolve
    assert WRONG not in repr(given.all)


def test_the_first_to_answer_proves_and_a_dead_machine_keeps_nobody_waiting(machines: Machines) -> None:
    machines.add("silent", presence="silent")
    machines.add("dead", presence="dead")
    machines.add("slow", latency_s=3)
    for number in range(3):
        machines.add(f"nlb{number}")
    given = Given()
    with machines.source() as source:
        source.ask(machines.asks(probes=["os"]), given)
        given.until(3)
        assert {one.ask.target for one in given.evidence} == {"nlb0", "nlb1", "nlb2"}
        assert max(when for when, _ in given.all) < 3
    waited = [step for step in given.steps if step.text.startswith("waiting until")]
    assert len(waited) <= 2
    assert all(step.text.endswith(f"has taken the password of {USER}") for step in waited)


def test_a_prover_that_fails_otherwise_hands_on(machines: Machines) -> None:
    # nlb0 alone until it is the prover; it breaks the connection in the middle of the sign-in
    machines.add(
        "nlb0", rules=[Rule(kind="slow", action="Auth", nth=2, seconds=0.3), Rule(kind="reset", action="Auth", nth=2)]
    )
    machines.add("nlb1", rules=[Rule(kind="slow", action="Auth", nth=1, seconds=0.15)])
    given = machines.ask(probes=["os"])
    assert {one.ask.target: one.status for one in given.evidence} == {"nlb0": "unreachable", "nlb1": "answered"}
    assert f"waiting until nlb0 has taken the password of {USER}" in [step.text for step in given.steps]


def test_a_prover_that_hangs_hands_on_after_a_quarter_of_the_time(machines: Machines) -> None:
    machines.add("nlb0", rules=[Rule(kind="hang", action="Auth", nth=2)])
    machines.add("nlb1", rules=[Rule(kind="slow", action="Auth", nth=1, seconds=0.1)])
    given = machines.ask(probes=["os"], target_s=0.9)
    assert {one.ask.target: one.status for one in given.evidence} == {"nlb0": "timeout", "nlb1": "answered"}
    assert given.at("nlb1") < given.at("nlb0")


def test_a_connection_that_idles_away_while_it_waits_for_the_proof_is_made_anew(machines: Machines) -> None:
    machines.add("nlb0", rules=[Rule(kind="hang", action="Auth", nth=2)])
    waiting = machines.add("nlb1", rules=[Rule(kind="slow", action="Auth", nth=1, seconds=0.1)], idle_s=0.1)
    found = machines.ask(probes=["os"], target_s=1.2).by_label()
    assert found["nlb1/os"].status == "answered"
    assert waiting.counts.connections == 2


def test_a_sealed_connection_that_idles_away_is_signed_in_again(
    machines: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nlbwiz.collect.winrm.shell._IDLE_PACE_S", 0.3)
    nothing_yet = Rule(kind="fault", action="Receive", code=2150858793)
    server = machines.add(rules=[nothing_yet], idle_s=0.1)
    assert machines.one().status == "answered"
    assert (server.counts.connections, server.counts.shells_created, server.counts.processes) == (3, 1, 1)
    assert server.counts.shells_open == 0


def test_stopping_the_prover_lets_the_next_one_prove(machines: Machines) -> None:
    machines.add("nlb0", rules=[Rule(kind="hang", action="Auth", nth=2)])
    machines.add("nlb1", rules=[Rule(kind="slow", action="Auth", nth=1, seconds=0.1)])
    given = Given()
    with machines.source() as source:
        source.ask(machines.asks(probes=["os"]), given)
        given.until_step("waiting until nlb0", "nlb1")
        source.stop("nlb0")
        given.until(2, 2)
    assert {one.ask.target: one.status for one in given.evidence} == {"nlb0": "stopped", "nlb1": "answered"}


def test_who_waits_for_a_proof_can_be_stopped(machines: Machines) -> None:
    machines.add("nlb0", rules=[Rule(kind="hang", action="Auth", nth=2)])
    machines.add("nlb1", rules=[Rule(kind="slow", action="Auth", nth=1, seconds=0.1)])
    given = Given()
    with machines.source() as source:
        source.ask(machines.asks(probes=["os"]), given)
        given.until_step("waiting until nlb0", "nlb1")
        source.stop("nlb1")
        given.until(1, 1)
        source.stop("nlb0")
        given.until(2, 1)
    assert {one.status for one in given.evidence} == {"stopped"}


def test_accounts_do_not_wait_for_each_other(machines: Machines) -> None:
    for number in range(4):
        machines.add(f"nlb{number}", users={USER: PASSWORD, "LAB\\second": PASSWORD})
    machines.relist("nlb2", credential=machines.credential(f"LAB\\second:{WRONG}"))
    machines.relist("nlb3", credential=machines.credential(f"LAB\\second:{PASSWORD}"))
    given = machines.ask(probes=["os"])
    assert [one.status for one in sorted(given.evidence, key=lambda one: one.label)] == [
        "answered",
        "answered",
        "denied",
        "answered",
    ]
    assert refused(machines) == 1


def test_a_machine_that_refuses_a_proved_password_is_alone_in_that(machines: Machines) -> None:
    machines.add("nlb0")
    machines.add("nlb1", users={USER: "another one"}, rules=[Rule(kind="slow", action="Auth", nth=1, seconds=0.2)])
    machines.add("nlb2", rules=[Rule(kind="slow", action="Auth", nth=1, seconds=0.4)])
    given = machines.ask(probes=["os"])
    assert {one.ask.target: one.status for one in given.evidence} == {
        "nlb0": "answered",
        "nlb1": "denied",
        "nlb2": "answered",
    }


def test_the_proof_costs_one_sign_in_ahead(machines: Machines) -> None:
    """Everybody together takes at most 1.3 times one machine alone and the sign-in that proves the account."""
    latency_s = 0.06
    machines.add("alone", latency_s=latency_s)
    alone = machines.ask("alone").at("alone")
    for number in range(4):
        machines.add(f"nlb{number}", latency_s=latency_s)
    together = machines.ask()
    assert max(when for when, _ in together.all) <= 1.3 * (alone + 3 * latency_s)
    counted = Counter(server.counts.requests for name, server in machines.servers.items() if name != "alone")
    assert counted == {8: 4}


# ---- methods ----


@pytest.mark.parametrize(
    ("auth", "user", "host", "kerberos", "method"),
    [
        ("auto", "LAB\\admin", "nlb1.lab.example", True, "ntlm"),
        ("auto", "admin", "nlb1.lab.example", True, "ntlm"),
        ("auto", "admin@lab.example", "nlb1.lab.example", True, "kerberos"),
        ("auto", "admin@lab.example", "172.31.3.11", True, "ntlm"),
        ("auto", "admin@lab.example", "fe80::1%eth0", True, "ntlm"),
        ("auto", "admin@lab.example", "nlb1.lab.example", False, "ntlm"),
        ("ntlm", "admin@lab.example", "nlb1.lab.example", True, "ntlm"),
        ("kerberos", "LAB\\admin", "172.31.3.11", False, "kerberos"),
        ("basic", "admin", "nlb1", True, "basic"),
    ],
)
def test_auto_is_kerberos_when_all_it_needs_is_there(
    machines: Machines, monkeypatch: pytest.MonkeyPatch, auth: Auth, user: str, host: str, kerberos: bool, method: str
) -> None:
    monkeypatch.setenv("KRB5CCNAME", "KEYRING:persistent:0")
    machines.enlist("nlb1", Endpoint(host=host, port=5985, scheme="http"), auth=auth)
    assert method_of(machines.targets["nlb1"], user, have_kerberos=kerberos) == method


def test_a_ticket_cache_is_a_file_that_is_there_or_one_that_kerberos_looks_into(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    assert not has_ticket({"KRB5CCNAME": f"FILE:{cache}"})
    cache.write_bytes(b"\x05\x04")
    assert has_ticket({"KRB5CCNAME": f"FILE:{cache}"})
    assert has_ticket({"KRB5CCNAME": str(cache)})
    assert has_ticket({"KRB5CCNAME": "KCM:0"})
    assert not has_ticket({"KRB5CCNAME": str(tmp_path / "other")})


def test_kerberos_without_its_module_says_what_to_install(machines: Machines) -> None:
    if have_kerberos:
        machines.enlist("nlb1", Endpoint(host="127.0.0.1", port=9, scheme="http"), auth="kerberos")
        assert machines.one().status != "answered"
        return
    machines.add(target={"auth": "kerberos"})
    found = machines.one()
    assert (found.status, "pywinrm[kerberos]" in found.resolve) == ("denied", True)
    assert machines.servers["nlb1"].counts.requests == 0


@pytest.mark.parametrize(
    ("auth", "offered", "error"),
    [
        ("ntlm", ("Basic",), "does not offer NTLM; it offers Basic"),
        ("basic", ("Negotiate",), "does not offer Basic; it offers Negotiate"),
        ("basic", ("Negotiate", "Kerberos"), "does not offer Basic; it offers Negotiate, Kerberos"),
        ("ntlm", (), "does not offer NTLM; it offers nothing"),
    ],
)
def test_a_method_that_is_not_offered_sends_no_password(
    machines: Machines, good: Certificate, auth: Auth, offered: tuple[str, ...], error: str
) -> None:
    server = machines.add(**secure(good, auth=auth), auth=offered)
    found = machines.one()
    assert (found.status, error in found.error) == ("denied", True), found.error
    assert [exchange.scheme for exchange in server.log] == [""]


def test_basic_over_plain_http_is_refused_before_anything_is_sent(machines: Machines) -> None:
    server = machines.add(allow_unencrypted=True, target={"auth": "basic"})
    found = machines.one()
    assert (found.status, "shows the password" in found.error) == ("denied", True)
    assert server.counts.connections == 0


def test_basic_over_plain_http_works_where_the_site_says_insecure(machines: Machines) -> None:
    server = machines.add(allow_unencrypted=True, target={"auth": "basic", "insecure": True})
    assert machines.one().status == "answered"
    assert server.counts.in_clear == 5


def test_ntlm_over_plain_http_is_never_in_clear_even_where_that_is_allowed(machines: Machines) -> None:
    server = machines.add(allow_unencrypted=True)
    assert machines.one().status == "answered"
    assert server.counts.in_clear == 0


def test_channel_binding_is_sent_over_tls(machines: Machines, good: Certificate) -> None:
    machines.add(**secure(good), cbt="Strict")
    assert machines.one().status == "answered"


@pytest.mark.parametrize("user", ["operator", "NLB1\\operator", USER])
def test_local_and_domain_names_sign_in(machines: Machines, user: str) -> None:
    machines.add("NLB1", users={user.removeprefix("NLB1\\"): PASSWORD})
    machines.relist("NLB1", credential=machines.credential(f"{user}:{PASSWORD}"))
    assert machines.one().status == "answered"


def test_a_missing_credential_is_told_and_nothing_is_sent(machines: Machines) -> None:
    server = machines.add()
    machines.relist("nlb1", credential="env:NLBWIZ_NO_SUCH_VARIABLE")
    found = machines.one()
    assert found.status == "denied"
    assert "env:NLBWIZ_NO_SUCH_VARIABLE" in found.error
    assert server.counts.connections == 0


# ---- TLS ----


@pytest.mark.parametrize("auth", ["ntlm", "basic"])
def test_a_good_certificate_is_taken(machines: Machines, good: Certificate, auth: Auth) -> None:
    server = machines.add(**secure(good, auth=auth))
    assert machines.one().status == "answered"
    assert server.counts.requests == 7 - (auth == "basic")


def test_certificates_that_do_not_fit_are_told_apart(machines: Machines, authority: Authority, tmp_path: Path) -> None:
    other = make_authority(tmp_path, "another authority")
    bad: dict[str, tuple[Certificate, str]] = {
        "name": (
            make_certificate(authority, "name", ["127.0.9.9", "nlb9"]),
            "is for another name (it holds 127.0.9.9, nlb9): ",
        ),
        "expired": (make_certificate(authority, "expired", ["127.0.1.2"], validity="expired"), "is out of date"),
        "early": (make_certificate(authority, "early", ["127.0.1.3"], validity="not yet"), "is out of date"),
        "unknown": (make_certificate(other, "unknown", ["127.0.1.4"]), "nobody this machine trusts"),
        "alone": (make_self_signed(tmp_path, "alone", ["127.0.1.5"]), "nobody this machine trusts"),
    }
    for name, (certificate, _) in bad.items():
        machines.add(name, tls=certificate, target={"ca": str(authority.certificate)})
    for one in machines.ask(probes=["os"]).evidence:
        assert (one.status, bad[one.ask.target][1] in one.error) == ("unreachable", True), one.error
        assert "insecure = true" in one.resolve
    assert all(server.counts.requests == 0 for server in machines.servers.values())
    for name in bad:
        machines.relist(name, insecure=True)
    assert {one.status for one in machines.ask(probes=["os"]).evidence} == {"answered"}


def test_a_certificate_that_vouches_for_itself_is_taken_when_it_is_named(machines: Machines, tmp_path: Path) -> None:
    own = make_self_signed(tmp_path, "own", ["127.0.1.1"])
    machines.add(tls=own, target={"ca": str(own.trust)})
    assert machines.one().status == "answered"


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_ca_file_that_cannot_be_used_is_named(
    machines: Machines, good: Certificate, tmp_path: Path, content: str | None
) -> None:
    path = tmp_path / "ca.pem"
    if content:
        path.write_text(content)
    server = machines.add(tls=good, target={"ca": str(path)})
    found = machines.one()
    assert (found.status, str(path) in found.error) == ("unreachable", True)
    assert server.counts.connections == 0


def test_tls_and_plain_http_that_meet_each_other_are_told(machines: Machines, good: Certificate) -> None:
    plain, secured = machines.add("plain"), machines.add("secured", tls=good)
    host, port = plain.address
    machines.relist("plain", endpoint=Endpoint(host=host, port=port, scheme="https"))
    host, port = secured.address
    machines.relist("secured", endpoint=Endpoint(host=host, port=port, scheme="http"))
    found = machines.ask(probes=["os"]).by_label()
    assert "speaks plain HTTP, not TLS" in found["plain/os"].error
    assert "speaks TLS, not plain HTTP" in found["secured/os"].error
    assert {one.status for one in found.values()} == {"unreachable"}


# ---- secrets ----


def test_a_machine_that_repeats_the_password_does_not_get_it_shown(machines: Machines, good: Certificate) -> None:
    token = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()

    def run(_script: str, _stdin: str) -> Iterator[Output]:
        error = {"type": "X", "id": "x", "message": f"bad password {PASSWORD} ({token})"}
        yield "stdout", line("os", error=error) + b"\r\n"
        yield "stdout", f"password={PASSWORD}\r\n".encode()
        yield 1

    machines.add(run=run, **secure(good, auth="basic"))
    given = machines.ask(probes=["os", "dad"])
    assert {one.ask.probe: one.error.partition(": ")[2] for one in given.evidence}["os"] == "bad password *** (***)"
    assert "it begins password=***" in given.by_label()["nlb1/dad"].error
    assert PASSWORD not in repr(given.all)
    assert token not in repr(given.all)


def test_no_secret_is_in_what_is_given_or_in_what_is_kept(machines: Machines) -> None:
    machines.add("good")
    machines.add("wrong", target={"credential": machines.credential(f"{USER}:{WRONG}")})
    given = Given()
    with machines.source() as source:
        source.ask(machines.asks(), given)
        given.until(2 * len(NODE))
        kept = repr(vars(source))
    for secret in (PASSWORD, WRONG):
        assert secret not in repr(given.all)
        assert secret not in kept


def test_closing_while_machines_wait_for_a_proof_is_quick(machines: Machines) -> None:
    machines.add("nlb0", rules=[Rule(kind="hang", action="Auth", nth=2)])
    for number in range(1, 4):
        machines.add(f"nlb{number}", rules=[Rule(kind="slow", action="Auth", nth=1, seconds=0.1)])
    given = Given()
    with machines.source() as source:
        source.ask(machines.asks(probes=["os"]), given)
        given.until_step("waiting until nlb0")
        began = time.monotonic()
        source.close()
        assert time.monotonic() - began < 1
    statuses: dict[str, Status] = {one.ask.target: one.status for one in given.evidence}
    assert set(statuses.values()) == {"stopped"}
    assert not any("waiting" in thread.name for thread in threading.enumerate())
