"""A site answers what its targets are, in the operator's order."""

from pathlib import Path

import pytest

from nlbwiz.site.load import load
from nlbwiz.site.model import Endpoint, TargetKind
from tests.site.sitefiles import WHOLE

SITE = load(WHOLE, source="site.toml", folder=Path())


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("node", ("nlb1", "nlb2")),
        ("host", ("hv1",)),
        ("switch", ("sw1",)),
        ("gateway", ("gw1",)),
        ("jump", ("jump",)),
        ("operator", ("operator",)),
    ],
)
def test_a_kind_has_its_targets_and_a_target_its_kind(kind: TargetKind, names: tuple[str, ...]) -> None:
    assert SITE.targets(kind) == names
    assert {SITE.kind(name) for name in names} == {kind}


def test_a_cluster_is_no_target() -> None:
    with pytest.raises(KeyError):
        SITE.kind("web")


@pytest.mark.parametrize(
    ("endpoint", "text"),
    [
        (Endpoint(host="nlb1", port=5985, scheme="http"), "http://nlb1:5985"),
        (Endpoint(host="2001:db8::11", port=5986, scheme="https"), "https://[2001:db8::11]:5986"),
        (Endpoint(host="172.31.3.2", port=161), "172.31.3.2:161"),
    ],
)
def test_an_endpoint_is_written_as_it_is_read(endpoint: Endpoint, text: str) -> None:
    assert str(endpoint) == text
