"""How the timelines of lists are read on SQLite: people and hashtags, each merged as far as the page goes."""

from __future__ import annotations

import pytest
from sql_town import plan_of

from microblog_core.domain.timelines import Page


@pytest.fixture
def sqlite_url(town_url):
    return town_url


async def test_a_lists_page_is_merged_from_its_members_as_far_as_it_goes(sqlite_storage, recorder, town):
    await sqlite_storage.timelines.list(town.viewer.id, town.own_list.id, Page(limit=5))
    merge = next(each for each in recorder.statements if "RECURSIVE feed" in each[0])
    plan = plan_of(sqlite_storage, *merge)
    assert "SEARCH list_members USING COVERING INDEX list_members_order (list_id=?)" in plan
    assert "SEARCH p USING COVERING INDEX posts_account (account_id=? AND id>? AND id<?)" in plan
    assert not any("TEMP B-TREE" in step for step in plan)


async def test_a_lists_hashtags_are_merged_as_far_as_the_page_goes_and_only_where_there_are_any(
    sqlite_storage, recorder, town
):
    await sqlite_storage.timelines.list(town.viewer.id, town.own_list.id, Page(limit=5))
    merge = next(each for each in recorder.statements if "feed(id, tag)" in each[0])
    plan = plan_of(sqlite_storage, *merge)
    assert plan[0] == "CO-ROUTINE feed"
    assert "SEARCH x USING PRIMARY KEY (tag=? AND post_id>? AND post_id<?)" in plan
    assert not any("TEMP B-TREE" in step for step in plan)
    recorder.statements.clear()
    await sqlite_storage.timelines.list(town.ben.id, town.list.id, Page(limit=5))
    assert not any("feed(id, tag)" in statement for statement, _ in recorder.statements)
