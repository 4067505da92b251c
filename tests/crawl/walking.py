"""Walking through a site: every link that leads on, then every form by every button."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode, urlsplit

import httpx

from microblog_core.http.sessions import SESSION_COOKIE

from .markup import Document, Sending, parse
from .routes import all_routes, route_of, template_of
from .town import PASSWORD, Town

OF_ONE_KIND = 4
"""How many pages of one kind are opened; the links to the others are the same but for their ids."""
LAST = (
    "delete",
    "remove",
    "discard",
    "end",
    "block",
    "unfollow",
    "logout",
    "reject",
    "undo",
    "leave",
    "revoke",
)
LEFT_EMPTY = ("joined_before", "scheduled_at", "website")
"""What would make most of a form's other choices impossible, and the trap for robots."""
TOKEN = re.compile(r'name="csrf_token" value="([^"]*)"')
TOMORROW = datetime.now(UTC) + timedelta(days=1)


@dataclass
class Walk:
    """What somebody of a role came across."""

    town: Town
    role: str
    client: httpx.Client
    pages: dict[str, Document] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    reached: set[str] = field(default_factory=set)
    sent: set[tuple[str, str, str, bool]] = field(default_factory=set)
    kinds: Counter[str] = field(default_factory=Counter)
    token: str = ""

    def __post_init__(self) -> None:
        self.routes = all_routes()

    def everywhere(self) -> None:
        """Follow every link that people have from elsewhere, and all from the front page."""
        waiting = [*self.town.known.get(self.role, ()), "/"]
        while waiting:
            path = waiting.pop(0)
            kind = template_of(path)
            if path in self.pages or self.kinds[kind] >= OF_ONE_KIND:
                continue
            self.kinds[kind] += 1
            document = self.open(path)
            if document is not None:
                self.pages[path] = document
                waiting += sorted(document.links() - self.pages.keys())

    def open(self, path: str) -> Document | None:
        """A page, by way of redirects; what is wrong with it is noted."""
        answer = self.client.get(path, follow_redirects=True)
        self.reach(answer)
        if answer.status_code >= 400:
            self.problems.append(f"{path}: {answer.status_code}")
            return None
        return self.read(answer, path)

    def reach(self, answer: httpx.Response) -> None:
        for step in (*answer.history, answer):
            self.reached.add(route_of("GET", step.request.url.raw_path.decode(), self.routes))

    def read(self, answer: httpx.Response, path: str) -> Document | None:
        if "text/html" not in answer.headers.get("content-type", ""):
            return None
        document, wrong = parse(answer.request.url.raw_path.decode(), answer.content)
        self.problems += [f"{path}: {each}" for each in wrong]
        return document

    def send_all(self, *, filled: bool) -> None:
        """Send every form that was seen once for each kind: as it stands, or filled in."""
        found: dict[tuple[str, str, str, bool], Sending] = {}
        for document in self.pages.values():
            for each in document.sendings():
                found.setdefault((each.method, template_of(each.path), _did(each), filled), each)
        late = [key for key in found if any(word in f"{key[1]} {key[2]}".lower() for word in LAST)]
        for key in [*(key for key in found if key not in late), *late]:
            if key not in self.sent and (not filled or found[key].typed):
                self.sent.add(key)
                self.send(found[key], filled=filled)

    def send(self, form: Sending, *, filled: bool) -> None:
        """Send a form; anything may be refused with a reason, nothing may break."""
        fields = dict(form.fields)
        if filled:
            fields |= {name: _value(name, kind) for name, kind in form.typed}
        if form.method == "get":
            path = urlsplit(form.path).path + "?" + urlencode(fields)
            self.open(path)
            return
        if "csrf_token" in fields:
            fields["csrf_token"] = self.token or fields["csrf_token"]
        extra = {"files": {"nothing": b""}} if form.files and not filled else {}
        answer = self.client.post(form.path, data=fields, **extra)
        self.reached.add(route_of("POST", form.path, self.routes))
        where = f"{form.method} {form.path} by “{form.button}”{' filled in' if filled else ''}"
        if answer.status_code >= 500:
            self.problems.append(f"{where}: {answer.status_code}")
        elif answer.is_redirect:
            after = self.client.get(answer.headers["location"], follow_redirects=True)
            self.reach(after)
            if after.status_code >= 400:
                self.problems.append(f"{where}, then {answer.headers['location']}: {after.status_code}")
        elif answer.status_code == 404:
            # What it was about went by another button.
            pass
        else:
            self.read(answer, where)
        self._stay()

    def _stay(self) -> None:
        """Be somebody of this role still, who has the token of the session that there is now: logging out and
        in changes it.
        """
        if self.role == "anonymous" and SESSION_COOKIE in self.client.cookies:
            self.client.close()
            self.client = self.town.client(self.role)
        seen = self.client.get("/login" if self.role == "anonymous" else "/settings/account")
        if self.role != "anonymous" and seen.status_code != 200:
            self.client.close()
            self.client = self.town.log_in(self.role)
            seen = self.client.get("/settings/account")
        found = TOKEN.search(seen.text)
        self.token = found[1] if found else ""


def _did(form: Sending) -> str:
    """What tells two buttons of a form apart that lead to one address."""
    return ",".join(f"{name}={value}" for name, value in form.fields[-1:] if name in ("do", "order", "stay"))


def _value(name: str, kind: str) -> str:
    if kind == "password":
        return PASSWORD
    if name in LEFT_EMPTY:
        return ""
    if kind in ("email", "url", "number", "date", "datetime-local", "checkbox"):
        return {
            "email": "somebody@example.org",
            "url": "https://example.org/hook",
            "number": "3",
            "date": TOMORROW.strftime("%Y-%m-%d"),
            "datetime-local": TOMORROW.strftime("%Y-%m-%dT%H:%M"),
            "checkbox": "1",
        }[kind]
    if name in ("language", "locale"):
        return "en"
    known = {"name": "bob", "username": "somebody", "currency": "EUR", "country": "DE"}
    return known.get(name, f"Some {name}")
