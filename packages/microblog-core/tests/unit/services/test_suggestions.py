"""Suggestions through their use cases."""

from __future__ import annotations

import pytest

from microblog_core.domain.errors import NotFound, Unauthenticated
from microblog_core.domain.permissions import ANONYMOUS
from microblog_core.services import suggestions
from microblog_core.services.suggestions import DismissSuggestion
from microblog_core.testing.world import World


async def test_somebody_reads_suggestions_and_dismisses_one(world: World) -> None:
    people = await world.build.people("ada", "bob", "cy", "dan")
    ada = await world.actor(people[0])
    await world.build.follow(people[0], people[1])
    await world.build.follow(people[1], people[2])

    async def names(limit: int = 40) -> list[str]:
        found = await suggestions.read_suggestions(world.ports, ada, limit)
        return [each.account.username for each in found]

    assert await names() == ["cy", "dan"]
    assert await names(1) == await names(0) == await names(-5) == ["cy"]
    for _ in range(2):
        await suggestions.dismiss_suggestion(world.ports, ada, DismissSuggestion(account_id=people[2].id))
        assert await names() == ["dan"]
    with pytest.raises(NotFound):
        await suggestions.dismiss_suggestion(world.ports, ada, DismissSuggestion(account_id=1))
    for attempt in (
        suggestions.read_suggestions(world.ports, ANONYMOUS),
        suggestions.dismiss_suggestion(world.ports, ANONYMOUS, DismissSuggestion(account_id=people[2].id)),
    ):
        with pytest.raises(Unauthenticated):
            await attempt
