"""How a use case of the storage talks to a database: it yields a statement with its parameters and is sent
the rows.

So reads and writes are written once, without `await`, and each database runs them in its own way: SQLite in
the calling thread, PostgreSQL through its asynchronous driver.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Coroutine, Generator, Sequence
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Protocol, TypeVar

if TYPE_CHECKING:
    from microblog_plugins.sql.kept import Kept

T = TypeVar("T")
P = ParamSpec("P")

Row = Sequence[Any]
Statement = tuple[str, dict[str, Any]]
Steps = Generator[Statement, list[Row], T]
"""Yields (SQL text with `:name` parameters, their values), is sent all rows, and returns a result."""


class Run(Protocol):
    """Runs steps to their end outside any unit of work; they may be made and run again."""

    def __call__(self, make: Callable[[], Steps[T]], /) -> Coroutine[Any, Any, T]:
        """The result of the steps. Raises `Unavailable`."""
        ...


class Reader:
    """The root of readers: the dialect that statements are written for, what was read before, and what runs
    them.
    """

    def __init__(self, kept: Kept, run: Run) -> None:
        self._kept = kept
        self._dialect = kept.dialect
        self._run = run


R = TypeVar("R", bound=Reader)


def reads(
    function: Callable[Concatenate[R, P], Steps[T]],
) -> Callable[Concatenate[R, P], Coroutine[Any, Any, T]]:
    """Turn a reader's generator of statements into the `async` method that the contract asks for."""

    @functools.wraps(function)
    async def method(self: R, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._run(lambda: function(self, *args, **kwargs))

    return method
