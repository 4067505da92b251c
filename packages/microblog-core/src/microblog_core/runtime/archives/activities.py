"""What posts look like in an archive: ActivityStreams, as Mastodon writes it into outbox.json.

Beside it stands `source` (ActivityPub, section 3.3), the text as it was written: whoever reads that need not
guess it from HTML. Moments are ISO 8601 in UTC, with milliseconds where there are some.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from microblog_core.domain.accounts import Account
from microblog_core.domain.media import Attachment
from microblog_core.domain.polls import Poll
from microblog_core.domain.posts import Entry, Post, Visibility

CONTEXT: list[Any] = [
    "https://www.w3.org/ns/activitystreams",
    {
        "toot": "http://joinmastodon.org/ns#",
        "sensitive": "as:sensitive",
        "Hashtag": "as:Hashtag",
        "votersCount": "toot:votersCount",
        "blurhash": "toot:blurhash",
        "focalPoint": {"@container": "@list", "@id": "toot:focalPoint"},
        "quote": "https://w3id.org/fep/044f#quote",
    },
]
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
MEMBERS = "/members"
"""The end of the address of those who only members may see; nobody else knows it, so nobody shows them to
more people.
"""


def moment(milliseconds: int) -> str:
    """A moment as archives have it."""
    seconds, rest = divmod(milliseconds, 1000)
    text = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{rest:03d}Z" if rest else f"{text}Z"


def actor_uri(base_url: str, account: Account) -> str:
    """Who somebody is in an archive."""
    return account.uri or f"{base_url}/@{account.username}"


def post_uri(base_url: str, post: Post, author: Account) -> str:
    """What a post calls itself in an archive."""
    return post.uri or f"{base_url}/@{author.username}/{post.id}"


def media_name(attachment: Attachment) -> str:
    """Where the file of a picture lies in an archive."""
    return f"media_attachments/files/{attachment.key}"


def activity_of(base_url: str, account: Account, entry: Entry) -> dict[str, Any]:
    """One line of an account's outbox: a post of its own, or a boost."""
    actor = actor_uri(base_url, account)
    if entry.boosted_by is not None:
        return _boost(base_url, actor, entry)
    post = entry.post
    uri = post_uri(base_url, post, entry.author)
    to, cc = _addressed(base_url, actor, post)
    return {
        "id": f"{uri}/activity",
        "type": "Create",
        "actor": actor,
        "published": moment(post.created_at),
        "to": to,
        "cc": cc,
        "object": _note(base_url, actor, entry, uri, (to, cc)),
    }


def _boost(base_url: str, actor: str, entry: Entry) -> dict[str, Any]:
    post = entry.post
    return {
        "id": f"{actor}/boosts/{entry.id}/activity",
        "type": "Announce",
        "actor": actor,
        "published": moment(entry.boosted_at or post.created_at),
        "to": [PUBLIC],
        "cc": [f"{actor}/followers"],
        "object": post_uri(base_url, post, entry.author),
    }


def _addressed(base_url: str, actor: str, post: Post) -> tuple[list[str], list[str]]:
    followers = f"{actor}/followers"
    named = [f"{base_url}/@{mention.acct}" for mention in post.mentions]
    if post.visibility is Visibility.PUBLIC:
        return [PUBLIC], [followers, *named]
    if post.visibility is Visibility.UNLISTED:
        return [followers], [PUBLIC, *named]
    if post.visibility is Visibility.FOLLOWERS:
        return [followers], named
    if post.visibility is Visibility.MEMBERS:
        return [f"{actor}{MEMBERS}"], named
    return named, []


def _note(
    base_url: str, actor: str, entry: Entry, uri: str, addressed: tuple[list[str], list[str]]
) -> dict[str, Any]:
    post = entry.post
    note: dict[str, Any] = {
        "id": uri,
        "type": "Note" if entry.poll is None else "Question",
        "summary": post.spoiler or None,
        "inReplyTo": None,
        "published": moment(post.created_at),
        "url": uri,
        "attributedTo": actor,
        "to": addressed[0],
        "cc": addressed[1],
        "sensitive": post.sensitive,
        "content": post.html,
        "source": {"content": post.text, "mediaType": "text/plain"},
        "attachment": [_document(each) for each in post.attachments],
        "tag": _tags(base_url, post),
    }
    if post.in_reply_to_id is not None:
        author = entry.replied_to or (entry.author if _answers_self(post) else None)
        name = author.username if author is not None else "unknown"
        note["inReplyTo"] = f"{base_url}/@{name}/{post.in_reply_to_id}"
    if post.language:
        note["contentMap"] = {post.language: post.html}
    if post.edited_at is not None:
        note["updated"] = moment(post.edited_at)
    if entry.quoted is not None:
        note["quote"] = post_uri(base_url, entry.quoted.post, entry.quoted.author)
    if entry.poll is not None:
        note |= _question(entry.poll)
    return note


def _answers_self(post: Post) -> bool:
    return post.in_reply_to_account_id == post.account_id


def _document(attachment: Attachment) -> dict[str, Any]:
    return {
        "type": "Document",
        "mediaType": attachment.content_type,
        "url": f"/{media_name(attachment)}",
        "name": attachment.description or None,
        "blurhash": attachment.blurhash,
        "focalPoint": [attachment.focus.x, attachment.focus.y],
        "width": attachment.width,
        "height": attachment.height,
    }


def _tags(base_url: str, post: Post) -> list[dict[str, str]]:
    host = base_url.partition("://")[2]
    named = [
        {
            "type": "Mention",
            "href": f"{base_url}/@{mention.acct}",
            "name": f"@{mention.username}@{mention.domain or host}",
        }
        for mention in post.mentions
    ]
    tags = [{"type": "Hashtag", "href": f"{base_url}/tags/{tag}", "name": f"#{tag}"} for tag in post.tags]
    return named + tags


def _question(poll: Poll) -> dict[str, Any]:
    options = [
        {
            "type": "Note",
            "name": option.title,
            "replies": {"type": "Collection", "totalItems": option.votes_count or 0},
        }
        for option in poll.options
    ]
    return {
        "anyOf" if poll.multiple else "oneOf": options,
        "endTime": moment(poll.expires_at),
        "votersCount": poll.voters_count,
    }


def collection(name: str) -> tuple[bytes, bytes]:
    """What stands before and after the entries of a collection; the number of them comes between as text."""
    head = b'{"@context":"https://www.w3.org/ns/activitystreams","id":"%s","type":"OrderedCollection",'
    return head % name.encode() + b'"orderedItems":[', b'],"totalItems":%d}'


def person_of(base_url: str, account: Account, avatar: str, header: str) -> dict[str, Any]:
    """The archive's actor.json. `avatar` and `header` are names of files in the archive, empty for none."""
    actor = actor_uri(base_url, account)
    person: dict[str, Any] = {
        "@context": CONTEXT,
        "id": actor,
        "type": "Service" if account.bot else "Person",
        "preferredUsername": account.username,
        "name": account.display_name,
        "summary": account.bio_html,
        "source": {"content": account.bio, "mediaType": "text/plain"},
        "url": actor,
        "published": moment(account.created_at),
        "manuallyApprovesFollowers": account.locked,
        "discoverable": account.discoverable,
        "indexable": account.indexable,
        "followers": f"{actor}/followers",
        "outbox": "outbox.json",
        "likes": "likes.json",
        "bookmarks": "bookmarks.json",
        "attachment": [
            {"type": "PropertyValue", "name": each.name, "value": each.html, "source": each.value}
            for each in account.fields
        ],
    }
    for place, name in (("icon", avatar), ("image", header)):
        if name:
            person[place] = {"type": "Image", "url": name}
    return person
