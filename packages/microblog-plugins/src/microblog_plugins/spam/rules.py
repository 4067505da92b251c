"""The rules that look at one post alone: `PostValidator`s, each with one reason to refuse. They hold for
members; who moderates the site is trusted.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from microblog_core.domain.accounts import Role
from microblog_core.domain.errors import Invalid
from microblog_core.ports.content import Draft, PostValidator
from microblog_plugins.spam.hosts import Domains
from microblog_plugins.spam.settings import SpamSettings
from microblog_plugins.spam.words import Phrases

HOUR = 3600 * 1000


def rules_of(settings: SpamSettings, now: Callable[[], int]) -> tuple[PostValidator, ...]:
    """The rules that are set; `now` gives Unix milliseconds."""
    rules: list[PostValidator] = []
    if settings.words:
        rules.append(NoWords(Phrases(settings.words)))
    if settings.domains:
        rules.append(NoDomains(Domains(settings.domains)))
    if settings.links or settings.mentions or settings.tags:
        rules.append(NotTooMany(settings.links, settings.mentions, settings.tags))
    if settings.new_account_hours:
        rules.append(NoLinksAtFirst(settings.new_account_hours, now))
    return tuple(rules)


def is_trusted(draft: Draft) -> bool:
    """Whether its author moderates the site."""
    return draft.author.role is not Role.MEMBER


class NoWords:
    """No post, and no content warning, has one of these words or phrases."""

    def __init__(self, phrases: Phrases) -> None:
        self._phrases = phrases

    def validate(self, draft: Draft) -> None:
        """Raises `Invalid` (fields `text`, `spoiler`)."""
        if is_trusted(draft):
            return
        fields = {}
        for field, text in (("text", draft.text), ("spoiler", draft.spoiler)):
            if found := self._phrases.first_in(text):
                fields[field] = f"Posts here do without “{found}”. Say it in other words."
        if fields:
            raise Invalid(fields=fields)


class NoDomains:
    """No post links to one of these domains, or below."""

    def __init__(self, domains: Domains) -> None:
        self._domains = domains

    def validate(self, draft: Draft) -> None:
        """Raises `Invalid` (field `text`)."""
        if not is_trusted(draft) and (found := self._domains.first_of(draft.links)):
            raise Invalid(fields={"text": f"Posts here don't link to {found}. Leave that link out."})


class NotTooMany:
    """No post has more links, names or hashtags than these; 0 is any number."""

    def __init__(self, links: int, mentions: int, tags: int) -> None:
        self._links, self._mentions, self._tags = links, mentions, tags

    def validate(self, draft: Draft) -> None:
        """Raises `Invalid` (field `text`)."""
        if is_trusted(draft):
            return
        links, names, tags = len(draft.links), len(draft.mentions), len(draft.tags)
        text = ""
        if self._links and links > self._links:
            text = f"Links in one post: at most {self._links}, and these are {links}. Leave some out."
        elif self._mentions and names > self._mentions:
            text = (
                f"People named in one post: at most {self._mentions}, and these are {names}. Leave some out."
            )
        elif self._tags and tags > self._tags:
            text = f"Hashtags in one post: at most {self._tags}, and these are {tags}. Leave some out."
        if text:
            raise Invalid(fields={"text": text})


class NoLinksAtFirst:
    """Accounts post no links in their first hours."""

    def __init__(self, hours: float, now: Callable[[], int]) -> None:
        self._milliseconds, self._now = hours * HOUR, now

    def validate(self, draft: Draft) -> None:
        """Raises `Invalid` (field `text`)."""
        left = draft.author.created_at + self._milliseconds - self._now()
        if draft.links and left > 0 and not is_trusted(draft):
            hours = math.ceil(left / HOUR)
            text = f"New accounts can't post links yet. Leave them out, or wait for {hours} h."
            raise Invalid(fields={"text": text})
