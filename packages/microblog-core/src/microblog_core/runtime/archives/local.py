"""Imports of files that lie on this machine, by operators: nothing is stored, and no job runs."""

from __future__ import annotations

from microblog_core.domain.archives import Import, ImportState
from microblog_core.domain.errors import Conflict
from microblog_core.domain.timelines import Page
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import AddImport, EndImport


async def local_import(ports: Ports, wanted: Import) -> Import:
    """The import to go on with: the one of the same file that was interrupted, or a new one.

    What an operator began with another file is called off. Raises `Conflict` (guard `busy`) where one of the
    person's own has not ended.
    """
    newest = (await ports.storage.archives.imports(wanted.account_id, Page(limit=1))).items
    before = newest[0] if newest and not newest[0].ended else None
    if before is not None and not before.key and _same(before, wanted):
        return before
    unit = ports.unit()
    if before is not None and not before.key:
        unit.apply(
            EndImport(import_id=before.id, state=ImportState.CANCELLED, at=ports.clock.now(), error="")
        )
    unit.apply(AddImport(item=wanted))
    try:
        await unit.commit()
    except Conflict as conflict:
        if conflict.guard != "busy":
            raise
        raise Conflict(
            "An import that this person asked for has not ended.", guard="busy", hint="Wait for it."
        ) from conflict
    return wanted


def _same(before: Import, wanted: Import) -> bool:
    def told(item: Import) -> tuple[object, ...]:
        return item.kind, item.parts, item.overwrite, item.name, item.size

    return told(before) == told(wanted)
