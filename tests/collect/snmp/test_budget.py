"""What is in flight stays under the measured limit, and who comes first is served first."""

import asyncio

import pytest

from nlbwiz.collect.snmp.budget import IN_FLIGHT, Budget, charge


@pytest.mark.parametrize(
    ("variables", "octets"),
    [(0, 832), (1, 832), (24, 1700), (40, 2304)],
)
def test_a_reply_is_charged_by_its_variables(variables: int, octets: int) -> None:
    assert charge(variables) == octets


def test_32_full_pdus_or_88_probes_fit() -> None:
    assert IN_FLIGHT // charge(40) == 32
    assert IN_FLIGHT // charge(1) == 88


def test_nobody_overtakes_and_the_limit_holds() -> None:
    order: list[int] = []
    held = peak = 0

    async def one(budget: Budget, number: int, octets: int, done: asyncio.Event) -> None:
        nonlocal held, peak
        async with budget.hold(octets):
            order.append(number)
            held += octets
            peak = max(peak, held)
            await done.wait()
            held -= octets

    async def all_of_them() -> None:
        budget, done = Budget(100), asyncio.Event()
        tasks = [
            asyncio.create_task(one(budget, number, octets, done)) for number, octets in enumerate((60, 60, 10, 90, 40))
        ]
        for _ in range(5):
            await asyncio.sleep(0)
        assert order == [0]  # 10 octets would fit, but 60 wait before them
        done.set()
        await asyncio.gather(*tasks)

    asyncio.run(all_of_them())
    assert order == [0, 1, 2, 3, 4]
    assert peak <= 100


def test_a_failed_block_gives_its_octets_back() -> None:
    async def fail_then_hold() -> None:
        budget = Budget(10)
        with pytest.raises(RuntimeError):
            async with budget.hold(10):
                raise RuntimeError
        async with asyncio.timeout(1), budget.hold(10):
            pass

    asyncio.run(fail_then_hold())
