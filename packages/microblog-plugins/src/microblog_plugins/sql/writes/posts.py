"""Posts, boosts, favourites, and the counts that follow from them.

What a post answers or boosts is updated before the post is inserted: that locks it, so that it can't be
deleted in between.
"""

from __future__ import annotations

from microblog_core.domain.errors import Conflict
from microblog_core.domain.posts import OPEN_VISIBILITIES, Delivery, Post, QuotePolicy, QuoteState, Visibility
from microblog_core.ports.operations import (
    AddFavourite,
    AddPost,
    DeleteBoost,
    DeleteFavourite,
    DeletePost,
    EditPost,
    HidePost,
    RestorePost,
)
from microblog_plugins.sql.dialect import Dialect
from microblog_plugins.sql.rows import POST, as_json, insert, tags_of
from microblog_plugins.sql.steps import Row, Steps
from microblog_plugins.sql.writes import conversations, search, statistics, trends
from microblog_plugins.sql.writes.media import attach, detach
from microblog_plugins.sql.writes.replies import check_reply

_POST = insert("posts", [*POST, "answer", "listed", "has_media"])
_AUTHOR = "SELECT id FROM accounts WHERE id = :id AND state <> 'deleted'"
_COUNT_POST = (
    "UPDATE accounts SET revision = revision + 1, posts_count = posts_count + 1,"
    " last_post_at = CASE WHEN last_post_at > :at THEN last_post_at ELSE :at END"
    " WHERE id = :id AND state <> 'deleted' RETURNING id"
)
_RECOUNT_POST = (
    "UPDATE accounts SET revision = revision + 1, posts_count = posts_count + :change"
    " WHERE id = :id AND state <> 'deleted'"
)
_PULL = "UPDATE accounts SET revision = revision + 1, pulled = TRUE WHERE id = :id AND NOT pulled"
_KEEP_VERSION = (
    "INSERT INTO post_edits (post_id, version, text, html, spoiler, sensitive, created_at, attachments)"
    " SELECT id, version, text, html, spoiler, sensitive, COALESCE(edited_at, created_at), attachments"
    " FROM posts WHERE id = :id AND version = :before RETURNING version"
)
_EDIT = (
    "UPDATE posts SET revision = revision + 1, text = :text, html = :html, spoiler = :spoiler,"
    " sensitive = :sensitive, language = :language,"
    " mentions = :mentions, tags = :tags, attachments = :attachments, has_media = :has_media,"
    " edited_at = :edited_at, version = version + 1"
    " WHERE id = :id RETURNING visibility, boost_of_id"
)
_STORED = (
    "SELECT id, account_id, visibility, in_reply_to_id, boost_of_id, tags, created_at, quote_of_id,"
    " quote_state, hidden_at FROM posts WHERE "
)
_TAKE_HOME_ROWS = (
    "DELETE FROM home_rows WHERE (account_id, post_id) IN ("
    "SELECT f.follower_id, p.id FROM posts p CROSS JOIN follows f WHERE {which} AND f.followee_id ="
    " p.account_id"
    " UNION ALL SELECT p.account_id, p.id FROM posts p WHERE {which})"
)
_TAKE_OWN = _TAKE_HOME_ROWS.format(which="p.id = :id")
_TAKE_BOOSTS = _TAKE_HOME_ROWS.format(which="p.boost_of_id = :id")
_REACTIONS = "id, visibility, favourites_count + boosts_count, created_at"
_COUNT_QUOTE = (
    "UPDATE posts SET revision = revision + 1, quotes_count = quotes_count + :change WHERE id = :id"
    " RETURNING account_id, quote_policy, visibility, boost_of_id"
)
_FOLLOWS = "SELECT id FROM follows WHERE follower_id = :follower AND followee_id = :followee"
_FAVOURITE = insert("favourites", ["post_id", "account_id", "id", "created_at"])
_COUNT_FAVOURITE = (
    "UPDATE posts SET revision = revision + 1, favourites_count = favourites_count + :change"
    f" WHERE id = :post_id RETURNING {_REACTIONS}"
)


def _gone(what: str) -> Conflict:
    return Conflict(f"The {what} is gone.", guard="exists")


def _values(post: Post) -> dict[str, object]:
    values = {name: getattr(post, name) for name in POST}
    answer = post.in_reply_to_account_id not in (None, post.account_id)
    values |= {
        "visibility": str(post.visibility),
        "delivery": str(post.delivery),
        "mentions": as_json(post.mentions),
        "tags": as_json(post.tags),
        "attachments": as_json(post.attachments),
        "has_media": bool(post.attachments),
        "replies_count": 0,
        "boosts_count": 0,
        "favourites_count": 0,
        "quotes_count": 0,
        "quote_policy": str(post.quote_policy),
        "quote_state": str(QuoteState.ACCEPTED),
        "reply_policy": str(post.reply_policy),
        "poll_id": None,
        "answer": answer,
        "listed": post.visibility is Visibility.PUBLIC and post.boost_of_id is None and not answer,
    }
    return values


def add_post(dialect: Dialect, operation: AddPost) -> Steps[None]:
    """A new post or boost; guards `id`, `exists`, `reply`, `boost`, `quote`."""
    post = operation.post
    counted = post.visibility in OPEN_VISIBILITIES
    author = _COUNT_POST if counted and post.boost_of_id is None else _AUTHOR
    if not (yield author, {"id": post.account_id, "at": post.created_at}):
        raise _gone("author")
    if post.delivery is Delivery.PULLED:
        yield _PULL, {"id": post.account_id}
    for other, count in ((post.in_reply_to_id, "replies_count"), (post.boost_of_id, "boosts_count")):
        if other is not None:
            found = yield _counted(dialect, count, counted), {"id": other, "change": 1}
            if not found:
                raise _gone("post")
            if count == "replies_count":
                yield from check_reply(post, *found[0][-2:])
            elif counted:
                yield from _heat(found[0])
    if post.quote_of_id is not None:
        yield from _quote(post, post.quote_of_id, counted)
    post = yield from attach(post)
    yield _POST, _values(post)
    yield from search.index_post(dialect, post)
    yield from _name(dialect, post)


def _counted(dialect: Dialect, count: str, counted: bool) -> str:
    if counted:
        return (
            f"UPDATE posts SET revision = revision + 1, {count} = {count} + :change WHERE id = :id"
            f" RETURNING {_REACTIONS}, account_id, reply_policy"
        )
    return f"SELECT id, account_id, reply_policy FROM posts WHERE id = :id{dialect.locked()}"


def _quote(post: Post, quoted_id: int, counted: bool) -> Steps[None]:
    """Count a quote, which locks the quoted post, and ask whether it may be quoted; guard `quote`."""
    found = yield _COUNT_QUOTE, {"id": quoted_id, "change": 1 if counted else 0}
    if found:
        account_id, policy, visibility, boost_of_id = found[0]
        relation = {"follower": post.account_id, "followee": account_id}
        if visibility in OPEN_VISIBILITIES and boost_of_id is None:
            if policy == QuotePolicy.PUBLIC or account_id == post.account_id:
                return
            if policy == QuotePolicy.FOLLOWERS and (yield _FOLLOWS, relation):
                return
    raise Conflict("The post can't be quoted.", guard="quote")


def _heat(row: Row) -> Steps[None]:
    """A post whose `_REACTIONS` have changed trends as they say."""
    post_id, visibility, reactions, created_at, *_ = row
    if visibility == Visibility.PUBLIC:
        yield from trends.heat_post(post_id, reactions, created_at)


def _name(dialect: Dialect, post: Post) -> Steps[None]:
    """Who is named, which opens the post to them, and under which tags everybody finds it."""
    if post.mentions:
        statement = (
            "INSERT INTO post_mentions (post_id, account_id)"
            f" SELECT CAST(:post AS BIGINT), value FROM {dialect.unpacked('ids')}"
        )
        ids = dialect.ids({mention.account_id for mention in post.mentions})
        yield statement, {"post": post.id, "ids": ids}
    if post.tags and post.boost_of_id is None:
        tags, public = dialect.unpacked("tags", "TEXT"), post.visibility is Visibility.PUBLIC
        values = {
            "post": post.id,
            "account": post.account_id,
            "tags": dialect.texts(dict.fromkeys(post.tags)),
            "open": post.visibility in OPEN_VISIBILITIES,
            "has_media": bool(post.attachments),
        }
        if public:
            yield (
                "INSERT INTO post_tags (tag, post_id, has_media)"
                f" SELECT value, CAST(:post AS BIGINT), CAST(:has_media AS BOOLEAN) FROM {tags}",
                values,
            )
        yield (
            "INSERT INTO account_tags (tag, post_id, account_id, open)"
            " SELECT value, CAST(:post AS BIGINT), CAST(:account AS BIGINT), CAST(:open AS BOOLEAN)"
            f" FROM {tags}",
            values,
        )
        if public:
            yield from trends.use_tags(dialect, post.account_id, post.created_at, post.tags)


def _is_tagged(post: Post) -> bool:
    return post.tags != () and post.visibility is Visibility.PUBLIC and post.boost_of_id is None


def edit_post(dialect: Dialect, operation: EditPost) -> Steps[None]:
    """A new version; guards `exists`, `version`."""
    after = operation.after
    values = {
        "id": operation.before.id,
        "before": operation.before.version,
        "text": after.text,
        "html": after.html,
        "spoiler": after.spoiler,
        "sensitive": after.sensitive,
        "language": after.language,
        "mentions": as_json(after.mentions),
        "tags": as_json(after.tags),
        "attachments": "[]",
        "has_media": bool(after.attachments),
        "edited_at": after.edited_at,
    }
    locked = yield f"SELECT version FROM posts WHERE id = :id{dialect.locked()}", values
    if not locked:
        raise _gone("post")
    if not (yield _KEEP_VERSION, values):
        raise Conflict("The post was edited in between.", guard="version")
    if after.attachments:
        after = yield from attach(after)
        values["attachments"] = as_json(after.attachments)
    yield _EDIT, values
    yield "DELETE FROM post_mentions WHERE post_id = :id", values
    yield "DELETE FROM post_tags WHERE post_id = :id", values
    yield "DELETE FROM account_tags WHERE post_id = :id", values
    if _is_tagged(operation.before):
        before = operation.before
        yield from trends.drop_tags(dialect, before.account_id, before.created_at, before.tags)
    if after.tags != operation.before.tags:
        yield from statistics.mark_moment(operation.before.created_at)
    yield from search.reindex_post(dialect, after)
    yield from _name(dialect, after)


def delete_post(dialect: Dialect, operation: DeletePost) -> Steps[None]:
    """Remove a post; guard `exists`."""
    values: dict[str, object] = {"id": operation.post.id, "hidden_at": operation.hidden_at}
    state = "hidden_at IS NULL" if operation.hidden_at is None else "hidden_at = :hidden_at"
    if not (yield from _remove(dialect, f"id = :id AND {state}", values)):
        raise _gone("post")
    yield from detach(operation.post.id, operation.deleted_at)


def delete_boost(dialect: Dialect, operation: DeleteBoost) -> Steps[None]:
    """Take a boost back."""
    values: dict[str, object] = {"boosted": operation.post.id, "booster": operation.account_id}
    yield from _remove(dialect, "boost_of_id = :boosted AND account_id = :booster", values)


def _remove(dialect: Dialect, which: str, values: dict[str, object]) -> Steps[bool]:
    """Remove a post with all that hangs on it; False where there is none. History, favourites and so on go by
    foreign key.
    """
    stored = yield f"{_STORED}{which}{dialect.locked()}", values
    if not stored:
        return False
    post_id, account_id, visibility, _, boost_of_id, tags, created_at, *_, hidden_at = stored[0]
    yield _TAKE_BOOSTS, {"id": post_id}
    yield _TAKE_OWN, {"id": post_id}
    if boost_of_id is None:
        yield from search.forget_post(dialect, post_id)
    if visibility == Visibility.DIRECT:
        yield from conversations.unfile(dialect, post_id)
    yield from statistics.mark_post(post_id)
    yield "DELETE FROM posts WHERE id = :id", {"id": post_id}
    if tags != "[]" and visibility == Visibility.PUBLIC and boost_of_id is None:
        yield from trends.drop_tags(dialect, account_id, created_at, tags_of(tags))
    if hidden_at is None:
        yield from _count(dialect, stored[0], -1)
    return True


def _count(dialect: Dialect, stored: Row, change: int) -> Steps[None]:
    """Count a post that comes back (1) or goes (-1) at its author and at the posts that it refers to."""
    _, account_id, visibility, in_reply_to_id, boost_of_id, _, _, quote_of_id, quote_state, _ = stored
    if visibility not in OPEN_VISIBILITIES:
        return
    if boost_of_id is None:
        yield _RECOUNT_POST, {"id": account_id, "change": change}
    if in_reply_to_id is not None:
        yield _counted(dialect, "replies_count", True), {"id": in_reply_to_id, "change": change}
    if quote_of_id is not None and quote_state == QuoteState.ACCEPTED:
        yield _COUNT_QUOTE, {"id": quote_of_id, "change": change}
    if boost_of_id is not None:
        found = yield _counted(dialect, "boosts_count", True), {"id": boost_of_id, "change": change}
        for row in found:
            yield from _heat(row)


def hide_post(dialect: Dialect, operation: HidePost) -> Steps[None]:
    """Hide a post until it is removed or brought back; guard `exists`."""
    values = {"id": operation.post.id, "hidden_at": operation.hidden_at}
    stored = yield f"{_STORED}id = :id AND hidden_at IS NULL{dialect.locked()}", values
    if not stored:
        raise _gone("post")
    yield "UPDATE posts SET revision = revision + 1, hidden_at = :hidden_at WHERE id = :id", values
    yield from _count(dialect, stored[0], -1)


def restore_post(dialect: Dialect, operation: RestorePost) -> Steps[None]:
    """Bring a hidden post of its author's back; guard `undo`."""
    values = {"id": operation.post.id, "account": operation.account_id, "since": operation.since}
    mine = "id = :id AND account_id = :account AND hidden_at >= :since"
    stored = yield f"{_STORED}{mine}{dialect.locked()}", values
    if not stored:
        raise Conflict("The post can't be brought back.", guard="undo")
    yield "UPDATE posts SET revision = revision + 1, hidden_at = NULL WHERE id = :id", values
    yield from _count(dialect, stored[0], 1)


def add_favourite(dialect: Dialect, operation: AddFavourite) -> Steps[None]:
    """A favourite; guards `exists`, `favourite`."""
    values = {
        "id": operation.id,
        "account_id": operation.account_id,
        "post_id": operation.post_id,
        "created_at": operation.created_at,
        "change": 1,
    }
    counted = yield _COUNT_FAVOURITE, values
    if not counted:
        raise _gone("post")
    yield _FAVOURITE, values
    yield from _heat(counted[0])


def delete_favourite(dialect: Dialect, operation: DeleteFavourite) -> Steps[None]:
    """Take a favourite back."""
    values = {"account_id": operation.account_id, "post_id": operation.post_id, "change": -1}
    statement = (
        "DELETE FROM favourites WHERE post_id = :post_id AND account_id = :account_id RETURNING created_at"
    )
    if taken := (yield statement, values):
        yield from statistics.mark_moment(taken[0][0])
        for row in (yield _COUNT_FAVOURITE, values):
            yield from _heat(row)
