"""Resources are opened exactly once, whoever asks, and closed in reverse order."""

from __future__ import annotations

import asyncio

import pytest

from microblog_core.domain.errors import MicroblogError, Unavailable
from microblog_core.patterns.resources import Resources


class Factory:
    """Makes numbered things slowly, and fails as often as told."""

    def __init__(self, failures: int = 0) -> None:
        self.calls = 0
        self.failures = failures
        self.gate = asyncio.Event()

    async def make(self) -> str:
        self.calls += 1
        await self.gate.wait()
        if self.calls <= self.failures:
            raise ConnectionError("not yet")
        return f"thing {self.calls}"


async def test_a_hundred_first_uses_at_once_open_once():
    factory, resources = Factory(), Resources()
    lazy = resources.add("thing", factory.make)
    uses = [asyncio.create_task(lazy.get()) for _ in range(100)]
    await asyncio.sleep(0)
    factory.gate.set()
    assert set(await asyncio.gather(*uses)) == {"thing 1"}
    assert await lazy.get() == "thing 1"
    assert factory.calls == 1


async def test_a_plain_function_may_make_it_too():
    resources = Resources()
    made: list[int] = []
    lazy = resources.add("thing", lambda: made.append(1) or "thing")
    assert set(await asyncio.gather(*(lazy.get() for _ in range(100)))) == {"thing"}
    assert made == [1]


async def test_a_failure_reaches_all_who_wait_and_is_not_kept():
    factory, resources = Factory(failures=1), Resources()
    lazy = resources.add("thing", factory.make)
    uses = [asyncio.create_task(lazy.get()) for _ in range(10)]
    await asyncio.sleep(0)
    factory.gate.set()
    results = await asyncio.gather(*uses, return_exceptions=True)
    assert [type(result) for result in results] == [ConnectionError] * 10
    assert factory.calls == 1
    assert await lazy.get() == "thing 2"


async def test_who_gives_up_waiting_takes_nothing_from_the_others():
    factory, resources = Factory(), Resources()
    lazy = resources.add("thing", factory.make)
    first, second = asyncio.create_task(lazy.get()), asyncio.create_task(lazy.get())
    await asyncio.sleep(0)
    first.cancel()
    factory.gate.set()
    assert await second == "thing 1"
    assert first.cancelled()
    assert factory.calls == 1


async def test_a_failure_that_nobody_waits_for_any_more_is_no_noise():
    factory, resources = Factory(failures=1), Resources()
    lazy = resources.add("thing", factory.make)
    use = asyncio.create_task(lazy.get())
    await asyncio.sleep(0)
    use.cancel()
    factory.gate.set()
    await asyncio.sleep(0.01)
    assert await lazy.get() == "thing 2"


async def test_closing_goes_backwards_through_what_was_opened():
    resources, closed = Resources(), []

    async def close_slowly(name: str) -> None:
        await asyncio.sleep(0)
        closed.append(name)

    pool = resources.add("pool", lambda: "pool", close_slowly)
    client = resources.add("client", lambda: "client", closed.append)
    resources.add("never", lambda: "never", closed.append)
    await client.get()
    await pool.get()
    assert resources.opened == ("client", "pool")
    await resources.close()
    assert closed == ["pool", "client"]
    assert resources.opened == ()


async def test_what_is_being_opened_while_closing_is_closed_too():
    factory, resources, closed = Factory(), Resources(), []
    lazy = resources.add("thing", factory.make, closed.append)
    use = asyncio.create_task(lazy.get())
    await asyncio.sleep(0)
    factory.gate.set()
    await resources.close()
    assert closed == ["thing 1"]
    assert await use == "thing 1"


async def test_what_fails_or_hangs_while_closing_keeps_no_other_open(caplog):
    resources, closed = Resources(), []

    def fail(thing: str) -> None:
        raise OSError("stuck")

    names = {"first": closed.append, "failing": fail, "hanging": lambda thing: asyncio.Event().wait()}
    for name, close in names.items():
        await resources.add(name, lambda name=name: name, close).get()
    await resources.close(seconds=0.05)
    assert closed == ["first"]
    assert "The resource hanging did not close" in caplog.text
    assert "The resource failing did not close" in caplog.text


async def test_after_closing_nothing_opens_any_more():
    resources = Resources()
    lazy = resources.add("thing", lambda: "thing")
    await resources.close()
    with pytest.raises(Unavailable):
        await lazy.get()
    with pytest.raises(Unavailable):
        resources.add("other", lambda: "other")


def test_a_name_is_given_once():
    resources = Resources()
    resources.add("thing", lambda: "thing")
    with pytest.raises(MicroblogError, match="'thing' already"):
        resources.add("thing", lambda: "thing")
