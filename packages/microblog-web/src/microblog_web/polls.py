"""A poll as HTML, joined by code: one hole of the post's shape, empty for most posts.

Who may still vote gets a form of its own; everybody else sees how it stands. Bars are SVG, since the
Content-Security-Policy forbids `style=`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import escape

from microblog_core.domain.polls import Poll
from microblog_core.domain.posts import Entry
from microblog_web.times import full, machine

if TYPE_CHECKING:
    from microblog_web.views import View


def draw_poll(view: View, entry: Entry) -> str:
    """The poll of a post as the reader sees it now; empty where there is none."""
    if entry.poll is None:
        return ""
    poll = entry.poll.shown_at(view.now)
    own = view.me is not None and view.me.id == entry.author.id
    if view.me is None or own or poll.voted or poll.has_ended(view.now):
        drawn = _results(view, poll)
    else:
        drawn = _ballot(view, poll, entry.id)
    return f'<div class="poll">{drawn}{_foot(view, entry, poll)}</div>'


def _ballot(view: View, poll: Poll, at: int) -> str:
    kind = "checkbox" if poll.multiple else "radio"
    lines = [
        f'<label class="check"><input type="{kind}" name="{f"choice_{place}" if poll.multiple else "choice"}"'
        f' value="{1 if poll.multiple else place}" aria-label="{view.web.emojis.words(option.title)}">'
        f" <span>{view.web.emojis.words(option.title)}</span></label>"
        for place, option in enumerate(poll.options)
    ]
    legend = view.translate("Choose as many as you like") if poll.multiple else view.translate("Choose one")
    return (
        f'<form method="post" action="/polls/{poll.id}/vote">'
        f'<input type="hidden" name="csrf_token" value="{escape(view.csrf)}">'
        f'<input type="hidden" name="return_to" value="{escape(view.here)}">'
        f'<input type="hidden" name="at" value="{at}">'
        f"<fieldset><legend>{escape(legend)}</legend>{''.join(lines)}</fieldset>"
        f'<button class="button quiet small">{escape(view.translate("Vote"))}</button></form>'
    )


def _results(view: View, poll: Poll) -> str:
    everybody = poll.voters_count if poll.multiple else poll.votes_count
    chosen = escape(view.translate("your choice"))
    lines = []
    for place, option in enumerate(poll.options):
        mine = f' <span class="badge">{chosen}</span>' if place in poll.own_votes else ""
        if option.votes_count is None:
            lines.append(f"<li>{view.web.emojis.words(option.title)}{mine}</li>")
            continue
        percent = min(100, round(100 * option.votes_count / everybody)) if everybody else 0
        votes = view.count("1 vote", "%(number)s votes", option.votes_count)
        lines.append(
            f"<li><b>{percent} %</b> {view.web.emojis.words(option.title)}{mine}"
            f" <small>{escape(votes)}</small>"
            '<svg class="share" aria-hidden="true" focusable="false">'
            f'<rect width="{percent}%" height="100%"/></svg></li>'
        )
    return f"<ul>{''.join(lines)}</ul>"


def _foot(view: View, entry: Entry, poll: Poll) -> str:
    """The end as a moment, never as how long ago: pages are kept. One with hidden results is kept until they
    are shown.
    """
    moment = f'<time datetime="{machine(poll.expires_at)}">{full(poll.expires_at, view.locale)}</time>'
    until = str(escape(view.translate("Open until %(moment)s."))).replace("%(moment)s", moment)
    said = [escape(view.count("1 person voted.", "%(number)s people voted.", poll.voters_count)), until]
    if any(option.votes_count is None for option in poll.options):
        view.ends(poll.expires_at)
        said.append(escape(view.translate("Results are shown at its end.")))
    if view.me is None:
        here = f"/@{escape(entry.author.acct)}/{entry.post.id}"
        login = escape(view.translate("Log in to vote"))
        said.append(f'<a href="/login?next={here}" rel="nofollow">{login}</a>')
    return f'<p class="hint">{" ".join(said)}</p>'
