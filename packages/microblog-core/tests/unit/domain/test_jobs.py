"""Histograms of times, and what operators may read of a payload."""

from __future__ import annotations

import json

import pytest

from microblog_core.domain.jobs import (
    BOUNDS,
    HIDDEN,
    SLOT,
    JobTally,
    Measure,
    bucket_of,
    buckets_of,
    percentile,
    shown_payload,
    slot_of,
)


@pytest.mark.parametrize(
    ("milliseconds", "told"), [(0, 1), (-5, 1), (1, 1), (1.2, 2), (50, 50), (51, 100), (5_000_000, 5_000_000)]
)
def test_a_time_is_told_by_the_upper_end_of_its_bucket(milliseconds, told):
    assert BOUNDS[bucket_of(milliseconds)] == told
    assert percentile({bucket_of(milliseconds): 1}, 0.95) == told


def test_percentiles_of_nothing_and_of_what_took_too_long():
    assert percentile({}, 0.5) is None
    assert percentile({bucket_of(9e9): 1}, 0.5) == -1


def test_half_and_most_of_what_was_counted():
    counted = {bucket_of(10): 94, bucket_of(1000): 5, bucket_of(50_000): 1}
    assert [percentile(counted, share) for share in (0.5, 0.94, 0.95, 0.99, 1.0)] == [
        10,
        10,
        1000,
        1000,
        50_000,
    ]


def test_slots_are_added_up_for_the_measures_that_are_asked_for():
    tally = {"kind": "k", "bucket": 2, "count": 3}
    tallies = [JobTally(slot=slot, measure=measure, **tally) for slot in (0, SLOT) for measure in Measure]
    assert buckets_of(tallies, (Measure.DONE, Measure.FAILED)) == {2: 12}
    assert slot_of(SLOT * 3 + 5) == SLOT * 3


def shown(value, *shows):
    return json.loads(shown_payload(json.dumps(value).encode(), shows))


def test_numbers_and_ids_are_shown_and_words_are_not():
    value = {
        "post_id": 7,
        "ids": ["12", "x", ""],
        "at": 1.5,
        "done": None,
        "deep": [{"text": "secret words"}],
    }
    assert shown(value) == {
        "post_id": 7,
        "ids": ["12", HIDDEN, ""],
        "at": 1.5,
        "done": None,
        "deep": [{"text": HIDDEN}],
    }


def test_a_kind_says_which_texts_are_harmless():
    assert shown({"kind": "reset", "type": "post", "text": "x"}, "kind") == {
        "kind": "reset",
        "type": HIDDEN,
        "text": HIDDEN,
    }


@pytest.mark.parametrize(
    "name", ["token", "code", "password", "api_key", "AuthToken", "cookies", "signature"]
)
def test_whatever_is_named_like_a_secret_is_hidden_whatever_it_is(name):
    assert shown({name: 123456, "n": {name: ["1"]}}) == {name: HIDDEN, "n": {name: HIDDEN}}


@pytest.mark.parametrize("payload", [b"no json", b"\xff\xfe", b""])
def test_what_is_no_json_is_hidden_as_a_whole(payload):
    assert shown_payload(payload) == f"{HIDDEN} ({len(payload)})"
