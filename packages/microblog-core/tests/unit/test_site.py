"""The life of a site: composed without opening anything, opened once, closed in order; and two of them side
by side.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from microblog_core.config import Config, load_config
from microblog_core.contributions import BlobStoreFactory, Manifest, StorageFactory, Subscriber
from microblog_core.domain.errors import ConfigurationError, PluginError, Unavailable
from microblog_core.domain.events import AccountCreated
from microblog_core.hookspecs import hookimpl
from microblog_core.memory.blobs import MemoryBlobs
from microblog_core.memory.storage import MemoryStorage
from microblog_core.plugins import Secret
from microblog_core.plugins.report import PluginState, as_data
from microblog_core.site import compose_site, compose_sites
from microblog_core.testing.sites import report_of, site_with

STEPS: list[str] = []


class Storage(MemoryStorage):
    """Notes when it is opened and closed."""

    failing = False

    async def open(self) -> None:
        await asyncio.sleep(0)
        STEPS.append("storage open")
        if self.failing:
            raise Unavailable("The disk is on strike.")
        await super().open()

    async def close(self) -> None:
        STEPS.append("storage close")
        await super().close()


class Shelf:
    """A plugin with a storage, a lifespan and everything that notes its steps."""

    def __init__(
        self, name: str = "shelf", *, fails: bool = False, waits: bool = False, **manifest: Any
    ) -> None:
        self.PLUGIN = Manifest(name=name, **manifest)
        self.name, self.fails, self.waits = name, fails, waits

    @hookimpl
    def register_storages(self):
        return [StorageFactory(name=self.name, schemes=(self.name,), open=lambda url: Storage())]

    @hookimpl
    def register_channels(self, site):
        return [SimpleNamespace(name=self.name, deliver=deliver)]

    @hookimpl
    @contextlib.asynccontextmanager
    async def lifespan(self, site):
        if self.waits:
            await asyncio.Event().wait()
        if self.fails:
            raise RuntimeError("no power")
        STEPS.append(f"{self.name} begins")
        yield
        STEPS.append(f"{self.name} ends")


async def deliver(message: object, *, key: str) -> None:
    return None


@pytest.fixture(autouse=True)
def steps() -> list[str]:
    STEPS.clear()
    return STEPS


async def test_composition_opens_nothing(steps):
    site = site_with({"shelf": Shelf()}, storage="shelf:")
    assert isinstance(site.ports.storage, Storage)
    assert steps == []
    assert repr(site) == "<Site test (composed)>"


async def test_everything_is_closed_in_the_reverse_order_of_opening(steps):
    site = site_with({"shelf": Shelf(), "vase": Shelf("vase", after=("shelf",))}, storage="shelf:")
    site.on_close(lambda: steps.append("first callback"))
    site.on_close(lambda: steps.append("second callback"))
    thing = site.resources.add("thing", lambda: "thing", lambda thing: steps.append("resource close"))
    async with site:
        await thing.get()
        assert steps == ["storage open", "shelf begins", "vase begins"]
        steps.clear()
    assert steps == [
        "second callback",
        "first callback",
        "vase ends",
        "shelf ends",
        "resource close",
        "storage close",
    ]


async def test_files_lie_in_a_folder_of_the_sites_own_unless_it_lives_in_memory(tmp_path):
    config = load_config(tmp_path, environ={"MICROBLOG_SECRET_KEY": "00" * 32})
    site = compose_site(config, config.sites[0], plugins={"shelf": Shelf()})
    assert site.blobs_url in (f"files:{tmp_path}/media/main", "memory:")
    shelved = msgspec.structs.replace(config.sites[0], name="shelved", storage="shelf:")
    async with compose_site(config, shelved, plugins={"shelf": Shelf()}) as site:
        assert site.blobs_url == f"files:{tmp_path}/media/shelved"
        key = f"ab/{'c' * 30}.png"
        await site.ports.blobs.put(key, b"x", "image/png")
        assert (tmp_path / "media" / "shelved" / key).read_bytes() == b"x"
        assert site.ports.blobs.url(key) == f"/media/{key}"
    assert site_with({}).blobs_url == "memory:"


async def test_a_blob_store_is_closed_after_what_uses_it_and_before_the_storage(steps):
    class Drawer(MemoryBlobs):
        async def close(self):
            STEPS.append("blobs close")

    class WithDrawer(Shelf):
        @hookimpl
        def register_blob_stores(self):
            return [BlobStoreFactory(name="drawer", schemes=("drawer",), open=lambda url: Drawer())]

    async with site_with({"shelf": WithDrawer()}, storage="shelf:", blobs="drawer:"):
        pass
    assert steps[-3:] == ["shelf ends", "blobs close", "storage close"]


def test_a_blob_store_that_nobody_offers_or_that_can_not_be_made_says_so():
    with pytest.raises(ConfigurationError, match="blob store for tape"):
        _ = site_with({}, blobs="tape:secret").ports
    with pytest.raises(ConfigurationError, match="names no folder"):
        _ = site_with({}, blobs="files:").ports


async def test_a_hundred_openings_at_once_open_once(steps):
    site = site_with({"shelf": Shelf()}, storage="shelf:")
    await asyncio.gather(*(site.open() for _ in range(100)))
    assert steps == ["storage open", "shelf begins"]
    await asyncio.gather(*(site.close() for _ in range(100)))
    assert steps.count("storage close") == 1
    with pytest.raises(Unavailable):
        await site.open()


async def test_a_lifespan_that_fails_breaks_its_plugin_and_the_site_opens_without_it():
    class Needing:
        PLUGIN = Manifest(name="needing", requires=("vase",))

        @hookimpl
        @contextlib.asynccontextmanager
        async def lifespan(self, site):
            STEPS.append("needing begins")
            yield

    site = site_with({"shelf": Shelf(), "vase": Shelf("vase", fails=True), "needing": Needing()})
    before = site.ports
    assert "vase" in {channel.name for channel in site.contributions.channels}
    async with site:
        report = report_of(site, "vase")
        assert (report.state, report.stage, report.reason) == (
            PluginState.BROKEN,
            "lifespan",
            "RuntimeError: no power",
        )
        assert report_of(site, "needing").reason == "requires the plugin 'vase', which is broken"
        assert {channel.name for channel in site.contributions.channels} == {"shelf"}
        assert (site.ports.storage, site.ports.cache) == (before.storage, before.cache)
        assert "needing begins" not in STEPS


async def test_a_lifespan_that_waits_forever_is_given_up():
    async with site_with({"vase": Shelf("vase", waits=True)}, time_budget=0.1) as site:
        assert report_of(site, "vase").reason == "its lifespan did not begin within 0.1 seconds"


async def test_a_lifespan_that_ends_badly_keeps_nothing_open(steps, caplog):
    @contextlib.asynccontextmanager
    async def ending_badly():
        yield
        raise RuntimeError("slammed the door")

    plugin = SimpleNamespace(PLUGIN=Manifest(name="vase"), lifespan=hookimpl(lambda site: ending_badly()))
    async with site_with({"shelf": Shelf(), "vase": plugin}, storage="shelf:"):
        steps.clear()
    assert steps == ["shelf ends", "storage close"]
    assert "The lifespan of the plugin vase did not end well" in caplog.text


async def test_a_storage_that_does_not_open_fails_the_start_and_leaves_nothing_open(steps, monkeypatch):
    monkeypatch.setattr(Storage, "failing", True)
    site = site_with({"shelf": Shelf()}, storage="shelf:")
    with pytest.raises(Unavailable, match="strike"):
        await site.open()
    assert steps == ["storage open", "storage close"]


async def test_what_the_configuration_requires_must_work():
    site = site_with({"vase": Shelf("vase", fails=True)}, required=["vase"])
    with pytest.raises(
        ConfigurationError, match="requires the plugin 'vase', which is broken: RuntimeError: no power"
    ):
        await site.open()
    site = site_with(required=["absent"])
    with pytest.raises(ConfigurationError, match="'absent', which is not installed"):
        await site.open()


async def test_without_a_storage_the_plugins_can_still_be_looked_at_but_nothing_opens():
    site = site_with(storage="redis://user:hunter2@x")
    assert report_of(site, "core").state is PluginState.ACTIVE
    for use in (lambda: site.ports, lambda: site.storage, lambda: site.storage_factory):
        with pytest.raises(ConfigurationError, match="No active plugin offers a storage for redis"):
            use()
    with pytest.raises(ConfigurationError, match="storage for redis"):
        await site.open()


async def test_two_plugins_with_one_storage_scheme_are_an_error_that_names_both():
    site = site_with({"shelf": Shelf(), "second": SecondShelf()}, storage="shelf:")
    with pytest.raises(ConfigurationError, match="'shelf' and 'second' both offer a storage for shelf"):
        await site.open()


def test_what_is_probably_not_meant_so_is_said(caplog):
    site = site_with(
        {"shelf": Shelf(), "second": SecondShelf()}, disabled=["wbe"], settings={"shlef": {"colour": "red"}}
    )
    assert site.doubts == (
        "plugins.disabled names 'wbe', which is not installed.",
        "The settings plugins.shlef are for a plugin that is not installed. Did you mean plugins.shelf?",
        "The plugins 'shelf' and 'second' both offer a storage for shelf.",
    )
    assert all(doubt in caplog.text for doubt in site.doubts)
    assert site_with({"shelf": Shelf()}).doubts == ()


class SecondShelf:
    PLUGIN = Manifest(name="second")

    @hookimpl
    def register_storages(self):
        return [StorageFactory(name="second", schemes=("shelf",), open=lambda url: Storage())]


async def test_a_storage_that_can_not_be_made_is_named_without_its_password():
    def fail(url: str):
        raise OSError(f"can't reach {url}")

    plugin = SimpleNamespace(
        PLUGIN=Manifest(name="vase"),
        register_storages=hookimpl(lambda: [StorageFactory(name="vase", schemes=("vase",), open=fail)]),
    )
    with pytest.raises(ConfigurationError) as caught:
        await site_with({"vase": plugin}, storage="vase://ada:hunter2@x/y").open()
    assert "vase://***@x/y" in str(caught.value)
    assert "hunter2" not in str(caught.value)


async def test_the_storage_of_a_plugin_that_fell_out_is_not_used():
    class Fading(Shelf):
        @hookimpl
        def register_policies(self, site):
            raise RuntimeError("faded")

    with pytest.raises(
        ConfigurationError, match="belongs to the plugin 'shelf', which is broken: RuntimeError: faded"
    ):
        await site_with({"shelf": Fading()}, storage="shelf:").open()


@pytest.mark.parametrize("choice", [{"timeline": "sideways"}, {"renderer": "sideways"}])
async def test_a_choice_that_nobody_offers_says_what_there_is(choice):
    with pytest.raises(ConfigurationError, match="'sideways'") as caught:
        await site_with(**choice).open()
    assert "to one of: " in caught.value.hint


def test_hooks_can_not_use_what_is_not_settled_yet():
    seen: list[str] = []

    def register_channels(site):
        for name in ("contributions", "ports", "page_renderer"):
            with pytest.raises(PluginError, match=r"yet\."):
                getattr(site, name)
        seen.extend((site.name, site.config.title, str(site.settings("vase"))))
        return []

    plugin = SimpleNamespace(PLUGIN=Manifest(name="vase"), register_channels=hookimpl(register_channels))
    site_with({"vase": plugin})
    assert seen == ["test", "Microblog", "None"]


async def test_after_composition_no_hook_is_called_again(monkeypatch):
    import pluggy

    calls: list[str] = []
    original = pluggy.HookCaller.__call__

    def counted(self: Any, **arguments: object) -> Any:
        calls.append(self.name)
        return original(self, **arguments)

    monkeypatch.setattr(pluggy.HookCaller, "__call__", counted)
    async with site_with({"shelf": Shelf()}) as site:
        assert calls
        calls.clear()
        await site.ports.storage.ping()
        site.ports.content.render("hello @ada #tag", site.ports.content.find("hello @ada #tag"), ())
        site.ports.bus.publish(AccountCreated(id=1, at=2, account_id=3))
    assert calls == []


async def test_observers_stop_with_the_site():
    told: list[object] = []

    async def handler(event: object) -> None:
        told.append(event)

    plugin = SimpleNamespace(
        PLUGIN=Manifest(name="vase"),
        register_subscribers=hookimpl(
            lambda site: [Subscriber(name="a", event=AccountCreated, handler=handler)]
        ),
    )
    site = site_with({"vase": plugin})
    event = AccountCreated(id=1, at=2, account_id=3)
    async with site:
        site.ports.bus.publish(event)
    assert told == [event]
    site.ports.bus.publish(event)
    await asyncio.sleep(0)
    assert told == [event]


def test_a_guard_remembers_for_one_item_and_blames_its_plugin():
    site = site_with({"shelf": Shelf()})
    (channel,) = site.contributions.channels
    guard = site.guard(channel, "the channel")
    assert guard is site.guard(channel, "the channel")
    assert guard is not site.guard(channel, "something else")
    assert (guard.owner, site.guard(object(), "x").owner) == ("shelf", "core")


def test_the_report_is_data_for_programs():
    site = site_with({"shelf": Shelf(), "vase": SimpleNamespace(PLUGIN=7)})
    data = {each["name"]: each for each in json.loads(json.dumps(as_data(site.report)))}
    assert data["shelf"]["contributions"]["register_channels"] == ["shelf"]
    assert (data["vase"]["state"], data["vase"]["stage"]) == ("broken", "manifest")
    assert set(data["shelf"]) >= {"distribution", "version", "faces", "order", "cost", "reason", "traceback"}


# Which plugins a site has


def test_safe_mode_leaves_out_what_is_not_microblogs_own(tmp_path, install_plugin):
    install_plugin("sample", "raise AssertionError")
    install_plugin("lamp", 'PLUGIN = Manifest(name="lamp")', distribution="microblog-plugins")
    environ = {"MICROBLOG_SAFE_MODE": "1", "MICROBLOG_SITES__MAIN__STORAGE": "memory:"}
    config = load_config(tmp_path, environ=environ, make_key=True)
    (site,) = compose_sites(config)
    assert report_of(site, "sample").state is PluginState.DISABLED
    assert "MICROBLOG_SAFE_MODE" in report_of(site, "sample").reason
    assert report_of(site, "core").state is PluginState.ACTIVE
    assert report_of(site, "lamp").state is PluginState.ACTIVE


async def test_the_embedded_storage_is_one_file_for_each_site_in_the_data_folder(tmp_path):
    sql = Shelf("sql")
    sql.name = "sqlite"
    config = Config(data=tmp_path / "data", secret_key=Secret("00" * 32))
    site = compose_site(config, config.sites[0], plugins={"sql": sql})
    assert site.storage_url == f"sqlite:///{tmp_path}/data/microblog.db"
    assert not (tmp_path / "data").exists()
    async with site:
        assert (tmp_path / "data").is_dir()


async def test_a_sql_plugin_that_does_not_work_is_an_error_and_no_reason_to_forget_everything(tmp_path):
    config = Config(data=tmp_path, secret_key=Secret("00" * 32))
    site = compose_site(config, config.sites[0], plugins={"sql": SimpleNamespace()})
    with pytest.raises(ConfigurationError, match="needs the plugin 'sql', which is broken") as caught:
        await site.open()
    assert 'storage = "memory:"' in caught.value.hint
