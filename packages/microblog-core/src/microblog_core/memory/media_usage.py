"""How much room uploads take, counted in memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from microblog_core.domain.errors import Conflict
from microblog_core.domain.media import Attachment
from microblog_core.domain.media_usage import MediaCaps, MediaUsage, PersonUsage, UploadedDay
from microblog_core.memory.tables import Tables

DAY = 24 * 3600 * 1000


def check_caps(tables: Tables, attachment: Attachment, caps: MediaCaps) -> None:
    """Guards `person_cap` and `site_cap`: whether another upload of this size may be taken."""
    sizes = [(each.account_id, each.size) for each in tables.media.rows.values()]
    own = sum(size for account_id, size in sizes if account_id == attachment.account_id)
    if caps.person and own + attachment.size > caps.person:
        raise Conflict("This person's uploads would take too much room.", guard="person_cap")
    if caps.site and sum(size for _, size in sizes) + attachment.size > caps.site:
        raise Conflict("The site's uploads would take too much room.", guard="site_cap")


class MediaUsageReads:
    """A `ports.media_usage.MediaUsageReader`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def total(self) -> MediaUsage:
        """What there is altogether."""
        found = list(self._tables.media.rows.values())
        free = [each for each in found if each.id in self._tables.unattached]
        emojis = list(self._tables.emojis.rows.values())
        return MediaUsage(
            files=len(found),
            bytes=sum(each.size for each in found),
            people=len({each.account_id for each in found}),
            unattached_files=len(free),
            unattached_bytes=sum(each.size for each in free),
            emojis=len(emojis),
            emoji_bytes=sum(each.size for each in emojis),
        )

    async def of(self, account_id: int) -> tuple[int, int]:
        """Files and bytes of somebody."""
        sizes = [each.size for each in self._tables.media.rows.values() if each.account_id == account_id]
        return len(sizes), sum(sizes)

    async def largest(self, *, limit: int, offset: int = 0) -> Sequence[PersonUsage]:
        """Who uses most."""
        sizes: dict[int, list[int]] = defaultdict(list)
        for each in self._tables.media.rows.values():
            sizes[each.account_id].append(each.size)
        ranked = sorted(sizes, key=lambda account_id: (-sum(sizes[account_id]), -account_id))
        return tuple(
            PersonUsage(
                account=self._tables.accounts.rows[account_id],
                files=len(sizes[account_id]),
                bytes=sum(sizes[account_id]),
            )
            for account_id in ranked[offset : offset + limit]
        )

    async def days(self, since: int) -> Sequence[UploadedDay]:
        """What was uploaded on each day."""
        days: dict[int, list[int]] = defaultdict(list)
        for each in self._tables.media.rows.values():
            if each.created_at >= since:
                days[each.created_at // DAY].append(each.size)
        return tuple(
            UploadedDay(day=day, files=len(sizes), bytes=sum(sizes)) for day, sizes in sorted(days.items())
        )
