"""What campaigns cost on SQLite: a chunk takes the same statements whatever its size, by indexes."""

from __future__ import annotations

import pytest

from microblog_core.domain.accounts import Role
from microblog_core.domain.campaigns import Audience, Outcome, RecipientState
from microblog_core.domain.ids import MAX_ID
from microblog_core.domain.timelines import Page
from microblog_core.ports.operations import (
    AbandonRecipients,
    RecordRecipients,
    ReleaseRecipients,
    TakeRecipients,
    Turn,
)
from microblog_core.testing.builder import Builder
from microblog_core.testing.storage.campaigns import confirmed, running
from microblog_plugins.sql.dialect import SQLITE
from microblog_plugins.sql.writes.apply import apply

ALL = Audience(roles=(Role.MEMBER,), locale="en", joined_after=0, joined_before=MAX_ID >> 16, active_since=0)


@pytest.fixture
async def crowd(sqlite_storage):
    """A campaign, and people: some had their turn and wait."""
    build = Builder(sqlite_storage)
    people = await confirmed(build, *(f"person{number}" for number in range(24)))
    campaign = await running(build)
    turns = tuple(Turn(each.id, f"{each.username}@example.org") for each in people[:12])
    await build.apply(
        TakeRecipients(campaign_id=campaign.id, version=1, cursor=1, claim=1, at=1, turns=turns),
        RecordRecipients(
            campaign_id=campaign.id,
            claim=1,
            at=1,
            outcomes=tuple(
                Outcome(account_id=each.id, state=RecipientState.WAITING, due_at=1) for each in people[:12]
            ),
        ),
    )
    return campaign, people


def taken_by(operation, answers):
    """The statements of an operation, given what each of them finds."""
    steps, taken = apply(SQLITE, [operation]), []
    statement, parameters = next(steps)
    with pytest.raises(StopIteration):
        while True:
            taken.append((statement, parameters))
            statement, parameters = steps.send(answers)
    return taken


@pytest.mark.parametrize("limit", [2, 10])
async def test_a_chunk_is_read_by_six_statements_whatever_its_size(sqlite_storage, recorder, crowd, limit):
    campaign, _ = crowd
    read = sqlite_storage.campaigns
    recorder.statements.clear()
    chunk = await read.audience(Audience(), after=0, up_to=MAX_ID, limit=limit)
    assert len(chunk.addressees) == limit
    assert len(await read.waiting(campaign.id, 1, limit)) == limit
    await read.get(campaign.id)
    await read.claimed(campaign.id, 1)
    await read.next_due(campaign.id)
    assert len(recorder.statements) == 6
    recorder.statements.clear()
    assert len((await read.recipients(campaign.id, RecipientState.WAITING, Page(limit=limit))).items) == limit
    assert len(recorder.statements) == 1


@pytest.mark.parametrize("size", [1, 50])
def test_a_chunk_is_written_by_the_same_statements_whatever_its_size(size):
    ids = tuple(range(1, size + 1))
    turns = tuple(Turn(each, f"{each}@example.org") for each in ids)
    take = TakeRecipients(campaign_id=1, version=1, cursor=9, claim=1, at=1, turns=turns, again=ids)
    assert len(taken_by(take, [(each,) for each in ids])) == 5
    outcomes = tuple(Outcome(account_id=each, state=RecipientState.SENT) for each in ids)
    record = RecordRecipients(campaign_id=1, claim=1, at=1, outcomes=outcomes)
    assert len(taken_by(record, [("sent",)] * size)) == 4


async def test_everything_about_a_campaign_is_found_by_an_index(sqlite_storage, recorder, crowd):
    campaign, people = crowd
    read = sqlite_storage.campaigns
    recorder.statements.clear()
    for audience in (Audience(), ALL):
        await read.audience(audience, after=0, up_to=MAX_ID, limit=5)
    await read.waiting(campaign.id, 1, 5)
    await read.next_due(campaign.id)
    await read.claimed(campaign.id, 1)
    await read.refuses_news(people[0].id)
    await read.get(campaign.id)
    await read.page(Page(limit=5))
    for state in (RecipientState.FAILED, RecipientState.UNCLEAR, RecipientState.WAITING):
        await read.recipients(campaign.id, state, Page(limit=5))
        await read.recipients(campaign.id, state, Page(limit=5, max_id=people[20].id))
    statements = list(recorder.statements)
    for operation in (
        RecordRecipients(
            campaign_id=1, claim=1, at=1, outcomes=(Outcome(account_id=1, state=RecipientState.SENT),)
        ),
        AbandonRecipients(campaign_id=1, at=1),
        ReleaseRecipients(campaign_id=1, claimed_before=1, at=1),
        ReleaseRecipients(campaign_id=1, account_id=1, claimed_before=1, at=1),
    ):
        statements += taken_by(operation, [("sent",)])
    for statement, parameters in statements:
        plan = [
            row[3] for row in sqlite_storage._reader.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
        ]
        free = ("unpacked", "json_each", "CONSTANT ROW")
        scanned = [
            step for step in plan if step.startswith("SCAN") and not any(each in step for each in free)
        ]
        sorts = [step for step in plan if "TEMP B-TREE" in step]
        assert scanned == [], statement
        assert sorts == [], statement
