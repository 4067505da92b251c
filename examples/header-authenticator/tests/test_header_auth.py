"""Who is believed, and who isn't: over HTTP, on a site in memory."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from microblog_header_auth import plugin
from microblog_header_auth.signing import sign

from microblog_core.config import ServerConfig
from microblog_core.domain.accounts import AccountState
from microblog_core.domain.permissions import SYSTEM
from microblog_core.http.app import create_app
from microblog_core.ports.operations import SetAccountState
from microblog_core.services.accounts import CreateAccount, create_account
from microblog_core.testing.builder import FrozenClock
from microblog_core.testing.sites import report_of, site_with
from microblog_web.app import SURFACE

SECRET = "s" * 32
OTHER = "t" * 32
MINE = "/settings/profile"
"""A page that sends strangers to the log-in page."""


class Proxy:
    """A browser behind a proxy that knows who it is."""

    def __init__(self, http: httpx.AsyncClient, site: object, clock: FrozenClock) -> None:
        self.http, self.site, self.clock = http, site, clock

    def header(self, name: str = "ada", *, secret: str = SECRET, late: int = 0, **request: str) -> str:
        at = self.clock.now() // 1000 - late
        return sign(secret, name, **{"method": "GET", "path": MINE, **request}, at=at)

    async def get(self, header: str, path: str = MINE) -> int:
        return (await self.http.get(path, headers={b"x-microblog-identity": header.encode()})).status_code


Open = Callable[..., contextlib.AbstractAsyncContextManager[Proxy]]


@pytest.fixture
def open_proxy() -> Open:
    @contextlib.asynccontextmanager
    async def opening(**settings: object) -> AsyncIterator[Proxy]:
        clock = FrozenClock()
        site = site_with(
            {"header-auth": plugin},
            installed=("web",),
            faces=("web",),
            settings={"header-auth": {"secret": SECRET, **settings}},
            clock=clock,
        )
        assert report_of(site, "header-auth").state == "active", report_of(site, "header-auth").reason
        app = create_app([site], [SURFACE], server=ServerConfig())
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with app, httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as http:
            command = CreateAccount(username="ada", email="ada@example.org", password="a long pass phrase")
            await create_account(site.ports, SYSTEM, command)
            yield Proxy(http, site, clock)

    return opening


async def test_whoever_the_proxy_names_is_logged_in(open_proxy: Open):
    async with open_proxy() as proxy:
        assert await proxy.get("") == 303
        assert await proxy.get(proxy.header()) == 200
        assert await proxy.get(proxy.header("ADA", late=29)) == 200
        assert await proxy.get("") == 303, "nothing of it stays"


async def test_a_page_that_is_kept_for_visitors_is_not_shown_to_those_known(open_proxy: Open):
    async with open_proxy() as proxy:
        plain = (await proxy.http.get("/public")).text
        mine = await proxy.http.get("/public", headers={"x-microblog-identity": proxy.header(path="/public")})
        assert "/logout" not in plain and "/logout" in mine.text
        assert (await proxy.http.get("/public")).text == plain


async def test_what_was_not_signed_just_now_for_this_request_is_nobody(open_proxy: Open):
    async with open_proxy() as proxy:
        good = proxy.header()
        answers = {
            what: await proxy.get(header)
            for what, header in {
                "another secret": proxy.header(secret=OTHER),
                "no secret": proxy.header(secret=""),
                "another name": good.replace("ada", "root"),
                "another letter": good[:-1] + "é",
                "no signature": good.rpartition(" ")[0] + " ",
                "stale": proxy.header(late=31),
                "from the future": proxy.header(late=-31),
                "another page": proxy.header(path="/settings/account"),
                "another method": proxy.header(method="POST"),
                "nobody of that name": proxy.header("nobody"),
                "a strange name": proxy.header("ada%0a"),
                "no number": "v1 ² ada x",
                "another version": "v2" + good[2:],
                "far too long": "v1 " + "9" * 5000 + " ada x",
                "just a name": "ada",
            }.items()
        }
        assert answers == dict.fromkeys(answers, 303)
        assert await proxy.get(good) == 200


async def test_who_may_not_log_in_is_not_let_in_by_the_proxy_either(open_proxy: Open):
    async with open_proxy() as proxy:
        account = await proxy.site.ports.storage.accounts.by_name("ada")
        for state in (AccountState.DISABLED, AccountState.SUSPENDED):
            change = SetAccountState(account_id=account.id, state=state)
            await proxy.site.ports.storage.commit([change])
            assert await proxy.get(proxy.header()) == 303


async def test_it_counts_below_its_paths_alone(open_proxy: Open):
    async with open_proxy(below=["/intern/"]) as proxy:
        assert await proxy.get(proxy.header()) == 303
    async with open_proxy(below=["/settings/"]) as proxy:
        assert await proxy.get(proxy.header()) == 200


async def test_secrets_change_without_a_gap(open_proxy: Open):
    async with open_proxy(secret=OTHER, previous_secret=SECRET) as proxy:
        assert await proxy.get(proxy.header(secret=OTHER)) == 200
        assert await proxy.get(proxy.header(secret=SECRET)) == 200


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({}, "secret"),
        ({"secret": ""}, "shorter than 32"),
        ({"secret": "tiny"}, "shorter than 32"),
        ({"secret": SECRET, "previous_secret": "tiny"}, "shorter than 32"),
        ({"secret": SECRET, "below": ["settings"]}, "begin with /"),
    ],
)
def test_settings_that_protect_nothing_are_refused_and_not_quoted(settings: dict[str, object], reason: str):
    report = report_of(site_with({"header-auth": plugin}, settings={"header-auth": settings}), "header-auth")
    assert report.state == "broken"
    assert reason in report.reason
    assert "tiny" not in report.reason + report.hint
