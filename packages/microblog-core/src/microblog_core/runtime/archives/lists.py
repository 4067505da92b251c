"""Taking lists of people and posts, as Mastodon exports them: only people and posts of this site can be."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from microblog_core.domain.accounts import Account
from microblog_core.domain.archives import Import, ImportKind, ImportPart
from microblog_core.domain.errors import DomainError
from microblog_core.domain.relations import FollowOptions, Relationship, check_languages
from microblog_core.domain.timelines import PAGE_MAX, Page
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import (
    AddBlock,
    AddFollow,
    AddFollowRequest,
    AddMute,
    DeleteBlock,
    DeleteBookmark,
    DeleteFollow,
    DeleteFollowRequest,
    DeleteMute,
    Operation,
)
from microblog_core.runtime.archives.items import Lost
from microblog_core.runtime.archives.parsing import source_key
from microblog_core.runtime.archives.plans import Plan, RawEntry, here, post_at
from microblog_core.runtime.archives.taking import mark

ROWS_MAX = 200_000
_HEADINGS = {"account address", "account_address", "address"}
_NO = {"false", "0", "no"}
_YES = {"true", "1", "yes"}


def rows_of(path: Path) -> Iterator[list[str]]:
    """The rows of a file, without its heading and empty ones. Raises `Lost` where they can't be read on."""
    with path.open("rb") as raw, io.TextIOWrapper(raw, "utf-8-sig", errors="replace", newline="") as text:
        reader = csv.reader(text)
        for number in range(ROWS_MAX + 1):
            try:
                row = next(reader)
            except StopIteration:
                return
            except csv.Error:
                raise Lost(f"The file can't be read from line {reader.line_num} on.") from None
            cells = [cell.strip().lstrip("'") for cell in row]
            if any(cells) and not (number == 0 and cells[0].casefold() in _HEADINGS):
                yield cells
        raise Lost(f"The file has more than {ROWS_MAX} lines.")


class ListPlanner:
    """A `plans.Planner` for lists."""

    def __init__(self, ports: Ports, account: Account, item: Import) -> None:
        self._ports, self._account, self._kind = ports, account, item.kind

    async def plan(self, entries: Sequence[RawEntry]) -> Sequence[Plan]:
        """What becomes of these rows."""
        return [await self._plan(entry) for entry in entries]

    async def plan_alone(self, entry: RawEntry, before: Plan, *, loosely: bool) -> Plan:
        """What becomes of a row by itself."""
        return await self._plan(entry)

    async def _plan(self, entry: RawEntry) -> Plan:
        if isinstance(entry.data, DomainError):
            return Plan.refused(entry.place, "", entry.data.message)
        source = entry.data[0]
        if self._kind is ImportKind.BOOKMARKS:
            post_id = await self._post(source)
            if post_id is None:
                return Plan.refused(entry.place, source, "This post is not on this site.")
            bookmark = RawEntry(entry.place, ImportPart.BOOKMARKS, source)
            return await mark(self._ports, self._account, bookmark, source, post_id)
        other = await self._person(source)
        if other is None:
            return Plan.refused(entry.place, source, "Nobody of this name is on this site.")
        if other.id == self._account.id:
            return Plan.refused(entry.place, source, "That is you.")
        stands = (await self._ports.storage.relations.get(self._account.id, (other.id,)))[other.id]
        operations = self._operations(other, stands, entry.data)
        if isinstance(operations, str):
            return Plan.refused(entry.place, source, operations)
        return Plan(entry.place, "taken" if operations else "known", source, operations)

    async def _post(self, address: str) -> int | None:
        key = source_key(address)
        known = await self._ports.storage.archives.imported(self._account.id, (key,))
        if key in known:
            return known[key]
        found = await post_at(self._ports, self._account.id, address)
        return found.post.id if found is not None else None

    async def _person(self, address: str) -> Account | None:
        username, _, domain = address.removeprefix("@").partition("@")
        domain = domain.casefold()
        pair = (username.casefold(), "" if domain == here(self._ports) else domain)
        if not username or len(address) > 300:
            return None
        found = await self._ports.storage.accounts.by_names((pair,))
        return found[0] if found else None

    def _operations(
        self, other: Account, stands: Relationship, cells: Sequence[str]
    ) -> Sequence[Operation] | str:
        """What is to be written, nothing where all is as it should be; or why it can't be."""
        ports, me, now = self._ports, self._account.id, self._ports.clock.now()
        number = ports.ids.at(now)
        if self._kind is ImportKind.BLOCKS:
            if stands.blocking:
                return ()
            return (AddBlock(id=number, blocker_id=me, blocked_id=other.id, created_at=now),)
        if self._kind is ImportKind.MUTES:
            if stands.muting:
                return ()
            hides = _cell(cells, 1) not in _NO
            mute = AddMute(id=number, muter_id=me, muted_id=other.id, created_at=now, notifications=hides)
            return (mute,)
        if stands.following or stands.requested:
            return ()
        if stands.blocking:
            return "You block this person."
        if stands.blocked_by:
            return "This person can't be followed."
        options = _options(cells)
        if other.locked:
            asked = AddFollowRequest(
                id=number, follower_id=me, followee_id=other.id, created_at=now, options=options
            )
            return (asked,)
        follow = AddFollow(id=number, follower_id=me, followee_id=other.id, created_at=now, options=options)
        return (follow, *ports.timeline.on_follow(me, other.id))

    async def remove_others(self, path: Path) -> None:
        """Take away what the file does not name. Doing it again changes nothing."""
        wanted = await self._wanted(path)
        read = {
            ImportKind.FOLLOWING: lambda page: self._ports.storage.relations.following(
                self._account.id, self._account.id, page
            ),
            ImportKind.BLOCKS: lambda page: self._ports.storage.relations.blocked(self._account.id, page),
            ImportKind.MUTES: lambda page: self._ports.storage.relations.muted(self._account.id, page),
        }.get(self._kind)
        older: int | None = None
        while True:
            page = Page(limit=PAGE_MAX, max_id=older)
            if read is not None:
                people = await read(page)
                ids, older = [each.account.id for each in people.items], people.older
            else:
                marks = await self._ports.storage.marks.bookmarks(self._account.id, page)
                ids, older = [each.entry.post.id for each in marks.items], marks.older
            unit = self._ports.unit()
            for each in ids:
                if each not in wanted:
                    unit.apply(*self._removal(each))
            await unit.commit()
            if older is None:
                return

    async def _wanted(self, path: Path) -> set[int]:
        """What the file names. Raises `Lost`, which is `Invalid`: of half a list nothing is taken away."""
        found: set[int] = set()
        for cells in rows_of(path):
            if self._kind is ImportKind.BOOKMARKS:
                found.add(await self._post(cells[0]) or 0)
            else:
                person = await self._person(cells[0])
                found.add(person.id if person is not None else 0)
        return found

    def _removal(self, other: int) -> Sequence[Operation]:
        me = self._account.id
        if self._kind is ImportKind.FOLLOWING:
            follow = DeleteFollow(follower_id=me, followee_id=other)
            return follow, DeleteFollowRequest(follower_id=me, followee_id=other)
        if self._kind is ImportKind.BLOCKS:
            return (DeleteBlock(blocker_id=me, blocked_id=other),)
        if self._kind is ImportKind.MUTES:
            return (DeleteMute(muter_id=me, muted_id=other),)
        return (DeleteBookmark(account_id=me, post_id=other),)


def _options(cells: Sequence[str]) -> FollowOptions:
    languages = tuple(each.strip() for each in _cell(cells, 3).split(",") if each.strip())
    try:
        known = check_languages(languages)
    except DomainError:
        known = ()
    return FollowOptions(boosts=_cell(cells, 1) not in _NO, notify=_cell(cells, 2) in _YES, languages=known)


def _cell(cells: Sequence[str], index: int) -> str:
    return cells[index].casefold() if index < len(cells) else ""
