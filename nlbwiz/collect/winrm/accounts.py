"""One password, many machines: it is proved on one of them before the others sign in, so that a typo locks nobody out.

Every machine may be asked without credentials at any time. The first of an account that answers such a request becomes
the prover; the others wait until its sign-in was taken (then all go), refused (then none does), or failed otherwise
(then the next one proves). A prover that hangs is not waited for longer than its patience.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

PATIENCE_S = 5.0
"""Seconds that a sign-in under way keeps the other machines of its account waiting, at most."""


class GivenUpError(Exception):
    """Nobody waits for this any more: the time is over, or the operator said stop."""


class PasswordRefusedError(Exception):
    """Another machine refused this account's password before; nothing was tried here."""

    def __init__(self, user: str, by: str) -> None:
        super().__init__(f"the password of {user} was refused by {by}")
        self.user, self.by = user, by


@dataclass(slots=True)
class Account:
    """What is known of one account's password."""

    user: str
    changed: threading.Condition
    state: Literal["unproved", "proved", "refused"] = "unproved"
    refused_by: str = ""
    provers: dict[str, float] = field(default_factory=dict)
    """Who is signing in to prove it, and the time.monotonic() until which the others wait for that."""

    def enter(self, target: str, patience_s: float, alive: Callable[[], bool], waits: Callable[[str], None]) -> None:
        """Return when `target` may sign in: as the prover, or after the proof.

        Args:
            target: a machine that answered a request without credentials.
            patience_s: how long the others should wait for it, should it become the prover.
            alive: whether there is still somebody to sign in for; asked whenever `changed` is notified.
            waits: told once which machine is waited for.

        Raises PasswordRefusedError, or GivenUpError when `alive` ends.
        """
        told = False
        while True:
            with self.changed:
                if not alive():
                    raise GivenUpError
                if self.state == "proved":
                    return
                if self.state == "refused":
                    raise PasswordRefusedError(self.user, self.refused_by)
                now = time.monotonic()
                ahead = {prover: until for prover, until in self.provers.items() if until > now}
                if not ahead:
                    self.provers[target] = now + patience_s
                    return
                if told:
                    self.changed.wait(min(ahead.values()) - now)
                    continue
            waits(min(ahead, key=lambda prover: ahead[prover]))
            told = True

    def accepted(self, target: str) -> None:
        """The machine took the password."""
        with self.changed:
            self.state = "proved"
            self.provers.pop(target, None)
            self.changed.notify_all()

    def refused(self, target: str) -> None:
        """The machine refused the password. Once proved elsewhere, that is the machine's own matter."""
        with self.changed:
            if self.state == "unproved":
                self.state, self.refused_by = "refused", target
            self.provers.pop(target, None)
            self.changed.notify_all()

    def leave(self, target: str) -> None:
        """The machine's sign-in ended without a verdict, or will never come to one."""
        with self.changed:
            if self.provers.pop(target, None) is not None:
                self.changed.notify_all()


class Accounts:
    """The accounts of one run. An account is a reference with what it gave: a corrected password is another account."""

    def __init__(self, changed: threading.Condition) -> None:
        self._changed = changed
        self._known: dict[tuple[str, str, str], Account] = {}

    def of(self, reference: str, user: str, password: str) -> Account:
        """The account behind a credential reference."""
        with self._changed:
            return self._known.setdefault((reference, user, password), Account(user=user, changed=self._changed))
