"""The pictures of a post as HTML, joined by code: one hole of the post's shape, empty for most posts.

What stays in sight of a cropped picture follows from classes (`fx0` to `fx8`, `fy0` to `fy8`), since the
Content-Security-Policy forbids `style=`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from microblog_core.domain.media import Attachment
from microblog_web.i18n import mark

if TYPE_CHECKING:
    from microblog_web.views import View

_STEPS = 8
FOCUS_CHOICES = tuple(
    zip(
        [f"{x},{y}" for y in (0.8, 0.0, -0.8) for x in (-0.8, 0.0, 0.8)],
        (
            mark("top left"), mark("top"), mark("top right"), mark("left"), mark("centre"), mark("right"),
            mark("bottom left"), mark("bottom"), mark("bottom right"),
        ),
        strict=True,
    )
)  # fmt: skip
"""What may stay in sight of a cropped picture, as `domain.media.focus_from` reads it, with its name."""
FOCUS_CENTRE = "0.0,0.0"

_PICTURE = (
    '<a href="{whole}"><img src="{small}" alt="{alt}" width="{width}" height="{height}"'
    ' class="u-photo fx{across} fy{down}" loading="lazy" decoding="async"></a>'
)


def draw_pictures(view: View, attachments: Sequence[Attachment]) -> str:
    """A grid of one to four pictures, each a link to itself; empty for none."""
    if not attachments:
        return ""
    url, unnamed = view.ports.blobs.url, view.translate("Picture without a description")
    drawn = "".join([_draw(attachment, url, unnamed) for attachment in attachments])
    return f'<div class="pics n{len(attachments)}">{drawn}</div>'


def _draw(attachment: Attachment, url: Callable[[str], str], unnamed: str) -> str:
    focus = attachment.focus
    return _PICTURE.format(
        whole=escape(url(attachment.key)),
        small=escape(url(attachment.preview_key)),
        alt=escape(attachment.description or unnamed),
        width=int(attachment.preview_width),
        height=int(attachment.preview_height),
        across=round((focus.x + 1) / 2 * _STEPS),
        down=round((1 - focus.y) / 2 * _STEPS),
    )


def shared_picture(view: View, key: str) -> str:
    """The absolute address of a file of the blob store, for other sites; empty where the site's own address
    is not configured.
    """
    url, base = view.ports.blobs.url(key), view.ports.base_url
    if not url.startswith("/"):
        return url
    return base + url if base else ""


def pictures_of(view: View, attachments: Sequence[Attachment]) -> Markup:
    """The same for templates."""
    return Markup(draw_pictures(view, attachments))  # noqa: S704 - every value is escaped above
