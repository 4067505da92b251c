"""Pages from text parameters: capped, and refused where they are no ids."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microblog_core.domain.errors import Invalid
from microblog_core.domain.ids import MAX_ID
from microblog_core.domain.timelines import PAGE_DEFAULT, PAGE_MAX, Page, page_from

IDS = st.integers(1, MAX_ID)


def test_without_parameters_it_is_the_newest_page() -> None:
    assert page_from() == Page(limit=PAGE_DEFAULT, max_id=None, since_id=None, min_id=None)


@given(st.integers())
def test_a_limit_is_always_between_one_and_the_maximum(limit: int) -> None:
    found = page_from(limit=limit).limit
    assert 1 <= found <= PAGE_MAX
    assert found == limit or limit < 1 or limit > PAGE_MAX


@given(IDS, IDS, IDS)
def test_bounds_arrive_where_they_belong(max_id: int, since_id: int, min_id: int) -> None:
    page = page_from(limit=5, max_id=str(max_id), since_id=str(since_id), min_id=str(min_id))
    assert page == Page(limit=5, max_id=max_id, since_id=since_id, min_id=min_id)


@pytest.mark.parametrize("name", ["max_id", "since_id", "min_id"])
@pytest.mark.parametrize("text", ["x", "-1", "0", "1.5", "1 OR 1=1", "9" * 40, "١"])
def test_what_is_no_id_is_refused_by_name(name: str, text: str) -> None:
    with pytest.raises(Invalid) as invalid:
        page_from(**{name: text})
    assert list(invalid.value.fields) == [name]
