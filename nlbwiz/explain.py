"""The pages that the knowledge itself makes: a cause, the list of causes, the catalogue, and everything that is asked."""

import re
import textwrap
from collections.abc import Iterator

from nlbwiz import registry
from nlbwiz.errors import UsageError
from nlbwiz.judge import Check
from nlbwiz.probes import PROBES
from nlbwiz.site.mistakes import nearest

WIDTH = 80
ROLES = {
    "node": "NLB nodes (WinRM)",
    "host": "Hyper-V hosts (WinRM)",
    "agent": "every switch and gateway (SNMP)",
    "switch": "switches (SNMP)",
    "router": "gateways, and switches that route (SNMP)",
    "jump": "this machine",
    "wire": "this machine, on the wire it shares with the site",
    "operator": "the operator",
}


def page(name: str) -> str:
    """One cause's page, by id (`NLB003`, `nlb3`, `3`) or by file name."""
    number = re.fullmatch(r"(?:nlb)?0*([0-9]{1,3})", name, re.IGNORECASE)
    asked = f"NLB{int(number[1]):03}" if number else name
    for check in registry.checks():
        if asked in (check.about.id, check.slug):
            return _page(check)
    words = {word: check.about.id for check in registry.checks() for word in (check.about.id, check.slug)}
    known = ", ".join(check.about.id for check in registry.checks())
    guess = nearest(asked, words)
    meant = f"; did you mean {words[guess]}?" if guess else ""
    raise UsageError(f"there is no cause {name!r:.60}; there are: {known}{meant}")


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
    """Lines of at most WIDTH columns; words with hyphens, registry paths and OIDs stay whole where they fit.

    A registry path that is too long for a line is broken after a backslash.
    """
    too_long = rf"\S{{{WIDTH - len(later) + 1},}}"
    parted = re.sub(too_long, lambda path: path[0].replace("\\", "\\ "), text)
    lines = textwrap.wrap(
        parted, WIDTH, initial_indent=first, subsequent_indent=later, break_on_hyphens=False, break_long_words=False
    )
    return [line.replace("\\ ", "\\") for line in lines] if parted != text else lines
