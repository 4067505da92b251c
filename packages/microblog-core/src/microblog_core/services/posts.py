"""Posts: publish, edit, delete."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from microblog_core.domain.accounts import Account
from microblog_core.domain.conversations import people_in
from microblog_core.domain.errors import Conflict, Invalid, NotFound
from microblog_core.domain.events import PostDeleted, PostEdited, PostPublished
from microblog_core.domain.link_previews import may_have_link
from microblog_core.domain.media import Attachment, Focus, check_description, check_focus
from microblog_core.domain.notifications import NotificationKind
from microblog_core.domain.permissions import Actor, require_account
from microblog_core.domain.polls import NewPoll, Poll, check_poll
from microblog_core.domain.posts import (
    Entry,
    Post,
    QuotePolicy,
    ReplyPolicy,
    Visibility,
    narrower,
)
from microblog_core.patterns.decorators import (
    audited,
    authorised,
    idempotent,
    rate_limited,
    remember,
    retried,
)
from microblog_core.ports.context import Ports
from microblog_core.ports.unit import UnitOfWork
from microblog_core.services.conversations import file_direct
from microblog_core.services.media import attachable
from microblog_core.services.members_only import check_members, draft_teaser, with_members_part
from microblog_core.services.notifications import notify
from microblog_core.services.polls import edited_poll, make_poll, put_poll
from microblog_core.services.quotes import plain, quotable
from microblog_core.services.replies import answerable, refusal
from microblog_core.services.telling import notify_named, tell_followers
from microblog_core.services.timelines import read_post
from microblog_core.services.writing import write_text


class DescribedMedia(msgspec.Struct, frozen=True, kw_only=True):
    """A new description and focus for a picture of a post; None leaves one."""

    id: int
    description: str | None = None
    focus: Focus | None = None


class PublishPost(msgspec.Struct, frozen=True, kw_only=True):
    """A new post, with up to four of the author's ready media in this order; its text may be empty then.
    `language` is a BCP 47 tag or empty; `scheduled_id` is as what it has waited; an `idempotency_key` makes
    repeating it harmless for an hour. If it is `undoable`, mails and other deliveries wait for as long as it
    can be taken back (`services.undo`). What is for members may have a `teaser`, a public or unlisted post
    for everybody else, which it then answers.
    """

    text: str
    spoiler: str = ""
    sensitive: bool = False
    visibility: Visibility = Visibility.PUBLIC
    language: str = ""
    in_reply_to_id: int | None = None
    quoted_post_id: int | None = None
    quote_policy: QuotePolicy = QuotePolicy.PUBLIC
    reply_policy: ReplyPolicy = ReplyPolicy.PUBLIC
    poll: NewPoll | None = None
    media_ids: tuple[int, ...] = ()
    application_id: int | None = None
    scheduled_id: int | None = None
    idempotency_key: str = ""
    undoable: bool = False
    teaser: str = ""
    teaser_visibility: Visibility = Visibility.PUBLIC


class EditPost(msgspec.Struct, frozen=True, kw_only=True):
    """A new text for an own post. With a `version`, it is refused if somebody edited in between.

    None leaves a `language`. A `poll` that asks something else takes the place of the old one, whose votes
    go; None leaves it. `media_ids` are all its pictures from now on, in this order (None leaves them);
    `media_attributes` describes some of them anew.
    """

    post_id: int
    text: str
    spoiler: str = ""
    sensitive: bool = False
    language: str | None = None
    media_ids: tuple[int, ...] | None = None
    media_attributes: tuple[DescribedMedia, ...] = ()
    version: int | None = None
    poll: NewPoll | None = None
    remove_poll: bool = False


class DeletePost(msgspec.Struct, frozen=True, kw_only=True):
    """Delete an own post, or, as a moderator, anybody's."""

    post_id: int


async def _published(ports: Ports, actor: Actor, post_id: int) -> Entry:
    return await read_post(ports, actor, post_id)


@authorised("posts.write")
@idempotent(_published)
@rate_limited("publish", limit=300, per=3 * 3600)
@retried("id", "media")
async def publish_post(ports: Ports, actor: Actor, command: PublishPost) -> Entry:
    """Publish a post, deliver it to home timelines and notify who is named.

    Raises `Invalid` (fields `text`, `spoiler`, `in_reply_to_id`, `quoted_post_id`, `poll`, `media_ids`,
    `visibility`, `teaser`), `Forbidden` (a block, or who may answer), `RateLimited`.
    """
    author = require_account(actor)
    parent = await answerable(ports, actor, command.in_reply_to_id)
    quoted = await quotable(ports, actor, command.quoted_post_id)
    visibility = narrower(command.visibility, parent.post.visibility) if parent else command.visibility
    members_of_id = await check_members(ports, author, visibility, parent)
    attachments = await attachable(ports, author, command.media_ids, scheduled_id=command.scheduled_id)
    written = await write_text(
        ports,
        author,
        text=command.text,
        spoiler=command.spoiler,
        may_be_empty=bool(attachments),
        visibility=visibility,
        in_reply_to_id=parent.post.id if parent else None,
    )
    now, delivery = ports.clock.now(), ports.timeline.delivery(author)
    teaser = await draft_teaser(
        ports,
        author,
        command.teaser,
        command.teaser_visibility,
        parent,
        level=visibility,
        language=command.language,
        delivery=delivery,
        now=now,
    )
    answered = teaser or (parent.post if parent else None)
    post_id = ports.ids.at(now)
    poll = make_poll(ports, command.poll, post_id, now) if command.poll else None
    post = Post(
        id=post_id,
        account_id=author.id,
        uri=f"{ports.base_url}/@{author.username}/{post_id}" if ports.base_url else "",
        text=written.text,
        html=written.html,
        spoiler=written.spoiler,
        sensitive=command.sensitive or bool(written.spoiler),
        language=command.language,
        visibility=visibility,
        in_reply_to_id=answered.id if answered else None,
        in_reply_to_account_id=answered.account_id if answered else None,
        thread_id=answered.thread_id if answered else post_id,
        mentions=written.mentions,
        tags=written.tags,
        poll_id=poll.id if poll else None,
        quote_of_id=quoted.post.id if quoted else None,
        quote_policy=command.quote_policy,
        reply_policy=command.reply_policy,
        application_id=command.application_id,
        members_of_id=members_of_id,
        attachments=tuple(
            [msgspec.structs.replace(each, post_id=post_id, scheduled_id=None) for each in attachments]
        ),
        delivery=delivery,
        created_at=now,
    )
    held = now + ports.limits.undo_milliseconds if command.undoable else 0
    unit = ports.unit()
    unit.hold(held)
    if teaser is not None:
        _publish(ports, unit, author, teaser, None, now, held)
    _publish(ports, unit, author, post, poll, now, held)
    remember(unit, author.id, command.idempotency_key, post_id, now)
    if quoted is not None:
        notify(ports, unit, quoted.author.id, NotificationKind.QUOTE, author.id, post_id, now)
    try:
        async with ports.content.admit(written.draft):
            await unit.commit()
    except Conflict as conflict:
        if conflict.guard == "exists":
            raise Invalid(fields={"in_reply_to_id": "The post that you answer is gone."}) from conflict
        if conflict.guard == "reply" and parent is not None:
            raise refusal((await read_post(ports, actor, parent.post.id)).post.reply_policy) from conflict
        if conflict.guard == "quote":
            raise Invalid(fields={"quoted_post_id": "This post can't be quoted any more."}) from conflict
        raise
    replied_to = author if teaser is not None else parent.author if parent else None
    return Entry(id=post_id, post=post, author=author, replied_to=replied_to, poll=poll, quoted=plain(quoted))


def _publish(
    ports: Ports, unit: UnitOfWork, author: Account, post: Post, poll: Poll | None, now: int, held: int
) -> None:
    """Put a post into the unit, with home rows, notifications and its event."""
    unit.posts.add(post)
    if poll is not None:
        put_poll(ports, unit, post, poll, now)
    file_direct(ports, unit, post, now)
    unit.apply(*ports.timeline.on_publish(post, author, now, ports.ids.at(now)))
    named = tuple(mention.account_id for mention in post.mentions)
    notify_named(ports, unit, post, named, now)
    tell_followers(ports, unit, post, now, due_at=held)
    unit.emit(
        PostPublished(
            id=ports.ids.at(now),
            at=now,
            post_id=post.id,
            account_id=author.id,
            visibility=post.visibility,
            mention_ids=named,
            tags=post.tags,
            in_reply_to_id=post.in_reply_to_id,
            linked=may_have_link(post),
        )
    )


async def check_publishable(ports: Ports, actor: Actor, command: PublishPost) -> Sequence[Attachment]:
    """Whether it could be published now; its pictures. Raises what `publish_post` raises about its fields."""
    author = require_account(actor)
    parent = await answerable(ports, actor, command.in_reply_to_id)
    await quotable(ports, actor, command.quoted_post_id)
    if command.poll is not None:
        check_poll(command.poll, options_max=ports.limits.poll_options)
    visibility = narrower(command.visibility, parent.post.visibility) if parent else command.visibility
    await check_members(ports, author, visibility, parent)
    attachments = await attachable(ports, author, command.media_ids)
    await write_text(
        ports,
        author,
        text=command.text,
        spoiler=command.spoiler,
        may_be_empty=bool(attachments),
        visibility=command.visibility,
        in_reply_to_id=parent.post.id if parent else None,
    )
    return attachments


@authorised("posts.write")
@rate_limited("publish", limit=300, per=3 * 3600)
@retried("media")
async def edit_post(ports: Ports, actor: Actor, command: EditPost) -> Entry:
    """Give an own post a new text; the version before stays in its history.

    Raises `NotFound`, `Forbidden`, `Invalid`, `Conflict` (guard `version`: somebody edited in between).
    """
    author = require_account(actor)
    entry = await read_post(ports, actor, command.post_id)
    before = entry.post
    ports.authoriser.check(actor, "posts.write", before)
    if command.version is not None and command.version != before.version:
        raise Conflict(
            "This post was edited in the meantime.",
            guard="version",
            hint="Look at the newer text, then edit again.",
        )
    attachments = await _edited_media(ports, author, before, command)
    written = await write_text(
        ports,
        author,
        text=command.text,
        spoiler=command.spoiler,
        may_be_empty=bool(attachments),
        visibility=before.visibility,
        in_reply_to_id=before.in_reply_to_id,
    )
    sensitive = command.sensitive or bool(written.spoiler)
    now = ports.clock.now()
    poll = edited_poll(ports, entry, command.poll, now, remove=command.remove_poll)
    same_words = (written.text, written.spoiler) == (before.text, before.spoiler)
    language = before.language if command.language is None else command.language
    rest = (sensitive, language, attachments, poll)
    same_rest = rest == (before.sensitive, before.language, before.attachments, entry.poll)
    if same_words and same_rest:
        return entry
    after = msgspec.structs.replace(
        before,
        text=written.text,
        html=written.html,
        spoiler=written.spoiler,
        sensitive=sensitive,
        language=language,
        mentions=written.mentions,
        tags=written.tags,
        poll_id=poll.id if poll else None,
        attachments=attachments,
        edited_at=now,
        version=before.version + 1,
    )
    known = {mention.account_id for mention in before.mentions}
    fresh = tuple(mention.account_id for mention in after.mentions if mention.account_id not in known)
    unit = ports.unit()
    unit.posts.edit(before, after)
    if poll != entry.poll:
        put_poll(ports, unit, after, poll, now)
    if people_in(after) != people_in(before):
        file_direct(ports, unit, after, now)
    notify_named(ports, unit, after, fresh, now, replied=False)
    unit.emit(
        PostEdited(
            id=ports.ids.at(now),
            at=now,
            post_id=after.id,
            account_id=author.id,
            visibility=after.visibility,
            version=after.version,
            mention_ids=fresh,
        )
    )
    await unit.commit()
    return msgspec.structs.replace(entry, post=after, poll=poll)


@audited("post.deleted", lambda command: command.post_id)
async def delete_post(ports: Ports, actor: Actor, command: DeletePost) -> Post:
    """Delete a post with its history, boosts, favourites and notifications; return it as it was. Its pictures
    can be attached to another post for a day. With a teaser what it teases goes. Raises `NotFound`,
    `Forbidden`.
    """
    entry = await read_post(ports, actor, command.post_id)
    if not ports.authoriser.allows(actor, "posts.moderate", entry.post):
        ports.authoriser.check(actor, "posts.write", entry.post)
    now, post = ports.clock.now(), entry.post
    unit = ports.unit()
    for each in await with_members_part(ports, post):
        unit.posts.delete(each, deleted_at=now)
        unit.emit(deleted_event(ports, each, now))
    try:
        await unit.commit()
    except Conflict as conflict:
        raise NotFound from conflict
    return post


def deleted_event(ports: Ports, post: Post, now: int) -> PostDeleted:
    """What is told when a post is gone."""
    return PostDeleted(
        id=ports.ids.at(now),
        at=now,
        post_id=post.id,
        account_id=post.account_id,
        visibility=post.visibility,
        mention_ids=tuple(mention.account_id for mention in post.mentions),
        tags=post.tags,
    )


async def _edited_media(
    ports: Ports, author: Account, before: Post, command: EditPost
) -> tuple[Attachment, ...]:
    """The pictures that the post has after an edit. Raises `Invalid` (fields `media_ids`, `description`,
    `focus`).
    """
    if command.media_ids is None and not command.media_attributes:
        return before.attachments
    kept = tuple(each.id for each in before.attachments)
    wanted = command.media_ids if command.media_ids is not None else kept
    found = await attachable(ports, author, wanted, before.id)
    told = {each.id: each for each in command.media_attributes}
    return tuple([_described(each, told.get(each.id), before.id) for each in found])


def _described(attachment: Attachment, told: DescribedMedia | None, post_id: int) -> Attachment:
    description, focus = attachment.description, attachment.focus
    if told is not None and told.description is not None:
        description = check_description(told.description)
    if told is not None and told.focus is not None:
        focus = check_focus(told.focus)
    return msgspec.structs.replace(attachment, post_id=post_id, description=description, focus=focus)
