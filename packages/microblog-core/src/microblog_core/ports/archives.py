"""How a storage reads exports and imports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from microblog_core.domain.archives import Export, Import, ImportProblem
from microblog_core.domain.timelines import Listing, Page


class ArchiveReader(Protocol):
    """Exports and imports, whosever they are: use cases ask whose."""

    async def export(self, export_id: int) -> Export | None:
        """One export."""
        ...

    async def exports(self, account_id: int, page: Page) -> Listing[Export]:
        """An account's exports, newest first."""
        ...

    async def old_exports(self, before: int, limit: int) -> Sequence[Export]:
        """Exports whose time was over before this moment (Unix milliseconds), the longest over first."""
        ...

    async def get(self, import_id: int) -> Import | None:
        """One import."""
        ...

    async def imports(self, account_id: int, page: Page) -> Listing[Import]:
        """An account's imports, newest first."""
        ...

    async def old_imports(self, before: int, limit: int) -> Sequence[Import]:
        """Imports that were asked for before this moment (Unix milliseconds), the oldest first."""
        ...

    async def problems(self, import_id: int, page: Page) -> Listing[ImportProblem]:
        """What could not be taken, what came last first."""
        ...

    async def imported(self, account_id: int, sources: Sequence[str]) -> Mapping[str, int]:
        """Ids of what was made of these entries (keys as `AddImported` has them), by entry; those that were
        never imported are left out.
        """
        ...
