"""`microblog jobs`: what failed is seen, tried again, given up."""

from __future__ import annotations

import asyncio

import pytest

from microblog_core.config import load_config
from microblog_core.ports.operations import AddJob, Job
from microblog_core.site import compose_site


@pytest.fixture
def dead(microblog, data, migrated):
    """Ids of three jobs that failed for good."""

    async def bury():
        config = load_config(data)
        async with compose_site(config, config.sites[0]) as site:
            now, queue, ids = site.ports.clock.now(), site.ports.storage.queue, []
            for number in range(3):
                job = Job(
                    id=site.ports.ids.at(now),
                    kind=f"mail.{number % 2}",
                    key=str(number),
                    payload=b'{"to": 7}',
                    due_at=now,
                    created_at=now,
                )
                await site.storage.commit([AddJob(job=job)])
                (claimed,) = await queue.claim(now, limit=1, lease=1000, kinds=[job.kind])
                await queue.bury(claimed, error="OSError: no such mailbox")
                ids.append(str(job.id))
            return ids

    return asyncio.run(bury())


def test_an_empty_queue_says_so(microblog, migrated):
    assert "No job failed" in microblog("jobs", "list").output
    assert "No job is queued" in microblog("jobs", "list", "--state", "queued").output
    assert "empty" in microblog("jobs", "stats").output


def test_failed_jobs_are_listed_by_pages_shown_and_counted(microblog, dead):
    first = microblog("jobs", "list", "--limit", "2")
    assert dead[2] in first.output and dead[1] in first.output and dead[0] not in first.output
    assert f"--before {dead[1]}" in first.output
    assert dead[0] in microblog("jobs", "list", "--before", dead[1]).output
    shown = microblog("jobs", "show", dead[0]).output
    assert "no such mailbox" in shown and '{"to": 7}' in shown
    stats = [line.split()[:3] for line in microblog("jobs", "stats").output.splitlines()]
    assert ["mail.0", "dead", "2"] in stats and ["mail.1", "dead", "1"] in stats


def test_failed_jobs_are_tried_again_or_given_up(microblog, dead):
    assert microblog("jobs", "retry", dead[0]).output == "1 queued again.\n"
    again = microblog("jobs", "retry", dead[0])
    assert again.exit_code == 1 and "by itself" in again.stderr
    assert microblog("jobs", "discard", dead[1]).output == "1 discarded.\n"
    missing = microblog("jobs", "discard", dead[1])
    assert missing.exit_code == 1 and "no such job" in missing.stderr
    assert microblog("jobs", "retry", "--all-dead", "--kind", "mail.1").output == "0 queued again.\n"
    assert microblog("jobs", "discard", "--all-dead").output == "1 discarded.\n"


def test_which_jobs_must_be_said_once(microblog):
    for arguments in (["retry"], ["discard"], ["retry", "5", "--all-dead"]):
        assert "--all-dead" in microblog("jobs", *arguments).stderr
