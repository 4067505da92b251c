"""The plugin `memory` offers its storage by the scheme."""

from __future__ import annotations

from microblog_core.memory.plugin import PLUGIN, register_storages
from microblog_core.memory.storage import MemoryStorage


def test_it_offers_a_fresh_storage_for_each_site() -> None:
    (factory,) = register_storages()
    assert (PLUGIN.name, factory.schemes, factory.embedded, factory.tools) == (
        "memory",
        ("memory",),
        True,
        None,
    )
    first, second = factory.open("memory:"), factory.open("memory:")
    assert isinstance(first, MemoryStorage)
    assert first is not second
