"""The tables of what a site says of itself and of how much room uploads take; `schema` says how tables are
drawn.
"""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from microblog_plugins.sql.schema import Id, media, metadata, only

texts = Table(
    "site_texts",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("html", Text, nullable=False),
    Column("account_id", Id, ForeignKey("accounts.id")),
    Column("created_at", Id, nullable=False),
    Column("previous_id", Id, nullable=False),
    UniqueConstraint("name", "previous_id", name="site_texts_next"),
)
Index("site_texts_name", texts.c.name, texts.c.id)

usage = Table(
    "media_usage",
    metadata,
    Column("account_id", Id, ForeignKey("accounts.id"), primary_key=True, autoincrement=False),
    Column("files", Integer, nullable=False),
    Column("bytes", Id, nullable=False),
)
Index("media_usage_bytes", usage.c.bytes, usage.c.account_id, **only("files > 0"))
Index("media_created", media.c.created_at, media.c.size)
