"""What operations on posts, boosts, favourites and home timelines write."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from microblog_core.domain.accounts import AccountState
from microblog_core.domain.errors import Conflict
from microblog_core.domain.posts import OPEN_VISIBILITIES, Post, PostEdit, QuotePolicy, QuoteState
from microblog_core.memory.conversation_writes import unfile
from microblog_core.memory.filters import forget_post
from microblog_core.memory.media import attach, detach
from microblog_core.memory.poll_writes import remove_poll
from microblog_core.memory.replies import check_reply
from microblog_core.memory.statistics_writes import mark_stale
from microblog_core.memory.tables import Relation, Tables
from microblog_core.ports.operations import (
    AddFavourite,
    AddHomeRows,
    AddPost,
    BackfillHome,
    DeleteBoost,
    DeleteFavourite,
    DeletePost,
    EditPost,
    FanOut,
)

_NEW: dict[str, Any] = {
    "replies_count": 0,
    "boosts_count": 0,
    "favourites_count": 0,
    "quotes_count": 0,
    "poll_id": None,
    "quote_state": QuoteState.ACCEPTED,
}


def add_post(tables: Tables, operation: AddPost) -> None:
    """A new post or boost; guards `id`, `exists`, `reply`, `boost`, `quote`."""
    post = operation.post
    if post.id in tables.posts:
        raise Conflict("A post with this id exists.", guard="id")
    author = tables.accounts.get(post.account_id)
    if author is None or author.state is AccountState.DELETED:
        raise Conflict("The author is gone.", guard="exists")
    for other in (post.in_reply_to_id, post.boost_of_id):
        if other is not None and other not in tables.posts:
            raise Conflict("The post is gone.", guard="exists")
    check_reply(tables, post)
    if post.quote_of_id is not None:
        _check_quote(tables, post, post.quote_of_id)
    if post.boost_of_id is not None and boost_by(tables, post.account_id, post.boost_of_id):
        raise Conflict("It is boosted already.", guard="boost")
    tables.posts.put(post.id, replace(post, attachments=attach(tables, post), **_NEW))
    count_post(tables, post, 1)


def _check_quote(tables: Tables, post: Post, quoted_id: int) -> None:
    quoted = tables.posts.get(quoted_id)
    if quoted is None or quoted.boost_of_id is not None or quoted.visibility not in OPEN_VISIBILITIES:
        raise Conflict("The post can't be quoted.", guard="quote")
    follows = (post.account_id, quoted.account_id) in tables.follows
    allowed = quoted.quote_policy is QuotePolicy.PUBLIC or (
        quoted.quote_policy is QuotePolicy.FOLLOWERS and follows
    )
    if post.account_id != quoted.account_id and not allowed:
        raise Conflict("The post can't be quoted.", guard="quote")


def boost_by(tables: Tables, account_id: int, post_id: int) -> Post | None:
    """The account's boost of a post."""
    for post in tables.posts.rows.values():
        if post.boost_of_id == post_id and post.account_id == account_id:
            return post
    return None


def count_post(tables: Tables, post: Post, change: int) -> None:
    """Count a post that came (1) or goes (-1) at its author and at what it answers or boosts."""
    if post.visibility not in OPEN_VISIBILITIES:
        return
    author = tables.accounts.get(post.account_id)
    if author is not None and post.boost_of_id is None:
        last = max(author.last_post_at or 0, post.created_at) if change > 0 else author.last_post_at
        counted = replace(author, posts_count=author.posts_count + change, last_post_at=last)
        tables.accounts.put(author.id, counted)
    answered = None if post.in_reply_to_id is None else tables.posts.get(post.in_reply_to_id)
    if answered is not None:
        tables.posts.put(answered.id, replace(answered, replies_count=answered.replies_count + change))
    quoted = None if post.quote_of_id is None else tables.posts.get(post.quote_of_id)
    if quoted is not None and post.quote_state is QuoteState.ACCEPTED:
        tables.posts.put(quoted.id, replace(quoted, quotes_count=quoted.quotes_count + change))
    boosted = None if post.boost_of_id is None else tables.posts.get(post.boost_of_id)
    if boosted is not None:
        tables.posts.put(boosted.id, replace(boosted, boosts_count=boosted.boosts_count + change))


def edit_post(tables: Tables, operation: EditPost) -> None:
    """A new version; guards `exists`, `version`."""
    before, after = operation.before, operation.after
    stored = tables.posts.get(before.id)
    if stored is None:
        raise Conflict("The post is gone.", guard="exists")
    if stored.version != before.version:
        raise Conflict("The post was edited in between.", guard="version")
    tables.edits.put((stored.id, stored.version), version_of(stored))
    if after.tags != stored.tags:
        mark_stale(tables, stored.created_at)
    changed = replace(
        stored,
        text=after.text,
        html=after.html,
        spoiler=after.spoiler,
        sensitive=after.sensitive,
        language=after.language,
        mentions=after.mentions,
        tags=after.tags,
        attachments=attach(tables, after),
        edited_at=after.edited_at,
        version=stored.version + 1,
    )
    tables.posts.put(stored.id, changed)


def version_of(post: Post) -> PostEdit:
    """The post's current version, as the history keeps it."""
    return PostEdit(
        post_id=post.id,
        version=post.version,
        text=post.text,
        html=post.html,
        spoiler=post.spoiler,
        sensitive=post.sensitive,
        created_at=post.created_at if post.edited_at is None else post.edited_at,
        attachments=post.attachments,
    )


def delete_post(tables: Tables, operation: DeletePost) -> None:
    """Remove a post; guard `exists`."""
    post = tables.posts.get(operation.post.id)
    if post is None or tables.hidden.get(post.id) != operation.hidden_at:
        raise Conflict("The post is gone.", guard="exists")
    if tables.hidden.remove(post.id) is not None:
        # It was counted out when it was hidden.
        count_post(tables, post, 1)
    detach(tables, post.id, operation.deleted_at)
    _remove(tables, post)


def _mark(tables: Tables, post: Post) -> None:
    """The days of a post and of its favourites are to be counted again."""
    mark_stale(tables, post.created_at)
    for (_, post_id), favourite in tables.favourites.rows.items():
        if post_id == post.id:
            mark_stale(tables, favourite.created_at)


def _remove(tables: Tables, post: Post) -> None:
    for boost in tuple(tables.posts.rows.values()):
        if boost.boost_of_id == post.id:
            _remove(tables, boost)
    for post_id, version in tuple(tables.edits.rows):
        if post_id == post.id:
            tables.edits.remove((post_id, version))
    _mark(tables, post)
    for marked in (tables.favourites, tables.bookmarks, tables.pins):
        for pair in tuple(marked.rows):
            if pair[1] == post.id:
                marked.remove(pair)
    for pair in tuple(tables.home.rows):
        if pair[1] == post.id:
            tables.home.remove(pair)
    for notification in tuple(tables.notifications.rows.values()):
        if notification.post_id == post.id:
            tables.notifications.remove(notification.id)
    remove_poll(tables, post.poll_id)
    unfile(tables, post.id)
    forget_post(tables, post.id)
    tables.posts.remove(post.id)
    count_post(tables, post, -1)


def delete_boost(tables: Tables, operation: DeleteBoost) -> None:
    """Take a boost back."""
    boost = boost_by(tables, operation.account_id, operation.post.id)
    if boost is not None:
        _remove(tables, boost)


def add_favourite(tables: Tables, operation: AddFavourite) -> None:
    """A favourite; guards `exists`, `favourite`."""
    post = tables.posts.get(operation.post_id)
    if post is None or operation.account_id not in tables.accounts:
        raise Conflict("The post is gone.", guard="exists")
    pair = (operation.account_id, post.id)
    if pair in tables.favourites:
        raise Conflict("It is a favourite already.", guard="favourite")
    tables.favourites.put(pair, Relation(operation.id, operation.created_at))
    tables.posts.put(post.id, replace(post, favourites_count=post.favourites_count + 1))


def delete_favourite(tables: Tables, operation: DeleteFavourite) -> None:
    """Take a favourite back."""
    removed = tables.favourites.remove((operation.account_id, operation.post_id))
    if removed is not None:
        mark_stale(tables, removed.created_at)
    post = tables.posts.get(operation.post_id)
    if removed is not None and post is not None:
        tables.posts.put(post.id, replace(post, favourites_count=post.favourites_count - 1))


def fan_out(tables: Tables, operation: FanOut) -> None:
    """Home rows for the author and all followers."""
    readers = [follower for follower, followee in tables.follows.rows if followee == operation.author_id]
    _put_home(tables, operation.post_id, operation.author_id, (operation.author_id, *readers))


def add_home_rows(tables: Tables, operation: AddHomeRows) -> None:
    """Home rows for these accounts."""
    _put_home(tables, operation.post_id, operation.author_id, operation.account_ids)


def backfill_home(tables: Tables, operation: BackfillHome) -> None:
    """Home rows for the newest posts and boosts of an author."""
    theirs = sorted(post.id for post in tables.posts.rows.values() if post.account_id == operation.author_id)
    for post_id in theirs[::-1][: operation.limit]:
        _put_home(tables, post_id, operation.author_id, (operation.account_id,))


def _put_home(tables: Tables, post_id: int, author_id: int, account_ids: tuple[int, ...]) -> None:
    if post_id in tables.posts:
        for account_id in account_ids:
            if account_id in tables.accounts:
                tables.home.put((account_id, post_id), author_id)
