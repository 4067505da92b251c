"""Reading: timelines, single posts, threads, histories, followers. The storage decides what the viewer may
see.
"""

from __future__ import annotations

from collections.abc import Sequence

from microblog_core.domain.accounts import Account, AccountState
from microblog_core.domain.errors import NotFound, Unauthenticated
from microblog_core.domain.permissions import Actor
from microblog_core.domain.posts import Entry, PostEdit, Thread
from microblog_core.domain.relations import Related
from microblog_core.domain.timelines import Listing, Page
from microblog_core.ports.context import Ports

_HIDDEN = (AccountState.SUSPENDED, AccountState.DELETED)


async def read_public(ports: Ports, actor: Actor, page: Page) -> Listing[Entry]:
    """The public timeline, newest first."""
    return await ports.storage.timelines.public(actor.id, page)


async def read_home(ports: Ports, actor: Actor, page: Page) -> Listing[Entry]:
    """The actor's home timeline, newest first, as the site's strategy makes it. Raises `Unauthenticated`."""
    if actor.id is None:
        raise Unauthenticated("You are not logged in.", hint="Log in to see your home timeline.")
    return await ports.timeline.page(ports.storage, actor.id, page)


async def read_tag(ports: Ports, actor: Actor, tag: str, page: Page) -> Listing[Entry]:
    """Public posts with a hashtag (in any spelling), newest first."""
    return await ports.storage.timelines.tag(actor.id, tag.removeprefix("#").casefold(), page)


async def read_post(ports: Ports, actor: Actor, post_id: int) -> Entry:
    """One post. Raises `NotFound` if there is none or the actor may not see it: nobody can tell which."""
    entry = await ports.storage.posts.get(actor.id, post_id)
    if entry is None:
        raise NotFound("This post does not exist, or you may not see it.")
    return entry


async def read_thread(ports: Ports, actor: Actor, post_id: int) -> Thread:
    """A post with what it answers and what answers it. Raises `NotFound` as `read_post` does."""
    thread = await ports.storage.posts.thread(actor.id, post_id)
    if thread is None:
        raise NotFound("This post does not exist, or you may not see it.")
    return thread


async def read_edits(ports: Ports, actor: Actor, post_id: int) -> Sequence[PostEdit]:
    """All versions of a post, oldest first. Raises `NotFound` as `read_post` does."""
    edits = await ports.storage.posts.edits(actor.id, post_id)
    if not edits:
        raise NotFound("This post does not exist, or you may not see it.")
    return edits


async def read_followers(
    ports: Ports, actor: Actor, username: str, domain: str, page: Page
) -> tuple[Account, Listing[Related]]:
    """Who follows somebody, newest follow first. Raises `NotFound`."""
    account = await shown_account(ports, actor, username, domain)
    return account, await ports.storage.relations.followers(actor.id, account.id, page)


async def read_following(
    ports: Ports, actor: Actor, username: str, domain: str, page: Page
) -> tuple[Account, Listing[Related]]:
    """Whom somebody follows, newest follow first. Raises `NotFound`."""
    account = await shown_account(ports, actor, username, domain)
    return account, await ports.storage.relations.following(actor.id, account.id, page)


async def shown_account(ports: Ports, actor: Actor, username: str, domain: str) -> Account:
    """The account of this name, as far as it is shown to the actor. Raises `NotFound`."""
    account = await ports.storage.accounts.by_name(username, domain)
    if account is None or account.state in _HIDDEN:
        raise NotFound("There is nobody of this name here.")
    if actor.id is not None and actor.id != account.id:
        relation = (await ports.storage.relations.get(actor.id, (account.id,)))[account.id]
        if relation.blocked_by:
            raise NotFound("There is nobody of this name here.")
    return account
