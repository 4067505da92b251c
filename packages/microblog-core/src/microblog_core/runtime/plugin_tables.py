"""Plugins' own tables are brought to a version: step by step, each in one transaction with the note of it.

The notes are values of the plugin store, one for each step, which can be added once: of two processes that
begin the same step one waits for the other, and then finds it done.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from microblog_core.contributions import Migration
from microblog_core.domain.errors import ConfigurationError, Conflict, MicroblogError, PluginError
from microblog_core.ports.operations import AddValue, DeleteValue, Operation, RunSql
from microblog_core.ports.storage import Storage

OWNER = "core"
KEY = "tables/"


async def stored_version(storage: Storage, plugin: str) -> int:
    """The version that a plugin's tables have; 0 where there are none."""
    known = await storage.values(OWNER, f"{KEY}{plugin}/")
    return max((int(key.rpartition("/")[2]) for key in known), default=0)


async def migrate_tables(
    storage: Storage, plugin: str, steps: Sequence[Migration], to: int | None = None
) -> tuple[int, int]:
    """Bring a plugin's tables to a version, the newest if none is named; the versions before and after.

    Raises `ConfigurationError` for a version that there is not, or that there is no way to, and
    `PluginError` for a step that the storage refuses. The steps before it stay.
    """
    newest = len(steps)
    wanted = newest if to is None else to
    first = stored = await stored_version(storage, plugin)
    if not 0 <= wanted <= newest or stored > newest:
        raise ConfigurationError(
            f"The tables of the plugin {plugin} are at version {stored} and can't be brought to {wanted}:"
            f" it knows versions up to {newest}.",
            hint="Name one of these, or install the version of the plugin that made the tables.",
        )
    while stored != wanted:
        if stored < wanted:
            await _forward(storage, plugin, steps[stored])
        else:
            await _back(storage, plugin, steps[stored - 1])
        stored = await stored_version(storage, plugin)
    return first, stored


@asynccontextmanager
async def current_tables(
    storage: Storage, plugin: str, steps: Sequence[Migration], *, forward: bool
) -> AsyncIterator[None]:
    """A lifespan that begins only where the plugin's tables are current; with `forward` it brings them there.

    Raises `ConfigurationError` that says what to do, and as `migrate_tables`.
    """
    stored = await stored_version(storage, plugin)
    if stored < len(steps) and not forward:
        raise ConfigurationError(
            f"its tables are at version {stored}, and it needs {len(steps)}", hint="Run `microblog migrate`."
        )
    await migrate_tables(storage, plugin, steps)
    yield


async def _forward(storage: Storage, plugin: str, step: Migration) -> None:
    note = AddValue(plugin=OWNER, key=_key(plugin, step), value=b"")
    try:
        await _commit(storage, plugin, step, [note, *map(_run, step.up)])
    except Conflict as conflict:
        if conflict.guard != "value":
            raise


async def _back(storage: Storage, plugin: str, step: Migration) -> None:
    if not step.down:
        raise ConfigurationError(
            f"There is no way back from version {step.version} of the tables of the plugin {plugin}.",
            hint="Restore a backup that is older.",
        )
    note = DeleteValue(plugin=OWNER, key=_key(plugin, step))
    await _commit(storage, plugin, step, [*map(_run, step.down), note])


async def _commit(storage: Storage, plugin: str, step: Migration, operations: Sequence[Operation]) -> None:
    try:
        await storage.commit(operations)
    except Conflict:
        raise
    except MicroblogError as error:
        if error.code == "unavailable":
            raise
        raise PluginError(
            f"Migration {step.version} of the tables of the plugin {plugin} failed: {error.message}",
            hint="Nothing of it was kept. Tell whoever wrote the plugin.",
        ) from error


def _key(plugin: str, step: Migration) -> str:
    return f"{KEY}{plugin}/{step.version}"


def _run(statement: str) -> Operation:
    return RunSql(statement=statement, parameters={})
