"""The hook for tables of a plugin's own; what becomes of them is in the tests of the storages that run
statements.
"""

from __future__ import annotations

from types import SimpleNamespace

from microblog_core.contributions import Manifest, Migration, StorageFactory
from microblog_core.hookspecs import hookimpl
from microblog_core.memory.storage import MemoryStorage
from microblog_core.ports.storage import SQL
from microblog_core.testing.sites import site_with


def test_register_migrations():
    class Statements(MemoryStorage):
        capabilities = MemoryStorage.capabilities | {SQL}

    shelf = SimpleNamespace(
        PLUGIN=Manifest(name="shelf"),
        register_storages=hookimpl(
            lambda: [StorageFactory(name="shelf", schemes=("shelf",), open=lambda url: Statements())]
        ),
    )
    step = Migration(version=1, up=("CREATE TABLE x_sample_pots (id BIGINT)",))
    sample = SimpleNamespace(PLUGIN=Manifest(name="sample"), register_migrations=hookimpl(lambda: [step]))
    site = site_with({"sample": sample, "shelf": shelf}, storage="shelf://upper")
    assert site.contributions.migrations == (step,)
    assert site.contributions.owner(step) == "sample"
