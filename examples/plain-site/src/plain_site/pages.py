"""The site as a WSGI application: a table of addresses, each with what it does."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, quote

from microblog_core.domain.accounts import AccountState
from microblog_core.domain.errors import DomainError, Forbidden, MicroblogError, NotFound, Unauthenticated
from microblog_core.domain.ids import parse_id
from microblog_core.domain.posts import Entry
from microblog_core.domain.timelines import Listing, Page, page_from
from microblog_core.http import csrf, login, sessions
from microblog_core.http.errors import BadRequest, MethodNotAllowed, error_for
from microblog_core.http.scope import query_of
from microblog_core.http.wsgi import scope_of
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
from plain_site import html

FORM = "application/x-www-form-urlencoded"


class Pages:
    """The WSGI application. Made once; each request has a `Request` of its own."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer one request; what core refuses becomes a page that says what to change."""
        request = Request(self._portal, environ)
        try:
            text = request.answer()
        except Unauthenticated as error:
            text = request.ask_to_log_in(error)
        except MicroblogError as error:
            text = request.explain(error)
        body = text.encode("utf-8", "replace")
        fields = {
            "Content-Type": "text/html; charset=utf-8",
            "Content-Length": str(len(body)),
            "Cache-Control": "private, no-store",
        }
        status = f"{request.status} {HTTPStatus(request.status).phrase}"
        start_response(status, [*fields.items(), *request.fields.items()])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]


class Request:
    """One request, and what its answer is to have beside the text."""

    def __init__(self, portal: Portal, environ: dict[str, Any]) -> None:
        self.call, self.site, self.ports = portal.call, portal.site, portal.site.ports
        self.scope = scope_of(environ)
        self.visitor = self.call(sessions.identify, self.scope)
        self.actor = self.visitor.actor
        self.status = 200
        self.fields: dict[str, str] = {}
        self.form: dict[str, str] = {}
        self._environ = environ

    def answer(self) -> str:
        """The page for the address. Raises what core raises."""
        method = "GET" if self.scope["method"] == "HEAD" else self.scope["method"]
        found = [(route[0], page, match) for route, page in ROUTES.items() if (match := _match(route, self))]
        if not found:
            raise NotFound("There is no page at this address.", hint="Check the address.")
        for allowed, page, match in found:
            if allowed == method:
                if method == "POST":
                    self._read_form()
                return page(self, *match.groups())
        raise MethodNotAllowed("This address can't be used in this way.", hint="Use the page's buttons.")

    def document(self, main: str) -> str:
        """A page with the visitor's links."""
        return html.document(self.visitor.account, self.token if self.visitor.account else "", main)

    @property
    def token(self) -> str:
        """For forms. It gives a newcomer a cookie, so only pages with a form ask for it."""
        return self.visitor.csrf

    def go(self, path: str) -> str:
        """Lead the browser on after a form."""
        self.status, self.fields["Location"] = 303, path
        return ""

    def explain(self, error: MicroblogError) -> str:
        """What went wrong, and what to do about it."""
        error = error_for(self.scope, error)
        self.status = error.status
        if hasattr(error, "retry_after"):
            self.fields["Retry-After"] = str(round(error.retry_after + 0.5))
        return self.document(html.problem(f"{error.message} {error.hint}".strip()))

    def ask_to_log_in(self, error: Unauthenticated) -> str:
        """Who isn't logged in can do that."""
        if self.scope["method"] == "GET":
            return self.go(f"/login?next={quote(self.scope['path'])}")
        return self.explain(error)

    def _read_form(self) -> None:
        if not self._environ.get("CONTENT_TYPE", "").startswith(FORM):
            raise BadRequest("This address takes forms.", hint="Use the page's buttons.")
        length = int(self._environ.get("CONTENT_LENGTH") or 0)
        sent = self._environ["wsgi.input"].read(length).decode("ascii", "replace")
        try:
            self.form = {
                name: values[0]
                for name, values in parse_qs(sent, keep_blank_values=True, max_num_fields=20).items()
            }
        except ValueError:
            raise BadRequest("The form can't be read.", hint="Reload the page and send it again.") from None
        self.call(csrf.check, self.scope, self.form.get(csrf.FIELD, ""))


def timeline(request: Request) -> str:
    """The newest public posts, and where people write."""
    listing = request.call(read_public, request.ports, request.actor, _asked_page(request))
    return _listed(request, listing, html.writing(request.token) if request.visitor.account else "")


def home(request: Request) -> str:
    """What those write whom the visitor follows, and what the visitor wrote."""
    listing = request.call(read_home, request.ports, request.actor, _asked_page(request))
    return _listed(request, listing, "<h1>Home</h1>")


def profile(request: Request, name: str) -> str:
    """What somebody wrote."""
    account = request.call(shown_account, request.ports, request.actor, name, "")
    page = _asked_page(request)
    listing = request.call(read_account_posts, request.ports, request.actor, account.id, page)
    return _listed(request, listing, f"<h1>@{html.escape(account.username)}</h1>")


def tagged(request: Request, tag: str) -> str:
    """Public posts with a hashtag."""
    listing = request.call(read_tag, request.ports, request.actor, tag, _asked_page(request))
    return _listed(request, listing, f"<h1>#{html.escape(tag)}</h1>")


def thread(request: Request, name: str, post: str) -> str:
    """A post with what it answers and what answers it."""
    found = request.call(read_thread, request.ports, request.actor, parse_id(post) or 0)
    above, below = (map(html.post, entries) for entries in (found.ancestors, found.descendants))
    answer = html.writing(request.token, answers=post) if request.visitor.account else ""
    return request.document("".join((*above, html.post(found.entry), answer, *below)))


def write(request: Request) -> str:
    """Publish a post, or an answer to one."""
    text, answers = request.form.get("text", ""), request.form.get("answers", "")
    command = PublishPost(text=text, in_reply_to_id=parse_id(answers))
    try:
        entry = request.call(publish_post, request.ports, request.actor, command)
    except Unauthenticated:
        raise
    except DomainError as error:
        request.status = error.status
        again = html.problem(f"{error.message} {error.hint}".strip())
        return request.document(again + html.writing(request.token, text, answers))
    return request.go(f"/@{entry.author.username}/{entry.post.id}")


def ask(request: Request) -> str:
    """Begin to log in by the first way that the site has."""
    method, target = request.site.login_methods[0], query_of(request.scope).get("next", "")
    return _follow(request, request.call(login.begin, request.scope, method, next_path=target))


def enter(request: Request) -> str:
    """Go on with it: a way to log in may take several forms, one after the other."""
    method, state = request.site.login_methods[0], request.form.get(login.STATE_FIELD, "")
    return _follow(request, request.call(login.resume, request.scope, method, request.form, state))


def leave(request: Request) -> str:
    """End the session for good, at every process of the site."""
    request.call(sessions.log_out, request.scope)
    return request.go("/")


def newcomer(request: Request) -> str:
    """The form for a new account."""
    return request.document(html.signing_up(request.token, {}, approves=request.ports.limits.approves))


def join(request: Request) -> str:
    """Make an account, and log it in unless somebody has to approve it first."""
    typed = {name: request.form.get(name, "") for name in ("username", "email", "password", "reason")}
    try:
        account = request.call(sign_up, request.ports, request.actor, SignUp(**typed))
    except DomainError as error:
        request.status = error.status
        form = html.signing_up(request.token, typed, approves=request.ports.limits.approves)
        return request.document(html.problem(f"{error.message} {error.hint}".strip()) + form)
    if account.state is AccountState.PENDING:
        return request.document("<p>Thank you. You can log in as soon as somebody has let you in.</p>")
    request.call(sessions.log_in, request.scope, account)
    return request.go("/")


ROUTES: dict[tuple[str, str], Callable[..., str]] = {
    ("GET", r"/"): timeline,
    ("GET", r"/home"): home,
    ("GET", r"/@([^/]+)"): profile,
    ("GET", r"/@([^/]+)/(\d+)"): thread,
    ("GET", r"/tags/([^/]+)"): tagged,
    ("POST", r"/posts"): write,
    ("GET", r"/login"): ask,
    ("POST", r"/login"): enter,
    ("POST", r"/logout"): leave,
    ("GET", r"/signup"): newcomer,
    ("POST", r"/signup"): join,
}


def _match(route: tuple[str, str], request: Request) -> re.Match[str] | None:
    return re.fullmatch(route[1], request.scope["path"])


def _asked_page(request: Request) -> Page:
    return page_from(max_id=query_of(request.scope).get("max_id", ""))


def _listed(request: Request, listing: Listing[Entry], above: str) -> str:
    posts = "".join(map(html.post, listing.items)) or "<p>Nothing here yet.</p>"
    older = f'<p><a href="?max_id={listing.older}">Older posts</a></p>' if listing.older else ""
    return request.document(above + posts + older)


def _follow(request: Request, outcome: login.Outcome) -> str:
    """What the way to log in wants next."""
    if isinstance(outcome, login.LoggedIn):
        return request.go(outcome.next)
    if isinstance(outcome, login.Go):
        return request.go(outcome.url)
    if isinstance(outcome, login.Show):
        request.status = 422 if outcome.form.error else 200
        return request.document(html.logging_in(request.token, outcome.form, outcome.state))
    message = outcome.message if isinstance(outcome, login.Stopped) else "Logging in needs a script here."
    raise Forbidden(message)
