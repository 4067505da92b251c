"""How much room pictures take, and what happens where there is none left."""

from __future__ import annotations

import asyncio
import dataclasses

import pytest
from media_fakes import FILE

from microblog_core.domain.accounts import Role
from microblog_core.domain.errors import Forbidden, Invalid
from microblog_core.domain.media_usage import MediaCaps
from microblog_core.services import media_usage
from microblog_core.services.media_usage import DAY, DAYS_SHOWN, CleanUp, in_words


async def test_an_upload_over_the_cap_is_refused_and_leaves_nothing(studio, ada) -> None:
    limits = dataclasses.replace(studio.ports.limits, media=MediaCaps(person=len(FILE) + 4, site=20))
    studio.ports = dataclasses.replace(studio.ports, limits=limits)
    bob = await studio.sign_up("bob")
    await studio.upload(ada)
    with pytest.raises(Invalid, match="You may use 13 bytes") as refused:
        await studio.upload(ada)
    assert (refused.value.code, set(refused.value.fields)) == ("media_cap", {"file"})
    assert len(await studio.rows()) == 1
    await studio.upload(bob)
    cy = await studio.sign_up("cy")
    with pytest.raises(Invalid, match="no room"):
        await studio.upload(cy, b"PIC" + bytes(8))
    await studio.upload(cy, b"PIC small")


async def test_of_many_uploads_at_once_no_more_are_taken_than_may_be(studio, ada) -> None:
    limits = dataclasses.replace(studio.ports.limits, media=MediaCaps(person=3 * len(FILE)))
    studio.ports = dataclasses.replace(studio.ports, limits=limits)
    studio.sketcher.waits = asyncio.Event()
    uploads = [asyncio.create_task(studio.upload(ada, wait=0)) for _ in range(8)]
    done = await asyncio.gather(*uploads, return_exceptions=True)
    assert sum(isinstance(each, Invalid) for each in done) == 5
    studio.sketcher.waits.set()
    await studio.settle()


async def test_operators_see_what_there_is_who_uses_most_and_how_it_grew(studio, ada) -> None:
    boss = await studio.actor(await studio.build.account("boss", role=Role.ADMINISTRATOR))
    bob = await studio.sign_up("bob")
    await studio.upload(ada)
    await studio.upload(bob, b"PIC much more")
    studio.clock.advance(2 * DAY / 1000)
    await studio.upload(ada)
    growth = await media_usage.read_usage(studio.ports, boss)
    assert (growth.usage.files, growth.usage.bytes, growth.usage.people) == (3, 19, 2)
    assert len(growth.days) == DAYS_SHOWN
    assert [(each.files, each.bytes) for each in growth.days[-4:]] == [(0, 0), (2, 14), (0, 0), (1, 5)]
    largest = await media_usage.read_largest(studio.ports, boss)
    assert [(each.account.username, each.bytes) for each in largest] == [("ada", 10), ("bob", 9)]
    assert len(await media_usage.read_largest(studio.ports, boss, limit=1, offset=1)) == 1
    await media_usage.clean_up(studio.ports, boss, CleanUp())
    studio.rest = True
    (job,) = await studio.storage.queue.claim(studio.clock.now(), limit=1, lease=1)
    assert job.kind == media_usage.CLEAN_UP_JOB
    member = await studio.actor(ada)
    for attempt in (
        media_usage.read_usage(studio.ports, member),
        media_usage.read_largest(studio.ports, member),
        media_usage.clean_up(studio.ports, member, CleanUp()),
    ):
        with pytest.raises(Forbidden):
            await attempt


@pytest.mark.parametrize(
    ("size", "said"),
    [(0, "0 bytes"), (1023, "1023 bytes"), (1536, "1.5 KB"), (5 << 30, "5 GB"), (3 << 40, "3 TB")],
)
def test_sizes_are_in_units_that_people_read(size: int, said: str) -> None:
    assert in_words(size) == said
