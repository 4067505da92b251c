"""The pytest plugin: fixtures that any project with microblog-core[testing] installed gets by name.

Only the standard library and pytest are imported at the top: pytest loads this file before anything else, in
every run. What a fixture needs it imports when it is asked for. Async tests and fixtures are run by `loops`.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from microblog_core.testing.loops import pytest_fixture_setup, pytest_pyfunc_call, pytest_runtest_teardown

__all__ = ["pytest_fixture_setup", "pytest_pyfunc_call", "pytest_runtest_teardown"]

if TYPE_CHECKING:
    from microblog_core.domain.permissions import Actor
    from microblog_core.testing.builder import FrozenClock
    from microblog_core.testing.capturing import CapturedDeliveries, CapturedEvents, MakeSite
    from microblog_core.testing.redis import RedisServer
    from microblog_core.testing.s3 import S3Server
    from microblog_core.testing.world import World

pytest.register_assert_rewrite(
    "microblog_core.testing.storage",
    "microblog_core.testing.storage_suite",
    "microblog_core.testing.blob_suite",
    "microblog_core.testing.gateways",
    "microblog_core.testing.shared_suites",
    "microblog_core.testing.channel_suite",
    "microblog_core.testing.authenticator_suite",
    "microblog_core.testing.timeline_suite",
    "microblog_core.testing.content_suite",
    "microblog_core.testing.hygiene_suite",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.getgroup("microblog").addoption(
        "--allow-missing-servers",
        action="store_true",
        help="skip the tests that need a PostgreSQL, Redis or S3 where none is found, instead of failing",
    )


def _folder_of_run(factory: pytest.TempPathFactory) -> Path:
    """The temporary folder that all workers of this run know."""
    own = factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def postgres_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a real PostgreSQL server, shared by the run. Take `postgres_database` to write something."""
    from microblog_core.testing import postgres

    with (
        _or_skip(request, postgres.PostgresMissing),
        postgres.shared_server(_folder_of_run(tmp_path_factory)) as url,
    ):
        yield url


@pytest.fixture(scope="session")
def new_postgres_database(postgres_url: str) -> Iterator[Callable[[], str]]:
    """A function that makes a fresh, empty database and returns its URL; all are dropped after the run."""
    from microblog_core.testing import postgres

    made: list[str] = []

    def make() -> str:
        made.append(postgres.create_database(postgres_url))
        return made[-1]

    yield make
    for database in made:
        postgres.drop_database(postgres_url, database)


@pytest.fixture
def postgres_database(postgres_url: str) -> Iterator[str]:
    """The URL of a fresh, empty database, dropped after the test."""
    from microblog_core.testing import postgres

    database = postgres.create_database(postgres_url)
    yield database
    postgres.drop_database(postgres_url, database)


@contextlib.contextmanager
def _or_skip(request: pytest.FixtureRequest, kind: type[Exception]) -> Iterator[None]:
    """Fail where a server can't be had, by an exception of this kind; skip only where that was asked for."""
    try:
        yield
    except kind as missing:
        if request.config.getoption("--allow-missing-servers"):
            pytest.skip(str(missing))
        pytest.fail(f"{missing}; --allow-missing-servers skips what needs it", pytrace=False)


@pytest.fixture(scope="session")
def _redis_server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    from microblog_core.testing import redis

    if given := os.environ.get(redis.ADDRESS_VARIABLE):
        yield given
        return
    with _or_skip(request, redis.RedisMissing):
        server = redis.RedisServer(tmp_path_factory.mktemp("redis"))
    with server:
        yield server.url


@pytest.fixture
def redis_url(_redis_server: str) -> str:
    """The URL of a real, empty Redis or Valkey. One that the environment names is emptied, too."""
    from microblog_core.testing import redis

    redis.send(_redis_server, "FLUSHALL")
    return _redis_server


@pytest.fixture
def redis_server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RedisServer]:
    """A Redis or Valkey of the test's own, started, that it may kill and start again."""
    from microblog_core.testing import redis

    with _or_skip(request, redis.RedisMissing):
        server = redis.RedisServer(tmp_path / "redis")
    with server:
        yield server


@pytest.fixture(scope="session")
def redis_cluster_url(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The URL of one node of a real cluster of three."""
    from microblog_core.testing import redis

    with _or_skip(request, redis.RedisMissing), redis.cluster(tmp_path_factory.mktemp("cluster")) as url:
        yield url


@pytest.fixture(scope="session")
def _s3_server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[S3Server]:
    from microblog_core.testing import s3

    with _or_skip(request, s3.S3Missing):
        server = s3.S3Server(tmp_path_factory.mktemp("s3"))
    with server:
        yield server


@pytest.fixture
def s3_server(_s3_server: S3Server) -> S3Server:
    """A real server that speaks S3 and checks signatures. A test that killed it finds it running again."""
    _s3_server.start()
    return _s3_server


@pytest.fixture
def s3_url(s3_server: S3Server) -> str:
    """The URL of a real bucket, with keys, below a prefix of the test's own."""
    return s3_server.url_of(secrets.token_hex(8))


@pytest.fixture
def world() -> World:
    """A site in memory with a frozen clock; people act in it. For another storage make
    `World(make_ports(storage))`.
    """
    from microblog_core.testing.world import World

    return World()


@pytest.fixture
def frozen_clock() -> FrozenClock:
    """The clock of the test's sites. It stands at noon of 2026-01-01 until `advance(seconds)` is called."""
    from microblog_core.testing.builder import FrozenClock

    return FrozenClock()


@pytest.fixture
def captured_events() -> CapturedEvents:
    """Every event of the sites that `make_site` makes, in order; `of(PostPublished)` are those of a type."""
    from microblog_core.testing.capturing import CapturedEvents

    return CapturedEvents()


@pytest.fixture
def captured_deliveries() -> CapturedDeliveries:
    """What people are told of on the sites that `make_site` makes; ask for it, and they get a channel that
    keeps it. `await captured_deliveries.deliver(site)` runs the jobs that deliver.
    """
    from microblog_core.testing.capturing import CapturedDeliveries

    return CapturedDeliveries()


@pytest.fixture
async def make_site(
    request: pytest.FixtureRequest, frozen_clock: FrozenClock, captured_events: CapturedEvents
) -> AsyncIterator[MakeSite]:
    """Makes sites of exactly the plugins that you name: `site = await make_site({"weather": plugin})`. They
    are composed as in earnest, opened, and closed after the test; the options are those of `sites.site_with`.
    """
    from microblog_core.testing.capturing import MakeSite

    wanted = "captured_deliveries" in request.fixturenames
    make = MakeSite(
        frozen_clock, captured_events, request.getfixturevalue("captured_deliveries") if wanted else None
    )
    yield make
    await make.close()


@pytest.fixture
def people() -> Callable[..., Awaitable[list[Actor]]]:
    """Makes accounts by name: `ada, bob = await people(site, "ada", "bob")`, as use cases take them."""
    from microblog_core.testing.capturing import make_people

    return make_people
