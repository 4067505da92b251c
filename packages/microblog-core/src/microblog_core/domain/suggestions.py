"""Suggestions: people whom somebody may want to follow."""

from __future__ import annotations

import enum

import msgspec

from microblog_core.domain.accounts import Account

SUGGESTIONS_MAX = 80
FOLLOWS_ASKED = 40
"""So many people, those followed last, are asked whom they follow, each for the newest `FOLLOWS_OF_EACH`: the
cost is bound whoever asks.
"""
FOLLOWS_OF_EACH = 25
POPULAR_ASKED = 200
"""So many of the most followed accounts are looked at where there are too few others."""


class SuggestionSource(enum.StrEnum):
    """Why somebody is suggested: people whom the viewer follows follow them, or very many do."""

    FRIENDS_OF_FRIENDS = "friends_of_friends"
    MOST_FOLLOWED = "most_followed"


class Suggestion(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody to follow; `shared` counts the people asked who follow them."""

    account: Account
    source: SuggestionSource
    shared: int = 0
