"""What search needs to be kept: the words of posts and of people's names.

PostgreSQL keeps words with their places in a column of its own kind. In SQLite `post_words` has the words and
`post_search` (FTS5) their index, which writes a piece of the file each time that a savepoint begins; so the
posts of a group wait in a temporary table, and the writer indexes them all at once in front of the COMMIT.
The words are stored since an index entry is removed by the very words that it was made of.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from microblog_core.domain.posts import Post
from microblog_core.domain.search import post_words
from microblog_core.domain.words import name_words
from microblog_plugins.sql.dialect import Dialect
from microblog_plugins.sql.steps import Steps

WAITING = "CREATE TEMPORARY TABLE IF NOT EXISTS posts_to_index (id INTEGER PRIMARY KEY)"
"""What a connection that writes to SQLite must have."""
_WAIT = "INSERT INTO posts_to_index (id) VALUES (:id) ON CONFLICT DO NOTHING"
_INDEX = (
    "INSERT INTO post_search (rowid, words)"
    " SELECT w.id, w.words FROM posts_to_index q CROSS JOIN post_words w WHERE w.id = q.id"
)
_REMOVE = (
    "INSERT INTO post_search (post_search, rowid, words) SELECT 'delete', w.id, w.words FROM post_words w"
    " WHERE w.id = :id AND NOT EXISTS (SELECT 1 FROM posts_to_index q WHERE q.id = w.id)"
)
_POST_WORDS = "INSERT INTO post_words (id, words) VALUES (:id, :words)"
_POST_VECTOR = "INSERT INTO post_words (id, words) VALUES (:id, CAST(CAST(:words AS TEXT) AS TSVECTOR))"
_AGAIN = " ON CONFLICT (id) DO UPDATE SET words = excluded.words"

PLACES_MAX = 16_383
"""The last place that PostgreSQL tells apart."""


def vector(words: Iterable[str]) -> str:
    """Words with their places, as PostgreSQL reads a `tsvector`."""
    places: dict[str, list[str]] = {}
    for place, word in enumerate(words, 1):
        places.setdefault(word, []).append(str(min(place, PLACES_MAX)))
    return " ".join(f"'{word}':{','.join(found)}" for word, found in places.items())


def stored_words(dialect: Dialect, post: Post) -> str:
    """The words of a post as they are stored."""
    words = post_words(post)
    return " ".join(words) if dialect.has_fts5 else vector(words)


def index_post(dialect: Dialect, post: Post) -> Steps[None]:
    """A new post can be found."""
    if post.boost_of_id is not None:
        return
    values = {"id": post.id, "words": stored_words(dialect, post)}
    if dialect.has_fts5:
        yield _POST_WORDS, values
        yield _WAIT, values
    else:
        yield _POST_VECTOR, values


def reindex_post(dialect: Dialect, post: Post) -> Steps[None]:
    """An edited post is found by its new words, no longer by its old ones."""
    if post.boost_of_id is not None:
        return
    values = {"id": post.id, "words": stored_words(dialect, post)}
    if dialect.has_fts5:
        yield _REMOVE, values
        yield f"{_POST_WORDS}{_AGAIN}", values
        yield _WAIT, values
    else:
        yield f"{_POST_VECTOR}{_AGAIN}", values


def forget_post(dialect: Dialect, post_id: int) -> Steps[None]:
    """A post that is deleted is found no longer."""
    values = {"id": post_id}
    if dialect.has_fts5:
        yield _REMOVE, values
        yield "DELETE FROM posts_to_index WHERE id = :id", values
    yield "DELETE FROM post_words WHERE id = :id", values


def index_waiting() -> Steps[None]:
    """Index what waits (SQLite, once before each COMMIT)."""
    if (yield "SELECT 1 FROM posts_to_index LIMIT 1", {}):
        yield _INDEX, {}
        yield "DELETE FROM posts_to_index", {}


def name_account(dialect: Dialect, account_id: int, names: Sequence[str]) -> Steps[None]:
    """Somebody new is found by these names."""
    statement = (
        "INSERT INTO account_words (word, account_id)"
        f" SELECT value, CAST(:id AS BIGINT) FROM {dialect.unpacked('words', 'TEXT')}"
    )
    yield statement, {"id": account_id, "words": dialect.texts(sorted(name_words(*names)))}


def rename_account(dialect: Dialect, account_id: int, names: Sequence[str]) -> Steps[None]:
    """Somebody is found by these names alone."""
    yield "DELETE FROM account_words WHERE account_id = :id", {"id": account_id}
    yield from name_account(dialect, account_id, names)
