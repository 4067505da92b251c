"""All pages of the site."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, current_app, g, redirect, render_template, request
from flask.typing import ResponseReturnValue

from microblog_core.domain.accounts import AccountState
from microblog_core.domain.errors import (
    DomainError,
    Forbidden,
    Invalid,
    MicroblogError,
    RateLimited,
    Unauthenticated,
)
from microblog_core.domain.ids import parse_id
from microblog_core.domain.posts import Entry
from microblog_core.domain.timelines import Listing, Page, page_from
from microblog_core.http import csrf, login, sessions
from microblog_core.http.errors import error_for
from microblog_core.http.wsgi import scope_of
from microblog_core.ports.context import Ports
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
from microblog_core.sync import Portal

EXTENSION = "microblog"

pages = Blueprint("pages", __name__)


def portal() -> Portal:
    """The way to core, opened with the first request."""
    return current_app.extensions[EXTENSION]


def call(function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """Run something of core's in the event loop of the site, and wait for it."""
    return portal().call(function, *arguments, **named)


def ports() -> Ports:
    """The site as its use cases see it."""
    return portal().site.ports


@pages.before_request
def recognise() -> None:
    """Find out who asks, and refuse forms that no page of ours sent."""
    g.scope = scope_of(request.environ)
    g.visitor = call(sessions.identify, g.scope)
    if request.method == "POST":
        call(csrf.check, g.scope, request.form.get(csrf.FIELD, ""))


@pages.context_processor
def shown_everywhere() -> dict[str, Any]:
    """What every template may use. Asking for a token gives a newcomer a cookie, so only forms do that."""
    visitor = g.get("visitor")
    return {"me": visitor and visitor.account, "token": lambda: visitor.csrf if visitor else ""}


@pages.after_request
def keep_to_the_visitor(response: Any) -> Any:
    """Pages are for who asked for them: no cache between keeps them."""
    response.headers.setdefault("Cache-Control", "private, no-store")
    return response


@pages.app_errorhandler(MicroblogError)
def explain(error: MicroblogError) -> ResponseReturnValue:
    """What went wrong, and what to do about it; who isn't logged in can do that."""
    if isinstance(error, Unauthenticated) and request.method == "GET":
        return redirect(f"/login?next={request.path}")
    error = error_for(scope_of(request.environ), error)
    fields = {"Retry-After": str(round(error.retry_after + 0.5))} if isinstance(error, RateLimited) else {}
    page = render_template(
        "message.html", heading="That did not work", text=f"{error.message} {error.hint}".strip()
    )
    return page, error.status, fields


@pages.get("/")
def timeline() -> ResponseReturnValue:
    """The newest public posts."""
    return listed(call(read_public, ports(), g.visitor.actor, asked_page()))


@pages.get("/home")
def home() -> ResponseReturnValue:
    """What those write whom the visitor follows, and what the visitor wrote."""
    return listed(call(read_home, ports(), g.visitor.actor, asked_page()), "Home")


@pages.get("/@<name>")
def profile(name: str) -> ResponseReturnValue:
    """What somebody wrote."""
    account = call(shown_account, ports(), g.visitor.actor, name, "")
    listing = call(read_account_posts, ports(), g.visitor.actor, account.id, asked_page())
    return listed(listing, f"@{account.username}")


@pages.get("/tags/<tag>")
def tagged(tag: str) -> ResponseReturnValue:
    """Public posts with a hashtag."""
    return listed(call(read_tag, ports(), g.visitor.actor, tag, asked_page()), f"#{tag}")


@pages.get("/@<name>/<post>")
def thread(name: str, post: str) -> ResponseReturnValue:
    """A post with what it answers and what answers it."""
    found = call(read_thread, ports(), g.visitor.actor, parse_id(post) or 0)
    return render_template("thread.html", thread=found)


@pages.post("/posts")
def write() -> ResponseReturnValue:
    """Publish a post, or an answer to one."""
    text, answered = request.form.get("text", ""), parse_id(request.form.get("answers", ""))
    try:
        entry = call(publish_post, ports(), g.visitor.actor, PublishPost(text=text, in_reply_to_id=answered))
    except (Invalid, RateLimited) as error:
        return render_template("write.html", text=text, answers=answered, error=error), error.status
    return redirect(f"/@{entry.author.username}/{entry.post.id}", 303)


@pages.route("/login", methods=["GET", "POST"])
def enter() -> ResponseReturnValue:
    """Log in by the first way that the site has; each may take several forms, one after the other."""
    method, values = portal().site.login_methods[0], request.form.to_dict()
    if request.method == "POST":
        outcome = call(login.resume, g.scope, method, values, values.get(login.STATE_FIELD, ""))
    else:
        outcome = call(login.begin, g.scope, method, next_path=request.args.get("next", ""))
    if isinstance(outcome, login.LoggedIn):
        return redirect(outcome.next, 303)
    if isinstance(outcome, login.Go):
        return redirect(outcome.url, 303)
    if isinstance(outcome, login.Show):
        status = 422 if outcome.form.error else 200
        return render_template("login.html", form=outcome.form, state=outcome.state), status
    message = outcome.message if isinstance(outcome, login.Stopped) else "Logging in needs a script here."
    raise Forbidden(message)


@pages.post("/logout")
def leave() -> ResponseReturnValue:
    """End the session for good, at every process of the site."""
    call(sessions.log_out, g.scope)
    return redirect("/", 303)


@pages.route("/signup", methods=["GET", "POST"])
def join() -> ResponseReturnValue:
    """Make an account, and log it in unless somebody has to approve it first."""
    typed = {name: request.form.get(name, "") for name in ("username", "email", "password", "reason")}
    if request.method == "GET":
        return render_template("signup.html", typed=typed, approves=ports().limits.approves)
    try:
        account = call(sign_up, ports(), g.visitor.actor, SignUp(**typed))
    except DomainError as error:
        page = render_template("signup.html", typed=typed, error=error, approves=ports().limits.approves)
        return page, error.status
    if account.state is AccountState.PENDING:
        text = "You can log in as soon as somebody has let you in."
        return render_template("message.html", heading="Thank you", text=text)
    call(sessions.log_in, g.scope, account)
    return redirect("/", 303)


def asked_page() -> Page:
    """Which part of a listing the address asks for."""
    return page_from(max_id=request.args.get("max_id", ""))


def listed(listing: Listing[Entry], heading: str = "") -> str:
    """A page of posts; the one without a heading is where people write."""
    return render_template("timeline.html", listing=listing, heading=heading)
