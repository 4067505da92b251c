"""Posts, boosts, edits and visibility. A boost is a post of its own that names the boosted one.

Moments are Unix milliseconds in UTC; lengths are in characters (code points).
"""

from __future__ import annotations

import enum

import msgspec

from microblog_core.domain.accounts import Account, clean_line, clean_text, is_blank
from microblog_core.domain.errors import Invalid
from microblog_core.domain.filters import FilterMatch
from microblog_core.domain.media import Attachment
from microblog_core.domain.polls import Poll

POST_LENGTH = 500
SPOILER_LENGTH = 100
TAG_LENGTH = 100
MENTIONS_MAX = 30
TAGS_MAX = 30


class Visibility(enum.StrEnum):
    """Who may see a post.

    `public`: everybody, in every listing. `unlisted`: everybody, but not in public listings. `followers`: the
    author's followers and the people named. `members`: the author's paying members; answers to such posts are
    for the same people. `direct`: the people named.
    """

    PUBLIC = "public"
    UNLISTED = "unlisted"
    FOLLOWERS = "followers"
    MEMBERS = "members"
    DIRECT = "direct"


OPEN_VISIBILITIES = (Visibility.PUBLIC, Visibility.UNLISTED)
"""The levels that everybody may see; only these are counted and may be boosted."""

_ORDER = {level: index for index, level in enumerate(Visibility)}


def narrower(left: Visibility, right: Visibility) -> Visibility:
    """The one of two levels that fewer people may see (a reply is never wider than what it answers)."""
    return left if _ORDER[left] >= _ORDER[right] else right


class QuotePolicy(enum.StrEnum):
    """Who may quote a public or unlisted post: everybody, the author's followers, nobody. Authors always
    may.
    """

    PUBLIC = "public"
    FOLLOWERS = "followers"
    NOBODY = "nobody"


class ReplyPolicy(enum.StrEnum):
    """Who may answer a post, among those who may see it: everybody, the author's followers, whom the author
    follows, whom it names, nobody. Authors always may; whom it names may wherever anybody else may.
    """

    PUBLIC = "public"
    FOLLOWERS = "followers"
    FOLLOWED = "followed"
    MENTIONED = "mentioned"
    NOBODY = "nobody"


class QuoteState(enum.StrEnum):
    """Whether a post shows what it quotes: yes, or its author took it back."""

    ACCEPTED = "accepted"
    REVOKED = "revoked"


class Delivery(enum.StrEnum):
    """How a post gets into home timelines: as rows written on publishing, or merged in on reading."""

    ROWS = "rows"
    PULLED = "pulled"


class WrittenWith(msgspec.Struct, frozen=True):
    """The application that a post was written with; `website` may be empty."""

    name: str
    website: str = ""


class Mention(msgspec.Struct, frozen=True):
    """Somebody named in a post, as spelled at that time."""

    account_id: int
    username: str
    domain: str = ""

    @property
    def acct(self) -> str:
        """`ada` for a local account, `ada@example.org` for a remote one."""
        return f"{self.username}@{self.domain}" if self.domain else self.username


class Post(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True):
    """A post, or a boost (`boost_of_id` set; then text, mentions and tags are empty).

    `text` is the source as written, `html` the rendered and sanitised content, `tags` are case folded.
    `attachments` are its pictures in their order, as the post's version shows them. `thread_id` is the id of
    the post that began the thread. `version` grows with each edit. Counts: `replies_count`, `boosts_count`
    and `quotes_count` count public and unlisted ones only. The post that `quote_of_id` names may be gone;
    where `quote_state` is `revoked`, nobody is shown it. `application_id` is what it was written with.
    `members_of_id` is whose members see a post for members, where they aren't its author's. A
    `teaser_for_members` is what others see of what is for members alone, which is its author's answer to it.
    """

    id: int
    account_id: int
    uri: str = ""
    text: str = ""
    html: str = ""
    spoiler: str = ""
    sensitive: bool = False
    language: str = ""
    visibility: Visibility = Visibility.PUBLIC
    in_reply_to_id: int | None = None
    in_reply_to_account_id: int | None = None
    thread_id: int
    boost_of_id: int | None = None
    mentions: tuple[Mention, ...] = ()
    tags: tuple[str, ...] = ()
    poll_id: int | None = None
    quote_of_id: int | None = None
    quote_policy: QuotePolicy = QuotePolicy.PUBLIC
    quote_state: QuoteState = QuoteState.ACCEPTED
    reply_policy: ReplyPolicy = ReplyPolicy.PUBLIC
    application_id: int | None = None
    members_of_id: int | None = None
    teaser_for_members: bool = False
    attachments: tuple[Attachment, ...] = ()
    delivery: Delivery = Delivery.ROWS
    created_at: int
    edited_at: int | None = None
    version: int = 1
    replies_count: int = 0
    boosts_count: int = 0
    favourites_count: int = 0
    quotes_count: int = 0


class PostEdit(msgspec.Struct, frozen=True, kw_only=True):
    """How a post looked at one version, from `created_at` of that version on."""

    post_id: int
    version: int
    text: str
    html: str
    spoiler: str
    sensitive: bool
    created_at: int
    attachments: tuple[Attachment, ...] = ()


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a listing: a post with its author, as a certain viewer sees it.

    `id` is what the listing pages by: the boost's id where somebody boosted it, else the post's. The booleans
    say what the viewer did; they are False for anonymous viewers. `pinned` is about own posts, `muted` about
    the whole thread. `replied_to` is the author of the post answered, where the viewer may see them. `quoted`
    is the post that is quoted, without what that one quotes; it is None where it is gone or was taken back,
    or the viewer may not see it or does not want it. `quotes_as_follower`: the viewer follows the author of a
    post that followers may quote; `replies_as_chosen`: they stand to its author as its `reply_policy` asks.
    `application` is what it was written with, where that is known. `filtered`
    says which of the viewer's filters match, where they were asked.
    """

    id: int
    post: Post
    author: Account
    boosted_by: Account | None = None
    boosted_at: int | None = None
    replied_to: Account | None = None
    favourited: bool = False
    boosted: bool = False
    bookmarked: bool = False
    pinned: bool = False
    muted: bool = False
    poll: Poll | None = None
    quoted: Entry | None = None
    quotes_as_follower: bool = False
    replies_as_chosen: bool = False
    application: WrittenWith | None = None
    filtered: tuple[FilterMatch, ...] = ()


class Marked(msgspec.Struct, frozen=True):
    """A post in a list of bookmarks or favourites; `id` is the mark's, by which the list pages."""

    id: int
    entry: Entry


class Thread(msgspec.Struct, frozen=True):
    """A post with what it answers (oldest first) and what answers it (depth first, oldest first)."""

    ancestors: tuple[Entry, ...]
    entry: Entry
    descendants: tuple[Entry, ...]
    more: bool = False


def check_post(
    text: str, spoiler: str, *, limit: int = POST_LENGTH, may_be_empty: bool = False
) -> tuple[str, str]:
    """Return clean text and content warning; raises `Invalid` with the fields `text` and `spoiler`.

    A text of nothing that can be seen is empty, which only a post with pictures may be.
    """
    text, spoiler = clean_text(text).strip(), clean_line(spoiler)
    fields: dict[str, str] = {}
    if is_blank(text):
        text = ""
    if not text and not may_be_empty:
        fields["text"] = "Write something first."
    elif len(text) + len(spoiler) > limit:
        fields["text"] = f"Use at most {limit} characters; these are {len(text) + len(spoiler)}."
    if len(spoiler) > SPOILER_LENGTH:
        fields["spoiler"] = f"Use at most {SPOILER_LENGTH} characters."
    if fields:
        raise Invalid(fields=fields)
    return text, spoiler


def may_quote(viewer: int | None, entry: Entry) -> bool:
    """Whether the viewer may quote a post, as the storage decides it when they do."""
    post = entry.post
    if viewer is None or post.visibility not in OPEN_VISIBILITIES:
        return False
    return (
        post.account_id == viewer
        or post.quote_policy is QuotePolicy.PUBLIC
        or (post.quote_policy is QuotePolicy.FOLLOWERS and entry.quotes_as_follower)
    )


def check_quote_policy(value: str) -> QuotePolicy:
    """Read a policy from the wire; raises `Invalid` with the field `quote_approval_policy`."""
    try:
        return QuotePolicy(value)
    except ValueError:
        names = ", ".join(QuotePolicy)
        raise Invalid(fields={"quote_approval_policy": f"Choose one of {names}."}) from None


def check_visibility(value: str) -> Visibility:
    """Read a level from the wire; raises `Invalid` with the field `visibility`."""
    try:
        return Visibility(value)
    except ValueError:
        levels = ", ".join(Visibility)
        raise Invalid(fields={"visibility": f"Choose one of {levels}."}) from None
