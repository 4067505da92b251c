from __future__ import annotations

from microblog_core.domain.announcements import CustomEmoji
from microblog_core.domain.emojis import NO_EMOJIS, Emojis


def emoji(shortcode: str, **more: object) -> CustomEmoji:
    return CustomEmoji(shortcode=shortcode, picture_key="a.png", static_key="a.png", **more)


def test_emojis_stand_between_words_whatever_their_capitals() -> None:
    tea, cat = emoji("tea"), emoji("Cat_1")
    emojis = Emojis((tea, cat))
    assert emojis.found_in("I :TEA: and :cat_1:, :tea:") == (tea, cat)
    assert emojis.found_in(":tea:") == emojis.found_in("(:tea:)") == (tea,)
    for text in ("tea", ":milk:", "a:tea:", ":tea:b", "::tea::", "12:tea:30", ": tea :", "10:30:40"):
        assert emojis.found_in(text) == (), text
    assert NO_EMOJIS.found_in(":tea:") == ()


def test_disabled_ones_are_not_shown_and_every_change_is_another_version() -> None:
    shown = Emojis((emoji("tea"), emoji("milk", disabled=True)))
    assert [each.shortcode for each in shown.shown] == ["tea"]
    assert shown.get("milk") is None
    assert Emojis((emoji("tea"),)).version == shown.version != NO_EMOJIS.version
    assert Emojis((emoji("tea", category="Drinks"),)).version != shown.version
    assert not Emojis((emoji("milk", disabled=True),))
