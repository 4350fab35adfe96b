"""Every way of getting no SNMP answer has a sentence that names the cause, and one that says what to do."""

import inspect
from ipaddress import ip_address

import pytest
from pysnmp.proto import errind

from nlbwiz.collect.snmp import causes
from nlbwiz.collect.ticket import Cause
from nlbwiz.record.evidence import ANSWERS, Status
from nlbwiz.site.model import Endpoint, SnmpTarget

SW1 = SnmpTarget(
    name="sw1",
    address=ip_address("172.31.3.2"),
    endpoint=Endpoint(host="127.0.1.2", port=161),
    snmp="env:NLBWIZ_SNMP",
    kind="switch",
)


@pytest.mark.parametrize(
    ("indication", "status", "says", "helps"),
    [
        (errind.wrongDigest, "denied", "wrong authentication key", "first protocol and key in env:NLBWIZ_SNMP"),
        (errind.authenticationFailure, "denied", "wrong authentication key", "first protocol and key"),
        (errind.unknownUserName, "denied", "does not know the v3 user watcher", "env:NLBWIZ_SNMP"),
        (errind.decryptionError, "denied", "wrong privacy key", "second protocol and key"),
        (errind.unsupportedSecurityLevel, "denied", "security level", "authentication and privacy"),
        (errind.encryptionError, "denied", "cryptography is missing", "install cryptography>=47"),
        (errind.unsupportedPrivProtocol, "denied", "cryptography is missing", "install cryptography>=47"),
        (errind.notInTimeWindow, "denied", "time of v3 messages", "engine ID"),
        (errind.unknownEngineID, "garbled", "Unknown SNMP engine ID", "ask again"),
    ],
)
def test_an_error_indication_of_pysnmp_is_named(
    indication: errind.ErrorIndication, status: Status, says: str, helps: str
) -> None:
    cause = causes.indicated(SW1, type(indication).__name__, str(indication), "watcher")
    assert cause.status == status
    assert says in cause.error
    assert helps in cause.resolve


@pytest.mark.parametrize(
    ("status", "ours"),
    [
        ("noAccess", "denied"),
        ("authorizationError", "denied"),
        ("tooBig", "unsupported"),
        ("genErr", "unsupported"),
        ("resourceUnavailable", "unsupported"),
    ],
)
def test_an_error_status_of_one_variable_is_named(status: str, ours: Status) -> None:
    cause = causes.refused(SW1, status, "1.3.6.1.2.1.1.1.0")
    assert cause.status == ours
    assert status in cause.error
    assert "1.3.6.1.2.1.1.1.0" in cause.error


def test_v2c_silence_may_be_the_community_and_v3_silence_is_not_the_user() -> None:
    v2c, v3 = causes.silent(SW1, 1.0, v3=False), causes.silent(SW1, 1.0, v3=True)
    assert "a wrong community, an access list and a dead device look alike" in v2c.error
    assert "community" not in v3.error
    assert v2c.status == v3.status == "timeout"


def test_no_cause_is_an_answer_and_every_one_says_something() -> None:
    values: dict[str, object] = {
        "target": SW1, "seconds": 1.0, "context": "10", "v3": True, "what": "1.3.6", "more_time": "wait",
            "oid": "1.3.6", "names": "ifName", "status": "genErr",
        "indication": "wrongDigest", "text": "x", "user": "u", "reason": "why", "probe": "fdb", "error": ValueError("a secret"),
    }  # fmt: skip
    functions = [
        each for _, each in inspect.getmembers(causes, inspect.isfunction) if each.__module__ == causes.__name__
    ]
    assert len(functions) >= 15
    for function in functions:
        cause = function(**{name: values[name] for name in inspect.signature(function).parameters})
        assert isinstance(cause, Cause)
        assert cause.status not in ANSWERS
        assert len(cause.error) > 15
        assert "secret" not in cause.error + cause.resolve


def test_our_own_fault_names_the_place_and_not_what_the_exception_quotes() -> None:
    try:
        int("my community")
    except ValueError as error:
        cause = causes.our_fault(error)
    assert "ValueError at test_causes.py:" in cause.error
    assert "community" not in cause.error
