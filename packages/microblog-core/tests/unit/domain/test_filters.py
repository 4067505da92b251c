"""Filters as values: what is refused, and the first version as a view of the second."""

from __future__ import annotations

import pytest

from microblog_core.domain.errors import Invalid
from microblog_core.domain.filters import (
    Filter,
    FilterAction,
    FilterContext,
    FilterKeyword,
    KeywordFilter,
    check_context,
    check_filter_action,
    check_filter_title,
    check_keyword,
    keyword_filters,
)


@pytest.mark.parametrize(
    ("check", "bad", "field"),
    [
        (check_filter_title, "", "title"),
        (check_filter_title, "x" * 101, "title"),
        (check_keyword, " \u200b ", "keyword"),
        (check_keyword, "x" * 101, "keyword"),
        (check_context, (), "context"),
        (check_context, ("home", "kitchen"), "context"),
        (check_filter_action, "burn", "filter_action"),
    ],
)
def test_what_breaks_a_rule_is_refused_at_its_field(check, bad, field) -> None:
    with pytest.raises(Invalid) as refused:
        check(bad)
    assert set(refused.value.fields) == {field}


def test_what_is_good_comes_back_clean() -> None:
    assert check_keyword("  two\n words ") == "two words"
    assert check_context(["thread", "home", "home"]) == (FilterContext.HOME, FilterContext.THREAD)
    assert check_filter_action("blur") is FilterAction.BLUR


def test_a_filter_is_active_until_it_ends() -> None:
    made = Filter(id=1, account_id=2, title="t", context=(FilterContext.HOME,), expires_at=100)
    assert [made.active(now) for now in (99, 100, 101)] == [True, False, False]


def test_each_keyword_is_a_filter_of_the_first_version() -> None:
    context = (FilterContext.HOME,)
    made = Filter(
        id=1,
        account_id=2,
        title="t",
        context=context,
        action=FilterAction.HIDE,
        expires_at=9,
        keywords=(FilterKeyword(id=3, keyword="a"), FilterKeyword(id=4, keyword="b", whole_word=False)),
    )
    first, second = keyword_filters([made])
    assert first == KeywordFilter(
        id=3, phrase="a", context=context, whole_word=True, irreversible=True, expires_at=9
    )
    assert (second.id, second.phrase, second.whole_word) == (4, "b", False)
