"""Search: what people ask for, and what is found.

What people type is never a query of a database: it is read here into words, and storages are given words
alone.
"""

from __future__ import annotations

import enum
import re

import msgspec

from microblog_core.domain.accounts import Account
from microblog_core.domain.posts import Entry, Post
from microblog_core.domain.tags import Hashtag
from microblog_core.domain.words import asked_words, words_of

QUERY_LENGTH = 400
TERMS_MAX = 16
SEARCH_MAX = 40

_TERM = re.compile(r'(-?)(?:"([^"]*)"?|([^\s"]+))')


class SearchKind(enum.StrEnum):
    """What is looked for."""

    ACCOUNTS = "accounts"
    POSTS = "posts"
    TAGS = "tags"


class Term(msgspec.Struct, frozen=True):
    """Words that stand one after another; with `prefix` the last one may go on."""

    words: tuple[str, ...]
    prefix: bool = False


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """What a post must hold and must not; `author` is the name after `from:` (`ada`, `ada@example.org`,
    `me`).
    """

    wanted: tuple[Term, ...] = ()
    unwanted: tuple[Term, ...] = ()
    author: str = ""


class PostSearch(msgspec.Struct, frozen=True, kw_only=True):
    """Which posts to find: by words, author, and only by people that the viewer follows."""

    wanted: tuple[Term, ...] = ()
    unwanted: tuple[Term, ...] = ()
    author_id: int | None = None
    following: bool = False


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What a search found."""

    accounts: tuple[Account, ...] = ()
    posts: tuple[Entry, ...] = ()
    tags: tuple[Hashtag, ...] = ()


def parse_query(text: str) -> Query:
    """Read what was typed: words, "phrases", `-without`, `from:name`. Whatever is no word is left out."""
    wanted: list[Term] = []
    unwanted: list[Term] = []
    author = ""
    for sign, phrase, plain in _TERM.findall(text[:QUERY_LENGTH]):
        if plain.casefold().startswith("from:") and not sign:
            author = plain[5:].removeprefix("@")
            continue
        words, prefix = asked_words(phrase or plain)
        terms = unwanted if sign else wanted
        if words and len(terms) < TERMS_MAX:
            terms.append(Term(words, prefix))
    return Query(wanted=tuple(wanted), unwanted=tuple(unwanted), author=author)


def author_word(account_id: int) -> str:
    """The word by which the posts of an account are found; no text holds one like it."""
    return f"_a{account_id}"


def post_words(post: Post) -> list[str]:
    """The words that a post is found by: its author's, those of its content warning and of its text."""
    if post.boost_of_id is not None:
        return []
    return [author_word(post.account_id), *words_of(post.spoiler), *words_of(post.text)]
