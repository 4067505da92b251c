"""Ids: ordered by time, never twice, strict on the wire."""

from __future__ import annotations

import threading

from hypothesis import given
from hypothesis import strategies as st

from microblog_core.domain.ids import COUNTER_BITS, MAX_ID, IdFactory, milliseconds_of, parse_id

MOMENTS = st.integers(0, (1 << 45) - 1)


@given(st.lists(MOMENTS, min_size=1, max_size=50))
def test_ids_grow_whatever_the_clock_does(moments: list[int]) -> None:
    factory = IdFactory()
    given_out = [factory.at(moment) for moment in moments]
    assert given_out == sorted(set(given_out))
    assert all(0 < identifier <= MAX_ID for identifier in given_out)


@given(MOMENTS)
def test_an_id_tells_its_moment(moment: int) -> None:
    assert milliseconds_of(IdFactory().at(moment)) == moment
    assert milliseconds_of(IdFactory().backdated(moment)) == moment


@given(MOMENTS, MOMENTS)
def test_ids_of_different_processes_are_ordered_by_time(first: int, second: int) -> None:
    if first != second:
        assert (IdFactory().at(first) < IdFactory().at(second)) == (first < second)


def test_a_burst_within_a_millisecond_never_repeats() -> None:
    factory = IdFactory()
    burst = [factory.at(1_000_000) for _ in range(1 << COUNTER_BITS)]
    assert len(set(burst)) == len(burst)
    assert burst == sorted(burst)


def test_threads_share_a_factory_without_repeating() -> None:
    factory, found = IdFactory(), []

    def work() -> None:
        found.extend([factory.at(5) for _ in range(2000)])

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 8000


def test_two_factories_rarely_agree() -> None:
    assert len({IdFactory().at(1) for _ in range(20)}) > 1


@given(st.integers(1, MAX_ID))
def test_an_id_survives_the_wire(identifier: int) -> None:
    assert parse_id(str(identifier)) == identifier


@given(st.text() | st.from_regex(r"\A[0-9+_ .-]{1,25}\Z"))
def test_only_plain_decimal_ids_are_read(text: str) -> None:
    identifier = parse_id(text)
    if identifier is not None:
        assert str(identifier) == text
        assert 0 < identifier <= MAX_ID


def test_what_only_looks_like_a_number_is_no_id() -> None:
    for text in ("", "0", "-1", "+1", "01", " 1", "1 ", "1_0", "1.0", "٣", "²", str(MAX_ID + 1), "9" * 5000):
        assert parse_id(text) is None, text
    assert parse_id(str(MAX_ID)) == MAX_ID
