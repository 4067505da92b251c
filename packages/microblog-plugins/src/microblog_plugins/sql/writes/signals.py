"""Word for other processes: it is no row, but goes with the commit, in each database's own way."""

from __future__ import annotations

from collections.abc import Iterable

from microblog_core.ports.operations import Operation, Signal
from microblog_plugins.sql.dialect import Dialect
from microblog_plugins.sql.steps import Steps


def signal(dialect: Dialect, operation: Signal) -> Steps[None]:
    """Nothing to write."""
    yield from ()


def signals_in(operations: Iterable[Operation]) -> tuple[bytes, ...]:
    """What these operations tell other processes."""
    return tuple([each.event for each in operations if isinstance(each, Signal)])
