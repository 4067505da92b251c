"""Bookmarks, pins, muted threads, markers, tags. Where there may be only so many, the account is locked."""

from __future__ import annotations

from microblog_core.domain.errors import Conflict
from microblog_core.domain.ids import milliseconds_of
from microblog_core.domain.marks import FEATURED_TAGS_MAX, FOLLOWED_TAGS_MAX, PINS_MAX, MarkerTimeline
from microblog_core.ports.operations import (
    AddBookmark,
    AddFeaturedTag,
    AddPin,
    AddTagFollow,
    AddThreadMute,
    ClearNotifications,
    DeleteBookmark,
    DeleteFeaturedTag,
    DeletePin,
    DeleteTagFollow,
    DeleteThreadMute,
    DismissNotification,
    DismissNotifications,
    MarkNotificationsRead,
    SetMarkers,
)
from microblog_plugins.sql.dialect import Dialect
from microblog_plugins.sql.rows import insert
from microblog_plugins.sql.steps import Steps

_BOOKMARK = insert("bookmarks", ["post_id", "account_id", "id", "created_at"])
_PIN = insert("pins", ["post_id", "account_id", "id", "created_at"])
_THREAD = insert("thread_mutes", ["account_id", "thread_id", "created_at"])
_MARK = (
    "INSERT INTO markers (account_id, timeline, last_read_id, version, updated_at)"
    " SELECT id, CAST(:timeline AS TEXT), CAST(:last AS BIGINT), 1, CAST(:at AS BIGINT)"
    " FROM accounts WHERE id = :account"
    " ON CONFLICT (account_id, timeline) DO UPDATE SET last_read_id = excluded.last_read_id,"
    " version = markers.version + 1, updated_at = excluded.updated_at"
)
_FORWARD = " WHERE excluded.last_read_id > markers.last_read_id"


def _lock(dialect: Dialect, account_id: int) -> Steps[None]:
    statement = f"SELECT id FROM accounts WHERE id = :account{dialect.locked()}"
    if not (yield statement, {"account": account_id}):
        raise Conflict("The account is gone.", guard="exists")


def add_bookmark(dialect: Dialect, operation: AddBookmark) -> Steps[None]:
    """A bookmark; guards `exists`, `bookmark`."""
    yield _BOOKMARK, _values(operation)


def _values(operation: AddBookmark | AddPin) -> dict[str, object]:
    return {
        "id": operation.id,
        "account_id": operation.account_id,
        "post_id": operation.post_id,
        "created_at": operation.created_at,
    }


def delete_bookmark(dialect: Dialect, operation: DeleteBookmark) -> Steps[None]:
    """Take a bookmark back."""
    values = {"account_id": operation.account_id, "post_id": operation.post_id}
    yield "DELETE FROM bookmarks WHERE post_id = :post_id AND account_id = :account_id", values


def add_pin(dialect: Dialect, operation: AddPin) -> Steps[None]:
    """A pinned post; guards `exists`, `pin`, `pins`."""
    yield from _lock(dialect, operation.account_id)
    values = _values(operation)
    own = "SELECT id FROM posts WHERE id = :post_id AND account_id = :account_id AND boost_of_id IS NULL"
    if not (yield f"{own}{dialect.locked()}", values):
        raise Conflict("The post is gone.", guard="exists")
    pinned = [row[0] for row in (yield "SELECT post_id FROM pins WHERE account_id = :account_id", values)]
    if operation.post_id in pinned:
        raise Conflict("It is pinned already.", guard="pin")
    if len(pinned) >= PINS_MAX:
        raise Conflict("There are enough pinned posts.", guard="pins")
    yield _PIN, values


def delete_pin(dialect: Dialect, operation: DeletePin) -> Steps[None]:
    """No longer pinned."""
    values = {"account_id": operation.account_id, "post_id": operation.post_id}
    yield "DELETE FROM pins WHERE post_id = :post_id AND account_id = :account_id", values


def add_thread_mute(dialect: Dialect, operation: AddThreadMute) -> Steps[None]:
    """A muted thread; guards `exists`, `thread`."""
    yield (
        _THREAD,
        {
            "account_id": operation.account_id,
            "thread_id": operation.thread_id,
            "created_at": operation.created_at,
        },
    )


def delete_thread_mute(dialect: Dialect, operation: DeleteThreadMute) -> Steps[None]:
    """No longer muted."""
    values = {"account": operation.account_id, "thread": operation.thread_id}
    yield "DELETE FROM thread_mutes WHERE account_id = :account AND thread_id = :thread", values


def set_markers(dialect: Dialect, operation: SetMarkers) -> Steps[None]:
    """How far somebody has read; nothing where the account is gone."""
    values = {"account": operation.account_id, "at": operation.updated_at}
    if operation.home is not None:
        yield _MARK, values | {"timeline": str(MarkerTimeline.HOME), "last": operation.home}
    if operation.notifications is not None:
        timeline = str(MarkerTimeline.NOTIFICATIONS)
        yield _MARK + _FORWARD, values | {"timeline": timeline, "last": operation.notifications}


def mark_notifications_read(dialect: Dialect, operation: MarkNotificationsRead) -> Steps[None]:
    """Move the mark forward."""
    moment = operation.at or milliseconds_of(operation.up_to_id)
    marked = SetMarkers(account_id=operation.account_id, notifications=operation.up_to_id, updated_at=moment)
    yield from set_markers(dialect, marked)


def dismiss_notification(dialect: Dialect, operation: DismissNotification) -> Steps[None]:
    """Remove one notification."""
    values = {"id": operation.notification_id, "account": operation.account_id}
    yield "DELETE FROM notifications WHERE id = :id AND account_id = :account", values


def dismiss_notifications(dialect: Dialect, operation: DismissNotifications) -> Steps[None]:
    """Remove notifications of a kind."""
    about = "" if operation.post_id is None else " AND post_id = :post"
    values = {"account": operation.account_id, "kind": operation.kind, "post": operation.post_id}
    yield f"DELETE FROM notifications WHERE account_id = :account AND kind = :kind{about}", values


def clear_notifications(dialect: Dialect, operation: ClearNotifications) -> Steps[None]:
    """Remove all notifications of an account."""
    statement = "DELETE FROM notifications WHERE account_id = :account"
    yield statement, {"account": operation.account_id}


def add_tag_follow(dialect: Dialect, operation: AddTagFollow) -> Steps[None]:
    """A followed tag; guards `exists`, `tag`, `tags`."""
    yield from _add_tag(dialect, operation, "tag_follows", "tag", FOLLOWED_TAGS_MAX, "tags")


def delete_tag_follow(dialect: Dialect, operation: DeleteTagFollow) -> Steps[None]:
    """No longer followed."""
    values = {"account": operation.account_id, "tag": operation.tag}
    yield "DELETE FROM tag_follows WHERE account_id = :account AND tag = :tag", values


def add_featured_tag(dialect: Dialect, operation: AddFeaturedTag) -> Steps[None]:
    """A tag on a profile; guards `exists`, `id`, `featured`, `featured_tags`."""
    yield from _add_tag(dialect, operation, "featured_tags", "featured", FEATURED_TAGS_MAX, "featured_tags")


def _add_tag(
    dialect: Dialect, operation: AddTagFollow | AddFeaturedTag, table: str, guard: str, most: int, full: str
) -> Steps[None]:
    yield from _lock(dialect, operation.account_id)
    values = {
        "account_id": operation.account_id,
        "tag": operation.tag,
        "id": operation.id,
        "created_at": operation.created_at,
    }
    tags = [row[0] for row in (yield f"SELECT tag FROM {table} WHERE account_id = :account_id", values)]
    if operation.tag in tags:
        raise Conflict("It is so already.", guard=guard)
    if len(tags) >= most:
        raise Conflict("There are enough of them.", guard=full)
    yield insert(table, list(values)), values


def delete_featured_tag(dialect: Dialect, operation: DeleteFeaturedTag) -> Steps[None]:
    """No longer on the profile."""
    values = {"account": operation.account_id, "tag": operation.tag}
    yield "DELETE FROM featured_tags WHERE account_id = :account AND tag = :tag", values
