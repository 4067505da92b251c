"""Quotes in memory: taking them back, who may quote, and reading them."""

from __future__ import annotations

from msgspec.structs import replace

from microblog_core.domain.errors import Conflict
from microblog_core.domain.posts import OPEN_VISIBILITIES, Entry, QuoteState
from microblog_core.domain.timelines import Listing, Page
from microblog_core.memory.account_reads import sight_of
from microblog_core.memory.post_reads import EntryReads
from microblog_core.memory.tables import Tables
from microblog_core.memory.visibility import in_listing
from microblog_core.ports.operations import RevokeQuote, SetQuotePolicy


def revoke_quote(tables: Tables, operation: RevokeQuote) -> None:
    """Nobody is shown any more what a post quotes; guard `exists`."""
    post = tables.posts.get(operation.post.id)
    quoted = None if post is None or post.quote_of_id is None else tables.posts.get(post.quote_of_id)
    if post is None or quoted is None or quoted.account_id != operation.account_id:
        raise Conflict("There is no such quote.", guard="exists")
    if post.quote_state is QuoteState.REVOKED:
        return
    tables.posts.put(post.id, replace(post, quote_state=QuoteState.REVOKED))
    if post.visibility in OPEN_VISIBILITIES:
        quoted = tables.posts.rows[quoted.id]
        tables.posts.put(quoted.id, replace(quoted, quotes_count=quoted.quotes_count - 1))


def set_quote_policy(tables: Tables, operation: SetQuotePolicy) -> None:
    """Who may quote a post from now on; guard `exists`."""
    post = tables.posts.get(operation.post.id)
    if post is None:
        raise Conflict("The post is gone.", guard="exists")
    tables.posts.put(post.id, replace(post, quote_policy=operation.policy))


class QuoteReads(EntryReads):
    """A `ports.quotes.QuoteReader`."""

    async def of(self, viewer: int | None, post_id: int, page: Page) -> Listing[Entry]:
        """The posts that quote a post, newest first."""
        sight = sight_of(self._tables, viewer)
        quoted = self._seen(sight, post_id)
        return self._listing(
            sight,
            page,
            lambda post, _: (
                quoted is not None
                and post.quote_of_id == quoted.id
                and post.quote_state is QuoteState.ACCEPTED
                and in_listing(sight, post)
            ),
        )
