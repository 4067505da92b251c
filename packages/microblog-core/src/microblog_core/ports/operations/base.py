"""What all operations have in common."""

from __future__ import annotations

from typing import ClassVar

import msgspec


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """The root of operations. `changed` names what readers' caches must forget after the commit."""

    needs: ClassVar[str] = ""
    """The capability that a storage must have for this operation; empty for the required base."""

    def changed(self) -> tuple[str, ...]:
        """Cache keys that this operation makes stale: `account:1`, `post:1`, `thread:1`, `tag:x`,
        `session:hash`, ...
        """
        return ()


def changed_keys(operations: tuple[Operation, ...] | list[Operation]) -> frozenset[str]:
    """All cache keys that these operations make stale."""
    return frozenset(key for operation in operations for key in operation.changed())
