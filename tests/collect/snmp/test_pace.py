"""An agent that slows down is asked less at once, and none more often in a second than it can bear."""

import asyncio

import pytest

from nlbwiz.collect.snmp.pace import BURST, CLEAN, IN_FLIGHT, PER_SECOND, Pace


@pytest.mark.parametrize(
    ("answers", "window"),
    [
        ([0.002] * 20, 4),
        ([0.002, 0.9], 2),  # slow: more than four times the quickest, and not quick
        ([0.002, 0.2], 4),  # a hundred times the quickest, and still quick
        ([0.3, 0.6, 0.9], 4),  # an agent that is always like that
        ([None], 2),
        ([None, None, None], 1),
        ([None, *[0.002] * CLEAN], 3),
        ([None, None, *[0.002] * (3 * CLEAN)], 4),
    ],
)
def test_the_window_follows_the_answers(answers: list[float | None], window: int) -> None:
    pace = Pace(clock=lambda: 0.0)
    for took_s in answers:
        if took_s is None:
            pace.lost()
        else:
            pace.answered(took_s)
    assert pace.window == window


def test_no_more_than_the_window_are_in_flight_and_all_get_their_turn() -> None:
    async def run() -> tuple[int, int]:
        pace, most, now, done = Pace(), 0, 0, 0

        async def one() -> None:
            nonlocal most, now, done
            async with pace:
                now += 1
                most = max(most, now)
                await asyncio.sleep(0)
                now, done = now - 1, done + 1

        await asyncio.gather(*(one() for _ in range(30)))
        return most, done

    assert asyncio.run(run()) == (IN_FLIGHT, 30)


def test_a_place_that_somebody_gave_up_waiting_for_is_not_lost() -> None:
    async def run() -> bool:
        pace = Pace()
        for _ in range(IN_FLIGHT):
            await pace.acquire()
        waiting = asyncio.create_task(pace.acquire())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        for _ in range(IN_FLIGHT):
            pace.release()
        await asyncio.wait_for(pace.acquire(), 1.0)
        return True

    assert asyncio.run(run())


def test_after_the_burst_the_rate_holds() -> None:
    now = 0.0
    pace = Pace(clock=lambda: now)
    waits = []

    async def run() -> None:
        nonlocal now
        for _ in range(int(BURST) + 10):
            waits.append(pace._debt_s())  # the seconds that `acquire` sleeps
            now += waits[-1]

    asyncio.run(run())
    assert waits[: int(BURST)] == [0.0] * int(BURST)
    assert sum(waits) == pytest.approx(10 / PER_SECOND)
