"""Storages with a fault each, for the promises of the storage suite: the test's name, and what breaks it.

Most are in `storage_faults.toml` and break one function of the storage in memory (`memory_faults`). What is
compared with a second storage in memory, or what no single function does, is broken here by a class.
"""

from __future__ import annotations

import sqlite3
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from microblog_core.domain.errors import Conflict, Invalid, PluginError
from microblog_core.memory import post_reads
from microblog_core.memory.queue import MemoryQueue
from microblog_core.memory.storage import MemoryStorage
from microblog_core.ports import operations as ops
from microblog_core.ports.operations.conversations import FileDirect
from microblog_core.ports.queue import KindOverview
from microblog_core.ports.storage import SIGNALS, SQL
from microblog_core.ports.tables import SqlValue

BROKEN_FUNCTIONS: dict[str, str] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text())


class Leaving(MemoryStorage):
    """Leaves out operations of one kind."""

    kind: type[ops.Operation] = ops.Operation

    async def commit(self, operations: Sequence[ops.Operation]) -> None:
        await super().commit([each for each in operations if not isinstance(each, self.kind)])


class ForgetsUnmutes(Leaving):
    kind = ops.DeleteMute


class ForgetsEdits(Leaving):
    kind = ops.EditPost


class ForgetsUnbookmarks(Leaving):
    kind = ops.DeleteBookmark


class SaysTooMuch(MemoryStorage):
    capabilities = MemoryStorage.capabilities | {"flying"}


class SaysNothing(MemoryStorage):
    capabilities = frozenset()


class RefusesNothing(MemoryStorage):
    async def commit(self, operations: Sequence[ops.Operation]) -> None:
        if not operations:
            raise Invalid("There is nothing to do.")
        await super().commit(operations)


class RefusesSessionsOfNobody(MemoryStorage):
    async def commit(self, operations: Sequence[ops.Operation]) -> None:
        for each in operations:
            if isinstance(each, ops.AddSession) and each.session.account_id not in self._tables.accounts:
                raise Conflict("There is no such account.", guard="exists")
        await super().commit(operations)


class RefusesToFileWhatIsGone(MemoryStorage):
    async def commit(self, operations: Sequence[ops.Operation]) -> None:
        for each in operations:
            if isinstance(each, FileDirect) and each.post.id not in self._tables.posts:
                raise Conflict("The post is gone.", guard="exists")
        await super().commit(operations)


class CountsWhatIsNot(MemoryStorage):
    class Queue(MemoryQueue):
        async def overview(self, now: int) -> Sequence[KindOverview]:
            return await super().overview(now) or (KindOverview(kind="none"),)

    def __init__(self) -> None:
        super().__init__()
        self.queue = self.Queue(self._tables)


class InventsTimelines(MemoryStorage):
    class Timelines(post_reads.TimelineReads):
        async def public(self, *arguments: Any, **named: Any) -> Any:
            listing = await super().public(*arguments, **named)
            return listing if listing.items else replace(listing, items=(None,))

    def __init__(self) -> None:
        super().__init__()
        self.timelines = self.Timelines(self._tables)


class SqliteBeside(MemoryStorage):
    """The storage in memory, with plugins' statements in a database beside it."""

    capabilities = MemoryStorage.capabilities | {SQL}

    def __init__(self) -> None:
        super().__init__()
        self.database = sqlite3.connect(":memory:", isolation_level=None)

    async def commit(self, operations: Sequence[ops.Operation]) -> None:
        self.database.execute("BEGIN")
        try:
            for operation in operations:
                if isinstance(operation, ops.RunSql):
                    self.database.execute(operation.statement, self.values_of(operation))
            await super().commit([each for each in operations if not isinstance(each, ops.RunSql)])
        except sqlite3.Error as error:
            self.database.execute("ROLLBACK")
            raise Invalid(str(error)) from error
        except BaseException:
            self.undo()
            raise
        self.database.execute("COMMIT")

    def values_of(self, operation: ops.RunSql) -> dict[str, Any]:
        """The values of a statement's parameters."""
        return dict(operation.parameters)

    def undo(self) -> None:
        """Undo the statements of a unit that fails."""
        self.database.execute("ROLLBACK")

    async def select(self, statement: str, **parameters: SqlValue) -> Sequence[Sequence[Any]]:
        """All rows of one question."""
        if not self.asks(statement):
            raise PluginError("This is no question.")
        try:
            return self.database.execute(statement, parameters).fetchall()
        except sqlite3.Error as error:
            raise PluginError(str(error)) from error

    def asks(self, statement: str) -> bool:
        """Whether a statement is a question."""
        return statement.startswith("SELECT")


class HidesSql(SqliteBeside):
    capabilities = MemoryStorage.capabilities


class QuotesValues(SqliteBeside):
    def values_of(self, operation: ops.RunSql) -> dict[str, Any]:
        values = super().values_of(operation)
        return {
            name: value.replace("'", "''") if isinstance(value, str) else value
            for name, value in values.items()
        }


class KeepsStatements(SqliteBeside):
    def undo(self) -> None:
        self.database.execute("COMMIT")


class KeepsTheRest(SqliteBeside):
    async def commit(self, operations: Sequence[ops.Operation]) -> None:
        try:
            await super().commit(operations)
        except Invalid:
            await super().commit([each for each in operations if not isinstance(each, ops.RunSql)])
            raise


class ReadsNothing(SqliteBeside):
    async def select(self, statement: str, **parameters: SqlValue) -> Sequence[Sequence[Any]]:
        return (await super().select(statement, **parameters))[:0]


class TakesAnyStatement(SqliteBeside):
    def asks(self, statement: str) -> bool:
        return True


class Signalling(MemoryStorage):
    """The storage in memory as two processes have it: they share the tables and hear one another."""

    capabilities = MemoryStorage.capabilities | {SIGNALS}

    def __init__(self, other: Signalling | None = None) -> None:
        super().__init__()
        self.told: Callable[[bytes], None] = lambda event: None
        self.others: list[Signalling] = []
        if other is not None:
            self.__dict__.update({**other.__dict__, "told": self.told, "others": [other]})
            other.others.append(self)

    def hear(self, told: Callable[[bytes], None]) -> None:
        """Tell this of the others' events."""
        self.told = told

    async def commit(self, operations: Sequence[ops.Operation]) -> None:
        await super().commit([each for each in operations if not isinstance(each, ops.Signal)])
        self.tell([each.event for each in operations if isinstance(each, ops.Signal)])

    def tell(self, events: Sequence[bytes]) -> None:
        """Tell the others."""
        for event in events:
            for other in self.others:
                other.told(event)


class TellsItself(Signalling):
    def tell(self, events: Sequence[bytes]) -> None:
        super().tell(events)
        for event in events:
            self.told(event)


class TellsTooEarly(Signalling):
    async def commit(self, operations: Sequence[ops.Operation]) -> None:
        self.tell([each.event for each in operations if isinstance(each, ops.Signal)])
        await super().commit([each for each in operations if not isinstance(each, ops.Signal)])


BROKEN_CLASSES: dict[str, type[MemoryStorage]] = {
    "test_everybody_sees_what_the_reference_shows": ForgetsUnmutes,
    "test_everybody_finds_what_the_reference_finds": ForgetsEdits,
    "test_everybody_finds_the_marks_that_the_reference_keeps": ForgetsUnbookmarks,
    "test_a_storage_says_what_it_can": SaysTooMuch,
    "test_a_storage_says_that_it_can_search": SaysNothing,
    "test_a_storage_says_that_it_knows_trends": SaysNothing,
    "test_a_storage_says_that_it_has_statistics": SaysNothing,
    "test_the_capability_is_declared": SaysNothing,
    "test_an_empty_unit_is_no_error": RefusesNothing,
    "test_a_session_of_nobody_is_not_kept": RefusesSessionsOfNobody,
    "test_a_post_that_is_not_there_is_filed_nowhere": RefusesToFileWhatIsGone,
    "test_no_jobs_are_no_kinds": CountsWhatIsNot,
    "test_an_empty_storage_has_empty_timelines": InventsTimelines,
}
SQL_FAULTS: dict[str, type[SqliteBeside]] = {
    "test_the_capability_is_declared": HidesSql,
    "test_parameters_of_every_type_arrive_as_they_are": QuotesValues,
    "test_a_plugin_reads_what_was_committed": ReadsNothing,
    "test_what_is_no_question_is_refused_and_changes_nothing": TakesAnyStatement,
    "test_a_statement_is_undone_with_its_unit": KeepsStatements,
    "test_a_statement_that_fails_undoes_its_unit_and_no_other": KeepsTheRest,
}
SIGNAL_FAULTS: dict[str, type[Signalling]] = {
    "test_others_hear_what_was_committed_in_its_order_and_oneself_does_not": TellsItself,
    "test_what_was_not_committed_is_not_told": TellsTooEarly,
}
