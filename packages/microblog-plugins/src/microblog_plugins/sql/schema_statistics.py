"""The tables of statistics; `schema` says how tables are drawn.

What is counted is found by `created_at` (favourites, follows), by id (posts, accounts), or kept for it alone
(log-ins, to the quarter of an hour). Ids of accounts stand here for being counted, not for being followed: no
foreign keys.
"""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, PrimaryKeyConstraint, Table, Text

from microblog_plugins.sql.schema import Id, favourites, follows, metadata, only

# The version of who was active on the last 30 days grows with each day of them that is counted anew; the
# windows are due until they have the same.
statistics_days = Table(
    "statistics_days",
    metadata,
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("since", Id, nullable=False),
    Column("until", Id, nullable=False),
    Column("computed_at", Id, nullable=False),
    Column("posts", Integer, nullable=False),
    Column("boosts", Integer, nullable=False),
    Column("favourites", Integer, nullable=False),
    Column("follows", Integer, nullable=False),
    Column("sign_ups", Integer, nullable=False),
    Column("log_ins", Integer, nullable=False),
    Column("active", Integer, nullable=False),
    Column("active_week", Integer, nullable=False),
    Column("active_month", Integer, nullable=False),
    Column("tags", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("windows_version", Integer, nullable=False),
)

statistics_people = Table(
    "statistics_people",
    metadata,
    Column("day", Integer, nullable=False),
    Column("account_id", Id, nullable=False),
    PrimaryKeyConstraint("day", "account_id"),
    sqlite_with_rowid=False,
)

# `slot` is the beginning of a quarter of an hour. Rows stay, so that what is marked while it is counted is
# not taken for counted.
statistics_stale = Table(
    "statistics_stale",
    metadata,
    Column("slot", Id, primary_key=True, autoincrement=False),
    Column("marks", Integer, nullable=False),
    Column("counted", Integer, nullable=False),
)
Index("statistics_stale_due", statistics_stale.c.slot, **only("marks <> counted"))

log_ins = Table(
    "log_ins",
    metadata,
    Column("slot", Id, nullable=False),
    Column("account_id", Id, nullable=False),
    PrimaryKeyConstraint("slot", "account_id"),
    sqlite_with_rowid=False,
)
Index("log_ins_account", log_ins.c.account_id, log_ins.c.slot)

Index("favourites_created", favourites.c.created_at, favourites.c.account_id)
Index("follows_created", follows.c.created_at, follows.c.follower_id)
