"""What is decided about one entry of a file before it is written, whatever kind of file it is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from microblog_core.domain.ids import parse_id
from microblog_core.domain.media import Attachment
from microblog_core.domain.posts import Entry
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import Operation
from microblog_core.runtime.archives.texts import host_of

Outcome = Literal["taken", "known", "refused"]
_STATUS = re.compile(r"/(?:@|users/)[^/]+/(?:statuses/)?([0-9]+)/?$")


@dataclass(frozen=True)
class RawEntry:
    """An entry as the file has it, at its place (from 1): what part of the file it is in, and its content."""

    place: int
    part: str
    data: Any


@dataclass
class Plan:
    """What becomes of an entry: what is written where it is taken, and why something of it isn't.

    `attachments` are its pictures, which were made already.
    """

    place: int
    outcome: Outcome = "taken"
    source: str = ""
    operations: Sequence[Operation] = ()
    reasons: list[str] = field(default_factory=list)
    attachments: tuple[Attachment, ...] | None = None

    @classmethod
    def refused(cls, place: int, source: str, reason: str) -> Plan:
        """Nothing of it is taken."""
        return cls(place, "refused", source, reasons=[reason])


class Planner(Protocol):
    """Decides about entries of one kind of file."""

    async def plan(self, entries: Sequence[RawEntry]) -> Sequence[Plan]:
        """What becomes of these entries, which are written together."""
        ...

    async def plan_alone(self, entry: RawEntry, before: Plan, *, loosely: bool) -> Plan:
        """What becomes of an entry that is written by itself, since `before` could not be; `loosely` without
        what it refers to.
        """
        ...


async def post_at(ports: Ports, viewer: int, address: str) -> Entry | None:
    """The post of this site that an address names, if the viewer may see it."""
    found = _STATUS.search(address)
    post_id = parse_id(found[1]) if found is not None else None
    if post_id is None or not is_here(ports, host_of(address)):
        return None
    return await ports.storage.posts.get(viewer, post_id)


def is_here(ports: Ports, host: str) -> bool:
    """Whether a host is this site's; none at all is, where the site has no address of its own."""
    return host == here(ports)


def here(ports: Ports) -> str:
    """The site's host, lower case; empty where it has no address of its own."""
    return host_of(ports.base_url)
