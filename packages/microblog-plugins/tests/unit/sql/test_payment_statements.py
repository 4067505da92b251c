"""What payments cost on SQLite: pages take the same statements whatever their length, by indexes; and the
ledger only grows.
"""

from __future__ import annotations

import sqlite3

import asyncpg
import pytest

from microblog_core.domain.payments import PaymentState
from microblog_core.domain.timelines import Page
from microblog_core.testing.builder import Builder
from microblog_core.testing.storage.till import Till


@pytest.fixture
async def till(sqlite_storage):
    """Two dozen payments between two people, and memberships."""
    till = Till(Builder(sqlite_storage))
    till.ada, till.bob, *others = await till.build.people("ada", "bob", *(f"m{n}" for n in range(8)))
    for number in range(24):
        await till.captured(till.bob, till.ada, 500 + number, attention="Look" if number % 2 else "")
    till.tier = await till.tier(till.ada)
    for member in (till.bob, *others):
        till.last = await till.membership(member, till.tier, access_until=2**60)
    return till


def pages(till, limit):
    """Every listing of payments, with the statements that one page of it takes."""
    read, page = till.read, Page(limit=limit)
    return [
        (1, lambda: read.page(page)),
        (1, lambda: read.page(page, attention=True)),
        (1, lambda: read.page(page, state=PaymentState.CAPTURED)),
        (1, lambda: read.page(page, state=PaymentState.CAPTURED, attention=True)),
        (1, lambda: read.paid_by(till.bob.id, page)),
        (1, lambda: read.paid_to(till.ada.id, page)),
        (2, lambda: read.ledger(page)),
        (2, lambda: read.export(0, limit)),
        (1, lambda: read.memberships(till.bob.id, page)),
        (1, lambda: read.members(till.ada.id, page, 1)),
        (1, lambda: read.open(before=2**60, after_id=0, limit=limit)),
        (1, lambda: read.due_memberships(now=2**60, before=2**60, after_id=0, limit=limit)),
    ]


@pytest.mark.parametrize("limit", [2, 8])
async def test_a_page_takes_the_same_statements_whatever_its_length(till, recorder, limit):
    for number, (count, read) in enumerate(pages(till, limit)):
        recorder.statements.clear()
        await read()
        assert len(recorder.statements) == count, number


async def test_everything_about_payments_is_found_by_an_index(till, recorder, sqlite_storage):
    payment = (await till.read.page(Page(limit=1))).items[0].payment
    recorder.statements.clear()
    for _, read in pages(till, 5):
        await read()
    page = Page(limit=5, max_id=payment.id)
    for state in (None, PaymentState.CAPTURED):
        await till.read.page(page, state=state)
    await till.read.paid_by(till.bob.id, page)
    await till.read.paid_to(till.ada.id, page)
    await till.read.by_gateway("bank", payment.gateway_id)
    await till.read.entries(payment.id)
    await till.read.of_membership(till.last.id)
    await till.read.offer(till.bob.id, till.ada.id, 1)
    await till.read.live_membership(till.bob.id, till.ada.id)
    await till.read.membership_by_gateway("bank", "s")
    await till.read.count_members(till.ada.id, 1)
    await till.read.member_of(till.bob.id, (till.ada.id,), 1)
    await till.read.earned_by_day(till.ada.id, 0, 2**60)
    await till.read.balances(f"author:{till.ada.id}")
    await till.read.webhook("bank", "e")
    found = list(recorder.statements)
    assert len(found) > 20
    for statement, parameters in found:
        plan = [
            row[3] for row in sqlite_storage._reader.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
        ]
        free = ("json_each", "CONSTANT ROW", "USING INDEX", "USING COVERING INDEX")
        # Newest first over everything goes along the key.
        whole = "WHERE 1 = 1" in statement or "FROM ledger_entries e CROSS JOIN" in statement
        scanned = [step for step in plan if step.startswith("SCAN") and not any(f in step for f in free)]
        assert scanned == [] or whole, (statement, plan)
        # Sums go through all that they sum up, and there are few memberships of one person and one author.
        sorts = "GROUP BY" in statement or statement.endswith("LIMIT 1")
        assert sorts or not [step for step in plan if "TEMP B-TREE" in step], (statement, plan)


@pytest.mark.parametrize("table", ["ledger_entries", "ledger_lines"])
async def test_the_ledger_only_grows(till, sqlite_connection, table):
    column = "at"
    for statement in (f"UPDATE {table} SET {column} = 0", f"DELETE FROM {table}"):
        with pytest.raises(sqlite3.IntegrityError, match="the ledger only grows"):
            sqlite_connection.execute(statement)
    assert sqlite_connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0] >= 48


@pytest.mark.parametrize("table", ["ledger_entries", "ledger_lines"])
async def test_the_ledger_only_grows_on_postgresql(postgres_storage, postgres_migrated, table):
    till = Till(Builder(postgres_storage))
    ada, bob = await till.build.people("ada", "bob")
    await till.captured(bob, ada)
    connection = await asyncpg.connect(postgres_migrated)
    for statement in (f"UPDATE {table} SET at = 0", f"DELETE FROM {table}"):
        with pytest.raises(asyncpg.RaiseError, match="the ledger only grows"):
            await connection.execute(statement)
    await connection.close()
    assert len(await till.read.export(0, 9)) == 2
