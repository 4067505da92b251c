"""The plugin's web face: buttons below each post, and the route that they lead to.

The page has one form that carries its CSRF token; the buttons name it (`form="act"`), so that a timeline has
no form for each post, and everything works without JavaScript.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

from litestar import Request, post
from litestar.params import FromPath
from markupsafe import Markup

from microblog_core.plugins import implements
from microblog_core.site import Site
from microblog_reactions.reacting import EMOJIS, React, react
from microblog_reactions.tables import Count, counts_of
from microblog_web import hookspecs
from microblog_web.contributions import Slot, SlotContext
from microblog_web.requests import Sendable, back, needs_login, post_id_from, scope_of, sent_form, view_of

_BAR = Markup('<p class="hint x-reactions">{}</p>')
_BUTTON = Markup(
    '<button class="act{on}" form="act" formaction="/x/reactions/{post}/{path}" title="{label}">'
    '{emoji} <span class="n">{count}</span><span class="vh"> {label}</span></button> '
)
_PLAIN = Markup('<span class="act off">{emoji} <span class="n">{count}</span></span> ')


class Bar:
    """A `SlotRenderer`: what each post got, with buttons for who is logged in; one statement for a page."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def render(self, context: SlotContext, items: Sequence[Any]) -> Sequence[str]:
        """One piece for each post."""
        viewer = context.viewer.id if context.viewer is not None else None
        ids = [entry.post.id for entry in items]
        found = await counts_of(self._site.ports.storage, viewer, ids)
        return [_bar(post_id, found.get(post_id, ()), member=viewer is not None) for post_id in ids]


def _bar(post_id: int, counts: Sequence[Count], *, member: bool) -> Markup:
    if not member:
        shown = Markup().join(_PLAIN.format(emoji=each.emoji, count=each.count) for each in counts)
        return _BAR.format(shown) if shown else Markup()
    known = {each.emoji: each for each in counts}
    buttons = []
    for emoji in EMOJIS:
        given = known.get(emoji)
        mine = given is not None and given.me
        buttons.append(
            _BUTTON.format(
                on=" on" if mine else "",
                post=post_id,
                path=f"{'undo' if mine else 'give'}/{quote(emoji)}",
                label=f"Take {emoji} back" if mine else f"React with {emoji}",
                emoji=emoji,
                count=given.count if given is not None else "",
            )
        )
    return _BAR.format(Markup().join(buttons))


async def _react(request: Request[Any, Any, Any], post_id: str, emoji: str, *, undo: bool) -> Sendable:
    values = await sent_form(request)
    view = await view_of(scope_of(request))
    needs_login(view)
    command = React(post_id=post_id_from(post_id), emoji=emoji, undo=undo)
    entry = await react(view.ports, view.actor, command)
    return back(request, values, anchor=f"p{entry.post.id}", default=f"/@{entry.author.acct}/{entry.post.id}")


@post("/{post_id:str}/give/{emoji:str}")
async def give(request: Request[Any, Any, Any], post_id: FromPath[str], emoji: FromPath[str]) -> Sendable:
    """React, and back to where the button was."""
    return await _react(request, post_id, emoji, undo=False)


@post("/{post_id:str}/undo/{emoji:str}")
async def undo(request: Request[Any, Any, Any], post_id: FromPath[str], emoji: FromPath[str]) -> Sendable:
    """Take it back."""
    return await _react(request, post_id, emoji, undo=True)


@implements(hookspecs.register_routes)
def routes() -> Iterable[object]:
    return [give, undo]


@implements(hookspecs.register_slots)
def slots(site: Site) -> Iterable[Slot]:
    return [Slot(name="bar", place="post.after", varies="viewer", renderer=Bar(site))]
