"""What can be done to a target that is asked, the same on every screen that shows targets. Nothing is changed anywhere."""

from nlbwiz.tui.screens.run import RunScreen

MORE_S = 30
SAVED = "this is a saved run: nobody is asked"


class Acting(RunScreen):
    """Stop, 30 s more, ask again: for the target that a screen names, through the engine."""

    def target(self) -> str | None:
        """The target that a key means; None, with a word to the operator, where there is none."""
        raise NotImplementedError

    def meant(self) -> list[str]:
        """The targets that a retry means: the one under the cursor, or all."""
        raise NotImplementedError

    def _at_work(self, target: str) -> bool:
        """Whether an answer of it may be on its way, as right after a retry; says so where none can be."""
        rows = [row for row in self.follow.shot.targets if row.name == target]
        awaited = self.follow.running and any(row.mark not in ("ok", "--") for row in rows)
        if not awaited:
            self.say(f"{target}: nothing is asked of it now; r asks it again", "maybe")
        return awaited

    def action_stop(self) -> None:
        """Give the target up."""
        if (target := self.target()) and self._at_work(target):
            self.engine.stop(target)
            self.say(f"{target}: given up; r asks it again")

    def action_extend(self) -> None:
        """30 s more for it."""
        if (target := self.target()) and self._at_work(target):
            self.engine.extend(target, MORE_S)
            self.say(f"{target}: {MORE_S} s more, within the run's own time")

    def action_retry(self) -> None:
        """Ask again for what was not given."""
        if not self.follow.live:
            self.say(SAVED, "maybe")
            return
        meant = self.meant()
        asked = [name for name in meant if self.engine.retry(name)]
        self.say(f"asking again: {', '.join(asked)}" if asked else f"nothing is missing of {', '.join(meant)}")

    def action_ask_all(self) -> None:
        """Everything again."""
        if self.follow.live:
            self.engine.ask_everything_again()
            self.say("asking everything again")
        else:
            self.say(SAVED, "maybe")

    def action_stop_all(self) -> None:
        """Stop collecting."""
        if not self.follow.running:
            self.say("nobody is asked now; q quits")
            return
        for row in self.follow.shot.targets:
            self.engine.stop(row.name)
        self.say("collecting is stopped; what was got stays. q quits")
