"""Which names of settings sound like secrets, and what a check fills required ones with."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Literal

import msgspec
import pytest

from microblog_core.authoring.settings_rules import look_at_settings, sample_of
from microblog_core.plugins.settings import Secret, decode_settings


def codes_of(key: str, kind: object) -> list[str]:
    struct = msgspec.defstruct("Settings", [(key, kind, msgspec.NODEFAULT)], frozen=True)
    return [finding.code for finding in look_at_settings(struct, "here", f"needs {key}")]


@pytest.mark.parametrize("key", ["token", "api_token", "secret_key", "password", "webhook_secret", "keys"])
def test_a_plain_text_with_such_a_name_is_found(key):
    assert codes_of(key, str) == ["MB502"]
    assert codes_of(key, str | None) == ["MB502"]
    assert codes_of(key, Secret) == []


@pytest.mark.parametrize(
    "key", ["public_key", "publishable_key", "key_id", "keyboard", "url", "tokens_a_day"]
)
def test_a_name_that_only_looks_like_it_is_not(key):
    assert codes_of(key, str) == []


class Colour(enum.Enum):
    RED = "red"


class Inner(msgspec.Struct, frozen=True):
    port: int


class Everything(msgspec.Struct, frozen=True):
    text: str
    path: Path
    secret: Secret
    number: int
    share: float
    switch: bool
    maybe: int | None
    colour: Colour
    mode: Literal["fast", "slow"]
    names: tuple[str, ...]
    table: dict[str, str]
    inner: Inner
    optional: int = 3


def test_a_check_has_something_for_every_required_key():
    decoded = decode_settings(sample_of(Everything, {"number": 5}), Everything, "plugins.sample")
    assert (decoded.number, decoded.optional, decoded.colour) == (5, 3, Colour.RED)
