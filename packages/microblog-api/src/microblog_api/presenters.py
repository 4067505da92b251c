"""From the domain to entities: how accounts, posts and what happened look to the one who asks.

One presenter serves one request. It makes each account once, however often it occurs in a page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any
from urllib.parse import quote

from msgspec import UNSET

from microblog_api import entities
from microblog_api.attachments import attachment_of
from microblog_api.names import KINDS, VISIBILITY_NAMES, group_key, moment, visibility_name
from microblog_core.domain.accounts import Account, Login, Role
from microblog_core.domain.announcements import AnnouncementEntry
from microblog_core.domain.conversations import Conversation
from microblog_core.domain.filters import Filter, FilterMatch
from microblog_core.domain.media import Attachment
from microblog_core.domain.notifications import NotificationEntry
from microblog_core.domain.polls import Poll
from microblog_core.domain.posts import Entry, Post, PostEdit
from microblog_core.domain.relations import FollowOptions, Relationship

PICTURES = "/api/pictures"
"""Below it are the pictures of people who have none: clients insist on an address."""

_ROLES = {
    Role.MEMBER: ("-99", "", "65536"),
    Role.MODERATOR: ("1", "Moderator", "1084"),
    Role.ADMINISTRATOR: ("2", "Admin", "983036"),
    Role.OWNER: ("3", "Owner", "1"),
}
"""Id, name and permissions (https://docs.joinmastodon.org/entities/Role/#permission-flags)."""
_NO_OPTIONS = FollowOptions(boosts=False)


def filter_entity(found: Filter) -> entities.Filter:
    """A filter without what it holds: so statuses name it."""
    return entities.Filter(
        id=str(found.id),
        title=found.title,
        context=[str(context) for context in found.context],
        expires_at=None if found.expires_at is None else moment(found.expires_at),
        filter_action=str(found.action),
    )


def filter_result(match: FilterMatch) -> entities.FilterResult:
    """Why a status is filtered."""
    return entities.FilterResult(
        filter=filter_entity(match.filter),
        keyword_matches=list(match.keywords) or None,
        status_matches=[str(post_id) for post_id in match.post_ids] or None,
    )


def _inline(html: str) -> str:
    """A single paragraph without its tags, as values on profiles are shown."""
    inner = html.removeprefix("<p>").removesuffix("</p>")
    return html if "<p>" in inner else inner


class Presenter:
    """Makes entities for `viewer` (an account id, None for anonymous); addresses begin with `base_url`, `now`
    is Unix milliseconds. `file_url` says where the file of a key is, as a blob store's `url` does.
    """

    __slots__ = ("_accounts", "_base", "_file_url", "_now", "_viewer")

    def __init__(self, base_url: str, viewer: int | None, now: int, file_url: Callable[[str], str]) -> None:
        self._base = base_url
        self._viewer = viewer
        self._now = now
        self._file_url = file_url
        self._accounts: dict[int, entities.Account] = {}

    def account(self, account: Account) -> entities.Account:
        """Somebody, as everybody may see them."""
        made = self._accounts.get(account.id)
        if made is None:
            made = self._accounts[account.id] = entities.Account(**self._account(account))
        return made

    def accounts(self, accounts: Iterable[Account]) -> list[entities.Account]:
        """Several of them, in order."""
        return [self.account(account) for account in accounts]

    def _account(self, account: Account) -> dict[str, Any]:
        url = f"{self._base}/@{account.acct}"
        avatar = self._picture(account.avatar, "avatar")
        header = self._picture(account.header, "header")
        return {
            "id": str(account.id),
            "username": account.username,
            "acct": account.acct,
            "display_name": account.display_name,
            "locked": account.locked,
            "bot": account.bot,
            "discoverable": account.discoverable,
            "indexable": account.indexable,
            "group": False,
            "created_at": moment(account.created_at),
            "note": self.html(account.bio_html),
            "url": url,
            "uri": account.uri or url,
            "avatar": avatar,
            "avatar_static": avatar,
            "header": header,
            "header_static": header,
            "followers_count": account.followers_count,
            "following_count": account.following_count,
            "statuses_count": account.posts_count,
            "last_status_at": None,
            "hide_collections": account.hide_collections,
            "noindex": False,
            "emojis": [],
            "roles": [],
            "fields": [
                entities.Field(name=field.name, value=_inline(self.html(field.html)))
                for field in account.fields
            ],
        }

    def muted_account(self, account: Account, expires_at: int | None) -> entities.MutedAccount:
        """Somebody muted, until `expires_at` (Unix milliseconds), or for ever."""
        ends = None if expires_at is None else moment(expires_at)
        return entities.MutedAccount(**self._account(account), mute_expires_at=ends)

    def own_account(self, account: Account, login: Login, requests: int = 0) -> entities.CredentialAccount:
        """The own account with its sources and defaults; `requests` wait to follow."""
        number, name, permissions = _ROLES[account.role]
        return entities.CredentialAccount(
            **self._account(account),
            source=entities.Source(
                privacy=visibility_name(login.default_visibility),
                sensitive=login.default_sensitive,
                language=login.default_language or None,
                note=account.bio,
                fields=[entities.Field(name=field.name, value=field.value) for field in account.fields],
                follow_requests_count=requests,
                hide_collections=account.hide_collections,
                discoverable=account.discoverable,
                indexable=account.indexable,
            ),
            role=entities.Role(
                id=number, name=name, permissions=permissions, color="", highlighted=bool(name)
            ),
        )

    def preferences(self, login: Login) -> entities.Preferences:
        """The own defaults."""
        return entities.Preferences(
            visibility=visibility_name(login.default_visibility),
            sensitive=login.default_sensitive,
            language=login.default_language or None,
        )

    def relationship(self, relation: Relationship) -> entities.Relationship:
        """How the viewer stands to somebody."""
        options = relation.options or _NO_OPTIONS
        until = relation.mute_expires_at
        return entities.Relationship(
            id=str(relation.account_id),
            following=relation.following,
            showing_reblogs=options.boosts,
            notifying=options.notify,
            languages=list(options.languages) or None,
            followed_by=relation.followed_by,
            blocking=relation.blocking,
            blocked_by=relation.blocked_by,
            muting=relation.muting,
            muting_notifications=relation.muting_notifications,
            muting_expires_at=None if until is None else moment(until),
            requested=relation.requested,
            requested_by=relation.requested_by,
            domain_blocking=relation.domain_blocking,
            endorsed=relation.endorsed,
            note=relation.note,
        )

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

    def _post(self, entry: Entry, post: Post) -> entities.Status:
        base = self._base
        number = str(post.id)
        account = self.account(entry.author)
        url = f"{account.url}/{number}"
        seen = self._viewer is not None
        answered = post.in_reply_to_account_id
        return entities.Status(
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
            media_attachments=self.attachments(post.attachments),
            mentions=[
                entities.StatusMention(
                    id=str(mention.account_id),
                    username=mention.username,
                    acct=mention.acct,
                    url=f"{base}/@{mention.acct}",
                )
                for mention in post.mentions
            ],
            tags=[entities.StatusTag(name=tag, url=self.tag_url(tag)) for tag in post.tags],
            emojis=[],
            poll=None if entry.poll is None else self.poll(entry.poll),
            quote=None if post.quote_of_id is None else self._quote(entry),
            favourited=entry.favourited if seen else UNSET,
            reblogged=entry.boosted if seen else UNSET,
            muted=entry.muted if seen else UNSET,
            bookmarked=entry.bookmarked if seen else UNSET,
            pinned=entry.pinned if seen and post.account_id == self._viewer else UNSET,
            filtered=[filter_result(match) for match in entry.filtered] if seen else UNSET,
        )

    def poll(self, poll: Poll) -> entities.Poll:
        """A poll, with what may be known of its results now."""
        shown, seen = poll.shown_at(self._now), self._viewer is not None
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
            emojis=[],
            voted=shown.voted if seen else UNSET,
            own_votes=list(shown.own_votes) if seen else UNSET,
        )

    def _quote(self, entry: Entry) -> entities.Quote:
        """What is quoted; a post that is gone, or that the viewer may not see, is only said to be so."""
        if entry.quoted is None:
            return entities.Quote(state="unauthorized", quoted_status=None)
        return entities.Quote(state="accepted", quoted_status=self.status(entry.quoted))

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
            edited_at=None,
            content=inner.content,
            reblog=inner,
            account=account,
            media_attachments=[],
            mentions=inner.mentions,
            tags=inner.tags,
            emojis=[],
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
                emojis=[],
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
            emojis=[],
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
        return attachment_of(attachment, self._address)

    def attachments(self, attachments: Iterable[Attachment]) -> list[entities.MediaAttachment]:
        """Several of them, in order."""
        return [attachment_of(each, self._address) for each in attachments]

    def _picture(self, key: str, default: str) -> str:
        """An account's picture, or the one of people who have none."""
        return self._address(key) if key else f"{self._base}{PICTURES}/{default}.png"

    def _address(self, key: str) -> str:
        """The whole address of a file."""
        url = self._file_url(key)
        return f"{self._base}{url}" if url.startswith("/") else url

    def tag_url(self, tag: str) -> str:
        """Where a hashtag's posts are."""
        return f"{self._base}/tags/{quote(tag)}"

    def html(self, html: str) -> str:
        """Stored HTML with whole addresses: where the site's own is taken from each request, links to people
        and tags are stored without it. Quotes in people's texts are escaped, so this finds nothing else.
        """
        return html.replace('href="/', f'href="{self._base}/') if 'href="/' in html else html
