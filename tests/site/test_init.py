"""The site file that `nlbwiz init` writes loads as it is and names everything there is to say."""

import re
from pathlib import Path

import pytest

from nlbwiz.site.form import TABLES
from nlbwiz.site.init import TEMPLATE
from nlbwiz.site.load import load


def test_it_loads_as_it_is() -> None:
    site = load(TEMPLATE, source="site.toml", folder=Path())
    assert list(site.nodes) == ["nlb1", "nlb2"]
    assert list(site.clusters) == ["web"]


def test_it_loads_with_every_suggestion_taken(tmp_path: Path) -> None:
    """Uncommented, its lines form a whole site file: no suggestion is misspelled."""
    taken = re.sub(r"^# (\[+[a-z]+\]+|[a-z_]+ = .*)$", r"\1", TEMPLATE, flags=re.MULTILINE)
    taken = taken.replace("insecure = true", "insecure = false")
    site = load(taken, source="site.toml", folder=tmp_path)
    assert site.nodes["nlb1"].endpoint.scheme == "https"
    assert site.nodes["nlb1"].ca == str(tmp_path / "company-ca.pem")
    assert site.switches["sw1"].endpoint.port == 1161
    assert site.jump.neighbours == str(tmp_path / "neigh.json")
    assert [accept.cause for accept in site.accepts] == ["NLB006"]


@pytest.mark.parametrize(("kind", "key"), [(kind, key) for kind, keys in TABLES.items() for key in keys])
def test_every_key_stands_in_it(kind: str, key: str) -> None:
    assert re.search(rf"^(?:# )?{key} = ", TEMPLATE, flags=re.MULTILINE)
    assert re.search(rf"^(?:# )?\[+{kind}[.\]]", TEMPLATE, flags=re.MULTILINE)


def test_it_fits_a_terminal_and_every_editor() -> None:
    assert TEMPLATE.isascii()
    assert max(map(len, TEMPLATE.splitlines())) <= 120
    assert TEMPLATE.endswith("\n")


def test_its_addresses_belong_to_nobody() -> None:
    """RFC 5737: 192.0.2.0/24 is for documentation. A template that is run unedited reaches no real machine."""
    addresses = re.findall(r"[0-9]+(?:\.[0-9]+){3}", TEMPLATE)
    assert addresses
    assert all(address.startswith("192.0.2.") for address in addresses)
