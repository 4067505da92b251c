"""Statuses: write, read, edit, delete, and what people do to them
(https://docs.joinmastodon.org/methods/statuses/).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import UNSET, UnsetType, structs

from microblog_api.decoding import Id, Moment
from microblog_api.endpoints import Call, delete, get, post, put
from microblog_api.entities import Account, Context, ScheduledStatus, Status, StatusEdit, StatusSource
from microblog_api.names import WRITTEN
from microblog_api.resources.media import focus_of
from microblog_api.resources.scheduled import shown
from microblog_core.domain import polls
from microblog_core.domain.accounts import check_language
from microblog_core.domain.errors import Forbidden, Invalid
from microblog_core.domain.filters import FilterContext
from microblog_core.domain.posts import Entry, Visibility, WrittenWith, check_quote_policy
from microblog_core.domain.relations import Related
from microblog_core.domain.replies import check_reply_policy
from microblog_core.domain.timelines import Listing
from microblog_core.http.scope import header
from microblog_core.services import filtering, posts, quotes, reactions, replies, scheduled, timelines

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from microblog_core.domain.permissions import Actor
    from microblog_core.ports.context import Ports


class NewPoll(msgspec.Struct, frozen=True):
    """A poll to ask; `expires_in` is in seconds."""

    options: list[str] = []
    expires_in: int = 0
    multiple: bool = False
    hide_totals: bool = False


class NewStatus(msgspec.Struct, frozen=True):
    """A status to publish, now or at `scheduled_at`. With pictures (`media_ids`, at most four) its text may
    be empty. The own defaults are used for what is not given. `reply_approval_policy` is `public`,
    `followers`, `followed` (whom the author follows), `mentioned` or `nobody`. The `visibility` may be
    `members` as well, for those who pay the author: then a `teaser` is published for everybody else, which
    the status answers.
    """

    status: str = ""
    media_ids: list[Id] = []
    poll: NewPoll | None = None
    scheduled_at: Moment | None = None
    quoted_status_id: Id | None = None
    quote_approval_policy: str = ""
    reply_approval_policy: str = ""
    in_reply_to_id: Id | None = None
    sensitive: bool | None = None
    spoiler_text: str = ""
    visibility: str = ""
    language: str = ""
    teaser: str = ""


class GivenMedia(msgspec.Struct, frozen=True):
    """What to change of a picture of a status; what is not given stays."""

    id: Id
    description: str | None = None
    focus: str | None = None


class EditedStatus(msgspec.Struct, frozen=True):
    """A status' new text, and a poll that asks something else, where there is one. Without `spoiler_text`
    there is no warning any more, and without `sensitive` it is not sensitive, as Mastodon has it. What else
    is not given stays: `media_ids` are all its pictures from now on, none if there are none in it, and a
    `poll` of null takes the poll away.
    """

    status: str = ""
    poll: NewPoll | UnsetType | None = UNSET
    spoiler_text: str = ""
    sensitive: bool = False
    language: str = ""
    media_ids: list[Id] | None = None
    media_attributes: list[GivenMedia] = []
    quote_approval_policy: str = ""
    reply_approval_policy: str = ""


class Ids(msgspec.Struct, frozen=True):
    """Several statuses."""

    id: list[Id] = []


@post("/api/v1/statuses", needs="write:statuses")
async def create(call: Call, given: NewStatus) -> Status | ScheduledStatus:
    """Post a new status, or with `scheduled_at` let one wait. The header `Idempotency-Key` makes repeating it
    harmless for an hour.
    """
    login, application = call.caller.login, call.caller.application
    sensitive = given.sensitive
    if sensitive is None:
        sensitive = login is not None and login.default_sensitive
    command = posts.PublishPost(
        text=given.status,
        spoiler=given.spoiler_text,
        sensitive=sensitive,
        visibility=_level(call, given.visibility),
        language=check_language(given.language) or (login.default_language if login is not None else ""),
        in_reply_to_id=given.in_reply_to_id,
        quoted_post_id=given.quoted_status_id,
        quote_policy=check_quote_policy(given.quote_approval_policy or "public"),
        reply_policy=check_reply_policy(given.reply_approval_policy or "public"),
        poll=_poll(given.poll),
        media_ids=tuple(given.media_ids),
        application_id=application.id if application is not None else None,
        idempotency_key=header(call.scope, b"idempotency-key"),
        teaser=given.teaser,
    )
    if given.scheduled_at is not None:
        waiting = scheduled.SchedulePost(post=command, scheduled_at=given.scheduled_at)
        return (await shown(call, [await scheduled.schedule_post(call.ports, call.actor, waiting)]))[0]
    entry = await posts.publish_post(call.ports, call.actor, command)
    if application is not None:
        # The post was made a moment ago: nothing was read that could name it.
        entry = structs.replace(entry, application=WrittenWith(application.name, application.website))
    return call.present.status(entry)


def _poll(poll: NewPoll | None) -> polls.NewPoll | None:
    if poll is None or not poll.options:
        return None
    return polls.NewPoll(
        options=tuple(poll.options),
        expires_in=poll.expires_in,
        multiple=poll.multiple,
        hide_totals=poll.hide_totals,
    )


def _level(call: Call, name: str) -> Visibility:
    if not name:
        login = call.caller.login
        return Visibility(login.default_visibility) if login is not None else Visibility.PUBLIC
    level = WRITTEN.get(name)
    if level is None:
        raise Invalid(fields={"visibility": f"Choose one of {', '.join(WRITTEN)}."})
    return level


@get("/api/v1/statuses/{id:str}", who="anybody", needs="read:statuses")
async def read(call: Call, given: None) -> Status:
    """View a single status."""
    entry = await timelines.read_post(call.ports, call.actor, call.id())
    return call.present.status(
        await filtering.mark_filtered(call.ports, call.actor, entry, FilterContext.THREAD)
    )


@delete("/api/v1/statuses/{id:str}", needs="write:statuses")
async def remove(call: Call, given: None) -> Status:
    """Delete an own status; the answer has its source and pictures, to be written anew. Deleting an own
    boost takes it back.
    """
    number = call.id()
    entry = await timelines.read_post(call.ports, call.actor, number)
    if entry.post.id != number:
        mine = await reactions.own_boost(call.ports, call.actor, entry)
        if mine is None or mine.id != number:
            raise Forbidden("This action is not allowed")
        command = reactions.PostCommand(post_id=entry.post.id)
        return call.present.status(await reactions.unboost_post(call.ports, call.actor, command))
    await posts.delete_post(call.ports, call.actor, posts.DeletePost(post_id=number))
    status = call.present.status(entry)
    status.text = entry.post.text
    return status


@put("/api/v1/statuses/{id:str}", needs="write:statuses")
async def edit(call: Call, given: EditedStatus) -> Status:
    """Edit an own status; the versions before stay in its history."""
    command = posts.EditPost(
        post_id=call.id(),
        text=given.status,
        spoiler=given.spoiler_text,
        sensitive=given.sensitive,
        language=check_language(given.language) or None,
        poll=None if given.poll is UNSET else _poll(given.poll),
        remove_poll=given.poll is None,
        media_ids=None if given.media_ids is None else tuple(given.media_ids),
        media_attributes=tuple(
            [
                posts.DescribedMedia(id=each.id, description=each.description, focus=focus_of(each.focus))
                for each in given.media_attributes
            ]
        ),
    )
    policy = check_quote_policy(given.quote_approval_policy) if given.quote_approval_policy else None
    answering = check_reply_policy(given.reply_approval_policy) if given.reply_approval_policy else None
    entry = await posts.edit_post(call.ports, call.actor, command)
    if policy is not None and policy is not entry.post.quote_policy:
        change = quotes.SetQuotePolicy(post_id=entry.post.id, policy=policy)
        entry = await quotes.set_quote_policy(call.ports, call.actor, change)
    if answering is not None and answering is not entry.post.reply_policy:
        wanted = replies.SetReplyPolicy(post_id=entry.post.id, policy=answering)
        entry = await replies.set_reply_policy(call.ports, call.actor, wanted)
    return call.present.status(entry)


@get("/api/v1/statuses/{id:str}/context", who="anybody", needs="read:statuses", keeps=True)
async def context(call: Call, given: None) -> Context:
    """View what a status answers, and what answers it."""
    found = await timelines.read_thread(call.ports, call.actor, call.id())
    thread = await filtering.apply_filters_to_thread(call.ports, call.actor, found)
    call.keep((*found.ancestors, found.entry, *found.descendants), f"thread:{found.entry.post.thread_id}")
    return Context(
        ancestors=call.present.statuses(thread.ancestors),
        descendants=call.present.statuses(thread.descendants),
    )


@get("/api/v1/statuses/{id:str}/history", who="anybody", needs="read:statuses")
async def history(call: Call, given: None) -> list[StatusEdit]:
    """View all versions of a status, oldest first."""
    entry = await timelines.read_post(call.ports, call.actor, call.id())
    edits = await timelines.read_edits(call.ports, call.actor, entry.post.id)
    return call.present.edits(entry, edits)


@get("/api/v1/statuses/{id:str}/source", needs="read:statuses")
async def source(call: Call, given: None) -> StatusSource:
    """View what an own status was written as."""
    entry = await timelines.read_post(call.ports, call.actor, call.id())
    if entry.author.id != call.me.id:
        raise Forbidden("This action is not allowed", hint="Only its author may see what a post is made of.")
    written = entry.post
    return StatusSource(id=str(written.id), text=written.text, spoiler_text=written.spoiler)


@post("/api/v1/statuses/{id:str}/reblog", needs="write:statuses")
async def reblog(call: Call, given: None) -> Status:
    """Boost a status; the answer is the boost, with the status inside."""
    command = reactions.PostCommand(post_id=call.id())
    entry = await reactions.boost_post(call.ports, call.actor, command)
    return call.present.status(await reactions.own_boost(call.ports, call.actor, entry) or entry)


@post("/api/v1/statuses/{id:str}/unreblog", needs="write:statuses")
async def unreblog(call: Call, given: None) -> Status:
    """Take a boost back."""
    return await _done(call, reactions.unboost_post)


@post("/api/v1/statuses/{id:str}/favourite", needs="write:favourites")
async def favourite(call: Call, given: None) -> Status:
    """Favourite a status."""
    return await _done(call, reactions.favourite_post)


@post("/api/v1/statuses/{id:str}/unfavourite", needs="write:favourites")
async def unfavourite(call: Call, given: None) -> Status:
    """Take a favourite back."""
    return await _done(call, reactions.unfavourite_post)


async def _done(
    call: Call, react: Callable[[Ports, Actor, reactions.PostCommand], Awaitable[Entry]]
) -> Status:
    return call.present.status(await react(call.ports, call.actor, reactions.PostCommand(post_id=call.id())))


@get("/api/v1/statuses/{id:str}/reblogged_by", who="anybody", needs="read:statuses", pages="cursor")
async def reblogged_by(call: Call, given: None) -> list[Account]:
    """See who boosted a status, newest boost first."""
    page = call.page(40, 80)
    return _people(call, await reactions.read_boosters(call.ports, call.actor, call.id(), page))


@get("/api/v1/statuses/{id:str}/favourited_by", who="anybody", needs="read:statuses", pages="cursor")
async def favourited_by(call: Call, given: None) -> list[Account]:
    """See who favourited a status, newest favourite first."""
    page = call.page(40, 80)
    return _people(call, await reactions.read_favouriters(call.ports, call.actor, call.id(), page))


def _people(call: Call, listing: Listing[Related]) -> list[Account]:
    related = call.linked(listing)
    return call.present.accounts(each.account for each in related)


ENDPOINTS = (
    create,
    read,
    remove,
    edit,
    context,
    history,
    source,
    reblog,
    unreblog,
    favourite,
    unfavourite,
    reblogged_by,
    favourited_by,
)
