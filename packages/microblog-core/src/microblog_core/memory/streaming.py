"""Whom of those who listen a post is for, in the storage in memory."""

from __future__ import annotations

from collections.abc import Callable, Collection

from microblog_core.domain.posts import Post
from microblog_core.memory.account_reads import sight_of
from microblog_core.memory.list_tags import tags_on
from microblog_core.memory.lists import members_of
from microblog_core.memory.post_reads import EntryReads
from microblog_core.memory.visibility import (
    Sight,
    in_home,
    in_list,
    in_listing,
    in_public,
    in_tag,
    wants_account,
)
from microblog_core.ports.streaming import Audience, Listening, Shown


class StreamReads(EntryReads):
    """A `ports.streaming.StreamReader`."""

    async def audience(self, line_id: int, listening: Listening) -> Audience:
        """Whose listings show this post or boost, if they were read now."""
        post = self._post(line_id)
        if post is None:
            return Audience()
        boosted = self._post(post.boost_of_id)

        def home(sight: Sight) -> bool:
            followed = self._follows_one(sight, post.tags)
            return in_home(sight, post, boosted) or (followed and in_public(sight, post))

        def of_list(sight: Sight, list_id: int) -> bool:
            policy = self._tables.lists.rows[list_id].replies_policy
            members = members_of(self._tables, list_id)
            tagged = not tags_on(self._tables, list_id).isdisjoint(post.tags)
            by_member = in_list(sight, post, boosted, members=members, policy=policy)
            return by_member or (tagged and in_public(sight, post))

        return self._audience(listening, boosted or post, home, lambda sight: in_tag(sight, post), of_list)

    async def reach(self, account_id: int, tags: Collection[str], listening: Listening) -> Audience:
        """Whose listings may have shown a post of this account with these tags, which is gone."""

        def home(sight: Sight) -> bool:
            near = account_id == sight.viewer or account_id in sight.follows
            return (near or self._follows_one(sight, tags)) and wants_account(sight, account_id)

        def of_list(sight: Sight, list_id: int) -> bool:
            member = account_id in members_of(self._tables, list_id)
            near = member or not tags_on(self._tables, list_id).isdisjoint(tags)
            return near and wants_account(sight, account_id)

        return self._audience(listening, None, home, lambda sight: wants_account(sight, account_id), of_list)

    def _audience(
        self,
        listening: Listening,
        post: Post | None,
        home: Callable[[Sight], bool],
        public: Callable[[Sight], bool],
        of_list: Callable[[Sight, int], bool],
    ) -> Audience:
        sights = {viewer: sight_of(self._tables, viewer) for viewer in (*listening.home, *listening.public)}
        owners = {
            list_id: sight_of(self._tables, owner)
            for list_id, owner in listening.lists.items()
            if list_id in self._tables.lists and self._tables.lists.rows[list_id].account_id == owner
        }
        anonymous = sight_of(self._tables, None)
        return Audience(
            home={each: self._shown(sights[each], post) for each in listening.home if home(sights[each])},
            public={
                each: self._shown(sights[each], post) for each in listening.public if public(sights[each])
            },
            anonymous=self._shown(anonymous, post) if listening.anonymous and public(anonymous) else None,
            lists={
                list_id: self._shown(sight, post)
                for list_id, sight in owners.items()
                if of_list(sight, list_id)
            },
        )

    def _follows_one(self, sight: Sight, tags: Collection[str]) -> bool:
        viewer = sight.viewer or 0
        return any((viewer, tag) in self._tables.tag_follows for tag in tags)

    def _shown(self, sight: Sight, post: Post | None) -> Shown:
        quoted = None if post is None else post.quote_of_id
        found = self._post(quoted)
        return Shown(
            quote=quoted is None or (found is not None and in_listing(sight, found)),
            filters=any(each.account_id == sight.viewer for each in self._tables.filters.rows.values()),
        )
