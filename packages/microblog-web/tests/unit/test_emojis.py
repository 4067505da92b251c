from __future__ import annotations

from microblog_core.domain.announcements import CustomEmoji
from microblog_core.domain.emojis import NO_EMOJIS, Emojis
from microblog_web.emojis import EmojiDrawer


def drawer(*shortcodes: str) -> EmojiDrawer:
    emojis = [CustomEmoji(shortcode=each, picture_key=f"{each}.png", static_key="s") for each in shortcodes]
    return EmojiDrawer(Emojis(emojis), lambda key: f"/media/{key}")


def test_shortcodes_in_texts_are_pictures_and_those_in_attributes_are_not() -> None:
    drawn = drawer("tea").html('<p>:TEA: <a href="https://x.example/:tea:?a=1>:tea:" rel="tag">:tea:</a></p>')
    picture = (
        '<img class="emoji" src="/media/tea.png" alt=":tea:" title=":tea:" width="20" height="20"'
        ' loading="lazy" decoding="async">'
    )
    assert drawn == (f'<p>{picture} <a href="https://x.example/:tea:?a=1>:tea:" rel="tag">{picture}</a></p>')


def test_shortcodes_in_code_stay_text() -> None:
    for html in ("<p><code>:tea:</code></p>", "<pre><code>a\n:tea:</code></pre>"):
        assert drawer("tea").html(html) == html
    assert drawer("tea").html("<code>:tea:</code> :tea:").startswith("<code>:tea:</code> <img ")


def test_what_is_no_emoji_stays_text() -> None:
    for html in ("<p>:milk: 10:30:40</p>", "<p>tea</p>", "<p>a:tea:b</p>", "&lt;b&gt;:no:"):
        assert drawer("tea").html(html) == html
    assert EmojiDrawer(NO_EMOJIS, str).html(":tea:") == ":tea:"


def test_plain_words_are_escaped() -> None:
    assert drawer("tea").words("<b> :tea:").startswith("&lt;b&gt; <img ")
