"""Workers in processes of their own: they run what the web process leaves to them, and end when told to."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from microblog_core.testing.redis import RedisServer
from microblog_core.testing.servers import free_port

from .conftest import Install, NewBrowser
from .harness import LIFTED, newcomers, post
from .mailbox import Mailbox

STOP_SECONDS = 6.0


async def _until(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.05)


async def test_a_web_process_leaves_jobs_to_workers_which_end_soon_when_told_to(
    new_site: Install, new_browser: NewBrowser, redis_server: RedisServer, mailbox: Mailbox
) -> None:
    site = new_site(LIFTED)
    site.configure(mailbox.settings)
    site.configure(f'[jobs]\nbroker = "{redis_server.url}"\n')
    assert "`microblog worker` runs them, through the broker redis:" in site.command("doctor")
    worker = site.background("worker", "worker")
    with site.server(port=free_port()) as server:
        ada, _ = await newcomers(new_browser, server.port, ["ada", "grace"])
        form = (await ada.get("/compose")).form("text")
        assert (await post(ada, form, "m1 hello @grace")).acknowledged
        await asyncio.sleep(1.0)
        assert not mailbox.deliveries(), "the web process ran a job that is the workers'"
        with worker:
            await _until(lambda: "m1" in mailbox.deliveries())
            assert (await post(ada, form, "m2 hello @grace")).acknowledged
            await _until(lambda: "m2" in mailbox.deliveries())
            began = time.monotonic()
            assert worker.terminate(timeout=STOP_SECONDS) == 0, worker.output()
            assert time.monotonic() - began < STOP_SECONDS
        assert "Traceback" not in worker.output()
        assert server.terminate() == 0, server.output()
