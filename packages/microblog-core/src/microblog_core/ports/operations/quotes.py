"""Operations on quotes."""

from __future__ import annotations

from microblog_core.domain.posts import Post, QuotePolicy
from microblog_core.ports.operations.base import Operation
from microblog_core.ports.operations.posts import keys_of


class RevokeQuote(Operation, frozen=True, kw_only=True):
    """Nobody is shown any more what `post` quotes; it counts no more. Guard: `exists` (the post is gone, or
    quotes nothing of `account_id`). Doing it again changes nothing.
    """

    post: Post
    account_id: int

    def changed(self) -> tuple[str, ...]:
        """The listings that the quoting post appears in, and the post that it quotes."""
        return keys_of(self.post)


class SetQuotePolicy(Operation, frozen=True, kw_only=True):
    """Who may quote a post from now on; no version of its history. Guard: `exists`."""

    post: Post
    policy: QuotePolicy

    def changed(self) -> tuple[str, ...]:
        """The listings that the post appears in."""
        return keys_of(self.post)
