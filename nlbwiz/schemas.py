"""The JSON Schemas that `nlbwiz schema NAME` prints."""

from typing import Any

from nlbwiz.errors import UsageError

NAMES = ("site", "report", "switch")


def schema(name: str) -> dict[str, Any]:
    """The schema of a published form. Raises UsageError for a name that is none."""
    if name == "site":
        from nlbwiz.site.schema import schema as site  # noqa: PLC0415  # one of two, each with its own imports

        return site()
    if name == "report":
        from nlbwiz.report.json import schema as report  # noqa: PLC0415

        return report()
    if name == "switch":
        from nlbwiz.switch.model import schema as switch  # noqa: PLC0415

        return switch()
    raise UsageError(f"there is no schema {name!r:.60}; there are: {', '.join(NAMES)}")
