"""Every promise of the broker suite is broken by some broker, and the suite says so."""

from __future__ import annotations

import pytest
from broker_faults import PLANTED

from microblog_core.testing.planted import promises_of
from microblog_tasks.testing import broker_suite


def test_every_promise_has_a_fault():
    assert PLANTED.without() == set()


@pytest.mark.parametrize("promise", promises_of(broker_suite.BrokerSuite))
async def test_what_is_sound_keeps_its_promise(promise):
    assert await PLANTED.keeps(promise) is None


@pytest.mark.parametrize(
    ("promise", "fault"), PLANTED.cases(), ids=lambda value: getattr(value, "__name__", None)
)
async def test_the_suite_catches(promise, fault, monkeypatch):
    monkeypatch.setattr(broker_suite, "PATIENCE", 0.3)
    assert await PLANTED.keeps(promise, fault)
