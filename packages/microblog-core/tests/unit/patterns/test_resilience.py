"""What hangs or fails elsewhere is given up in time, left alone, tried once, and taken back."""

from __future__ import annotations

import asyncio

import pytest

from microblog_core.domain.errors import Unavailable
from microblog_core.patterns.admission import Breaker, Bulkhead, Circuit, Rate, Refused
from microblog_core.patterns.resilience import Cached, Guard, Guards, Retry, TooSlow, resilient


class Clock:
    def __init__(self):
        self.now = 100.0
        self.slept = []

    def __call__(self):
        return self.now

    async def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock():
    return Clock()


class Target:
    """Something that fails as often as it is told to."""

    def __init__(self, *problems):
        self.problems = list(problems)
        self.calls = 0

    async def __call__(self):
        self.calls += 1
        if self.problems:
            raise self.problems.pop(0)
        return self.calls


async def failing(guard, times, error=OSError):
    for _ in range(times):
        with pytest.raises(error):
            await guard.call(Target(error()))


async def test_what_fails_for_a_moment_is_tried_again_with_growing_delays(clock):
    retry = Retry(tries=4, first_delay=1.0, max_delay=3.0)
    guard = Guard("mail", retry=retry, clock=clock, sleep=clock.sleep, chance=lambda: 1.0)
    target = Target(OSError(), TimeoutError(), Unavailable("no"))
    assert await guard.call(target) == 4
    assert clock.slept == [1.0, 2.0, 3.0]


async def test_tries_end_with_the_last_error_and_other_errors_are_not_tried_again(clock):
    guard = Guard("mail", retry=Retry(tries=2), clock=clock, sleep=clock.sleep)
    target = Target(OSError(1), OSError(2), OSError(3))
    with pytest.raises(OSError, match="2"):
        await guard.call(target)
    assert target.calls == 2
    target = Target(ValueError("never"))
    with pytest.raises(ValueError, match="never"):
        await guard.call(target)
    assert target.calls == 1


async def test_what_hangs_is_given_up_and_cleans_up():
    cleaned = []

    async def hang():
        try:
            await asyncio.sleep(60)
        finally:
            cleaned.append(True)

    said = []
    guard = Guard("mail", timeout=0.01, tell=lambda *what: said.append(what))
    with pytest.raises(TooSlow, match="mail did not answer"):
        await guard.call(hang)
    assert cleaned == [True]
    assert said == [("mail", "too_slow")]


async def test_a_timeout_of_the_function_itself_stays_its_own():
    guard = Guard("mail", timeout=60)
    with pytest.raises(TimeoutError):
        await guard.call(Target(TimeoutError("mine")))


async def test_a_circuit_opens_refuses_and_closes_after_one_good_call(clock):
    said = []
    guard = Guard(
        "hook",
        breaker=Breaker(failures=3, open_for=30),
        clock=clock,
        tell=lambda name, what: said.append(what),
    )
    await failing(guard, 3)
    assert guard.circuit is Circuit.OPEN
    untouched = Target()
    with pytest.raises(Refused) as refusal:
        await guard.call(untouched)
    assert untouched.calls == 0
    assert refusal.value.retry_after == 30
    clock.now += 30
    assert guard.circuit is Circuit.HALF_OPEN
    assert await guard.call(Target()) == 1
    assert guard.circuit is Circuit.CLOSED
    assert said == ["open", "refused", "half_open", "closed"]


async def test_successes_in_between_keep_a_circuit_closed(clock):
    guard = Guard("hook", breaker=Breaker(failures=2), clock=clock)
    for _ in range(5):
        await failing(guard, 1)
        await guard.call(Target())
    assert guard.circuit is Circuit.CLOSED


async def test_of_many_who_come_at_once_one_tries_a_half_open_circuit(clock):
    guard = Guard("hook", breaker=Breaker(failures=1, open_for=10), clock=clock)
    await failing(guard, 1)
    clock.now += 10
    inside, release = 0, asyncio.Event()

    async def slow():
        nonlocal inside
        inside += 1
        await release.wait()
        return "done"

    calls = [asyncio.create_task(guard.call(slow)) for _ in range(20)]
    await asyncio.sleep(0)
    release.set()
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert inside == 1
    assert results.count("done") == 1
    assert sum(isinstance(each, Refused) for each in results) == 19
    assert guard.circuit is Circuit.CLOSED


async def test_a_failed_probe_opens_the_circuit_anew(clock):
    guard = Guard("hook", breaker=Breaker(failures=2, open_for=10), clock=clock)
    await failing(guard, 2)
    clock.now += 10
    await failing(guard, 1)
    assert guard.circuit is Circuit.OPEN
    clock.now += 9
    with pytest.raises(Refused):
        await guard.call(Target())


async def test_a_cancelled_probe_lets_the_next_one_try(clock):
    guard = Guard("hook", breaker=Breaker(failures=1, open_for=10), clock=clock)
    await failing(guard, 1)
    clock.now += 10
    probe = asyncio.create_task(guard.call(asyncio.Event().wait))
    await asyncio.sleep(0)
    probe.cancel()
    with pytest.raises(asyncio.CancelledError):
        await probe
    assert await guard.call(Target()) == 1
    assert guard.circuit is Circuit.CLOSED


async def test_errors_about_the_message_say_that_the_other_side_works(clock):
    guard = Guard("mail", breaker=Breaker(failures=2, ignored=(ValueError,)), clock=clock)
    await failing(guard, 1)
    await failing(guard, 5, ValueError)
    await failing(guard, 1)
    assert guard.circuit is Circuit.CLOSED


async def test_an_open_circuit_ends_retries_at_once(clock):
    guard = Guard("mail", retry=Retry(tries=10), breaker=Breaker(failures=2), clock=clock, sleep=clock.sleep)
    target = Target(*[OSError()] * 20)
    with pytest.raises(Refused):
        await guard.call(target)
    assert target.calls == 2


async def test_a_bulkhead_lets_few_in_at_once_in_their_order():
    guard = Guard("mail", bulkhead=Bulkhead(limit=2, queue=10, wait=5))
    running, most, order = 0, 0, []

    async def work(number):
        nonlocal running, most
        running += 1
        most = max(most, running)
        order.append(number)
        await asyncio.sleep(0)
        running -= 1

    await asyncio.gather(*(guard.call(work, number) for number in range(8)))
    assert most == 2
    assert order == list(range(8))


async def test_a_full_bulkhead_refuses_and_does_not_forget_places():
    guard = Guard("mail", bulkhead=Bulkhead(limit=1, queue=1, wait=0.01))
    release = asyncio.Event()
    first = asyncio.create_task(guard.call(release.wait))
    await asyncio.sleep(0)
    second = asyncio.create_task(guard.call(Target()))
    await asyncio.sleep(0)
    with pytest.raises(Refused):
        await guard.call(Target())
    with pytest.raises(Refused):
        await second
    release.set()
    await first
    assert await guard.call(Target()) == 1


async def test_who_is_cancelled_while_waiting_takes_no_place():
    guard = Guard("mail", bulkhead=Bulkhead(limit=1, queue=5, wait=5))
    release = asyncio.Event()
    first = asyncio.create_task(guard.call(release.wait))
    await asyncio.sleep(0)
    waiting = [asyncio.create_task(guard.call(Target())) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    release.set()
    await asyncio.sleep(0)
    waiting[1].cancel()
    results = await asyncio.gather(first, *waiting, return_exceptions=True)
    assert results[3] == 1
    assert await guard.call(Target()) == 1


async def test_a_rate_refuses_until_the_oldest_call_is_old_enough(clock):
    guard = Guard("push", rate=Rate(times=2, per=10), clock=clock)
    await guard.call(Target())
    clock.now += 4
    await guard.call(Target())
    with pytest.raises(Refused) as refusal:
        await guard.call(Target())
    assert refusal.value.retry_after == 6
    clock.now += 6
    assert await guard.call(Target()) == 1


async def test_a_fallback_answers_with_the_same_arguments():
    async def plain(name):
        return f"no {name}"

    @resilient("hook", timeout=1, fallback=plain)
    async def ask(name):
        raise OSError

    assert await ask("tea") == "no tea"


async def test_cached_results_are_asked_for_once_even_at_the_same_time():
    calls = 0

    @resilient("hook", cache=Cached(seconds=60, most=2))
    async def ask(name):
        nonlocal calls
        calls += 1
        await asyncio.sleep(0)
        return name

    assert await asyncio.gather(*(ask("a") for _ in range(5))) == ["a"] * 5
    assert calls == 1
    for name in ("a", "b", "c", "a"):
        await ask(name)
    assert calls == 4


async def test_failures_are_not_cached():
    target = Target(OSError("down"))
    ask = resilient("hook", cache=Cached(seconds=60))(target)
    with pytest.raises(OSError, match="down"):
        await ask()
    assert await ask() == 2
    assert await ask() == 2


async def test_each_target_has_its_own_circuit_and_idle_ones_are_forgotten(clock):
    guards = Guards(lambda host: Guard(host, breaker=Breaker(failures=1), clock=clock), most=2)
    await failing(guards.of("a"), 1)
    assert guards.of("a").circuit is Circuit.OPEN
    idle = guards.of("b")
    assert idle.circuit is Circuit.CLOSED
    guards.of("a"), guards.of("c")
    assert guards.of("a").circuit is Circuit.OPEN
    assert guards.of("b") is not idle


def test_a_decorated_function_keeps_its_name_and_shows_its_guard():
    @resilient("mail", breaker=Breaker())
    async def send(to: str) -> None:
        """Send it."""

    assert (send.__name__, send.__doc__) == ("send", "Send it.")
    assert send.guard.circuit is Circuit.CLOSED
