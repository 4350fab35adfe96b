"""The list of report formats: one file each, one function each, `render(report) -> str`, imported when it is used."""

import importlib
from collections.abc import Callable
from typing import cast

from nlbwiz.report.model import Report

FORMATS: dict[str, tuple[str, str]] = {
    "text": ("nlbwiz.report.text", "plain text, at most 100 columns"),
    "md": ("nlbwiz.report.markdown", "Markdown, for a ticket"),
    "json": ("nlbwiz.report.json", "JSON; its schema: nlbwiz schema report"),
}
"""Name -> module, and what it is, as `--help` and the export screen list them."""


def render(report: Report, name: str) -> str:
    """The report in one format, ending with a line feed. KeyError for a name that is not in FORMATS."""
    module = importlib.import_module(FORMATS[name][0])
    return cast("Callable[[Report], str]", module.render)(report)
