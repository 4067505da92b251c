"""Makes the town's site in a data folder, with a clock that moves through its last days, and serves it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from tools.tour.drawings import landscape
from tools.tour.words import DESCRIPTION, EARLIER, POSTS, RESIDENTS, RULES, TITLE, Resident, Said

from microblog_core.cli.context import prepare
from microblog_core.config import load_config
from microblog_core.domain.accounts import Account, Role
from microblog_core.domain.permissions import ANONYMOUS, SYSTEM, Actor
from microblog_core.domain.polls import NewPoll
from microblog_core.domain.posts import Visibility
from microblog_core.domain.reports import ReportCategory
from microblog_core.http.sessions import SESSION_COOKIE
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import Job
from microblog_core.runtime.jobs import JobRunner
from microblog_core.runtime.statistics import COMPUTE_JOB, compute_statistics
from microblog_core.services import (
    accounts,
    announcements,
    marks,
    media,
    pictures,
    polls,
    posts,
    profiles,
    reactions,
    relations,
    reports,
    sessions,
    tags,
)
from microblog_core.site import compose_site
from microblog_core.testing.builder import FrozenClock
from microblog_core.testing.servers import ServerProcess, site_server

PASSWORD = "a long pass phrase"
MINUTE = 60_000
DAY = 24 * 60 * MINUTE
LIFTED = ("api", "follow", "media", "profile", "publish", "react", "report", "sign_up", "upload", "vote")


@dataclass(frozen=True)
class Harbour:
    """The served town: a session's cookie for each resident, and addresses of some pages."""

    server: ServerProcess
    cookies: Mapping[str, str]
    paths: Mapping[str, str]

    @property
    def url(self) -> str:
        return self.server.url


@contextmanager
def harbour(folder: Path) -> Iterator[Harbour]:
    """Serve the town from a new data folder below `folder`, as long as the context lasts."""
    data = folder / "data"
    data.mkdir(parents=True)
    (data / "microblog.toml").write_text(_settings())
    cookies, paths = asyncio.run(_seed(data))
    with site_server(data) as server:
        yield Harbour(server, cookies, paths)


def _settings() -> str:
    rates = "\n".join(f"{name} = [1000000, 1.0]" for name in LIFTED)
    rules = ", ".join(f'"{rule}"' for rule in RULES)
    lines = (
        f'title = "{TITLE}"',
        f'description = "{DESCRIPTION}"',
        f"rules = [{rules}]",
        'contact = "mira"',
        'registrations = "approval"',
    )
    return "[sites.main]\n" + "\n".join(lines) + f"\n[sites.main.rates]\n{rates}\n"


async def _seed(data: Path) -> tuple[dict[str, str], dict[str, str]]:
    config = load_config(data, make_key=True)
    now = round(time.time() * 1000)
    clock = FrozenClock(now - 30 * DAY)
    site = compose_site(config, config.sites[0], clock=clock)
    prepare(site, make=True)
    async with site:
        town = _Town(site.ports, clock, now, JobRunner(site))
        await town.begin()
        for said in POSTS:
            await town.say(said)
        await town.run()
        opened = {name: await sessions.open_session(site.ports, who) for name, who in town.people.items()}
    cookies = {name: session.token for name, session in opened.items()}
    return cookies, {key: f"/@{name}/{number}" for key, (name, number) in town.said.items()}


class _Town:
    """What happens, one thing after the other."""

    def __init__(self, ports: Ports, clock: FrozenClock, now: int, runner: JobRunner) -> None:
        self.ports, self.clock, self.now, self.runner = ports, clock, now, runner
        self.people: dict[str, Account] = {}
        self.said: dict[str, tuple[str, int]] = {}

    def actor(self, name: str) -> Actor:
        return Actor(account=self.people[name])

    async def begin(self) -> None:
        """The weeks before: who came when, whom they followed, and what was said."""
        came = {each.username: self.now - each.days * DAY for each in RESIDENTS}
        steps: list[tuple[int, Callable[[], Coroutine[Any, Any, None]]]] = []
        for each in RESIDENTS:
            met = max(came[name] for name in (each.username, *each.follows)) + 300 * MINUTE
            steps += [(came[each.username], partial(self.settle, each)), (met, partial(self.meet, each))]
        for number, (who, days, text) in enumerate(EARLIER):
            # Not all at the same hour, and not all liked by the same few.
            said = Said(
                who,
                days * DAY // MINUTE - 360 - number % 7 * 40,
                text,
                language="en" if text.isascii() else "ar",
                liked=("library", "mira", "tomas", "jun")[number % 3 : number % 3 + 1 + number % 2],
            )
            steps.append((self.now - said.ago * MINUTE, partial(self.say, said)))
        # Ids only grow: nothing may happen before what has happened.
        for at, step in sorted(steps, key=lambda each: each[0]):
            self.clock.at = max(at, self.clock.at)
            await step()

    async def settle(self, resident: Resident) -> None:
        """Sign somebody up and fill their profile."""
        name = resident.username
        self.clock.advance(600)
        role = Role.OWNER if name == "mira" else Role.MODERATOR if name == "library" else Role.MEMBER
        command = accounts.CreateAccount(
            username=name, email=f"{name}@example.org", password=PASSWORD, role=role
        )
        self.people[name] = await accounts.create_account(self.ports, SYSTEM, command)
        profile = profiles.EditProfile(
            display_name=resident.name, bio=resident.bio, fields=resident.fields, discoverable=True
        )
        await profiles.update_profile(self.ports, self.actor(name), profile)
        number = RESIDENTS.index(resident) + 1
        if resident.avatar:
            drawn = pictures.ChangePicture(data=landscape(resident.avatar, 400, 400, seed=number))
            await pictures.set_avatar(self.ports, self.actor(name), drawn)
        if resident.header:
            drawn = pictures.ChangePicture(data=landscape(resident.header, 1500, 500, seed=number + 2))
            await pictures.set_header(self.ports, self.actor(name), drawn)
        if resident.locale:
            preferences = profiles.SetPreferences(locale=resident.locale)
            await profiles.set_preferences(self.ports, self.actor(name), preferences)

    async def meet(self, resident: Resident) -> None:
        for name in resident.follows:
            self.clock.advance(60)
            whom = relations.RelationCommand(account_id=self.people[name].id)
            await relations.follow(self.ports, self.actor(resident.username), whom)

    async def say(self, said: Said) -> None:
        """Publish a post at its time, and let the others like it."""
        self.clock.at = self.now - said.ago * MINUTE
        actor = self.actor(said.who)
        attached = [
            await media.upload_media(
                self.ports,
                actor,
                media.UploadMedia(
                    data=landscape(palette, 1200, 800, seed=said.ago % 7), description=text, wait=0
                ),
            )
            for palette, text in said.pictures
        ]
        if attached:
            await self.runner.run_due()
        command = posts.PublishPost(
            text=said.text,
            spoiler=said.spoiler,
            language=said.language,
            visibility=Visibility(said.visibility),
            in_reply_to_id=self.said[said.to][1] if said.to else None,
            quoted_post_id=self.said[said.quotes][1] if said.quotes else None,
            poll=NewPoll(options=said.poll, expires_in=3 * 86_400) if said.poll else None,
            media_ids=tuple(one.id for one in attached),
        )
        entry = await posts.publish_post(self.ports, actor, command)
        self.said[said.key or str(said.ago)] = (said.who, entry.post.id)
        about = reactions.PostCommand(post_id=entry.post.id)
        for name in said.liked:
            self.clock.advance(4)
            await reactions.favourite_post(self.ports, self.actor(name), about)
        for name in said.boosted:
            self.clock.advance(4)
            await reactions.boost_post(self.ports, self.actor(name), about)
        if said.poll:
            for number, name in enumerate(("mira", "salma", "jun", "noor", "tomas")):
                assert entry.poll is not None
                choice = polls.Vote(poll_id=entry.poll.id, choices=((0, 2, 0, 1, 0)[number],))
                await polls.vote(self.ports, self.actor(name), choice)

    async def run(self) -> None:
        """What an operator and a moderator find: an announcement, a report, and marks of one's own."""
        self.clock.at = self.now - 30 * MINUTE
        mira, library = self.actor("mira"), self.actor("library")
        told = announcements.AddAnnouncement(
            text="The site moves to its new machine on Sunday at seven; it will be away for some minutes."
        )
        await announcements.add_announcement(self.ports, mira, told)
        for tag in ("gardening", "books"):
            await tags.follow_tag(self.ports, mira, tags.TagCommand(name=tag))
        await marks.pin_post(self.ports, mira, reactions.PostCommand(post_id=self.said["garden"][1]))
        await marks.bookmark_post(self.ports, mira, reactions.PostCommand(post_id=self.said["repair"][1]))
        report = reports.ReportAccount(
            account_id=self.people["jun"].id,
            comment="Sells bicycle bells here, again and again. See the third rule.",
            category=ReportCategory.VIOLATION,
            rule_ids=("3",),
        )
        await reports.report_account(self.ports, library, report)
        await self._ask_to_come()
        self.clock.at = self.now
        await self.runner.run_due()
        counting = Job(
            id=self.ports.ids.at(self.now),
            kind=COMPUTE_JOB,
            key="tour",
            payload=b"{}",
            due_at=self.now,
            created_at=self.now,
        )
        await compute_statistics(self.ports, counting)

    async def _ask_to_come(self) -> None:
        """Two who wait until somebody approves."""
        for username, reason in (("ella", "Noor told me of the bread course."), ("otto", "I have a boat.")):
            self.clock.advance(300)
            command = accounts.SignUp(
                username=username, email=f"{username}@example.org", password=PASSWORD, reason=reason
            )
            await accounts.sign_up(self.ports, ANONYMOUS, command)


def cookie(token: str, url: str) -> dict[str, str]:
    """A session as Playwright's `add_cookies` takes it."""
    return {"name": SESSION_COOKIE, "value": token, "url": url}
