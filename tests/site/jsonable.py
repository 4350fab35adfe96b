"""TOML as JSON for the schema tests: dates become texts, as editors' TOML plugins hand them over."""

import tomllib
from datetime import date, time

from jsonschema import Draft202012Validator, FormatChecker

from nlbwiz.site.schema import schema

VALIDATOR = Draft202012Validator(schema(), format_checker=FormatChecker())


def jsonable(text: str) -> object:
    """The tree of a TOML text as JSON would hold it."""
    return _plain(tomllib.loads(text))


def _plain(value: object) -> object:
    match value:
        case dict():
            return {key: _plain(inner) for key, inner in value.items()}
        case list():
            return [_plain(inner) for inner in value]
        case date() | time():
            return value.isoformat()
        case _:
            return value
