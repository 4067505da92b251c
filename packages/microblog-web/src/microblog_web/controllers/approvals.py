"""Operators: who waits for approval, and mail addresses that nobody signs up with."""

from __future__ import annotations

from typing import Any

from litestar import Request, get, post

from microblog_core.domain.errors import Invalid, NotFound
from microblog_core.services.approvals import (
    DecideSignUp,
    approve_account,
    pending_accounts,
    reject_account,
)
from microblog_core.services.mail_blocks import (
    BlockMail,
    UnblockMail,
    block_mail,
    list_mail_blocks,
    unblock_mail,
)
from microblog_web.admin_nav import admin_view, answer_admin
from microblog_web.forms import Form
from microblog_web.requests import (
    Sendable,
    flash,
    listing_page,
    neighbours,
    post_id_from,
    scope_of,
    sent_form,
    typed,
)
from microblog_web.responses import Answer, see_other
from microblog_web.views import View

APPROVALS = "/admin/approvals"
MAIL_BLOCKS = "/admin/mail-blocks"
FIELDS = ("pattern", "note")


@get(APPROVALS)
async def approvals(request: Request[Any, Any, Any]) -> Sendable:
    """Who waits, with what they say of themselves."""
    view = await admin_view(request, "accounts.approve")
    found = await pending_accounts(view.ports, view.actor, listing_page(scope_of(request)))
    main = view.web.render(
        "web/approvals.html",
        view.locale,
        waiting=found.items,
        approves=view.ports.limits.approves,
        blocks=view.ports.authoriser.allows(view.actor, "mail_blocks.manage"),
        pages=neighbours(APPROVALS, found),
        csrf=view.csrf,
        now=view.now,
    )
    return await answer_admin(view, "approvals", view.translate("People who want to come"), main)


@post(APPROVALS)
async def decide(request: Request[Any, Any, Any]) -> Sendable:
    """Approve or reject somebody."""
    values = await sent_form(request)
    view = await admin_view(request, "accounts.approve")
    command = DecideSignUp(account_id=post_id_from(values.get("account", "")))
    doing = values.get("do", "")
    try:
        if doing == "approve":
            account = await approve_account(view.ports, view.actor, command)
            said = view.translate("@%(name)s is approved.", name=account.username)
        elif doing == "reject":
            await reject_account(view.ports, view.actor, command)
            said = view.translate("The sign-up is rejected, and nothing of it is kept.")
        else:
            raise NotFound("There is no such button.")
    except NotFound as error:
        flash(request, view.explain(error), "error")
    else:
        flash(request, said)
    return see_other(APPROVALS)


@get(MAIL_BLOCKS)
async def mail_blocks(request: Request[Any, Any, Any]) -> Sendable:
    """All blocks, newest first."""
    return await _blocks(await admin_view(request, "mail_blocks.manage"), request, Form())


@post(MAIL_BLOCKS)
async def block(request: Request[Any, Any, Any]) -> Sendable:
    """Block a domain or an address."""
    values = await sent_form(request)
    view = await admin_view(request, "mail_blocks.manage")
    try:
        command = BlockMail(pattern=values.get("pattern", ""), note=values.get("note", ""))
        made = await block_mail(view.ports, view.actor, command)
    except Invalid as error:
        return await _blocks(view, request, Form.rejected(typed(values, FIELDS), error, FIELDS), error.status)
    flash(request, view.translate("Nobody signs up with %(pattern)s any more.", pattern=made.pattern))
    return see_other(MAIL_BLOCKS)


@post(f"{MAIL_BLOCKS}/lift")
async def lift(request: Request[Any, Any, Any]) -> Sendable:
    """Lift a block."""
    values = await sent_form(request)
    view = await admin_view(request, "mail_blocks.manage")
    await unblock_mail(view.ports, view.actor, UnblockMail(block_id=post_id_from(values.get("block", ""))))
    flash(request, view.translate("The block is lifted."))
    return see_other(MAIL_BLOCKS)


async def _blocks(view: View, request: Request[Any, Any, Any], form: Form, status: int = 200) -> Answer:
    found = await list_mail_blocks(view.ports, view.actor, listing_page(scope_of(request)))
    main = view.web.render(
        "web/mail_blocks.html",
        view.locale,
        form=form,
        blocks=found.items,
        pages=neighbours(MAIL_BLOCKS, found),
        csrf=view.csrf,
    )
    return await answer_admin(view, "mail-blocks", view.translate("Blocked mail addresses"), main, status)


HANDLERS = (approvals, decide, mail_blocks, block, lift)
