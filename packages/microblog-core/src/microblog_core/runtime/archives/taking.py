"""Taking an archive: its posts with their dates, pictures and polls, its boosts, favourites and bookmarks.

Nobody is told of any of it, and nothing of it is put into anybody's home timeline: the units here hold no
events and no notifications. What is direct is for its author alone: whoever it was for never agreed to get it
here.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from microblog_core.domain.accounts import Account
from microblog_core.domain.archives import ImportPart
from microblog_core.domain.errors import DomainError, Invalid
from microblog_core.domain.ids import COUNTER_BITS, COUNTER_MASK
from microblog_core.domain.media import Attachment
from microblog_core.domain.polls import Poll, PollOption
from microblog_core.domain.posts import OPEN_VISIBILITIES, Entry, Post, Visibility
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import (
    AddBookmark,
    AddFavourite,
    AddImported,
    AddPost,
    FinishMedia,
    Operation,
    PutPoll,
    SetPollCounts,
)
from microblog_core.runtime.archives.opening import Unpacked
from microblog_core.runtime.archives.parsing import (
    Owner,
    ParsedBoost,
    ParsedPoll,
    ParsedPost,
    Refused,
    parse,
    source_key,
)
from microblog_core.runtime.archives.pictures import take_picture
from microblog_core.runtime.archives.plans import Plan, RawEntry, is_here, post_at
from microblog_core.runtime.archives.profiles import plan_profile
from microblog_core.runtime.archives.texts import host_of
from microblog_core.services.writing import Written, write_text

POST_LENGTH = 20_000
"""Posts were written under another site's limits; this is ours for what is brought along, in characters."""


class ArchivePlanner:
    """A `plans.Planner` for archives."""

    def __init__(self, ports: Ports, account: Account, owner: Owner, unpacked: Unpacked) -> None:
        self._ports = _unlimited(ports)
        self._account, self._owner, self._unpacked = account, owner, unpacked
        self._made: dict[str, Post] = {}
        """What the entries before, which are written together, are made."""

    async def plan(self, entries: Sequence[RawEntry]) -> Sequence[Plan]:
        """What becomes of these entries."""
        self._made.clear()
        parsed = [(entry, self._parsed(entry)) for entry in entries]
        known = await self._known([each for _, each in parsed])
        return [await self._plan(entry, each, known, None) for entry, each in parsed]

    async def plan_alone(self, entry: RawEntry, before: Plan, *, loosely: bool) -> Plan:
        """What becomes of an entry by itself."""
        self._made.clear()
        parsed = self._parsed(entry)
        known = await self._known([parsed])
        return await self._plan(entry, parsed, known, before, loosely=loosely)

    def _parsed(self, entry: RawEntry) -> ParsedPost | ParsedBoost | Refused | str:
        if isinstance(entry.data, DomainError):
            return Refused(entry.data.message)
        if entry.part == ImportPart.PROFILE:
            return ""
        if entry.part != ImportPart.POSTS:
            address = _address(entry.data)
            return address or Refused("The entry is broken: it names no post.")
        try:
            return parse(entry.data, self._owner, self._ports.clock.now())
        except Refused as refused:
            return refused

    async def _known(self, parsed: Sequence[object]) -> Mapping[str, int]:
        """What was made already of all that these entries name: one statement for all of them."""
        named: list[str] = []
        for each in parsed:
            if isinstance(each, str):
                named.append(each)
            elif isinstance(each, ParsedBoost):
                named += (each.source, each.object)
            elif isinstance(each, ParsedPost):
                named += (each.source, each.in_reply_to, each.quote)
        sources = tuple(dict.fromkeys(source_key(each) for each in named if each))
        return await self._ports.storage.archives.imported(self._account.id, sources)

    async def _plan(
        self,
        entry: RawEntry,
        parsed: ParsedPost | ParsedBoost | Refused | str,
        known: Mapping[str, int],
        before: Plan | None,
        *,
        loosely: bool = False,
    ) -> Plan:
        try:
            if isinstance(parsed, Refused):
                return Plan.refused(entry.place, parsed.source, parsed.message)
            if isinstance(parsed, str):
                if entry.part == ImportPart.PROFILE:
                    return await plan_profile(self._ports, self._account, entry, self._owner, self._unpacked)
                return await self._mark(entry, parsed, known)
            if parsed.source in known or parsed.source in self._made:
                return Plan(entry.place, "known", parsed.source)
            if isinstance(parsed, ParsedBoost):
                return await self._boost(entry, parsed, known, fresh=before is not None)
            return await self._post(entry, parsed, known, before, loosely=loosely)
        except DomainError as error:
            source = parsed.source if isinstance(parsed, ParsedPost | ParsedBoost) else ""
            return Plan.refused(entry.place, source, f"{error.message} {error.hint}".strip())

    async def _post(
        self,
        entry: RawEntry,
        parsed: ParsedPost,
        known: Mapping[str, int],
        before: Plan | None,
        *,
        loosely: bool,
    ) -> Plan:
        if await self._is_own(parsed.source):
            return Plan(entry.place, "known", parsed.source)
        plan = Plan(entry.place, source=parsed.source, reasons=list(parsed.notes))
        plan.attachments = before.attachments if before is not None else None
        parent = None if loosely else await self._referred(parsed.in_reply_to, known)
        quoted = None if loosely else await self._referred(parsed.quote, known)
        if parsed.quote and quoted is None:
            plan.reasons.append("What it quotes is not on this site: the quote is left out.")
        written = await self._written(parsed, parent)
        if plan.attachments is None:
            plan.attachments = await self._pictures(parsed, plan)
        if not written.text and not plan.attachments and parsed.poll is None:
            reason = " ".join(["Nothing of the post is left.", *plan.reasons])
            return Plan.refused(entry.place, parsed.source, reason)
        post = self._made_of(entry, parsed, written, parent, quoted, plan.attachments, before is not None)
        plan.operations = self._operations(parsed, post, plan.attachments)
        self._made[parsed.source] = post
        return plan

    async def _is_own(self, source: str) -> bool:
        """Whether this is a post that the account wrote here, come back."""
        if not is_here(self._ports, host_of(source)):
            return False
        entry = await post_at(self._ports, self._account.id, source)
        return entry is not None and entry.author.id == self._account.id

    async def _referred(self, address: str, known: Mapping[str, int]) -> Post | None:
        """The post that an address names: one of this archive, or one of this site that may be seen."""
        if not address:
            return None
        source = source_key(address)
        if source in self._made:
            return self._made[source]
        if source in known:
            entry = await self._ports.storage.posts.get(self._account.id, known[source])
        else:
            entry = await post_at(self._ports, self._account.id, address)
        return entry.post if entry is not None else None

    async def _written(self, parsed: ParsedPost, parent: Post | None) -> Written:
        written = await write_text(
            self._ports,
            self._account,
            text=parsed.text,
            spoiler=parsed.spoiler,
            may_be_empty=True,
            visibility=parsed.visibility,
            in_reply_to_id=parent.id if parent is not None else None,
        )
        if parsed.visibility is not Visibility.DIRECT or not written.mentions:
            return written
        mine = tuple([each for each in written.mentions if each.account_id == self._account.id])
        entities = self._ports.content.find(written.text)
        html = self._ports.content.render(written.text, entities, mine)
        return replace(written, html=html, mentions=mine)

    async def _pictures(self, parsed: ParsedPost, plan: Plan) -> tuple[Attachment, ...]:
        makings = [take_picture(self._ports, self._account, self._unpacked, media) for media in parsed.media]
        made = await asyncio.gather(*makings, return_exceptions=True)
        taken = []
        for each in made:
            if isinstance(each, Attachment):
                taken.append(each)
            elif isinstance(each, DomainError):
                fields = each.fields if isinstance(each, Invalid) else {}
                told = fields.get("file", each.message)
                plan.reasons.append(f"A picture is left out: {told}")
            else:
                raise each
        return tuple(taken)

    def _made_of(
        self,
        entry: RawEntry,
        parsed: ParsedPost,
        written: Written,
        parent: Post | None,
        quoted: Post | None,
        attachments: tuple[Attachment, ...],
        fresh: bool,
    ) -> Post:
        post_id = self._id(entry, parsed.created_at, fresh=fresh)
        author = self._account
        base = self._ports.base_url
        shows = quoted is not None and quoted.visibility in OPEN_VISIBILITIES and quoted.boost_of_id is None
        return Post(
            id=post_id,
            account_id=author.id,
            uri=f"{base}/@{author.username}/{post_id}" if base else "",
            text=written.text,
            html=written.html,
            spoiler=written.spoiler,
            sensitive=parsed.sensitive or bool(written.spoiler),
            language=parsed.language,
            visibility=parsed.visibility,
            in_reply_to_id=parent.id if parent else None,
            in_reply_to_account_id=parent.account_id if parent else None,
            thread_id=parent.thread_id if parent else post_id,
            mentions=written.mentions,
            tags=written.tags,
            quote_of_id=quoted.id if quoted is not None and shows else None,
            attachments=tuple([replace(each, post_id=post_id) for each in attachments]),
            created_at=parsed.created_at,
            edited_at=parsed.edited_at,
        )

    def _operations(
        self, parsed: ParsedPost, post: Post, attachments: tuple[Attachment, ...]
    ) -> Sequence[Operation]:
        # A new version would be a second one: an edit that was made elsewhere left no history here.
        operations: list[Operation] = [FinishMedia(attachment=each) for each in attachments]
        operations.append(AddPost(post=post))
        if parsed.poll is not None:
            operations += self._poll(parsed.poll, post)
        imported = AddImported(account_id=post.account_id, source=parsed.source, result_id=post.id)
        return [*operations, imported]

    def _poll(self, parsed: ParsedPoll, post: Post) -> Sequence[Operation]:
        """The poll with its votes, closed: nobody here was asked when it was open."""
        now = self._ports.clock.now()
        poll = Poll(
            id=self._ports.ids.at(now),
            post_id=post.id,
            options=tuple([PollOption(title) for title in parsed.options]),
            multiple=parsed.multiple,
            expires_at=min(now, max(post.created_at, parsed.ends_at or post.created_at)),
        )
        put = PutPoll(post_id=post.id, account_id=post.account_id, thread_id=post.thread_id, poll=poll)
        counts = SetPollCounts(poll_id=poll.id, post_id=post.id, counts=parsed.counts, voters=parsed.voters)
        return put, counts

    async def _boost(
        self, entry: RawEntry, parsed: ParsedBoost, known: Mapping[str, int], *, fresh: bool
    ) -> Plan:
        post = await self._referred(parsed.object, known)
        own = post is not None and post.account_id == self._account.id
        if post is None or not (post.visibility in OPEN_VISIBILITIES or own):
            return Plan.refused(entry.place, parsed.source, f"{parsed.object} is not on this site.")
        boost_id = self._id(entry, parsed.created_at, fresh=fresh)
        boost = Post(
            id=boost_id,
            account_id=self._account.id,
            visibility=post.visibility,
            thread_id=boost_id,
            boost_of_id=post.id,
            created_at=parsed.created_at,
        )
        imported = AddImported(account_id=self._account.id, source=parsed.source, result_id=boost_id)
        return Plan(entry.place, source=parsed.source, operations=(AddPost(post=boost), imported))

    async def _mark(self, entry: RawEntry, address: str, known: Mapping[str, int]) -> Plan:
        """A favourite or a bookmark."""
        post = await self._referred(address, known)
        if post is None:
            return Plan.refused(entry.place, address, "This post is not on this site.")
        return await mark(self._ports, self._account, entry, address, post.id)

    def _id(self, entry: RawEntry, created_at: int, *, fresh: bool) -> int:
        """An id of the original date. Of entries of the same moment the later one in the file has the greater
        one, as it had where it comes from.
        """
        if fresh:
            return self._ports.ids.backdated(created_at)
        return (created_at << COUNTER_BITS) | (entry.place & COUNTER_MASK)


async def mark(ports: Ports, account: Account, entry: RawEntry, source: str, post_id: int) -> Plan:
    """A favourite or a bookmark of a post, unless it is there."""
    found: Entry | None = await ports.storage.posts.get(account.id, post_id)
    now = ports.clock.now()
    operation: Operation
    if entry.part == ImportPart.FAVOURITES:
        done = found is not None and found.favourited
        operation = AddFavourite(id=ports.ids.at(now), account_id=account.id, post_id=post_id, created_at=now)
    else:
        done = found is not None and found.bookmarked
        operation = AddBookmark(id=ports.ids.at(now), account_id=account.id, post_id=post_id, created_at=now)
    return Plan(entry.place, "known", source) if done else Plan(entry.place, "taken", source, (operation,))


def _unlimited(ports: Ports) -> Ports:
    """The same site for posts that were written elsewhere."""
    limits = dataclasses.replace(ports.limits, post_length=max(POST_LENGTH, ports.limits.post_length))
    return dataclasses.replace(ports, limits=limits)


def _address(data: object) -> str:
    return data if isinstance(data, str) else ""
