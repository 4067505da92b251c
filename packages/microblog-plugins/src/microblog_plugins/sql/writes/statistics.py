"""What statistics need to be written: days, who was active, log-ins, marks of what is to be counted again.

Marks are made by who takes something away, in the same transaction and in the order of their slots, so that
two who do it at once don't wait in a ring. Whoever publishes writes nothing here.
"""

from __future__ import annotations

import msgspec

from microblog_core.domain.statistics import MONTH_DAYS, SLOT, day_number
from microblog_core.ports.operations import PrunePeople, PutDay, PutWindows
from microblog_plugins.sql.dialect import Dialect
from microblog_plugins.sql.rows import as_json
from microblog_plugins.sql.steps import Steps

COUNTS = ("posts", "boosts", "favourites", "follows", "sign_ups", "log_ins")
PEOPLE = ("active", "active_week", "active_month")

_MARK = "INSERT INTO statistics_stale (slot, marks, counted) "
_AGAIN = " ON CONFLICT (slot) DO UPDATE SET marks = statistics_stale.marks + 1"
_MARK_ONE = f"{_MARK}VALUES (:slot, 1, 0){_AGAIN}"
_MARK_POST = (
    f"{_MARK}SELECT slot, 1, 0 FROM ("
    f"SELECT created_at / {SLOT} * {SLOT} AS slot FROM favourites WHERE post_id = :id"
    f" UNION SELECT created_at / {SLOT} * {SLOT} FROM posts WHERE boost_of_id = :id"
    f" UNION SELECT created_at / {SLOT} * {SLOT} FROM posts WHERE id = :id) AS taken"
    f" WHERE TRUE ORDER BY slot{_AGAIN}"
)
_MARK_TAGGED = (
    f"{_MARK}SELECT slot, 1, 0 FROM ("
    f"SELECT DISTINCT p.created_at / {SLOT} * {SLOT} AS slot FROM posts p CROSS JOIN post_tags t"
    " WHERE p.account_id = :account AND p.boost_of_id IS NULL AND t.post_id = p.id) AS tagged"
    f" WHERE TRUE ORDER BY slot{_AGAIN}"
)
_LOG_IN = (
    "INSERT INTO log_ins (slot, account_id) SELECT CAST(:slot AS BIGINT), id FROM accounts"
    " WHERE id = :account ON CONFLICT (slot, account_id) DO NOTHING"
)
_COLUMNS = ("day", "since", "until", "computed_at", *COUNTS, *PEOPLE, "tags")
_KEPT = ("since", "until", "computed_at", *COUNTS, "tags")
_DAY = (
    f"INSERT INTO statistics_days ({', '.join(_COLUMNS)}, version, windows_version)"
    f" VALUES ({', '.join(f':{name}' for name in _COLUMNS)}, 0, 0)"
    f" ON CONFLICT (day) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in _KEPT)}"
)
_NOT_LATER = " WHERE statistics_days.computed_at <= excluded.computed_at RETURNING day"
_WITH_PEOPLE = f"{_DAY}, active = excluded.active{_NOT_LATER}"
_WITH_ALL = f"{_DAY}, {', '.join(f'{name} = excluded.{name}' for name in PEOPLE)}{_NOT_LATER}"
_WINDOWS_DUE = "UPDATE statistics_days SET version = version + 1 WHERE day BETWEEN :day AND :last"
_COUNTED = "UPDATE statistics_stale SET counted = :marks WHERE slot = :slot"
_WINDOWS = (
    "UPDATE statistics_days SET active_week = :week, active_month = :month, windows_version = :version"
    " WHERE day = :day"
)


def slot_of(moment: int) -> int:
    """The quarter of an hour of a moment."""
    return moment // SLOT * SLOT


def mark_moment(moment: int) -> Steps[None]:
    """Something of this moment is taken away or changed."""
    yield _MARK_ONE, {"slot": slot_of(moment)}


def mark_post(post_id: int) -> Steps[None]:
    """A post is about to be deleted, and its boosts and favourites with it."""
    yield _MARK_POST, {"id": post_id}


def mark_tagged(account_id: int) -> Steps[None]:
    """Whether this author's hashtags count may have changed."""
    yield _MARK_TAGGED, {"account": account_id}


def note_log_in(account_id: int, moment: int) -> Steps[None]:
    """Somebody logged in."""
    yield _LOG_IN, {"slot": slot_of(moment), "account": account_id}


def put_day(dialect: Dialect, operation: PutDay) -> Steps[None]:
    """A day's figures, unless later ones are there."""
    figures, people = operation.figures, operation.people
    day = day_number(figures.day)
    values = {name: getattr(figures, name) for name in _COLUMNS}
    values |= {"day": day, "tags": as_json(figures.tags)}
    if people is not None:
        values["active"] = len(people)
    if not (yield (_WITH_ALL if people is None else _WITH_PEOPLE), values):
        return
    if people is not None:
        active = {"day": day, "people": dialect.ids(people), "last": day + MONTH_DAYS - 1}
        among = dialect.among("account_id", "people")
        yield f"DELETE FROM statistics_people WHERE day = :day AND NOT ({among})", active
        yield (
            "INSERT INTO statistics_people (day, account_id)"
            f" SELECT CAST(:day AS INTEGER), value FROM {dialect.unpacked('people')}"
            " WHERE TRUE ON CONFLICT (day, account_id) DO NOTHING",
            active,
        )
        yield _WINDOWS_DUE, active
    for slot in operation.counted:
        yield _COUNTED, {"slot": slot.at, "marks": slot.marks}


def put_windows(dialect: Dialect, operation: PutWindows) -> Steps[None]:
    """The windows of a stored day."""
    values = msgspec.structs.asdict(operation.windows)
    yield _WINDOWS, values | {"day": day_number(operation.windows.day)}


def prune_people(dialect: Dialect, operation: PrunePeople) -> Steps[None]:
    """Forget who was active and who logged in."""
    yield "DELETE FROM statistics_people WHERE day < :day", {"day": day_number(operation.day)}
    yield "DELETE FROM log_ins WHERE slot < :slot", {"slot": operation.since}
