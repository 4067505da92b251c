"""Calls into plugins: budgets, breakers, blame, and nothing left behind."""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from microblog_core.domain.errors import Invalid, PluginError
from microblog_core.plugins.guard import Breaker, Guard, TimeBudgetExceeded, run_within


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock) -> Breaker:
    return Breaker(failures=3, rest=10, now=clock)


def fail(breaker: Breaker, times: int) -> None:
    for _ in range(times):
        assert breaker.admit()
        breaker.fail()


def test_a_breaker_opens_after_failures_in_a_row_and_not_before(breaker):
    fail(breaker, 2)
    assert breaker.admit()
    breaker.succeed()
    fail(breaker, 2)
    assert not breaker.open
    fail(breaker, 1)
    assert breaker.open
    assert not breaker.admit()


def test_after_its_rest_a_success_closes_it(breaker, clock):
    fail(breaker, 3)
    clock.now = 10
    assert breaker.admit()
    breaker.succeed()
    assert not breaker.open
    assert all(breaker.admit() for _ in range(5))


def test_after_its_rest_a_failure_opens_it_for_another_rest(breaker, clock):
    fail(breaker, 3)
    clock.now = 10
    assert breaker.admit()
    breaker.fail()
    clock.now = 19
    assert not breaker.admit()
    clock.now = 20
    assert breaker.admit()


def test_half_open_it_lets_exactly_one_of_many_threads_through(breaker, clock):
    fail(breaker, 3)
    clock.now = 10
    gate = threading.Barrier(20)

    def ask() -> bool:
        gate.wait()
        return breaker.admit()

    with ThreadPoolExecutor(20) as pool:
        admitted = [future.result() for future in [pool.submit(ask) for _ in range(20)]]
    assert admitted.count(True) == 1


def test_a_probe_whose_caller_gave_up_makes_room_for_the_next(breaker, clock):
    fail(breaker, 3)
    clock.now = 10
    assert breaker.admit()
    assert not breaker.admit()
    breaker.release()
    assert breaker.admit()


@pytest.fixture
def guard(breaker) -> Guard:
    return Guard("weather", "the slot 'sky'", seconds=0.1, breaker=breaker, passing=(Invalid,))


@pytest.fixture
def patient(breaker) -> Guard:
    """For what is not about time: a busy machine needs more than the other one's to start a thread."""
    return Guard("weather", "the slot 'sky'", seconds=30, breaker=breaker, passing=(Invalid,))


async def test_half_open_it_lets_exactly_one_of_many_tasks_through(guard, breaker, clock):
    fail(breaker, 3)
    clock.now = 10
    calls = 0
    gate = asyncio.Event()

    async def probe() -> str:
        nonlocal calls
        calls += 1
        await gate.wait()
        return "sun"

    tasks = [asyncio.create_task(guard.call_async(probe, "omitted")) for _ in range(20)]
    await asyncio.sleep(0)
    gate.set()
    results = await asyncio.gather(*tasks)
    assert calls == 1
    assert sorted(results) == ["omitted"] * 19 + ["sun"]
    assert not guard.resting


async def test_what_raises_gives_the_default_and_the_log_blames_the_plugin(patient, caplog):
    async def broken() -> str:
        raise ZeroDivisionError

    def also_broken() -> str:
        raise ZeroDivisionError

    assert await patient.call_async(broken, "") == ""
    assert patient.call(also_broken, "") == ""
    assert await patient.call_in_thread(also_broken, "") == ""
    assert [record.getMessage() for record in caplog.records] == [
        "the slot 'sky' of the plugin weather failed",
        "the slot 'sky' of the plugin weather failed",
        "the slot 'sky' of the plugin weather failed; it rests for a while",
    ]
    assert all(record.levelno == logging.ERROR and record.exc_info for record in caplog.records)


async def test_while_it_rests_nothing_is_called(guard, breaker):
    fail(breaker, 3)
    calls: list[int] = []

    async def count() -> None:
        calls.append(1)

    assert await guard.call_async(count, None) is None
    assert guard.call(lambda: calls.append(1), None) is None
    assert await guard.call_in_thread(lambda: calls.append(1), None) is None
    assert calls == []


async def test_what_belongs_to_the_contract_comes_through_and_is_no_failure(patient, breaker):
    def refuse() -> None:
        raise Invalid(fields={"text": "No."})

    async def refuse_later() -> None:
        refuse()

    for _ in range(5):
        with pytest.raises(Invalid):
            patient.call(refuse, None)
        with pytest.raises(Invalid):
            await patient.call_async(refuse_later, None)
        with pytest.raises(Invalid):
            await patient.call_in_thread(refuse, None)
    assert not breaker.open


async def test_a_coroutine_that_waits_forever_is_cancelled(guard, caplog):
    cancelled = asyncio.Event()

    async def wait() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    assert await guard.call_async(wait, "omitted") == "omitted"
    await asyncio.wait_for(cancelled.wait(), 5)
    assert "took longer than 0.1 seconds" in caplog.text
    await asyncio.sleep(0)
    assert not guard.resting


async def test_a_coroutine_that_will_not_be_cancelled_holds_its_guard_shut_until_it_ends(guard):
    release = asyncio.Event()

    async def stubborn() -> str:
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                continue
        return "late"

    assert await guard.call_async(stubborn, "omitted") == "omitted"
    assert guard.resting
    assert await guard.call_async(stubborn, "omitted") == "omitted"
    assert (
        len([task for task in asyncio.all_tasks() if "stubborn" in repr(task) or "_awaited" in repr(task)])
        == 1
    )
    release.set()
    await asyncio.sleep(0.01)
    assert not guard.resting


async def test_a_thread_that_hangs_is_one_at_most_and_its_guard_opens_when_it_ends(guard):
    release = threading.Event()
    for _ in range(5):
        assert await guard.call_in_thread(release.wait, "omitted") == "omitted"
    assert own_threads() == 1
    release.set()
    await until(lambda: own_threads() == 0 and not guard.resting)
    assert await guard.call_in_thread(lambda: "sun", "omitted") == "sun"


async def test_a_thread_that_spins_is_interrupted(guard):

    def spin() -> None:
        while True:
            pass

    assert await guard.call_in_thread(spin, "omitted") == "omitted"
    await until(lambda: own_threads() == 0)


async def test_a_thread_that_only_waits_is_not_interrupted_since_that_would_slow_all_others(guard):
    release, ended = threading.Event(), threading.Event()

    def wait() -> None:
        release.wait()
        ended.set()

    assert await guard.call_in_thread(wait, "omitted") == "omitted"
    await until(lambda: not any("interrupt" in thread.name for thread in threading.enumerate()))
    release.set()
    assert ended.wait(5)


async def test_threads_are_gone_after_their_calls(patient):
    results = [await patient.call_in_thread(lambda: 7, None) for _ in range(20)]
    assert results == [7] * 20
    await until(lambda: own_threads() == 0)


def own_threads() -> int:
    return sum("weather" in thread.name for thread in threading.enumerate())


async def until(condition) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.005)


async def test_a_plugin_can_not_end_the_process(patient):
    async def leave() -> None:
        sys.exit(3)

    assert await patient.call_async(leave, "omitted") == "omitted"
    assert patient.call(lambda: sys.exit(3), "omitted") == "omitted"
    assert await patient.call_in_thread(lambda: sys.exit(3), "omitted") == "omitted"


async def test_who_gives_up_waiting_takes_the_call_along_and_is_no_failure(guard, breaker):
    started, ended = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    task = asyncio.create_task(guard.call_async(wait, None))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.wait_for(ended.wait(), 5)
    assert not breaker.open


def test_a_synchronous_call_that_was_too_slow_counts_afterwards(breaker):
    guard = Guard("weather", "the filter", seconds=0.0, breaker=breaker)
    for _ in range(3):
        assert guard.call(lambda: time.sleep(0.001) or "slow", "omitted") == "slow"
    assert guard.call(lambda: "quick", "omitted") == "omitted"


def test_run_within_gives_what_the_function_gives_or_raises():
    assert run_within(5, lambda: 7, "counting") == 7
    with pytest.raises(ZeroDivisionError):
        run_within(5, lambda: 1 // 0, "dividing")
    with pytest.raises(PluginError, match=r"sys\.exit"):
        run_within(5, sys.exit, "leaving")


def test_run_within_gives_up_after_its_seconds():
    release = threading.Event()
    try:
        with pytest.raises(TimeBudgetExceeded, match=r"waiting did not finish within 0\.05 seconds"):
            run_within(0.05, release.wait, "waiting")
    finally:
        release.set()
