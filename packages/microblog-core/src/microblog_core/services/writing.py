"""Writing: what the text of a post is stored as, and who and what it names."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from microblog_core.domain.accounts import LOCAL, Account
from microblog_core.domain.errors import Invalid
from microblog_core.domain.posts import (
    MENTIONS_MAX,
    TAG_LENGTH,
    TAGS_MAX,
    Mention,
    Visibility,
    check_post,
)
from microblog_core.ports.content import Draft, Entity
from microblog_core.ports.context import Ports


class Written(msgspec.Struct, frozen=True):
    """What a text turned into."""

    text: str
    spoiler: str
    html: str
    mentions: tuple[Mention, ...]
    tags: tuple[str, ...]
    draft: Draft


async def write_text(
    ports: Ports,
    author: Account,
    *,
    text: str,
    spoiler: str,
    may_be_empty: bool,
    visibility: Visibility,
    in_reply_to_id: int | None,
) -> Written:
    """Check and render a text; unknown names stay text. Raises `Invalid` (fields `text`, `spoiler`)."""
    text, spoiler = check_post(text, spoiler, limit=ports.limits.post_length, may_be_empty=may_be_empty)
    entities = ports.content.find(text)
    mentions = await _mentions(ports, entities)
    tags = tuple(dict.fromkeys(entity.value.casefold() for entity in entities if entity.kind == "tag"))
    fields: dict[str, str] = {}
    if len(mentions) > MENTIONS_MAX:
        fields["text"] = f"Name at most {MENTIONS_MAX} people in one post."
    elif len(tags) > TAGS_MAX or any(len(tag) > TAG_LENGTH for tag in tags):
        fields["text"] = f"Use at most {TAGS_MAX} hashtags of at most {TAG_LENGTH} characters."
    if fields:
        raise Invalid(fields=fields)
    draft = Draft(
        account_id=author.id,
        author=author,
        text=text,
        spoiler=spoiler,
        visibility=visibility,
        mentions=mentions,
        tags=tags,
        links=tuple([entity.href for entity in entities if entity.href]),
        in_reply_to_id=in_reply_to_id,
    )
    ports.content.validate(draft)
    html = ports.content.render(text, entities, mentions) if text else ""
    return Written(text, spoiler, html, mentions, tags, draft)


async def _mentions(ports: Ports, entities: Iterable[Entity]) -> tuple[Mention, ...]:
    names = dict.fromkeys(
        (username.casefold(), domain.casefold() or LOCAL)
        for username, _, domain in (
            entity.value.partition("@") for entity in entities if entity.kind == "mention"
        )
    )
    if not names:
        return ()
    accounts = await ports.storage.accounts.by_names(tuple(names)[: MENTIONS_MAX + 1])
    return tuple(
        Mention(account_id=account.id, username=account.username, domain=account.domain)
        for account in accounts
    )
