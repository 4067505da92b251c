"""Media and the pictures of accounts; and how posts take media and give them back.

A medium that belongs to no post has the moment since when in `unattached_at`, which is NULL for all others.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from microblog_core.domain.errors import Conflict
from microblog_core.domain.media import Attachment
from microblog_core.domain.posts import Post
from microblog_core.domain.scheduled import ScheduledPost
from microblog_core.ports.operations import (
    AddMedia,
    DeleteMedia,
    DescribeMedia,
    FinishMedia,
    SetPicture,
    SetPreview,
)
from microblog_plugins.sql.dialect import Dialect
from microblog_plugins.sql.rows import MEDIA, insert
from microblog_plugins.sql.steps import Steps
from microblog_plugins.sql.writes.media_usage import count_change, count_upload

_UPLOADER = "SELECT id FROM accounts WHERE id = :account_id AND state <> 'deleted'"
_ADD = insert("media", [*MEDIA, "unattached_at"])
_MADE = (
    *("kind", "state", "content_type", "key", "preview_key", "width", "height"),
    *("preview_width", "preview_height", "blurhash", "size", "error"),
)
_FINISH = (
    f"UPDATE media SET {', '.join(f'{name} = :{name}' for name in _MADE)}"
    " WHERE id = :id AND state = 'processing' RETURNING id"
)
_DESCRIBE = (
    "UPDATE media SET description = COALESCE(:description, description),"
    " focus_x = COALESCE(:focus_x, focus_x), focus_y = COALESCE(:focus_y, focus_y), version = version + 1"
    " WHERE id = :id AND account_id = :account_id AND unattached_at IS NOT NULL RETURNING id"
)
_PREVIEW = (
    "UPDATE media SET preview_key = :key, preview_width = :width, preview_height = :height,"
    " version = version + 1 WHERE id = :id AND account_id = :account_id AND state = 'ready'"
    " AND unattached_at IS NOT NULL RETURNING id"
)
_SIZE = "SELECT account_id, size FROM media WHERE id = :id"
_DELETE = "DELETE FROM media WHERE id = :id AND unattached_at IS NOT NULL RETURNING account_id, size"
_ATTACH = (
    "UPDATE media SET post_id = :post_id, unattached_at = NULL, description = :description,"
    " focus_x = :focus_x, focus_y = :focus_y"
    " WHERE id = :id AND account_id = :account_id AND state = 'ready' AND version = :version"
    " AND (post_id IS NULL OR post_id = :post_id) AND scheduled_id IS NULL RETURNING id"
)
_DETACH = (
    "UPDATE media SET post_id = NULL,"
    " unattached_at = CASE WHEN created_at > :at THEN created_at ELSE :at END WHERE post_id = :post_id"
)
_HOLD = (
    "UPDATE media SET scheduled_id = :scheduled, unattached_at = NULL"
    " WHERE id = :id AND account_id = :account AND state = 'ready' AND unattached_at IS NOT NULL RETURNING id"
)
_RELEASE = (
    "UPDATE media SET scheduled_id = NULL,"
    " unattached_at = CASE WHEN created_at > :at THEN created_at ELSE :at END WHERE scheduled_id = :scheduled"
)
_PICTURE = (
    "UPDATE accounts SET revision = revision + 1, {place} = :key, {place}_description = :description,"
    " version = version + 1 WHERE id = :id AND version = :version RETURNING id"
)
_PICTURES = {place: _PICTURE.format(place=place) for place in ("avatar", "header")}


def _values(attachment: Attachment) -> dict[str, object]:
    focus = attachment.focus
    values = {name: getattr(attachment, name) for name in MEDIA if name not in ("focus_x", "focus_y")}
    values |= {"kind": str(attachment.kind), "state": str(attachment.state)}
    return values | {"focus_x": focus.x, "focus_y": focus.y}


def add_media(dialect: Dialect, operation: AddMedia) -> Steps[None]:
    """A medium that belongs to no post yet; guards `id`, `exists`, `person_cap`, `site_cap`."""
    attachment = operation.attachment
    values = _values(attachment) | {"post_id": None, "scheduled_id": None}
    values["unattached_at"] = attachment.created_at
    if not (yield _UPLOADER, values):
        raise Conflict("The uploader is gone.", guard="exists")
    yield _ADD, values
    yield from count_upload(dialect, attachment, operation.caps)


def finish_media(dialect: Dialect, operation: FinishMedia) -> Steps[None]:
    """What became of processing; guard `exists`."""
    made = operation.attachment
    before = yield _SIZE, {"id": made.id}
    if not (yield _FINISH, _values(made)):
        raise Conflict("The medium is gone, or was finished before.", guard="exists")
    yield from count_change(before[0][0], made.size - before[0][1])


def describe_media(dialect: Dialect, operation: DescribeMedia) -> Steps[None]:
    """A new description and focus; guard `exists`."""
    values = {
        "id": operation.media_id,
        "account_id": operation.account_id,
        "description": operation.description,
        "focus_x": None if operation.focus is None else operation.focus.x,
        "focus_y": None if operation.focus is None else operation.focus.y,
    }
    if not (yield _DESCRIBE, values):
        raise Conflict("The medium is gone, or belongs to a post.", guard="exists")


def set_preview(dialect: Dialect, operation: SetPreview) -> Steps[None]:
    """Another preview; guard `exists`."""
    values = {
        "id": operation.media_id,
        "account_id": operation.account_id,
        "key": operation.key,
        "width": operation.width,
        "height": operation.height,
    }
    if not (yield _PREVIEW, values):
        raise Conflict("The medium is gone, or belongs to a post.", guard="exists")


def delete_media(dialect: Dialect, operation: DeleteMedia) -> Steps[None]:
    """Forget what belongs to no post; guard `exists`."""
    rows = yield _DELETE, {"id": operation.media_id}
    if not rows:
        raise Conflict("The medium is gone, or belongs to a post.", guard="exists")
    yield from count_change(rows[0][0], -rows[0][1], files=-1)


def set_picture(dialect: Dialect, operation: SetPicture) -> Steps[None]:
    """A new avatar or header; guards `exists`, `version`."""
    values = {
        "id": operation.account_id,
        "version": operation.version,
        "key": operation.key,
        "description": operation.description,
    }
    if not (yield _PICTURES[operation.place], values):
        if (yield "SELECT id FROM accounts WHERE id = :id", values):
            raise Conflict("The profile was changed in between.", guard="version")
        raise Conflict("The account is gone.", guard="exists")


def attach(post: Post) -> Steps[Post]:
    """Make the post's attachments its own; the post with them. Guard `media`.

    Rows are taken in the order of their ids, so that two posts that want the same media don't wait for one
    another.
    """
    for attachment in sorted(post.attachments, key=lambda each: each.id):
        values = _values(attachment) | {"post_id": post.id, "account_id": post.account_id}
        if not (yield _ATTACH, values):
            raise Conflict("A medium can't be attached.", guard="media")
    mine = tuple([replace(attachment, post_id=post.id, scheduled_id=None) for attachment in post.attachments])
    return replace(post, attachments=mine)


def detach(post_id: int, at: int) -> Steps[None]:
    """Media of a post that goes belong to no post from a moment on."""
    yield _DETACH, {"post_id": post_id, "at": at}


def hold(scheduled: ScheduledPost, media_ids: Sequence[int]) -> Steps[None]:
    """Media wait with a scheduled post; guard `media`."""
    for media_id in sorted(media_ids):
        values = {"scheduled": scheduled.id, "id": media_id, "account": scheduled.account_id}
        if not (yield _HOLD, values):
            raise Conflict("A medium can't wait with the post.", guard="media")


def release(scheduled_id: int, at: int) -> Steps[None]:
    """Media wait with a scheduled post no longer, and belong to no post from a moment on."""
    yield _RELEASE, {"scheduled": scheduled_id, "at": at}
