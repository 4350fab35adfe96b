"""Every ask ends with exactly one Evidence, whoever ends it and however often."""

import threading

from nlbwiz.collect.ticket import CLOSED, STOPPED, Cause, Ledger
from nlbwiz.probes import Ask
from nlbwiz.record.evidence import Evidence, Step

ASKS = [Ask(target=target, probe="agent") for target in ("sw1", "sw2")]


def test_the_first_word_counts() -> None:
    given: list[Step | Evidence] = []
    (ticket,) = Ledger().write(ASKS[:1], given.append)
    assert not ticket.done
    assert ticket.settle("answered", raw="[]")
    assert not ticket.settle("timeout", error="late")
    assert not ticket.fail(STOPPED)
    assert ticket.done
    assert [each.status for each in given if isinstance(each, Evidence)] == ["answered"]


def test_many_threads_settle_one_ticket_once() -> None:
    given: list[Step | Evidence] = []
    (ticket,) = Ledger().write(ASKS[:1], given.append)
    gate = threading.Barrier(8)

    def race() -> None:
        gate.wait()
        ticket.fail(STOPPED)

    threads = [threading.Thread(target=race) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(given) == 1


def test_the_same_ask_given_twice_is_owed_twice() -> None:
    given: list[Step | Evidence] = []
    ledger = Ledger()
    ledger.write([ASKS[0], ASKS[0]], given.append)
    assert len(ledger.open()) == 2
    ledger.fail(STOPPED)
    assert len(given) == 2
    assert not ledger.open()


def test_one_target_is_stopped_alone() -> None:
    given: list[Step | Evidence] = []
    ledger = Ledger()
    ledger.write(ASKS, given.append)
    ledger.fail(STOPPED, "sw1")
    assert [each.ask.target for each in ledger.open()] == ["sw2"]
    assert [each.label for each in given if isinstance(each, Evidence)] == ["sw1/agent"]


def test_after_close_an_ask_ends_at_once_and_nothing_is_told() -> None:
    given: list[Step | Evidence] = []
    ledger = Ledger()
    (before,) = ledger.write(ASKS[:1], given.append)
    before.tell("asked", 1)
    ledger.close()
    before.tell("answers", 1)
    assert ledger.write(ASKS[1:], given.append) == []
    ledger.fail(CLOSED)
    assert [type(each).__name__ for each in given] == ["Step", "Evidence", "Evidence"]
    assert {each.status for each in given if isinstance(each, Evidence)} == {"stopped"}


def test_a_cause_becomes_the_evidence_word_for_word() -> None:
    given: list[Step | Evidence] = []
    (ticket,) = Ledger().write(ASKS[:1], given.append)
    ticket.fail(Cause(status="denied", error="refused", resolve="ask nicely"))
    (evidence,) = given
    assert isinstance(evidence, Evidence)
    assert (evidence.status, evidence.error, evidence.resolve, evidence.raw) == ("denied", "refused", "ask nicely", "")
