"""Everything that the lab's server can do wrong, at every step: one Evidence each, named, in time, and no shell left."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Literal, get_args

import pytest

from nlbwiz.lab.winrm.certificates import Authority, Certificate, make_authority, make_certificate
from nlbwiz.lab.winrm.faults import Action, Kind, Rule
from nlbwiz.lab.winrm.server import WinRmServer
from nlbwiz.record.evidence import Evidence, Status
from tests.collect.winrm.site import PASSWORD, USER, Machines, secure, wait_for

Way = Literal["ntlm", "ntlm over TLS", "basic over TLS"]
Result = tuple[Status, str]

OTHER_FAULT = 2150858811
CUT: Result = ("unreachable", "closed the connection before its answer was complete")
HALF: Result = ("garbled", "ends in the middle")
QUICK: dict[Kind, Result] = {
    "close": CUT,
    "reset": CUT,
    "http-400": ("garbled", "calls the request malformed (HTTP 400), also on a new connection"),
    "http-401": ("denied", "took the sign-in of LAB\\operator and later refused it (HTTP 401)"),
    "http-500-html": ("garbled", "answered HTTP 500 instead of WinRM: it begins <html>"),
    "http-503": ("unreachable", "its port answers HTTP 503"),
    "non-utf8-fault": ("garbled", "answered HTTP 500 instead of WinRM: it begins <html>"),
    "garbage": ("garbled", "not WinRM; it begins \\x00\\x01 not xml"),
    "empty": ("garbled", "not WinRM: it is empty"),
    "fault": ("unsupported", f"answered with fault {OTHER_FAULT}: The WS-Management service"),
    "bad-relates": ("garbled", "answered another question"),
    "truncate": HALF,
    "bad-length": HALF,
}
SLOW: dict[Kind, Result] = {
    "slow": ("answered", ""),
    "hang": ("timeout", "no answer from"),
    "trickle": ("timeout", "no answer from"),
}
STEPS: tuple[Action, ...] = ("Auth", "Create", "Command", "Send", "Receive", "Delete")
WAYS: tuple[Way, ...] = get_args(Way)

ANSWERED: Result = ("answered", "")
LOST: Result = ("denied", "did not last until LAB\\operator was signed in")
REFUSED: Result = ("denied", "refused the sign-in of LAB\\operator with")
SPECIAL: dict[tuple[Way, Action, Kind], Result] = {
    # The sign-in over HTTP is an empty message: nothing in it relates to another.
    ("ntlm", "Auth", "bad-relates"): ANSWERED,
    # No challenge comes, or the password is what is refused.
    ("ntlm", "Auth", "http-401"): ("denied", "offers Negotiate, but does not begin an NTLM sign-in"),
    ("ntlm over TLS", "Auth", "http-401"): ("denied", "offers Negotiate, Basic, but does not begin an NTLM sign-in"),
    ("basic over TLS", "Auth", "http-401"): REFUSED,
    ("ntlm over TLS", "Create", "http-401"): REFUSED,
    ("basic over TLS", "Create", "http-401"): REFUSED,
}


def expected(way: Way, action: Action, kind: Kind) -> Result:
    if action == "Delete":
        return ANSWERED
    return SPECIAL.get((way, action, kind), (QUICK | SLOW)[kind])


def test_the_tables_hold_every_kind_of_fault() -> None:
    assert {*QUICK, *SLOW} == set(get_args(Kind))


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def certificate(authority: Authority) -> Certificate:
    return make_certificate(authority, "good", [f"127.0.1.{number}" for number in range(1, 30)])


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[Machines]:
    found = Machines(tmp_path)
    yield found
    found.close()


def add(machines: Machines, certificate: Certificate, way: Way, rule: Rule) -> str:
    """A machine that goes wrong in this way, with an account of its own: nobody waits for another's proof."""
    name = f"m{len(machines.servers) + 1}"
    more = secure(certificate) if way != "ntlm" else {}
    server = machines.add(name, rules=[rule], **more)
    reference = machines.credential(f"{USER}:{PASSWORD}")
    own = Path(reference.removeprefix("file:")).with_name(f"own-{name}")
    own.write_text(f"{USER}:{PASSWORD}\n")
    own.chmod(0o600)
    machines.relist(name, credential=f"file:{own}", auth="basic" if way == "basic over TLS" else "ntlm")
    assert server.name == name
    return name


def all_deleted(server: WinRmServer) -> bool:
    return server.counts.shells_open == 0


def judge(found: Evidence, way: Way, action: Action, kind: Kind) -> None:
    wanted = {expected(way, action, kind)}
    if (action, kind) == ("Auth", "truncate"):  # a 401 without body, and who notices first that the connection is gone?
        wanted |= {CUT, HALF, LOST}
    assert any(found.status == status and says in found.error for status, says in wanted), (action, kind, found)
    assert bool(found.resolve) == (not found.is_answer)
    assert bool(found.raw) == found.is_answer


def rule(action: Action, kind: Kind, times: int | None) -> Rule:
    seconds = {"slow": 0.1, "trickle": 0.05}.get(kind)
    return Rule(kind=kind, action=action, times=times, seconds=seconds, code=OTHER_FAULT if kind == "fault" else None)


@pytest.mark.parametrize("action", STEPS)
@pytest.mark.parametrize("way", WAYS)
def test_every_fault_at_every_step_has_its_name(
    machines: Machines, certificate: Certificate, way: Way, action: Action
) -> None:
    kinds = {add(machines, certificate, way, rule(action, kind, None)): kind for kind in QUICK}
    given = machines.ask(probes=["os"])
    for found in given.evidence:
        judge(found, way, action, kinds[found.ask.target])
    for server in machines.servers.values():
        made = server.counts
        assert made.in_clear == (0 if way == "ntlm" else made.in_clear)
        if action in ("Command", "Send", "Receive"):
            assert made.shells_open == 0, (kinds[server.name], "the shell is deleted on another connection, if need be")
    assert PASSWORD not in repr(given.all)


def test_silence_at_any_step_costs_the_target_its_time_and_no_more(
    machines: Machines, certificate: Certificate
) -> None:
    ways: dict[Action, Way] = {"Auth": "ntlm over TLS", "Send": "basic over TLS"}
    steps: dict[str, tuple[Action, Kind]] = {}
    for action in STEPS:
        for kind in SLOW:
            steps[add(machines, certificate, ways.get(action, "ntlm"), rule(action, kind, None))] = (action, kind)
    given = machines.ask(probes=["os"], target_s=1.5)
    assert max(when for when, _ in given.all) < 2.0
    for found in given.evidence:
        action, kind = steps[found.ask.target]
        judge(found, ways.get(action, "ntlm"), action, kind)
        if action in ("Command", "Send", "Receive") and kind != "slow":
            server = machines.servers[found.ask.target]
            wait_for(partial(all_deleted, server))


@pytest.mark.parametrize("action", STEPS)
@pytest.mark.parametrize(
    ("kind", "heals"),
    [
        ("http-400", STEPS),
        ("http-401", ("Auth", "Command", "Send", "Receive", "Delete")),
        ("close", ("Auth", "Delete")),
        ("reset", ("Auth", "Delete")),
        ("http-503", ("Delete",)),
    ],
)
def test_what_was_certainly_not_looked_at_is_sent_once_more(
    machines: Machines, certificate: Certificate, action: Action, kind: Kind, heals: tuple[Action, ...]
) -> None:
    ways: dict[str, Way] = {add(machines, certificate, way, rule(action, kind, 1)): way for way in WAYS}
    for found in machines.ask(probes=["os"]).evidence:
        way = ways[found.ask.target]
        works = action in heals
        if kind == "http-401":  # the first 401 is as usual; a password that was just taken is not sent again and again
            works = works and (way != "basic over TLS" or action in ("Auth", "Delete"))
            works = works or (way, action) == ("ntlm", "Create")
        assert (found.status == "answered") == works, (way, action, kind, found.error)


def test_a_connection_that_breaks_in_the_proof_is_not_tried_again(machines: Machines, certificate: Certificate) -> None:
    # third request: the one that holds the proof of the password
    add(machines, certificate, "ntlm", Rule(kind="reset", action="Auth", nth=2))
    found = machines.one()
    assert found.status == "unreachable"
    assert machines.servers["m1"].counts.sign_ins == 0


FAULTS: dict[int, Result] = {
    5: ("denied", "took the sign-in of LAB\\operator, but gives it no shell: access is denied"),
    2150859173: ("denied", "MaxShellsPerUser is reached"),
    2150859174: ("denied", "MaxConcurrentOperationsPerUser is reached"),
    2150858843: ("unreachable", "closed the shell before the script was done"),
    2150858793: ("timeout", "gave up by itself"),
}


@pytest.mark.parametrize("code", FAULTS)
def test_the_known_fault_codes_have_their_names(machines: Machines, code: int) -> None:
    machines.add(rules=[Rule(kind="fault", action="Create", code=code)])
    found = machines.one()
    status, says = FAULTS[code]
    assert (found.status, says in found.error) == (status, True), found.error


@pytest.mark.parametrize(
    ("shells", "operations", "says"), [(0, 9, "MaxShellsPerUser"), (9, 0, "MaxConcurrentOperationsPerUser")]
)
def test_a_users_quotas_are_named(machines: Machines, shells: int, operations: int, says: str) -> None:
    server = machines.add(max_shells=shells, max_operations=operations)
    found = machines.one()
    assert (found.status, says in found.error) == ("denied", True)
    assert server.counts.shells_open == 0


def test_an_operation_timeout_while_the_script_runs_is_no_failure(machines: Machines) -> None:
    server = machines.add(rules=[Rule(kind="fault", action="Receive", code=2150858793, times=2)])
    assert machines.one().status == "answered"
    assert server.counts.operations["Receive"] == 3


@pytest.mark.parametrize(
    ("code", "times", "status"), [(170, 2, "answered"), (170, 3, "unsupported"), (2150858793, 1, "answered")]
)
def test_input_for_a_process_that_is_not_ready_is_sent_again(
    machines: Machines, code: int, times: int, status: Status
) -> None:
    # An operation timeout of a Send says nothing about its data: here it is lost, and the script never starts.
    machines.add(rules=[Rule(kind="fault", action="Send", code=code, times=times)])
    found = machines.ask(probes=["os"], target_s=0.9).evidence[0]
    assert found.status == ("timeout" if code != 170 else status)
