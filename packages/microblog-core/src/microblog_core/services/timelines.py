"""Reading: timelines, single posts, threads, histories, followers. The storage decides what the viewer may
see.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from microblog_core.domain.accounts import HIDDEN_STATES, Account
from microblog_core.domain.errors import NotFound, Unauthenticated
from microblog_core.domain.marks import check_tag_filter
from microblog_core.domain.permissions import Actor, require_account
from microblog_core.domain.posts import Entry, PostEdit, Thread
from microblog_core.domain.relations import Related, Relationship
from microblog_core.domain.timelines import PAGE_MAX, Listing, Page
from microblog_core.domain.words import words_of
from microblog_core.ports.context import Ports
from microblog_core.ports.search import SCANNED
from microblog_core.ports.timelines import own_order

NAME_WORDS = 4
"""How many words of a text are looked for in names."""
_HIDDEN = HIDDEN_STATES


async def read_public(ports: Ports, actor: Actor, page: Page, *, only_media: bool = False) -> Listing[Entry]:
    """The public timeline, newest first; with `only_media` what has pictures."""
    return await ports.storage.timelines.public(actor.id, page, only_media=only_media)


async def read_home(ports: Ports, actor: Actor, page: Page) -> Listing[Entry]:
    """The actor's home timeline, newest first, as the site's strategy makes it. Raises `Unauthenticated`."""
    if actor.id is None:
        raise Unauthenticated("You are not logged in.", hint="Log in to see your home timeline.")
    return await ports.timeline.page(ports.storage, actor.id, page)


async def read_front(ports: Ports, actor: Actor, page: Page) -> Listing[Entry]:
    """The actor's home timeline as people see it: in the order of the site's strategy where it has one, else
    newest first. Its cursors are no ids then. Raises `Unauthenticated`.
    """
    ordered, viewer = own_order(ports.timeline), actor.id
    if viewer is None or ordered is None:
        return await read_home(ports, actor, page)
    return await ordered.shown(ports.storage, viewer, page)


async def read_tag(
    ports: Ports,
    actor: Actor,
    tag: str,
    page: Page,
    *,
    any: Sequence[str] = (),
    all: Sequence[str] = (),
    none: Sequence[str] = (),
    only_media: bool = False,
) -> Listing[Entry]:
    """Public posts with a hashtag (in any spelling), newest first; also those with one of `any`, but only
    with each of `all` and none of `none`, and with `only_media` what has pictures. Raises `Invalid` for more
    than `TAG_FILTERS_MAX` of one sort.
    """
    return await ports.storage.timelines.tag(
        actor.id,
        tag.removeprefix("#").casefold(),
        page,
        any=check_tag_filter("any", tuple(any)),
        all=check_tag_filter("all", tuple(all)),
        none=check_tag_filter("none", tuple(none)),
        only_media=only_media,
    )


async def read_account_posts(
    ports: Ports,
    actor: Actor,
    account_id: int,
    page: Page,
    *,
    replies: bool = True,
    boosts: bool = True,
    pinned: bool = False,
    tag: str = "",
    only_media: bool = False,
) -> Listing[Entry]:
    """What an account wrote and boosted, newest first, or what it shows on top (`pinned`), as
    `ports.marks.PostsListed` says; a `tag` in any spelling. Raises `NotFound`.
    """
    account = await read_account(ports, actor, account_id)
    name = tag.removeprefix("#").casefold()
    return await ports.storage.timelines.account_posts(
        actor.id,
        account.id,
        page,
        replies=replies,
        boosts=boosts,
        pinned=pinned,
        tag=name,
        only_media=only_media,
    )


async def read_account(ports: Ports, actor: Actor, account_id: int) -> Account:
    """Somebody by id. Raises `NotFound` if there is nobody or they are not shown to the actor."""
    found = await ports.storage.accounts.get_many(actor.id, (account_id,))
    if not found or found[0].state in _HIDDEN:
        raise NotFound("There is no such account.")
    return found[0]


async def read_accounts(ports: Ports, actor: Actor, account_ids: Sequence[int]) -> Sequence[Account]:
    """Those of these accounts that are shown to the actor, in the order of the ids, each once."""
    return await ports.storage.accounts.get_many(actor.id, account_ids)


async def read_posts(ports: Ports, actor: Actor, post_ids: Sequence[int]) -> Sequence[Entry]:
    """Those of these posts that the actor may see, in the order of the ids, each once; boosts as boosts."""
    return await ports.storage.posts.get_many(actor.id, post_ids)


async def find_accounts(
    ports: Ports, actor: Actor, text: str, *, limit: int = 40, offset: int = 0, following: bool = False
) -> Sequence[Account]:
    """People whose username or display name has a part for each word of a text, best first (at most 80); with
    `following` only those that the actor follows. `@ada` finds what `ada` does.
    """
    limit, offset = max(1, min(limit, PAGE_MAX)), max(0, min(offset, SCANNED))
    words = words_of(text)[:NAME_WORDS]
    return await ports.storage.accounts.search(
        actor.id, words, limit=limit, offset=offset, following=following
    )


async def read_relationships(
    ports: Ports, actor: Actor, account_ids: Sequence[int]
) -> Sequence[Relationship]:
    """How the actor stands to each of these accounts, in the order of the ids, each once; to an unknown one
    in no way. Raises `Unauthenticated`.
    """
    viewer = require_account(actor).id
    known = dict.fromkeys(account_ids)
    relations = await ports.storage.relations.get(viewer, tuple(known))
    return [relations[account_id] for account_id in known if account_id in relations]


async def read_familiar_followers(
    ports: Ports, actor: Actor, account_ids: Sequence[int]
) -> Mapping[int, Sequence[Account]]:
    """For each account who of those that the actor follows follows it. Raises `Unauthenticated`."""
    viewer = require_account(actor).id
    return await ports.storage.relations.familiar_followers(viewer, tuple(dict.fromkeys(account_ids)))


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


def tags_of(entries: Iterable[Entry]) -> set[str]:
    """The cache tags of everything that these entries show."""
    tags: set[str] = set()
    for entry in entries:
        tags.add(f"post:{entry.post.id}")
        tags.add(f"account:{entry.author.id}")
        for other in (entry.boosted_by, entry.replied_to):
            if other is not None:
                tags.add(f"account:{other.id}")
        if entry.quoted is not None:
            tags |= tags_of((entry.quoted,))
    return tags


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
