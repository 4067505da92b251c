"""Every promise of every suite is broken by some implementation, and the suite says so."""

from __future__ import annotations

import authenticator_faults
import blob_faults
import channel_faults
import content_faults
import gateway_faults
import hygiene_faults
import pytest
import shared_faults
import timeline_faults

from microblog_core.testing.planted import Planted, promises_of

MODULES = (
    authenticator_faults,
    blob_faults,
    channel_faults,
    content_faults,
    gateway_faults,
    hygiene_faults,
    shared_faults,
    timeline_faults,
)
PLANTED: tuple[Planted, ...] = tuple(planted for module in MODULES for planted in module.PLANTED)


def name_of(value: object) -> str | None:
    if isinstance(value, Planted):
        return value.suite.__name__
    return value if isinstance(value, str) else getattr(value, "__name__", None)


@pytest.mark.parametrize("planted", PLANTED, ids=name_of)
def test_every_promise_has_a_fault(planted):
    assert planted.without() == set()


@pytest.mark.parametrize(
    ("planted", "promise"),
    [(planted, promise) for planted in PLANTED for promise in promises_of(planted.suite)],
    ids=name_of,
)
async def test_what_is_sound_keeps_its_promise(planted, promise):
    assert await planted.keeps(promise) is None


@pytest.mark.parametrize(
    ("planted", "promise", "fault"),
    [(planted, promise, fault) for planted in PLANTED for promise, fault in planted.cases()],
    ids=name_of,
)
async def test_the_suite_catches(planted, promise, fault):
    assert await planted.keeps(promise, fault)
