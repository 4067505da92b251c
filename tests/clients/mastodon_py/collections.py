"""Mastodon.py: lists and filters."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..checks import People, eventually, word
from .setup import check, follows, ids, refuses


@contextmanager
def _list(person: Any, **options: Any) -> Iterator[Any]:
    made = person.list_create(word("l"), **options)
    try:
        yield made
    finally:
        person.list_delete(made)


@check
def list_the_lists(people: People) -> None:
    with _list(people.ben) as made:
        assert [(each.id, each.title) for each in people.ben.lists()] == [(made.id, made.title)]
        assert people.ann.lists() == []


@check
def manage_a_list(people: People) -> None:
    with _list(people.ben, replies_policy="followed", exclusive=True) as made:
        assert (made.replies_policy, made.exclusive) == ("followed", True)
        title = word("l")
        people.ben.list_update(made, title, replies_policy="none")
        kept = people.ben.list(made)
        assert (kept.title, kept.replies_policy, kept.exclusive) == (title, "none", False)
        refuses(404, people.ann.list, made)
    refuses(404, people.ben.list, made)


@check
def fill_a_list(people: People) -> None:
    ann, cem = people.ann.me().id, people.cem.me().id
    with follows(people.ben, people.ann), follows(people.ben, people.cem), _list(people.ben) as made:
        people.ben.list_accounts_add(made, [ann, cem])
        assert set(ids(people.ben.list_accounts(made))) == {ann, cem}
        people.ben.list_accounts_delete(made, [cem])
        assert ids(people.ben.list_accounts(made)) == [ann]


@check
def list_the_lists_of_an_account(people: People) -> None:
    ann = people.ann.me().id
    with follows(people.ben, people.ann), _list(people.ben) as made, _list(people.ben):
        people.ben.list_accounts_add(made, [ann])
        assert ids(people.ben.account_lists(ann)) == [made.id]


@check
def read_the_timeline_of_a_list(people: People) -> None:
    with follows(people.ben, people.ann), follows(people.ben, people.cem), _list(people.ben) as made:
        people.ben.list_accounts_add(made, [people.ann.me().id])
        written, other = people.ann.status_post(word()), people.cem.status_post(word())
        page = eventually(
            lambda: (found := people.ben.timeline_list(made)) and written.id in ids(found) and found
        )
        assert other.id not in ids(page)


@check
def list_filters(people: People) -> None:
    assert people.cem.filters_v2() == []


@check
def list_filters_of_the_first_version(people: People) -> None:
    assert people.cem.filters() == []


@check
def manage_a_filter(people: People) -> None:
    title = word("f")
    made = people.ben.create_filter_v2(
        title, ["home", "public"], "warn", expires_in=3600,
        keywords_attributes=[{"keyword": "one", "whole_word": True}, {"keyword": "two", "whole_word": False}],
    )  # fmt: skip
    assert [(each.keyword, each.whole_word) for each in made.keywords] == [("one", True), ("two", False)]
    assert made.title == title and made.expires_at is not None and set(made.context) == {"home", "public"}
    assert ids(people.ben.filters_v2()) == [made.id]
    changes = [{"id": made.keywords[0].id, "_destroy": True}]
    people.ben.update_filter_v2(made, filter_action="hide", keywords_attributes=changes)
    kept = people.ben.filter_v2(made)
    assert kept.filter_action == "hide" and [each.keyword for each in kept.keywords] == ["two"]
    refuses(404, people.ann.filter_v2, made)
    people.ben.delete_filter_v2(made)
    assert people.ben.filters_v2() == []


@check
def filter_posts(people: People) -> None:
    text = word()
    made = people.ben.create_filter_v2(
        word("f"), ["home"], "warn", keywords_attributes=[{"keyword": text, "whole_word": True}]
    )
    try:
        with follows(people.ben, people.ann):
            written = people.ann.status_post(f"mind {text} here")
            home = eventually(lambda: [one for one in people.ben.timeline_home() if one.id == written.id])
        (result,) = home[0].filtered
        assert result.filter.id == made.id and result.keyword_matches == [text]
        assert people.ann.status(written.id).filtered == []
    finally:
        people.ben.delete_filter_v2(made)
