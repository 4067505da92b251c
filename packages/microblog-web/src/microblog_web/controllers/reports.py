"""Reports: tell the moderators about somebody and some of their posts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath

from microblog_core.domain.accounts import Account
from microblog_core.domain.errors import Invalid, NotFound, RateLimited
from microblog_core.domain.ids import parse_id
from microblog_core.domain.reports import COMMENT_LENGTH, ReportCategory, check_category
from microblog_core.domain.timelines import Page as ListingPage
from microblog_core.services.reports import ReportAccount, report_account
from microblog_core.services.timelines import read_account, read_account_posts, read_posts
from microblog_web.forms import Form
from microblog_web.i18n import mark
from microblog_web.pages import Page
from microblog_web.requests import (
    Sendable,
    answer_page,
    flash,
    needs_login,
    post_id_from,
    scope_of,
    sent_form,
    view_of,
)
from microblog_web.responses import Answer, see_other
from microblog_web.texts import excerpt
from microblog_web.views import View

POSTS_SHOWN = 10
"""Posts that the form offers, the newest; a post that the report began at comes before them."""
CATEGORIES: Mapping[ReportCategory, str] = {
    ReportCategory.SPAM: mark("Spam: advertising, fraud, or made by a machine"),
    ReportCategory.LEGAL: mark("It is against the law"),
    ReportCategory.VIOLATION: mark("It is against the rules of this site"),
    ReportCategory.OTHER: mark("Something else"),
}
FIELDS = ("category", "comment", "post_ids", "rule_ids")


@get("/accounts/{account_id:str}/report")
async def form(request: Request[Any, Any, Any], account_id: FromPath[str]) -> Sendable:
    """The form, with the post chosen that it was opened at."""
    view = await view_of(scope_of(request))
    needs_login(view)
    account = await read_account(view.ports, view.actor, post_id_from(account_id))
    begun = parse_id(request.query_params.get("post", ""))
    values = {"category": ReportCategory.OTHER.value}
    if begun is not None:
        values[f"post_{begun}"] = "1"
    return await _page(view, account, Form(values), (begun,) if begun is not None else ())


@post("/accounts/{account_id:str}/report")
async def send(request: Request[Any, Any, Any], account_id: FromPath[str]) -> Sendable:
    """Tell the moderators."""
    values = await sent_form(request)
    view = await view_of(scope_of(request))
    needs_login(view)
    account = await read_account(view.ports, view.actor, post_id_from(account_id))
    chosen = _posts(values)
    try:
        command = ReportAccount(
            account_id=account.id,
            post_ids=chosen,
            comment=values.get("comment", ""),
            category=check_category(values.get("category", "")),
            rule_ids=tuple(rule.id for rule in view.face.rules if values.get(f"rule_{rule.id}")),
        )
        await report_account(view.ports, view.actor, command)
    except (Invalid, NotFound, RateLimited) as error:
        return await _page(view, account, Form.rejected(values, error, FIELDS), chosen, error.status)
    flash(
        request,
        view.translate(
            "Thank you. The moderators will look at it. If you want to see nothing more of @%(acct)s, "
            "mute or block them in the menu of their profile.",
            acct=account.acct,
        ),
    )
    return see_other(f"/@{account.acct}")


async def _page(
    view: View, account: Account, form: Form, chosen: tuple[int, ...], status: int = 200
) -> Answer:
    newest = await read_account_posts(
        view.ports, view.actor, account.id, ListingPage(limit=POSTS_SHOWN), boosts=False
    )
    named = await read_posts(view.ports, view.actor, chosen) if chosen else ()
    entries = {entry.post.id: entry for entry in (*named, *newest.items) if entry.author.id == account.id}
    title = view.translate("Report @%(acct)s", acct=account.acct)
    main = view.web.render(
        "web/report.html",
        view.locale,
        title=title,
        account=account,
        form=form,
        posts=[(f"post_{number}", entry) for number, entry in entries.items()],
        rules=[(f"rule_{rule.id}", rule) for rule in view.face.rules],
        categories=[(category.value, view.translate(label)) for category, label in CATEGORIES.items()],
        limit=COMMENT_LENGTH,
        excerpt=excerpt,
        csrf=view.csrf,
    )
    return await answer_page(view, Page(title=title, main=main), status)


def _posts(values: Mapping[str, str]) -> tuple[int, ...]:
    numbers = [parse_id(name.removeprefix("post_")) for name in values if name.startswith("post_")]
    return tuple(number for number in numbers if number is not None)


HANDLERS = (form, send)
