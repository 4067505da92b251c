"""Who may see which posts, as SQL: the one home of that predicate in this package. Every statement that reads
posts asks here.

It says in SQL what `microblog_core.memory.visibility` says in Python; the test kit compares the two. The
functions give conditions over aliases: a row of `posts`, and the row of `accounts` of its author. With a
viewer the parameter `:viewer` is bound to their account id; without one (anonymous) the conditions have no
parameter.
"""

from __future__ import annotations

from microblog_plugins.sql.dialect import exists


def state_shown(account: str) -> str:
    """Whether an account is shown to anybody: neither suspended nor deleted."""
    return f"{account}.state NOT IN ('suspended', 'deleted')"


def account_shown(account: str, viewer: bool) -> str:
    """Whether an account is shown to the viewer: not suspended, not deleted, and not blocking them."""
    shown = state_shown(account)
    if not viewer:
        return shown
    blocks = exists("blocks v", f"v.blocker_id = {account}.id AND v.blocked_id = :viewer")
    return f"({account}.id = :viewer OR {shown} AND NOT {blocks})"


def _follows(account_id: str) -> str:
    return exists("follows v", f"v.follower_id = :viewer AND v.followee_id = {account_id}")


def _named(post: str) -> str:
    return exists("post_mentions v", f"v.post_id = {post}.id AND v.account_id = :viewer")


def post_seen(post: str, author: str, viewer: bool) -> str:
    """Whether the viewer may see a post; for a boost ask for both the boost and what it boosts."""
    is_open = f"{post}.visibility IN ('public', 'unlisted')"
    if not viewer:
        return f"({is_open} AND {account_shown(author, viewer)})"
    return (
        f"({account_shown(author, viewer)} AND ({is_open} OR {post}.account_id = :viewer"
        f" OR {post}.visibility = 'followers' AND {_follows(f'{post}.account_id')}"
        f" OR {post}.visibility IN ('followers', 'direct') AND {_named(post)}))"
    )


def entry_seen(viewer: bool) -> str:
    """Whether the viewer may see the line `p` of a listing, which shows the post `e` by `a`."""
    boost = exists("accounts b", f"b.id = p.account_id AND {post_seen('p', 'b', viewer)}")
    return f"{post_seen('e', 'a', viewer)} AND (p.boost_of_id IS NULL OR {boost})"


def account_wanted(account_id: str, viewer: bool) -> str:
    """Whether listings show what this account does: the viewer neither blocks nor mutes it."""
    if not viewer:
        return "1 = 1"
    blocks = exists("blocks v", f"v.blocker_id = :viewer AND v.blocked_id = {account_id}")
    mutes = exists("mutes v", f"v.muter_id = :viewer AND v.muted_id = {account_id}")
    return f"(NOT {blocks} AND NOT {mutes})"


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
    who wishes to be found, or the viewer's own, or names the viewer, or is a favourite of theirs.
    """
    everybodys = f"{post}.visibility = 'public' AND {author}.state <> 'silenced' AND {author}.indexable"
    if not viewer:
        return f"({everybodys} AND {post_listed(post, author, viewer)})"
    liked = exists("favourites v", f"v.post_id = {post}.id AND v.account_id = :viewer")
    theirs = f"{post}.account_id = :viewer OR {_named(post)} OR {liked}"
    return f"(({everybodys} OR {theirs}) AND {post_listed(post, author, viewer)})"


def _near(account_id: str) -> str:
    return f"({account_id} = :viewer OR {_follows(account_id)})"


def entry_home() -> str:
    """Whether the viewer's home timeline shows it: by somebody near, no answer to somebody who isn't, and
    nothing that is for others.
    """
    return (
        f"{_near('p.account_id')}"
        f" AND (p.in_reply_to_account_id IS NULL OR p.in_reply_to_account_id = p.account_id"
        f" OR {_near('p.in_reply_to_account_id')})"
        f" AND (p.visibility <> 'direct' OR {_named('p')})"
        f" AND {entry_listed(True)}"
    )
