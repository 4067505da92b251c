"""Posts that quote others: who finds them, and taking them back."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from microblog_core.domain.accounts import AccountState
from microblog_core.domain.posts import QuotePolicy, QuoteState, Visibility, WrittenWith, may_quote
from microblog_core.domain.timelines import Page
from microblog_core.ports.operations import AddPost, DeletePost, RevokeQuote, SetQuotePolicy
from microblog_core.ports.storage import Storage
from microblog_core.testing.builder import Builder
from microblog_core.testing.storage.applications import make_application
from microblog_core.testing.storage.base import ALL, StorageTests, ids, refused, seen, stored


class QuotingTests(StorageTests):
    """Who quotes a post, and what its author may do about it."""

    async def test_who_quotes_a_post_is_a_listing(self, storage: Storage, build: Builder) -> None:
        ada, bob, eve, mallory = await build.people("ada", "bob", "eve", "mallory")
        quoted = await build.post(ada)
        first = await build.post(bob, "one", quote_of_id=quoted.id)
        quiet = await build.post(bob, quote_of_id=quoted.id, visibility=Visibility.FOLLOWERS)
        answer = await build.post(eve, answers=first, quote_of_id=quoted.id)
        hidden = await build.post(mallory, quote_of_id=quoted.id)
        await build.post(bob, "of another", quote_of_id=first.id)
        await build.set_state(mallory, AccountState.SUSPENDED)
        await build.mute(ada, eve)
        boost = await build.boost(eve, quoted)
        assert ids(await storage.quotes.of(None, quoted.id, ALL)) == [answer.id, first.id]
        assert ids(await storage.quotes.of(bob.id, boost.id, ALL)) == [answer.id, quiet.id, first.id]
        assert ids(await storage.quotes.of(ada.id, quoted.id, ALL)) == [first.id]
        assert hidden.id not in ids(await storage.quotes.of(bob.id, quoted.id, ALL))
        page = await storage.quotes.of(None, quoted.id, Page(limit=1))
        assert (ids(page), page.older) == ([answer.id], answer.id)
        page = await storage.quotes.of(None, quoted.id, Page(limit=1, max_id=answer.id))
        assert (ids(page), page.newer) == ([first.id], first.id)
        (entry,) = page.items
        assert entry.quoted is not None and entry.quoted.id == quoted.id

    async def test_who_quotes_what_is_not_seen_is_not_told(self, storage: Storage, build: Builder) -> None:
        ada, bob, blocked = await build.people("ada", "bob", "blocked")
        quoted = await build.post(ada)
        quoting = await build.post(bob, quote_of_id=quoted.id)
        await build.block(ada, blocked)
        assert ids(await storage.quotes.of(blocked.id, quoted.id, ALL)) == []
        assert ids(await storage.quotes.of(None, quoted.id, ALL)) == [quoting.id]
        assert ids(await storage.quotes.of(None, 1, ALL)) == []
        await build.apply(DeletePost(post=quoted))
        assert ids(await storage.quotes.of(None, quoted.id, ALL)) == []

    async def test_a_quote_that_was_taken_back_is_shown_to_nobody(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob = await build.people("ada", "bob")
        quoted = await build.post(ada)
        quoting = await build.post(bob, quote_of_id=quoted.id)
        quiet = await build.post(bob, quote_of_id=quoted.id, visibility=Visibility.FOLLOWERS)
        kept = await build.post(bob, quote_of_id=quoted.id)
        for _ in range(2):
            await build.apply(
                RevokeQuote(post=quoting, account_id=ada.id), RevokeQuote(post=quiet, account_id=ada.id)
            )
            assert (await stored(build, quoted)).quotes_count == 1
        assert ids(await storage.quotes.of(bob.id, quoted.id, ALL)) == [kept.id]
        for viewer in (None, ada.id, bob.id):
            entry = await seen(build, viewer, quoting.id)
            assert entry.quoted is None
            assert (entry.post.quote_state, entry.post.quote_of_id) == (QuoteState.REVOKED, quoted.id)
        (listed, *_) = (await storage.timelines.public(None, Page(max_id=quiet.id))).items
        assert (listed.id, listed.quoted) == (quoting.id, None)
        await build.apply(DeletePost(post=quoting))
        assert (await stored(build, quoted)).quotes_count == 1
        await build.apply(DeletePost(post=kept))
        assert (await stored(build, quoted)).quotes_count == 0

    async def test_only_the_author_of_what_is_quoted_takes_it_back(self, build: Builder) -> None:
        ada, bob, eve = await build.people("ada", "bob", "eve")
        quoted = await build.post(ada)
        quoting = await build.post(bob, quote_of_id=quoted.id)
        plain = await build.post(bob)
        for revoking in (
            RevokeQuote(post=quoting, account_id=eve.id),
            RevokeQuote(post=quoting, account_id=bob.id),
            RevokeQuote(post=plain, account_id=ada.id),
        ):
            await refused(build, "exists", revoking)
        await build.apply(DeletePost(post=quoting))
        await refused(build, "exists", RevokeQuote(post=quoting, account_id=ada.id))

    async def test_who_may_quote_is_changed_without_a_new_version(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob = await build.people("ada", "bob")
        post = await build.post(ada)
        await build.apply(SetQuotePolicy(post=post, policy=QuotePolicy.NOBODY))
        now = await stored(build, post)
        assert (now.quote_policy, now.version, now.edited_at) == (QuotePolicy.NOBODY, 1, None)
        assert not may_quote(bob.id, await seen(build, bob.id, post.id))
        await build.apply(DeletePost(post=post))
        await refused(build, "exists", SetQuotePolicy(post=post, policy=QuotePolicy.PUBLIC))

    @pytest.mark.parametrize("policy", list(QuotePolicy))
    async def test_an_entry_knows_whether_its_viewer_may_quote_it(
        self, storage: Storage, build: Builder, policy: QuotePolicy
    ) -> None:
        ada, bob, eve = await build.people("ada", "bob", "eve")
        await build.follow(eve, ada)
        post = await build.post(ada, quote_policy=policy)
        await build.boost(eve, post)
        closed = await build.post(ada, quote_policy=policy, visibility=Visibility.FOLLOWERS)
        allowed = {
            QuotePolicy.PUBLIC: {"ada", "bob", "eve"},
            QuotePolicy.FOLLOWERS: {"ada", "eve"},
            QuotePolicy.NOBODY: {"ada"},
        }[policy]
        people = (ada, bob, eve)
        single = {who.username for who in people if may_quote(who.id, await seen(build, who.id, post.id))}
        assert single == allowed
        page = await storage.timelines.account_posts(eve.id, eve.id, ALL)
        assert [may_quote(eve.id, entry) for entry in page.items] == ["eve" in allowed]
        assert not may_quote(eve.id, await seen(build, eve.id, closed.id))
        assert not may_quote(None, await seen(build, None, post.id))

    async def test_a_post_names_what_it_was_written_with(self, storage: Storage, build: Builder) -> None:
        (ada,) = await build.people("ada")
        application = await make_application(build)
        gone: dict[str, Any] = {"application_id": 1}
        plain, lost = await build.post(ada), await build.post(ada, **gone)
        post = await build.post(ada, quote_of_id=plain.id, application_id=application.id)
        page = await storage.timelines.public(None, ALL)
        expected = WrittenWith(application.name, application.website)
        assert [entry.application for entry in page.items] == [expected, None, None]
        assert (await stored(build, post)).application_id == application.id
        assert (await stored(build, lost)).application_id == 1

    async def test_an_account_knows_when_it_last_wrote_for_everybody(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob = await build.people("ada", "bob")

        async def last() -> int | None:
            account = await storage.accounts.get(ada.id)
            assert account is not None
            return account.last_post_at

        assert await last() is None
        await build.boost(ada, await build.post(bob))
        await build.post(ada, visibility=Visibility.FOLLOWERS)
        assert await last() is None
        newest = await build.post(ada, visibility=Visibility.UNLISTED)
        assert await last() == newest.created_at
        earlier = replace(build.draft(ada), created_at=newest.created_at - 60_000)
        await build.apply(AddPost(post=earlier))
        assert await last() == newest.created_at
        await build.apply(DeletePost(post=newest))
        assert await last() == newest.created_at
