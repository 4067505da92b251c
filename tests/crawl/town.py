"""A served site with people of every role and something of everything, and browsers for them."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx

from microblog_core.cli.context import prepare
from microblog_core.config import load_config
from microblog_core.domain.accounts import Account, Role
from microblog_core.domain.permissions import SYSTEM, Actor
from microblog_core.domain.polls import NewPoll
from microblog_core.domain.posts import Visibility
from microblog_core.http.sessions import SESSION_COOKIE
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import AddJob, Job
from microblog_core.services import accounts, posts, reactions, relations, sessions
from microblog_core.services.profiles import EditProfile, update_profile
from microblog_core.site import compose_sites
from microblog_core.testing.mail import MailServer
from microblog_core.testing.servers import microblog_command, site_server

from .markup import parse
from .offices import furnish
from .shelves import keep
from .till import pay

ROLES = {
    "anonymous": None,
    "member": Role.MEMBER,
    "moderator": Role.MODERATOR,
    "owner": Role.OWNER,
}
T = TypeVar("T")
PASSWORD = "correct horse battery"
# Thousands of requests from one address: the limits have tests of their own.
LIFTED = (
    "api", "api_account", "api_anonymous", "application_token", "follow", "log_in", "log_in_address", "media",
    "pay", "payee", "payment_returns", "profile", "publish", "react", "register_application", "report",
    "search", "sign_up", "tiers", "upload", "vote",
)  # fmt: skip
SETTINGS = """
[plugins.email]
host = "127.0.0.1"
port = {port}
tls = "none"
sender = "Town <noreply@town.example>"

[sites.main]
rules = ["Be kind."]
registrations = "approval"
campaign_grace = 0.5

[sites.main.payments]
gateways = ["sandbox"]

[sites.main.rates]
{rates}
"""
ARABIC = "صباح الخير، قرأت كتابا جيدا by Ada Lovelace أمس #كتب"


@dataclass
class Town:
    """The site's address and folder, a session's token for each role, and addresses that people know from
    elsewhere.
    """

    url: str
    data: Path
    tokens: dict[str, str]
    known: dict[str, tuple[str, ...]]

    def client(self, role: str, **headers: str) -> httpx.Client:
        """A browser in which somebody of this role is logged in."""
        client = httpx.Client(base_url=self.url, timeout=60, headers={"origin": self.url, **headers})
        if role != "anonymous":
            client.cookies.set(SESSION_COOKIE, self.tokens[role])
        return client

    def other_browser(self, role: str) -> httpx.Client:
        """One more browser in which somebody is logged in; theirs stays as it is."""
        token = self.tokens[role]
        client = self.log_in(role)
        self.tokens[role] = token
        return client

    def log_in(self, role: str) -> httpx.Client:
        """A browser in which somebody logged in again whose session was ended; who left comes back."""
        client = self.client("anonymous")
        answer = client.get("/login")
        for _ in range(2):
            document, _wrong = parse("/login", answer.content)
            form = next(each for each in document.sendings() if each.path.startswith("/login/"))
            typed = {"name": f"{role}_x", "password": PASSWORD} if form.typed else {}
            answer = client.post(form.path, data=dict(form.fields) | typed)
            if answer.is_redirect:
                self.tokens[role] = client.cookies[SESSION_COOKIE]
                return client
        raise AssertionError(f"{role} can't log in: {answer.status_code}")


@contextmanager
def served_town(folder: Path) -> Iterator[Town]:
    """Serve the site as long as the context lasts."""
    data = folder / "data"
    made = subprocess.run(
        microblog_command("--data", str(data), "init"), capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, made.stdout + made.stderr
    rates = "\n".join(f"{name} = [1000000, 1.0]" for name in LIFTED)
    with MailServer() as mails:
        # Whom nobody can reach is listed by campaigns.
        mails.rcpt = "550 5.1.1 No such user"
        (data / "microblog.toml").write_text(SETTINGS.format(port=mails.port, rates=rates))
        tokens, known = _run(_seed(data))
        with site_server(data) as server:
            yield Town(url=server.url, data=data, tokens=tokens, known=known)


def _run(work: Coroutine[Any, Any, T]) -> T:
    """In a thread of its own: the one that drives a browser has an event loop already."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


async def _seed(data: Path) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    (site,) = compose_sites(load_config(data))
    prepare(site, make=True)
    async with site:
        ports = site.ports
        people = {name: await _person(ports, name, role) for name, role in ROLES.items() if role}
        people |= {name: await _person(ports, name) for name in ("bob", "eve", "asker")}
        for name in ("member", "moderator", "owner"):
            await _life(ports, people[name], people)
        await _failed_jobs(ports, 6)
        code = await furnish(ports, people, (Path(__file__).parent / "tree.png").read_bytes())
        await pay(ports, people["member"], people["bob"])
        await pay(ports, people["bob"], people["member"])
        kept, filtered = await keep(ports, people["member"], people["bob"])
        tokens = {name: (await sessions.open_session(ports, each)).token for name, each in people.items()}
        return tokens, {
            "member": (f"/posts/{kept}/more", f"/posts/{kept}/quotes", f"/posts/{filtered}/more"),
            "owner": (f"/invite/{code}",),
        }


async def _failed_jobs(ports: Ports, count: int) -> None:
    """Jobs that nothing does: operators look at them, try them again, and discard them."""
    now, kind, queue = ports.clock.now(), "crawl.nothing", ports.storage.queue
    ids = [ports.ids.at(now) for _ in range(count)]
    made = [Job(id=each, kind=kind, key=str(each), payload=b"{}", due_at=now, created_at=now) for each in ids]
    await ports.storage.commit([AddJob(job=job) for job in made])
    for job in await queue.claim(now, limit=count, lease=1000, kinds=[kind]):
        assert await queue.bury(job, error="no luck")


async def _person(ports: Ports, name: str, role: Role = Role.MEMBER) -> Account:
    username = f"{name}_x" if role is not Role.MEMBER or name == "member" else name
    command = accounts.CreateAccount(
        username=username,
        email=f"{username}@example.org",
        password=PASSWORD,
        role=role,
        display_name=name.title(),
    )
    account = await accounts.create_account(ports, SYSTEM, command)
    edited = EditProfile(
        display_name=name.title(), bio=f"I am {name}, and I like #tea.", locked=name != "bob"
    )
    await update_profile(ports, Actor(account=account), edited)
    return account


async def _life(ports: Ports, account: Account, people: dict[str, Account]) -> None:
    """What makes somebody's pages full."""
    me, bob, eve = Actor(account=account), Actor(account=people["bob"]), Actor(account=people["eve"])
    name = account.username

    async def write(who: Actor, text: str, **values: Any) -> int:
        return (await posts.publish_post(ports, who, posts.PublishPost(text=text, **values))).post.id

    def about(who: Account) -> relations.RelationCommand:
        return relations.RelationCommand(account_id=who.id)

    first = await write(me, f"Good morning from {name}. #tea https://example.org/a/page")
    await write(me, f"Nobody looked at this, says {name}")
    edited = await write(me, f"This has a tpyo, says {name}")
    await posts.edit_post(ports, me, posts.EditPost(post_id=edited, text=f"This had a typo, says {name}"))
    await write(me, "Under a warning", spoiler="Spoilers")
    await write(me, ARABIC, language="ar")
    await write(me, "Tea or coffee?", poll=NewPoll(options=("Tea", "Coffee"), expires_in=3600))
    asked = await write(bob, f"@{name} which one?", poll=NewPoll(options=("This", "That"), expires_in=3600))
    answer = await write(bob, f"@{name} good morning!", in_reply_to_id=first)
    await write(me, f"@bob how are you, asks {name}", in_reply_to_id=answer)
    await write(me, "What bob asks", quoted_post_id=asked)
    await write(bob, f"@{name} just between us", visibility=Visibility.DIRECT)
    await write(me, "For those who follow", visibility=Visibility.FOLLOWERS)
    await reactions.favourite_post(ports, bob, reactions.PostCommand(post_id=first))
    await reactions.boost_post(ports, bob, reactions.PostCommand(post_id=first))
    await reactions.favourite_post(ports, me, reactions.PostCommand(post_id=answer))
    await relations.follow(ports, me, about(people["bob"]))
    await relations.follow(ports, bob, about(account))
    await relations.follow(ports, Actor(account=people["asker"]), about(account))
    await relations.block(ports, eve, about(people["asker"]))
    await relations.mute(ports, me, about(people["eve"]))
