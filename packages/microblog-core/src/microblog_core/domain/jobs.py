"""How jobs went: tallies of waiting, running and failing, and which parts of a payload operators may read.

A tally counts how often something took about so long, by kind and ten minutes. Its buckets are those of a
histogram, so that percentiles can be told of any number of jobs from a handful of rows; what is told is the
bucket's upper end. Moments and times are milliseconds.
"""

from __future__ import annotations

import enum
import re
from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import msgspec

SLOT = 600_000
"""How long what one row of tallies counts took to happen."""
HOUR = 3600 * 1000
KEPT = 48 * 3600 * 1000
"""How long tallies are kept."""
BOUNDS = tuple(step * 10**power for power in range(7) for step in (1, 2, 5))
"""Upper ends of the buckets (milliseconds, 1 to 5,000,000); what took longer is in one more."""
HIDDEN = "•••"

_SECRET = re.compile(r"token|secret|passw|code|hash|key|proof|mark|cookie|signature|auth", re.IGNORECASE)
_ID = re.compile(r"[0-9]{1,20}")


class Measure(enum.StrEnum):
    """What is tallied: how long jobs waited since they were due, how long those ran that ended well, those
    that failed and are tried again, and those that failed for good.
    """

    WAITED = "waited"
    DONE = "done"
    FAILED = "failed"
    BURIED = "buried"


class JobTally(msgspec.Struct, frozen=True, kw_only=True):
    """So many jobs of a kind, in the ten minutes from `slot` on, took as long as the bucket says."""

    slot: int
    kind: str
    measure: Measure
    bucket: int
    count: int


class HourTally(msgspec.Struct, frozen=True, kw_only=True):
    """So many jobs went so in the hour from `hour` on."""

    hour: int
    measure: Measure
    count: int


def slot_of(moment: int) -> int:
    """The ten minutes of a moment."""
    return moment // SLOT * SLOT


def bucket_of(milliseconds: float) -> int:
    """The bucket of a time."""
    return bisect_left(BOUNDS, milliseconds)


def percentile(buckets: Mapping[int, int], share: float) -> int | None:
    """The upper end of the bucket in which this share (0 to 1) of what was counted ends; None for nothing
    counted, -1 for longer than all bounds.
    """
    total = sum(buckets.values())
    if not total:
        return None
    passed = 0
    for bucket in sorted(buckets):
        passed += buckets[bucket]
        if passed >= share * total:
            return BOUNDS[bucket] if bucket < len(BOUNDS) else -1
    raise AssertionError("a share is at most all")


def shown_payload(payload: bytes, shows: Collection[str] = ()) -> str:
    """A payload as operators may read it: its shape, numbers and ids, and the texts of the fields that the
    kind `shows`. All other texts may be somebody's words or secrets; so may be whatever is named like one.
    """
    try:
        value = msgspec.json.decode(payload)
    except msgspec.DecodeError:
        return f"{HIDDEN} ({len(payload)})"
    return msgspec.json.format(msgspec.json.encode(_shown(value, "", frozenset(shows)))).decode()


def _shown(value: Any, name: str, shows: frozenset[str]) -> Any:
    if name not in shows and _SECRET.search(name):
        return HIDDEN
    if isinstance(value, dict):
        return {str(key): _shown(each, str(key), shows) for key, each in value.items()}
    if isinstance(value, list):
        return [_shown(each, name, shows) for each in value]
    if isinstance(value, str) and name not in shows and not _ID.fullmatch(value):
        return HIDDEN if value else ""
    return value


def buckets_of(tallies: Iterable[JobTally], measures: Collection[Measure]) -> dict[int, int]:
    """The histogram of some measures, all slots together."""
    found: dict[int, int] = {}
    for each in tallies:
        if each.measure in measures:
            found[each.bucket] = found.get(each.bucket, 0) + each.count
    return found
