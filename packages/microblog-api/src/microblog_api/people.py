"""People as entities: accounts as everybody may see them, the own one, and how one stands to somebody."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from microblog_api import entities
from microblog_api.names import day, moment, visibility_name
from microblog_api.status_json import KEPT, Kept, bounded
from microblog_core.domain.accounts import Account, Login, Role
from microblog_core.domain.announcements import CustomEmoji
from microblog_core.domain.emojis import NO_EMOJIS, Emojis
from microblog_core.domain.link_previews import LinkPreview
from microblog_core.domain.posts import Post
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


def _inline(html: str) -> str:
    """A single paragraph without its tags, as values on profiles are shown."""
    inner = html.removeprefix("<p>").removesuffix("</p>")
    return html if "<p>" in inner else inner


def _field_texts(account: Account) -> Iterable[str]:
    return [text for field in account.fields for text in (field.name, field.value)]


class PeoplePresenter:
    """Makes entities for `viewer` (an account id, None for anonymous); addresses begin with `base_url`, `now`
    is Unix milliseconds. `file_url` says where the file of a key is, as a blob store's `url` does. `kept` is
    shared by presenters with the same `base_url`, `file_url` and `emojis`, which are the site's.

    `previews` are those of posts' links where somebody asked for them before; else what has links is noted in
    `linked`, and gets them afterwards.
    """

    __slots__ = ("_base", "_emojis", "_file_url", "_kept", "_now", "linked", "previews", "viewer")

    def __init__(
        self,
        base_url: str,
        viewer: int | None,
        now: int,
        file_url: Callable[[str], str],
        kept: Kept | None = None,
        emojis: Emojis = NO_EMOJIS,
    ) -> None:
        self._base = base_url
        self.viewer = viewer
        self._now = now
        self._file_url = file_url
        self._kept = Kept() if kept is None else kept
        self._emojis = emojis
        self.previews: Mapping[int, LinkPreview] | None = None
        self.linked: list[tuple[Post, entities.Status]] = []

    def account(self, account: Account) -> entities.Account:
        """Somebody, as everybody may see them."""
        accounts = self._kept.accounts
        made = accounts.get(account)
        if made is None:
            bounded(accounts, KEPT)
            made = accounts[account] = entities.Account(**self._account(account))
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
            "last_status_at": None if account.last_post_at is None else day(account.last_post_at),
            "hide_collections": account.hide_collections,
            "noindex": False,
            "emojis": self.emojis_in(account.display_name, account.bio, *_field_texts(account)),
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

    def emojis_in(self, *texts: str) -> list[entities.CustomEmoji]:
        """The site's emojis that stand in these texts."""
        return [self.emoji(each) for each in self._emojis.found_in(*texts)] if self._emojis else []

    def emoji(self, emoji: CustomEmoji) -> entities.CustomEmoji:
        """A custom emoji."""
        return entities.CustomEmoji(
            shortcode=emoji.shortcode,
            url=self.file(emoji.picture_key),
            static_url=self.file(emoji.static_key),
            visible_in_picker=emoji.visible_in_picker,
            category=emoji.category or None,
        )

    def _picture(self, key: str, default: str) -> str:
        """An account's picture, or the one of people who have none."""
        return self.file(key) if key else f"{self._base}{PICTURES}/{default}.png"

    def file(self, key: str) -> str:
        """The whole address of a file."""
        url = self._file_url(key)
        return f"{self._base}{url}" if url.startswith("/") else url

    def html(self, html: str) -> str:
        """Stored HTML with whole addresses: where the site's own is taken from each request, links to people
        and tags are stored without it. Quotes in people's texts are escaped, so this finds nothing else.
        """
        return html.replace('href="/', f'href="{self._base}/') if 'href="/' in html else html
