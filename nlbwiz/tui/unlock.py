"""Secrets that are asked for in the app: which a run lacks, and which were refused and must not be tried again.

A refused password is never sent a second time by itself: every further try may lock the account.
"""

import re
from collections.abc import Collection, Sequence

from nlbwiz.collect.winrm.causes import CAUSES
from nlbwiz.record.evidence import Evidence
from nlbwiz.site.credentials import Kind, Lacking, Vault
from nlbwiz.site.model import Site

Need = tuple[Kind, str]
"""What a secret is for, and the reference to it."""

SKIPPED = "nothing was typed for it"
AGAIN = "press r on one of its machines to be asked for it again"


def _pattern(cause: str) -> "re.Pattern[str]":
    """The sentence of a cause, whatever it names."""
    return re.compile(".+".join(re.escape(part) for part in re.split(r"\{[a-z_]+\}", CAUSES[cause][1])), re.DOTALL)


_REFUSED = _pattern("refused account")


def refused(site: Site, evidence: Collection[Evidence], vault: Vault) -> dict[Need, str]:
    """Windows accounts whose password one machine refused and none took in this round: need -> that machine."""
    answered = {one.ask.target for one in evidence if one.status in ("answered", "empty")}
    found: dict[Need, str] = {}
    for one in evidence:
        need = vault.needs(one.ask.target)
        if (
            need
            and one.status == "denied"
            and _REFUSED.match(one.error)
            and not answered & set(vault.machines(need))
            and one.ask.target in (*site.nodes, *site.hosts)
        ):
            found.setdefault(need, one.ask.target)
    return found


def silent(evidence: Sequence[Evidence], vault: Vault, need: Need) -> bool:
    """Whether no machine ever answered with a typed SNMP secret: a wrong community looks like a dead device."""
    answered = {one.ask.target for one in evidence if one.is_answer}
    return need[0] == "snmp" and vault.typed(need) and not answered & set(vault.machines(need))


def question(one: Lacking) -> tuple[str, str]:
    """What is asked, in a sentence, and why it is asked."""
    names = ", ".join(one.machines[:8]) + (f" and {len(one.machines) - 8} more" if len(one.machines) > 8 else "")
    why = one.why or "the site file says that it is asked for"
    return f"{one.wanted[0].upper()}{one.wanted[1:]}, for {names}", why
