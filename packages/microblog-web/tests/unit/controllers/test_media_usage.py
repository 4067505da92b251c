"""How much room pictures take, for administrators, and uploads for which there is none."""

from __future__ import annotations

import dataclasses

from microblog_core.domain.accounts import Role
from microblog_core.domain.media_usage import MediaCaps
from microblog_core.services.media_usage import CLEAN_UP_JOB


async def test_administrators_see_what_there_is_and_who_uses_most(house):
    _, boss = await house.person("boss", role=Role.ADMINISTRATOR)
    empty = await boss.get("/admin/media")
    assert "Nobody has uploaded anything yet." in empty.text
    people = [await house.build.account(f"person{number}") for number in range(41)]
    for number, person in enumerate(people):
        await house.build.medium(person, size=(number + 1) * 1024)
    page = (await boss.get("/admin/media")).text
    assert "861 KB" in page and "<b>41</b> pictures" in page
    assert '<svg class="chart"' in page
    assert page.index("@person40") < page.index("@person39")
    assert "@person0<" not in page
    assert 'href="/admin/media?page=2"' in page
    assert "@person0<" in (await boss.get("/admin/media?page=2")).text
    assert len(page.encode()) < 100_000


async def test_the_button_queues_a_job(house):
    _, boss = await house.person("boss", role=Role.ADMINISTRATOR)
    form = next(
        each for each in (await boss.get("/admin/media")).forms() if each.action == "/admin/media/clean-up"
    )
    assert (await boss.submit(form)).status == 303
    jobs = await house.site.ports.storage.queue.claim(house.clock.now(), limit=10, lease=1)
    assert CLEAN_UP_JOB in [job.kind for job in jobs]


async def test_a_picture_over_the_cap_is_refused_with_what_to_do_and_the_text_is_kept(drawing, send_file):
    ports = drawing.site.ports
    limits = dataclasses.replace(ports.limits, media=MediaCaps(person=10))
    drawing.site._ports = dataclasses.replace(ports, limits=limits)
    _, ada = await drawing.person("ada")
    page = await send_file(ada, "/compose", "/compose", {"picture_0": b"PIC too large"}, text="My text")
    assert page.status_code == 422
    assert "You may use 10 bytes for pictures" in page.text
    assert "My text</textarea>" in page.text
