"""From rows to structs and back: the columns in their order, and what builds an account, a post or an entry
of them.

This is a hot path: a page of twenty entries builds sixty structs. Rows are unpacked by position, texts become
enumeration members by one dictionary look-up, and an author who appears twice is built once.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from microblog_core.domain.accounts import Account, AccountState, Login, ProfileField, Role, Session
from microblog_core.domain.media import Attachment, Focus, MediaKind, MediaState
from microblog_core.domain.posts import Delivery, Entry, Mention, Post, Visibility
from microblog_core.ports.operations import Job
from microblog_plugins.sql.dialect import exists
from microblog_plugins.sql.steps import Row

ACCOUNT = (
    "id username domain uri display_name bio bio_html fields bot role state created_at posts_count"
    " followers_count"
    " following_count version avatar avatar_description header header_description"
).split()
POST = (
    "id account_id uri text html spoiler sensitive language visibility in_reply_to_id in_reply_to_account_id"
    " thread_id"
    " boost_of_id mentions tags delivery created_at edited_at version replies_count boosts_count"
    " favourites_count attachments"
).split()
LOGIN = "account_id email password_hash locale default_visibility created_at password_changed_at".split()
SESSION = "token_hash account_id created_at expires_at user_agent".split()
MEDIA = (
    "id account_id kind state stem content_type key preview_key width height preview_width preview_height"
    " description focus_x focus_y blurhash size created_at post_id error version"
).split()
JOB = "id kind key payload due_at created_at attempts state lease_until error".split()

ACCOUNT_WIDTH = len(ACCOUNT)
POST_WIDTH = len(POST)

_ROLES = {str(role): role for role in Role}
_STATES = {str(state): state for state in AccountState}
_LEVELS = {str(level): level for level in Visibility}
_DELIVERIES = {str(delivery): delivery for delivery in Delivery}
_MEDIA_KINDS = {str(kind): kind for kind in MediaKind}
_MEDIA_STATES = {str(state): state for state in MediaState}
_fields_of = msgspec.json.Decoder(tuple[ProfileField, ...]).decode
_mentions_of = msgspec.json.Decoder(tuple[Mention, ...]).decode
_tags_of = msgspec.json.Decoder(tuple[str, ...]).decode
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
    (
        identifier, username, domain, uri, display_name, bio, bio_html, fields, bot, role, state, created_at,
        posts_count, followers_count, following_count, version,
        avatar, avatar_description, header, header_description,
    ) = row[start : start + ACCOUNT_WIDTH]  # fmt: skip
    return Account(
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
        version=version,
        avatar=avatar,
        avatar_description=avatar_description,
        header=header,
        header_description=header_description,
    )


def post_of(row: Row, start: int = 0) -> Post:
    """A post of the columns `POST` that begin at `start`."""
    (
        identifier, account_id, uri, text, html, spoiler, sensitive, language, visibility, in_reply_to_id,
        in_reply_to_account_id, thread_id, boost_of_id, mentions, tags, delivery, created_at, edited_at,
        version,
        replies_count, boosts_count, favourites_count, attachments,
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
        tags=() if tags == "[]" else _tags_of(tags),
        attachments=() if attachments == "[]" else attachments_of(attachments),
        delivery=_DELIVERIES[delivery],
        created_at=created_at,
        edited_at=edited_at,
        version=version,
        replies_count=replies_count,
        boosts_count=boosts_count,
        favourites_count=favourites_count,
    )


def login_of(row: Row, start: int = 0) -> Login:
    """A log-in of the columns `LOGIN` that begin at `start`."""
    return Login(**dict(zip(LOGIN, row[start : start + len(LOGIN)], strict=True)))


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


# Entries

OVERLAY_WIDTH = 5
ENTRY_POST = OVERLAY_WIDTH
ENTRY_AUTHOR = OVERLAY_WIDTH + POST_WIDTH


def entry_columns(viewer: bool, p: str = "p", e: str = "e", a: str = "a") -> str:
    """What a statement of entries selects: `p` is the line of the listing, `e` the post that it shows, `a`
    its author.
    """
    favourited = boosted = "0"
    if viewer:
        favourited = exists("favourites f", f"f.post_id = {e}.id AND f.account_id = :viewer")
        boosted = exists("posts o", f"o.boost_of_id = {e}.id AND o.account_id = :viewer")
    booster = "NULL" if p == e else f"CASE WHEN {p}.boost_of_id IS NULL THEN NULL ELSE {p}.account_id END"
    overlay = f"{p}.id, {booster}, {p}.created_at, {favourited}, {boosted}"
    return f"{overlay}, {columns(POST, e)}, {columns(ACCOUNT, a)}"


def entry_of(row: Row, accounts: Mapping[int, Account]) -> Entry:
    """An entry of the columns that `entry_columns` names; `accounts` holds boosters and who is answered,
    where shown.
    """
    booster = row[1]
    post = post_of(row, ENTRY_POST)
    answered = post.in_reply_to_account_id
    return Entry(
        id=row[0],
        post=post,
        author=accounts[post.account_id],
        boosted_by=None if booster is None else accounts[booster],
        boosted_at=None if booster is None else row[2],
        replied_to=None if answered is None else accounts.get(answered),
        favourited=row[3] == 1,
        boosted=row[4] == 1,
    )
