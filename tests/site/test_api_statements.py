"""What listings of the API cost: a page takes the same SQL statements whatever its length.

Every endpoint that answers with a list is here, or the first test fails: one that pages is asked for pages of
5, 20 and 40, one that gives all it has is asked when there is little and when there is much.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, get_origin

import httpx

from microblog_api import face
from microblog_api.app import SURFACE
from microblog_api.endpoints import Endpoint
from microblog_core.config import Config, PluginsConfig, ServerConfig, SiteConfig
from microblog_core.config_payments import PaymentsConfig
from microblog_core.domain.accounts import Account
from microblog_core.domain.filters import FilterContext, FilterStatus
from microblog_core.domain.notifications import NotificationKind
from microblog_core.domain.posts import Post
from microblog_core.http.app import create_app
from microblog_core.plugins.settings import Secret
from microblog_core.ports import operations as ops
from microblog_core.ports.storage import Storage
from microblog_core.site import Site, compose_site
from microblog_core.testing.builder import Builder, FrozenClock
from microblog_core.testing.payments import seed_member, seed_payment, seed_tier
from microblog_core.testing.storage.announcements import announce
from microblog_core.testing.storage.applications import make_application
from microblog_core.testing.storage.conversations import say
from microblog_core.testing.storage.filters import keyword, make_filter
from microblog_core.testing.storage.lists import make_list, put_on
from microblog_core.testing.storage.polls import ask
from microblog_core.testing.storage.scheduled import schedule
from microblog_core.testing.tokens import make_token
from microblog_plugins.sql.sqlite_tools import SqliteTools

SCOPES = "read write follow push profile read:payments"
SMALL, LARGE = 6, 45
DAY = 24 * 3600_000
MOST = 12
"""No page may take more statements."""


class Listed(NamedTuple):
    """How an endpoint is asked for `{limit}` items: its address with names of the town in braces, the most
    that it gives at once, and where in the answer they are.
    """

    url: str
    most: int = 40
    items: str = ""


PAGED: Mapping[str, Listed] = {
    "/api/v1/accounts/relationships": Listed("/api/v1/accounts/relationships?{ids}"),
    "/api/v1/accounts/familiar_followers": Listed("/api/v1/accounts/familiar_followers?{ids}"),
    "/api/v1/accounts/search": Listed("/api/v1/accounts/search?q=person&limit={limit}"),
    "/api/v1/accounts": Listed("/api/v1/accounts?{ids}"),
    "/api/v1/directory": Listed("/api/v1/directory?limit={limit}"),
    "/api/v2/notifications/{group_key}/accounts": Listed(
        "/api/v2/notifications/favourite-{mine}/accounts?limit={limit}"
    ),
    "/api/v1/accounts/{id}/statuses": Listed("/api/v1/accounts/{author}/statuses?limit={limit}"),
    "/api/v1/accounts/{id}/followers": Listed("/api/v1/accounts/{author}/followers?limit={limit}"),
    "/api/v1/accounts/{id}/following": Listed("/api/v1/accounts/{author}/following?limit={limit}"),
    "/api/v1/blocks": Listed("/api/v1/blocks?limit={limit}"),
    "/api/v1/mutes": Listed("/api/v1/mutes?limit={limit}"),
    "/api/v1/conversations": Listed("/api/v1/conversations?limit={limit}"),
    "/api/v1/timelines/direct": Listed("/api/v1/timelines/direct?limit={limit}"),
    "/api/v1/lists/{id}/accounts": Listed("/api/v1/lists/{list}/accounts?limit={limit}"),
    "/api/v1/timelines/list/{id}": Listed("/api/v1/timelines/list/{list}?limit={limit}"),
    "/api/v1/bookmarks": Listed("/api/v1/bookmarks?limit={limit}"),
    "/api/v1/favourites": Listed("/api/v1/favourites?limit={limit}"),
    "/api/v1/notifications": Listed("/api/v1/notifications?limit={limit}"),
    "/api/v2/notifications": Listed("/api/v2/notifications?limit={limit}", items="notification_groups"),
    "/api/v1/statuses/{id}/quotes": Listed("/api/v1/statuses/{post}/quotes?limit={limit}"),
    "/api/v1/follow_requests": Listed("/api/v1/follow_requests?limit={limit}"),
    "/api/v1/scheduled_statuses": Listed("/api/v1/scheduled_statuses?limit={limit}"),
    "/api/v2/search": Listed("/api/v2/search?q=morning&type=statuses&limit={limit}", items="statuses"),
    "/api/v1/trends/tags": Listed("/api/v1/trends/tags?limit={limit}", most=20),
    "/api/v1/trends": Listed("/api/v1/trends?limit={limit}", most=20),
    "/api/v1/trends/statuses": Listed("/api/v1/trends/statuses?limit={limit}"),
    "/api/v1/statuses/{id}/reblogged_by": Listed("/api/v1/statuses/{post}/reblogged_by?limit={limit}"),
    "/api/v1/statuses/{id}/favourited_by": Listed("/api/v1/statuses/{post}/favourited_by?limit={limit}"),
    "/api/v2/suggestions": Listed("/api/v2/suggestions?limit={limit}"),
    "/api/v1/suggestions": Listed("/api/v1/suggestions?limit={limit}"),
    "/api/v1/followed_tags": Listed("/api/v1/followed_tags?limit={limit}"),
    "/api/v1/payments": Listed("/api/v1/payments?limit={limit}"),
    "/api/v1/payments/received": Listed("/api/v1/payments/received?limit={limit}"),
    "/api/v1/payments/memberships": Listed("/api/v1/payments/memberships?limit={limit}"),
    "/api/v1/payments/members": Listed("/api/v1/payments/members?limit={limit}"),
    "/api/v1/timelines/home": Listed("/api/v1/timelines/home?limit={limit}"),
    "/api/v1/timelines/public": Listed("/api/v1/timelines/public?limit={limit}"),
    "/api/v1/timelines/tag/{tag}": Listed("/api/v1/timelines/tag/tea?limit={limit}"),
}
OTHER_SEARCHES = {
    "people": Listed("/api/v2/search?q=person&type=accounts&limit={limit}", items="accounts"),
    "hashtags": Listed("/api/v2/search?q=tag&type=hashtags&limit={limit}", items="hashtags"),
    "posts with pictures": Listed("/api/v1/accounts/{author}/statuses?only_media=1&limit={limit}"),
    "older posts": Listed("/api/v1/timelines/home?max_id=9000000000000000000&limit={limit}"),
    "newer posts": Listed("/api/v1/timelines/home?min_id=1&limit={limit}"),
}
WHOLE: Mapping[str, Listed] = {
    "/api/v2/notifications/{group_key}": Listed(
        "/api/v2/notifications/favourite-{mine}", items="notification_groups"
    ),
    "/api/v1/search": Listed("/api/v1/search?q=morning&type=statuses", items="statuses"),
    "/api/v1/announcements": Listed("/api/v1/announcements"),
    "/api/v2/filters": Listed("/api/v2/filters"),
    "/api/v2/filters/{id}/keywords": Listed("/api/v2/filters/{filter}/keywords"),
    "/api/v2/filters/{id}/statuses": Listed("/api/v2/filters/{filter}/statuses"),
    "/api/v1/filters": Listed("/api/v1/filters"),
    "/api/v1/lists": Listed("/api/v1/lists"),
    "/api/v1/accounts/{id}/lists": Listed("/api/v1/accounts/{author}/lists"),
    "/api/v1/statuses/{id}/history": Listed("/api/v1/statuses/{edited}/history"),
    "/api/v1/statuses/{id}/context": Listed("/api/v1/statuses/{post}/context", items="descendants"),
    "/api/v1/featured_tags": Listed("/api/v1/featured_tags"),
    "/api/v1/accounts/{id}/featured_tags": Listed("/api/v1/accounts/{viewer}/featured_tags"),
    "/api/v1/featured_tags/suggestions": Listed("/api/v1/featured_tags/suggestions"),
    "/api/v1/payments/tiers": Listed("/api/v1/payments/tiers"),
}
"""Those that give all they have: more of it when there is more."""
CONSTANT = {
    # Kept in memory until one changes.
    "/api/v1/custom_emojis",
    "/api/v1/instance/rules",
    "/api/v1/domain_blocks",
    "/api/v1/endorsements",
    "/api/v1/accounts/{id}/endorsements",
    "/api/v1/accounts/{id}/identity_proofs",
    "/api/v1/trends/links",
    "/api/v1/timelines/link",
    "/api/v1/instance/peers",
    "/api/v1/instance/activity",
    "/api/v1/instance/domain_blocks",
    "/api/v1/notifications/requests",
}
"""Those whose answer does not grow with what people do."""


def path_of(endpoint: Endpoint) -> str:
    """The path with the names of its parts alone."""
    return endpoint.path.replace(":str}", "}")


def listings() -> Iterator[str]:
    """The paths of all endpoints that answer with a list, or hold one that pages."""
    for part in face.RESOURCES:
        for endpoint in part.ENDPOINTS:
            holds = getattr(endpoint.gives, "__name__", "") in {"Search", "GroupedNotifications", "Context"}
            holds = holds or endpoint.path == "/api/v1/search"
            if (
                endpoint.method == "GET"
                and "alpha" not in endpoint.path
                and (get_origin(endpoint.gives) is list or holds)
            ):
                yield path_of(endpoint)


def test_every_endpoint_that_answers_with_a_list_is_counted_here() -> None:
    assert set(listings()) == {*PAGED, *WHOLE, *CONSTANT}


class Recorder(sqlite3.Cursor):
    """A cursor that counts what is read with it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        super().__init__(connection)
        self.statements: list[str] = []

    def execute(self, statement: str, parameters: Any = ()) -> sqlite3.Cursor:
        if not statement.startswith("PRAGMA"):
            self.statements.append(statement)
        return super().execute(statement, parameters)


@dataclass
class Town:
    """People who have done `size` of everything, and the names by which addresses mean them."""

    storage: Storage
    build: Builder
    size: int = 0
    names: dict[str, int] = field(default_factory=dict)
    crowd: list[Account] = field(default_factory=list)

    async def found(self) -> None:
        """Whom everything is about."""
        build = self.build
        self.viewer = await build.account("viewer", locked=True)
        self.author = await build.account("author")
        self.app = await make_application(build)
        await build.follow(self.viewer, self.author)
        self.post = await build.post(self.author, "good morning")
        self.edited = await build.post(self.author, "good morning")
        self.mine = await build.post(self.viewer, "good morning")
        self.list = await make_list(build, self.viewer, self.author)
        self.filter = await make_filter(build, self.viewer, "nothing", context=tuple(FilterContext))
        own = ("viewer", "author", "post", "edited", "mine", "list", "filter")
        self.names = {name: getattr(self, name).id for name in own}

    async def grow(self, size: int) -> None:
        """Let there be `size` of everything."""
        for number in range(self.size, size):
            await self._one_more(number)
        self.size = size

    async def _one_more(self, number: int) -> None:
        build = self.build
        person, target = await build.account(f"person{number}"), await build.account(f"other{number}")
        self.crowd.append(person)
        await build.follow(person, self.author)
        await build.follow(self.author, person)
        await self._people(number, person, target)
        await self._posts(number, person)
        await self._own(number)
        await self._money(number, person, target)

    async def _people(self, number: int, person: Account, target: Account) -> None:
        build = self.build
        await build.block(self.viewer, target)
        muted = await build.account(f"muted{number}")
        await build.mute(self.viewer, muted)
        asking = await build.account(f"asking{number}")
        asked = ops.AddFollowRequest(
            id=build.next_id(), follower_id=asking.id, followee_id=self.viewer.id, created_at=1
        )
        await build.apply(asked)
        await build.notify(self.viewer, NotificationKind.FOLLOW_REQUEST, asking)
        await say(build, person, self.viewer)
        friend = await build.account(f"friend{number}")
        await build.follow(friend, person)
        await build.follow(self.viewer, friend)
        await put_on(build, self.list, friend)

    async def _posts(self, number: int, person: Account) -> None:
        build = self.build
        written = await build.post(
            self.author,
            f"good morning {number}",
            tags=("tea", f"tag{number}"),
            mentions=(self.viewer, person),
            attachments=(await build.medium(self.author),),
            application_id=self.app.id,
        )
        asked = await build.post(self.author, f"good morning? {number}", quote_of_id=written.id)
        await ask(build, asked)
        await build.post(person, "a quote", quote_of_id=self.post.id)
        await build.post(person, "an answer", answers=self.post)
        # A tag trends that two people use.
        await build.post(person, "me too", tags=(f"tag{number}",))
        await build.boost(person, self.post)
        await build.favourite(person, self.post)
        await build.favourite(person, written)
        self.edited = await build.edit(self.edited, f"good morning, {number} times")
        await self._marks(written, number)
        await build.notify(self.viewer, NotificationKind.FAVOURITE, person, self.mine)
        for kind in (NotificationKind.MENTION, NotificationKind.STATUS):
            await build.notify(self.viewer, kind, self.author, written)

    async def _marks(self, written: Post, number: int) -> None:
        build, viewer = self.build, self.viewer.id
        await build.favourite(self.viewer, written)
        await build.apply(
            ops.AddBookmark(id=build.next_id(), account_id=viewer, post_id=written.id, created_at=1),
            ops.AddTagFollow(id=build.next_id(), account_id=viewer, tag=f"tag{number}", created_at=1),
            ops.AddFilterStatus(
                account_id=viewer,
                filter_id=self.filter.id,
                status=FilterStatus(id=build.next_id(), post_id=written.id),
            ),
            ops.UpdateFilter(
                account_id=viewer, filter_id=self.filter.id, add=(keyword(build, f"word{number}"),)
            ),
        )

    async def _own(self, number: int) -> None:
        build, viewer = self.build, self.viewer.id
        await build.post(self.viewer, "mine", tags=(f"own{number}",))
        await schedule(build, self.viewer, scheduled_at=build.clock.now() + (number + 1) * DAY)
        await announce(build)
        await make_list(build, self.viewer, self.author)
        await make_filter(build, self.viewer, f"noise{number}", context=tuple(FilterContext))
        # Half of them, so that others are left to suggest; a profile shows ten.
        if number % 2 == 0 and number < 20:
            made = ops.AddFeaturedTag(id=build.next_id(), account_id=viewer, tag=f"own{number}", created_at=1)
            await build.apply(made)

    async def _money(self, number: int, person: Account, target: Account) -> None:
        """The viewer pays and is paid, is a member and has members."""
        storage = self.storage
        for payer, payee in ((self.viewer, target), (person, self.viewer)):
            await seed_payment(self.build, payer, payee)
        own = await seed_tier(storage, self.viewer.id, tier_id=self.build.next_id())
        await seed_member(storage, person.id, own)
        await seed_member(
            storage, self.viewer.id, await seed_tier(storage, target.id), membership_id=self.build.next_id()
        )

    def url(self, listed: Listed, limit: int = 0) -> str:
        """The address of a page of this length."""
        ids = "&".join(f"id[]={person.id}" for person in self.crowd[:limit])
        return listed.url.format(limit=limit, ids=ids, **self.names)


@dataclass
class Served:
    """A site with a town, the viewer's client, and what it reads."""

    town: Town
    http: httpx.AsyncClient
    recorder: Recorder

    async def taken(self, url: str, items: str) -> tuple[int, list[str]]:
        """How many items an answer has, and the statements that it took, once all is warm."""
        for _ in range(2):
            self.recorder.statements.clear()
            answer = await self.http.get(url)
        assert answer.status_code == 200, (url, answer.text)
        body = answer.json()
        found = body[items] if items else body
        if items == "notification_groups":
            return sum(group["notifications_count"] for group in found), [*self.recorder.statements]
        return len(found), [*self.recorder.statements]


@contextlib.asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[Served]:
    """The API of a site on SQLite, in this process."""
    url = f"sqlite:///{folder / 'microblog.db'}"
    SqliteTools(url).migrate()
    clock = FrozenClock()
    lifted = dict.fromkeys(("api", "api_account", "search", "register_application"), (1_000_000, 1.0))
    chosen = SiteConfig(
        name="main",
        storage=url,
        plugins=PluginsConfig(only=("api", "sql")),
        rates=lifted,
        rules=("Be kind",),
        payments=PaymentsConfig(gateways=("sandbox",)),
    )
    config = Config(data=folder, secret_key=Secret("00" * 32))
    site: Site = compose_site(config, chosen, faces=("api",), clock=clock)
    app = create_app([site], [SURFACE], server=ServerConfig())
    async with app:
        storage: Any = site.ports.storage
        town = Town(storage, Builder(storage, clock))
        await town.found()
        token = await make_token(site.ports, town.viewer, SCOPES)
        recorder = storage._cursor = Recorder(storage._reader)
        transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
        headers = {"authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(
            transport=transport, base_url="http://localhost:8000", headers=headers
        ) as http:
            yield Served(town, http, recorder)


async def test_a_page_takes_the_same_statements_whatever_its_length(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        town = served.town
        await town.grow(SMALL)
        small = {name: await served.taken(town.url(each), each.items) for name, each in WHOLE.items()}
        await town.grow(LARGE)
        wrong = []
        for name, each in WHOLE.items():
            length, statements = await served.taken(town.url(each), each.items)
            if not length > small[name][0] > 0 or not len(statements) == len(small[name][1]) <= MOST:
                wrong.append((name, small[name][0], length, len(small[name][1]), len(statements)))
        for name, each in {**PAGED, **OTHER_SEARCHES}.items():
            counted = {}
            for limit in sorted({5, 20, each.most}):
                length, statements = await served.taken(town.url(each, limit), each.items)
                counted[limit] = (length, len(statements))
            counts = {count for _, count in counted.values()}
            if any(length != limit for limit, (length, _) in counted.items()) or len(counts) > 1:
                wrong.append((name, counted))
            elif max(counts) > MOST:
                wrong.append((name, counts))
        assert wrong == []
