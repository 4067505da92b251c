"""Factories by key: choices are explicit and explained, and clashes name both sides."""

from __future__ import annotations

import pytest

from microblog_core.domain.errors import ConfigurationError
from microblog_core.patterns.registry import SchemeRegistry, redacted, scheme_of


@pytest.mark.parametrize(
    ("url", "scheme"),
    [
        ("memory:", "memory"),
        ("SQLite:///x.db", "sqlite"),
        ("postgresql+asyncpg://u:p@h/d", "postgresql"),
        ("nothing", ""),
        ("", ""),
    ],
)
def test_the_scheme_of_a_url(url, scheme):
    assert scheme_of(url) == scheme


def test_a_url_is_shown_without_its_password():
    assert (
        redacted("postgresql://ada:hunter2@db.example:5432/x?password=hunter2")
        == "postgresql://***@db.example:5432/x"
    )
    assert redacted("sqlite:////data/x.db") == "sqlite:////data/x.db"
    assert redacted("memory:") == "memory:"


def registry() -> SchemeRegistry[str]:
    made = SchemeRegistry[str]("storage")
    made.add("memory", ("memory",), "in memory")
    made.add("sql", ("sqlite", "postgresql"), "in tables")
    return made


def test_a_factory_is_chosen_by_scheme():
    assert registry().choose("sqlite:///x") == ("sql", "in tables")
    assert "sqlite" in registry()
    assert "redis" not in registry()


def test_an_unknown_scheme_says_what_there_is():
    with pytest.raises(ConfigurationError, match="a storage for redis") as caught:
        registry().choose("redis://user:hunter2@x")
    assert "memory:, postgresql:, sqlite:" in caught.value.hint
    assert "hunter2" not in str(caught.value) + caught.value.hint


def test_a_clash_names_both_and_the_last_does_not_win():
    made = registry()
    made.add("shelf", ("sqlite",), "on a shelf")
    assert made.clashes() == ("The plugins 'sql' and 'shelf' both offer a storage for sqlite",)
    with pytest.raises(ConfigurationError, match="'sql' and 'shelf'"):
        made.choose("sqlite:///x")
    assert made.choose("postgresql:///x") == ("sql", "in tables")
