"""What a post quotes, as HTML joined by code: one hole of the post's shape, empty for most posts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import escape

from microblog_core.domain.posts import Entry
from microblog_web.pictures import draw_pictures
from microblog_web.times import moment_words

if TYPE_CHECKING:
    from microblog_web.views import View


def draw_quoted(view: View, entry: Entry) -> str:
    """The post that is quoted, without what that one quotes, or that it isn't shown; empty for no quote."""
    if entry.post.quote_of_id is None:
        return ""
    if entry.quoted is None:
        hidden = escape(view.translate("The quoted post isn't shown: it is gone, or not for you."))
        return f'<div class="cited"><p class="hint">{hidden}</p></div>'
    post, author = entry.quoted.post, entry.quoted.author
    address = f"/@{escape(author.acct)}/{post.id}"
    machine, whole, day = moment_words(post.created_at, view.locale)
    language = f' lang="{escape(post.language)}"' if post.language else ""
    poll = f'<p><a href="{address}">{escape(view.translate("Poll"))}</a></p>' if entry.quoted.poll else ""
    text, pictures = view.web.emojis.html(post.html), draw_pictures(view, post.attachments)
    inside = f'<div class="text" dir="auto"{language}>{text}</div>{pictures}{poll}'
    if post.spoiler or post.sensitive:
        warning = view.web.emojis.words(post.spoiler or view.translate("Sensitive content"))
        inside = f'<details class="cw"><summary><span>{warning}</span></summary>{inside}</details>'
    return (
        f'<blockquote class="cited"><p><a class="who" href="/@{escape(author.acct)}">'
        f"<b>{view.web.emojis.words(author.name)}</b>"
        f' <span>@{escape(author.acct)}</span></a> <a class="when" href="{address}">'
        f'<time datetime="{machine}" title="{whole}">{day}</time></a></p>{inside}</blockquote>'
    )
