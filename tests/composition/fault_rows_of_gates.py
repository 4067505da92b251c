"""The rows of the fault matrix for what stands before a log-in, a post and a plugin: who can't be asked, and
what can't be done, lets nothing pass.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Any

from fault_rows import contract
from faults import NAME, Fault, Row, Town

from microblog_core.contributions import Migration, StorageFactory
from microblog_core.domain.errors import Invalid
from microblog_core.http.sessions import SESSION_COOKIE
from microblog_core.memory.storage import MemoryStorage
from microblog_core.ports.auth import Done
from microblog_core.ports.operations import Operation, RunSql
from microblog_core.ports.storage import SQL
from microblog_core.runtime.plugin_tables import stored_version
from microblog_core.testing.sites import report_of


def _open_door(fault: Fault) -> Any:
    async def begin(address: str) -> Done:
        return Done(account=fault.notes["who"])

    async def resume(values: Any, state: Any, address: str) -> Done:
        raise AssertionError

    return contract(name="door", label="By the door", begin=begin, resume=resume)


def _factor(fault: Fault) -> Any:
    async def required(account: Any) -> bool:
        if fault.notes["step"] == "required":
            await fault.later()
        return True

    async def begin(account: Any, address: str) -> Done:
        if fault.notes["step"] == "begin":
            await fault.later()
        return Done(account=account)

    async def resume(account: Any, values: Any, state: Any, address: str) -> Done:
        raise AssertionError

    return contract(name="knock", label="By knocking", required=required, begin=begin, resume=resume)


async def _nobody_is_let_in(town: Town, fault: Fault) -> None:
    fault.notes["who"] = town.ada
    for calls, step in enumerate(("required", "begin"), 1):
        fault.notes["step"] = step
        answer = await town.get("/login/door")
        assert fault.calls == calls
        assert (SESSION_COOKIE in answer.cookies) is fault.slow, step
        assert fault.slow or "not work" in answer.text, step
        assert "a fault" not in answer.text
        town.http.cookies.clear()


def _guard(fault: Fault) -> Any:
    @contextlib.asynccontextmanager
    async def admit(draft: Any) -> AsyncIterator[None]:
        if not fault.notes.get("leaving"):
            await fault.later()
        yield
        if fault.notes.get("leaving"):
            await fault.later()

    return contract(admit=admit)


async def _entering_refuses_and_leaving_changes_nothing(town: Town, fault: Fault) -> None:
    assert (await town.toot("May I?")).status_code == (200 if fault.slow else 422)
    fault.notes["leaving"] = True
    assert (await town.toot("Was I?")).status_code == 200
    assert fault.calls == 2
    fault.notes["leaving"] = False


class _Statements(MemoryStorage):
    """Takes statements, and does with each what the fault says."""

    capabilities = MemoryStorage.capabilities | {SQL}

    def __init__(self, fault: Fault) -> None:
        super().__init__()
        self._fault = fault

    async def commit(self, operations: Sequence[Operation]) -> None:
        kept = [each for each in operations if not isinstance(each, RunSql)]
        if len(kept) < len(operations):
            await self._fault.later()
        await super().commit(kept)


def _statements(fault: Fault) -> StorageFactory:
    return StorageFactory(
        name="ledge", schemes=("ledge",), open=lambda url: _Statements(fault), embedded=True
    )


async def _the_plugin_is_out_and_nothing_of_the_step_is_kept(town: Town, fault: Fault) -> None:
    report = report_of(town.site, NAME)
    assert (report.state, report.stage) == (("active", "") if fault.slow else ("broken", "lifespan"))
    assert await stored_version(town.ports.storage, NAME) == (1 if fault.slow else 0)
    assert fault.notes.get("entered", False) is fault.slow


def _notes_entering(fault: Fault) -> Any:
    @contextlib.asynccontextmanager
    async def entered() -> AsyncIterator[None]:
        fault.notes["entered"] = True
        yield

    return entered()


ROWS: dict[str, Row] = {
    "register_second_factors": Row(
        make=lambda fault: [_factor(fault)],
        more={"register_login_methods": lambda fault: [_open_door(fault)]},
        look=_nobody_is_let_in,
    ),
    "register_post_guards": Row(
        make=lambda fault: [_guard(fault)],
        look=_entering_refuses_and_leaving_changes_nothing,
        publishes=False,
    ),
    "register_migrations": Row(
        make=lambda fault: [Migration(version=1, up=(f"CREATE TABLE x_{NAME}_pots (id BIGINT)",))],
        more={"lifespan": _notes_entering},
        beside={"register_storages": lambda fault: [_statements(fault)]},
        look=_the_plugin_is_out_and_nothing_of_the_step_is_kept,
        options={"storage": "ledge:", "blobs": "memory:", "time_budget": 0.5},
        error=Invalid,
    ),
}
