"""A served site on which every resource has something to show, and what a client needs to know of it."""

from __future__ import annotations

import base64
import contextlib
import io
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from PIL import Image

from microblog_core.cli.context import prepare
from microblog_core.config import load_config
from microblog_core.domain.announcements import CustomEmoji
from microblog_core.domain.permissions import ANONYMOUS, SYSTEM, Actor
from microblog_core.ports.operations import PutEmoji
from microblog_core.services import announcements, applications, site_texts
from microblog_core.services.accounts import SignUp, sign_up
from microblog_core.site import compose_sites
from microblog_core.testing.servers import microblog_command, site_server
from microblog_core.testing.tokens import make_token
from microblog_core.testing.web_pages import WebPages

# Thousands of requests from one address: the limits have tests of their own.
LIFTED = (
    "api", "api_account", "api_anonymous", "application_token", "follow", "log_in", "log_in_address", "media",
    "pay", "payee", "payment_returns", "profile", "publish", "react", "register_application", "report",
    "search", "sign_up", "tiers", "upload", "vote",
)  # fmt: skip
PEOPLE = ("ada", "bob", "eve", "cleo", "dan", "fay")
SCOPES = "read write follow push profile read:payments write:payments"
MONEY = '[sites.main.payments]\ngateways = ["sandbox"]\n'
PUSHED = {
    "subscription": {
        "endpoint": "https://push.example.org/x",
        "keys": {
            "p256dh": base64.urlsafe_b64encode(b"\x04" + bytes(64)).decode().rstrip("="),
            "auth": base64.urlsafe_b64encode(bytes(16)).decode().rstrip("="),
        },
    },
    "data": {"alerts": {"mention": True}},
}


@dataclass
class World:
    """Tokens by name (`app` is an application's own), ids and names by what they are."""

    url: str
    tokens: dict[str, str]
    known: dict[str, list[str]] = field(default_factory=dict)

    def client(self, name: str = "ada") -> httpx.Client:
        """A client with a token; `nobody` has none."""
        headers = {} if name == "nobody" else {"authorization": f"Bearer {self.tokens[name]}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=30)

    def known_for(self, path: str, name: str) -> list[str]:
        """What is good in the place of a parameter in a path."""
        before = path.split("/{" + name)[0].removeprefix("/api/").partition("/")[2]
        if name == "name" and "reactions" in path:
            return ["🌸"]
        if path.startswith("/api/v1/filters"):
            return self.known["keyword"]
        if name in ("year", "date"):
            # The terms were written when this site was made.
            return [f"{datetime.now(UTC):%Y}" if name == "year" else f"{datetime.now(UTC):%Y-%m-%d}"]
        if name == "group_key":
            return self.known["group"]
        if name in ("name", "tag"):
            return self.known["tag"]
        if name == "account_id":
            return self.known["account"]
        return self.known[_KINDS[before]]


_KINDS = {
    "accounts": "account",
    "async_refreshes": "missing",
    "collections": "missing",
    "notifications/requests": "missing",
    "announcements": "announcement",
    "conversations": "conversation",
    "featured_tags": "featured_tag",
    "filters": "filter",
    "filters/keywords": "keyword",
    "filters/statuses": "filter_status",
    "follow_requests": "account",
    "lists": "list",
    "media": "media",
    "notifications": "notification",
    "payments": "payment",
    "payments/memberships": "membership",
    "payments/offers": "account",
    "payments/tiers": "tier",
    "polls": "poll",
    "scheduled_statuses": "scheduled",
    "statuses": "status",
    "statuses/{id}/quotes": "status",
    "timelines/list": "list",
}


@contextmanager
def served_world(folder: Path) -> Iterator[World]:
    """Serve the site as long as the context lasts."""
    data = folder / "data"
    ended = subprocess.run(
        microblog_command("--data", str(data), "init"), capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    rates = "\n".join(f"{name} = [1000000, 1.0]" for name in LIFTED)
    (data / "microblog.toml").write_text(
        f'[sites.main]\nrules = ["Be kind."]\nprivate_targets = ["127.0.0.1"]\n'
        f"[sites.main.rates]\n{rates}\n{MONEY}"
    )
    tokens = _run(_tokens(data))
    with site_server(data) as server, WebPages() as pages:
        pages.put("/", b"<title>Flowers</title>")
        world = World(url=server.url, tokens=tokens)
        # By another name than the site's: what links to itself has no preview.
        _fill(world, f"http://localhost:{pages.port}/")
        yield world


def _run(work: Any) -> Any:
    import asyncio

    return asyncio.run(work)


async def _tokens(data: Path) -> dict[str, str]:
    (site,) = compose_sites(load_config(data))
    prepare(site, make=True)
    async with site:
        ports = site.ports
        tokens = {}
        for name in PEOPLE:
            command = SignUp(username=name, email=f"{name}@example.org", password="correct horse battery")
            account = await sign_up(ports, ANONYMOUS, command)
            tokens[name] = await make_token(ports, account, SCOPES)
        new = await applications.register_application(
            ports,
            ANONYMOUS,
            applications.RegisterApplication(
                name="Own", redirect_uris="urn:ietf:wg:oauth:2.0:oob", scopes="read write"
            ),
        )
        wanted = applications.IssueToken(application=new.application, scopes=("read", "write"))
        tokens["app"] = (await applications.issue_application_token(ports, Actor(), wanted)).token
        told = announcements.AddAnnouncement(text="Tea at five #tea")
        await announcements.add_announcement(ports, SYSTEM, told)
        unit = ports.unit()
        emoji = CustomEmoji(shortcode="tea", picture_key="t.png", static_key="t.png")
        unit.apply(PutEmoji(emoji=emoji))
        await unit.commit()
        terms = site_texts.SetTexts(texts={"terms": "Be kind :tea:.", "about": "Tea."})
        await site_texts.set_texts(ports, SYSTEM, terms)
        return tokens


def _picture() -> bytes:
    output = io.BytesIO()
    Image.new("RGB", (64, 48), (200, 90, 30)).save(output, "PNG")
    return output.getvalue()


class _Person:
    def __init__(self, http: httpx.Client) -> None:
        self._http = http
        self.id = self.ask("GET", "/api/v1/accounts/verify_credentials")["id"]

    def ask(self, method: str, path: str, **sent: Any) -> Any:
        answer = self._http.request(method, path, **sent)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    def post(self, path: str, **body: Any) -> Any:
        return self.ask("POST", path, json=body)

    def pay(self, address: str) -> None:
        """Pay on the sandbox's page."""
        origin = str(self._http.base_url).rstrip("/")
        path = urlsplit(address).path
        answer = self._http.post(path, data={"decision": "pay"}, headers={"origin": origin})
        assert answer.status_code == 303, answer.text

    def write(self, text: str, **body: Any) -> Any:
        return self.post("/api/v1/statuses", status=text, **body)


def _fill(world: World, page: str) -> None:
    """By the API itself, everything as `ada` sees it; there is a page to link to."""
    with contextlib.ExitStack() as stack:
        people = [_Person(stack.enter_context(world.client(name))) for name in PEOPLE]
        _live(world, page, *people)
        card = f"/api/v1/statuses/{world.known['status'][0]}/card"
        deadline = time.monotonic() + 60
        while not people[0].ask("GET", card):
            assert time.monotonic() < deadline, "the link has no preview"
            time.sleep(0.1)


def _live(
    world: World,
    page: str,
    ada: _Person,
    bob: _Person,
    eve: _Person,
    cleo: _Person,
    dan: _Person,
    fay: _Person,
) -> None:
    for each in (bob, eve):
        ada.post(f"/api/v1/accounts/{each.id}/follow")
        each.post(f"/api/v1/accounts/{ada.id}/follow")
    ada.ask("PATCH", "/api/v1/accounts/update_credentials", json={
        "locked": True, "note": "Hello", "fields_attributes": [{"name": "Site", "value": "https://example.org"}],
    })  # fmt: skip
    cleo.post(f"/api/v1/accounts/{ada.id}/follow")
    ada.post(f"/api/v1/accounts/{bob.id}/note", comment="From school")
    picture = ada.ask("POST", "/api/v2/media", files={"file": ("a.png", _picture(), "image/png")})
    loose = ada.ask("POST", "/api/v2/media", files={"file": ("b.png", _picture(), "image/png")})
    own = ada.write(
        f"Flowers #tea @bob {page}", media_ids=[picture["id"]], spoiler_text="Spring", language="en"
    )
    poll = bob.write("Which?", poll={"options": ["One", "Two"], "expires_in": 3600})
    ada.post(f"/api/v1/polls/{poll['poll']['id']}/votes", choices=[1])
    quote = bob.write("See this #tea", quoted_status_id=own["id"])
    reply = bob.write("@ada Yes #coffee", in_reply_to_id=own["id"])
    bob.ask("PUT", f"/api/v1/statuses/{reply['id']}", json={"status": "@ada Yes! #coffee"})
    direct = eve.write("@ada a secret", visibility="direct")
    for who, what in ((bob, "reblog"), (eve, "favourite"), (bob, "favourite"), (eve, "reblog")):
        who.post(f"/api/v1/statuses/{own['id']}/{what}")
    for what in ("bookmark", "favourite", "reblog"):
        ada.post(f"/api/v1/statuses/{quote['id']}/{what}")
    ada.post(f"/api/v1/statuses/{own['id']}/pin")
    then = (datetime.now(UTC) + timedelta(days=300)).isoformat()
    later = ada.write("Later", scheduled_at=then, poll={"options": ["a", "b"], "expires_in": 900})
    listed = ada.post("/api/v1/lists", title="Friends")
    ada.post(f"/api/v1/lists/{listed['id']}/accounts", account_ids=[bob.id, eve.id])
    hidden = ada.post(
        "/api/v2/filters",
        title="Drinks",
        context=["home", "public"],
        keywords_attributes=[{"keyword": "coffee"}],
    )
    filtered = ada.post(f"/api/v2/filters/{hidden['id']}/statuses", status_id=reply["id"])
    ada.post("/api/v1/tags/tea/follow")
    featured = ada.post("/api/v1/featured_tags", name="tea")
    bob.post("/api/v1/featured_tags", name="tea")
    ada.write("Another drink #milk")
    ada.post(f"/api/v1/accounts/{dan.id}/mute", duration=3600)
    ada.post(f"/api/v1/accounts/{fay.id}/block")
    ada.post("/api/v1/markers", home={"last_read_id": own["id"]})
    ada.post("/api/v1/push/subscription", **PUSHED)
    ada.post("/api/v1/reports", account_id=cleo.id, comment="Loud")
    tiers = []
    for each in (bob, ada):
        each.ask("PUT", "/api/v1/payments/payee", json={"currency": "EUR", "amounts": [300, 500]})
        tiers.append(each.post("/api/v1/payments/tiers", name="Friends", monthly=300, yearly=3000))
    for payer, payee, tier in ((bob, ada, tiers[1]), (ada, bob, tiers[0])):
        tip = payer.post("/api/v1/payments", account_id=payee.id, amount=500)
        joined = payer.post("/api/v1/payments/memberships", tier_id=tier["id"])
        for made, path in ((tip, "payments"), (joined, "payments/memberships")):
            payer.pay(made["redirect_url"])
            payer.post(f"/api/v1/{path}/{made['id']}/refresh")
    ada.write("For members", visibility="members", teaser="There is more")
    world.known = {
        "account": [bob.id, ada.id, cleo.id],
        "announcement": [each["id"] for each in ada.ask("GET", "/api/v1/announcements")],
        "conversation": [each["id"] for each in ada.ask("GET", "/api/v1/conversations")],
        "featured_tag": [featured["id"]],
        "filter": [hidden["id"]],
        "keyword": [hidden["keywords"][0]["id"]],
        "filter_status": [filtered["id"]],
        "list": [listed["id"]],
        "media": [loose["id"]],
        "notification": [each["id"] for each in ada.ask("GET", "/api/v1/notifications")],
        "membership": [joined["id"]],
        "payment": [tip["id"]],
        "poll": [poll["poll"]["id"]],
        "scheduled": [later["id"]],
        "status": [own["id"], quote["id"], reply["id"], direct["id"], poll["id"]],
        "tag": ["tea"],
        "tier": [tiers[1]["id"], tiers[0]["id"]],
        "missing": ["7"],
        "group": [
            each["group_key"] for each in ada.ask("GET", "/api/v2/notifications")["notification_groups"]
        ],
    }
    assert all(world.known.values()), world.known
