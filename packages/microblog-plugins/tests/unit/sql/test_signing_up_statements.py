"""What signing up and leaving cost on SQLite: listings take one statement, and all is found by indexes."""

from __future__ import annotations

import pytest

from microblog_core.domain.accounts import AccountState
from microblog_core.domain.signing_up import MailBlock
from microblog_core.domain.timelines import Page
from microblog_core.ports.operations import (
    AddInvitation,
    AddMailBlock,
    AddSignUp,
    EraseAccount,
    FinishDeparture,
    RejectSignUp,
    RevokeInvitation,
    UseInvitation,
)
from microblog_core.testing.builder import Builder
from microblog_core.testing.storage.signing_up import invitation, waiting
from microblog_plugins.sql.dialect import SQLITE
from microblog_plugins.sql.writes.apply import apply
from microblog_plugins.sql.writes.leaving import LEFTOVERS


@pytest.fixture
async def crowd(sqlite_storage):
    """Somebody who invites, with an invitation by which many came, many who wait and many blocks."""
    build = Builder(sqlite_storage)
    ada = await build.account("ada")
    made = [invitation(build, ada) for _ in range(12)]
    await build.apply(*(AddInvitation(invitation=each) for each in made))
    for number in range(12):
        await waiting(build, f"waits{number}", "tea")
        came = await build.account(f"came{number}")
        block = MailBlock(id=build.next_id(), pattern=f"spam{number}.example", created_at=1)
        await build.apply(AddSignUp(account_id=came.id, invitation_id=made[0].id), AddMailBlock(block=block))
    return ada, made[0]


def listings(storage, ada, made, page):
    read = storage.sign_ups
    return [
        (1, read.pending(page)),
        (1, read.invitations(ada.id, page)),
        (2, read.came_by(ada.id, made.id, page)),
        (1, read.mail_blocks(page)),
    ]


@pytest.mark.parametrize("limit", [2, 10])
async def test_a_page_takes_the_same_statements_whatever_its_length(sqlite_storage, recorder, crowd, limit):
    for statements, reading in listings(sqlite_storage, *crowd, Page(limit=limit)):
        recorder.statements.clear()
        assert len((await reading).items) == limit
        assert len(recorder.statements) == statements


async def test_everything_is_found_by_an_index_in_its_order(sqlite_storage, recorder, crowd):
    ada, made = crowd
    read = sqlite_storage.sign_ups
    recorder.statements.clear()
    for _, reading in listings(sqlite_storage, ada, made, Page(limit=5)):
        older = (await reading).older
        assert older is not None
    for page in (Page(limit=5, max_id=older), Page(limit=5, min_id=1)):
        for _, reading in listings(sqlite_storage, ada, made, page):
            await reading
    await read.invitation(made.code)
    await read.mail_block(["a@spam1.example", "spam1.example"])
    await sqlite_storage.departures.get(ada.id)
    await sqlite_storage.departures.due(1, 5)
    await sqlite_storage.departures.posts(ada.id, 5)
    statements = [*recorder.statements, (LEFTOVERS, {"account": ada.id})]
    for operation, found in (
        (UseInvitation(invitation_id=1, at=1), (1,)),
        (AddInvitation(invitation=made), (1,)),
        (RevokeInvitation(invitation_id=1, account_id=1, at=1), (1,)),
        (RejectSignUp(account_id=1), (1,)),
        (FinishDeparture(account_id=1), (1,)),
    ):
        statements += taken_by(operation, found)
    for statement, parameters in statements:
        if statement.startswith("DELETE FROM accounts"):
            continue  # Rejecting is rare, and every key that points at accounts is looked at.
        rows = sqlite_storage._reader.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
        plan = [row[3] for row in rows]
        free = (
            "CONSTANT ROW",
            "unpacked",
            "accounts_pending",
            "SCAN b",
            "json_each",
            "announcement_reactions",
        )
        # Only those who wait are in that index, and all blocks are the listing, in the order of their ids.
        scanned = [
            step for step in plan if step.startswith("SCAN") and not any(each in step for each in free)
        ]
        assert scanned == [], statement
        assert [step for step in plan if "TEMP B-TREE" in step] == [], statement


def taken_by(operation, found):
    """The statements of an operation, given what each of them finds."""
    steps, taken = apply(SQLITE, [operation]), []
    statement, parameters = next(steps)
    with pytest.raises(StopIteration):
        while len(taken) < 12:
            taken.append((statement, parameters))
            statement, parameters = steps.send([found])
    return taken


async def test_a_round_of_erasing_removes_a_bounded_number_of_rows_by_indexes(sqlite_storage, crowd):
    build = Builder(sqlite_storage)
    build.clock.advance(3600)
    people = [await build.account(f"other{number}") for number in range(5)]
    eve = await build.account("eve")
    await build.follow(eve, *people)
    await build.set_state(eve, AccountState.DELETED)
    for left in (3, 1, 0):
        await build.apply(EraseAccount(account_id=eve.id, limit=2))
        stored = await sqlite_storage.accounts.get(eve.id)
        assert stored.following_count == left
    steps, statements = apply(SQLITE, [EraseAccount(account_id=eve.id, limit=2)]), []
    statement = next(steps)
    with pytest.raises(StopIteration):
        while True:
            statements.append(statement)
            statement = steps.send([("deleted",)] if len(statements) == 1 else [])
    for text, parameters in statements:
        rows = sqlite_storage._reader.execute(f"EXPLAIN QUERY PLAN {text}", parameters)
        # Reactions to announcements are few; everything else is found by whose it is.
        scanned = [row[3] for row in rows if row[3].startswith("SCAN")]
        assert [step for step in scanned if "announcement_reactions" not in step] == [], text
