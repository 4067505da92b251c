"""Authenticators with a fault each, on the session cookie."""

from __future__ import annotations

import asyncio
import logging

from msgspec.structs import replace

from microblog_core.domain.accounts import Identity
from microblog_core.domain.errors import Unavailable
from microblog_core.domain.permissions import Actor
from microblog_core.http.sessions import SESSION_COOKIE, SessionAuthenticator
from microblog_core.services.sessions import (
    RevokeSession,
    hash_token,
    list_sessions,
    open_session,
    revoke_session,
)
from microblog_core.testing.authenticator_suite import AuthenticatorSuite
from microblog_core.testing.planted import Planted


class SessionRig:
    def __init__(self, ports, kind):
        self.authenticator = kind(lambda: ports)
        self.lifetime = ports.limits.session_milliseconds / 1000
        self._ports = ports

    async def grant(self, account):
        return {"cookies": {SESSION_COOKIE: (await open_session(self._ports, account)).token}}

    async def revoke(self, account):
        actor = Actor(account=account)
        for session in await list_sessions(self._ports, actor):
            await revoke_session(self._ports, actor, RevokeSession(token_hash=session.token_hash))


def on_a_rig(kind):
    """A function that makes a rig of these, named as the kind is."""

    def make(ports):
        return SessionRig(ports, kind)

    make.__name__ = kind.__name__
    return make


class Remembering(SessionAuthenticator):
    """Keeps everybody it has seen, by the cookie."""

    def __init__(self, ports):
        super().__init__(ports)
        self.known = {}

    def key(self, request):
        return request.cookies.get(SESSION_COOKIE)

    async def authenticate(self, request):
        key = self.key(request)
        if key not in self.known:
            self.known[key] = await super().authenticate(request)
        return self.known[key]


class TakesAllForOne(Remembering):
    def key(self, request):
        return "anybody"


class SaysNotHow(SessionAuthenticator):
    async def authenticate(self, request):
        identity = await super().authenticate(request)
        return identity and replace(identity, method="")


class AllowsNumbers(SessionAuthenticator):
    async def authenticate(self, request):
        identity = await super().authenticate(request)
        return identity and replace(identity, scopes=(1, 2))


class LooksUpNothing(SessionAuthenticator):
    async def authenticate(self, request):
        ports = self._ports()
        token = request.cookies.get(SESSION_COOKIE, "")
        await ports.storage.sessions.get(hash_token(token), ports.clock.now())
        return await super().authenticate(request)


class BelievesHeaders(SessionAuthenticator):
    async def authenticate(self, request):
        account = await self._ports().storage.accounts.named(request.headers.get("x-forwarded-user", "-"), "")
        return Identity(account=account) if account else await super().authenticate(request)


class StumblesOverGarbage(SessionAuthenticator):
    async def authenticate(self, request):
        request.cookies.get(SESSION_COOKIE, "").encode("ascii")
        return await super().authenticate(request)


class IsNotParticular(SessionAuthenticator):
    async def authenticate(self, request):
        token = request.cookies.get(SESSION_COOKIE, "").rstrip("x")
        return await super().authenticate(replace(request, cookies={SESSION_COOKIE: token}))


class KnowsNoTime(SessionAuthenticator):
    async def authenticate(self, request):
        token = request.cookies.get(SESSION_COOKIE, "")
        row = await self._ports().storage.sessions.get(hash_token(token), 0)
        return Identity(account=row.account) if row else None


class Notes(SessionAuthenticator):
    async def authenticate(self, request):
        await self._ports().storage.commit([])
        return await super().authenticate(request)


class ReadsALot(SessionAuthenticator):
    async def authenticate(self, request):
        identity = await super().authenticate(request)
        for _ in range(3 if identity else 0):
            await self._ports().storage.accounts.get(identity.account.id)
        return identity


class MixesThemUp(SessionAuthenticator):
    async def authenticate(self, request):
        self.request = request
        await asyncio.sleep(0)
        return await super().authenticate(self.request)


class HidesWhatFailed(SessionAuthenticator):
    async def authenticate(self, request):
        try:
            return await super().authenticate(request)
        except Unavailable as error:
            raise RuntimeError("no sessions") from error


class Tells(SessionAuthenticator):
    async def authenticate(self, request):
        logging.getLogger("tells").debug("a request with %s", request.cookies)
        return await super().authenticate(request)


class IsBelowAWord(SessionAuthenticator):
    below = ("api",)


PLANTED = (
    Planted(
        suite=AuthenticatorSuite,
        fixture="rig",
        sound=on_a_rig(SessionAuthenticator),
        faults={
            promise: [on_a_rig(kind) for kind in kinds]
            for promise, kinds in {
                "test_good_credentials_say_who_it_is": [TakesAllForOne],
                "test_an_identity_says_what_it_allows_and_by_what": [SaysNotHow, AllowsNumbers],
                "test_without_credentials_it_abstains_and_asks_the_storage_nothing": [LooksUpNothing],
                "test_credentials_of_other_kinds_are_left_alone": [BelievesHeaders],
                "test_garbage_in_their_place_is_nobody": [StumblesOverGarbage],
                "test_credentials_that_were_tampered_with_are_nobody": [IsNotParticular],
                "test_revoked_credentials_are_nobody_and_others_stay": [Remembering],
                "test_credentials_end_at_their_time": [KnowsNoTime, Remembering],
                "test_people_who_may_not_log_in_are_nobody": [Remembering],
                "test_it_writes_nothing": [Notes],
                "test_a_request_reads_a_few_things_at_most": [ReadsALot],
                "test_many_at_once_are_not_taken_for_one_another": [MixesThemUp],
                "test_where_the_storage_is_away_nobody_is_let_in": [HidesWhatFailed],
                "test_credentials_are_in_no_log": [Tells],
                "test_what_it_is_below_are_prefixes_of_paths": [IsBelowAWord],
            }.items()
        },
    ),
)
