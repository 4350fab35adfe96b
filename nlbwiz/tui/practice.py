"""Apply a cause's fix where that is possible: in the lab, where an operator practises. Nothing is changed anywhere else."""

from typing import TYPE_CHECKING

from nlbwiz.report.model import OutcomeText

if TYPE_CHECKING:
    from nlbwiz.lab.site import Lab

WHERE = "in the lab only"


def apply(lab: "Lab", one: OutcomeText | None) -> tuple[str, bool]:
    """What was done about this cause, in words, and whether anything was.

    A found cause is taken back (the one that explains it, where every finding is explained by another); of an unknown
    one the machines that did not answer are woken.
    """
    from nlbwiz.lab import repair  # noqa: PLC0415  # the lab is for demos only

    if one is None:
        return "this row is advice: there is nothing to apply", False
    if one.outcome not in ("confirmed", "possible", "unknown"):
        return f"{one.id}: nothing to apply, it is {one.outcome.replace('_', ' ')}", False
    done: list[str] = []
    if one.outcome == "unknown":
        done += repair.wake(lab, [lost.target for lost in one.missing])
    else:
        explained = {finding.explained_by for finding in one.findings}
        for cause in sorted(cause for cause in explained if cause) if all(explained) else [one.id]:
            done += repair.fix(lab, cause)
    if not done:
        return f"{one.id}: the lab has nothing more to put right for it; the Why tab says what it rests on", False
    return f"{WHERE}: {'; '.join(done)}. V verifies, R asks everything again", True
