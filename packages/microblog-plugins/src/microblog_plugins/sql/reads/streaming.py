"""Whom of those who listen a post is for: the conditions of `visibility`, asked for all of them at once.

Each kind of listener is a branch of one UNION, whose rows are (kind, id, whether the quoted post is seen,
whether there are filters).
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable
from typing import Any

from microblog_core.domain.lists import RepliesPolicy
from microblog_core.ports.streaming import Audience, Listening, Shown
from microblog_plugins.sql.dialect import Dialect, exists
from microblog_plugins.sql.reads.found import SHOWN
from microblog_plugins.sql.steps import Reader, Row, Steps, reads
from microblog_plugins.sql.visibility import (
    account_near,
    account_shown,
    account_wanted,
    entry_home,
    entry_in_list,
    for_each,
    post_listed,
    post_public,
)

HOME, PUBLIC, ANONYMOUS, LIST = range(4)
_VIEWER = "unpacked.value"
_FILTERS = exists("filters f", "f.account_id = :viewer")


def _one_if(condition: str) -> str:
    return f"CASE WHEN {condition} THEN 1 ELSE 0 END"


def _how(viewer: bool) -> str:
    """The columns of `Shown`."""
    quoted = exists(
        "posts q CROSS JOIN accounts z",
        f"q.id = e.quote_of_id AND z.id = q.account_id AND {post_listed('q', 'z', viewer)}",
    )
    quote = _one_if(f"e.quote_of_id IS NULL OR {quoted}")
    return f"{quote}, {_one_if(_FILTERS) if viewer else '0'}"


@functools.cache
def _audience(dialect: Dialect) -> str:
    """For `:line`, a post or boost."""

    def line(listeners: str = "") -> str:
        source = f"posts p CROSS JOIN posts e CROSS JOIN accounts a{listeners}"
        return f"{source} WHERE p.id = :line AND {SHOWN}"

    def listening(parameter: str) -> str:
        return line(f" CROSS JOIN {dialect.unpacked(parameter)}")

    tagged = exists(
        "post_tags x CROSS JOIN tag_follows y",
        "x.post_id = p.id AND y.account_id = :viewer AND y.tag = x.tag",
    )
    home = f"({entry_home()} OR (p.listed AND {tagged} AND {post_public('p', 'a', True)}))"
    public = "p.visibility = 'public' AND p.boost_of_id IS NULL"
    member = exists("list_members n", "n.list_id = o.id AND n.account_id = p.account_id")
    in_list = " OR ".join(
        f"o.replies_policy = '{policy}' AND {entry_in_list(policy)}" for policy in RepliesPolicy
    )
    on_list = exists(
        "post_tags x CROSS JOIN list_tags y", "x.post_id = p.id AND y.list_id = o.id AND y.tag = x.tag"
    )
    by_tag = f"p.listed AND {on_list} AND {post_public('p', 'a', True)}"
    lists = f"{dialect.among('o.id', 'lists')} AND ({member} AND ({in_list}) OR {by_tag})"
    return " UNION ALL ".join(
        (
            for_each(f"SELECT {HOME}, {_VIEWER}, {_how(True)} FROM {listening('home')} AND {home}", _VIEWER),
            for_each(
                f"SELECT {PUBLIC}, {_VIEWER}, {_how(True)} FROM {listening('public')} AND {public}"
                f" AND {post_public('p', 'a', True)}",
                _VIEWER,
            ),
            f"SELECT {ANONYMOUS}, 0, {_how(False)} FROM {line()} AND {public}"
            f" AND {post_public('p', 'a', False)}",
            for_each(
                f"SELECT {LIST}, o.id, {_how(True)} FROM {line(' CROSS JOIN lists o')} AND {lists}",
                "o.account_id",
                "o.id",
            ),
        )
    )


@functools.cache
def _reach(dialect: Dialect) -> str:
    """For the author `:account` of a post that is gone, and its `:tags`."""
    wanted = f"{account_shown('a', True)} AND {account_wanted('a.id', True)}"
    tagged = exists("tag_follows y", f"y.account_id = :viewer AND {dialect.among_texts('y.tag', 'tags')}")
    member = exists("list_members n", "n.list_id = o.id AND n.account_id = a.id")
    on_list = exists("list_tags y", f"y.list_id = o.id AND {dialect.among_texts('y.tag', 'tags')}")
    author = "a.id = :account"

    def listeners(kind: int, parameter: str, condition: str) -> str:
        source = f"accounts a CROSS JOIN {dialect.unpacked(parameter)}"
        return for_each(
            f"SELECT {kind}, {_VIEWER}, 1, 0 FROM {source} WHERE {author} AND {condition}", _VIEWER
        )

    return " UNION ALL ".join(
        (
            listeners(HOME, "home", f"({account_near('a.id')} OR {tagged}) AND {wanted}"),
            listeners(PUBLIC, "public", wanted),
            f"SELECT {ANONYMOUS}, 0, 1, 0 FROM accounts a WHERE {author} AND {account_shown('a', False)}",
            for_each(
                f"SELECT {LIST}, o.id, 1, 0 FROM accounts a CROSS JOIN lists o WHERE {author}"
                f" AND {dialect.among('o.id', 'lists')} AND ({member} OR {on_list}) AND {wanted}",
                "o.account_id",
            ),
        )
    )


def _audience_of(rows: Iterable[Row], listening: Listening) -> Audience:
    kinds: tuple[dict[int, Shown], ...] = ({}, {}, {}, {})
    for kind, identifier, quote, filters in rows:
        kinds[kind][identifier] = Shown(quote == 1, filters == 1)
    return Audience(
        home=kinds[HOME],
        public=kinds[PUBLIC],
        anonymous=kinds[ANONYMOUS].get(0) if listening.anonymous else None,
        lists=kinds[LIST],
    )


class Streams(Reader):
    """The contract's `StreamReader`."""

    @reads
    def audience(self, line_id: int, listening: Listening) -> Steps[Audience]:
        """Whose listings show this post or boost, if they were read now."""
        rows = yield _audience(self._dialect), self._parameters(listening) | {"line": line_id}
        return _audience_of(rows, listening)

    @reads
    def reach(self, account_id: int, tags: Collection[str], listening: Listening) -> Steps[Audience]:
        """Whose listings may have shown a post of this account with these tags, which is gone."""
        given = {"account": account_id, "tags": self._dialect.texts(tags)}
        rows = yield _reach(self._dialect), self._parameters(listening) | given
        return _audience_of(rows, listening)

    def _parameters(self, listening: Listening) -> dict[str, Any]:
        ids = self._dialect.ids
        return {
            "home": ids(listening.home),
            "public": ids(listening.public),
            "lists": ids(listening.lists),
        }
