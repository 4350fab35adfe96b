"""One password is proved once, and nobody waits longer for it than the prover's patience."""

import queue
import threading
import time

import pytest

from nlbwiz.collect.winrm.accounts import Account, Accounts, GivenUpError, PasswordRefusedError


class Machine:
    """A machine that enters an account in a thread of its own."""

    def __init__(self, account: Account, name: str, patience_s: float = 5.0) -> None:
        self.account, self.name = account, name
        self.said: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.alive = True
        self.result: BaseException | None = None
        self._thread = threading.Thread(target=self._enter, args=(patience_s,), daemon=True)
        self._thread.start()

    def _enter(self, patience_s: float) -> None:
        try:
            self.account.enter(self.name, patience_s, lambda: self.alive, self.said.put)
        except (GivenUpError, PasswordRefusedError) as error:
            self.result = error

    def waits_for(self, prover: str) -> None:
        assert self.said.get(timeout=5) == prover

    def is_in(self) -> None:
        self._thread.join(5)
        assert not self._thread.is_alive()
        assert self.result is None

    def is_out(self, why: type[BaseException]) -> None:
        self._thread.join(5)
        assert isinstance(self.result, why)


@pytest.fixture
def account() -> Account:
    return Accounts(threading.Condition()).of("env:A", "LAB\\operator", "secret")


def test_the_first_proves_and_the_others_follow_at_once(account: Account) -> None:
    Machine(account, "first").is_in()
    others = [Machine(account, name) for name in ("second", "third")]
    for other in others:
        other.waits_for("first")
    account.accepted("first")
    for other in others:
        other.is_in()
    Machine(account, "late").is_in()


def test_a_refused_password_is_tried_nowhere_else(account: Account) -> None:
    Machine(account, "first").is_in()
    waiting = Machine(account, "second")
    waiting.waits_for("first")
    account.refused("first")
    for machine in (waiting, Machine(account, "late")):
        machine.is_out(PasswordRefusedError)
        assert str(machine.result) == "the password of LAB\\operator was refused by first"


def test_when_the_prover_fails_the_next_one_proves(account: Account) -> None:
    Machine(account, "first").is_in()
    second = Machine(account, "second")
    second.waits_for("first")
    account.leave("first")
    second.is_in()
    third = Machine(account, "third")
    third.waits_for("second")
    account.accepted("second")
    third.is_in()


def test_a_prover_that_hangs_is_waited_for_no_longer_than_its_patience(account: Account) -> None:
    began = time.monotonic()
    Machine(account, "first", patience_s=0.1).is_in()
    Machine(account, "second").is_in()
    assert 0.09 < time.monotonic() - began < 2


def test_what_one_machine_refuses_after_the_proof_is_its_own_matter(account: Account) -> None:
    Machine(account, "first").is_in()
    account.accepted("first")
    Machine(account, "second").is_in()
    account.refused("second")
    Machine(account, "third").is_in()


def test_who_is_given_up_while_waiting_leaves(account: Account) -> None:
    Machine(account, "first").is_in()
    second = Machine(account, "second")
    second.waits_for("first")
    second.alive = False
    with account.changed:
        account.changed.notify_all()
    second.is_out(GivenUpError)


def test_an_account_is_a_reference_with_what_it_gives() -> None:
    accounts = Accounts(threading.Condition())
    one = accounts.of("env:A", "user", "secret")
    assert accounts.of("env:A", "user", "secret") is one
    assert accounts.of("env:A", "user", "corrected") is not one
    assert accounts.of("env:B", "user", "secret") is not one
    assert "secret" not in repr(one)
