"""Media in memory: what operations write, what posts take and give back, and the reader."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from microblog_core.domain.accounts import AccountState
from microblog_core.domain.errors import Conflict
from microblog_core.domain.media import Attachment, MediaState
from microblog_core.domain.posts import Post
from microblog_core.domain.scheduled import ScheduledPost
from microblog_core.memory.media_usage import check_caps
from microblog_core.memory.tables import Tables
from microblog_core.ports.operations import (
    AddMedia,
    DeleteMedia,
    DescribeMedia,
    FinishMedia,
    SetPicture,
    SetPreview,
)


def add_media(tables: Tables, operation: AddMedia) -> None:
    """A medium that belongs to no post yet; guards `id`, `exists`, `person_cap`, `site_cap`."""
    attachment = operation.attachment
    if attachment.id in tables.media:
        raise Conflict("A medium with this id exists.", guard="id")
    uploader = tables.accounts.get(attachment.account_id)
    if uploader is None or uploader.state is AccountState.DELETED:
        raise Conflict("The uploader is gone.", guard="exists")
    check_caps(tables, attachment, operation.caps)
    tables.media.put(attachment.id, replace(attachment, post_id=None))
    tables.unattached.put(attachment.id, attachment.created_at)


def finish_media(tables: Tables, operation: FinishMedia) -> None:
    """What became of processing; guard `exists`."""
    made = operation.attachment
    stored = tables.media.get(made.id)
    if stored is None or stored.state is not MediaState.PROCESSING:
        raise Conflict("The medium is gone, or was finished before.", guard="exists")
    mine = ("description", "focus", "version", "account_id", "stem", "created_at", "post_id")
    tables.media.put(made.id, replace(made, **{name: getattr(stored, name) for name in mine}))


def _free(tables: Tables, media_id: int, account_id: int | None = None) -> Attachment:
    """A medium that belongs to no post; guard `exists`."""
    stored = tables.media.get(media_id)
    held = stored is not None and (stored.post_id is not None or stored.scheduled_id is not None)
    if stored is None or held or account_id not in (None, stored.account_id):
        raise Conflict("The medium is gone, or belongs to a post.", guard="exists")
    return stored


def describe_media(tables: Tables, operation: DescribeMedia) -> None:
    """A new description and focus; guard `exists`."""
    stored = _free(tables, operation.media_id, operation.account_id)
    changed = replace(
        stored,
        description=stored.description if operation.description is None else operation.description,
        focus=stored.focus if operation.focus is None else operation.focus,
        version=stored.version + 1,
    )
    tables.media.put(stored.id, changed)


def set_preview(tables: Tables, operation: SetPreview) -> None:
    """Another preview; guard `exists`."""
    stored = _free(tables, operation.media_id, operation.account_id)
    if stored.state is not MediaState.READY:
        raise Conflict("The medium is not ready.", guard="exists")
    changed = replace(
        stored,
        preview_key=operation.key,
        preview_width=operation.width,
        preview_height=operation.height,
        version=stored.version + 1,
    )
    tables.media.put(stored.id, changed)


def delete_media(tables: Tables, operation: DeleteMedia) -> None:
    """Forget what belongs to no post; guard `exists`."""
    stored = _free(tables, operation.media_id)
    tables.media.remove(stored.id)
    tables.unattached.remove(stored.id)


def set_picture(tables: Tables, operation: SetPicture) -> None:
    """A new avatar or header; guards `exists`, `version`."""
    account = tables.accounts.get(operation.account_id)
    if account is None:
        raise Conflict("The account is gone.", guard="exists")
    if account.version != operation.version:
        raise Conflict("The profile was changed in between.", guard="version")
    changed = {operation.place: operation.key, f"{operation.place}_description": operation.description}
    tables.accounts.put(account.id, replace(account, version=account.version + 1, **changed))


def attach(tables: Tables, post: Post) -> tuple[Attachment, ...]:
    """Make the post's attachments its own, and return them as the post shows them; guard `media`."""
    attached = []
    for shown in post.attachments:
        stored = tables.media.get(shown.id)
        if (
            stored is None
            or stored.account_id != post.account_id
            or stored.state is not MediaState.READY
            or stored.version != shown.version
            or stored.post_id not in (None, post.id)
            or stored.scheduled_id is not None
        ):
            raise Conflict("A medium can't be attached.", guard="media")
        mine = replace(stored, post_id=post.id, description=shown.description, focus=shown.focus)
        tables.media.put(mine.id, mine)
        tables.unattached.remove(mine.id)
        attached.append(mine)
    return tuple(attached)


def detach(tables: Tables, post_id: int, at: int) -> None:
    """Media of a post that goes belong to no post from a moment on."""
    for stored in tuple(tables.media.rows.values()):
        if stored.post_id == post_id:
            tables.media.put(stored.id, replace(stored, post_id=None))
            tables.unattached.put(stored.id, max(at, stored.created_at))


def hold(tables: Tables, scheduled: ScheduledPost, media_ids: Sequence[int]) -> None:
    """Media wait with a scheduled post; guard `media`."""
    for media_id in media_ids:
        stored = tables.media.get(media_id)
        if (
            stored is None
            or stored.account_id != scheduled.account_id
            or stored.state is not MediaState.READY
            or media_id not in tables.unattached
        ):
            raise Conflict("A medium can't wait with the post.", guard="media")
        tables.media.put(media_id, replace(stored, scheduled_id=scheduled.id))
        tables.unattached.remove(media_id)


def release(tables: Tables, scheduled_id: int, at: int) -> None:
    """Media wait with a scheduled post no longer, and belong to no post from a moment on."""
    for stored in tuple(tables.media.rows.values()):
        if stored.scheduled_id == scheduled_id:
            tables.media.put(stored.id, replace(stored, scheduled_id=None))
            tables.unattached.put(stored.id, max(at, stored.created_at))


class MediaReads:
    """A `ports.storage.MediaReader`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def get(self, media_id: int) -> Attachment | None:
        """The medium, whatever its state."""
        return self._tables.media.get(media_id)

    async def some(self, media_ids: Sequence[int]) -> Sequence[Attachment]:
        """These media in this order."""
        found = (self._tables.media.get(media_id) for media_id in media_ids)
        return tuple(attachment for attachment in found if attachment is not None)

    async def after(self, media_id: int, limit: int) -> Sequence[Attachment]:
        """Media with a greater id, in the order of their ids."""
        chosen = sorted(each for each in self._tables.media.rows if each > media_id)[:limit]
        return tuple(self._tables.media.rows[each] for each in chosen)

    async def unattached(self, before: int, limit: int) -> Sequence[Attachment]:
        """Media that belong to no post since before this moment, the longest first."""
        waiting = sorted((since, media_id) for media_id, since in self._tables.unattached.rows.items())
        chosen = [media_id for since, media_id in waiting if since < before][:limit]
        return tuple(self._tables.media.rows[media_id] for media_id in chosen)
