"""What reading costs on SQLite: a page takes the same statements whatever its length, all by indexes."""

from __future__ import annotations

import asyncio
import shutil

import pytest

from microblog_core.domain.notifications import NotificationKind
from microblog_core.domain.posts import Delivery
from microblog_core.domain.reports import ReportState
from microblog_core.domain.timelines import HomeSource, Page
from microblog_core.ports import operations as ops
from microblog_core.testing.builder import NOON, Builder
from microblog_core.testing.storage.announcements import announce
from microblog_core.testing.storage.applications import allow, make_application
from microblog_core.testing.storage.filters import make_filter
from microblog_core.testing.storage.lists import make_list
from microblog_core.testing.storage.reports import make_report
from microblog_plugins.sql.reads import found, timelines
from microblog_plugins.sql.sqlite import SqliteStorage


def new(build):
    """What every relation has."""
    return {"id": build.next_id(), "created_at": build.clock.now()}


class Town:
    """People with posts, answers, boosts and reactions enough for pages of forty."""

    async def make(self, storage):
        build = Builder(storage)
        self.viewer, self.ben, self.cyd, self.dee = await build.people("viewer", "ben", "cyd", "dee")
        self.eve = await build.account("eve", locked=True)
        await build.follow(self.viewer, self.ben, self.cyd)
        self.crowd = await build.people(*(f"person{number}x" for number in range(45)))
        for person in self.crowd:
            await build.follow(person, self.ben)
            await build.follow(self.ben, person)
        self.post = await build.post(self.ben, "the first")
        for number, person in enumerate(self.crowd):
            written = await build.post(
                self.ben,
                f"post {number}",
                tags=("tea",),
                mentions=(self.viewer,),
                attachments=(await build.medium(self.ben),),
            )
            await build.post(self.cyd, f"answer {number}", answers=written, tags=("tea",))
            await build.post(person, "hello", answers=self.post)
            await build.post(self.dee, f"pulled {number}", delivery=Delivery.PULLED)
            await build.boost(self.cyd, written)
            await build.favourite(person, self.post)
            await build.boost(person, self.post)
            await build.notify(self.viewer, NotificationKind.MENTION, self.ben, written)
            await build.notify(self.viewer, NotificationKind.FOLLOW, person)
            await build.block(self.dee, person)
            await build.mute(self.dee, person)
            application = await make_application(build, f"application {number}")
            await allow(build, application, self.viewer, f"token {number}")
            await self.mark(build, number, person, written)
        await build.follow(self.viewer, self.dee)
        await build.edit(self.post, "the first, edited")
        for post in self.pinned:
            await build.apply(ops.AddPin(**new(build), account_id=self.ben.id, post_id=post.id))
        await build.apply(ops.AddTagFollow(**new(build), account_id=self.viewer.id, tag="tea"))
        await build.apply(ops.AddThreadMute(account_id=self.viewer.id, thread_id=self.cyd.id, created_at=1))
        self.list = await make_list(build, self.ben, *self.crowd)
        await make_filter(build, self.viewer, "soccer", "tea")
        for person in self.crowd:
            await make_report(build, person, self.dee)
            await announce(build)
        self.own_list = await make_list(build, self.viewer, self.ben, self.cyd)
        return self

    async def mark(self, build, number, person, written):
        """What listings of marks need for a page of forty; nobody of the crowd is locked but all ask."""
        viewer = self.viewer.id
        self.pinned = [*getattr(self, "pinned", []), written][:5]
        await build.favourite(self.viewer, written)
        await build.apply(
            ops.AddBookmark(**new(build), account_id=viewer, post_id=written.id),
            ops.AddTagFollow(**new(build), account_id=self.cyd.id, tag=f"tag{number}"),
            ops.AddFollowRequest(**new(build), follower_id=person.id, followee_id=self.eve.id),
        )
        await build.notify(self.viewer, NotificationKind.STATUS, self.ben, written)


@pytest.fixture(scope="module")
def town_file(migrated_file, tmp_path_factory):
    """A file with the town in it, to be copied, and its people."""
    path = tmp_path_factory.mktemp("town") / "town.db"
    shutil.copy(migrated_file, path)

    async def make():
        storage = SqliteStorage(f"sqlite:///{path}")
        await storage.open()
        town = await Town().make(storage)
        await storage.close()
        return town

    return path, asyncio.run(make())


@pytest.fixture
def sqlite_url(town_file, tmp_path):
    path = tmp_path / "town.db"
    shutil.copy(town_file[0], path)
    return f"sqlite:///{path}"


@pytest.fixture
def town(town_file):
    return town_file[1]


def listings(storage, town, viewer):
    """Every listing of the contract, by name, as functions of a page."""
    reader, relations, posts = storage.timelines, storage.relations, storage.posts
    named = {
        "public": lambda page: reader.public(viewer, page),
        "tag": lambda page: reader.tag(viewer, "tea", page),
        "public, pictures": lambda page: reader.public(viewer, page, only_media=True),
        "tag, pictures": lambda page: reader.tag(viewer, "tea", page, only_media=True),
        "tag and others": lambda page: reader.tag(viewer, "tea", page, any=["x", "y"], none=["z"]),
        "tag with another": lambda page: reader.tag(viewer, "tea", page, all=["tea"], none=["z"]),
        "posts": lambda page: reader.account_posts(viewer, town.ben.id, page),
        "posts without answers": lambda page: reader.account_posts(viewer, town.ben.id, page, replies=False),
        "posts without boosts": lambda page: reader.account_posts(viewer, town.ben.id, page, boosts=False),
        "own posts": lambda page: reader.account_posts(
            viewer, town.ben.id, page, replies=False, boosts=False
        ),
        "posts with a tag": lambda page: reader.account_posts(viewer, town.ben.id, page, tag="tea"),
        "requests": lambda page: relations.requests(town.eve.id, page),
        "followed tags": lambda page: storage.tags.followed(town.cyd.id, page),
        "profile": lambda page: reader.profile(viewer, "ben", "", page, replies=False),
        "profile with answers": lambda page: reader.profile(viewer, "cyd", "", page, replies=True),
        "followers": lambda page: relations.followers(viewer, town.ben.id, page),
        "following": lambda page: relations.following(viewer, town.ben.id, page),
        "blocked": lambda page: relations.blocked(town.dee.id, page),
        "muted": lambda page: relations.muted(town.dee.id, page),
        "favourited by": lambda page: posts.favourited_by(viewer, town.post.id, page),
        "boosted by": lambda page: posts.boosted_by(viewer, town.post.id, page),
        "accounts": storage.accounts.page,
        "applications": lambda page: storage.applications.authorised(town.viewer.id, page),
        "announcements": storage.announcements.page,
        "reports": lambda page: storage.reports.page(None, page),
        "open reports": lambda page: storage.reports.page(ReportState.OPEN, page),
    }
    if viewer is not None:
        named["home"] = lambda page: reader.home(viewer, page, HomeSource.ROWS)
        named["home, found on reading"] = lambda page: reader.home(viewer, page, HomeSource.FOLLOWS)
        named["list"] = lambda page: reader.list(viewer, town.own_list.id, page)
        named["list members"] = lambda page: storage.lists.members(town.ben.id, town.list.id, page)
        told = storage.notifications.page
        named["notifications"] = lambda page: told(viewer, page)
        named["notifications of kinds"] = lambda page: told(viewer, page, kinds=["mention"], without=["x"])
        named["notifications by somebody"] = lambda page: told(viewer, page, account_id=town.ben.id)
        named["bookmarks"] = lambda page: storage.marks.bookmarks(viewer, page)
        named["favourites"] = lambda page: storage.marks.favourites(viewer, page)
    return named


def length(result):
    return len(getattr(result, "posts", result).items)


BOUNDS = {"newest": {}, "older": {"max_id": (1 << 62)}, "newer": {"min_id": 1}}


@pytest.mark.parametrize("bound", BOUNDS)
@pytest.mark.parametrize("signed_in", [True, False])
async def test_a_page_takes_the_same_statements_whatever_its_length(
    sqlite_storage, recorder, town, signed_in, bound
):
    viewer = town.viewer.id if signed_in else None
    for name, read in listings(sqlite_storage, town, viewer).items():
        taken = []
        for limit in (20, 40):
            recorder.statements.clear()
            page = await read(Page(limit=limit, **BOUNDS[bound]))
            assert length(page) == limit, name
            taken.append(len(recorder.statements))
        assert taken[0] == taken[1] <= 5, name


async def test_a_thread_takes_five_statements_however_many_answer(sqlite_storage, recorder, town):
    thread = await sqlite_storage.posts.thread(town.viewer.id, town.post.id)
    assert len(thread.descendants) == 45
    assert len(recorder.statements) <= 5


async def test_all_filters_take_three_statements(sqlite_storage, recorder, town):
    assert len((await sqlite_storage.filters.of(town.viewer.id))[0].keywords) == 2
    assert len(recorder.statements) == 3


async def test_a_session_a_token_and_a_post_take_one_statement_each(sqlite_storage, recorder, town):
    await sqlite_storage.sessions.get("nothing", 0)
    assert await sqlite_storage.applications.token("token 1") is not None
    await sqlite_storage.posts.get(town.viewer.id, town.post.id)
    assert len(recorder.statements) == 3


# Query plans

_FREE = (
    *("CONSTANT ROW", "unpacked", "json_each", "above", "feed"),
    *(" c", " s", " page", " by_", "(subquery", "CO-ROUTINE", "unread"),
)


def plan_of(storage, statement, parameters):
    rows = storage._reader.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
    return [row[3] for row in rows]


def scans(plan):
    """Lines that read all of a table. Some indexes are read from their beginning, up to a bound."""
    free = (*_FREE, "accounts_pulled", "jobs_ready", "announcements_published", "accounts_popular")
    return [step for step in plan if step.startswith("SCAN") and not any(name in step for name in free)]


async def every_statement(storage, recorder, town):
    """All statements that the readers have, by what they are for."""
    taken = {}

    def take(name):
        taken.update({f"{name}: {statement}": parameters for statement, parameters in recorder.statements})
        recorder.statements.clear()

    for viewer in (town.viewer.id, None):
        for name, read in listings(storage, town, viewer).items():
            for bound in BOUNDS.values():
                await read(Page(limit=5, **bound))
            take(name)
        await storage.posts.thread(viewer, town.post.id)
        take("thread")
        await storage.posts.edits(viewer, town.post.id)
        take("edits")
        await storage.timelines.account_posts(viewer, town.ben.id, Page(), pinned=True, tag="tea")
        await storage.timelines.account_posts(viewer, town.ben.id, Page(), pinned=True)
        take("pinned")
        await storage.posts.get_many(viewer, [town.post.id])
        await storage.accounts.get_many(viewer, [town.ben.id])
        take("batches")
        await storage.accounts.search(viewer, "person", 5)
        await storage.accounts.search(viewer, "person", 5, following=True)
        take("search")
        await storage.tags.get(viewer, "tea", NOON)
        take("tag info")
    await storage.sessions.get("nothing", 0)
    await storage.sessions.of(town.viewer.id, 0)
    take("sessions")
    await storage.applications.token("token 1")
    await storage.applications.code("code of token 1")
    await storage.applications.by_client_id("nobody")
    take("applications")
    await storage.accounts.get(1)
    await storage.accounts.by_name("ada")
    await storage.accounts.by_names([("ada", "")])
    await storage.accounts.login("ada")
    await storage.accounts.login("ada@example.org")
    await storage.accounts.login_of(1)
    take("accounts")
    await storage.relations.get(town.viewer.id, [town.ben.id])
    await storage.relations.follower_ids(town.ben.id, 0, 5)
    await storage.relations.notified_ids(town.ben.id, 0, 5)
    take("relations")
    await storage.relations.familiar_followers(town.viewer.id, [town.ben.id])
    take("familiar followers")
    await storage.tags.featured(town.ben.id)
    take("featured tags")
    await storage.marks.markers(town.viewer.id)
    await storage.notifications.get(town.viewer.id, 1)
    take("marks")
    await storage.tags.uses(town.ben.id, 5)
    take("uses")
    await storage.notifications.unread(town.viewer.id)
    take("unread")
    await storage.media.get(1)
    await storage.media.some([1, 2])
    await storage.media.unattached(1 << 60, 5)
    take("media")
    await storage.lists.of(town.viewer.id)
    await storage.lists.containing(town.viewer.id, town.ben.id)
    take("lists")
    await storage.filters.of(town.viewer.id)
    take("filters")
    await storage.reports.get(1)
    await storage.reports.reportable(town.viewer.id, town.ben.id, [town.post.id])
    take("reports by id")
    for viewer in (town.viewer.id, None):
        await storage.announcements.shown(viewer, town.post.created_at)
    await storage.announcements.get(1)
    take("announcements by id")
    await storage.push.get(1)
    await storage.push.of(town.viewer.id)
    take("push")
    await storage.suggestions.of(town.viewer.id, 40)
    take("suggestions")
    await storage.queue.next_due()
    await storage.idempotent_result(1, "key", 0)
    await storage.values("test", "prefix")
    take("others")
    return taken


async def test_no_statement_reads_a_whole_table(sqlite_storage, recorder, town):
    statements = await every_statement(sqlite_storage, recorder, town)
    assert len(statements) > 60
    for name, parameters in statements.items():
        plan = plan_of(sqlite_storage, name.partition(": ")[2], parameters)
        assert scans(plan) == [], (name, plan)


async def test_listings_come_in_their_order_from_an_index(sqlite_storage, recorder, town):
    """Sorting is left for what is bound already: an ancestor line, and the newest of each author followed."""
    statements = await every_statement(sqlite_storage, recorder, town)
    sorted_ones = {
        name.partition(":")[0]
        for name, parameters in statements.items()
        if any("TEMP B-TREE" in step for step in plan_of(sqlite_storage, name.partition(": ")[2], parameters))
    }
    bound = {"tag and others", "search", "tag info", "familiar followers", "featured tags", "uses"}
    assert sorted_ones <= bound | {
        "thread",
        "home",
        "home, found on reading",
        "list",
        "lists",
        "filters",
        "sessions",
        "announcements by id",
        "push",
        "suggestions",
    }


async def test_a_lists_page_is_merged_from_its_members_as_far_as_it_goes(sqlite_storage, recorder, town):
    await sqlite_storage.timelines.list(town.viewer.id, town.own_list.id, Page(limit=5))
    merge = next(each for each in recorder.statements if "RECURSIVE feed" in each[0])
    plan = plan_of(sqlite_storage, *merge)
    assert "SEARCH list_members USING COVERING INDEX list_members_order (list_id=?)" in plan
    assert "SEARCH p USING COVERING INDEX posts_account (account_id=? AND id>? AND id<?)" in plan
    assert not any("TEMP B-TREE" in step for step in plan)


async def test_home_asks_once_a_statement_whether_there_are_exclusive_lists(sqlite_storage, recorder, town):
    """Who has none pays one look into a small index, whatever the page's length."""
    await sqlite_storage.timelines.home(town.viewer.id, Page(), HomeSource.ROWS)
    page = next(each for each in recorder.statements if "FROM home_rows" in each[0])
    plan = plan_of(sqlite_storage, *page)
    at = plan.index("SEARCH x USING INDEX lists_exclusive (account_id=?)")
    assert plan[at - 1].startswith("SCALAR SUBQUERY")
    assert any(step.startswith("SEARCH m USING") and "owner_id=? AND account_id=?" in step for step in plan)


async def test_listings_of_pictures_read_posts_with_pictures_alone(sqlite_storage, recorder, town):
    page = Page(max_id=1 << 62)
    await sqlite_storage.timelines.public(None, page, only_media=True)
    await sqlite_storage.timelines.tag(None, "tea", page, only_media=True)
    plans = [plan_of(sqlite_storage, *statement)[0] for statement in recorder.statements]
    assert any("posts_listed_media" in plan for plan in plans)
    assert any("post_tags_media" in plan for plan in plans)


def test_an_accounts_posts_with_pictures_have_an_index_of_their_own(sqlite_storage):
    statement = (
        "SELECT id FROM posts p WHERE account_id = ? AND has_media AND id < ? ORDER BY id DESC LIMIT 20"
    )
    (step,) = plan_of(sqlite_storage, statement, (1, 2))
    assert "posts_account_media" in step


async def test_home_rows_are_a_range_of_their_key(sqlite_storage, recorder, town):
    await sqlite_storage.timelines.home(town.viewer.id, Page(max_id=1 << 62), HomeSource.ROWS)
    page, edges = (each for each in recorder.statements if "FROM home_rows" in each[0])
    plan = plan_of(sqlite_storage, *page)
    assert plan[0] == "SEARCH h USING PRIMARY KEY (account_id=? AND post_id>? AND post_id<?)"
    assert not any("TEMP B-TREE" in step for step in plan)
    plan = plan_of(sqlite_storage, *edges)
    assert "SEARCH h USING PRIMARY KEY (account_id=? AND post_id>?)" in plan
    assert "SEARCH h USING PRIMARY KEY (account_id=? AND post_id<?)" in plan
    assert not any("TEMP B-TREE" in step for step in plan)


async def test_a_reader_finds_pulled_authors_whether_few_or_many_there_are(sqlite_storage, town, monkeypatch):
    pages = (Page(limit=5), Page(limit=5, max_id=town.post.id + (60 << 16)), Page(limit=5, min_id=1))
    few = [await sqlite_storage.timelines.home(town.viewer.id, page, HomeSource.ROWS) for page in pages]
    monkeypatch.setattr(found, "FEW_PULLED", 0)
    for name in ("_pulled_authors", "_authors"):
        monkeypatch.setattr(found, name, getattr(found, name).__wrapped__)
    for name in ("all_found", "page_found"):
        monkeypatch.setattr(timelines, name, getattr(found, name).__wrapped__)
    many = [await sqlite_storage.timelines.home(town.viewer.id, page, HomeSource.ROWS) for page in pages]
    assert few == many
    assert {entry.author.username for page in few for entry in page.items} >= {"dee"}


async def test_home_timelines_look_for_posts_with_followed_tags_only_for_who_follows_tags(
    sqlite_storage, recorder, town
):
    for viewer, looked in ((town.viewer, True), (town.ben, False)):
        recorder.statements.clear()
        page = await sqlite_storage.timelines.home(viewer.id, Page(limit=5), HomeSource.ROWS)
        assert len(page.items) == 5
        assert any("feed(id, tag)" in statement for statement, _ in recorder.statements) is looked


async def test_posts_with_followed_tags_are_merged_only_as_far_as_the_page_goes(
    sqlite_storage, recorder, town
):
    await sqlite_storage.timelines.home(town.viewer.id, Page(limit=5), HomeSource.ROWS)
    merge = next(each for each in recorder.statements if "feed(id, tag)" in each[0])
    plan = plan_of(sqlite_storage, *merge)
    assert plan[0] == "CO-ROUTINE feed"
    assert "SEARCH x USING PRIMARY KEY (tag=? AND post_id>? AND post_id<?)" in plan
    assert not any("TEMP B-TREE" in step for step in plan)


@pytest.mark.parametrize(
    ("how", "index"),
    [
        ({}, "posts_account"),
        ({"replies": False}, "posts_account_own"),
        ({"boosts": False}, "posts_account_plain"),
        ({"replies": False, "boosts": False}, "posts_account_own_plain"),
        ({"tag": "tea"}, "PRIMARY KEY (account_id=? AND tag=? AND post_id>? AND post_id<?)"),
        ({"pinned": True}, "pins_order"),
    ],
)
async def test_each_kind_of_an_accounts_posts_has_its_index(sqlite_storage, recorder, town, how, index):
    await sqlite_storage.timelines.account_posts(town.viewer.id, town.ben.id, Page(limit=5), **how)
    statement = next(each for each in recorder.statements if "LIMIT" in each[0])
    assert any(f"{index} (" in f"{step} (" for step in plan_of(sqlite_storage, *statement))


async def test_what_is_found_on_reading_is_merged_only_as_far_as_the_page_goes(
    sqlite_storage, recorder, town
):
    await sqlite_storage.timelines.home(town.viewer.id, Page(limit=5), HomeSource.FOLLOWS)
    merge = next(each for each in recorder.statements if "RECURSIVE feed" in each[0])
    plan = plan_of(sqlite_storage, *merge)
    assert plan[0] == "CO-ROUTINE feed"
    assert "SEARCH p USING COVERING INDEX posts_account (account_id=? AND id>? AND id<?)" in plan
    assert not any("TEMP B-TREE" in step for step in plan)
