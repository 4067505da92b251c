"""How hashtags and posts are used, counted as it happens.

`tag_uses` has a row for each hashtag, day and person, so that people are counted once; `tag_days` has the
sums. Who isn't shown in public listings isn't counted, and is counted again when they are.
"""

from __future__ import annotations

from collections.abc import Sequence

from microblog_core.domain.accounts import HIDDEN_STATES, AccountState
from microblog_core.domain.tags import DAY, HISTORY_DAYS, day_of, heat_of
from microblog_core.ports.operations import PruneTrends
from microblog_plugins.sql.dialect import Dialect
from microblog_plugins.sql.steps import Steps
from microblog_plugins.sql.visibility import state_shown

_UNCOUNTED = (AccountState.SILENCED, *HIDDEN_STATES)
_HEAT = (
    "INSERT INTO post_heat (post_id, heat) VALUES (:id, :heat)"
    " ON CONFLICT (post_id) DO UPDATE SET heat = excluded.heat"
)
_DAY_SUMS = (
    "INSERT INTO tag_days (tag, day, uses, accounts)"
    " SELECT tag, day, uses, 1 FROM tag_uses WHERE account_id = :account"
    " ON CONFLICT (tag, day) DO UPDATE SET uses = tag_days.uses + excluded.uses,"
    " accounts = tag_days.accounts + 1"
)
_TAKE_SUMS = (
    "UPDATE tag_days SET accounts = accounts - 1, uses = uses - (SELECT u.uses FROM tag_uses u"
    " WHERE u.account_id = :account AND u.tag = tag_days.tag AND u.day = tag_days.day)"
    " WHERE (tag, day) IN (SELECT u.tag, u.day FROM tag_uses u WHERE u.account_id = :account)"
)
_USES_AGAIN = (
    "INSERT INTO tag_uses (tag, day, account_id, uses)"
    f" SELECT t.tag, p.created_at / {DAY}, p.account_id, COUNT(*) FROM posts p CROSS JOIN post_tags t"
    f" WHERE p.account_id = :account AND p.id > (SELECT (COALESCE(MAX(d.day), 0) - {HISTORY_DAYS}) * {DAY}"
    " FROM tag_days d) * 65536 AND t.post_id = p.id GROUP BY t.tag, p.created_at / "
    f"{DAY}, p.account_id"
)


def use_tags(dialect: Dialect, account_id: int, created_at: int, tags: Sequence[str]) -> Steps[None]:
    """A public post of this moment (Unix milliseconds) has these hashtags."""
    names = dialect.texts(sorted(set(tags)))
    values = {"account": account_id, "day": day_of(created_at), "tags": names}
    yield f"{_new_names(dialect)}", values
    used = yield _use(dialect), values
    # Others wait for one another less if each locks the sums in the same order.
    for tag, uses in sorted((row[0], row[1]) for row in used):
        yield _SUM, {"tag": tag, "day": values["day"], "new": 1 if uses == 1 else 0}


_SUM = (
    "INSERT INTO tag_days (tag, day, uses, accounts) VALUES (:tag, :day, 1, :new)"
    " ON CONFLICT (tag, day) DO UPDATE SET uses = tag_days.uses + 1,"
    " accounts = tag_days.accounts + excluded.accounts"
)


def _new_names(dialect: Dialect) -> str:
    unpacked = dialect.unpacked("tags", "TEXT")
    return (
        f"INSERT INTO hashtags (name) SELECT value FROM {unpacked} WHERE TRUE ON CONFLICT (name) DO NOTHING"
    )


def _use(dialect: Dialect) -> str:
    return (
        "INSERT INTO tag_uses (tag, day, account_id, uses)"
        " SELECT u.value, CAST(:day AS BIGINT), a.id, 1"
        f" FROM accounts a CROSS JOIN (SELECT value FROM {dialect.unpacked('tags', 'TEXT')}) AS u"
        f" WHERE a.id = :account AND a.state <> 'silenced' AND {state_shown('a')}"
        " ON CONFLICT (tag, day, account_id) DO UPDATE SET uses = tag_uses.uses + 1 RETURNING tag, uses"
    )


def drop_tags(dialect: Dialect, account_id: int, created_at: int, tags: Sequence[str]) -> Steps[None]:
    """A public post of this moment no longer has these hashtags; its rows in `post_tags` are gone."""
    for tag in sorted(set(tags)):
        values = {"account": account_id, "day": day_of(created_at), "tag": tag}
        left = yield (
            "UPDATE tag_uses SET uses = uses - 1"
            " WHERE tag = :tag AND day = :day AND account_id = :account RETURNING uses",
            values,
        )
        if left:
            gone = 1 if left[0][0] == 0 else 0
            if gone:
                yield (
                    "DELETE FROM tag_uses WHERE tag = :tag AND day = :day AND account_id = :account",
                    values,
                )
            yield (
                "UPDATE tag_days SET uses = uses - 1, accounts = accounts - :gone"
                " WHERE tag = :tag AND day = :day",
                values | {"gone": gone},
            )
        yield (
            "DELETE FROM hashtags WHERE name = :tag"
            " AND NOT EXISTS (SELECT 1 FROM post_tags WHERE tag = :tag)",
            values,
        )


def recount_tags(dialect: Dialect, account_id: int, state: AccountState) -> Steps[None]:
    """Somebody has another state now: what they used counts, or does not."""
    values = {"account": account_id}
    yield _TAKE_SUMS, values
    yield "DELETE FROM tag_uses WHERE account_id = :account", values
    if state not in _UNCOUNTED:
        yield _USES_AGAIN, values
        yield _DAY_SUMS, values


def heat_post(post_id: int, reactions: int, created_at: int) -> Steps[None]:
    """A public post has so many favourites and boosts now."""
    if reactions > 0:
        yield _HEAT, {"id": post_id, "heat": heat_of(reactions, created_at)}
    else:
        yield "DELETE FROM post_heat WHERE post_id = :id", {"id": post_id}


def prune_trends(dialect: Dialect, operation: PruneTrends) -> Steps[None]:
    """Forget what is older."""
    values = {"day": day_of(operation.before), "id": operation.before << 16}
    yield "DELETE FROM tag_uses WHERE day < :day", values
    yield "DELETE FROM tag_days WHERE day < :day", values
    yield "DELETE FROM post_heat WHERE post_id < :id", values
