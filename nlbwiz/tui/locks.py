"""The secrets of one run that the operator is asked for: which one now, which anew, and which are not used any more."""

import queue
from collections.abc import Collection
from dataclasses import dataclass, field, replace

from nlbwiz.record.evidence import Evidence
from nlbwiz.site.credentials import Lacking, Vault
from nlbwiz.site.model import Site
from nlbwiz.tui import unlock
from nlbwiz.tui.news import News, SecretAsked, Trouble


@dataclass(slots=True)
class Locks:
    """Between the vault and the operator. The run's thread waits in `unlock`, the screen's calls `give` or `skip`."""

    news: "queue.SimpleQueue[News]"
    vault: Vault | None = None
    """None until the site is read."""
    _asked: Lacking | None = None
    _decided: "queue.SimpleQueue[None]" = field(default_factory=queue.SimpleQueue)
    """Something is there once the operator has given the secret, or gone on without it."""
    _anew: set[unlock.Need] = field(default_factory=set)
    """Secrets that the operator is asked for before the next round."""
    _refused: dict[unlock.Need, str] = field(default_factory=dict)
    """Why a secret that was there is not used any more."""
    _closing: bool = False

    # ---- what the operator does ----

    def give(self, typed: str) -> str:
        """What the operator typed for the secret that is asked for; what is wrong with it, or nothing."""
        asked, vault = self._asked, self.vault
        if asked is None or vault is None:
            return ""
        trouble = vault.give(asked, typed)
        if not trouble:
            self._refused.pop((asked.kind, asked.reference), None)
            self._asked = None
            self._decided.put(None)
        return trouble

    def skip(self) -> None:
        """Go on without it: its machines end as denied, and the reason is said."""
        asked, vault = self._asked, self.vault
        if asked and vault:
            need = (asked.kind, asked.reference)
            vault.withdraw(need, self._refused.get(need) or asked.why or unlock.SKIPPED, unlock.AGAIN)
            self._asked = None
            self._decided.put(None)

    def look_again(self, targets: Collection[str]) -> None:
        """Read the secrets of these machines of the lab anew, refused ones too: their machines take them now."""
        for need in {self.vault.needs(target) for target in targets} if self.vault else set():
            if need and self.vault:
                self.vault.look_again(need)
                self._refused.pop(need, None)

    def before_retry(self, target: str, evidence: Collection[Evidence]) -> None:
        """A secret that is missing, was refused, or never opened anything is asked for before the target is asked."""
        need = self.vault.needs(target) if self.vault else None
        if self.vault and need:
            if unlock.silent(tuple(evidence), self.vault, need):
                why = "nobody answered with it: a wrong community, an access list and a dead device look the same"
                self._refused[need] = why
                self.vault.withdraw(need, why, unlock.AGAIN)
            if not self.vault.gives(need):
                self._anew.add(need)

    def close(self) -> None:
        """Nobody is asked any more: whoever waits goes on."""
        self._closing = True
        self._decided.put(None)

    # ---- what the run's thread does ----

    def unlock(self, lacking: Collection[Lacking]) -> bool:
        """Ask the operator for these, one after the other; False when the run is closed meanwhile."""
        for one in lacking:
            if self._closing:
                return False
            self._asked = one
            self.news.put(SecretAsked(lacking=one))
            self._decided.get()
        return not self._closing

    def unlock_anew(self) -> bool:
        """Until nothing is asked for any more: r on several machines asks for each of their secrets once."""
        while self._anew and self.vault:
            if not self.unlock(self._lacking_anew(self.vault)):
                return False
        return not self._closing

    def _lacking_anew(self, vault: Vault) -> tuple[Lacking, ...]:
        anew, self._anew = self._anew, set()
        for need in anew - self._refused.keys():
            vault.look_again(need)
        return (
            tuple(
                replace(one, why=self._refused.get((one.kind, one.reference), one.why)) for one in vault.lacking(anew)
            )
            if anew
            else ()
        )

    def withdraw_refused(self, site: Site, evidence: Collection[Evidence]) -> None:
        """A password that was refused is not sent again by a later round: r asks for another. `evidence`: of this round."""
        if self.vault is None:
            return
        for need, by in unlock.refused(site, evidence, self.vault).items():
            why = f"its password was refused by {by}"
            self._refused[need] = why
            self.vault.withdraw(need, why, unlock.AGAIN)
            names = ", ".join(self.vault.machines(need))
            self.news.put(Trouble(text=f"{by} refused the password for {names}: {unlock.AGAIN}"))

    # ---- for words about an error ----

    def scrubbed(self, text: str) -> str:
        """The words of somebody else's error without any secret of this run."""
        return self.vault.scrubbed(text) if self.vault else text
