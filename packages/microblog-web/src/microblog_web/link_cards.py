"""What the link in a post shows, as HTML joined by code: one hole of the post's shape, empty for most posts.

It loads nothing from elsewhere: the picture is a file of this site.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from markupsafe import escape

from microblog_core.domain.link_previews import LinkPreview
from microblog_core.domain.posts import Entry

if TYPE_CHECKING:
    from microblog_web.views import View

KEPT = 2048


def draw_card(view: View, entry: Entry, preview: LinkPreview) -> str:
    """A card that leads where the link does; none beside pictures of the author's own, or a quote."""
    if entry.post.attachments or entry.post.quote_of_id is not None:
        return ""
    return _drawn(preview, view.ports.blobs.url)


@lru_cache(KEPT)
def _drawn(preview: LinkPreview, url: Callable[[str], str]) -> str:
    picture = preview.picture
    drawn = ""
    if picture is not None:
        wide = " wide" if picture.width > picture.height else ""
        drawn = (
            f'<img class="shot{wide}" src="{escape(url(picture.key))}" alt="{escape(picture.description)}"'
            f' width="{int(picture.width)}" height="{int(picture.height)}" loading="lazy" decoding="async">'
        )
    host = urlsplit(preview.url).hostname or ""
    named = [each for each in (preview.provider_name or host, preview.author_name) if each]
    about = f'<span class="about">{escape(preview.description)}</span>' if preview.description else ""
    language = f' lang="{escape(preview.language)}"' if preview.language else ""
    return (
        f'<a class="link-card" href="{escape(preview.url)}" rel="nofollow noopener noreferrer"{language}>'
        f'{drawn}<span class="said"><span class="from">{escape(" · ".join(named))}</span>'
        f"<b>{escape(preview.title)}</b>{about}</span></a>"
    )
