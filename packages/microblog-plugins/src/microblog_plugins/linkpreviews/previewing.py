"""Which page a post links to, asking for it, and what is shown of it.

Only posts that everybody may see are looked at. Asking tells the other site that somebody wrote its address
here: that is no news where the post is public, and nobody's business where it is for some. And addresses that
people send each other may do something when they are asked.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING

import msgspec

from microblog_core import __version__
from microblog_core.domain.errors import NotFound, RateLimited
from microblog_core.domain.events import (
    AccountDeleted,
    LinkPreviewChanged,
    PostDeleted,
    PostEdited,
    PostPublished,
)
from microblog_core.domain.link_previews import LinkPreview
from microblog_core.domain.media import media_key, stem_of
from microblog_core.domain.posts import OPEN_VISIBILITIES, Post
from microblog_core.patterns.outgoing import Outgoing
from microblog_core.patterns.resources import Lazy
from microblog_core.ports.channels import Permanent, Temporary
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import Job
from microblog_core.ports.queue import RetryPolicy
from microblog_core.ports.unit import UnitOfWork
from microblog_core.services.uploads import job_of
from microblog_plugins.linkpreviews import tables
from microblog_plugins.linkpreviews.addresses import Hosts, host_of, key_of, links_in, normalised
from microblog_plugins.linkpreviews.fetching import Fetcher, MadePicture
from microblog_plugins.linkpreviews.settings import LinkPreviewSettings
from microblog_plugins.linkpreviews.tables import Kept

if TYPE_CHECKING:
    from microblog_core.site import Site

FETCH_JOB = "linkpreviews.fetch"
TIDY_JOB = "linkpreviews.tidy"
RETRY = RetryPolicy(tries=4, first_delay=30.0, max_delay=900.0)
UNSHOWN_MILLISECONDS = 3600 * 1000
"""When a new picture must have its page: longer than fetching it may take."""
REPLACED_MILLISECONDS = 24 * 3600 * 1000
"""How long a picture that was replaced is still there, for pages that show it."""
TOLD_MAX = 1000
"""Posts that are drawn anew when a page's preview changes, the newest ones."""
_HOUR, _DAY = 3600 * 1000, 24 * 3600 * 1000

logger = logging.getLogger("microblog.linkpreviews")


class FetchJob(msgspec.Struct, frozen=True):
    """The payload of `FETCH_JOB`: the address to ask."""

    address: str


class TidyJob(msgspec.Struct, frozen=True):
    """The payload of `TIDY_JOB`: the key of a picture that goes unless a page shows it."""

    key: str


class Previewer:
    """A site's link previews. A `ports.link_previews.LinkPreviews`."""

    def __init__(self, site: Site, settings: LinkPreviewSettings, outgoing: Lazy[Outgoing]) -> None:
        self._site = site
        self._settings = settings
        self._outgoing = outgoing
        self._blocked = Hosts(settings.blocked)
        own = {host.partition(":")[0].lower() for host in site.config.hosts}
        self._own = frozenset({*own, host_of(normalised(site.config.base_url or site.public_url))} - {""})

    @property
    def _ports(self) -> Ports:
        return self._site.ports

    def allows(self, address: str) -> bool:
        """Whether an address is asked and shown: not this site's own, nor those of blocked hosts."""
        host = host_of(address)
        return host not in self._own and host not in self._blocked

    async def of(self, posts: Sequence[Post]) -> Mapping[int, LinkPreview]:
        """The previews of these posts: from the cache, else by one statement."""
        cache = self._ports.cache
        found: dict[int, LinkPreview | None] = {}
        missing = []
        for post in posts:
            if post.visibility in OPEN_VISIBILITIES:
                known = cache.get(f"linkpreviews:{post.id}")
                if isinstance(known, tuple):
                    (found[post.id],) = known
                else:
                    missing.append(post.id)
        if missing:
            fill = cache.fill()
            read = await tables.previews_of(self._ports.storage, missing)
            for post_id in missing:
                address, preview = read.get(post_id, ("", None))
                if preview is not None and not (self.allows(address) and self.allows(preview.url)):
                    preview = None
                size = 200 if preview is None else 2000
                fill.put(f"linkpreviews:{post_id}", (preview,), (f"post:{post_id}",), size=size)
                found[post_id] = preview
        return {post_id: preview for post_id, preview in found.items() if preview is not None}

    async def files(self) -> AsyncIterator[str]:
        """The keys of all pictures that are shown."""
        after = ""
        while pictures := await tables.pictures(self._ports.storage, after, tables.AT_ONCE):
            for after in pictures:
                yield after

    async def look_at(self, event: PostPublished | PostEdited) -> None:
        """A post was written: note what it links to, and have that asked unless it was lately (durable
        subscriber).
        """
        ports = self._ports
        before = await tables.linked_by(ports.storage, event.post_id)
        address = await self._linked(event.post_id)
        page = key_of(address) if address else ""
        unit = ports.unit()
        kept = await tables.page_of(ports.storage, page) if page else None
        if page and page != before:
            tables.link(unit, event.post_id, event.account_id, page)
        elif before and not page:
            tables.unlink(unit, event.post_id)
        if page and not self._is_fresh(kept) and await self._may_ask(event.account_id):
            unit.outbox.add(job_of(ports, FETCH_JOB, page, FetchJob(address)))
        await unit.commit()
        # Looked at again: it may have been asked meanwhile for another post, which knew nothing of this one.
        kept = await tables.page_of(ports.storage, page) if page else None
        if (page != before) and (before or (kept is not None and kept.preview is not None)):
            await self._tell([(event.post_id, event.account_id)])

    async def post_gone(self, event: PostDeleted) -> None:
        """A post is gone (durable subscriber)."""
        unit = self._ports.unit()
        tables.unlink(unit, event.post_id)
        await unit.commit()

    async def account_gone(self, event: AccountDeleted) -> None:
        """Everything of an account is gone (durable subscriber)."""
        unit = self._ports.unit()
        tables.unlink_account(unit, event.account_id)
        await unit.commit()

    async def fetch(self, job: Job) -> None:
        """Ask for a page that posts link to, and keep what it says, or that it says nothing. Raises
        `Temporary` where it is to be tried again.
        """
        address = msgspec.json.decode(job.payload, type=FetchJob).address
        storage, page = self._ports.storage, key_of(address)
        before = await tables.page_of(storage, page)
        if not await tables.posts_with(storage, page, 1) or not self.allows(address):
            return
        if not self._is_fresh(before):
            after, picture = await self._ask(address, before, last=job.attempts >= RETRY.tries)
            await self._keep(before, after, picture)
        await self._tell(await tables.posts_with(storage, page, TOLD_MAX))

    async def tidy(self, job: Job) -> None:
        """Remove a picture that no page shows."""
        key = msgspec.json.decode(job.payload, type=TidyJob).key
        if not await tables.shows_picture(self._ports.storage, key):
            await self._ports.blobs.delete(key)

    async def count_unused(self, now: int, limit: int) -> int:
        """How many pages no post links to."""
        return len(await tables.unused(self._ports.storage, limit))

    async def remove_unused(self, now: int, limit: int) -> int:
        """Remove pages that no post links to, with their pictures; how many those were."""
        found = await tables.unused(self._ports.storage, limit)
        unit = self._ports.unit()
        tables.remove_unused(unit, [page for page, _ in found])
        for _, picture in found:
            self._tidy_later(unit, picture, 0)
        await unit.commit()
        return len(found)

    async def forget(self, address: str) -> None:
        """Let a page have no preview, until it is posted again. Raises `NotFound`."""
        page = key_of(normalised(address))
        kept = await tables.page_of(self._ports.storage, page)
        if kept is None:
            raise NotFound(
                "This address has no preview.",
                hint="`microblog linkpreviews list` shows those that have one.",
            )
        posts = await tables.posts_with(self._ports.storage, page, TOLD_MAX)
        unit = self._ports.unit()
        tables.forget(unit, page)
        self._tidy_later(unit, kept.picture, 0)
        await unit.commit()
        await self._tell(posts)

    async def latest(self, limit: int, *, failed: bool) -> Sequence[Kept]:
        """The pages that were asked last; `failed`: those without a preview."""
        return await tables.latest(self._ports.storage, limit, failed=failed)

    async def _linked(self, post_id: int) -> str:
        """The first address in a post that everybody may see now; empty for none."""
        entry = await self._ports.storage.posts.get(None, post_id)
        if entry is None or entry.post.visibility not in OPEN_VISIBILITIES or entry.boosted_by is not None:
            return ""
        links = links_in(self._ports.content.find(entry.post.text))
        return next((link for link in links if self.allows(link)), "")

    def _is_fresh(self, kept: Kept | None) -> bool:
        if kept is None:
            return False
        settings = self._settings
        lasts = settings.failed_hours * _HOUR if kept.preview is None else settings.fresh_days * _DAY
        return self._ports.clock.now() < kept.asked_at + lasts

    async def _may_ask(self, account_id: int) -> bool:
        try:
            key = f"linkpreviews:{account_id}"
            await self._ports.limiter.hit(key, limit=self._settings.per_hour, per=3600)
        except RateLimited:
            return False
        return True

    async def _ask(self, address: str, before: Kept | None, *, last: bool) -> tuple[Kept, MadePicture | None]:
        """The page as it says it is now. Raises `Temporary`, but not the last time."""
        base = self._ports.base_url or self._site.public_url
        agent = f"Microblog/{__version__} (link previews; +{base})"
        fetcher = Fetcher(await self._outgoing.get(), self._settings, agent, self.allows)
        kept = Kept(page=key_of(address), address=address, asked_at=self._ports.clock.now())
        try:
            page = await fetcher.page(address)
        except Permanent as refused:
            return msgspec.structs.replace(kept, error=refused.message), None
        except Temporary as failed:
            if not last:
                raise
            shown, picture = (None, "") if before is None else (before.preview, before.picture)
            return msgspec.structs.replace(kept, preview=shown, picture=picture, error=failed.message), None
        made = await fetcher.picture(self._ports, page)
        if made is None:
            return msgspec.structs.replace(kept, preview=page.preview), None
        # The same picture of the same page has the same name, so that asking again changes nothing.
        stem = stem_of(sha256(kept.page.encode() + made.file.data).hexdigest()[:32])
        key = media_key(stem, made.file.content_type, preview=True)
        shown_picture = msgspec.structs.replace(made.shown, key=key)
        preview = msgspec.structs.replace(page.preview, picture=shown_picture)
        return msgspec.structs.replace(kept, preview=preview, picture=key), made

    async def _keep(self, before: Kept | None, after: Kept, made: MadePicture | None) -> None:
        ports = self._ports
        if made is not None:
            # First the job that removes it: should this process die, no file is left that nobody knows.
            unit = ports.unit()
            self._tidy_later(unit, after.picture, UNSHOWN_MILLISECONDS)
            await unit.commit()
            await ports.blobs.put(after.picture, made.file.data, made.file.content_type)
        unit = ports.unit()
        tables.put(unit, after)
        if before is not None and before.picture != after.picture:
            self._tidy_later(unit, before.picture, REPLACED_MILLISECONDS)
        await unit.commit()

    def _tidy_later(self, unit: UnitOfWork, key: str, delay: int) -> None:
        if key:
            unique = f"{key}:{self._ports.clock.now() + delay}"
            unit.outbox.add(job_of(self._ports, TIDY_JOB, unique, TidyJob(key), delay))

    async def _tell(self, posts: Collection[tuple[int, int]]) -> None:
        """What is kept of these posts is made anew, and who listens gets them again."""
        if not posts:
            return
        ports = self._ports
        unit, now = ports.unit(), ports.clock.now()
        for post_id, account_id in posts:
            unit.emit(
                LinkPreviewChanged(id=ports.ids.at(now), at=now, post_id=post_id, account_id=account_id)
            )
        await unit.commit()
