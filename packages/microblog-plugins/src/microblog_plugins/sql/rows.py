"""From rows to structs and back: the columns in their order, and what builds an account, a post or an entry
of them.

This is a hot path: a page of twenty entries builds sixty structs. Rows are unpacked by position, texts become
enumeration members by one dictionary look-up, and an author who appears twice is built once.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from microblog_core.domain.accounts import Account, AccountState, Login, ProfileField, Role, Session
from microblog_core.domain.polls import Poll
from microblog_core.domain.posts import Delivery, Entry, Mention, Post, QuotePolicy, Visibility
from microblog_core.ports.operations import Job
from microblog_plugins.sql.dialect import exists
from microblog_plugins.sql.steps import Row

ACCOUNT = (
    "id username domain uri display_name bio bio_html fields bot indexable role state created_at posts_count"
    " followers_count"
    " following_count version"
).split()
POST = (
    "id account_id uri text html spoiler sensitive language visibility in_reply_to_id in_reply_to_account_id"
    " thread_id"
    " boost_of_id mentions tags poll_id quote_of_id quote_policy delivery created_at edited_at version"
    " replies_count boosts_count favourites_count quotes_count"
).split()
LOGIN = "account_id email password_hash locale default_visibility created_at password_changed_at".split()
SESSION = "token_hash account_id created_at expires_at user_agent".split()
SCHEDULED = "id account_id scheduled_at params error created_at".split()
JOB = "id kind key payload due_at created_at attempts state lease_until error".split()

ACCOUNT_WIDTH = len(ACCOUNT)
POST_WIDTH = len(POST)

_ROLES = {str(role): role for role in Role}
_STATES = {str(state): state for state in AccountState}
_LEVELS = {str(level): level for level in Visibility}
_DELIVERIES = {str(delivery): delivery for delivery in Delivery}
_POLICIES = {str(policy): policy for policy in QuotePolicy}
_fields_of = msgspec.json.Decoder(tuple[ProfileField, ...]).decode
_mentions_of = msgspec.json.Decoder(tuple[Mention, ...]).decode
tags_of = msgspec.json.Decoder(tuple[str, ...]).decode


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
        identifier, username, domain, uri, display_name, bio, bio_html, fields, bot, indexable, role, state,
        created_at, posts_count, followers_count, following_count, version,
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
        indexable=indexable == 1,
        role=_ROLES[role],
        state=_STATES[state],
        created_at=created_at,
        posts_count=posts_count,
        followers_count=followers_count,
        following_count=following_count,
        version=version,
    )


def post_of(row: Row, start: int = 0) -> Post:
    """A post of the columns `POST` that begin at `start`."""
    (
        identifier, account_id, uri, text, html, spoiler, sensitive, language, visibility, in_reply_to_id,
        in_reply_to_account_id, thread_id, boost_of_id, mentions, tags, poll_id, quote_of_id, quote_policy,
        delivery, created_at, edited_at, version, replies_count, boosts_count, favourites_count, quotes_count,
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
    return Login(**dict(zip(LOGIN, row[start : start + len(LOGIN)], strict=True)))


def session_of(row: Row, start: int = 0) -> Session:
    """A session of the columns `SESSION` that begin at `start`."""
    return Session(**dict(zip(SESSION, row[start : start + len(SESSION)], strict=True)))


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


def entry_of(
    row: Row,
    accounts: Mapping[int, Account],
    polls: Mapping[int, Poll],
    quoted: Mapping[int, Entry],
) -> Entry:
    """An entry of the columns that `entry_columns` names; `accounts` holds boosters and who is answered,
    where shown, `polls` the polls by id, `quoted` the quoted posts that are shown.
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
        poll=None if post.poll_id is None else polls.get(post.poll_id),
        quoted=None if post.quote_of_id is None else quoted.get(post.quote_of_id),
    )
