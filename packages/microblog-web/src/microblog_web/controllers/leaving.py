"""Settings: delete the own account."""

from __future__ import annotations

from typing import Any

from litestar import Request, get, post

from microblog_core.domain.errors import Invalid, RateLimited
from microblog_core.http import sessions
from microblog_core.services.leaving import DeleteOwnAccount, delete_own_account, moment_of
from microblog_web.controllers.settings import answer_settings
from microblog_web.forms import Form
from microblog_web.requests import Sendable, flash, needs_login, scope_of, sent_form, view_of
from microblog_web.responses import Answer, see_other
from microblog_web.views import View

PATH = "/settings/account/delete"
FIELDS = ("password",)
DAY = 24 * 3600 * 1000


@get(PATH)
async def ask(request: Request[Any, Any, Any]) -> Sendable:
    """What it means, and the password, if there is one."""
    view = await view_of(scope_of(request))
    needs_login(view)
    return await _page(view, Form(fields=FIELDS))


@post(PATH)
async def delete(request: Request[Any, Any, Any]) -> Sendable:
    """Hide the account and log out everywhere."""
    values = await sent_form(request)
    view = await view_of(scope_of(request))
    needs_login(view)
    try:
        command = DeleteOwnAccount(password=values.get("password", ""))
        departure = await delete_own_account(view.ports, view.actor, command)
    except (Invalid, RateLimited) as error:
        return await _page(view, Form.rejected({}, error, FIELDS), error.status)
    await sessions.log_out(scope_of(request))
    said = view.translate(
        "Your account is hidden. Log in until %(day)s to keep it.", day=moment_of(departure.due_at)
    )
    flash(request, said, "info")
    return see_other("/")


async def _page(view: View, form: Form, status: int = 200) -> Answer:
    days = view.ports.limits.deletion_milliseconds // DAY
    main = view.web.render(
        "web/settings/delete.html",
        view.locale,
        form=form,
        days=days,
        me=view.me,
        proof=view.proof,
        csrf=view.csrf,
    )
    return await answer_settings(view, "account", main, status)


HANDLERS = (ask, delete)
