"""What it costs on SQLite to say what a site is, and to tell how much room pictures take."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from microblog_core.domain.media_usage import MediaCaps
from microblog_core.domain.site_texts import SiteText
from microblog_core.domain.timelines import Page
from microblog_core.ports.operations import AddMedia, PutSiteText
from microblog_core.testing.builder import Builder
from microblog_plugins.sql.dialect import SQLITE
from microblog_plugins.sql.writes.apply import apply


@pytest.fixture
async def site(sqlite_storage):
    build = Builder(sqlite_storage)
    previous = 0
    for number in range(30):
        text = SiteText(id=build.next_id(), name="terms", text=f"{number}", created_at=1)
        await build.apply(PutSiteText(text=text, previous_id=previous))
        previous = text.id
    people = await build.people(*(f"person{number}" for number in range(12)))
    for number, person in enumerate(people):
        await build.medium(person, size=number + 1)
    return build


def plan_of(storage, statement, parameters):
    cursor = storage._reader.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
    return [row[3] for row in cursor.fetchall()]


async def test_the_face_takes_two_statements_and_figures_take_one_each(sqlite_storage, recorder, site):
    assert len(await sqlite_storage.site_texts.current()) == 1
    await sqlite_storage.announcements.emojis()
    assert len(recorder.statements) == 2
    for limit in (10, 20):
        recorder.statements.clear()
        listing = await sqlite_storage.site_texts.versions("terms", Page(limit=limit))
        assert len(listing.items) == limit
        assert len(recorder.statements) == 1


async def test_listings_are_read_in_the_order_of_their_indexes(sqlite_storage, recorder, aside, site):
    await sqlite_storage.site_texts.versions("terms", Page(limit=10))
    (versions,) = recorder.statements
    aside.clear()
    for limit in (2, 10):
        assert len(await sqlite_storage.media_usage.largest(limit=limit)) == limit
    assert len(aside) == 2
    await sqlite_storage.media_usage.days(0)
    for statement, index in (
        (versions, "site_texts_name"),
        (aside[0], "media_usage_bytes"),
        (aside[2], "media_created"),
    ):
        plan = plan_of(sqlite_storage, *statement)
        assert any(index in step for step in plan), plan
    assert not any("TEMP B-TREE" in step for step in plan_of(sqlite_storage, *versions))


async def test_an_upload_is_counted_by_one_more_statement_and_caps_by_another(sqlite_storage, site):
    medium = await site.medium(await site.account("ada"), size=5)
    taken = []
    for caps in (MediaCaps(), MediaCaps(person=10), MediaCaps(person=10, site=10)):
        steps = apply(SQLITE, [AddMedia(attachment=replace(medium, id=1), caps=caps)])
        next(steps)
        count = 1
        with pytest.raises(StopIteration):
            while True:
                steps.send([(5,)])
                count += 1
        taken.append(count)
    assert taken == [3, 3, 4]
