"""Announcements, custom emojis and rules through the API."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from microblog_core.config import RuleConfig
from microblog_core.domain.announcements import CustomEmoji
from microblog_core.domain.permissions import SYSTEM
from microblog_core.ports.operations import PutEmoji
from microblog_core.services import announcements

PATH = "/api/v1/announcements"


async def _announce(api: Any, text: str, **values: Any) -> str:
    command = announcements.AddAnnouncement(text=text, **values)
    return str((await announcements.add_announcement(api.site.ports, SYSTEM, command)).id)


async def test_an_announcement_is_read_dismissed_and_reacted_to(api: Any) -> None:
    ada, bob = await api.people("ada", "bob")
    number = await _announce(api, "Moving on Monday #news")
    (shown,) = await ada.get(PATH)
    assert (shown["id"], shown["read"], shown["reactions"]) == (number, False, [])
    assert 'href="http://localhost:8000/tags/news"' in shown["content"]
    assert shown["tags"] == [{"name": "news", "url": "http://localhost:8000/tags/news"}]
    assert await ada.post(f"{PATH}/{number}/dismiss") == {}
    assert [each["read"] for each in await ada.get(PATH)] == [True]
    own = f"{PATH}/{number}/reactions/{quote('🎉')}"
    for _ in range(2):
        assert await ada.ask("PUT", own) == {}
    assert (await ada.get(PATH))[0]["reactions"] == [{"name": "🎉", "count": 1, "me": True}]
    (others,) = await bob.get(PATH)
    assert (others["read"], others["reactions"][0]["me"]) == (False, False)
    assert await ada.ask("DELETE", own) == {}
    assert (await ada.get(PATH))[0]["reactions"] == []
    answer = await ada.ask("PUT", f"{PATH}/{number}/reactions/blobcat", expect=422)
    assert "name" in answer["details"]
    await api.anonymous(PATH, expect=401)


async def test_nobody_reads_what_is_not_announced_yet(api: Any) -> None:
    (ada,) = await api.people("ada")
    later = await _announce(api, "Later", starts_at=api.site.ports.clock.now() + 3_600_000)
    hidden = await _announce(api, "Hidden", published=False)
    assert await ada.get(PATH) == []
    for number in (later, hidden, "1"):
        await ada.post(f"{PATH}/{number}/dismiss", expect=404)
        await ada.ask("PUT", f"{PATH}/{number}/reactions/{quote('🎉')}", expect=404)


async def commit(ports: Any, *operations: Any) -> None:
    unit = ports.unit()
    unit.apply(*operations)
    await unit.commit()


async def test_custom_emojis_are_those_that_people_may_use(api: Any) -> None:
    for shortcode, disabled in (("blobcat", False), ("gone", True)):
        key = "ab/cd.webp"
        emoji = CustomEmoji(shortcode=shortcode, picture_key=key, static_key=key, disabled=disabled)
        await commit(api.site.ports, PutEmoji(emoji=emoji))
    (emoji,) = await api.anonymous("/api/v1/custom_emojis")
    assert (emoji["shortcode"], emoji["visible_in_picker"], emoji["category"]) == ("blobcat", True, None)
    assert emoji["url"] == emoji["static_url"] == "http://localhost:8000/media/ab/cd.webp"


async def test_the_rules_are_told_in_every_shape(serving: Any) -> None:
    async with serving(rules=("Be kind.", RuleConfig(id="ads", text="No ads.", hint="None."))) as http:
        rules = (await http.get("/api/v1/instance/rules")).json()
        first, second = [(await http.get(f"/api/{each}/instance")).json() for each in ("v1", "v2")]
    assert [each["text"] for each in rules] == ["Be kind.", "No ads."]
    assert rules[1] == {"id": "ads", "text": "No ads.", "hint": "None."}
    assert first["rules"] == second["rules"] == rules
