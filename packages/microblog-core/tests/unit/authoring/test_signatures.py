"""When an annotation may stand where a hook wants another."""

from __future__ import annotations

from collections.abc import AsyncIterator, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from microblog_core.authoring.signatures import fits
from microblog_core.defaults.console import ConsoleChannel
from microblog_core.domain.events import Event, PostPublished
from microblog_core.ports.channels import Channel, PreferredChannel


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (list[Channel], Iterable[Channel]),
        (tuple[Channel, ...], Iterable[Channel]),
        (tuple[()], Iterable[Channel]),
        (tuple[ConsoleChannel, ConsoleChannel], Iterable[Channel]),
        (Iterator[PreferredChannel], Iterable[Channel]),
        (Generator[Channel, None, None], Iterable[Channel]),
        (list, Iterable[Channel]),
        (Any, Iterable[Channel]),
        (Sequence[type[PostPublished]], Iterable[type[Event]]),
        (dict[str, int], Mapping[str, Any]),
        (None, AbstractAsyncContextManager[None] | None),
        (AbstractAsyncContextManager[None], AbstractAsyncContextManager[None] | None),
        (list[Any], Iterable[object]),
    ],
)
def test_what_keeps_the_hook_s_word_fits(given, wanted):
    assert fits(given, wanted)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (Channel, Iterable[Channel]),
        (list[int], Iterable[Channel]),
        (str, Iterable[Channel]),
        (None, Iterable[Channel]),
        (dict[str, Channel], Iterable[Channel]),
        (list[Channel] | None, Iterable[Channel]),
        (AsyncIterator[Channel], Iterable[Channel]),
        (list[type[int]], Iterable[type[Event]]),
        (list[PostPublished], Iterable[type[Event]]),
        (list[str], Mapping[str, Any]),
        (int, AbstractAsyncContextManager[None] | None),
    ],
)
def test_what_breaks_it_does_not(given, wanted):
    assert not fits(given, wanted)
