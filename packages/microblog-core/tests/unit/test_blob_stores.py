"""Blob stores are made with the settings of the plugin that offers them, the site's own and others beside."""

from __future__ import annotations

import msgspec
import pytest

from microblog_core.blob_stores import open_blobs
from microblog_core.contributions import BlobStoreFactory, Manifest
from microblog_core.domain.errors import ConfigurationError
from microblog_core.hookspecs import hookimpl
from microblog_core.memory.blobs import MemoryBlobs
from microblog_core.plugins import Secret
from microblog_core.testing.sites import site_with


class Locked:
    """A blob store that wants a key from the settings of its plugin."""

    class Settings(msgspec.Struct, frozen=True):
        key: Secret = Secret("")

    PLUGIN = Manifest(name="safe", settings=Settings)

    @staticmethod
    def configured(url, settings):
        if "broken" in url:
            raise RuntimeError(f"I was given {settings.key.reveal()}")
        blobs = MemoryBlobs()
        blobs.key = settings.key.reveal()
        return blobs

    @hookimpl
    def register_blob_stores(self):
        def refuse(url):
            raise AssertionError("not without settings")

        return [
            BlobStoreFactory(name="safe", schemes=("safe",), open=refuse, configured=self.configured),
        ]


async def test_a_blob_store_may_have_the_settings_of_its_plugin_and_so_may_others_beside_it():
    settings = {"safe": {"key": "the-key-of-the-safe"}}
    site = site_with({"safe": Locked()}, blobs="safe:", settings=settings)
    assert site.ports.blobs.key == "the-key-of-the-safe"
    other = open_blobs(site, "safe:other")
    assert other.key == "the-key-of-the-safe" and other is not site.ports.blobs
    assert isinstance(open_blobs(site, "memory:"), MemoryBlobs)
    with pytest.raises(ConfigurationError, match="offers a blob store for tape"):
        open_blobs(site, "tape:")
    with pytest.raises(ConfigurationError, match="can't be made") as caught:
        open_blobs(site, "safe:broken")
    assert "the-key" not in str(caught.value)
