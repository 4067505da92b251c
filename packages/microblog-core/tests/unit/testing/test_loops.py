"""The event loop that tests run in: one for each, with its async fixtures."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytest_plugins = ["pytester"]


@pytest.fixture
async def loop_of_fixture() -> asyncio.AbstractEventLoop:
    await asyncio.sleep(0)
    return asyncio.get_running_loop()


@pytest.fixture
async def stepping() -> AsyncIterator[asyncio.AbstractEventLoop]:
    loop = asyncio.get_running_loop()
    yield loop
    await asyncio.sleep(0)
    assert asyncio.get_running_loop() is loop


async def test_the_test_and_its_async_fixtures_share_a_loop(loop_of_fixture, stepping) -> None:
    assert loop_of_fixture is stepping is asyncio.get_running_loop()


def test_a_plain_test_may_ask_for_an_async_fixture(loop_of_fixture) -> None:
    assert not loop_of_fixture.is_closed()


class TestInAClass:
    @pytest.fixture
    async def owner(self) -> TestInAClass:
        return self

    async def test_async_fixtures_are_bound_to_the_instance(self, owner) -> None:
        assert owner is self

    @pytest.mark.parametrize("number", [1, 2])
    async def test_parameters_arrive(self, number: int) -> None:
        assert number in (1, 2)


@given(st.integers())
@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_a_property_may_be_async(loop_of_fixture, number: int) -> None:
    await asyncio.sleep(0)
    assert asyncio.get_running_loop() is loop_of_fixture
    assert isinstance(number, int)


def _results(pytester: pytest.Pytester, source: str) -> pytest.RunResult:
    pytester.makepyfile(source)
    return pytester.runpytest_inprocess("-p", "no:cacheprovider")


def test_a_failing_async_test_fails(pytester: pytest.Pytester) -> None:
    result = _results(pytester, "async def test_it():\n    assert 1 == 2\n")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*assert 1 == 2*"])


def test_a_fixture_that_yields_twice_is_an_error(pytester: pytest.Pytester) -> None:
    source = """
        import pytest

        @pytest.fixture
        async def twice():
            yield 1
            yield 2

        async def test_it(twice):
            assert twice == 1
    """
    result = _results(pytester, source)
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*'twice' yields more than once*"])


def test_an_async_fixture_of_a_wider_scope_is_refused(pytester: pytest.Pytester) -> None:
    source = """
        import pytest

        @pytest.fixture(scope="module")
        async def wide():
            return 1

        async def test_it(wide):
            pass
    """
    result = _results(pytester, source)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*'wide' must have the scope 'function'*"])


def test_tasks_left_over_are_cancelled_after_the_fixtures(pytester: pytest.Pytester) -> None:
    source = """
        import asyncio
        import pytest

        SEEN = []

        @pytest.fixture
        async def watched():
            yield SEEN
            SEEN.append("torn down")

        async def test_leaves_a_task(watched):
            async def stay():
                try:
                    await asyncio.Event().wait()
                except asyncio.CancelledError:
                    SEEN.append("cancelled")
                    raise
            watched.append(asyncio.create_task(stay()))
            await asyncio.sleep(0)

        def test_afterwards():
            assert SEEN[1:] == ["torn down", "cancelled"]
    """
    _results(pytester, source).assert_outcomes(passed=2)
