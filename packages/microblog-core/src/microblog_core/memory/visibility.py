"""Who may see which posts: the reference of the one predicate, in pure functions.

A storage in SQL says the same in its own words, and the test kit compares the two. Nothing here reads a
storage: a `Sight` holds all that the answer depends on beside the posts themselves.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from microblog_core.domain.lists import RepliesPolicy
from microblog_core.domain.posts import OPEN_VISIBILITIES, Post, Visibility

_NOBODY: frozenset[int] = frozenset()


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """How a viewer (an account id, None for anonymous) stands to others; all sets hold account ids.

    `without_boosts` and `languages` are options of the viewer's follows; `unheard` are those muted with their
    notifications; `hidden` are suspended and deleted accounts, `silenced` the silenced ones, `unindexed`
    those who don't wish their posts to be found, `exclusive` are who is on an exclusive list of the viewer's.
    `deleted` are posts that are hidden until they are removed or brought back: nobody sees them. `member_of`
    are authors whose members' posts the viewer paid for, until now.
    """

    viewer: int | None = None
    follows: frozenset[int] = _NOBODY
    without_boosts: frozenset[int] = _NOBODY
    languages: Mapping[int, tuple[str, ...]] = {}
    blocks: frozenset[int] = _NOBODY
    mutes: frozenset[int] = _NOBODY
    unheard: frozenset[int] = _NOBODY
    muted_threads: frozenset[int] = _NOBODY
    blocked_by: frozenset[int] = _NOBODY
    hidden: frozenset[int] = _NOBODY
    silenced: frozenset[int] = _NOBODY
    unindexed: frozenset[int] = _NOBODY
    exclusive: frozenset[int] = _NOBODY
    deleted: frozenset[int] = _NOBODY
    member_of: frozenset[int] = _NOBODY


def sees_account(sight: Sight, account_id: int) -> bool:
    """Whether this account is shown to the viewer: not suspended, not deleted, and not blocking them."""
    if account_id == sight.viewer:
        return True
    return account_id not in sight.hidden and account_id not in sight.blocked_by


def wants_account(sight: Sight, account_id: int) -> bool:
    """Whether listings show what this account does: it is shown, and neither blocked nor muted."""
    return sees_account(sight, account_id) and account_id not in sight.blocks | sight.mutes


def may_see(sight: Sight, post: Post, boosted: Post | None = None) -> bool:
    """Whether the viewer may see a post; for a boost, `boosted` is the post it boosts, and both must be
    seen.
    """
    return _sees_post(sight, post) and (boosted is None or _sees_post(sight, boosted))


def _sees_post(sight: Sight, post: Post) -> bool:
    if post.id in sight.deleted:
        return False
    if post.account_id == sight.viewer:
        return True
    if not sees_account(sight, post.account_id):
        return False
    if post.visibility in OPEN_VISIBILITIES:
        return True
    if sight.viewer is None:
        return False
    if post.visibility is Visibility.MEMBERS:
        whose = post.account_id if post.members_of_id is None else post.members_of_id
        return whose == sight.viewer or whose in sight.member_of
    named = any(mention.account_id == sight.viewer for mention in post.mentions)
    return named or (post.visibility is Visibility.FOLLOWERS and post.account_id in sight.follows)


def shown_to_moderators(post: Post, hidden: Mapping[int, int]) -> bool:
    """Whether moderators see a post that was reported to them: whoever it is for, unless it was deleted."""
    return post.id not in hidden


def in_listing(sight: Sight, post: Post, boosted: Post | None = None) -> bool:
    """Whether a listing shows the post: it may be seen, and the viewer neither blocks nor mutes who is in it.

    Listings are timelines, notifications, and what surrounds the post of a thread; a single post and an
    author's own page are none.
    """
    people = {post.account_id} if boosted is None else {post.account_id, boosted.account_id}
    return people.isdisjoint(sight.blocks | sight.mutes) and may_see(sight, post, boosted)


def in_tag(sight: Sight, post: Post) -> bool:
    """Whether a public listing that includes answers shows the post, such as a hashtag's."""
    return (
        post.visibility is Visibility.PUBLIC
        and post.boost_of_id is None
        and post.account_id not in sight.silenced
        and in_listing(sight, post)
    )


def in_search(sight: Sight, post: Post, *, marked: bool) -> bool:
    """Whether a search shows the post, which holds what is looked for: a public one by somebody who wishes to
    be found, or one that is the viewer's own, names them, or is their favourite or
    bookmark.
    """
    if post.boost_of_id is not None or not in_listing(sight, post):
        return False
    if post.visibility is Visibility.PUBLIC and post.account_id not in sight.silenced | sight.unindexed:
        return True
    named = any(mention.account_id == sight.viewer for mention in post.mentions)
    return sight.viewer is not None and (post.account_id == sight.viewer or named or marked)


def in_public(sight: Sight, post: Post) -> bool:
    """Whether the public timeline shows the post: no boosts, no answers to others."""
    return in_tag(sight, post) and post.in_reply_to_account_id in (None, post.account_id)


def in_home(sight: Sight, post: Post, boosted: Post | None = None) -> bool:
    """Whether the viewer's home timeline shows the post.

    It is by the viewer or somebody they follow. Answers are left out unless they are to somebody followed,
    to the viewer, or to their author's own post; `direct` posts unless they name the viewer. What is
    boosted may be an answer to anybody: the booster wanted it seen. Of somebody followed without boosts there
    are none, and of somebody followed in certain languages nothing in another one. People on an exclusive
    list of the viewer's are left out.
    """
    if not _follow_brings(sight, post, boosted):
        return False
    near = sight.follows | {sight.viewer}
    if post.account_id not in near - sight.exclusive:
        return False
    if post.in_reply_to_account_id not in near | {None, post.account_id}:
        return False
    return not _is_for_others(sight, post) and in_listing(sight, post, boosted)


def _is_for_others(sight: Sight, post: Post) -> bool:
    """Whether it is `direct` and doesn't name the viewer, who may be its author."""
    named = any(mention.account_id == sight.viewer for mention in post.mentions)
    return post.visibility is Visibility.DIRECT and not named


def in_list(
    sight: Sight,
    post: Post,
    boosted: Post | None = None,
    *,
    members: frozenset[int],
    policy: RepliesPolicy,
) -> bool:
    """Whether the timeline of the viewer's list with these members shows the post.

    It is by a member. Answers are shown to the viewer, to their author's own posts, and as the policy says;
    `direct` posts only if they name the viewer.
    """
    if post.account_id not in members:
        return False
    near = {None, post.account_id, sight.viewer}
    if policy is RepliesPolicy.FOLLOWED:
        near |= sight.follows
    elif policy is RepliesPolicy.LIST:
        near |= members
    if post.in_reply_to_account_id not in near:
        return False
    return not _is_for_others(sight, post) and in_listing(sight, post, boosted)


def _follow_brings(sight: Sight, post: Post, boosted: Post | None) -> bool:
    """Whether the options of the viewer's follow of the author let the post or boost through."""
    if post.account_id == sight.viewer:
        return True
    if boosted is not None and post.account_id in sight.without_boosts:
        return False
    wanted, language = sight.languages.get(post.account_id), (boosted or post).language
    return not wanted or not language or language in wanted


def is_heard(sight: Sight, actor_id: int, post: Post | None) -> bool:
    """Whether the viewer's notifications show what somebody did, maybe with a post."""
    if not sees_account(sight, actor_id) or actor_id in sight.blocks | sight.unheard:
        return False
    return post is None or (post.thread_id not in sight.muted_threads and may_see(sight, post))


def in_profile(sight: Sight, post: Post, boosted: Post | None = None, *, replies: bool) -> bool:
    """Whether its author's own page shows the post to the viewer; answers to others only if `replies`."""
    to_others = post.in_reply_to_account_id not in (None, post.account_id)
    return (replies or not to_others) and may_see(sight, post, boosted)
