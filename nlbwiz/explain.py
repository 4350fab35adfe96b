"""The pages that the knowledge itself makes: a cause, the list of causes, the catalogue, and everything that is asked."""

import re
import textwrap
from collections.abc import Iterator

from nlbwiz import registry
from nlbwiz.errors import UsageError
from nlbwiz.judge import Check
from nlbwiz.probes import PROBES

WIDTH = 80
ROLES = {
    "node": "NLB nodes (WinRM)",
    "host": "Hyper-V hosts (WinRM)",
    "agent": "every switch and gateway (SNMP)",
    "switch": "switches (SNMP)",
    "router": "gateways, and switches that route (SNMP)",
    "jump": "this machine",
    "operator": "the operator",
}


def page(name: str) -> str:
    """One cause's page, by id or by file name."""
    for check in registry.checks():
        if name.upper() == check.about.id or name == check.slug:
            return _page(check)
    known = ", ".join(check.about.id for check in registry.checks())
    raise UsageError(f"there is no cause {name!r:.60}; there are: {known}")


def listing() -> str:
    """Every cause in one line."""
    return "".join(f"{c.about.id}  {c.slug:<18} {c.about.title}\n" for c in registry.checks())


def catalogue() -> str:
    """Every page, as Markdown: docs/causes.md is made from it."""
    parts = [f"## {c.about.id} {c.about.title}\n\n```text\n{_page(c)}```\n" for c in registry.checks()]
    return "# The causes\n\nMade by `nlbwiz explain --all`; each is one file in `checks/`.\n\n" + "\n".join(parts)


def _page(check: Check) -> str:
    about = check.about
    lines = [
        f"{about.id} {about.title}",
        f"file: checks/{check.slug}.py; severity: {about.severity}; views needed: {about.views}",
        "",
        *_wrap(about.question),
        "",
        *_filled(check.page),
        "",
        *_wrap(f"needs: {', '.join(about.needs)}", later="  "),
        *(_wrap(f"also uses: {', '.join(about.also)}", later="  ") if about.also else ()),
        "sources:",
        *(row for one in about.sources for row in _wrap(one, "  - ", "    ")),
    ]
    return "\n".join(lines) + "\n"


_POINT = re.compile(r"([-*] |[0-9]+[.)] )")


def _filled(page: str) -> Iterator[str]:
    """A docstring's paragraphs and the points of its lists, each at WIDTH; any other indented line as it stands."""
    block: list[str] = []
    hang = ""
    for line in page.splitlines():
        point = _POINT.match(line)
        indented = line.startswith(" ")
        if block and (not line or point or indented is not bool(hang)):
            yield from _wrap(" ".join(block), later=hang)
            block, hang = [], ""
        if not line or (indented and not hang):
            yield line
        else:
            hang = " " * len(point[1]) if point else hang
            block.append(line.strip())
    yield from _wrap(" ".join(block), later=hang)


def probes() -> str:
    """Everything that can be asked, by role. There is nothing else: no cmdlet that changes, no SNMP SET."""
    lines = [
        "Everything nlbwiz asks. PowerShell sections run in one script per machine:",
        "nlbwiz probes --script node|host",
    ]
    for role, title in ROLES.items():
        lines += ["", title]
        for probe in PROBES.values():
            if probe.at == role:
                text = f"{probe.name:<16} {probe.via:<10} {probe.text}"
                lines += _wrap(text, "  ", " " * 18)
    return "\n".join(lines) + "\n"


def _wrap(text: str, first: str = "", later: str = "") -> list[str]:
    """Lines of at most WIDTH columns; words with hyphens, registry paths and OIDs stay whole where they fit."""
    return textwrap.wrap(
        text, WIDTH, initial_indent=first, subsequent_indent=later, break_on_hyphens=False, break_long_words=False
    )
