"""How much room uploads take, for operators: figures, who uses most, and cleaning up at once."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from microblog_core.domain.errors import Conflict, Invalid
from microblog_core.domain.media_usage import MediaCaps, MediaUsage, PersonUsage, UploadedDay
from microblog_core.domain.permissions import Actor
from microblog_core.patterns.decorators import audited, authorised
from microblog_core.ports.context import Ports

CLEAN_UP_JOB = "media.clean_up"
DAY = 24 * 3600 * 1000
DAYS_SHOWN = 30
PEOPLE_SHOWN = 40
OFFSET_MAX = 10_000


class Growth(msgspec.Struct, frozen=True, kw_only=True):
    """What there is, what may be, and what was added on each of the last days, the present one included."""

    usage: MediaUsage
    caps: MediaCaps
    days: tuple[UploadedDay, ...]


class CleanUp(msgspec.Struct, frozen=True):
    """Remove what belongs to no post since more than a day, now."""


@authorised("media.manage")
async def read_usage(ports: Ports, actor: Actor) -> Growth:
    """How much room uploads take, and how that grew."""
    today = ports.clock.now() // DAY
    first = today - DAYS_SHOWN + 1
    found = {each.day: each for each in await ports.storage.media_usage.days(first * DAY)}
    days = (found.get(day) or UploadedDay(day=day, files=0, bytes=0) for day in range(first, today + 1))
    return Growth(usage=await ports.storage.media_usage.total(), caps=ports.limits.media, days=tuple(days))


@authorised("media.manage")
async def read_largest(
    ports: Ports, actor: Actor, *, limit: int = PEOPLE_SHOWN, offset: int = 0
) -> Sequence[PersonUsage]:
    """Who uses most room, the most first."""
    limit, offset = max(1, min(limit, PEOPLE_SHOWN + 1)), max(0, min(offset, OFFSET_MAX))
    return await ports.storage.media_usage.largest(limit=limit, offset=offset)


@authorised("media.manage")
@audited("media.clean_up", lambda command: "unattached")
async def clean_up(ports: Ports, actor: Actor, command: CleanUp) -> None:
    """Queue a job that removes media of no post at once, without waiting for the next sweep."""
    from microblog_core.services.uploads import job_of

    unit = ports.unit()
    unit.outbox.add(job_of(ports, CLEAN_UP_JOB, str(ports.clock.now()), command))
    await unit.commit()


async def refuse_for_room(ports: Ports, account_id: int, size: int, conflict: Conflict) -> None:
    """Raises `Invalid` (field `file`) where an upload was refused because of a cap; else the conflict."""
    if conflict.guard == "person_cap":
        _, used = await ports.storage.media_usage.of(account_id)
        cap = ports.limits.media.person
        raise Invalid(
            fields={
                "file": f"You may use {in_words(cap)} for pictures and use {in_words(used)} already;"
                f" this one has {in_words(size)}. Delete posts with pictures that you don't need."
            },
            code="media_cap",
        ) from conflict
    if conflict.guard == "site_cap":
        raise Invalid(
            fields={"file": "There is no room for more pictures on this site. Tell the people who run it."},
            code="media_cap",
        ) from conflict
    raise conflict


def in_words(size: int) -> str:
    """Bytes in a unit that people read: `12.3 MB`."""
    value = float(size)
    for unit in ("bytes", "KB", "MB", "GB"):
        if value < 1024:
            return f"{value:.0f} {unit}" if unit == "bytes" else f"{value:.3g} {unit}"
        value /= 1024
    return f"{value:.4g} TB"
