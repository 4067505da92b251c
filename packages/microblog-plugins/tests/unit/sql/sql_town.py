"""People with posts enough for pages of forty, and every listing of the contract."""

from __future__ import annotations

from microblog_core.domain.accounts import AccountState, Role
from microblog_core.domain.moderation import AccountFilter, AppealState, AuditFilter
from microblog_core.domain.notifications import NotificationKind
from microblog_core.domain.posts import Delivery
from microblog_core.domain.reports import ReportState
from microblog_core.domain.search import PostSearch, Term
from microblog_core.domain.timelines import HomeSource, Listing, Page
from microblog_core.ports import operations as ops
from microblog_core.ports.streaming import Listening
from microblog_core.testing.builder import NOON, Builder
from microblog_core.testing.storage.announcements import announce
from microblog_core.testing.storage.applications import allow, make_application
from microblog_core.testing.storage.conversations import say
from microblog_core.testing.storage.filters import make_filter
from microblog_core.testing.storage.lists import make_list
from microblog_core.testing.storage.moderation import audit_line, make_note, make_strike
from microblog_core.testing.storage.polls import ask
from microblog_core.testing.storage.reports import make_report
from microblog_core.testing.storage.scheduled import schedule


def new(build):
    """What every relation has."""
    return {"id": build.next_id(), "created_at": build.clock.now()}


class Town:
    """People with posts, answers, boosts and reactions enough for pages of forty."""

    async def make(self, storage):
        build = Builder(storage)
        self.viewer, self.ben, self.cyd, self.dee = await build.people("viewer", "ben", "cyd", "dee")
        self.eve = await build.account("eve", locked=True)
        await build.follow(self.viewer, self.ben, self.cyd)
        self.crowd = await build.people(*(f"person{number}x" for number in range(45)))
        for person in self.crowd:
            await build.follow(person, self.ben)
            await build.follow(self.ben, person)
        self.app = await make_application(build)
        self.post = await build.post(self.ben, "the first")
        for number, person in enumerate(self.crowd):
            written = await build.post(
                self.ben,
                f"post {number}",
                tags=("tea",),
                mentions=(self.viewer,),
                attachments=(await build.medium(self.ben),),
            )
            await build.post(self.cyd, f"answer {number}", answers=written, tags=("tea",))
            await build.post(person, "hello", answers=self.post)
            await build.post(self.dee, f"pulled {number}", delivery=Delivery.PULLED)
            await build.boost(self.cyd, written)
            await build.favourite(person, self.post)
            await build.boost(person, self.post)
            await build.notify(self.viewer, NotificationKind.MENTION, self.ben, written)
            await build.notify(self.viewer, NotificationKind.FOLLOW, person)
            await build.block(self.dee, person)
            await build.mute(self.dee, person)
            await say(build, person, self.viewer)
            await schedule(build, self.viewer, scheduled_at=build.clock.now() + number * 24 * 3600_000)
            self.asked = await build.post(self.dee, "which?", quote_of_id=written.id)
            await build.post(person, "quoting", quote_of_id=self.post.id, application_id=self.app.id)
            self.poll = await ask(build, self.asked)
            application = await make_application(build, f"application {number}")
            await allow(build, application, self.viewer, f"token {number}")
            await self.mark(build, number, person, written)
        await build.follow(self.viewer, self.dee)
        await build.edit(self.post, "the first, edited")
        for post in self.pinned:
            await build.apply(ops.AddPin(**new(build), account_id=self.ben.id, post_id=post.id))
        await build.apply(ops.AddTagFollow(**new(build), account_id=self.viewer.id, tag="tea"))
        await build.apply(ops.AddThreadMute(account_id=self.viewer.id, thread_id=self.cyd.id, created_at=1))
        self.list = await make_list(build, self.ben, *self.crowd)
        await make_filter(build, self.viewer, "soccer", "tea")
        for person in self.crowd:
            report = await make_report(build, person, self.dee, assigned_id=self.eve.id)
            await make_note(build, report.id, self.eve)
            await make_strike(build, self.dee, appeal="no", appeal_state=AppealState.OPEN, appealed_at=1)
            await audit_line(build, "report.noted", str(report.id), self.eve)
            await build.apply(ops.SetAccountState(account_id=person.id, role=Role.MODERATOR))
            await announce(build)
        self.own_list = await make_list(build, self.viewer, self.ben, self.cyd)
        await build.apply(
            ops.AddListTag(**new(build), account_id=self.viewer.id, list_id=self.own_list.id, tag="tea")
        )
        everybody = [person.id for person in self.crowd]
        lists = {self.own_list.id: self.viewer.id, self.list.id: self.ben.id}
        self.listening = Listening(home=everybody, public=everybody, anonymous=True, lists=lists)
        return self

    async def mark(self, build, number, person, written):
        """What listings of marks need for a page of forty; nobody of the crowd is locked but all ask."""
        viewer = self.viewer.id
        self.pinned = [*getattr(self, "pinned", []), written][:5]
        await build.favourite(self.viewer, written)
        await build.apply(
            ops.AddBookmark(**new(build), account_id=viewer, post_id=written.id),
            ops.AddTagFollow(**new(build), account_id=self.cyd.id, tag=f"tag{number}"),
            ops.AddFollowRequest(**new(build), follower_id=person.id, followee_id=self.eve.id),
        )
        await build.notify(self.viewer, NotificationKind.STATUS, self.ben, written)


def plan_of(storage, statement, parameters):
    """How SQLite runs a statement, step by step."""
    rows = storage._reader.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
    return [row[3] for row in rows]


SEARCHES = {"search": "post", "search by author": "post"}


async def found_posts(storage, viewer, search, page):
    return Listing(tuple(await storage.search.posts(viewer, search, page)))


def moderation_listings(storage, town):
    reader = storage.moderation
    wanted = {
        "audit": AuditFilter(),
        "audit by somebody": AuditFilter(actor_id=town.eve.id),
        "audit of acts": AuditFilter(action="report.noted", since=1),
        "audit of acts by somebody": AuditFilter(action="report.noted", actor_id=town.eve.id),
    }
    people = {
        "everybody": AccountFilter(),
        "moderators": AccountFilter(role=Role.MODERATOR),
        "active moderators": AccountFilter(role=Role.MODERATOR, state=AccountState.ACTIVE),
        "active people": AccountFilter(state=AccountState.ACTIVE),
    }
    return {
        "assigned reports": lambda page: storage.reports.assigned(town.eve.id, page),
        "reports about": lambda page: storage.reports.about(town.dee.id, page),
        "strikes": lambda page: reader.strikes(town.dee.id, page),
        "appeals": reader.appeals,
        **{name: lambda page, only=only: reader.audit(only, page) for name, only in wanted.items()},
        **{name: lambda page, only=only: reader.accounts(only, page) for name, only in people.items()},
    }


def listings(storage, town, viewer):
    """Every listing of the contract, by name, as functions of a page."""
    reader, relations, posts = storage.timelines, storage.relations, storage.posts
    named = {
        "public": lambda page: reader.public(viewer, page),
        "tag": lambda page: reader.tag(viewer, "tea", page),
        "public, pictures": lambda page: reader.public(viewer, page, only_media=True),
        "tag, pictures": lambda page: reader.tag(viewer, "tea", page, only_media=True),
        "tag and others": lambda page: reader.tag(viewer, "tea", page, any=["x", "y"], none=["z"]),
        "tag with another": lambda page: reader.tag(viewer, "tea", page, all=["tea"], none=["z"]),
        "posts": lambda page: reader.account_posts(viewer, town.ben.id, page),
        "posts without answers": lambda page: reader.account_posts(viewer, town.ben.id, page, replies=False),
        "posts without boosts": lambda page: reader.account_posts(viewer, town.ben.id, page, boosts=False),
        "own posts": lambda page: reader.account_posts(
            viewer, town.ben.id, page, replies=False, boosts=False
        ),
        "posts with a tag": lambda page: reader.account_posts(viewer, town.ben.id, page, tag="tea"),
        "requests": lambda page: relations.requests(town.eve.id, page),
        "followed tags": lambda page: storage.tags.followed(town.cyd.id, page),
        "profile": lambda page: reader.profile(viewer, "ben", "", page, replies=False),
        "profile with answers": lambda page: reader.profile(viewer, "cyd", "", page, replies=True),
        "followers": lambda page: relations.followers(viewer, town.ben.id, page),
        "following": lambda page: relations.following(viewer, town.ben.id, page),
        "blocked": lambda page: relations.blocked(town.dee.id, page),
        "muted": lambda page: relations.muted(town.dee.id, page),
        "favourited by": lambda page: posts.favourited_by(viewer, town.post.id, page),
        "quotes": lambda page: storage.quotes.of(viewer, town.post.id, page),
        "boosted by": lambda page: posts.boosted_by(viewer, town.post.id, page),
        "accounts": storage.accounts.page,
        "applications": lambda page: storage.applications.authorised(town.viewer.id, page),
        "announcements": storage.announcements.page,
        "reports": lambda page: storage.reports.page(None, page),
        **moderation_listings(storage, town),
        "open reports": lambda page: storage.reports.page(ReportState.OPEN, page),
    }
    for name, asked in SEARCHES.items():
        search = PostSearch(
            wanted=(Term((asked,)),),
            author_id=town.ben.id if "author" in name else None,
            following=viewer is not None,
        )
        named[name] = lambda page, search=search: found_posts(storage, viewer, search, page)
    if viewer is not None:
        named["home"] = lambda page: reader.home(viewer, page, HomeSource.ROWS)
        named["home, found on reading"] = lambda page: reader.home(viewer, page, HomeSource.FOLLOWS)
        named["conversations"] = lambda page: storage.conversations.page(viewer, page)
        named["direct"] = lambda page: storage.conversations.direct(viewer, page)
        named["scheduled"] = lambda page: storage.scheduled.page(viewer, page)
        named["list"] = lambda page: reader.list(viewer, town.own_list.id, page)
        named["list members"] = lambda page: storage.lists.members(town.ben.id, town.list.id, page)
        told = storage.notifications.page
        named["notifications"] = lambda page: told(viewer, page)
        named["notifications of kinds"] = lambda page: told(viewer, page, kinds=["mention"], without=["x"])
        named["notifications by somebody"] = lambda page: told(viewer, page, account_id=town.ben.id)
        named["bookmarks"] = lambda page: storage.marks.bookmarks(viewer, page)
        named["favourites"] = lambda page: storage.marks.favourites(viewer, page)
    return named


def length(result):
    return len(getattr(result, "posts", result).items)


BOUNDS = {"newest": {}, "older": {"max_id": (1 << 62)}, "newer": {"min_id": 1}}


async def moderation_statements(storage, town, take):
    """What moderators ask for beside the listings above."""
    reader = storage.moderation
    (entry,) = (await storage.reports.page(None, Page(limit=1))).items
    for wanted in (AuditFilter(about="1"), AuditFilter(about="1", actor_id=1, action="x", until=1)):
        await reader.audit(wanted, Page(limit=5))
    for state in (None, AccountState.SUSPENDED):
        await reader.accounts(AccountFilter(role=Role.MEMBER, state=state), Page(limit=5))
    await reader.audit_actions()
    await reader.figures(town.dee.id, NOON)
    await reader.in_force(town.dee.id)
    await reader.strike(1)
    await reader.notes(entry.id)
    take("moderation")
    for wanted in (AccountFilter(), AccountFilter(state=AccountState.SUSPENDED)):
        await reader.find(["per", "x"], wanted, "")
    await reader.find([], AccountFilter(), "ada@example.org")
    await reader.posts(entry.id)
    take("moderators' finds")
