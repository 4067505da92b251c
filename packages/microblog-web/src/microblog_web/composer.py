"""The form that posts are written and edited in. Drawn once for each set of choices and kept; text and
tokens are its holes.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING

from markupsafe import Markup

from microblog_core.domain.media import ATTACHMENTS_MAX, Attachment
from microblog_core.domain.posts import Entry, Visibility, narrower
from microblog_web.forms import Form
from microblog_web.holes import Holes
from microblog_web.pictures import pictures_of

if TYPE_CHECKING:
    from microblog_web.views import View

PICTURES = tuple(f"picture_{number}" for number in range(ATTACHMENTS_MAX))
DESCRIPTIONS = tuple(f"description_{number}" for number in range(ATTACHMENTS_MAX))
FIELDS = ("text", "spoiler", "sensitive", "visibility", "language", *PICTURES, *DESCRIPTIONS)
CHOICES = (Visibility.PUBLIC, Visibility.UNLISTED, Visibility.FOLLOWERS, Visibility.DIRECT)


def draw_composer(view: View) -> str:
    """The HTML of an empty form for a new post, as it stands on the home page."""
    cache = view.ports.cache
    visibility = view.login.default_visibility if view.login is not None else Visibility.PUBLIC
    key = f"composer:{view.locale}:{visibility}"
    kept = cache.get(key)
    if not isinstance(kept, Holes):
        fill = cache.fill()
        kept = Holes(_render(view, Form({"visibility": visibility}), hidden=None))
        fill.put(key, kept, (), size=kept.size)
    return kept.fill({"csrf": view.csrf, "once": fresh_key()})


def draw_form(
    view: View,
    form: Form,
    *,
    hidden: dict[str, str],
    parent: Entry | None = None,
    kept: Sequence[Attachment] = (),
) -> Markup:
    """A form with what was typed, for a new post or an answer to `parent`; `kept` are pictures that were
    uploaded with it before.
    """
    return _render(view, form, hidden=hidden, parent=parent, kept=kept)


def reply_form(view: View, parent: Entry) -> Markup:
    """An empty answer: the people of the post named, its level or a narrower one chosen."""
    return draw_form(
        view, Form(reply_values(view, parent)), hidden={"in_reply_to_id": str(parent.post.id)}, parent=parent
    )


def reply_values(view: View, parent: Entry) -> dict[str, str]:
    """What stands in a form that answers `parent` before anything is typed."""
    me = view.me
    own = me.acct if me is not None else ""
    named = dict.fromkeys([parent.author.acct, *(mention.acct for mention in parent.post.mentions)])
    default = Visibility(view.login.default_visibility) if view.login is not None else Visibility.PUBLIC
    return {
        "text": "".join(f"@{acct} " for acct in named if acct != own),
        "spoiler": parent.post.spoiler,
        "visibility": narrower(parent.post.visibility, default),
    }


def accepted(view: View) -> str:
    """The types of pictures that a file field offers; empty where the site takes none."""
    return ",".join(dict.fromkeys(each for made in view.ports.processors for each in made.content_types))


def fresh_key() -> str:
    """Makes pressing the button twice harmless."""
    return secrets.token_urlsafe(12)


def _render(
    view: View,
    form: Form,
    *,
    hidden: dict[str, str] | None,
    parent: Entry | None = None,
    kept: Sequence[Attachment] = (),
) -> Markup:
    return view.web.render(
        "web/composer.html",
        view.locale,
        form=form,
        hidden=hidden,
        csrf=view.csrf,
        once=fresh_key(),
        parent=parent,
        limit=view.ports.limits.post_length,
        choices=CHOICES,
        pictures=range(len(kept), ATTACHMENTS_MAX) if view.ports.processors else (),
        kept=kept,
        kept_drawn=pictures_of(view, kept),
        accept=accepted(view),
    )
