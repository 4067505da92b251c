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
    drawn, broad = "", ""
    if picture is not None:
        broad = " broad" if picture.width > picture.height else ""
        drawn = (
            f'<img src="{escape(url(picture.key))}" alt="{escape(picture.description)}"'
            f' width="{int(picture.width)}" height="{int(picture.height)}" loading="lazy" decoding="async">'
        )
    # Where it leads comes first: a page may say any name.
    names = (urlsplit(preview.url).hostname or "", preview.provider_name, preview.author_name)
    said = escape(" · ".join(dict.fromkeys(each for each in names if each)))
    about = f"<span>{escape(preview.description)}</span>" if preview.description else ""
    language = f' lang="{escape(preview.language)}"' if preview.language else ""
    return (
        f'<a class="link-card{broad}" href="{escape(preview.url)}"'
        f' rel="nofollow noopener noreferrer"{language}>{drawn}'
        f"<span><span>{said}</span><b>{escape(preview.title)}</b>{about}</span></a>"
    )
