"""The report as JSON: one document, published by a schema."""

from typing import Any

import msgspec

from nlbwiz.report.model import Report


def render(report: Report) -> str:
    """The report, indented, UTF-8, fields in the schema's order."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2).decode() + "\n"


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of what `render` writes."""
    made = msgspec.json.schema(Report)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "nlbwiz report", **made}
