"""From the domain to entities: how accounts, posts and what happened look to the one who asks.

One presenter serves one request. Accounts, which come again and again, are made once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from urllib.parse import quote

from msgspec import UNSET, Raw, UnsetType

from microblog_api import entities
from microblog_api.attachments import attachment_of
from microblog_api.cards import card_of
from microblog_api.filtered import filter_result
from microblog_api.names import KINDS, VISIBILITY_NAMES, group_key, moment
from microblog_api.people import PeoplePresenter
from microblog_api.status_json import write_statuses
from microblog_core.domain.announcements import AnnouncementEntry
from microblog_core.domain.conversations import Conversation
from microblog_core.domain.link_previews import LinkPreview, may_have_link
from microblog_core.domain.media import Attachment
from microblog_core.domain.notifications import NotificationEntry
from microblog_core.domain.polls import Poll
from microblog_core.domain.posts import (
    OPEN_VISIBILITIES,
    Entry,
    Post,
    PostEdit,
    QuotePolicy,
    QuoteState,
    ReplyPolicy,
    Visibility,
    WrittenWith,
    may_quote,
)
from microblog_core.domain.replies import may_reply

_APPROVED = {QuotePolicy.PUBLIC: ["public"], QuotePolicy.FOLLOWERS: ["followers"], QuotePolicy.NOBODY: []}
_quoted = lru_cache(4096)(quote)


def _application(found: WrittenWith | None) -> entities.StatusApplication | None:
    return (
        None if found is None else entities.StatusApplication(name=found.name, website=found.website or None)
    )


def _for_members(post: Post) -> entities.ForMembers | UnsetType:
    only = post.visibility is Visibility.MEMBERS
    if not only and not post.teaser_for_members:
        return UNSET
    return entities.ForMembers(members_only=only, teaser_for_members=post.teaser_for_members)


class Presenter(PeoplePresenter):
    """Makes all entities for one request."""

    __slots__ = ()

    def status(self, entry: Entry) -> entities.Status:
        """A line of a listing: the post, or the boost with the post inside."""
        post = entry.post
        status = self._post(entry, post)
        if entry.boosted_by is None:
            return status
        return self._boost(entry, status)

    def statuses(self, entries: Iterable[Entry]) -> list[entities.Status]:
        """Several of them, in order."""
        return [self.status(entry) for entry in entries]

    def written(self, entries: Iterable[Entry]) -> Raw:
        """Several of them as ready JSON: the same, and faster."""
        return write_statuses(self, self._kept, entries)

    def _post(self, entry: Entry, post: Post) -> entities.Status:
        number = str(post.id)
        account = self.account(entry.author)
        url = f"{account.url}/{number}"
        seen = self.viewer is not None
        answered = post.in_reply_to_account_id
        preview = None if self.previews is None else self.previews.get(post.id)
        status = entities.Status(
            id=number,
            created_at=moment(post.created_at),
            in_reply_to_id=None if post.in_reply_to_id is None else str(post.in_reply_to_id),
            in_reply_to_account_id=None if answered is None else str(answered),
            sensitive=post.sensitive,
            spoiler_text=post.spoiler,
            visibility=VISIBILITY_NAMES[post.visibility],
            language=post.language or None,
            uri=post.uri or url,
            url=url,
            replies_count=post.replies_count,
            reblogs_count=post.boosts_count,
            favourites_count=post.favourites_count,
            quotes_count=post.quotes_count,
            edited_at=None if post.edited_at is None else moment(post.edited_at),
            content=self.html(post.html),
            reblog=None,
            account=account,
            media_attachments=self.attachments(post.attachments) if post.attachments else [],
            mentions=self._mentions(post) if post.mentions else [],
            tags=[entities.StatusTag(name=tag, url=self.tag_url(tag)) for tag in post.tags]
            if post.tags
            else [],
            emojis=self._emojis_of(post, entry.poll),
            card=None if preview is None else card_of(preview, self.file),
            poll=None if entry.poll is None else self.poll(entry.poll),
            quote=None if post.quote_of_id is None else self._quote(entry),
            quote_approval=self._approval(entry),
            reply_approval=UNSET if post.reply_policy is ReplyPolicy.PUBLIC else self._answers(entry),
            application=_application(entry.application),
            x_microblog=_for_members(post),
            favourited=entry.favourited if seen else UNSET,
            reblogged=entry.boosted if seen else UNSET,
            muted=entry.muted if seen else UNSET,
            bookmarked=entry.bookmarked if seen else UNSET,
            pinned=entry.pinned if seen and post.account_id == self.viewer else UNSET,
            filtered=[filter_result(match) for match in entry.filtered] if seen else UNSET,
        )
        if self.previews is None and may_have_link(post):
            self.linked.append((post, status))
        return status

    def put_previews(self, previews: Mapping[int, LinkPreview]) -> None:
        """Give the statuses that were made before they were known the previews of their links."""
        for post, status in self.linked:
            if (preview := previews.get(post.id)) is not None:
                status.card = card_of(preview, self.file)

    def _emojis_of(self, post: Post, poll: Poll | None) -> list[entities.CustomEmoji]:
        options = () if poll is None else [option.title for option in poll.options]
        return self.emojis_in(post.spoiler, post.text, *options)

    def _mentions(self, post: Post) -> list[entities.StatusMention]:
        return [
            entities.StatusMention(
                id=str(mention.account_id),
                username=mention.username,
                acct=mention.acct,
                url=f"{self._base}/@{mention.acct}",
            )
            for mention in post.mentions
        ]

    def poll(self, poll: Poll) -> entities.Poll:
        """A poll, with what may be known of its results now."""
        shown, seen = poll.shown_at(self._now), self.viewer is not None
        return entities.Poll(
            id=str(shown.id),
            expires_at=moment(shown.expires_at),
            expired=shown.has_ended(self._now),
            multiple=shown.multiple,
            votes_count=shown.votes_count,
            voters_count=shown.voters_count,
            options=[
                entities.PollOption(title=option.title, votes_count=option.votes_count)
                for option in shown.options
            ],
            emojis=self.emojis_in(*(option.title for option in shown.options)),
            voted=shown.voted if seen else UNSET,
            own_votes=list(shown.own_votes) if seen else UNSET,
        )

    def _quote(self, entry: Entry) -> entities.Quote:
        """What is quoted; a post that is gone, or that the viewer may not see, is only said to be so."""
        if entry.post.quote_state is QuoteState.REVOKED:
            return entities.Quote(state="revoked", quoted_status=None)
        if entry.quoted is None:
            return entities.Quote(state="unauthorized", quoted_status=None)
        return entities.Quote(state="accepted", quoted_status=self.status(entry.quoted))

    def _approval(self, entry: Entry) -> entities.QuoteApproval:
        """Who may quote the post; nobody is asked each time here."""
        is_open = entry.post.visibility in OPEN_VISIBILITIES
        return entities.QuoteApproval(
            automatic=_APPROVED[entry.post.quote_policy] if is_open else [],
            manual=[],
            current_user="automatic" if may_quote(self.viewer, entry) else "denied",
        )

    def _answers(self, entry: Entry) -> entities.ReplyApproval:
        """Who may reply to a post that not everybody may reply to."""
        may = "automatic" if may_reply(self.viewer, entry) else "denied"
        return entities.ReplyApproval(
            policy=str(entry.post.reply_policy), current_user="unknown" if self.viewer is None else may
        )

    def _boost(self, entry: Entry, inner: entities.Status) -> entities.Status:
        """A boost has an id, an author and a time of its own, and otherwise what it boosts."""
        assert entry.boosted_by is not None
        account = self.account(entry.boosted_by)
        number = str(entry.id)
        url = f"{account.url}/{number}"
        return entities.Status(
            id=number,
            created_at=moment(entry.boosted_at or entry.post.created_at),
            in_reply_to_id=None,
            in_reply_to_account_id=None,
            sensitive=inner.sensitive,
            spoiler_text=inner.spoiler_text,
            visibility=inner.visibility,
            language=inner.language,
            uri=url,
            url=url,
            replies_count=inner.replies_count,
            reblogs_count=inner.reblogs_count,
            favourites_count=inner.favourites_count,
            quotes_count=inner.quotes_count,
            quote_approval=inner.quote_approval,
            reply_approval=inner.reply_approval,
            application=None,
            edited_at=None,
            content=inner.content,
            reblog=inner,
            account=account,
            media_attachments=[],
            mentions=inner.mentions,
            tags=inner.tags,
            emojis=inner.emojis,
            favourited=inner.favourited,
            reblogged=inner.reblogged,
            muted=inner.muted,
            bookmarked=inner.bookmarked,
            filtered=inner.filtered,
        )

    def edits(self, entry: Entry, edits: Sequence[PostEdit]) -> list[entities.StatusEdit]:
        """All versions of a post, oldest first."""
        return [
            entities.StatusEdit(
                content=self.html(edit.html),
                spoiler_text=edit.spoiler,
                sensitive=edit.sensitive,
                created_at=moment(edit.created_at),
                account=self.account(entry.author),
                media_attachments=self.attachments(edit.attachments),
                emojis=self.emojis_in(edit.spoiler, edit.text),
            )
            for edit in edits
        ]

    def conversation(self, conversation: Conversation) -> entities.Conversation:
        """One of the viewer's conversations."""
        return entities.Conversation(
            id=str(conversation.id),
            unread=conversation.unread,
            accounts=self.accounts(conversation.accounts),
            last_status=self.status(conversation.last),
        )

    def announcement(self, entry: AnnouncementEntry, tags: Iterable[str]) -> entities.Announcement:
        """What is announced; `tags` are the hashtags in its text."""
        found = entry.announcement
        shown = moment(max(found.created_at, found.starts_at or 0))
        return entities.Announcement(
            id=str(found.id),
            content=self.html(found.html),
            starts_at=None if found.starts_at is None else moment(found.starts_at),
            ends_at=None if found.ends_at is None else moment(found.ends_at),
            all_day=False,
            published_at=shown,
            updated_at=shown,
            mentions=[],
            statuses=[],
            tags=[entities.StatusTag(name=tag, url=self.tag_url(tag)) for tag in dict.fromkeys(tags)],
            emojis=self.emojis_in(found.text),
            reactions=[
                entities.Reaction(name=each.name, count=each.count, me=each.me) for each in entry.reactions
            ],
            read=entry.read,
        )

    def notification(self, entry: NotificationEntry) -> entities.Notification:
        """Something that happened to the viewer."""
        kind = KINDS[entry.kind]
        return entities.Notification(
            id=str(entry.id),
            type=kind,
            created_at=moment(entry.created_at),
            group_key=group_key(entry),
            account=self.account(entry.actor),
            status=UNSET if entry.entry is None else self.status(entry.entry),
        )

    def attachment(self, attachment: Attachment) -> entities.MediaAttachment:
        """A picture, ready or not."""
        return attachment_of(attachment, self.file)

    def attachments(self, attachments: Iterable[Attachment]) -> list[entities.MediaAttachment]:
        """Several of them, in order."""
        return [attachment_of(each, self.file) for each in attachments]

    def tag_url(self, tag: str) -> str:
        """Where a hashtag's posts are."""
        return f"{self._base}/tags/{_quoted(tag)}"
