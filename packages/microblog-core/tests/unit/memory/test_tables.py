"""Tables in memory: what a failed commit wrote is taken back, exactly."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from microblog_core.memory.tables import Table, Tables

WRITES = st.lists(st.tuples(st.sampled_from("abc"), st.none() | st.integers(0, 9)), max_size=12)


def _write(table: Table[str, int], writes: list[tuple[str, int | None]]) -> None:
    for key, row in writes:
        if row is None:
            table.remove(key)
        else:
            table.put(key, row)


@given(WRITES, WRITES, WRITES)
def test_rolling_back_gives_the_rows_of_the_last_keep(first, second, third) -> None:
    table: Table[str, int] = Table()
    _write(table, first)
    table.keep()
    before = dict(table.rows)
    _write(table, second)
    table.roll_back()
    assert table.rows == before
    _write(table, third)
    table.keep()
    after = dict(table.rows)
    table.roll_back()
    assert table.rows == after


def test_all_tables_are_kept_and_rolled_back_together() -> None:
    tables = Tables()
    tables.values.put(("suite", "kept"), b"")
    tables.thread_mutes.put((1, 1), 5)
    tables.keep()
    tables.values.remove(("suite", "kept"))
    tables.values.put(("suite", "gone"), b"")
    tables.thread_mutes.put((1, 1), 6)
    tables.roll_back()
    assert tables.values.rows == {("suite", "kept"): b""}
    assert tables.thread_mutes.rows == {(1, 1): 5}


def test_a_table_is_asked_by_key() -> None:
    table: Table[str, int] = Table()
    table.put("a", 0)
    assert (table.get("a"), table.get("b"), "a" in table, "b" in table) == (0, None, True, False)
    assert (table.remove("a"), table.remove("a")) == (0, None)
