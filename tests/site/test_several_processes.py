"""Several processes of one site, as they are in earnest: what they tell one another, and what they show."""

from __future__ import annotations

import time
from collections.abc import Callable

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from microblog_core.services.posts import PublishPost, publish_post
from microblog_core.services.relations import RelationCommand, follow
from microblog_core.testing.redis import send
from microblog_core.testing.servers import (
    BackgroundProcess,
    ServerProcess,
    free_port,
    microblog_command,
    site_server,
)
from microblog_core.testing.tokens import make_token

from .conftest import MakeData
from .seeding import opened, person
from .streams import Events

SECONDS = 15.0


def figures(port: int) -> dict[tuple[str, ...], float]:
    """What a process shows: (name, labels without the site) -> value; nothing while it does not answer."""
    try:
        text = httpx.get(f"http://127.0.0.1:{port}/metrics").raise_for_status().text
    except httpx.HTTPError:
        return {}
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {
        (each.name, *(value for name, value in sorted(each.labels.items()) if name != "site")): each.value
        for each in samples
    }


def until(found: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not found():
        assert time.monotonic() < deadline
        time.sleep(0.05)


async def test_with_redis_as_bus_each_event_reaches_the_streams_of_the_other_once(
    make_data: MakeData, postgres_database: str, redis_url: str
) -> None:
    data = make_data(
        f'[sites.main]\nstorage = "{postgres_database}"\n[plugins.redis]\nurl = "{redis_url}"\n'
        "[plugins.prometheus]\nport = 1\n"
    )
    async with opened(data) as ports:
        ann, ben = await person(ports, "ann"), await person(ports, "ben")
        assert ann.account is not None and ben.account is not None
        await follow(ports, ben, RelationCommand(account_id=ann.account.id))
        reading, writing = await make_token(ports, ben.account), await make_token(ports, ann.account)
    shown = free_port()
    with (
        site_server(data, env={"MICROBLOG_PLUGINS__PROMETHEUS__PORT": str(free_port())}) as first,
        site_server(data, env={"MICROBLOG_PLUGINS__PROMETHEUS__PORT": str(shown)}) as second,
        Events(second.port, "/user", reading) as events,
    ):
        until(lambda: figures(shown).get(("microblog_redis_link_joined",)) == 1)
        until(lambda: ":2\r\n" in send(redis_url, "PUBSUB", "NUMSUB", "microblog:main:told"))
        made = []
        with httpx.Client(
            base_url=f"http://127.0.0.1:{first.port}", headers={"authorization": f"Bearer {writing}"}
        ) as http:
            for number in range(3):
                made.append(http.post("/api/v1/statuses", data={"status": f"number {number}"}).json()["id"])
        # PostgreSQL tells of them, too; whoever is first is heard.
        assert [payload["id"] for _, payload in (events.event() for _ in made)] == made
        assert figures(shown)["microblog_streams_open",] == 1
        assert figures(shown)["microblog_storage_connections",] >= 1
        assert second.terminate() == 0


@pytest.fixture
def ports_shown() -> tuple[int, int]:
    return free_port(), free_port()


async def test_serve_and_worker_show_what_they_did_each_at_its_own_port(
    make_data: MakeData, redis_url: str, ports_shown: tuple[int, int]
) -> None:
    served, worked = ports_shown
    data = make_data(
        f'[jobs]\nbroker = "{redis_url}"\n[plugins.prometheus]\nport = {served}\nworker_port = {worked}\n'
    )
    async with opened(data) as ports:
        ann = await person(ports, "ann")
        assert ann.account is not None
        writing = await make_token(ports, ann.account)
    command = microblog_command("--data", str(data), "worker")
    with (
        site_server(data) as server,
        BackgroundProcess(command, data.with_name("worker.log")) as worker,
        httpx.Client(base_url=_address(server), headers={"authorization": f"Bearer {writing}"}) as http,
    ):
        async with opened(data) as ports:
            ben = await person(ports, "ben")
            await publish_post(ports, ben, PublishPost(text="hello @ann"))
        assert http.get("/api/v1/timelines/home").status_code == 200
        kind = "events.runtime.notifications"
        until(lambda: figures(worked).get(("microblog_job_runs_total", kind, "done")) == 1)
        found = figures(worked)
        assert found["microblog_relay_sent_total",] >= 1
        assert ("microblog_relay_backlog_messages",) in found
        assert ("microblog_http_requests_total", "GET", "/api/v1/timelines/home", "2xx") not in found
        found = figures(served)
        assert found["microblog_http_requests_total", "GET", "/api/v1/timelines/home", "2xx"] == 1
        assert ("microblog_job_runs_total", kind, "done") not in found
        assert http.get("/metrics").status_code == 404
        assert worker.terminate() == 0


def _address(server: ServerProcess) -> str:
    return f"http://127.0.0.1:{server.port}"
