"""`microblog housekeeping`: what would be removed is said first, then removed."""

from __future__ import annotations

import asyncio

import pytest

from microblog_core.config import load_config
from microblog_core.ports.operations import AddJob, Job
from microblog_core.services.housekeeping import DEAD_JOBS_KEPT
from microblog_core.site import compose_site


@pytest.fixture
def old(microblog, data, migrated):
    """Three jobs that failed for good too long ago, and one that did so just now."""

    async def bury():
        config = load_config(data)
        async with compose_site(config, config.sites[0]) as site:
            now = site.ports.clock.now()
            for number in range(4):
                due = now if number == 3 else now - DEAD_JOBS_KEPT - 60_000
                job = Job(id=number + 1, kind="k", key=str(number), payload=b"{}", due_at=due, created_at=now)
                await site.storage.commit([AddJob(job=job)])
                (claimed,) = await site.storage.queue.claim(now, limit=1, lease=1000, kinds=["k"])
                assert await site.storage.queue.bury(claimed, error="no")

    asyncio.run(bury())


def counted(result):
    assert result.exit_code == 0, result.output
    lines = (line.rsplit(None, 1) for line in result.stdout.splitlines())
    return {words[0].strip(): words[1] for words in lines}


def test_a_dry_run_removes_nothing(microblog, old):
    for _ in range(2):
        assert counted(microblog("housekeeping", "--dry-run"))["Jobs that failed for good"] == "3"


def test_what_had_its_time_goes_and_the_rest_stays(microblog, old):
    result = microblog("housekeeping")
    assert counted(result)["Jobs that failed for good"] == "3"
    assert "Housekeeping" in result.stderr
    assert counted(microblog("housekeeping"))["Jobs that failed for good"] == "0"
    _, *listed = microblog("jobs", "list").output.splitlines()
    assert [line.split()[0] for line in listed] == ["4"]
