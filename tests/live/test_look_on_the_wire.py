"""The look by itself, on a cable between two namespaces: hostile answers, many addresses, a device that carries no ARP.

Needs root and network namespaces, which it makes for itself; nothing leaves them.
"""

import json
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from nlbwiz.collect.look import MOST_OWNERS
from tests.live.wire.namespaces import Namespaces, why_not

OWN = bytes.fromhex("00155d030b64")
MANY = 300


@pytest.fixture
def net() -> Iterator[Namespaces]:
    if reason := why_not():
        pytest.skip(reason)
    with Namespaces() as made:
        made.make("here")
        made.make("there")
        made.cable("here", "e0", "there", "e1", mac=OWN, address="172.31.0.1/22")
        yield made


def look(net: Namespaces, device: str, sender: str, first: str, many: int) -> dict[str, Any]:
    words = (sys.executable, "-m", "tests.live.wire.looker", device, sender, first, str(many))
    found: dict[str, Any] = json.loads(net.inside("here", *words))
    return found


def test_a_flood_of_hostile_answers_neither_hurries_nor_stops_it(net: Namespaces) -> None:
    hostile = net.python("there", "tests.live.wire.hostile", "e1", "60", "172.31.1.0")
    found = look(net, "e0", "172.31.0.1", "172.31.1.0", MANY)
    assert found["method"] == "raw socket"
    assert list(found["owners"]) == ["172.31.1.0"]
    assert len(found["owners"]["172.31.1.0"]) == MOST_OWNERS
    assert all(mac.startswith("06:00:") for mac in found["owners"]["172.31.1.0"])  # the others are no answers
    assert hostile.stdin is not None
    hostile.stdin.close()
    heard = [(at, bytes.fromhex(text)) for at, text in json.loads(net.line(hostile))]
    assert len(heard) == 2 * MANY
    times = [at for at, _ in heard]
    assert all(later - first > 0.9 for first, later in zip(times, times[200:], strict=False))  # 200 in a second
    for _, frame in heard:
        assert frame[:6] == b"\xff" * 6
        assert frame[6:12] == frame[22:28] == OWN
        assert frame[28:32] == bytes((172, 31, 0, 1))


def test_where_nobody_can_be_looked_for_nobody_is_called_silent(net: Namespaces) -> None:
    net.ip("here", "link", "set", "e0", "arp", "off")
    assert "no ARP" in look(net, "e0", "172.31.0.1", "172.31.1.0", 1)["error"]
    net.ip("here", "link", "set", "e0", "arp", "on")
    assert look(net, "e0", "172.31.0.1", "172.31.1.0", 1)["owners"] == {}
    net.ip("there", "link", "set", "e1", "down")
    found = look(net, "e0", "172.31.0.1", "172.31.1.0", 1)
    assert found["status"] == "unreachable"
    assert "no carrier" in found["error"]
    net.ip("here", "link", "set", "e0", "down")
    assert "is down" in look(net, "e0", "172.31.0.1", "172.31.1.0", 1)["error"]
