"""The rows of the fault matrix for core's hooks: authentication, storage, content, permissions."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from faults import Fault, Kind, Row, Town, never, plugin_of

from microblog_core.contributions import (
    BlobStoreFactory,
    HealthCheck,
    Renderer,
    SharedPorts,
    StorageFactory,
    Timeline,
)
from microblog_core.defaults.timelines import Chronological
from microblog_core.domain.accounts import Identity
from microblog_core.domain.errors import Invalid, Unavailable
from microblog_core.domain.media import MediaKind
from microblog_core.domain.permissions import Actor, Decision, Permission
from microblog_core.http.pages import PlainPages
from microblog_core.memory.blobs import MemoryBlobs
from microblog_core.memory.storage import MemoryStorage
from microblog_core.ports.auth import Form
from microblog_core.ports.content import Entity
from microblog_core.ports.media import MediaFacts, ProcessedMedia, Rendition
from microblog_core.ports.observing import Observer
from microblog_core.services.uploads import Render, make_rendition, processor_for
from microblog_core.testing.sites import report_of, site_with

BLOB = "ab/cdef0123456789abcdef0123456789.webp"


def contract(**members: Any) -> Any:
    """An object of a contract."""
    return SimpleNamespace(**members)


def _lifespan(fault: Fault) -> Any:
    @contextlib.asynccontextmanager
    async def entered() -> AsyncIterator[None]:
        await fault.later()
        yield

    return entered()


async def _opens_without_the_plugin(town: Town, fault: Fault) -> None:
    report = report_of(town.site, "faulty")
    assert (report.state, report.stage) == (("active", "") if fault.slow else ("broken", "lifespan"))


async def _only_a_critical_check_makes_the_site_not_ready(town: Town, fault: Fault) -> None:
    answer = await town.get("/health/ready")
    assert answer.status_code == (200 if fault.slow else 503)
    (checks,) = answer.json()["sites"].values()
    word = "ok" if fault.slow else "degraded"
    assert checks["faulty.minor"] == word
    assert checks["faulty.major"] == ("ok" if fault.slow else "failed")


def _authenticator(fault: Fault) -> Any:
    async def authenticate(request: Any) -> Identity | None:
        if "x-faulty" not in request.headers:
            return None
        await fault.later()
        return Identity(account=fault.notes["who"])

    return contract(authenticate=authenticate)


async def _abstains_and_never_grants(town: Town, fault: Fault) -> None:
    fault.notes["who"] = town.ada
    stranger = await town.http.get("/notifications", headers={"x-faulty": "1"})
    assert (stranger.status_code == 200) is fault.slow
    # Who shows other credentials is recognised all the same.
    assert await town.status("/notifications", **town.cookie, **{"x-faulty": "1"}) == 200


def _login_method(fault: Fault) -> Any:
    async def begin(address: str) -> Any:
        await fault.later()
        return Form(fields=(), submit="Come in")

    async def resume(values: Any, state: Any, address: str) -> Any:
        raise AssertionError

    return contract(name="door", label="By the door", begin=begin, resume=resume)


async def _refuses_without_naming_a_cause(town: Town, fault: Fault) -> None:
    page = (await town.get("/login/door")).text
    assert ("Come in" in page) is fault.slow
    assert ("Logging in did not work" in page) is not fault.slow
    assert "a fault" not in page
    assert await town.status("/login/password") == 200


class _Storage(MemoryStorage):
    def __init__(self, fault: Fault) -> None:
        super().__init__()
        self._fault = fault

    async def open(self) -> None:
        await self._fault.later()
        await super().open()

    async def commit(self, operations: Any) -> None:
        await self._fault.later()
        await super().commit(operations)


async def _the_start_fails_and_later_requests_get_a_503(town: Town, fault: Fault) -> None:
    fault.armed = True
    assert (await town.toot("Kept?")).status_code == (200 if fault.slow else 503)
    assert await town.status("/public") == 200
    shed = StorageFactory(name="shed", schemes=("shed",), open=lambda url: _Storage(fault))
    other = site_with({"faulty": plugin_of("faulty", register_storages=lambda: [shed])}, storage="shed:")
    if fault.slow:
        async with other:
            return
    with pytest.raises(Unavailable):
        await other.open()
    fault.armed = False


class _Blobs(MemoryBlobs):
    def __init__(self, fault: Fault) -> None:
        super().__init__()
        self._fault = fault

    async def stream(self, key: str) -> Any:
        await self._fault.later()
        return await super().stream(key)


async def _a_file_is_a_503(town: Town, fault: Fault) -> None:
    await town.ports.blobs.put(BLOB, b"a picture", "image/webp")
    assert await town.status(f"/media/{BLOB}") == (200 if fault.slow else 503)


def _limiter(fault: Fault) -> Any:
    def around(own: Any) -> Any:
        async def hit(key: str, *, limit: int, per: float) -> None:
            await fault.later()
            await own.hit(key, limit=limit, per=per)

        return contract(hit=hit, count=own.count, forget=own.forget)

    return SharedPorts(name="faulty", limiter=around)


async def _the_request_fails(town: Town, fault: Fault) -> None:
    fault.armed = True
    assert ((await town.toot("Too many?")).status_code == 200) is fault.slow
    assert await town.status("/api/v1/timelines/public") == 200
    fault.armed = False


def _processor(fault: Fault) -> Any:
    def probe(data: bytes) -> MediaFacts | None:
        if data == b"PROBED":
            fault.now()
        return MediaFacts(kind=MediaKind.IMAGE, content_type="image/png")

    async def process(data: bytes, purpose: Any, focus: Any = None) -> ProcessedMedia:
        await fault.later()
        picture = Rendition(content_type="image/png", data=b"png", width=1, height=1)
        return ProcessedMedia(kind=MediaKind.IMAGE, picture=picture, preview=picture)

    return contract(name="darkroom", content_types=("image/png",), probe=probe, process=process)


async def _a_file_is_not_taken_and_an_upload_fails(town: Town, fault: Fault) -> None:
    actor = Actor(account=town.ada)
    refused = contextlib.nullcontext() if fault.slow else pytest.raises((Invalid, Unavailable))
    with refused:
        await make_rendition(town.ports, actor, Render(data=b"PROCESSED", purpose="avatar"))
    skipped = contextlib.nullcontext() if fault.slow else pytest.raises(Invalid)
    with skipped:
        assert processor_for(town.ports, b"PROBED").name == "darkroom"


class _Timeline(Chronological):
    name = "faulty"

    def __init__(self, fault: Fault) -> None:
        self._fault = fault

    async def page(self, storage: Any, viewer: int, page: Any) -> Any:
        await self._fault.later()
        return await super().page(storage, viewer, page)


async def _home_fails_alone(town: Town, fault: Fault) -> None:
    home = await town.http.get("/api/v1/timelines/home", headers=town.bearer)
    assert home.status_code == (200 if fault.slow else 500 if fault.kind is Kind.RAISES else 503)
    assert await town.status("/api/v1/timelines/public") == 200


def _filter(fault: Fault) -> Any:
    def apply(content: Any) -> Any:
        fault.now()
        return msgspec.structs.replace(content, html=content.html.replace("plain", "fancy"))

    return contract(name="fancy", apply=apply)


async def _the_filter_is_skipped(town: Town, fault: Fault) -> None:
    assert ("fancy" if fault.slow else "plain") in await town.publish("A plain post with @bob")
    assert fault.calls == 1


def _finder(fault: Fault) -> Any:
    def find(text: str) -> Any:
        fault.now()
        if "T-1" in text:
            start = text.index("T-1")
            yield Entity(kind="ticket", start=start, end=start + 3, value="T-1", href="https://t.example/1")

    return contract(kind="ticket", find=find)


async def _it_finds_nothing(town: Town, fault: Fault) -> None:
    html = await town.publish("See T-1, #news")
    assert ("https://t.example/1" in html) is fault.slow
    assert "/tags/news" in html


def _validator(fault: Fault) -> Any:
    return contract(validate=lambda draft: fault.now())


async def _the_post_is_refused(town: Town, fault: Fault) -> None:
    assert (await town.toot("May I?")).status_code == (200 if fault.slow else 422)


def _policy(fault: Fault) -> Any:
    def decide(actor: Any, permission: str, subject: Any) -> Decision:
        if permission == "posts.write":
            fault.now()
        return Decision.ABSTAIN

    return contract(decide=decide)


async def _it_denies(town: Town, fault: Fault) -> None:
    assert (await town.toot("May I?")).status_code == (200 if fault.slow else 403)


def _sink(fault: Fault) -> Any:
    return contract(
        count=lambda name, value=1, labels=None: fault.now(),
        timing=lambda name, seconds, labels=None: fault.now(),
    )


async def _the_sink_is_dropped(town: Town, fault: Fault) -> None:
    fault.armed = True
    for _ in range(3):
        town.site.metrics.count("posts")
    assert fault.calls == (3 if fault.slow else 1)


def _observer(fault: Fault) -> Any:
    class Looks(Observer):
        def begin_request(self, scope: Any) -> None:
            fault.now()

    return Looks()


async def _the_observer_sees_nothing_more(town: Town, fault: Fault) -> None:
    fault.armed = True
    for _ in range(2):
        assert await town.status("/about") == 200
    assert fault.calls == (2 if fault.slow else 1)


class _Pages(PlainPages):
    def __init__(self, fault: Fault) -> None:
        self._fault = fault

    def message(self, title: str, text: str, links: Any = ()) -> bytes:
        self._fault.now()
        return b"drawn by the plugin"


async def _the_plain_one_draws(town: Town, fault: Fault) -> None:
    drawn = town.site.page_renderer.message("Hello", "Some text")
    assert (drawn == b"drawn by the plugin") is fault.slow
    assert fault.slow or b"Some text" in drawn


VALUE = "it is a value that core reads; nothing of it is called"
_INLINE = (
    "it is called within the request's own task, so that it can set context variables which the request sees;"
    " what waits there holds the event loop, which no other code of the process can end (docs/plugins.md)"
)

ROWS: dict[str, Row] = {
    "lifespan": Row(make=_lifespan, look=_opens_without_the_plugin, options={"time_budget": 0.5}),
    "register_health_checks": Row(
        make=lambda fault: [
            HealthCheck(name="minor", check=fault.later),
            HealthCheck(name="major", check=fault.later, critical=True),
        ],
        look=_only_a_critical_check_makes_the_site_not_ready,
    ),
    "register_authenticators": Row(
        make=lambda fault: [_authenticator(fault)], look=_abstains_and_never_grants
    ),
    "register_login_methods": Row(
        make=lambda fault: [_login_method(fault)], look=_refuses_without_naming_a_cause
    ),
    "register_storages": Row(
        make=lambda fault: [StorageFactory(name="shed", schemes=("shed",), open=lambda url: _Storage(fault))],
        armed=False,
        look=_the_start_fails_and_later_requests_get_a_503,
        hurried=True,
        options={"storage": "shed:", "blobs": "memory:"},
        error=Unavailable,
    ),
    "register_blob_stores": Row(
        make=lambda fault: [
            BlobStoreFactory(name="attic", schemes=("attic",), open=lambda url: _Blobs(fault))
        ],
        look=_a_file_is_a_503,
        hurried=True,
        options={"blobs": "attic:"},
        error=Unavailable,
    ),
    "register_shared_ports": Row(
        make=lambda fault: [_limiter(fault)], look=_the_request_fails, hurried=True, armed=False
    ),
    "register_media_processors": Row(
        make=lambda fault: [_processor(fault)], look=_a_file_is_not_taken_and_an_upload_fails
    ),
    "register_timelines": Row(
        make=lambda fault: [Timeline(name="faulty", strategy=_Timeline(fault))],
        look=_home_fails_alone,
        hurried=True,
        options={"timeline": "faulty"},
    ),
    "register_content_filters": Row(make=lambda fault: [_filter(fault)], look=_the_filter_is_skipped),
    "register_entities": Row(make=lambda fault: [_finder(fault)], look=_it_finds_nothing),
    "register_post_validators": Row(
        make=lambda fault: [_validator(fault)], look=_the_post_is_refused, publishes=False
    ),
    "register_permissions": Row(make=lambda fault: [Permission("faulty.fly", "Fly")], senseless=never(VALUE)),
    "register_policies": Row(make=lambda fault: [_policy(fault)], look=_it_denies, publishes=False),
    "register_metrics_sinks": Row(make=lambda fault: [_sink(fault)], look=_the_sink_is_dropped, armed=False),
    "register_observers": Row(
        make=lambda fault: [_observer(fault)],
        look=_the_observer_sees_nothing_more,
        armed=False,
        senseless={Kind.WAITS: _INLINE},
    ),
    "register_page_renderers": Row(
        make=lambda fault: [Renderer(name="faulty", renderer=_Pages(fault), priority=90)],
        look=_the_plain_one_draws,
    ),
}
