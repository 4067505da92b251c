"""How SQLite reads: all by indexes, listings in their order, as far as the page goes."""

from __future__ import annotations

from datetime import date

import pytest
from sql_town import BOUNDS, listings, moderation_statements, plan_of

from microblog_core.domain.deliveries import Frequency
from microblog_core.domain.search import PostSearch, Term
from microblog_core.domain.timelines import HomeSource, Page
from microblog_core.ports.operations import RemoveExpired
from microblog_core.ports.operations.housekeeping import Expired
from microblog_core.testing.builder import NOON
from microblog_plugins.sql.dialect import SQLITE
from microblog_plugins.sql.reads import found, timelines
from microblog_plugins.sql.reads import search as search_reads
from microblog_plugins.sql.writes.apply import apply


@pytest.fixture
def sqlite_url(town_url):
    return town_url


_FREE = (
    *("CONSTANT ROW", "unpacked", "json_each", "above", "feed"),
    *(" c", " s", " page", " by_", "(subquery", "CO-ROUTINE", "unread"),
    # The full text's index, and what a search or the trends take of an index, by their limits.
    *("VIRTUAL TABLE", "named", "SCAN h", "SCAN day"),
)


def scans(plan):
    """Lines that read all of a table. Some indexes are read from their beginning, up to a bound."""
    free = (*_FREE, "accounts_pulled", "jobs_kind", "announcements_published", "accounts_popular")
    free = (*free, "USING INDEX accounts_local", "USING INDEX accounts_active", "accounts_pending")
    one_by_one = ("SCAN k", "SCAN e", "SCAN each_action")  # kinds of jobs, actions of the audit log
    plan = [step for step in plan if step.startswith("SCAN") and step not in one_by_one]
    return [step for step in plan if not any(name in step for name in free)]


async def job_statements(storage, take):
    for state, kind in (("dead", ""), ("dead", "kind")):
        for bound in BOUNDS.values():
            await storage.queue.page(state, Page(limit=5, **bound), kind=kind)
    take("dead jobs")
    for what in Expired:
        await storage.expired.count(what, NOON, 5)
    take("expired")
    await storage.operating.figures()
    take("figures")


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
    for viewer in (town.viewer.id, None):
        await storage.accounts.search(viewer, ["per", "x"], limit=5)
        await storage.trends.posts(viewer, 1 << 40, limit=5)
    await storage.accounts.search(town.viewer.id, ["per"], limit=5, following=True)
    take("people found")
    await storage.search.tags("t", 1 << 40, limit=5)
    take("hashtags found")
    await storage.trends.tags(1 << 40, limit=5)
    take("trending tags")
    for viewer in (town.viewer.id, None):
        await storage.polls.post_of(viewer, town.poll.id)
    await storage.polls.voters(town.poll.id, 0, 5)
    await storage.polls.whose(town.poll.id)
    take("polls")
    (talk,) = (await storage.conversations.page(town.viewer.id, Page(limit=1))).items
    await storage.conversations.get(town.viewer.id, talk.id)
    take("conversation")
    await storage.scheduled.get(1)
    await storage.media.get(1)
    await storage.media.some([1, 2])
    await storage.media.unattached(1 << 60, 5)
    take("media")
    await storage.lists.of(town.viewer.id)
    await storage.lists.containing(town.viewer.id, town.ben.id)
    await storage.lists.tags(town.viewer.id, town.own_list.id)
    take("lists")
    await storage.filters.of(town.viewer.id)
    take("filters")
    await storage.reports.get(1)
    await storage.reports.reportable(town.viewer.id, town.ben.id, [town.post.id])
    take("reports by id")
    await moderation_statements(storage, town, take)
    for viewer in (town.viewer.id, None):
        await storage.announcements.shown(viewer, town.post.created_at)
    await storage.announcements.get(1)
    take("announcements by id")
    await storage.deliveries.preferences(town.viewer.id)
    await storage.deliveries.waiting(town.viewer.id, "email", Frequency.DAILY, 5)
    await storage.notifications.several(town.viewer.id, [1, 2])
    take("deliveries")
    for account_id in (town.viewer.id, None):
        await storage.webhooks.of(account_id)
    await storage.webhooks.get(1)
    take("webhooks")
    await storage.push.get(1)
    await storage.push.of(town.viewer.id)
    take("push")
    await storage.suggestions.of(town.viewer.id, 40)
    for viewer in (town.viewer.id, None):
        for by_activity in (True, False):
            await storage.suggestions.directory(viewer, by_activity=by_activity, limit=40)
    take("suggestions")
    await storage.streams.audience(town.post.id, town.listening)
    await storage.streams.reach(town.ben.id, ["tea"], town.listening)
    await storage.applications.living([1])
    take("streams")
    await storage.queue.next_due()
    take("others")
    await job_statements(storage, take)
    await storage.idempotent_result(1, "key", 0)
    await storage.values("test", "prefix")
    take("others")
    await storage.notifications.page(town.viewer.id, Page(limit=5), kinds=["favourite"], post_id=town.post.id)
    take("notifications about a post")
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
    bound = {"tag and others", "tag info", "familiar followers", "featured tags", "uses"}
    bound |= {"people found", "hashtags found", "trending tags", "search", "moderators' finds"}
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


async def test_polls_and_quotes_come_with_a_page_by_one_statement_each(sqlite_storage, recorder, town):
    page = await sqlite_storage.timelines.profile(town.viewer.id, "dee", "", Page(limit=40), replies=True)
    entries = page.posts.items
    assert sum(entry.poll is not None for entry in entries) == 20
    assert sum(entry.quoted is not None for entry in entries) == 20
    texts = [statement for statement, _ in recorder.asked()]
    assert sum("FROM polls" in text for text in texts) == 1
    assert len(recorder.fetched()) <= 3
    assert len(texts) <= 5


async def test_a_page_without_polls_and_quotes_asks_for_none(sqlite_storage, recorder, town):
    await sqlite_storage.timelines.profile(town.viewer.id, "ben", "", Page(limit=40), replies=True)
    assert not any("FROM polls" in statement for statement, _ in recorder.statements)
    assert len(recorder.asked()) <= 3


async def test_a_search_takes_posts_from_the_index_in_their_order(sqlite_storage, recorder, town):
    search = PostSearch(wanted=(Term(("post",)),), unwanted=(Term(("7",)),))
    for page in (Page(limit=5), Page(limit=5, min_id=1)):
        recorder.statements.clear()
        assert len(await sqlite_storage.search.posts(town.viewer.id, search, page)) == 5
        assert len(recorder.asked()) <= 2
        plan = plan_of(sqlite_storage, *recorder.statements[0])
        assert plan[0].startswith("SCAN s VIRTUAL TABLE INDEX")
        assert not any("TEMP B-TREE" in step for step in plan)


async def test_a_search_stops_looking_at_some_time(sqlite_storage, town, monkeypatch):
    monkeypatch.setattr(search_reads, "SCANNED", 10)
    search = PostSearch(wanted=(Term(("pulled",)),))
    for page, length in ((Page(limit=40), 11), (Page(limit=40, min_id=1), 11), (Page(limit=5), 5)):
        assert len(await sqlite_storage.search.posts(town.viewer.id, search, page)) == length


async def test_what_trends_is_the_beginning_of_an_index(sqlite_storage, recorder, town):
    now = town.post.created_at + 1
    assert [entry.id for entry in await sqlite_storage.trends.posts(None, now, limit=1)] == [town.post.id]
    plan = plan_of(sqlite_storage, *recorder.statements[0])
    assert "SCAN h USING COVERING INDEX post_heat_order" in plan
    recorder.statements.clear()
    await sqlite_storage.trends.tags(now, limit=5)
    plan = plan_of(sqlite_storage, *recorder.statements[0])
    assert sum("tag_days_top (day=?)" in step for step in plan) == 7


async def test_home_asks_once_a_statement_whether_there_are_exclusive_lists(sqlite_storage, recorder, town):
    """Who has none pays one look into a small index, whatever the page's length."""
    await sqlite_storage.timelines.home(town.viewer.id, Page(), HomeSource.ROWS)
    page = next(each for each in recorder.statements if "FROM home_rows" in each[0])
    plan = plan_of(sqlite_storage, *page)
    at = plan.index("SEARCH x USING INDEX lists_exclusive (account_id=?)")
    assert plan[at - 1].startswith("SCALAR SUBQUERY")
    assert any(step.startswith("SEARCH m USING") and "owner_id=? AND account_id=?" in step for step in plan)


async def test_home_rows_are_a_range_of_their_key(sqlite_storage, recorder, town):
    await sqlite_storage.timelines.home(town.viewer.id, Page(max_id=1 << 62), HomeSource.ROWS)
    page, edges = (each for each in recorder.statements if "FROM home_rows" in each[0])
    plan = plan_of(sqlite_storage, *page)
    assert plan[0] == "SEARCH h USING PRIMARY KEY (account_id=? AND post_id>? AND post_id<?)"
    assert not any("TEMP B-TREE" in step for step in plan), plan
    plan = plan_of(sqlite_storage, *edges)
    assert "SEARCH h USING PRIMARY KEY (account_id=? AND post_id>?)" in plan
    assert "SEARCH h USING PRIMARY KEY (account_id=? AND post_id<?)" in plan
    assert not any("TEMP B-TREE" in step for step in plan), plan


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


async def test_days_are_counted_by_ranges_of_indexes(sqlite_storage, aside, town):
    today = date(2026, 1, 1)
    await sqlite_storage.statistics.count(NOON, NOON + 1000)
    await sqlite_storage.statistics.days(today, today)
    await sqlite_storage.statistics.stale(5)
    await sqlite_storage.statistics.windows([today])
    plans = [plan_of(sqlite_storage, *statement) for statement in aside]
    steps = [step for plan in plans for step in plan]
    for range_read in (
        "SEARCH p USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)",
        "SEARCH favourites USING COVERING INDEX favourites_created (created_at>? AND created_at<?)",
        "SEARCH follows USING COVERING INDEX follows_created (created_at>? AND created_at<?)",
        "SEARCH a USING INDEX accounts_local (id>? AND id<?)",
        "SEARCH log_ins USING PRIMARY KEY (slot>? AND slot<?)",
        "SEARCH t USING COVERING INDEX post_tags_post (post_id=?)",
        "SEARCH statistics_days USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)",
        "SEARCH statistics_people USING PRIMARY KEY (day>? AND day<?)",
    ):
        assert range_read in steps, (range_read, steps)
    scanned = [step for step in steps if step.startswith("SCAN")]
    assert scanned == ["SCAN statistics_stale USING INDEX statistics_stale_due"]


async def test_where_statistics_begin_is_read_from_two_keys(sqlite_storage, aside, town):
    assert await sqlite_storage.statistics.begin() == NOON + 1000
    (plan,) = (plan_of(sqlite_storage, *statement) for statement in aside)
    assert not any("TEMP B-TREE" in step for step in plan)


async def test_how_the_queue_stands_and_went_is_read_in_indexes_alone(sqlite_storage, aside, town):
    await sqlite_storage.queue.overview(NOON)
    for statement, parameters in aside:
        plan = plan_of(sqlite_storage, statement, parameters)
        used = [step for step in plan if " x USING" in step]
        assert used and all("COVERING INDEX" in step for step in used) and scans(plan) == [], plan
    assert len(aside) == 2
    await sqlite_storage.queue.tallies(NOON)
    await sqlite_storage.queue.hours(NOON)
    for statement, parameters in aside[2:]:
        plan = plan_of(sqlite_storage, statement, parameters)
        assert plan[0] == "SEARCH job_tallies USING PRIMARY KEY (slot>?)", plan


@pytest.mark.parametrize("what", Expired)
async def test_what_had_its_time_is_found_and_removed_in_the_order_of_an_index(sqlite_storage, town, what):
    removing = RemoveExpired(what=what, before=NOON, limit=5)
    statement, parameters = next(apply(SQLITE, [removing]))
    plan = plan_of(sqlite_storage, statement, parameters)
    assert scans(plan) == [] and not any("TEMP B-TREE" in step for step in plan), plan
