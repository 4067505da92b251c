"""Where the sandbox keeps its log on a site: in the plugin store, so that all processes know the same."""

from __future__ import annotations

from collections.abc import Mapping

from microblog_core.domain.errors import Conflict
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import AddValue

STORE = "sandbox"


class StorageShelf:
    """Values in the plugin store, each written once."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def read(self, prefix: str) -> Mapping[str, bytes]:
        """All values whose key begins so."""
        return await self._ports.storage.values(STORE, prefix)

    async def add(self, key: str, value: bytes) -> bool:
        """Store a value; False where there is one already."""
        unit = self._ports.unit()
        unit.apply(AddValue(plugin=STORE, key=key, value=value))
        try:
            await unit.commit()
        except Conflict as conflict:
            if conflict.guard != "value":
                raise
            return False
        return True
