"""Reading conversations in the storage in memory."""

from __future__ import annotations

from microblog_core.domain.conversations import Conversation
from microblog_core.domain.posts import Entry, Post
from microblog_core.domain.timelines import Listing, Page
from microblog_core.memory.account_reads import sight_of
from microblog_core.memory.paging import cut, mapped
from microblog_core.memory.post_reads import EntryReads
from microblog_core.memory.tables import Talk
from microblog_core.memory.visibility import Sight, in_listing, sees_account


class ConversationReads(EntryReads):
    """A `ports.storage.ConversationReader`."""

    async def page(self, viewer: int, page: Page) -> Listing[Conversation]:
        """The viewer's conversations, newest post first."""
        sight, posts = sight_of(self._tables, viewer), self._tables.posts.rows
        theirs = [
            talk
            for talk in self._tables.talks.rows.values()
            if talk.account_id == viewer and in_listing(sight, posts[talk.last_post_id])
        ]
        return mapped(
            cut(theirs, page, lambda talk: talk.last_post_id),
            lambda talk: self._shown(sight, talk, posts[talk.last_post_id]),
        )

    async def get(self, viewer: int, conversation_id: int) -> Conversation | None:
        """One of the viewer's conversations."""
        sight, talk = sight_of(self._tables, viewer), self._tables.talks.get(conversation_id)
        if talk is None or talk.account_id != viewer:
            return None
        last = self._tables.posts.rows[talk.last_post_id]
        return self._shown(sight, talk, last) if in_listing(sight, last) else None

    async def direct(self, viewer: int, page: Page) -> Listing[Entry]:
        """All direct posts by the viewer and for the viewer."""
        sight, filed = sight_of(self._tables, viewer), self._tables.direct.rows
        return self._listing(
            sight, page, lambda post, _: (viewer, post.id) in filed and in_listing(sight, post)
        )

    def _shown(self, sight: Sight, talk: Talk, last: Post) -> Conversation:
        others = [int(other) for other in talk.participants.split(",") if other]
        return Conversation(
            id=talk.id,
            unread=talk.unread,
            accounts=tuple(
                self._tables.accounts.rows[other]
                for other in others
                if other in self._tables.accounts and sees_account(sight, other)
            ),
            last=self._entry(sight, last),
        )
