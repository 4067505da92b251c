"""What the checks of Mastodon.py share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from ..checks import Checks

CHECKS = Checks()
check = CHECKS.add


@contextmanager
def follows(reader: Any, author: Any) -> Iterator[None]:
    """`reader` follows `author` as long as this lasts."""
    who = author.me().id
    assert reader.account_follow(who).following
    try:
        yield
    finally:
        reader.account_unfollow(who)


@contextmanager
def locked(person: Any) -> Iterator[None]:
    """Followers need this person's consent as long as this lasts."""
    assert person.account_update_credentials(locked=True).locked
    try:
        yield
    finally:
        person.account_update_credentials(locked=False)


FORBIDDEN = (403, 404)
"""What is not allowed may as well not be there: servers differ, and no client minds."""


def refuses(status: int | tuple[int, ...], call: Any, *arguments: Any) -> None:
    """Whether the site answers this call with this HTTP status, or one of these."""
    from mastodon import MastodonAPIError

    with pytest.raises(MastodonAPIError) as refusal:
        call(*arguments)
    assert refusal.value.args[1] in (status if isinstance(status, tuple) else (status,)), refusal.value


def ids(items: Any) -> list[Any]:
    return [item.id for item in items]
