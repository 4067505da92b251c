from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from microblog_core.http.signing import seal, unseal

KEY, OTHER = b"k" * 32, b"o" * 32


@given(st.dictionaries(st.text(), st.text()), st.text(st.characters(exclude_categories=["Cs"])))
def test_what_was_sealed_comes_back(value: dict[str, str], holder: str) -> None:
    text = seal(KEY, value, expires_at=10, bound_to=holder)
    assert unseal([OTHER, KEY], text, dict[str, str], now=9, bound_to=holder) == value
    assert unseal([KEY], text, dict[str, str], now=10, bound_to=holder) is None
    assert unseal([KEY], text, dict[str, str], now=9, bound_to=holder + "x") is None
    assert unseal([OTHER], text, dict[str, str], now=9, bound_to=holder) is None
    assert unseal([KEY], text, list[str], now=9, bound_to=holder) is None


@given(st.text())
def test_anything_else_is_nothing(text: str) -> None:
    assert unseal([KEY], text, dict[str, str], now=0) is None


@given(st.integers(min_value=0), st.characters())
def test_a_changed_letter_is_noticed(position: int, letter: str) -> None:
    text = seal(KEY, {"a": "b"}, expires_at=10)
    position %= len(text)
    changed = text[:position] + letter + text[position + 1 :]
    assert changed == text or unseal([KEY], changed, dict[str, str], now=0) is None
