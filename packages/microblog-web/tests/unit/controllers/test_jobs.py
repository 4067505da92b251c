"""The operator's pages for jobs: what they show, what they hide, and who may press which button."""

from __future__ import annotations

import re

import pytest

from microblog_core.domain.accounts import Role
from microblog_core.domain.jobs import JobTally, Measure, slot_of
from microblog_core.domain.timelines import Page
from microblog_core.ports.operations import AddJob, AddJobTallies, Job, PutValue
from microblog_core.runtime.jobs import JobRunner

ALL = Page(limit=80)
PAGES = ("/admin/jobs", "/admin/jobs/failed", "/admin/jobs/failed/retry", "/admin/jobs/failed/discard")


async def operator(house):
    return (await house.person("root", role=Role.ADMINISTRATOR))[1]


async def dead_jobs(house, count, *, kind="mail.account", payload=b"{}", error="no luck"):
    now = house.clock.now()
    made = [
        Job(id=job_id, kind=kind, key=str(job_id), payload=payload, due_at=now, created_at=now)
        for job_id in [house.build.next_id() for _ in range(count)]
    ]
    await house.site.ports.storage.commit([AddJob(job=job) for job in made])
    queue = house.site.ports.storage.queue
    for job in await queue.claim(now, limit=count, lease=1000, kinds=[kind]):
        assert await queue.bury(job, error=error)
    return made


async def dead_count(house):
    return sum(each.dead for each in await house.site.ports.storage.queue.overview(house.clock.now()))


@pytest.mark.parametrize("path", PAGES)
async def test_only_operators_see_jobs(house, path):
    for role, status in ((Role.MEMBER, 403), (Role.MODERATOR, 403), (Role.ADMINISTRATOR, 200)):
        _, browser = await house.person(str(role), role=role)
        assert (await browser.get(path)).status == status
    assert (await (await house.visitor()).get(path, follow=False)).status == 303


async def test_only_operators_press_its_buttons(house):
    (job,) = await dead_jobs(house, 1)
    page = await (await operator(house)).get(f"/admin/jobs/{job.id}")
    _, member = await house.person("ada")
    token = (await member.get("/compose")).form("csrf_token").fields["csrf_token"]
    for path in (f"{job.id}/retry", f"{job.id}/discard", "failed/retry", "failed/discard"):
        answer = await member.post(f"/admin/jobs/{path}", {"csrf_token": token})
        assert answer.status == 403, path
        answer = await member.post(f"/admin/jobs/{path}", page.form("csrf_token").fields)
        assert answer.status == 403, path
    assert await dead_count(house) == 1


async def test_an_empty_queue_says_so(house):
    root = await operator(house)
    page = await root.get("/admin/jobs")
    assert "Nothing waits and nothing failed" in page.text and "runtime.housekeeping" in page.text
    assert "No job failed for good" in (await root.get("/admin/jobs/failed")).text


async def test_the_page_tells_how_kinds_stand_and_went(house):
    root, now = await operator(house), house.clock.now()
    waited, late = house.build.next_id(), now - 90_000
    waiting = Job(id=waited, kind="gone.kind", key="1", payload=b"{}", due_at=late, created_at=now)
    await house.site.ports.storage.commit([AddJob(job=waiting)])
    await dead_jobs(house, 2)
    counts = ((Measure.DONE, 3, 6), (Measure.FAILED, 6, 2), (Measure.WAITED, 9, 8))
    tallies = tuple(
        JobTally(slot=slot_of(now), kind="mail.account", measure=measure, bucket=bucket, count=count)
        for measure, bucket, count in counts
    )
    ran = PutValue(plugin="runtime", key="schedule:runtime.trends", value=str(now).encode())
    await house.site.ports.storage.commit([AddJobTallies(tallies=tallies), ran])
    page = await root.get("/admin/jobs")
    (line,) = (each for each in page.text.splitlines() if '<th scope="row">mail.account' in each)
    cells = [each.partition("</td>")[0] for each in line.split("<td>")[1:]]
    assert cells[:-1] == ["0", "–", "0", "0", "6", "2 (25%)", "≤ 1 s, ≤ 1 s", "≤ 10 ms, ≤ 100 ms"]
    assert 'href="/admin/jobs/failed?kind=mail.account"' in cells[-1]
    (line,) = (each for each in page.text.splitlines() if '<th scope="row">gone.kind' in each)
    assert re.search("<td>1</td><td>9[0-9] s</td>", line)
    assert page.text.count('<svg class="chart"') == 2 and "<details" in page.text
    (line,) = (each for each in page.text.splitlines() if "runtime.trends" in each)
    assert "1 Jan 2026" in line


async def test_a_payload_hides_words_and_secrets(house):
    payload = b'{"account_id": 7, "post_id": "123", "text": "for you alone", "token": 55, "tags": ["x"]}'
    (job,) = await dead_jobs(house, 1, payload=payload, error="<b> https://ada:hunter2@example.org said no")
    page = await (await operator(house)).get(f"/admin/jobs/{job.id}")
    assert "&#34;account_id&#34;: 7" in page.text and "123" in page.text
    for secret in ("for you alone", "55,", "&#34;x&#34;", "hunter2", "<b> "):
        assert secret not in page.text.replace(str(job.id), "")


async def test_one_is_retried_from_the_list_and_another_discarded_from_its_page(house):
    first, second = await dead_jobs(house, 2)
    root = await operator(house)
    answer = await root.press(await root.get("/admin/jobs/failed"), f"/admin/jobs/{first.id}/retry")
    assert answer.status == 303
    assert "Queued again." in (await root.get("/admin/jobs/failed")).text
    fields = (await root.get("/admin/jobs/failed")).form("csrf_token").fields
    again = await root.post(f"/admin/jobs/{first.id}/retry", fields)
    assert again.status == 303
    assert "did not fail for good" in (await root.get("/admin/jobs/failed")).text
    page = await root.get(f"/admin/jobs/{second.id}")
    assert (await root.submit(page.form("csrf_token"))).status == 303
    assert (await root.get(f"/admin/jobs/{second.id}")).status == 404
    assert await dead_count(house) == 0
    lines = (await house.site.ports.storage.audit(ALL)).items
    assert {line.action for line in lines} >= {"jobs.retry", "jobs.discard"}


async def test_all_of_a_kind_are_discarded_after_asking_and_the_rest_retried(house):
    await dead_jobs(house, 45, kind="one.kind")
    others = await dead_jobs(house, 3, kind="other.kind")
    root = await operator(house)
    listed = await root.get("/admin/jobs/failed?kind=one.kind")
    assert "other.kind" not in listed.text and 'rel="next"' in listed.text
    older = listed.text.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    assert "kind=one.kind" in older
    assert (await root.get(older)).text.count("/retry") == 20 + 1
    ask = await root.get("/admin/jobs/failed/discard?kind=one.kind")
    assert "45 jobs" in ask.text
    assert await dead_count(house) == 48, "asking does nothing"
    await root.submit(ask.form("csrf_token", "kind"))
    assert "45 discarded." in (await root.get("/admin/jobs/failed")).text
    await root.submit((await root.get("/admin/jobs/failed/retry")).form("csrf_token", "kind"))
    assert await dead_count(house) == 0
    waiting = await house.site.ports.storage.queue.page("queued", ALL, kind="other.kind")
    assert {job.id for job in waiting.items} == {job.id for job in others}


@pytest.mark.parametrize("path", ["/admin/jobs/none", "/admin/jobs/7", "/admin/jobs/failed/explode"])
async def test_what_is_not_there_is_not_found(house, path):
    assert (await (await operator(house)).get(path)).status == 404


async def test_what_jobs_did_is_on_the_page(house):
    now = house.clock.now()
    job = Job(id=7, kind="housekeeping.sweep", key="now", payload=b"{}", due_at=now, created_at=now)
    await house.site.ports.storage.commit([AddJob(job=job)])
    await JobRunner(house.site).run_due()
    page = await (await operator(house)).get("/admin/jobs")
    (line,) = (each for each in page.text.splitlines() if "Sessions that have expired" in each)
    assert "1 Jan 2026" in line
    (line,) = (each for each in page.text.splitlines() if '<th scope="row">housekeeping.sweep' in each)
    assert "<td>1</td><td>0</td>" in line
