"""Who may answer and quote an own post, who quotes a post, and no longer being quoted."""

from __future__ import annotations

from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath

from microblog_core.domain.errors import Forbidden, Invalid, NotFound, RateLimited
from microblog_core.domain.filters import FilterContext
from microblog_core.domain.posts import Entry
from microblog_core.services.filtering import apply_filters
from microblog_core.services.quotes import (
    RevokeQuote,
    SetQuotePolicy,
    read_quotes,
    revoke_quote,
    set_quote_policy,
)
from microblog_core.services.replies import SetReplyPolicy, set_reply_policy
from microblog_core.services.timelines import read_post
from microblog_web.compositions import quote_policy_of, reply_policy_of
from microblog_web.forms import Form
from microblog_web.fragments import draw_each, draw_posts
from microblog_web.interactions import quote_choices, reply_choices
from microblog_web.pages import Page
from microblog_web.requests import (
    Sendable,
    answer_page,
    flash,
    listing_page,
    needs_login,
    neighbours,
    post_id_from,
    scope_of,
    sent_form,
    typed,
    view_of,
)
from microblog_web.responses import Answer, see_other
from microblog_web.views import View

FIELDS = ("reply_policy", "quote_policy")


@get("/posts/{post_id:str}/interactions")
async def interactions(request: Request[Any, Any, Any], post_id: FromPath[str]) -> Sendable:
    """Who may answer and quote an own post."""
    view = await view_of(scope_of(request))
    entry = await _own(view, post_id)
    stored = {"reply_policy": str(entry.post.reply_policy), "quote_policy": str(entry.post.quote_policy)}
    return await _page(view, entry, Form(stored, fields=FIELDS))


@post("/posts/{post_id:str}/interactions")
async def change(request: Request[Any, Any, Any], post_id: FromPath[str]) -> Sendable:
    """Say who may from now on; answers and quotes that are there stay."""
    values = await sent_form(request)
    view = await view_of(scope_of(request))
    entry = await _own(view, post_id)
    try:
        replies, quotes = reply_policy_of(values), quote_policy_of(values)
        if replies is not entry.post.reply_policy:
            command = SetReplyPolicy(post_id=entry.post.id, policy=replies)
            await set_reply_policy(view.ports, view.actor, command)
        if quotes is not entry.post.quote_policy:
            await set_quote_policy(
                view.ports, view.actor, SetQuotePolicy(post_id=entry.post.id, policy=quotes)
            )
    except (Invalid, RateLimited) as error:
        return await _page(view, entry, Form.rejected(typed(values, FIELDS), error, FIELDS), error.status)
    flash(request, view.translate("Saved. What is there already stays."))
    return see_other(f"/@{entry.author.acct}/{entry.post.id}")


@get("/posts/{post_id:str}/quotes")
async def quotes(request: Request[Any, Any, Any], post_id: FromPath[str]) -> Sendable:
    """Who quotes a post; its author can take each quote back."""
    view = await view_of(scope_of(request))
    needs_login(view)
    entry = await read_post(view.ports, view.actor, post_id_from(post_id))
    page = listing_page(scope_of(request))
    read = await read_quotes(view.ports, view.actor, entry.post.id, page)
    listing = await apply_filters(view.ports, view.actor, read, FilterContext.PUBLIC)
    drawn = await draw_each(view, listing.items)
    main = view.web.render(
        "web/quotes.html",
        view.locale,
        entry=entry,
        own=entry.author.id == view.actor.id,
        post=await draw_posts(view, (entry,)),
        quotes=list(zip(listing.items, drawn, strict=True)),
        **neighbours(f"/posts/{entry.post.id}/quotes", listing),
    )
    return await answer_page(view, Page(title=view.translate("Who quotes this post"), main=main))


@get("/posts/{post_id:str}/quotes/{quoting_id:str}/revoke")
async def ask_revoke(
    request: Request[Any, Any, Any], post_id: FromPath[str], quoting_id: FromPath[str]
) -> Sendable:
    """Ask before a quote is taken back: it can't be given again."""
    view = await view_of(scope_of(request))
    entry = await _own(view, post_id)
    quoting = await read_post(view.ports, view.actor, post_id_from(quoting_id))
    if quoting.post.quote_of_id != entry.post.id:
        raise NotFound("There is no such quote.")
    title = view.translate("No longer be quoted by @%(acct)s?", acct=quoting.author.acct)
    main = view.web.render(
        "web/revoke.html",
        view.locale,
        title=title,
        entry=entry,
        quoting=quoting,
        post=await draw_posts(view, (quoting,)),
        csrf=view.csrf,
    )
    return await answer_page(view, Page(title=title, main=main))


@post("/posts/{post_id:str}/quotes/{quoting_id:str}/revoke")
async def revoke(
    request: Request[Any, Any, Any], post_id: FromPath[str], quoting_id: FromPath[str]
) -> Sendable:
    """Nobody is shown any more what the quoting post quotes."""
    await sent_form(request)
    view = await view_of(scope_of(request))
    needs_login(view)
    number = post_id_from(post_id)
    command = RevokeQuote(post_id=number, quoting_id=post_id_from(quoting_id))
    await revoke_quote(view.ports, view.actor, command)
    flash(request, view.translate("Your post is no longer shown in that one."))
    return see_other(f"/posts/{number}/quotes")


async def _own(view: View, text: str) -> Entry:
    """A post of the reader's. Raises `NotFound`, `Forbidden`."""
    me = needs_login(view)
    entry = await read_post(view.ports, view.actor, post_id_from(text))
    if entry.author.id != me.id:
        raise Forbidden("Only its author decides who may reply to a post and quote it.")
    return entry


async def _page(view: View, entry: Entry, form: Form, status: int = 200) -> Answer:
    title = view.translate("Who can reply and quote")
    main = view.web.render(
        "web/interactions.html",
        view.locale,
        title=title,
        entry=entry,
        form=form,
        who_replies=reply_choices(view),
        who_quotes=quote_choices(view),
        post=await draw_posts(view, (entry,)),
        csrf=view.csrf,
    )
    return await answer_page(view, Page(title=title, main=main), status)


HANDLERS = (interactions, change, quotes, ask_revoke, revoke)
