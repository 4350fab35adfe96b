from collections.abc import Iterator

import pytest

from nlbwiz.lab.snmp.loop import AgentLoop


@pytest.fixture(scope="module")
def loop() -> Iterator[AgentLoop]:
    with AgentLoop() as running:
        yield running
