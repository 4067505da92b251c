"""All pages of the site."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.templating import Jinja2Templates

from fastapi_site.dependencies import TheForm, ThePage, ThePorts, TheSite, TheVisitor
from microblog_core.domain.accounts import AccountState
from microblog_core.domain.errors import (
    DomainError,
    Forbidden,
    Invalid,
    MicroblogError,
    NotFound,
    RateLimited,
    Unauthenticated,
)
from microblog_core.domain.ids import parse_id
from microblog_core.http import login, sessions
from microblog_core.http.errors import error_for
from microblog_core.http.sessions import Visitor
from microblog_core.services.accounts import SignUp, sign_up
from microblog_core.services.posts import PublishPost, publish_post
from microblog_core.services.timelines import (
    read_account_posts,
    read_home,
    read_public,
    read_tag,
    read_thread,
    shown_account,
)

pages = APIRouter(default_response_class=HTMLResponse)
templates = Jinja2Templates(Path(__file__).parent / "templates")


def moment(milliseconds: int) -> str:
    """A moment of core's for people."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%d %B %Y, %H:%M UTC")


templates.env.filters["moment"] = moment


def draw(request: Request, visitor: Visitor, name: str, status: int = 200, **values: Any) -> Response:
    """A page for this visitor alone. Asking for a token gives a newcomer a cookie, so only forms do that."""
    token = visitor.csrf if visitor.account or name in ("login.html", "signup.html") else ""
    context = {"me": visitor.account, "token": token, **values}
    kept = {"cache-control": "private, no-store"}
    return templates.TemplateResponse(request, name, context, status_code=status, headers=kept)


def go(path: str) -> Response:
    """Lead a browser on after a form."""
    return RedirectResponse(path, 303)


async def explain(request: Request, error: MicroblogError) -> Response:
    """What went wrong, and what to do about it; who isn't logged in can do that."""
    if isinstance(error, Unauthenticated) and request.method == "GET":
        return go(f"/login?next={request.url.path}")
    error = error_for(request.scope, error)
    text = f"{error.message} {error.hint}".strip()
    visitor = await sessions.identify(request.scope)
    answer = draw(request, visitor, "message.html", error.status, heading="That did not work", text=text)
    if isinstance(error, RateLimited):
        answer.headers["retry-after"] = str(round(error.retry_after + 0.5))
    return answer


async def missing(request: Request, error: Exception) -> Response:
    """There is no route for this address."""
    return await explain(request, NotFound("There is no page at this address.", hint="Check the address."))


@pages.get("/")
async def timeline(request: Request, ports: ThePorts, visitor: TheVisitor, page: ThePage) -> Response:
    """The newest public posts, and where people write."""
    listing = await read_public(ports, visitor.actor, page)
    return draw(request, visitor, "timeline.html", listing=listing)


@pages.get("/home")
async def home(request: Request, ports: ThePorts, visitor: TheVisitor, page: ThePage) -> Response:
    """What those write whom the visitor follows, and what the visitor wrote."""
    listing = await read_home(ports, visitor.actor, page)
    return draw(request, visitor, "timeline.html", listing=listing, heading="Home")


@pages.get("/@{name}")
async def profile(
    request: Request, ports: ThePorts, visitor: TheVisitor, page: ThePage, name: str
) -> Response:
    """What somebody wrote."""
    account = await shown_account(ports, visitor.actor, name, "")
    listing = await read_account_posts(ports, visitor.actor, account.id, page)
    return draw(request, visitor, "timeline.html", listing=listing, heading=f"@{account.username}")


@pages.get("/tags/{tag}")
async def tagged(request: Request, ports: ThePorts, visitor: TheVisitor, page: ThePage, tag: str) -> Response:
    """Public posts with a hashtag."""
    listing = await read_tag(ports, visitor.actor, tag, page)
    return draw(request, visitor, "timeline.html", listing=listing, heading=f"#{tag}")


@pages.get("/@{name}/{post}")
async def thread(request: Request, ports: ThePorts, visitor: TheVisitor, post: str) -> Response:
    """A post with what it answers and what answers it."""
    found = await read_thread(ports, visitor.actor, parse_id(post) or 0)
    return draw(request, visitor, "thread.html", thread=found)


@pages.post("/posts")
async def write(request: Request, ports: ThePorts, visitor: TheVisitor, form: TheForm) -> Response:
    """Publish a post, or an answer to one."""
    text, answers = form.get("text", ""), parse_id(form.get("answers", ""))
    try:
        entry = await publish_post(ports, visitor.actor, PublishPost(text=text, in_reply_to_id=answers))
    except (Invalid, RateLimited) as error:
        typed = {"text": text, "answers": answers, "error": error}
        return draw(request, visitor, "write.html", error.status, **typed)
    return go(f"/@{entry.author.username}/{entry.post.id}")


@pages.get("/login")
async def ask(request: Request, site: TheSite, visitor: TheVisitor, next: str = "") -> Response:
    """Begin to log in by the first way that the site has."""
    outcome = await login.begin(request.scope, site.login_methods[0], next_path=next)
    return follow(request, visitor, outcome)


@pages.post("/login")
async def enter(request: Request, site: TheSite, visitor: TheVisitor, form: TheForm) -> Response:
    """Go on with it: a way to log in may take several forms, one after the other."""
    state = form.get(login.STATE_FIELD, "")
    return follow(request, visitor, await login.resume(request.scope, site.login_methods[0], form, state))


def follow(request: Request, visitor: Visitor, outcome: login.Outcome) -> Response:
    """What the way to log in wants next."""
    if isinstance(outcome, login.LoggedIn):
        return go(outcome.next)
    if isinstance(outcome, login.Go):
        return go(outcome.url)
    if isinstance(outcome, login.Show):
        status = 422 if outcome.form.error else 200
        return draw(request, visitor, "login.html", status, form=outcome.form, state=outcome.state)
    message = outcome.message if isinstance(outcome, login.Stopped) else "Logging in needs a script here."
    raise Forbidden(message)


@pages.post("/logout")
async def leave(request: Request, form: TheForm) -> Response:
    """End the session for good, at every process of the site."""
    await sessions.log_out(request.scope)
    return go("/")


@pages.get("/signup")
async def newcomer(request: Request, ports: ThePorts, visitor: TheVisitor) -> Response:
    """The form for a new account."""
    return draw(request, visitor, "signup.html", typed={}, approves=ports.limits.approves)


@pages.post("/signup")
async def join(request: Request, ports: ThePorts, visitor: TheVisitor, form: TheForm) -> Response:
    """Make an account, and log it in unless somebody has to approve it first."""
    typed = {name: form.get(name, "") for name in ("username", "email", "password", "reason")}
    try:
        account = await sign_up(ports, visitor.actor, SignUp(**typed))
    except DomainError as error:
        values = {"typed": typed, "error": error, "approves": ports.limits.approves}
        return draw(request, visitor, "signup.html", error.status, **values)
    if account.state is AccountState.PENDING:
        text = "You can log in as soon as somebody has let you in."
        return draw(request, visitor, "message.html", heading="Thank you", text=text)
    await sessions.log_in(request.scope, account)
    return go("/")
