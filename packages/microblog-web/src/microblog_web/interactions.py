"""Who may answer and quote a post, in words: in forms, under posts, and where an answer is refused."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from microblog_core.domain.errors import Forbidden
from microblog_core.domain.posts import Entry, QuotePolicy, ReplyPolicy
from microblog_core.domain.replies import may_reply
from microblog_web.i18n import mark

if TYPE_CHECKING:
    from microblog_web.views import View

REPLY_CHOICES: tuple[tuple[ReplyPolicy, str], ...] = (
    (ReplyPolicy.PUBLIC, mark("Everybody")),
    (ReplyPolicy.FOLLOWERS, mark("My followers, and people named")),
    (ReplyPolicy.FOLLOWED, mark("People whom I follow, and people named")),
    (ReplyPolicy.MENTIONED, mark("Only people named")),
    (ReplyPolicy.NOBODY, mark("Only me")),
)
QUOTE_CHOICES: tuple[tuple[QuotePolicy, str], ...] = (
    (QuotePolicy.PUBLIC, mark("Everybody")),
    (QuotePolicy.FOLLOWERS, mark("My followers")),
    (QuotePolicy.NOBODY, mark("Only me")),
)
REPLY_LABELS: Mapping[ReplyPolicy, str] = MappingProxyType(
    {
        ReplyPolicy.FOLLOWERS: mark("Followers can reply"),
        ReplyPolicy.FOLLOWED: mark("People followed by the author can reply"),
        ReplyPolicy.MENTIONED: mark("People named can reply"),
        ReplyPolicy.NOBODY: mark("Only the author can reply"),
    }
)
"""What stands at a post that not everybody may answer."""
_REASONS: Mapping[ReplyPolicy, str] = MappingProxyType(
    {
        ReplyPolicy.FOLLOWERS: mark("Only followers of %(name)s and people named in this post can reply."),
        ReplyPolicy.FOLLOWED: mark("Only people whom %(name)s follows or names in this post can reply."),
        ReplyPolicy.MENTIONED: mark("Only people whom %(name)s names in this post can reply."),
        ReplyPolicy.NOBODY: mark("%(name)s lets nobody reply to this post."),
    }
)


def reply_choices(view: View) -> list[tuple[str, str]]:
    """Who may answer: the values of a choice, and their words."""
    return [(policy.value, view.translate(label)) for policy, label in REPLY_CHOICES]


def quote_choices(view: View) -> list[tuple[str, str]]:
    """Who may quote: the same."""
    return [(policy.value, view.translate(label)) for policy, label in QUOTE_CHOICES]


def why_no_reply(view: View, entry: Entry) -> str:
    """Why the reader, who is logged in, may not answer a post; empty where they may."""
    if may_reply(view.actor.id, entry):
        return ""
    return view.translate(_REASONS[entry.post.reply_policy], name=entry.author.name)


def check_answerable(view: View, entry: Entry) -> None:
    """Raises `Forbidden` with the reason where the reader may not answer a post."""
    reason = why_no_reply(view, entry)
    if reason:
        raise Forbidden(reason, hint=view.translate("You can favourite, boost or bookmark it."))
