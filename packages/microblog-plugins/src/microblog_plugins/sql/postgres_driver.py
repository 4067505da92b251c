"""How steps run through asyncpg, and what its errors mean."""

from __future__ import annotations

import functools
import re
from typing import Any, TypeVar

import asyncpg  # type: ignore[import-untyped]

from microblog_core.domain.errors import Invalid, MicroblogError, PluginError, Unavailable
from microblog_plugins.sql.dialect import NOW, POSTGRES_NOW, ROW_BY_ROW
from microblog_plugins.sql.errors import conflict, guard_of_constraint
from microblog_plugins.sql.steps import Steps

T = TypeVar("T")

SETTINGS = {
    "application_name": "microblog",
    # What is acknowledged is on disk, whatever the server's default says.
    "synchronous_commit": "on",
    # The statements name their tables in the order in which they are to be read; planning them anew each time
    # would cost more than running them.
    "join_collapse_limit": "1",
    "plan_cache_mode": "force_generic_plan",
    "jit": "off",
    "timezone": "UTC",
}

_LOST = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
)

_TOKENS = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|::|:([A-Za-z_]\w*)")


@functools.lru_cache(maxsize=1024)
def numbered(statement: str) -> tuple[str, tuple[str, ...]]:
    """A statement with `$1` in place of `:name`, and the names in the order of their numbers."""
    names: dict[str, int] = {}

    def number(match: re.Match[str]) -> str:
        name = match[1]
        return match[0] if name is None else f"${names.setdefault(name, len(names) + 1)}"

    text = _TOKENS.sub(number, statement.replace(ROW_BY_ROW, "OFFSET 0").replace(NOW, POSTGRES_NOW))
    return text, tuple(names)


async def drive(connection: Any, steps: Steps[T]) -> T:
    """Run steps to their end on this connection; drivers' errors come through as they are."""
    try:
        statement, parameters = next(steps)
        while True:
            text, names = numbered(statement)
            try:
                values = [parameters[name] for name in names]
            except KeyError as missing:
                raise PluginError(f"A statement lacks the parameter {missing}.") from None
            rows = await connection.fetch(text, *values)
            statement, parameters = steps.send(rows)
    except StopIteration as end:
        result: T = end.value
        return result


def connection_lost(error: Exception) -> bool:
    """Whether it is unknown what became of a transaction."""
    return isinstance(error, _LOST) and not isinstance(error, asyncpg.exceptions.DataError)


def domain_error(error: Exception) -> Exception:
    """What an error means for whoever asked for it; errors of ours stay as they are."""
    if isinstance(error, MicroblogError):
        return error
    if isinstance(error, asyncpg.UniqueViolationError):
        return conflict(guard_of_constraint(str(getattr(error, "constraint_name", ""))))
    if isinstance(error, asyncpg.ForeignKeyViolationError):
        return conflict("exists")
    if isinstance(
        error,
        (
            asyncpg.DataError,
            asyncpg.exceptions.DataError,
            asyncpg.IntegrityConstraintViolationError,
            UnicodeEncodeError,
        ),
    ):
        return Invalid("This value can't be stored.", hint="Use valid text and numbers below 2^63.")
    if isinstance(error, asyncpg.SyntaxOrAccessError):
        return PluginError(f"A statement is wrong: {error}.")
    if isinstance(error, (asyncpg.PostgresError, *_LOST)):
        return Unavailable(f"PostgreSQL does not answer: {error}.", hint="Try again later.")
    return error
