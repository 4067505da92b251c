"""Accounts as moderators see them: found by name, role and state, with their history, and what can be
done.
"""

from __future__ import annotations

from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath

from microblog_core.domain.accounts import AccountState, Role
from microblog_core.domain.errors import Conflict, Forbidden, Invalid, NotFound
from microblog_core.domain.ids import parse_id
from microblog_core.domain.moderation import FOUND_MAX, REASON_LENGTH, AccountFilter, check_role
from microblog_core.domain.ranks import may_give
from microblog_core.domain.timelines import Page as ListingPage
from microblog_core.http.scope import query_of
from microblog_core.services.moderation import (
    MODERATE,
    DecisionCommand,
    RestoreAccount,
    list_appeals,
    list_strikes,
    overrule_decision,
    reject_appeal,
    restore_account,
)
from microblog_core.services.moderators import (
    MANAGE,
    AccountCommand,
    ChangeRole,
    change_role,
    confirm_address_of,
    find_people,
    list_people,
    list_reports_about,
    log_out_everywhere,
    read_account_record,
)
from microblog_web.admin_nav import admin_view, answer_admin, linked
from microblog_web.forms import Form
from microblog_web.moderating import (
    ACT_FIELDS,
    ROLE_WORDS,
    STATE_WORDS,
    WORDS,
    decide,
    may_decide,
    possible_acts,
)
from microblog_web.requests import Sendable, back, flash, listing_page, scope_of, sent_form
from microblog_web.responses import Answer, see_other
from microblog_web.texts import shortened
from microblog_web.views import View

PATH = "/admin/accounts"
APPEALS = "/admin/appeals"
REPORTS_SHOWN = 10


@get(PATH)
async def overview(request: Request[Any, Any, Any]) -> Sendable:
    """Who is here, newest first, or who is found."""
    view = await admin_view(request, MODERATE)
    query = query_of(scope_of(request))
    asked = {name: query.get(name, "").strip()[:100] for name in ("q", "role", "state")}
    wanted = AccountFilter(
        role=Role(asked["role"]) if asked["role"] in list(Role) else None,
        state=AccountState(asked["state"]) if asked["state"] in list(AccountState) else None,
    )
    links = {"older": "", "newer": "", "newest": PATH}
    if asked["q"]:
        people = tuple(await find_people(view.ports, view.actor, asked["q"], wanted))
    else:
        listing = await list_people(view.ports, view.actor, wanted, listing_page(scope_of(request)))
        people, links = listing.items, linked(PATH, listing, asked)
    main = view.web.render(
        "web/admin/accounts.html",
        view.locale,
        people=people,
        form=Form(asked),
        role_choices=_choices(view, ROLE_WORDS),
        state_choices=_choices(view, STATE_WORDS),
        filtered=any(asked.values()),
        manages=view.ports.authoriser.allows(view.actor, MANAGE),
        most=FOUND_MAX,
        path=PATH,
        **WORDS,
        **links,
    )
    return await answer_admin(view, "accounts", view.translate("Accounts"), main)


def _choices(view: View, words: Any) -> list[tuple[str, str]]:
    every = [("", view.translate("Any"))]
    return every + [(value.value, view.translate(label)) for value, label in words.items()]


@get(f"{PATH}/{{account_id:str}}")
async def show(request: Request[Any, Any, Any], account_id: FromPath[str]) -> Sendable:
    """One account with its history."""
    view = await admin_view(request, MODERATE)
    return await _page(view, _id(account_id), Form({"act": "warn"}), listing_page(scope_of(request)))


@post(f"{PATH}/{{account_id:str}}/act")
async def act(request: Request[Any, Any, Any], account_id: FromPath[str]) -> Sendable:
    """Decide something about an account."""
    values = await sent_form(request)
    view = await admin_view(request, MODERATE)
    number = _id(account_id)
    try:
        told = await decide(view, number, values)
    except (Invalid, Forbidden, Conflict) as error:
        form = Form.rejected(values, error, ACT_FIELDS)
        return await _page(view, number, form, ListingPage(), error.status)
    flash(request, told)
    return see_other(f"{PATH}/{number}")


@post(f"{PATH}/{{account_id:str}}/{{doing:str}}")
async def do(request: Request[Any, Any, Any], account_id: FromPath[str], doing: FromPath[str]) -> Sendable:
    """Restore it, give it a role, confirm its address, or log it out."""
    values = await sent_form(request)
    view = await admin_view(request, MODERATE)
    number = _id(account_id)
    try:
        told = await _do(view, number, doing, values.get("role", ""))
    except (Invalid, Forbidden, Conflict) as error:
        flash(request, view.explain(error), "error")
    else:
        flash(request, told)
    return see_other(f"{PATH}/{number}")


async def _do(view: View, number: int, doing: str, role: str) -> str:
    ports, actor, command = view.ports, view.actor, AccountCommand(account_id=number)
    if doing == "restore":
        await restore_account(ports, actor, RestoreAccount(account_id=number))
        return view.translate("The account is active again.")
    if doing == "role":
        await change_role(ports, actor, ChangeRole(account_id=number, role=check_role(role)))
        return view.translate("The account has another role.")
    if doing == "confirm":
        await confirm_address_of(ports, actor, command)
        return view.translate("The address counts as confirmed.")
    if doing == "log-out":
        await log_out_everywhere(ports, actor, command)
        return view.translate("The account is logged out everywhere.")
    raise NotFound("There is no page at this address.", hint="Check the address.")


async def _page(view: View, number: int, form: Form, page: ListingPage, status: int = 200) -> Answer:
    record = await read_account_record(view.ports, view.actor, number)
    account = record.account
    strikes = await list_strikes(view.ports, view.actor, number, page)
    reports = await list_reports_about(view.ports, view.actor, number, ListingPage(limit=REPORTS_SHOWN))
    path = f"{PATH}/{number}"
    mine = view.me
    main = view.web.render(
        "web/admin/account.html",
        view.locale,
        account=account,
        figures=record.figures,
        login=record.login,
        shortened=shortened,
        strikes=strikes.items,
        reports=reports.items,
        may_decide=may_decide(view.actor, account.role, account.state),
        manages=view.ports.authoriser.allows(view.actor, MANAGE),
        choices=possible_acts(view, account.state, with_posts=False),
        given=[
            (role.value, view.translate(label))
            for role, label in ROLE_WORDS.items()
            if mine is not None and may_give(mine.role, role)
        ],
        form=form,
        path=path,
        csrf=view.csrf,
        reason_length=REASON_LENGTH,
        **WORDS,
        **linked(path, strikes, {}),
    )
    title = view.translate("Account @%(acct)s", acct=account.acct)
    return await answer_admin(view, "accounts", title, main, status)


@get(APPEALS)
async def appeals(request: Request[Any, Any, Any]) -> Sendable:
    """Decisions that people ask to have looked at again."""
    view = await admin_view(request, MODERATE)
    listing = await list_appeals(view.ports, view.actor, listing_page(scope_of(request)))
    main = view.web.render(
        "web/admin/appeals.html",
        view.locale,
        strikes=listing.items,
        csrf=view.csrf,
        path=APPEALS,
        **WORDS,
        **linked(APPEALS, listing, {}),
    )
    return await answer_admin(view, "appeals", view.translate("Appeals"), main)


@post("/admin/decisions/{strike_id:str}/{doing:str}")
async def answer(request: Request[Any, Any, Any], strike_id: FromPath[str], doing: FromPath[str]) -> Sendable:
    """Take a decision back, or leave it as it is."""
    values = await sent_form(request)
    view = await admin_view(request, MODERATE)
    command = DecisionCommand(strike_id=_id(strike_id))
    try:
        if doing == "overrule":
            await overrule_decision(view.ports, view.actor, command)
            flash(request, view.translate("The decision is taken back."))
        elif doing == "reject":
            await reject_appeal(view.ports, view.actor, command)
            flash(request, view.translate("The decision stands."))
        else:
            raise NotFound("There is no page at this address.", hint="Check the address.")
    except (Forbidden, Conflict) as error:
        flash(request, view.explain(error), "error")
    return back(request, values, default=APPEALS)


def _id(text: str) -> int:
    found = parse_id(text)
    if found is None:
        raise NotFound("There is no such account or decision.", hint="Look at the list of accounts.")
    return found


HANDLERS = (overview, show, act, do, appeals, answer)
