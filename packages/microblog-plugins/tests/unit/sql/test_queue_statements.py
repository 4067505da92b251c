"""What beginning jobs costs: a statement for each claim that they come from, however many they are."""

from __future__ import annotations

import pytest

from microblog_core.ports.operations import Job
from microblog_plugins.sql.dialect import POSTGRES, SQLITE
from microblog_plugins.sql.writes import queue


def claimed(first, count, until):
    return [
        Job(
            id=number,
            kind="k",
            key=str(number),
            payload=b"{}",
            due_at=0,
            created_at=0,
            state="leased",
            lease_until=until,
        )
        for number in range(first, first + count)
    ]


@pytest.mark.parametrize("dialect", [SQLITE, POSTGRES])
@pytest.mark.parametrize("steps", [lambda dialect, jobs: queue.begin(dialect, jobs, 9), queue.hand_back])
def test_a_batch_takes_a_statement_for_each_claim(dialect, steps):
    def taken(jobs):
        running, statements = steps(dialect, jobs), 0
        try:
            next(running)
            while True:
                statements += 1
                running.send([])
        except StopIteration:
            return statements

    assert taken(claimed(1, 64, 5)) == taken(claimed(1, 1, 5)) == 1
    assert taken(claimed(1, 64, 5) + claimed(100, 64, 6)) == 2
