"""Filters: what somebody doesn't want to read, by words or by single posts, and what becomes of it.

Mastodon's second version of filters is the model (documentation, `entities/Filter`); its first version, in
which each keyword is a filter of its own, is a view of it (`KeywordFilter`).
"""

from __future__ import annotations

import enum
from collections.abc import Iterable

import msgspec

from microblog_core.domain.accounts import clean_line, is_blank
from microblog_core.domain.errors import Invalid

FILTER_TITLE_LENGTH = 100
KEYWORD_LENGTH = 100
FILTERS_MAX = 100
"""Filters of one account."""
KEYWORDS_MAX = 500
"""Keywords of all filters of one account, and as many single posts."""


class FilterContext(enum.StrEnum):
    """Where a filter looks: home timeline and lists; notifications; public timelines; threads; profiles."""

    HOME = "home"
    NOTIFICATIONS = "notifications"
    PUBLIC = "public"
    THREAD = "thread"
    ACCOUNT = "account"


class FilterAction(enum.StrEnum):
    """What becomes of a post: `warn` shows it behind the filter's title, `blur` blurs its media only, `hide`
    leaves it out.
    """

    WARN = "warn"
    HIDE = "hide"
    BLUR = "blur"


class FilterKeyword(msgspec.Struct, frozen=True, kw_only=True):
    """A word or phrase; `whole_word` finds it only between borders of words."""

    id: int
    keyword: str
    whole_word: bool = True


class FilterStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A single post that a filter matches; `id` is the relation's."""

    id: int
    post_id: int


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """A filter of `account_id`. It ends at `expires_at` (Unix milliseconds), None for never."""

    id: int
    account_id: int
    title: str
    context: tuple[FilterContext, ...]
    action: FilterAction = FilterAction.WARN
    expires_at: int | None = None
    keywords: tuple[FilterKeyword, ...] = ()
    statuses: tuple[FilterStatus, ...] = ()

    def active(self, now: int) -> bool:
        """Whether it has not expired at `now` (Unix milliseconds)."""
        return self.expires_at is None or self.expires_at > now


class FilterMatch(msgspec.Struct, frozen=True, kw_only=True):
    """Why a filter matches a post: the keywords found, as they were written, and the ids of posts named."""

    filter: Filter
    keywords: tuple[str, ...] = ()
    post_ids: tuple[int, ...] = ()


class KeywordFilter(msgspec.Struct, frozen=True, kw_only=True):
    """A keyword of a filter as Mastodon's first version has it; `id` is the keyword's."""

    id: int
    phrase: str
    context: tuple[FilterContext, ...]
    whole_word: bool
    irreversible: bool
    expires_at: int | None


def keyword_filters(filters: Iterable[Filter]) -> tuple[KeywordFilter, ...]:
    """All keywords of these filters, each as a filter of its own."""
    return tuple(
        KeywordFilter(
            id=keyword.id,
            phrase=keyword.keyword,
            context=each.context,
            whole_word=keyword.whole_word,
            irreversible=each.action is FilterAction.HIDE,
            expires_at=each.expires_at,
        )
        for each in filters
        for keyword in each.keywords
    )


def check_filter_title(title: str) -> str:
    """Return the title on one clean line; raises `Invalid` with the field `title`."""
    title = clean_line(title)
    if is_blank(title):
        raise Invalid(fields={"title": "Give the filter a title."})
    if len(title) > FILTER_TITLE_LENGTH:
        raise Invalid(fields={"title": f"Use at most {FILTER_TITLE_LENGTH} characters."})
    return title


def check_keyword(keyword: str) -> str:
    """Return the word or phrase on one clean line; raises `Invalid` with the field `keyword`."""
    keyword = clean_line(keyword)
    if is_blank(keyword):
        raise Invalid(fields={"keyword": "Enter a word or phrase."})
    if len(keyword) > KEYWORD_LENGTH:
        raise Invalid(fields={"keyword": f"Use at most {KEYWORD_LENGTH} characters."})
    return keyword


def check_context(values: Iterable[str]) -> tuple[FilterContext, ...]:
    """Read contexts from the wire, in their order here; raises `Invalid` with the field `context`."""
    given = set(values)
    context = tuple(each for each in FilterContext if each in given)
    if not context or len(context) != len(given):
        raise Invalid(fields={"context": f"Choose some of {', '.join(FilterContext)}."})
    return context


def check_filter_action(value: str) -> FilterAction:
    """Read an action from the wire; raises `Invalid` with the field `filter_action`."""
    try:
        return FilterAction(value)
    except ValueError:
        actions = ", ".join(FilterAction)
        raise Invalid(fields={"filter_action": f"Choose one of {actions}."}) from None
