"""The published schema takes what the loader takes, and finds what a schema can find."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from nlbwiz.site.form import TABLES
from nlbwiz.site.init import TEMPLATE
from nlbwiz.site.load import load
from nlbwiz.site.schema import schema
from tests.site.jsonable import VALIDATOR, jsonable
from tests.site.sitefiles import AGREEMENT, KEYS, VALUES, WHOLE, Wrong


def test_it_is_a_schema_of_draft_2020_12_and_plain_json() -> None:
    made = schema()
    Draft202012Validator.check_schema(made)
    assert json.loads(json.dumps(made)) == made


@pytest.mark.parametrize("text", [WHOLE, TEMPLATE], ids=["the example", "the template"])
def test_a_site_file_that_loads_is_valid(text: str) -> None:
    load(text, source="site.toml", folder=Path())
    VALIDATOR.validate(jsonable(text))


@pytest.mark.parametrize("row", [*KEYS, *VALUES], ids=str)
def test_a_wrong_key_or_value_is_invalid_where_a_schema_can_tell(row: Wrong) -> None:
    assert VALIDATOR.is_valid(jsonable(row.text())) is not row.schema


@pytest.mark.parametrize("row", AGREEMENT, ids=str)
def test_values_that_do_not_agree_are_mostly_valid(row: Wrong) -> None:
    assert VALIDATOR.is_valid(jsonable(row.text())) is not row.what.startswith("basic")


@pytest.mark.parametrize(("kind", "key"), [(kind, key) for kind, keys in TABLES.items() for key in keys])
def test_every_key_is_explained_to_the_editor(kind: str, key: str) -> None:
    says = TABLES[kind][key].says
    assert says.endswith(".")
    assert json.dumps(says) in json.dumps(schema())
