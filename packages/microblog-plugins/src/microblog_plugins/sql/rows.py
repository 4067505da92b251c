"""From rows to structs and back: the columns in their order, and what builds an account, a post or an entry
of them.

This is a hot path: a page of twenty entries builds sixty structs. Rows are unpacked by position, texts become
enumeration members by one dictionary look-up, and an author who appears twice is built once.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import msgspec
from msgspec.structs import replace

from microblog_core.domain.accounts import Account, AccountState, Login, ProfileField, Role, Session
from microblog_core.domain.media import Attachment, Focus, MediaKind, MediaState
from microblog_core.domain.polls import Poll
from microblog_core.domain.posts import (
    Delivery,
    Entry,
    Mention,
    Post,
    QuotePolicy,
    QuoteState,
    ReplyPolicy,
    Visibility,
    WrittenWith,
)
from microblog_core.domain.relations import FollowOptions
from microblog_core.ports.operations import Job, UpdateProfile
from microblog_plugins.sql.dialect import exists
from microblog_plugins.sql.steps import Row

ACCOUNT = (
    "id username domain uri display_name bio bio_html fields bot flags role state created_at posts_count"
    " followers_count"
    " following_count last_post_at version avatar avatar_description header header_description"
).split()
POST = (
    "id account_id uri text html spoiler sensitive language visibility in_reply_to_id in_reply_to_account_id"
    " thread_id"
    " boost_of_id mentions tags poll_id quote_of_id quote_policy quote_state reply_policy application_id"
    " members_of_id teaser_for_members delivery created_at edited_at version"
    " replies_count boosts_count favourites_count quotes_count attachments"
).split()
LOGIN = (
    "account_id email password_hash locale default_visibility default_sensitive default_language created_at"
    " password_changed_at email_confirmed_at timezone theme density motion"
).split()
SESSION = "token_hash account_id created_at expires_at user_agent address".split()
SCHEDULED = "id account_id scheduled_at params error created_at".split()
MEDIA = (
    "id account_id kind state stem content_type key preview_key width height preview_width preview_height"
    " description focus_x focus_y blurhash size created_at post_id scheduled_id error version"
).split()
JOB = "id kind key payload due_at created_at attempts state lease_until error trace".split()

# What people chose, in `accounts.flags`; whoever never chose has 0.
LOCKED, UNDISCOVERABLE, UNINDEXED, HIDES_COLLECTIONS = 1, 2, 4, 8

_CHOSEN = [
    {
        **({"locked": True} if flags & LOCKED else {}),
        **({"discoverable": False} if flags & UNDISCOVERABLE else {}),
        **({"indexable": False} if flags & UNINDEXED else {}),
        **({"hide_collections": True} if flags & HIDES_COLLECTIONS else {}),
    }
    for flags in range(16)
]
"""What differs from an account that never chose anything."""

ACCOUNTS_KEPT = 2000
ACCOUNT_WIDTH = len(ACCOUNT)
POST_WIDTH = len(POST)

_ROLES = {str(role): role for role in Role}
_STATES = {str(state): state for state in AccountState}
_LEVELS = {str(level): level for level in Visibility}
_DELIVERIES = {str(delivery): delivery for delivery in Delivery}
_POLICIES = {str(policy): policy for policy in QuotePolicy}
_QUOTE_STATES = {str(state): state for state in QuoteState}
_REPLY_POLICIES = {str(policy): policy for policy in ReplyPolicy}
_MEDIA_KINDS = {str(kind): kind for kind in MediaKind}
_MEDIA_STATES = {str(state): state for state in MediaState}
_fields_of = msgspec.json.Decoder(tuple[ProfileField, ...]).decode
_mentions_of = msgspec.json.Decoder(tuple[Mention, ...]).decode
tags_of = msgspec.json.Decoder(tuple[str, ...]).decode
attachments_of = msgspec.json.Decoder(tuple[Attachment, ...]).decode


def columns(names: list[str], alias: str) -> str:
    """The columns of a table as SQL text, in the order in which they are unpacked here."""
    return ", ".join(f"{alias}.{name}" for name in names)


def insert(table: str, names: list[str], ending: str = "") -> str:
    """An INSERT of one row whose parameters are named like its columns."""
    values = ", ".join(f":{name}" for name in names)
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({values}) {ending}".rstrip()


def as_json(value: object) -> str:
    """How tuples of structs or texts are stored in a column."""
    return msgspec.json.encode(value).decode() if value else "[]"


def account_of(row: Row, start: int = 0) -> Account:
    """An account of the columns `ACCOUNT` that begin at `start`."""
    return _account_of(row[start : start + ACCOUNT_WIDTH])


@lru_cache(ACCOUNTS_KEPT)
def _account_of(values: Row) -> Account:
    """The same people are in page after page; whoever changes has other values."""
    (
        identifier, username, domain, uri, display_name, bio, bio_html, fields, bot, flags, role, state,
        created_at, posts_count, followers_count, following_count, last_post_at, version,
        avatar, avatar_description, header, header_description,
    ) = values  # fmt: skip
    account = Account(
        id=identifier,
        username=username,
        domain=domain,
        uri=uri,
        display_name=display_name,
        bio=bio,
        bio_html=bio_html,
        fields=() if fields == "[]" else _fields_of(fields),
        bot=bot == 1,
        role=_ROLES[role],
        state=_STATES[state],
        created_at=created_at,
        posts_count=posts_count,
        followers_count=followers_count,
        following_count=following_count,
        last_post_at=last_post_at,
        version=version,
        avatar=avatar,
        avatar_description=avatar_description,
        header=header,
        header_description=header_description,
    )
    return replace(account, **_CHOSEN[flags]) if flags else account


def flags_of(chosen_by: Account | UpdateProfile, *, chosen: bool = False) -> int:
    """The flags of what is chosen; with `chosen` those of what was chosen in any way (None is no choice)."""
    pairs = (
        (LOCKED, chosen_by.locked, True),
        (UNDISCOVERABLE, chosen_by.discoverable, False),
        (UNINDEXED, chosen_by.indexable, False),
        (HIDES_COLLECTIONS, chosen_by.hide_collections, True),
    )
    return sum(flag for flag, value, when in pairs if (value is not None if chosen else value is when))


def post_of(row: Row, start: int = 0) -> Post:
    """A post of the columns `POST` that begin at `start`."""
    (
        identifier, account_id, uri, text, html, spoiler, sensitive, language, visibility, in_reply_to_id,
        in_reply_to_account_id, thread_id, boost_of_id, mentions, tags, poll_id, quote_of_id, quote_policy,
        quote_state, reply_policy, application_id, members_of_id, teaser_for_members, delivery, created_at,
        edited_at, version, replies_count, boosts_count, favourites_count, quotes_count, attachments,
    ) = row[start : start + POST_WIDTH]  # fmt: skip
    return Post(
        id=identifier,
        account_id=account_id,
        uri=uri,
        text=text,
        html=html,
        spoiler=spoiler,
        sensitive=sensitive == 1,
        language=language,
        visibility=_LEVELS[visibility],
        in_reply_to_id=in_reply_to_id,
        in_reply_to_account_id=in_reply_to_account_id,
        thread_id=thread_id,
        boost_of_id=boost_of_id,
        mentions=() if mentions == "[]" else _mentions_of(mentions),
        tags=() if tags == "[]" else tags_of(tags),
        poll_id=poll_id,
        quote_of_id=quote_of_id,
        quote_policy=_POLICIES[quote_policy],
        quote_state=_QUOTE_STATES[quote_state],
        reply_policy=_REPLY_POLICIES[reply_policy],
        application_id=application_id,
        members_of_id=members_of_id,
        teaser_for_members=teaser_for_members == 1,
        attachments=() if attachments == "[]" else attachments_of(attachments),
        delivery=_DELIVERIES[delivery],
        created_at=created_at,
        edited_at=edited_at,
        version=version,
        replies_count=replies_count,
        boosts_count=boosts_count,
        favourites_count=favourites_count,
        quotes_count=quotes_count,
    )


def login_of(row: Row, start: int = 0) -> Login:
    """A log-in of the columns `LOGIN` that begin at `start`."""
    values = dict(zip(LOGIN, row[start : start + len(LOGIN)], strict=True))
    return Login(**values | {"default_sensitive": values["default_sensitive"] == 1})


def session_of(row: Row, start: int = 0) -> Session:
    """A session of the columns `SESSION` that begin at `start`."""
    return Session(**dict(zip(SESSION, row[start : start + len(SESSION)], strict=True)))


def media_of(row: Row) -> Attachment:
    """A medium of the columns `MEDIA`."""
    values = dict(zip(MEDIA, row, strict=True))
    focus = Focus(values.pop("focus_x"), values.pop("focus_y"))
    values |= {"kind": _MEDIA_KINDS[values["kind"]], "state": _MEDIA_STATES[values["state"]]}
    return Attachment(**values, focus=focus)


def job_of(row: Row) -> Job:
    """A job of the columns `JOB`."""
    return Job(**dict(zip(JOB, row, strict=True)))


def languages_text(languages: tuple[str, ...]) -> str:
    """How the languages of a follow are stored: a blank before and after each one, or nothing for all."""
    return f" {' '.join(languages)} " if languages else ""


def options_values(options: FollowOptions) -> dict[str, object]:
    """The columns of a follow's options."""
    return {
        "boosts": options.boosts,
        "notify": options.notify,
        "languages": languages_text(options.languages),
    }


# Entries

OVERLAY_WIDTH = 4
FAVOURITED, BOOSTED, BOOKMARKED, PINNED, MUTED = 1, 2, 4, 8, 16
FOLLOWS_TAGS = 32
"""The viewer follows tags: the same in every row, so that a home timeline looks for them only where some
are.
"""
PULLS = 64
"""There are authors whose posts are found on reading: asked for in the same way."""
_QUOTES = 128
"""The viewer follows the author of a post that followers may quote."""
_MARKS = 256
_REPLIES = 512
"""The viewer stands to the author as the post's reply policy asks."""
_MARKED = BOOKMARKED | PINNED | MUTED
ENTRY_POST = OVERLAY_WIDTH
"""The shown post's id and revision."""
ENTRY_AUTHOR = ENTRY_POST + 2
"""Its author's."""
ENTRY_WIDTH = ENTRY_AUTHOR + 2


def _one_of(*bits: tuple[int, str]) -> str:
    """The sum of the bits whose condition holds."""
    return " + ".join(f"CASE WHEN {condition} THEN {bit} ELSE 0 END" for bit, condition in bits)


def _what_viewer_did(e: str) -> str:
    """One number with a bit for each thing: a column costs more than a condition.

    Whether the viewer marked anything at all is asked once for all rows: most people don't.
    """
    some = " OR ".join(
        f"EXISTS (SELECT 1 FROM {table} WHERE account_id = :viewer)"
        for table in ("bookmarks", "pins", "thread_mutes")
    )
    tags = "EXISTS (SELECT 1 FROM tag_follows WHERE account_id = :viewer)"
    pulled = "EXISTS (SELECT 1 FROM accounts WHERE pulled)"
    anything = f"(SELECT {_one_of((FOLLOWS_TAGS, tags), (PULLS, pulled), (_MARKS, f'({some})'))})"
    marks = _one_of(
        (BOOKMARKED, exists("bookmarks k", f"k.post_id = {e}.id AND k.account_id = :viewer")),
        (PINNED, exists("pins k", f"k.post_id = {e}.id AND k.account_id = :viewer")),
        (MUTED, exists("thread_mutes k", f"k.account_id = :viewer AND k.thread_id = {e}.thread_id")),
    )
    follows = exists("follows f", f"f.follower_id = :viewer AND f.followee_id = {e}.account_id")
    followed = exists("follows f", f"f.follower_id = {e}.account_id AND f.followee_id = :viewer")
    done = _one_of(
        (FAVOURITED, exists("favourites f", f"f.post_id = {e}.id AND f.account_id = :viewer")),
        (BOOSTED, exists("posts o", f"o.boost_of_id = {e}.id AND o.account_id = :viewer")),
        (_QUOTES, f"{e}.quote_policy = 'followers' AND {follows}"),
        (
            _REPLIES,
            f"{e}.reply_policy <> 'public' AND ({e}.reply_policy = 'followers' AND {follows}"
            f" OR {e}.reply_policy = 'followed' AND {followed})",
        ),
    )
    # Who marked nothing and follows no tags is done with the first look, where nobody is pulled.
    marked = f"{anything} + CASE WHEN {anything} >= {_MARKS} THEN {marks} ELSE 0 END"
    return f"{done} + CASE WHEN {anything} = 0 THEN 0 ELSE {marked} END"


def entry_columns(viewer: bool, p: str = "p", e: str = "e", a: str = "a") -> str:
    """What a statement of entries selects: `p` is the line of the listing, `e` the post that it shows, `a`
    its author. The post and its author are only named; `kept` has them.
    """
    booster = "NULL" if p == e else f"CASE WHEN {p}.boost_of_id IS NULL THEN NULL ELSE {p}.account_id END"
    overlay = f"{p}.id, {booster}, {p}.created_at, {_what_viewer_did(e) if viewer else '0'}"
    return f"{overlay}, {e}.id, {e}.revision, {a}.id, {a}.revision"


class Attached(msgspec.Struct):
    """What comes with the posts of a page, each by its id: boosters and who is answered, where shown, polls,
    the entries that are quoted and shown, and applications.
    """

    people: Mapping[int, Account]
    polls: Mapping[int, Poll]
    applications: Mapping[int, WrittenWith]
    quoted: Mapping[int, Entry] = {}


def _hides_quote(post: Post) -> bool:
    return post.quote_of_id is None or post.quote_state is QuoteState.REVOKED


def follows_tags(row: Row) -> bool:
    """Whether the viewer of these rows of entries follows tags."""
    return bool(row[3] & FOLLOWS_TAGS)


def any_pulled(row: Row) -> bool:
    """Whether anybody's posts are found on reading, as these rows of entries say."""
    return bool(row[3] & PULLS)


def entry_of(row: Row, post: Post, author: Account, attached: Attached) -> Entry:
    """An entry of the columns that `entry_columns` names."""
    booster, done, answered = row[1], row[3], post.in_reply_to_account_id
    entry = Entry(
        id=row[0],
        post=post,
        author=author,
        boosted_by=None if booster is None else attached.people[booster],
        boosted_at=None if booster is None else row[2],
        replied_to=None if answered is None else attached.people.get(answered),
        favourited=done & FAVOURITED != 0,
        boosted=done & BOOSTED != 0,
        poll=None if post.poll_id is None else attached.polls.get(post.poll_id),
        quoted=None if _hides_quote(post) else attached.quoted.get(post.quote_of_id or 0),
        quotes_as_follower=done & _QUOTES != 0,
        replies_as_chosen=done & _REPLIES != 0,
        application=None if post.application_id is None else attached.applications.get(post.application_id),
    )
    if not done & _MARKED:
        return entry
    return replace(
        entry,
        bookmarked=done & BOOKMARKED != 0,
        pinned=done & PINNED != 0,
        muted=done & MUTED != 0,
    )
