"""Reading polls in the storage in memory."""

from __future__ import annotations

from collections.abc import Sequence

from microblog_core.domain.posts import Entry
from microblog_core.memory.account_reads import sight_of
from microblog_core.memory.post_reads import EntryReads


class PollReads(EntryReads):
    """A `ports.storage.PollReader`."""

    async def post_of(self, viewer: int | None, poll_id: int) -> Entry | None:
        """The post of a poll, if the viewer may see it."""
        poll = self._tables.polls.get(poll_id)
        sight = sight_of(self._tables, viewer)
        post = None if poll is None else self._seen(sight, poll.post_id)
        return None if post is None else self._entry(sight, post)

    async def whose(self, poll_id: int) -> tuple[int, int] | None:
        """The author's and the post's id of a poll; nothing of the post is shown."""
        poll = self._tables.polls.get(poll_id)
        post = None if poll is None else self._post(poll.post_id)
        return None if post is None else (post.account_id, post.id)

    async def voters(self, poll_id: int, after: int, limit: int) -> Sequence[tuple[int, int]]:
        """Pairs of (vote's id, voter's account id), oldest first."""
        found = [(vote.id, pair[1]) for pair, vote in self._tables.votes.rows.items() if pair[0] == poll_id]
        return sorted(pair for pair in found if pair[0] > after)[:limit]
