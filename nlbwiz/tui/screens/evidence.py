"""The evidence browser: everything that came or did not come, and the raw answer of each."""

from collections.abc import Sequence

from nlbwiz.tui import browse, pages
from nlbwiz.tui.browse import Found
from nlbwiz.tui.screens.listed import Listed
from nlbwiz.tui.widgets.lines import Spans


class EvidenceBrowser(Listed[Found]):
    """Every piece of evidence, in the order in which it came."""

    TITLE_IN_BAR = "evidence"
    NAMES = ("evidence", "raw answer")
    HINT = "words, status:denied status:lost, target:NAME, probe:arp, cause:NLB003"

    def make(self) -> Sequence[Found]:
        """As it was judged last."""
        told = self.follow.told
        return browse.evidence(told, {item.key: item for item in self.items}) if told else ()

    def caption(self) -> str:
        """How many are answers."""
        answers = sum(item.evidence.is_answer for item in self.items)
        lost = len(self.items) - answers
        return f"Evidence: {answers:,} answers, {lost:,} not there" if lost else f"Evidence: {answers:,} answers"

    def head(self, width: int) -> Spans:
        """The words above the columns."""
        return browse.evidence_head(width)

    def row(self, item: Found, width: int) -> Spans:
        """One line."""
        return browse.evidence_row(item, width)

    def page(self, item: Found) -> Sequence[pages.Para]:
        """The raw answer, and what rests on it."""
        told = self.follow.told
        return list(browse.evidence_page(item, browse.titles(told.report) if told else {}))
