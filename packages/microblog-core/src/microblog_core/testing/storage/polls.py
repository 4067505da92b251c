"""Polls and quotes: guards, counts, and what comes with the posts of a page."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from microblog_core.domain.accounts import Account
from microblog_core.domain.errors import Conflict
from microblog_core.domain.notifications import NotificationKind
from microblog_core.domain.polls import Poll, PollOption
from microblog_core.domain.posts import Post, QuotePolicy, Visibility
from microblog_core.ports.operations import AddPost, AddVote, DeletePost, PutPoll
from microblog_core.ports.storage import Storage
from microblog_core.testing.builder import Builder
from microblog_core.testing.storage.base import ALL, StorageTests, refused, seen, stored


async def ask(build: Builder, post: Post, **changes: Any) -> Poll:
    """A poll of a post, in place of the one it has."""
    values: dict[str, Any] = {
        "options": (PollOption("Tea"), PollOption("Coffee")),
        "expires_at": build.clock.now() + 10**6,
    }
    poll = Poll(id=build.next_id(), post_id=post.id, **{**values, **changes})
    await build.apply(put(post, poll))
    return poll


def put(post: Post, poll: Poll | None) -> PutPoll:
    """The operation that gives a post this poll."""
    return PutPoll(post_id=post.id, account_id=post.account_id, thread_id=post.thread_id, poll=poll)


def votes(build: Builder, poll: Poll, account: Account, *choices: int) -> AddVote:
    """A vote, now."""
    return AddVote(
        id=build.next_id(),
        poll_id=poll.id,
        post_id=poll.post_id,
        account_id=account.id,
        choices=choices,
        created_at=build.clock.now(),
    )


class PollTests(StorageTests):
    """Polls and votes."""

    async def test_a_poll_comes_with_its_post_and_the_viewers_votes(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob, eve = await build.people("ada", "bob", "eve")
        post = await build.post(ada)
        poll = await ask(build, post, multiple=True, hide_totals=True)
        await build.apply(votes(build, poll, bob, 0, 1))
        await build.apply(votes(build, poll, eve, 1))
        shown = (await seen(build, bob.id, post.id)).poll
        assert shown == Poll(
            id=poll.id,
            post_id=post.id,
            options=(PollOption("Tea", 1), PollOption("Coffee", 2)),
            multiple=True,
            hide_totals=True,
            expires_at=poll.expires_at,
            votes_count=3,
            voters_count=2,
            voted=True,
            own_votes=(0, 1),
        )
        for entry in (
            (await storage.timelines.public(eve.id, ALL)).items[0],
            await storage.polls.post_of(eve.id, poll.id),
        ):
            assert entry is not None
            assert entry.poll is not None
            assert (entry.id, entry.post.poll_id, entry.poll.own_votes) == (post.id, poll.id, (1,))
        anonymous = await storage.polls.post_of(None, poll.id)
        assert anonymous is not None
        assert anonymous.poll is not None
        assert (anonymous.poll.voted, anonymous.poll.own_votes) == (False, ())

    async def test_a_poll_comes_with_what_a_notification_is_about(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob = await build.people("ada", "bob")
        post = await build.post(ada)
        poll = await ask(build, post)
        await build.notify(bob, NotificationKind.POLL, ada, post)
        await build.notify(bob, NotificationKind.FOLLOW, ada)
        follow, ended = (await storage.notifications.page(bob.id, ALL)).items
        assert ended.entry is not None
        assert ended.entry.poll is not None
        assert (follow.entry, ended.entry.poll.id) == (None, poll.id)

    async def test_votes_have_their_guards(self, build: Builder) -> None:
        ada, bob = await build.people("ada", "bob")
        post = await build.post(ada)
        poll = await ask(build, post, expires_at=build.clock.now() + 60_000)
        await build.apply(votes(build, poll, bob, 0))
        await refused(build, "vote", votes(build, poll, bob, 1))
        await refused(build, "exists", votes(build, Poll(id=1, post_id=1, options=(), expires_at=1), bob, 0))
        build.clock.advance(60)
        await refused(build, "ended", votes(build, poll, ada, 1))
        await refused(build, "exists", put(build.draft(ada), None))
        shown = (await seen(build, None, post.id)).poll
        assert shown is not None
        assert ([option.votes_count for option in shown.options], shown.voters_count) == ([1, 0], 1)

    async def test_of_votes_at_once_by_one_person_one_counts(self, build: Builder) -> None:
        ada, bob = await build.people("ada", "bob")
        post = await build.post(ada)
        poll = await ask(build, post)
        several = [build.apply(votes(build, poll, bob, 0)) for _ in range(8)]
        outcomes = await asyncio.gather(*several, return_exceptions=True)
        assert sum(outcome is None for outcome in outcomes) == 1
        assert {outcome.guard for outcome in outcomes if isinstance(outcome, Conflict)} == {"vote"}
        shown = (await seen(build, None, post.id)).poll
        assert shown is not None
        assert shown.votes_count == 1

    async def test_another_poll_begins_without_votes_and_a_deleted_post_takes_its_poll(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob = await build.people("ada", "bob")
        post = await build.post(ada)
        first = await ask(build, post)
        await build.apply(votes(build, first, bob, 0))
        second = await ask(build, post, options=(PollOption("a", 7), PollOption("b")), votes_count=7)
        shown = (await seen(build, bob.id, post.id)).poll
        assert shown is not None
        assert (shown.id, shown.voted, shown.votes_count) == (second.id, False, 0)
        assert [option.votes_count for option in shown.options] == [0, 0]
        assert await storage.polls.post_of(bob.id, first.id) is None
        assert await storage.polls.whose(first.id) is None
        assert await storage.polls.whose(second.id) == (ada.id, post.id)
        await build.apply(put(post, None))
        assert (await seen(build, bob.id, post.id)).poll is None
        third = await ask(build, post)
        await build.apply(DeletePost(post=post))
        assert await storage.polls.whose(third.id) is None

    async def test_the_poll_of_a_hidden_post_is_hidden(self, storage: Storage, build: Builder) -> None:
        ada, bob = await build.people("ada", "bob")
        poll = await ask(build, await build.post(ada, visibility=Visibility.FOLLOWERS))
        assert await storage.polls.post_of(bob.id, poll.id) is None
        assert await storage.polls.post_of(ada.id, poll.id) is not None

    async def test_voters_come_oldest_first_some_at_a_time(self, storage: Storage, build: Builder) -> None:
        ada, *voters = await build.people("ada", "bob", "eve", "joe")
        poll = await ask(build, await build.post(ada))
        for voter in voters:
            await build.apply(votes(build, poll, voter, 0))
        first = await storage.polls.voters(poll.id, 0, 2)
        rest = await storage.polls.voters(poll.id, first[-1][0], 2)
        assert [account_id for _, account_id in (*first, *rest)] == [voter.id for voter in voters]


class QuoteTests(StorageTests):
    """Posts that quote others."""

    async def test_a_quote_comes_with_its_post_and_is_counted(self, storage: Storage, build: Builder) -> None:
        ada, bob = await build.people("ada", "bob")
        quoted = await build.post(ada, "original", quote_policy=QuotePolicy.PUBLIC)
        poll = await ask(build, quoted)
        quote = await build.post(bob, "see", quote_of_id=quoted.id)
        outer = await build.post(bob, "see that", quote_of_id=quote.id)
        await build.post(bob, "quietly", quote_of_id=quoted.id, visibility=Visibility.FOLLOWERS)
        for entry in (
            await seen(build, ada.id, quote.id),
            (await storage.timelines.public(None, ALL)).items[1],
        ):
            assert entry.quoted is not None
            assert (entry.quoted.id, entry.quoted.author.username) == (quoted.id, "ada")
            assert entry.quoted.poll is not None
            assert entry.quoted.poll.id == poll.id
        around = await seen(build, None, outer.id)
        assert around.quoted is not None
        assert (around.quoted.id, around.quoted.quoted) == (quote.id, None)
        assert (await stored(build, quoted)).quotes_count == 1
        await build.apply(DeletePost(post=quote))
        assert (await stored(build, quoted)).quotes_count == 0
        assert (await seen(build, None, outer.id)).quoted is None
        assert (await stored(build, outer)).quote_of_id == quote.id

    async def test_a_quote_is_shown_to_who_sees_and_wants_it(self, build: Builder) -> None:
        ada, bob, blocked, muting = await build.people("ada", "bob", "blocked", "muting")
        quoted = await build.post(ada, "original")
        quote = await build.post(bob, "see", quote_of_id=quoted.id)
        await build.block(ada, blocked)
        await build.mute(muting, ada)
        shown = {
            viewer.username: (await seen(build, viewer.id, quote.id)).quoted is not None
            for viewer in (ada, bob, blocked, muting)
        }
        assert shown == {"ada": True, "bob": True, "blocked": False, "muting": False}

    @pytest.mark.parametrize("policy", list(QuotePolicy))
    async def test_quoting_has_its_guard(self, build: Builder, policy: QuotePolicy) -> None:
        ada, bob, eve = await build.people("ada", "bob", "eve")
        await build.follow(eve, ada)
        quoted = await build.post(ada, quote_policy=policy, visibility=Visibility.UNLISTED)
        allowed = {
            QuotePolicy.PUBLIC: (ada, bob, eve),
            QuotePolicy.FOLLOWERS: (ada, eve),
            QuotePolicy.NOBODY: (ada,),
        }[policy]
        for account in (ada, bob, eve):
            adding = AddPost(post=build.draft(account, quote_of_id=quoted.id))
            if account in allowed:
                await build.apply(adding)
            else:
                await refused(build, "quote", adding)
        assert (await stored(build, quoted)).quotes_count == len(allowed)

    async def test_what_is_gone_or_closed_or_a_boost_is_not_quoted(self, build: Builder) -> None:
        ada, bob = await build.people("ada", "bob")
        closed = await build.post(ada, visibility=Visibility.FOLLOWERS)
        boost = await build.boost(bob, await build.post(ada))
        for quoted_id in (closed.id, boost.id, 1):
            await refused(build, "quote", AddPost(post=build.draft(ada, quote_of_id=quoted_id)))
