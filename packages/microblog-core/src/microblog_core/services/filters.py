"""Filters: make, change and read the own ones, in both of Mastodon's versions. What they do to listings is in
`services.filtering`.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from microblog_core.domain.errors import Conflict, Invalid, NotFound
from microblog_core.domain.events import FiltersChanged
from microblog_core.domain.filters import (
    FILTERS_MAX,
    KEYWORDS_MAX,
    Filter,
    FilterAction,
    FilterContext,
    FilterKeyword,
    FilterStatus,
    KeywordFilter,
    check_context,
    check_filter_title,
    check_keyword,
    keyword_filters,
)
from microblog_core.domain.permissions import Actor, require_account
from microblog_core.patterns.decorators import authorised, rate_limited, retried
from microblog_core.ports import operations as ops
from microblog_core.ports.context import Ports
from microblog_core.ports.unit import UnitOfWork
from microblog_core.services.timelines import read_post

Unset = msgspec.UnsetType
UNSET = msgspec.UNSET


class KeywordChange(msgspec.Struct, frozen=True, kw_only=True):
    """A keyword of a filter: a new one without an `id`; with one, a change (None leaves a value), or its end
    if `delete`.
    """

    id: int | None = None
    keyword: str | None = None
    whole_word: bool | None = None
    delete: bool = False


class CreateFilter(msgspec.Struct, frozen=True, kw_only=True):
    """A new filter with its keywords; `expires_in` is in seconds, None for never."""

    title: str
    context: tuple[FilterContext, ...]
    action: FilterAction = FilterAction.WARN
    expires_in: float | None = None
    keywords: tuple[KeywordChange, ...] = ()


class UpdateFilter(msgspec.Struct, frozen=True, kw_only=True):
    """A filter changes with its keywords, in one unit. None leaves a value; an `expires_in` of None is
    never.
    """

    filter_id: int
    title: str | None = None
    context: tuple[FilterContext, ...] | None = None
    action: FilterAction | None = None
    expires_in: float | Unset | None = UNSET
    keywords: tuple[KeywordChange, ...] = ()


class DeleteFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Delete an own filter."""

    filter_id: int


class AddFilterStatus(msgspec.Struct, frozen=True, kw_only=True):
    """An own filter is to match a single post more."""

    filter_id: int
    post_id: int


class DeleteFilterStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A filter is no longer to match a post; `status_id` is the relation's."""

    status_id: int


class WriteKeywordFilter(msgspec.Struct, frozen=True, kw_only=True):
    """A keyword as a filter of its own, as Mastodon's first version has it. An `expires_in` of None is never;
    `UNSET` leaves it as it is.
    """

    phrase: str
    context: tuple[FilterContext, ...]
    whole_word: bool = False
    irreversible: bool = False
    expires_in: float | Unset | None = None


class UpdateKeywordFilter(WriteKeywordFilter, frozen=True, kw_only=True):
    """Another text or other properties; `keyword_id` is what the first version takes for the filter's id."""

    keyword_id: int


class DeleteKeyword(msgspec.Struct, frozen=True, kw_only=True):
    """Delete a keyword; `with_filter` deletes its filter too, if nothing else is left of it."""

    keyword_id: int
    with_filter: bool = False


async def read_filters(ports: Ports, actor: Actor) -> Sequence[Filter]:
    """The actor's filters, oldest first, expired ones too. Raises `Unauthenticated`."""
    return await ports.storage.filters.of(require_account(actor).id)


async def read_filter(ports: Ports, actor: Actor, filter_id: int) -> Filter:
    """One of the actor's filters. Raises `NotFound`, `Unauthenticated`."""
    for found in await read_filters(ports, actor):
        if found.id == filter_id:
            return found
    raise _gone()


async def read_keyword(ports: Ports, actor: Actor, keyword_id: int) -> tuple[Filter, FilterKeyword]:
    """A keyword with its filter. Raises `NotFound`, `Unauthenticated`."""
    for found in await read_filters(ports, actor):
        for keyword in found.keywords:
            if keyword.id == keyword_id:
                return found, keyword
    raise _gone()


async def read_filter_status(ports: Ports, actor: Actor, status_id: int) -> tuple[Filter, FilterStatus]:
    """A single post that a filter matches, with the filter; by the relation's id. Raises `NotFound`,
    `Unauthenticated`.
    """
    for found in await read_filters(ports, actor):
        for status in found.statuses:
            if status.id == status_id:
                return found, status
    raise _gone()


async def read_keyword_filters(ports: Ports, actor: Actor) -> Sequence[KeywordFilter]:
    """The actor's filters in Mastodon's first version: one for each keyword. Raises `Unauthenticated`."""
    return keyword_filters(await read_filters(ports, actor))


async def read_keyword_filter(ports: Ports, actor: Actor, keyword_id: int) -> KeywordFilter:
    """One of them. Raises `NotFound`, `Unauthenticated`."""
    found, keyword = await read_keyword(ports, actor, keyword_id)
    return keyword_filters([msgspec.structs.replace(found, keywords=(keyword,))])[0]


@authorised("filters.write")
@rate_limited("filters", limit=600, per=3600)
@retried("id")
async def create_filter(ports: Ports, actor: Actor, command: CreateFilter) -> Filter:
    """Make a filter. Raises `Invalid` (fields `title`, `context`, `keyword`, `expires_in`; or there are too
    many).
    """
    now = ports.clock.now()
    made = Filter(
        id=ports.ids.at(now),
        account_id=require_account(actor).id,
        title=check_filter_title(command.title),
        context=check_context(command.context),
        action=command.action,
        expires_at=_expires_at(command.expires_in, now),
        keywords=tuple(_new(ports, now, each) for each in command.keywords if not each.delete),
    )
    unit = _begin(ports, made.account_id)
    unit.apply(ops.AddFilter(filter=made))
    await _commit(unit)
    return made


@authorised("filters.write")
@rate_limited("filters", limit=600, per=3600)
@retried("id")
async def update_filter(ports: Ports, actor: Actor, command: UpdateFilter) -> Filter:
    """Change a filter and its keywords; the filter as it is now. Raises `NotFound` (also for a keyword),
    `Invalid` as `create_filter`.
    """
    now = ports.clock.now()
    before = await read_filter(ports, actor, command.filter_id)
    known = {keyword.id: keyword for keyword in before.keywords}
    # What is gone already is deleted; what is changed must be there.
    changes = [each for each in command.keywords if each.id is not None and not each.delete]
    if any(each.id not in known for each in changes):
        raise _gone()
    unit = _begin(ports, before.account_id)
    unit.apply(
        ops.UpdateFilter(
            account_id=before.account_id,
            filter_id=before.id,
            title=None if command.title is None else check_filter_title(command.title),
            context=None if command.context is None else check_context(command.context),
            action=command.action,
            expires_at=UNSET
            if isinstance(command.expires_in, Unset)
            else _expires_at(command.expires_in, now),
            add=tuple(
                _new(ports, now, each) for each in command.keywords if each.id is None and not each.delete
            ),
            change=tuple(_changed(known[each.id], each) for each in changes if each.id is not None),
            delete=tuple(each.id for each in command.keywords if each.id is not None and each.delete),
        )
    )
    await _commit(unit)
    return await read_filter(ports, actor, before.id)


@authorised("filters.write")
async def delete_filter(ports: Ports, actor: Actor, command: DeleteFilter) -> None:
    """Delete a filter with all that it holds. Raises `NotFound`."""
    found = await read_filter(ports, actor, command.filter_id)
    unit = _begin(ports, found.account_id)
    unit.apply(ops.DeleteFilter(account_id=found.account_id, filter_id=found.id))
    await unit.commit()


@authorised("filters.write")
@rate_limited("filters", limit=600, per=3600)
@retried("id")
async def add_filter_status(ports: Ports, actor: Actor, command: AddFilterStatus) -> FilterStatus:
    """Let a filter match a single post; doing it again changes nothing. Raises `NotFound` (the filter, or a
    post that the actor may not see), `Invalid` (too many).
    """
    found = await read_filter(ports, actor, command.filter_id)
    entry = await read_post(ports, actor, command.post_id)
    made = FilterStatus(id=ports.ids.at(ports.clock.now()), post_id=entry.post.id)
    unit = _begin(ports, found.account_id)
    unit.apply(ops.AddFilterStatus(account_id=found.account_id, filter_id=found.id, status=made))
    await _commit(unit, done="filtered")
    for status in (await read_filter(ports, actor, found.id)).statuses:
        if status.post_id == entry.post.id:
            return status
    raise _gone()


@authorised("filters.write")
async def delete_filter_status(ports: Ports, actor: Actor, command: DeleteFilterStatus) -> None:
    """Let a filter no longer match a single post. Raises `NotFound`."""
    found, status = await read_filter_status(ports, actor, command.status_id)
    unit = _begin(ports, found.account_id)
    unit.apply(ops.DeleteFilterStatus(account_id=found.account_id, filter_id=found.id, status_id=status.id))
    await unit.commit()


@authorised("filters.write")
async def delete_keyword(ports: Ports, actor: Actor, command: DeleteKeyword) -> None:
    """Delete a keyword of a filter. Raises `NotFound`."""
    found, keyword = await read_keyword(ports, actor, command.keyword_id)
    unit = _begin(ports, found.account_id)
    if command.with_filter and len(found.keywords) == 1 and not found.statuses:
        unit.apply(ops.DeleteFilter(account_id=found.account_id, filter_id=found.id))
    else:
        unit.apply(ops.UpdateFilter(account_id=found.account_id, filter_id=found.id, delete=(keyword.id,)))
    await _commit(unit)


async def create_keyword_filter(ports: Ports, actor: Actor, command: WriteKeywordFilter) -> KeywordFilter:
    """Make a filter with one keyword. Raises as `create_filter`, with the field `phrase` for its text."""
    _check_phrase(command.phrase)
    made = await create_filter(
        ports,
        actor,
        CreateFilter(
            title=command.phrase,
            context=command.context,
            action=_action(irreversible=command.irreversible),
            expires_in=None if isinstance(command.expires_in, Unset) else command.expires_in,
            keywords=(KeywordChange(keyword=command.phrase, whole_word=command.whole_word),),
        ),
    )
    return keyword_filters([made])[0]


async def update_keyword_filter(ports: Ports, actor: Actor, command: UpdateKeywordFilter) -> KeywordFilter:
    """Change a keyword with its filter. Raises `NotFound`, and `Invalid` as `create_keyword_filter` or where
    this would change other keywords of the same filter.
    """
    _check_phrase(command.phrase)
    found, keyword = await read_keyword(ports, actor, command.keyword_id)
    context, action = check_context(command.context), _action(irreversible=command.irreversible)
    # A filter that only warns stays as it warns: this version knows nothing finer.
    if action is FilterAction.WARN and found.action is not FilterAction.HIDE:
        action = found.action
    expires_at = (
        found.expires_at
        if isinstance(command.expires_in, Unset)
        else _expires_at(command.expires_in, ports.clock.now())
    )
    same = (found.context, found.action, found.expires_at) == (context, action, expires_at)
    if len(found.keywords) + len(found.statuses) > 1 and not same:
        raise Invalid(
            "This filter has more than one keyword.", hint="Change it with an app that knows such filters."
        )
    await update_filter(
        ports,
        actor,
        UpdateFilter(
            filter_id=found.id,
            title=command.phrase if found.title == keyword.keyword else None,
            context=context,
            action=action,
            expires_in=command.expires_in,
            keywords=(KeywordChange(id=keyword.id, keyword=command.phrase, whole_word=command.whole_word),),
        ),
    )
    return await read_keyword_filter(ports, actor, keyword.id)


def _action(*, irreversible: bool) -> FilterAction:
    return FilterAction.HIDE if irreversible else FilterAction.WARN


def _check_phrase(phrase: str) -> None:
    try:
        check_keyword(phrase)
    except Invalid as invalid:
        raise Invalid(fields={"phrase": invalid.fields["keyword"]}) from None


def _expires_at(expires_in: float | None, now: int) -> int | None:
    if expires_in is None:
        return None
    if not 0 < expires_in <= 100 * 366 * 86400:
        raise Invalid(fields={"expires_in": "Use a number of seconds from now."})
    return now + round(expires_in * 1000)


def _new(ports: Ports, now: int, change: KeywordChange) -> FilterKeyword:
    return FilterKeyword(
        id=ports.ids.at(now),
        keyword=check_keyword(change.keyword or ""),
        whole_word=bool(change.whole_word),
    )


def _changed(before: FilterKeyword, change: KeywordChange) -> FilterKeyword:
    return FilterKeyword(
        id=before.id,
        keyword=before.keyword if change.keyword is None else check_keyword(change.keyword),
        whole_word=before.whole_word if change.whole_word is None else change.whole_word,
    )


def _gone() -> NotFound:
    return NotFound("There is no such filter.")


def _begin(ports: Ports, account_id: int) -> UnitOfWork:
    """A unit of work that tells of a change of this account's filters."""
    now, unit = ports.clock.now(), ports.unit()
    unit.emit(FiltersChanged(id=ports.ids.at(now), at=now, account_id=account_id))
    return unit


async def _commit(unit: UnitOfWork, done: str = "") -> None:
    """Commit; guards become what the owner can do something about. `done` is the guard of what is done."""
    try:
        await unit.commit()
    except Conflict as conflict:
        if conflict.guard == "exists":
            raise _gone() from conflict
        if conflict.guard in ("limit", "keywords"):
            raise Invalid(
                f"You can have {FILTERS_MAX} filters with {KEYWORDS_MAX} keywords and posts in all.",
                hint="Delete what you no longer need.",
            ) from conflict
        if conflict.guard != done:
            raise
