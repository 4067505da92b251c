"""The contract of authenticators as tests: subclass `AuthenticatorSuite`, give it yours, and run pytest.

    class TestMyTokens(AuthenticatorSuite):
        @pytest.fixture
        def rig(self, ports):
            return MyRig(ports)

A `Rig` is the authenticator together with what gives people its credentials. `ports` are those of a site in
memory whose storage notes what it is asked.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Protocol

import pytest
from msgspec.structs import replace

from microblog_core.domain.accounts import HIDDEN_STATES, Account, AccountState, Identity
from microblog_core.domain.errors import Unavailable
from microblog_core.memory.storage import MemoryStorage
from microblog_core.ports.auth import Authenticator, Request
from microblog_core.ports.context import Ports
from microblog_core.testing.builder import Builder, CountingIds, FrozenClock
from microblog_core.testing.watching import CountedStorage, counted, logged
from microblog_core.testing.world import make_ports

PATIENCE = 2.0
"""Core waits for so many seconds."""
ANONYMOUS = Request(
    method="GET", path="/api/v1/things", headers={}, cookies={}, query={}, address="203.0.113.7"
)
GARBAGE = (
    "",
    " ",
    "\0",
    "x",
    "null",
    "-1",
    "a" * 100_000,
    "a b c",
    "' OR '1'='1",
    "../../etc/passwd",
    "%00%0d%0aSet-Cookie: a=b",
    "\r\nX-Header: 1",
    "\N{CAT FACE}\ud800\xff",
    "eyJhbGciOiJub25lIn0.e30.",
)
"""What comes in the place of credentials."""
FOREIGN = (
    {"headers": {"authorization": "Basic YWRhOnBhc3N3b3Jk"}},
    {"headers": {"authorization": "Digest username=ada"}},
    {"headers": {"authorization": "Unheard-of \0\xff"}},
    {"headers": {"x-forwarded-user": "ada", "remote-user": "ada", "from": "ada@example.org"}},
    {"cookies": {"somebody_elses_cookie": "ada"}},
    {"query": {"account_id": "1", "username": "ada"}},
)
"""Credentials of other kinds, and what only claims to be some."""


class Rig(Protocol):
    """An authenticator and who gives credentials. `lifetime` is how many seconds they are good for, 0 where
    they don't end.
    """

    authenticator: Authenticator
    lifetime: float

    async def grant(self, account: Account) -> Mapping[str, Mapping[str, str]]:
        """New credentials of somebody, as parts of a request: `headers`, `cookies`, `query`."""
        ...

    async def revoke(self, account: Account) -> None:
        """End all credentials of somebody."""
        ...


def request_with(parts: Mapping[str, Mapping[str, str]], **changes: Any) -> Request:
    """A request with these headers, cookies and query."""
    return replace(ANONYMOUS, **{**parts, **changes})


class AuthenticatorSuite:
    """What every authenticator must do. Fixture: `rig`, made with the fixture `ports`."""

    @pytest.fixture
    def ports(self) -> Ports:
        """A site's ports, with a storage that notes its calls."""
        storage, _ = counted(MemoryStorage())
        return make_ports(storage)

    @pytest.fixture
    def watched(self, ports: Ports) -> CountedStorage:
        """The same storage, as what has noted the calls."""
        assert isinstance(ports.storage, CountedStorage)
        return ports.storage

    @pytest.fixture
    def build(self, ports: Ports) -> Builder:
        """Puts people into the storage."""
        assert isinstance(ports.clock, FrozenClock) and isinstance(ports.ids, CountingIds)
        return Builder(ports.storage, ports.clock, ports.ids)

    async def ask(self, rig: Rig, request: Request) -> Identity | None:
        """What the authenticator says, in time."""
        async with asyncio.timeout(PATIENCE):
            return await rig.authenticator.authenticate(request)

    async def refused(self, rig: Rig, request: Request) -> None:
        """It abstains, and raises nothing."""
        try:
            identity = await self.ask(rig, request)
        except Exception as error:
            pytest.fail(f"it must abstain, and raises {error!r}")
        assert identity is None

    async def test_good_credentials_say_who_it_is(self, rig: Rig, build: Builder) -> None:
        for account in await build.people("ada", "bob"):
            identity = await self.ask(rig, request_with(await rig.grant(account)))
            assert isinstance(identity, Identity)
            assert identity.account.id == account.id

    async def test_an_identity_says_what_it_allows_and_by_what(self, rig: Rig, build: Builder) -> None:
        identity = await self.ask(rig, request_with(await rig.grant(await build.account("ada"))))
        assert identity is not None and identity.method
        assert identity.scopes is None or all(isinstance(each, str) for each in frozenset(identity.scopes))

    async def test_without_credentials_it_abstains_and_asks_the_storage_nothing(
        self, rig: Rig, watched: CountedStorage
    ) -> None:
        await self.refused(rig, ANONYMOUS)
        assert watched.calls == []

    async def test_credentials_of_other_kinds_are_left_alone(
        self, rig: Rig, build: Builder, watched: CountedStorage
    ) -> None:
        await build.account("ada")
        watched.calls.clear()
        for parts in FOREIGN:
            await self.refused(rig, request_with(parts))
        assert watched.calls == []

    async def test_garbage_in_their_place_is_nobody(self, rig: Rig, build: Builder) -> None:
        parts = await rig.grant(await build.account("ada"))
        for garbled in _each_place(parts, lambda value: GARBAGE):
            await self.refused(rig, request_with(garbled))

    async def test_credentials_that_were_tampered_with_are_nobody(self, rig: Rig, build: Builder) -> None:
        parts = await rig.grant(await build.account("ada"))
        for garbled in _each_place(parts, _tampered):
            await self.refused(rig, request_with(garbled))

    async def test_revoked_credentials_are_nobody_and_others_stay(self, rig: Rig, build: Builder) -> None:
        ada, bob = await build.people("ada", "bob")
        hers, his = request_with(await rig.grant(ada)), request_with(await rig.grant(bob))
        assert await self.ask(rig, hers) is not None
        await rig.revoke(ada)
        await self.refused(rig, hers)
        assert await self.ask(rig, his) is not None

    async def test_credentials_end_at_their_time(self, rig: Rig, build: Builder) -> None:
        request = request_with(await rig.grant(await build.account("ada")))
        build.clock.advance((rig.lifetime or 1_000_000) - 1)
        assert await self.ask(rig, request) is not None
        if rig.lifetime:
            build.clock.advance(2)
            await self.refused(rig, request)

    @pytest.mark.parametrize("state", [*HIDDEN_STATES, AccountState.DISABLED])
    async def test_people_who_may_not_log_in_are_nobody(
        self, rig: Rig, build: Builder, ports: Ports, state: AccountState
    ) -> None:
        ada = await build.account("ada")
        request = request_with(await rig.grant(ada))
        assert await self.ask(rig, request) is not None
        await build.set_state(ada, state)
        # What a use case that changes a state drops.
        ports.cache.drop([f"account:{ada.id}"])
        await self.refused(rig, request)

    async def test_it_writes_nothing(self, rig: Rig, build: Builder, watched: CountedStorage) -> None:
        request = request_with(await rig.grant(await build.account("ada")))
        watched.calls.clear()
        for each in (request, request, ANONYMOUS, *(request_with(parts) for parts in FOREIGN)):
            await self.ask(rig, each)
        assert watched.calls == watched.reads

    async def test_a_request_reads_a_few_things_at_most(
        self, rig: Rig, build: Builder, watched: CountedStorage
    ) -> None:
        requests = [request_with(await rig.grant(each)) for each in await build.people("ada", "bob", "cid")]
        watched.calls.clear()
        for request in requests:
            await self.ask(rig, request)
        assert len(watched.calls) <= 2 * len(requests)

    async def test_many_at_once_are_not_taken_for_one_another(self, rig: Rig, build: Builder) -> None:
        people = await build.people("ada", "bob", "cid")
        requests = [(each.id, request_with(await rig.grant(each))) for each in people] * 5
        found = await asyncio.gather(*(self.ask(rig, request) for _, request in requests))
        assert [each and each.account.id for each in found] == [account_id for account_id, _ in requests]

    async def test_where_the_storage_is_away_nobody_is_let_in(
        self, rig: Rig, build: Builder, watched: CountedStorage
    ) -> None:
        request = request_with(await rig.grant(await build.account("ada")))
        watched.away = Unavailable("The storage is away.")
        try:
            identity = await self.ask(rig, request)
        except Unavailable:
            return
        except Exception as error:
            pytest.fail(f"it must abstain or raise Unavailable, and raises {error!r}")
        assert identity is None

    async def test_credentials_are_in_no_log(self, rig: Rig, build: Builder) -> None:
        ada = await build.account("ada")
        parts = await rig.grant(ada)
        with logged() as log:
            await self.ask(rig, request_with(parts))
            await rig.revoke(ada)
            await self.ask(rig, request_with(parts))
        for values in parts.values():
            for secret in values.values():
                assert secret.rpartition(" ")[2] not in log.text

    async def test_what_it_is_below_are_prefixes_of_paths(self, rig: Rig) -> None:
        below = getattr(rig.authenticator, "below", ())
        assert isinstance(below, tuple)
        assert all(re.fullmatch(r"/([\w.~-]+/)+", each) for each in below)


def _each_place(
    parts: Mapping[str, Mapping[str, str]], values: Callable[[str], Iterable[str]]
) -> Iterator[dict[str, dict[str, str]]]:
    """The credentials with each value replaced by others, one at a time."""
    for where, named in parts.items():
        for name, value in named.items():
            for other in values(value):
                changed = {each: dict(known) for each, known in parts.items()}
                changed[where][name] = other
                yield changed


def _tampered(value: str) -> list[str]:
    scheme, space, secret = value.rpartition(" ")
    other = "A" if secret[len(secret) // 2] != "A" else "B"
    return [
        f"{scheme}{space}{each}"
        for each in (
            secret[:-1],
            secret[1:],
            f"{secret}x",
            secret * 2,
            secret.swapcase(),
            f"{secret[: len(secret) // 2]}{other}{secret[len(secret) // 2 + 1 :]}",
        )
    ] + [scheme, f"{scheme} ", f"Other{space or ' '}{secret}"]
