"""The rows of the fault matrix for the hooks of the website, the API and the worker, and for what both of the
first show.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from tempfile import mkdtemp
from types import SimpleNamespace
from typing import Any

import pytest
from fault_rows import VALUE
from faults import NAME, Fault, Kind, Row, Town, never, plugin_of
from litestar import get
from taskiq import TaskiqMiddleware

from microblog_api.contributions import AccountField, ApiScope, PostField
from microblog_core.domain.errors import MicroblogError
from microblog_core.domain.link_previews import LinkPreview
from microblog_core.ports.queue import JobKind
from microblog_core.site import Site
from microblog_core.testing.sites import site_with
from microblog_tasks import worker
from microblog_tasks.contributions import BrokerFactory, TaskMiddleware
from microblog_tasks.face import MemoryBroker
from microblog_web.contributions import Middleware, NavItem, Slot, StaticFolder, TemplateFolder


def _failed(fault: Fault) -> int:
    return {Kind.RAISES: 500, Kind.WAITS: 503, Kind.SLOW: 200}[fault.kind]


def _handler(fault: Fault) -> Any:
    @get("/work")
    async def work() -> str:
        await fault.later()
        return "worked"

    return work


async def _the_page_fails_alone(town: Town, fault: Fault) -> None:
    assert await town.status("/x/faulty/work") == _failed(fault)


async def _the_resource_fails_alone(town: Town, fault: Fault) -> None:
    answer = await town.get("/api/x/faulty/work")
    assert answer.status_code == _failed(fault)
    assert fault.slow or answer.json()["error"]


def _theme(about: str) -> TemplateFolder:
    folder = Path(mkdtemp())
    (folder / "web").mkdir()
    (folder / "web" / "about.html").write_text(f"<h1>Of the theme</h1>{about}")
    return TemplateFolder(path=folder, theme=True)


async def _the_site_s_own_is_drawn(town: Town, fault: Fault) -> None:
    page = await town.get("/about")
    assert page.status_code == 200
    assert ("Of the theme" in page.text) is fault.slow


def _folder(fault: Fault) -> StaticFolder:
    folder = Path(mkdtemp())
    (folder / "paint.css").write_text("body { color: teal }")
    return StaticFolder(path=folder, styles=("paint.css",))


def _slot(fault: Fault) -> Slot:
    async def render(context: Any, items: Any) -> list[str]:
        await fault.later()
        return ["drawn by the slot" for _ in items]

    return Slot(name="line", place="footer", renderer=SimpleNamespace(render=render))


async def _it_is_omitted_from_the_page(town: Town, fault: Fault) -> None:
    page = await town.get("/public")
    assert page.status_code == 200
    assert ("drawn by the slot" in page.text) is fault.slow


def _previews(fault: Fault) -> Any:
    async def of(posts: Any) -> dict[int, LinkPreview]:
        await fault.later()
        return {post.id: LinkPreview(url="https://x.example/", title="A preview") for post in posts}

    return SimpleNamespace(of=of)


async def _nothing_is_shown_of_the_link(town: Town, fault: Fault) -> None:
    wrote = await town.toot("A link: https://x.example/")
    assert wrote.status_code == 200
    assert (wrote.json()["card"] is not None) is fault.slow
    found = (await town.get("/api/v1/timelines/public")).json()
    assert (found[0]["card"] is not None) is fault.slow
    page = await town.get("/public")
    assert page.status_code == 200 and "A link" in page.text
    assert ("A preview" in page.text) is fault.slow


def _global(fault: Fault) -> Mapping[str, Any]:
    def work() -> str:
        fault.now()
        return "worked"

    return {"work": work}


def _middleware(fault: Fault) -> Middleware:
    def wrap(app: Callable[..., Any]) -> Callable[..., Any]:
        async def around(scope: Any, receive: Any, send: Any) -> None:
            if scope["path"] == "/tags/faulty":
                await fault.later()
            await app(scope, receive, send)

        return around

    return Middleware(name="around", wrap=wrap)


async def _that_request_fails(town: Town, fault: Fault) -> None:
    assert await town.status("/tags/faulty") == _failed(fault)


def _resolver(fault: Fault) -> Any:
    async def resolve(site: Any, actor: Any, entities: Any) -> list[int]:
        await fault.later()
        return [7 for _ in entities]

    return SimpleNamespace(resolve=resolve)


async def _posts_lack_the_field(town: Town, fault: Fault) -> None:
    await town.publish("With a field")
    (status,) = (await town.get("/api/v1/timelines/public")).json()
    assert status.get("x_faulty") == ({"seven": 7} if fault.slow else None)


async def _accounts_lack_the_field(town: Town, fault: Fault) -> None:
    found = (await town.get(f"/api/v1/accounts/{town.ada.id}")).json()
    assert found.get("x_faulty") == ({"seven": 7} if fault.slow else None)


class _Broker(MemoryBroker):
    def __init__(self, fault: Fault) -> None:
        super().__init__()
        self._fault = fault

    async def startup(self) -> None:
        await self._fault.later()
        await super().startup()


def _broker(fault: Fault) -> BrokerFactory:
    return BrokerFactory(name="pipe", schemes=("pipe",), make=lambda url: _Broker(fault))


@contextlib.asynccontextmanager
async def _working(site: Site, url: str, until: Callable[[], bool]) -> AsyncIterator[None]:
    """A worker that is stopped when something is so, if it has not ended by itself."""
    stop = asyncio.Event()
    working = asyncio.create_task(worker.work((site,), url, stop))
    async with asyncio.timeout(10):
        while not until() and not working.done():
            await asyncio.sleep(0.005)
    yield
    stop.set()
    await working


def _site(ran: list[str], **hooks: Any) -> Site:
    """A site of its own: a worker closes its sites when it ends."""

    async def work(job: Any) -> None:
        ran.append(job.key)

    core = plugin_of(NAME, register_jobs=lambda: [JobKind(name="faulty.work", handler=work)])
    face = plugin_of(NAME, **hooks)
    return site_with({NAME: {"plugins": core, "tasks": face}}, installed=("tasks",), faces=("tasks",))


async def _the_worker_does_not_start(town: Town, fault: Fault) -> None:
    site = _site([], register_brokers=lambda: [_broker(fault)])
    fails = contextlib.nullcontext() if fault.slow else pytest.raises((RuntimeError, MicroblogError))
    with fails:
        async with _working(site, "pipe:", lambda: False if not fault.slow else fault.calls > 0):
            pass


def _task_middleware(fault: Fault) -> TaskMiddleware:
    class Around(TaskiqMiddleware):
        async def pre_execute(self, message: Any) -> Any:
            await fault.later()
            return message

    return TaskMiddleware(name="around", make=Around)


async def _the_job_is_not_lost(town: Town, fault: Fault) -> None:
    ran: list[str] = []
    site = _site(ran, register_task_middlewares=lambda: [_task_middleware(fault)])
    await site.open()
    await town.queue("faulty.work", site)
    async with _working(site, "memory:", lambda: bool(fault.calls and (ran or not fault.slow))):
        # What the worker has not begun is still in the outbox.
        assert len(await town.jobs_of("faulty.work", site)) == (0 if ran else 1) or fault.slow
    assert bool(ran) is fault.slow


_WAITS_FOR_NOTHING = "a template waits for nothing by itself; what it calls is in register_template_globals"
_READ_ONCE = "its files are read once, at composition; a folder that can't be read leaves the face out"

ROWS: dict[str, Row] = {
    "register_link_previews": Row(
        face="plugins", make=lambda fault: [_previews(fault)], look=_nothing_is_shown_of_the_link
    ),
    "register_routes": Row(
        face="web", make=lambda fault: [_handler(fault)], look=_the_page_fails_alone, hurried=True
    ),
    "register_templates": Row(
        face="web",
        make=lambda fault: [_theme("" if fault.slow else "{{ 1 / 0 }}")],
        look=_the_site_s_own_is_drawn,
        options={"theme": "faulty"},
        senseless=dict.fromkeys((Kind.WAITS, Kind.SLOW), _WAITS_FOR_NOTHING),
    ),
    "register_static": Row(face="web", make=lambda fault: [_folder(fault)], senseless=never(_READ_ONCE)),
    "register_nav_items": Row(
        face="web",
        make=lambda fault: [NavItem(key="faulty", label="Faulty", href="/about")],
        senseless=never(VALUE),
    ),
    "register_slots": Row(face="web", make=lambda fault: [_slot(fault)], look=_it_is_omitted_from_the_page),
    "register_template_globals": Row(
        face="web",
        make=_global,
        more={"register_templates": lambda fault: [_theme("{{ x.faulty.work() }}")]},
        look=_the_site_s_own_is_drawn,
        options={"theme": "faulty"},
    ),
    "register_middleware": Row(
        face="web", make=lambda fault: [_middleware(fault)], look=_that_request_fails, hurried=True
    ),
    "register_resources": Row(
        face="api", make=lambda fault: [_handler(fault)], look=_the_resource_fails_alone, hurried=True
    ),
    "register_scopes": Row(
        face="api",
        make=lambda fault: [ApiScope(name="faulty:read", description="Read it")],
        senseless=never(VALUE),
    ),
    "register_post_fields": Row(
        face="api",
        make=lambda fault: [PostField(name="seven", type=int, resolver=_resolver(fault))],
        look=_posts_lack_the_field,
    ),
    "register_account_fields": Row(
        face="api",
        make=lambda fault: [AccountField(name="seven", type=int, resolver=_resolver(fault))],
        look=_accounts_lack_the_field,
    ),
    "register_brokers": Row(
        face="tasks", make=lambda fault: [_broker(fault)], look=_the_worker_does_not_start
    ),
    "register_task_middlewares": Row(
        face="tasks", make=lambda fault: [_task_middleware(fault)], look=_the_job_is_not_lost
    ),
}
