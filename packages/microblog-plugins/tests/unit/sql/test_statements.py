"""What reading costs on SQLite: a page takes the same statements whatever its length."""

from __future__ import annotations

import pytest
from sql_town import BOUNDS, length, listings

from microblog_core.domain.deliveries import Frequency
from microblog_core.domain.moderation import AccountFilter
from microblog_core.domain.permissions import SYSTEM
from microblog_core.domain.timelines import Page
from microblog_core.ports.operations import AddFavourite, AddPost
from microblog_core.services.operating import read_overview
from microblog_core.testing.builder import Builder
from microblog_core.testing.world import make_ports
from microblog_plugins.sql.dialect import SQLITE
from microblog_plugins.sql.writes.apply import apply


@pytest.fixture
def sqlite_url(town_url):
    return town_url


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
            taken.append(len(recorder.asked()))
            assert len(recorder.fetched()) <= 4, name
        assert taken[0] == taken[1] <= 8, name


async def test_a_page_that_was_read_before_fetches_nothing(sqlite_storage, recorder, town):
    for name, read in listings(sqlite_storage, town, town.viewer.id).items():
        first = await read(Page(limit=40))
        recorder.statements.clear()
        assert await read(Page(limit=40)) == first, name
        assert recorder.fetched() == [], name


async def test_a_thread_takes_five_statements_however_many_answer(sqlite_storage, recorder, town):
    thread = await sqlite_storage.posts.thread(town.viewer.id, town.post.id)
    assert len(thread.descendants) == 45
    assert len(recorder.asked()) <= 5
    assert len(recorder.fetched()) <= 4


async def test_what_a_mail_tells_takes_the_same_statements_however_much_it_is(sqlite_storage, recorder, town):
    listed = await sqlite_storage.notifications.page(town.viewer.id, Page(limit=40))
    taken = []
    for count in (20, 40):
        recorder.statements.clear()
        wanted = [each.id for each in listed.items[:count]]
        assert len(await sqlite_storage.notifications.several(town.viewer.id, wanted)) == count
        taken.append(len(recorder.asked()))
    assert taken[0] == taken[1] <= 7
    recorder.statements.clear()
    await sqlite_storage.deliveries.preferences(town.viewer.id)
    await sqlite_storage.deliveries.waiting(town.viewer.id, "email", Frequency.DAILY, 1000)
    assert len(recorder.statements) == 2


async def test_web_hooks_take_one_statement_each(sqlite_storage, recorder, town):
    for account_id in (town.viewer.id, None):
        recorder.statements.clear()
        await sqlite_storage.webhooks.of(account_id)
        assert len(recorder.statements) == 1


async def test_what_moderators_need_of_one_thing_takes_one_statement_or_two(sqlite_storage, recorder, town):
    reader = sqlite_storage.moderation
    (entry,) = (await sqlite_storage.reports.page(None, Page(limit=1))).items
    for read, most in (
        (reader.figures(town.dee.id, 1), 1),
        (reader.notes(entry.id), 1),
        (reader.posts(entry.id), 2),
        (reader.in_force(town.dee.id), 1),
        (reader.find(["per"], AccountFilter()), 1),
        (reader.audit_actions(), 1),
    ):
        recorder.statements.clear()
        assert await read is not None
        assert len(recorder.statements) == most


async def test_the_figures_of_the_overview_take_one_statement(sqlite_storage, recorder, town):
    recorder.statements.clear()
    figures = await sqlite_storage.operating.figures()
    assert figures.size > 100_000
    assert len(recorder.statements) == 1


async def test_the_operators_overview_takes_five_statements_however_much_there_is(
    sqlite_storage, recorder, town
):
    recorder.statements.clear()
    overview = await read_overview(make_ports(sqlite_storage), SYSTEM)
    assert overview.counts.posts > 40
    assert len(recorder.statements) <= 5


async def test_all_filters_take_three_statements(sqlite_storage, recorder, town):
    assert len((await sqlite_storage.filters.of(town.viewer.id))[0].keywords) == 2
    assert len(recorder.statements) == 3


async def test_an_event_takes_one_statement_for_all_who_listen(sqlite_storage, recorder, town):
    audience = await sqlite_storage.streams.audience(town.post.id, town.listening)
    assert len(audience.home) == len(audience.public) == len(town.crowd)
    assert len(recorder.statements) == 1
    await sqlite_storage.streams.reach(town.ben.id, town.post.tags, town.listening)
    assert len(recorder.statements) == 2
    tokens = [number << 16 for number in range(500)]
    await sqlite_storage.applications.living(tokens)
    assert len(recorder.statements) == 3


async def test_publishing_and_favouriting_write_nothing_for_statistics(sqlite_storage, town):
    post = AddPost(post=Builder(sqlite_storage).draft(town.viewer, tags=("tea",)))
    favourite = AddFavourite(id=1, account_id=town.viewer.id, post_id=town.post.id, created_at=1)
    for operation in (post, favourite):
        steps, taken = apply(SQLITE, [operation]), []
        statement, _ = next(steps)
        with pytest.raises(StopIteration):
            while True:
                taken.append(statement)
                statement, _ = steps.send([(1, "public", 1, 1)])
        assert taken
        assert not any("statistics" in each or "log_ins" in each for each in taken)


async def test_counting_takes_the_same_statements_however_much_there_was(aside, sqlite_storage):
    taken = []
    for until in (1, 1 << 45):
        aside.clear()
        await sqlite_storage.statistics.count(0, until)
        taken.append(len(aside))
    assert taken == [6, 6]


async def test_a_session_a_token_and_a_post_take_one_statement_each(sqlite_storage, recorder, town):
    await sqlite_storage.posts.get(town.viewer.id, town.post.id)
    assert len(recorder.fetched()) == 2
    recorder.statements.clear()
    await sqlite_storage.sessions.get("nothing", 0)
    assert await sqlite_storage.applications.token("token 1") is not None
    await sqlite_storage.posts.get(town.viewer.id, town.post.id)
    assert len(recorder.statements) == 3
