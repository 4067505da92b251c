from __future__ import annotations

import dataclasses
from typing import Any

import msgspec
import pytest

from microblog_api.access import (
    Caller,
    User,
    caller,
    optional_user,
    require_app,
    require_user,
)
from microblog_api.bearer import BearerAuthenticator, token_of
from microblog_api.errors import InsufficientScope, InvalidToken, render_error
from microblog_core.domain.accounts import AccountState, Identity
from microblog_core.domain.errors import Invalid, Unauthenticated
from microblog_core.http.sessions import identify
from microblog_core.ports.auth import Request
from microblog_core.services import applications
from microblog_core.testing.sites import site_with


class Place:
    """A site with an account, and scopes of requests with its tokens."""

    def __init__(self, site: Any) -> None:
        self.site = site

    async def tokens(self, *scopes: str) -> tuple[str, str]:
        """A person's token and the application's own."""
        from microblog_core.domain.permissions import SYSTEM, Actor
        from microblog_core.services import accounts

        ports = self.site.ports
        command = accounts.CreateAccount(username="ada", email="a@example.org", password="correct horse")
        actor = Actor(account=await accounts.create_account(ports, SYSTEM, command))
        known = applications.RegisterApplication(name="x", redirect_uris="x://", scopes=" ".join(scopes))
        application = (await applications.register_application(ports, SYSTEM, known)).application
        allowed = applications.Authorise(application=application, redirect_uri="x://", scopes=scopes)
        code = await applications.find_code(ports, await applications.authorise(ports, actor, allowed))
        assert code is not None
        exchange = applications.ExchangeCode(application=application, code=code)
        own = applications.IssueToken(application=application, scopes=scopes)
        return (
            (await applications.exchange_code(ports, actor, exchange)).token,
            (await applications.issue_application_token(ports, actor, own)).token,
        )

    def with_authenticators(self, *others: Any) -> None:
        """The site has these, beside the own ones."""
        given = self.site._contributions
        own = given.authenticators[:2]
        self.site._contributions = dataclasses.replace(given, authenticators=(*own, *others))

    def scope(self, token: str | None = None, *, path: str = "/api/v1/x") -> dict[str, Any]:
        headers = [] if token is None else [(b"authorization", f"Bearer {token}".encode())]
        state = {"site": self.site, "client": "192.0.2.1", "scheme": "http", "host": "localhost"}
        return {
            "type": "http",
            "method": "GET",
            "path": path,
            "query_string": b"",
            "headers": headers,
            "state": state,
        }


@pytest.fixture
async def place() -> Any:
    async with site_with(installed=("api",)) as site:
        yield Place(site)


async def test_a_persons_token_gives_an_actor_with_the_scopes_that_it_contains(place: Place) -> None:
    token, _ = await place.tokens("read", "write:statuses")
    found = await require_user(place.scope(token), "write:statuses")
    assert found.account.username == "ada"
    assert found.actor.account == found.account
    assert found.actor.address == "192.0.2.1"
    assert found.login.email == "a@example.org"
    assert found.application is not None and found.application.name == "x"
    assert found.token is not None and found.token.scopes == ("read", "write:statuses")
    assert {"read", "read:accounts", "write:statuses"} <= found.scopes
    assert found.actor.scopes == found.scopes
    assert "write:media" not in found.scopes
    await require_user(place.scope(token), "profile", "read:accounts")


async def test_without_a_token_there_is_nobody(place: Place) -> None:
    scope = place.scope()
    found = await optional_user(scope, "read:statuses")
    assert (found.account, found.token, found.scopes) == (None, None, frozenset())
    assert await caller(scope) is found
    for required in (require_user, require_app):
        with pytest.raises(Unauthenticated) as error:
            await required(place.scope(), "read")
        drawn = render_error({}, error.value)
        assert dict(drawn.headers)[b"www-authenticate"] == b'Bearer realm="Microblog"'


@pytest.mark.parametrize("token", ["unknown", "", "x" * 5000, "\u00ff"])
async def test_a_token_that_is_none_is_refused_even_where_anybody_may_read(place: Place, token: str) -> None:
    for required in (require_user, optional_user, require_app):
        with pytest.raises(InvalidToken) as error:
            await required(place.scope(token), "read")
        drawn = render_error({}, error.value)
        assert (drawn.status, drawn.body) == (401, b'{"error":"The access token is invalid"}')
        challenge = dict(drawn.headers)[b"www-authenticate"].decode()
        assert challenge.startswith("Bearer ")
        assert 'error="invalid_token"' in challenge


async def test_a_token_without_the_scope_is_refused(place: Place) -> None:
    for token in await place.tokens("read:statuses"):
        for required in (require_user, optional_user, require_app):
            with pytest.raises(InsufficientScope) as error:
                await required(place.scope(token), "write:statuses")
            drawn = render_error({}, error.value)
            assert drawn.status == 403
            assert drawn.body == b'{"error":"This action is outside the authorized scopes"}'
            challenge = dict(drawn.headers)[b"www-authenticate"].decode()
            assert 'error="insufficient_scope", scope="write:statuses"' in challenge


async def test_a_token_of_an_application_is_nobody(place: Place) -> None:
    _, own = await place.tokens("read")
    found = await optional_user(place.scope(own), "read:statuses")
    assert found.account is None
    assert isinstance(found, Caller) and not isinstance(found, User)
    assert found.application is not None
    assert await require_app(place.scope(own)) == found
    with pytest.raises(Invalid, match="requires an authenticated user"):
        await require_user(place.scope(own), "read")


async def test_plugins_that_identify_know_whom_a_token_speaks_for_on_the_api_alone(place: Place) -> None:
    token, own = await place.tokens("read")
    visitor = await identify(place.scope(token))
    assert visitor.account is not None
    assert visitor.identity is not None
    assert visitor.identity.scopes == visitor.actor.scopes
    assert (await identify(place.scope(own))).account is None
    assert (await identify(place.scope("unknown"))).account is None
    assert (await identify(place.scope(token, path="/settings"))).account is None


async def test_the_authenticator_abstains_from_other_credentials(place: Place) -> None:
    authenticator = BearerAuthenticator(lambda: place.site.ports)
    for value in ("Basic abc", "Bearer", "Bearer ", "", "Token abc"):
        request = Request(
            method="GET",
            path="/api/v1/x",
            headers={"authorization": value},
            cookies={},
            query={},
            address="",
        )
        assert await authenticator.authenticate(request) is None


def test_a_token_is_found_where_it_stands() -> None:
    def scope(*headers: tuple[bytes, bytes], query: bytes = b"") -> dict[str, Any]:
        return {"headers": list(headers), "query_string": query}

    assert token_of(scope()) is None
    assert token_of(scope((b"authorization", b"bearer  abc "))) == "abc"
    assert token_of(scope((b"authorization", b"Basic abc"))) is None
    assert token_of(scope((b"authorization", b"Bearer"))) == ""
    in_query = scope(query=b"access_token=abc")
    assert (token_of(in_query), token_of(in_query, anywhere=True)) == (None, "abc")
    in_protocol = scope((b"sec-websocket-protocol", b"abc"))
    assert (token_of(in_protocol), token_of(in_protocol, anywhere=True)) == (None, "abc")
    both = scope((b"sec-websocket-protocol", b"abc"), (b"authorization", b"Bearer def"))
    assert token_of(both, anywhere=True) == "def"


class Riddle:
    """An authenticator of a plugin: who knows the answer is ada; it counts what it saw."""

    def __init__(self, account: Any, **identity: Any) -> None:
        self.account, self.identity = account, identity
        self.seen: list[Request] = []

    async def authenticate(self, request: Request) -> Any:
        self.seen.append(request)
        if request.headers.get("authorization") != "Bearer the answer":
            return None
        return Identity(account=self.account, method="riddle", **self.identity)


async def test_what_is_no_token_is_shown_to_plugins_without_cookies(
    place: Place,
) -> None:
    await place.tokens("read")
    ada = await place.site.ports.storage.accounts.by_name("ada", "")
    riddle = Riddle(ada, scopes=frozenset({"read"}), credential="7")
    place.with_authenticators(riddle)
    scope = place.scope("the answer")
    scope["headers"].append((b"cookie", b"microblog_session=x"))
    found = await require_user(scope, "read:statuses")
    assert (found.account, found.token, found.application, found.anonymous) == (ada, None, None, False)
    assert [(dict(each.cookies), "cookie" in each.headers) for each in riddle.seen] == [({}, False)]
    with pytest.raises(InsufficientScope):
        await require_user(place.scope("the answer"), "write:statuses")
    with pytest.raises(Invalid, match="application's access token"):
        await require_app(place.scope("the answer"), "read")
    with pytest.raises(InvalidToken):
        await optional_user(place.scope("no answer"))
    asked = len(riddle.seen)
    assert (await caller(place.scope())).anonymous
    assert len(riddle.seen) == asked


async def test_an_authenticator_that_raises_or_names_somebody_suspended_lets_nobody_in(place: Place) -> None:
    await place.tokens("read")
    ada = await place.site.ports.storage.accounts.by_name("ada", "")
    gone = msgspec.structs.replace(ada, state=AccountState.SUSPENDED)
    place.with_authenticators(Riddle(gone))
    with pytest.raises(InvalidToken):
        await caller(place.scope("the answer"))

    class Broken:
        async def authenticate(self, request: Request) -> Any:
            raise RuntimeError("broken")

    place.with_authenticators(Broken(), Riddle(ada))
    assert (await caller(place.scope("the answer"))).account == ada
    place.with_authenticators(Broken())
    with pytest.raises(InvalidToken):
        await caller(place.scope("the answer"))
