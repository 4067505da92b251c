"""What operations on bookmarks, pins, muted threads, markers and tags write."""

from __future__ import annotations

from msgspec.structs import replace

from microblog_core.domain.errors import Conflict
from microblog_core.domain.ids import milliseconds_of
from microblog_core.domain.marks import (
    FEATURED_TAGS_MAX,
    FOLLOWED_TAGS_MAX,
    PINS_MAX,
    Marker,
    MarkerTimeline,
)
from microblog_core.memory.tables import Relation, Table, Tables
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


def _exists(tables: Tables, account_id: int) -> None:
    if account_id not in tables.accounts:
        raise Conflict("The account is gone.", guard="exists")


def add_bookmark(tables: Tables, operation: AddBookmark) -> None:
    """A bookmark; guards `exists`, `bookmark`."""
    _exists(tables, operation.account_id)
    if operation.post_id not in tables.posts:
        raise Conflict("The post is gone.", guard="exists")
    pair = (operation.account_id, operation.post_id)
    if pair in tables.bookmarks:
        raise Conflict("It is a bookmark already.", guard="bookmark")
    tables.bookmarks.put(pair, Relation(operation.id, operation.created_at))


def delete_bookmark(tables: Tables, operation: DeleteBookmark) -> None:
    """Take a bookmark back."""
    tables.bookmarks.remove((operation.account_id, operation.post_id))


def add_pin(tables: Tables, operation: AddPin) -> None:
    """A pinned post; guards `exists`, `pin`, `pins`."""
    post = tables.posts.get(operation.post_id)
    if post is None or post.account_id != operation.account_id or post.boost_of_id is not None:
        raise Conflict("The post is gone.", guard="exists")
    pair = (operation.account_id, operation.post_id)
    if pair in tables.pins:
        raise Conflict("It is pinned already.", guard="pin")
    if sum(1 for account_id, _ in tables.pins.rows if account_id == operation.account_id) >= PINS_MAX:
        raise Conflict("There are enough pinned posts.", guard="pins")
    tables.pins.put(pair, Relation(operation.id, operation.created_at))


def delete_pin(tables: Tables, operation: DeletePin) -> None:
    """No longer pinned."""
    tables.pins.remove((operation.account_id, operation.post_id))


def add_thread_mute(tables: Tables, operation: AddThreadMute) -> None:
    """A muted thread; guards `exists`, `thread`."""
    _exists(tables, operation.account_id)
    pair = (operation.account_id, operation.thread_id)
    if pair in tables.thread_mutes:
        raise Conflict("It is muted already.", guard="thread")
    tables.thread_mutes.put(pair, operation.created_at)


def delete_thread_mute(tables: Tables, operation: DeleteThreadMute) -> None:
    """No longer muted."""
    tables.thread_mutes.remove((operation.account_id, operation.thread_id))


def set_markers(tables: Tables, operation: SetMarkers) -> None:
    """How far somebody has read."""
    if operation.account_id not in tables.accounts:
        return
    if operation.home is not None:
        _mark(tables, operation.account_id, MarkerTimeline.HOME, operation.home, operation.updated_at)
    if operation.notifications is not None:
        timeline = MarkerTimeline.NOTIFICATIONS
        _mark(tables, operation.account_id, timeline, operation.notifications, operation.updated_at)


def mark_notifications_read(tables: Tables, operation: MarkNotificationsRead) -> None:
    """Move the mark forward."""
    moment = operation.at or milliseconds_of(operation.up_to_id)
    marked = SetMarkers(account_id=operation.account_id, notifications=operation.up_to_id, updated_at=moment)
    set_markers(tables, marked)


def _mark(
    tables: Tables, account_id: int, timeline: MarkerTimeline, last_read_id: int, updated_at: int
) -> None:
    before = tables.markers.get((account_id, timeline))
    if before is None:
        marker = Marker(timeline=timeline, last_read_id=last_read_id, version=1, updated_at=updated_at)
    elif timeline is MarkerTimeline.NOTIFICATIONS and last_read_id <= before.last_read_id:
        return
    else:
        marker = replace(before, last_read_id=last_read_id, version=before.version + 1, updated_at=updated_at)
    tables.markers.put((account_id, timeline), marker)


def dismiss_notification(tables: Tables, operation: DismissNotification) -> None:
    """Remove one notification."""
    told = tables.notifications.get(operation.notification_id)
    if told is not None and told.account_id == operation.account_id:
        tables.notifications.remove(told.id)


def dismiss_notifications(tables: Tables, operation: DismissNotifications) -> None:
    """Remove notifications of a kind."""
    for told in tuple(tables.notifications.rows.values()):
        mine = (told.account_id, told.kind) == (operation.account_id, operation.kind)
        if mine and operation.post_id in (None, told.post_id):
            tables.notifications.remove(told.id)


def clear_notifications(tables: Tables, operation: ClearNotifications) -> None:
    """Remove all notifications of an account."""
    for told in tuple(tables.notifications.rows.values()):
        if told.account_id == operation.account_id:
            tables.notifications.remove(told.id)


def add_tag_follow(tables: Tables, operation: AddTagFollow) -> None:
    """A followed tag; guards `exists`, `tag`, `tags`."""
    _exists(tables, operation.account_id)
    _add_tag(tables.tag_follows, operation, "tag", FOLLOWED_TAGS_MAX, "tags")


def delete_tag_follow(tables: Tables, operation: DeleteTagFollow) -> None:
    """No longer followed."""
    tables.tag_follows.remove((operation.account_id, operation.tag))


def add_featured_tag(tables: Tables, operation: AddFeaturedTag) -> None:
    """A tag on a profile; guards `exists`, `id`, `featured`, `featured_tags`."""
    _exists(tables, operation.account_id)
    if any(relation.id == operation.id for relation in tables.featured_tags.rows.values()):
        raise Conflict("A featured tag with this id exists.", guard="id")
    _add_tag(tables.featured_tags, operation, "featured", FEATURED_TAGS_MAX, "featured_tags")


def _add_tag(
    table: Table[tuple[int, str], Relation],
    operation: AddTagFollow | AddFeaturedTag,
    guard: str,
    most: int,
    full: str,
) -> None:
    if (operation.account_id, operation.tag) in table:
        raise Conflict("It is so already.", guard=guard)
    if sum(1 for account_id, _ in table.rows if account_id == operation.account_id) >= most:
        raise Conflict("There are enough of them.", guard=full)
    table.put((operation.account_id, operation.tag), Relation(operation.id, operation.created_at))


def delete_featured_tag(tables: Tables, operation: DeleteFeaturedTag) -> None:
    """No longer on the profile."""
    tables.featured_tags.remove((operation.account_id, operation.tag))
