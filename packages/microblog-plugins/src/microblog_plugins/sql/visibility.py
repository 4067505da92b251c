"""Who may see which posts, as SQL: the one home of that predicate in this package. Every statement that reads
posts asks here.

It says in SQL what `microblog_core.memory.visibility` says in Python; the test kit compares the two. The
functions give conditions over aliases: a row of `posts`, and the row of `accounts` of its author. With a
viewer the parameter `:viewer` is bound to their account id; without one (anonymous) the conditions have no
parameter.
"""

from __future__ import annotations

import re

from microblog_core.domain.lists import RepliesPolicy
from microblog_core.domain.timelines import HomeSource
from microblog_plugins.sql.dialect import NOW, exists
from microblog_plugins.sql.rows import HIDES_COLLECTIONS, UNDISCOVERABLE, UNINDEXED

_VIEWER = re.compile(r":viewer\b")
_LIST = re.compile(r":list\b")


def for_each(condition: str, viewer: str, of_list: str = "") -> str:
    """The same condition for many viewers at once: a column of account ids takes the place of `:viewer`, and
    one of ids of lists that of `:list`.
    """
    return _LIST.sub(of_list, _VIEWER.sub(viewer, condition))


def state_shown(account: str) -> str:
    """Whether an account is shown to anybody: neither suspended nor deleted, pending nor leaving."""
    return f"{account}.state NOT IN ('suspended', 'deleted', 'pending', 'leaving')"


def post_of_deleted(post: str) -> str:
    """Whether a post is one of a deleted account, to be removed: shown to nobody."""
    return exists("accounts x", f"x.id = {post}.account_id AND x.state = 'deleted'")


def hides_collections(account: str) -> str:
    """Whether an account hides from others whom it follows and who follows it."""
    return f"({account}.flags & {HIDES_COLLECTIONS}) <> 0"


def account_indexable(account: str) -> str:
    """Whether searches may find an account's public posts."""
    return f"({account}.flags & {UNINDEXED}) = 0"


def account_discoverable(account: str) -> str:
    """Whether an account may be recommended to others."""
    return f"({account}.flags & {UNDISCOVERABLE}) = 0"


def account_shown(account: str, viewer: bool) -> str:
    """Whether an account is shown to the viewer: that it has a state in which it is shown, and does not
    block them.
    """
    shown = state_shown(account)
    if not viewer:
        return shown
    blocks = exists("blocks v", f"v.blocker_id = {account}.id AND v.blocked_id = :viewer")
    return f"({account}.id = :viewer OR {shown} AND NOT {blocks})"


def _follows(account_id: str) -> str:
    return exists("follows v", f"v.follower_id = :viewer AND v.followee_id = {account_id}")


def _named(post: str) -> str:
    return exists("post_mentions v", f"v.post_id = {post}.id AND v.account_id = :viewer")


def _for_members(post: str) -> str:
    """Whether the viewer is whose members see a post, or one of them at this moment."""
    whose = f"COALESCE({post}.members_of_id, {post}.account_id)"
    member = exists(
        "memberships v", f"v.member_id = :viewer AND v.author_id = {whose} AND v.access_until > {NOW}"
    )
    return f"({whose} = :viewer OR {member})"


def post_hidden(post: str) -> str:
    """Whether a post was deleted and can be brought back: nobody sees it."""
    return f"{post}.hidden_at IS NOT NULL"


def post_moderated(post: str) -> str:
    """Whether moderators see a post that was reported to them: whoever it is for, unless it was deleted."""
    return f"NOT ({post_hidden(post)})"


def post_seen(post: str, author: str, viewer: bool) -> str:
    """Whether the viewer may see a post; for a boost ask for both the boost and what it boosts."""
    is_open = f"{post}.visibility IN ('public', 'unlisted')"
    if not viewer:
        return f"({_there(post, is_open)} AND {account_shown(author, viewer)})"
    for_viewer = (
        f"{is_open} OR {post}.account_id = :viewer"
        f" OR {post}.visibility = 'followers' AND {_follows(f'{post}.account_id')}"
        f" OR {post}.visibility IN ('followers', 'direct') AND {_named(post)}"
        f" OR {post}.visibility = 'members' AND {_for_members(post)}"
    )
    return f"({account_shown(author, viewer)} AND {_there(post, for_viewer)})"


def _there(post: str, condition: str) -> str:
    """A condition about a post that is not hidden. As a condition of its own it would let SQLite believe that
    so few rows are left that sorting all of them is cheaper than going along an index.
    """
    return f"CASE WHEN {post}.hidden_at IS NULL THEN {condition} ELSE FALSE END"


def entry_seen(viewer: bool) -> str:
    """Whether the viewer may see the line `p` of a listing, which shows the post `e` by `a`."""
    boost = exists("accounts b", f"b.id = p.account_id AND {post_seen('p', 'b', viewer)}")
    return f"{post_seen('e', 'a', viewer)} AND (p.boost_of_id IS NULL OR {boost})"


def account_wanted(account_id: str, viewer: bool) -> str:
    """Whether listings show what this account does: the viewer neither blocks nor mutes it."""
    if not viewer:
        return "1 = 1"
    blocks = exists("blocks v", f"v.blocker_id = :viewer AND v.blocked_id = {account_id}")
    return f"(NOT {blocks} AND NOT {_muted(account_id)})"


def mute_lasts(mute: str) -> str:
    """Whether a mute has not ended by itself."""
    return f"({mute}.expires_at IS NULL OR {mute}.expires_at > {NOW})"


def _muted(account_id: str, only: str = "") -> str:
    return exists(
        "mutes v", f"v.muter_id = :viewer AND v.muted_id = {account_id}{only} AND {mute_lasts('v')}"
    )


def account_near(account_id: str) -> str:
    """Whether home timelines show what this account does: it is the viewer, or followed."""
    return _near(account_id)


def told(actor_id: str, actor: str, post: str, author: str) -> str:
    """Whether the viewer's notifications show what an actor did, with the post of an outer join or without
    any: neither blocked nor muted with notifications, and of no thread that is muted.
    """
    blocks = exists("blocks v", f"v.blocker_id = :viewer AND v.blocked_id = {actor_id}")
    thread = exists("thread_mutes v", f"v.account_id = :viewer AND v.thread_id = {post}.thread_id")
    return (
        f"{account_shown(actor, True)} AND NOT {blocks} AND NOT {_muted(actor_id, ' AND v.notifications')}"
        f" AND ({post}.id IS NULL OR {post_seen(post, author, True)} AND NOT {thread})"
    )


def entry_listed(viewer: bool) -> str:
    """`entry_seen`, and the viewer neither blocks nor mutes who wrote or boosted it."""
    return (
        f"{entry_seen(viewer)} AND {account_wanted('e.account_id', viewer)}"
        f" AND (p.boost_of_id IS NULL OR {account_wanted('p.account_id', viewer)})"
    )


def post_listed(post: str, author: str, viewer: bool) -> str:
    """`entry_listed` for what is no boost."""
    return f"{post_seen(post, author, viewer)} AND {account_wanted(f'{post}.account_id', viewer)}"


def post_public(post: str, author: str, viewer: bool) -> str:
    """Whether public listings show a public post: `post_listed`, and its author isn't silenced."""
    return f"{author}.state <> 'silenced' AND {post_listed(post, author, viewer)}"


def post_found(post: str, author: str, viewer: bool) -> str:
    """Whether a search shows a post that holds the words: `post_listed`, and it is a public one by somebody
    who wishes to be found, or the viewer's own, or names the viewer, or is a favourite or bookmark of theirs.
    """
    everybodys = (
        f"{post}.visibility = 'public' AND {author}.state <> 'silenced' AND {account_indexable(author)}"
    )
    if not viewer:
        return f"({everybodys} AND {post_listed(post, author, viewer)})"
    marked = " OR ".join(
        exists(f"{table} v", f"v.post_id = {post}.id AND v.account_id = :viewer")
        for table in ("favourites", "bookmarks")
    )
    theirs = f"{post}.account_id = :viewer OR {_named(post)} OR {marked}"
    return f"(({everybodys} OR {theirs}) AND {post_listed(post, author, viewer)})"


def _near(account_id: str) -> str:
    return f"({account_id} = :viewer OR {_follows(account_id)})"


def _not_exclusive(account_id: str) -> str:
    """Whether this account is on no exclusive list of the viewer's. That there is such a list at all is asked
    once a statement, so that people without one don't pay for it row by row.
    """
    on_one = exists(
        "list_members m CROSS JOIN lists l",
        f"m.owner_id = :viewer AND m.account_id = {account_id} AND l.id = m.list_id AND l.exclusive",
    )
    none = "NOT EXISTS (SELECT 1 FROM lists x WHERE x.account_id = :viewer AND x.exclusive)"
    return f"({none} OR NOT {on_one})"


def entry_home() -> str:
    """Whether the viewer's home timeline shows it: by somebody near who is on no exclusive list, as far as
    the follow's options go, no answer to somebody who isn't near, and nothing that is for others.
    """
    follow = exists(
        "follows v",
        "v.follower_id = :viewer AND v.followee_id = p.account_id AND (p.boost_of_id IS NULL OR v.boosts)"
        " AND (v.languages = '' OR e.language = ''"
        " OR replace(v.languages, ' ' || e.language || ' ', '') <> v.languages)",
    )
    return (
        f"(p.account_id = :viewer OR {follow}) AND {_not_exclusive('p.account_id')}"
        f" AND (p.in_reply_to_account_id IS NULL OR p.in_reply_to_account_id = p.account_id"
        f" OR {_near('p.in_reply_to_account_id')})"
        f" AND (p.visibility <> 'direct' OR {_named('p')})"
        f" AND {entry_listed(True)}"
    )


def entry_in_list(policy: RepliesPolicy) -> str:
    """Whether the timeline of the viewer's list `:list` shows it, for posts of its members: answers as the
    policy says, and nothing that is for others.
    """
    answered = {
        RepliesPolicy.FOLLOWED: f" OR {_follows('p.in_reply_to_account_id')}",
        RepliesPolicy.LIST: " OR "
        + exists("list_members m", "m.list_id = :list AND m.account_id = p.in_reply_to_account_id"),
        RepliesPolicy.NONE: "",
    }[policy]
    return (
        f"(p.in_reply_to_account_id IS NULL OR p.in_reply_to_account_id IN (p.account_id, :viewer){answered})"
        f" AND (p.visibility <> 'direct' OR {_named('p')})"
        f" AND {entry_listed(True)}"
    )


def entry_found(source: HomeSource | RepliesPolicy) -> str:
    """The predicate of a timeline that is found on reading: a home timeline, or a list with this policy."""
    return entry_in_list(source) if isinstance(source, RepliesPolicy) else entry_home()
