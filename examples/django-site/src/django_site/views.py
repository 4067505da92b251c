"""All pages of the site."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from django_site.site import call, portal, ports
from microblog_core.domain.accounts import AccountState
from microblog_core.domain.errors import DomainError, Forbidden, Invalid, RateLimited
from microblog_core.domain.ids import parse_id
from microblog_core.domain.posts import Entry
from microblog_core.domain.timelines import Listing, Page, page_from
from microblog_core.http import login, sessions
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


@require_GET
def timeline(request: HttpRequest) -> HttpResponse:
    """The newest public posts, and where people write."""
    return _listed(request, call(read_public, ports(), request.visitor.actor, _asked_page(request)))


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """What those write whom the visitor follows, and what the visitor wrote."""
    return _listed(request, call(read_home, ports(), request.visitor.actor, _asked_page(request)), "Home")


@require_GET
def profile(request: HttpRequest, name: str) -> HttpResponse:
    """What somebody wrote."""
    actor = request.visitor.actor
    account = call(shown_account, ports(), actor, name, "")
    listing = call(read_account_posts, ports(), actor, account.id, _asked_page(request))
    return _listed(request, listing, f"@{account.username}")


@require_GET
def tagged(request: HttpRequest, tag: str) -> HttpResponse:
    """Public posts with a hashtag."""
    listing = call(read_tag, ports(), request.visitor.actor, tag, _asked_page(request))
    return _listed(request, listing, f"#{tag}")


@require_GET
def thread(request: HttpRequest, name: str, post: int) -> HttpResponse:
    """A post with what it answers and what answers it."""
    found = call(read_thread, ports(), request.visitor.actor, parse_id(str(post)) or 0)
    context = {
        "above": [_shown(entry) for entry in found.ancestors],
        "post": _shown(found.entry),
        "below": [_shown(entry) for entry in found.descendants],
        "answers": found.entry.post.id,
    }
    return render(request, "django_site/thread.html", context)


@require_POST
def write(request: HttpRequest) -> HttpResponse:
    """Publish a post, or an answer to one."""
    text, answers = request.POST.get("text", ""), parse_id(request.POST.get("answers", ""))
    try:
        command = PublishPost(text=text, in_reply_to_id=answers)
        entry = call(publish_post, ports(), request.visitor.actor, command)
    except (Invalid, RateLimited) as error:
        context = {"text": text, "answers": answers, "error": error}
        return render(request, "django_site/write.html", context, status=error.status)
    return _go(f"/@{entry.author.username}/{entry.post.id}")


@require_http_methods(["GET", "POST"])
def enter(request: HttpRequest) -> HttpResponse:
    """Log in by the first way that the site has; each may take several forms, one after the other."""
    method, scope = portal().site.login_methods[0], request.scope
    if request.method == "POST":
        values = request.POST.dict()
        outcome = call(login.resume, scope, method, values, values.get(login.STATE_FIELD, ""))
    else:
        outcome = call(login.begin, scope, method, next_path=request.GET.get("next", ""))
    if isinstance(outcome, login.LoggedIn):
        return _go(outcome.next)
    if isinstance(outcome, login.Go):
        return _go(outcome.url)
    if isinstance(outcome, login.Show):
        context = {"asked": outcome.form, "state": outcome.state}
        status = 422 if outcome.form.error else 200
        return render(request, "django_site/login.html", context, status=status)
    message = outcome.message if isinstance(outcome, login.Stopped) else "Logging in needs a script here."
    raise Forbidden(message)


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """End the session for good, at every process of the site."""
    call(sessions.log_out, request.scope)
    return _go("/")


@require_http_methods(["GET", "POST"])
def join(request: HttpRequest) -> HttpResponse:
    """Make an account, and log it in unless somebody has to approve it first."""
    typed = {name: request.POST.get(name, "") for name in ("username", "email", "password", "reason")}
    context = {"typed": typed, "approves": ports().limits.approves}
    if request.method == "GET":
        return render(request, "django_site/signup.html", context)
    try:
        account = call(sign_up, ports(), request.visitor.actor, SignUp(**typed))
    except DomainError as error:
        return render(request, "django_site/signup.html", {**context, "error": error}, status=error.status)
    if account.state is AccountState.PENDING:
        waiting = {"heading": "Thank you", "text": "You can log in as soon as somebody has let you in."}
        return render(request, "django_site/message.html", waiting)
    call(sessions.log_in, request.scope, account)
    return _go("/")


def style(request: HttpRequest) -> FileResponse:
    """The site's style sheet."""
    return FileResponse((Path(__file__).parent / "site.css").open("rb"))


def missing(request: HttpRequest, exception: Exception) -> HttpResponse:
    """There is no view for this address."""
    context = {"heading": "Nothing here", "text": "There is no page at this address. Check the address."}
    return render(request, "django_site/message.html", context, status=404)


def _asked_page(request: HttpRequest) -> Page:
    return page_from(max_id=request.GET.get("max_id", ""))


def _listed(request: HttpRequest, listing: Listing[Entry], heading: str = "") -> HttpResponse:
    posts = [_shown(entry) for entry in listing.items]
    context = {"posts": posts, "older": listing.older, "heading": heading}
    return render(request, "django_site/timeline.html", context)


def _shown(entry: Entry) -> dict[str, object]:
    """A post as the template wants it, with its moment as Django has them."""
    moment = datetime.fromtimestamp(entry.post.created_at / 1000, UTC)
    return {"author": entry.author, "post": entry.post, "moment": moment}


def _go(path: str) -> HttpResponse:
    """Lead a browser on after a form."""
    response = redirect(path)
    response.status_code = 303
    return response
