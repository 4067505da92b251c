"""The form that posts are written in: short where it stands beside other things, with every choice on a page
of its own. The one on the home page is drawn once for each set of choices and kept; text and tokens are its
holes.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from microblog_core.domain.announcements import CustomEmoji
from microblog_core.domain.media import ATTACHMENTS_MAX, Attachment
from microblog_core.domain.posts import Entry, Visibility, narrower
from microblog_web.compositions import LASTS, defaults
from microblog_web.forms import Form
from microblog_web.holes import Holes
from microblog_web.i18n import mark
from microblog_web.interactions import quote_choices, reply_choices
from microblog_web.members_only import writes_for_members
from microblog_web.pictures import FOCUS_CHOICES, pictures_of
from microblog_web.zones import zone_of

if TYPE_CHECKING:
    from microblog_web.views import View

PICKER_MAX = 80
CHOICES = (Visibility.PUBLIC, Visibility.UNLISTED, Visibility.FOLLOWERS, Visibility.DIRECT)
LASTING = tuple(
    zip(
        LASTS,
        (
            mark("5 minutes"), mark("30 minutes"), mark("1 hour"), mark("6 hours"), mark("12 hours"),
            mark("1 day"), mark("3 days"), mark("7 days"), mark("14 days"), mark("30 days"),
        ),
        strict=True,
    )
)  # fmt: skip


async def draw_composer(view: View) -> str:
    """The HTML of an empty form for a new post, as it stands on the home page."""
    cache, values = view.ports.cache, defaults(view)
    members = await writes_for_members(view)
    key = f"composer:{view.web.theme}:{view.locale}:{view.face.emojis.version}:{':'.join(values.values())}"
    if members:
        key += ":members"
    kept = cache.get(key)
    if not isinstance(kept, Holes):
        fill = cache.fill()
        context = _context(view, Form(values), hidden=None, members=members)
        holes = ("csrf", "once", "slot")
        kept = view.web.holes("web/composer.html", view.locale, known=holes, needed=holes[:2], **context)
        fill.put(key, kept, (), size=kept.size)
    slot = await view.web.slot(view, "composer")
    return kept.fill({"csrf": view.csrf, "once": fresh_key(), "slot": slot})


async def draw_form(
    view: View,
    form: Form,
    *,
    hidden: Mapping[str, str],
    parent: Entry | None = None,
    kept: Sequence[Attachment] = (),
    full: bool = True,
) -> Markup:
    """A form with what was typed, for a new post or an answer to `parent`; `kept` are pictures that were
    uploaded with it before. `full`: with polls, a time, quotes and drafts.
    """
    members = await writes_for_members(view)
    context = _context(view, form, hidden=hidden, parent=parent, kept=kept, full=full, members=members)
    slot = await view.web.slot(view, "composer")
    return view.web.render("web/composer.html", view.locale, **context, slot=slot)


async def reply_form(view: View, parent: Entry) -> Markup:
    """An empty answer: the people of the post named, its level or a narrower one chosen."""
    hidden = {"in_reply_to_id": str(parent.post.id)}
    return await draw_form(view, Form(reply_values(view, parent)), hidden=hidden, parent=parent, full=False)


def reply_values(view: View, parent: Entry) -> dict[str, str]:
    """What stands in a form that answers `parent` before anything is typed. A thread of one's own goes on
    with who may answer.
    """
    me = view.me
    own = me.acct if me is not None else ""
    named = dict.fromkeys([parent.author.acct, *(mention.acct for mention in parent.post.mentions)])
    usual = defaults(view)
    return {
        **usual,
        "text": "".join(f"@{acct} " for acct in named if acct != own),
        "spoiler": parent.post.spoiler,
        "visibility": narrower(parent.post.visibility, Visibility(usual["visibility"])),
        "reply_policy": str(parent.post.reply_policy) if own and parent.author.acct == own else "public",
    }


def accepted(view: View) -> str:
    """The types of pictures that a file field offers; empty where the site takes none."""
    return ",".join(dict.fromkeys(each for made in view.ports.processors for each in made.content_types))


def lasting(view: View) -> list[tuple[str, str]]:
    """How long a poll may last: the values of a choice, and their words."""
    return [(str(seconds), view.translate(text)) for seconds, text in LASTING]


def picker(view: View) -> Sequence[CustomEmoji]:
    """The emojis that are offered beside a text, the first ones of many."""
    shown = [each for each in view.face.emojis.shown if each.visible_in_picker]
    return shown[:PICKER_MAX]


def fresh_key() -> str:
    """Makes pressing the button twice harmless."""
    return secrets.token_urlsafe(12)


def _choices(form: Form, *, members: bool) -> tuple[Visibility, ...]:
    """The levels to choose from, with the one for members where the author has a tier; one that is not
    offered stays, where the form has it: no other one, wider maybe, may be chosen in its place.
    """
    level = Visibility.MEMBERS
    return (*CHOICES, level) if members or form.value("visibility") == level else CHOICES


def _context(
    view: View,
    form: Form,
    *,
    hidden: Mapping[str, str] | None,
    parent: Entry | None = None,
    kept: Sequence[Attachment] = (),
    full: bool = False,
    members: bool = False,
) -> dict[str, Any]:
    own = parent is None or parent.author.id == view.actor.id
    return {
        "form": form,
        "hidden": hidden,
        "csrf": view.csrf,
        "once": fresh_key(),
        "parent": parent,
        "limit": view.ports.limits.post_length,
        "choices": _choices(form, members=members),
        "teases": own and (members or bool(form.value("teaser"))),
        "pictures": range(len(kept), ATTACHMENTS_MAX) if view.ports.processors else (),
        "kept": [(each, pictures_of(view, (each,))) for each in kept],
        "focuses": FOCUS_CHOICES,
        "options": range(view.ports.limits.poll_options),
        "lasting": lasting(view),
        "who_replies": reply_choices(view),
        "who_quotes": quote_choices(view),
        "accept": accepted(view),
        "full": full,
        "zone": zone_of(view),
        "picker": picker(view),
    }
