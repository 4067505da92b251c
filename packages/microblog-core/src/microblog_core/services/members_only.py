"""What only an author's members see: who may write it, for whose members an answer is, and the teaser that
everybody else sees.

A teaser is an ordinary post for everybody, and what is for members is its author's answer to it. So nothing
is ever shown in part: who isn't a member sees the one post, and not the other.
"""

from __future__ import annotations

from microblog_core.domain.accounts import Account
from microblog_core.domain.errors import Invalid
from microblog_core.domain.posts import OPEN_VISIBILITIES, Delivery, Entry, Post, Visibility, narrower
from microblog_core.ports.context import Ports
from microblog_core.ports.payments import payments_of
from microblog_core.ports.storage import LEDGER
from microblog_core.services.writing import write_text


def whose_members(post: Post) -> int:
    """The author whose members see a post for members."""
    return post.account_id if post.members_of_id is None else post.members_of_id


async def check_members(
    ports: Ports, author: Account, visibility: Visibility, parent: Entry | None
) -> int | None:
    """Whose members are to see a post, None for its author's own (or for another level). Answers to what is
    for somebody's members are for the same people. Raises `Invalid` (field `visibility`): the author has no
    tier.
    """
    if visibility is not Visibility.MEMBERS:
        return None
    if parent is not None and parent.post.visibility is Visibility.MEMBERS:
        whose = whose_members(parent.post)
        if whose != author.id:
            return whose
    if not await has_tiers(ports, author.id):
        raise Invalid(
            fields={"visibility": "Offer a tier before you write for members: nobody could read it."}
        )
    return None


async def has_tiers(ports: Ports, account_id: int) -> bool:
    """Whether somebody offers a tier by which one can become a member, so that there is somebody to write
    for.
    """
    if LEDGER not in ports.storage.capabilities:
        return False
    return any(each.retired_at is None for each in await payments_of(ports.storage).tiers(account_id))


async def draft_teaser(
    ports: Ports,
    author: Account,
    text: str,
    visibility: Visibility,
    parent: Entry | None,
    *,
    level: Visibility,
    language: str,
    delivery: Delivery,
    now: int,
) -> Post | None:
    """The teaser of a post of this `level`; None where there is no text for one. Raises `Invalid` (fields
    `teaser`, `teaser_visibility`).
    """
    if not text.strip():
        return None
    if level is not Visibility.MEMBERS:
        raise Invalid(fields={"teaser": "Only what is for members has a teaser."})
    if parent is not None and parent.author.id != author.id:
        raise Invalid(fields={"teaser": "An answer to somebody else has no teaser."})
    shown = visibility if parent is None else narrower(visibility, parent.post.visibility)
    if shown not in OPEN_VISIBILITIES:
        raise Invalid(fields={"teaser_visibility": "A teaser is public or unlisted."})
    try:
        written = await write_text(
            ports,
            author,
            text=text,
            spoiler="",
            may_be_empty=False,
            visibility=shown,
            in_reply_to_id=parent.post.id if parent else None,
        )
    except Invalid as invalid:
        raise Invalid(fields={"teaser": invalid.message}) from invalid
    post_id = ports.ids.at(now)
    return Post(
        id=post_id,
        account_id=author.id,
        uri=f"{ports.base_url}/@{author.username}/{post_id}" if ports.base_url else "",
        text=written.text,
        html=written.html,
        language=language,
        visibility=shown,
        in_reply_to_id=parent.post.id if parent else None,
        in_reply_to_account_id=author.id if parent else None,
        thread_id=parent.post.thread_id if parent else post_id,
        mentions=written.mentions,
        tags=written.tags,
        teaser_for_members=True,
        delivery=delivery,
        created_at=now,
    )


async def with_members_part(ports: Ports, post: Post) -> tuple[Post, ...]:
    """A post and, if it is a teaser, what it teases: they go together."""
    if not post.teaser_for_members:
        return (post,)
    thread = await ports.storage.posts.thread(post.account_id, post.id)
    answers = () if thread is None else thread.descendants
    return (post, *(each.post for each in answers if is_teased(post, each.post)))


def is_teased(teaser: Post, post: Post) -> bool:
    """Whether a post is what this teaser is about: they were written at once."""
    return (
        post.in_reply_to_id == teaser.id
        and post.account_id == teaser.account_id
        and post.created_at == teaser.created_at
        and post.visibility is Visibility.MEMBERS
    )
