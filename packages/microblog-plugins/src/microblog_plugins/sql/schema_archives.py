"""The tables of exports and imports; `schema` says how tables are drawn.

What was imported is known by the entry's own name, for each account: that nothing is imported twice is a
matter of this key.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, PrimaryKeyConstraint, Table, Text

from microblog_plugins.sql.schema import Id, metadata

exports = Table(
    "exports",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("account_id", Id, ForeignKey("accounts.id"), nullable=False),
    Column("state", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("size", Id, nullable=False),
    Column("posts", Integer, nullable=False),
    Column("created_at", Id, nullable=False),
    Column("finished_at", Id),
    Column("expires_at", Id, nullable=False),
    Column("error", Text, nullable=False),
)
Index("exports_account", exports.c.account_id, exports.c.id)
Index("exports_expired", exports.c.expires_at)

imports = Table(
    "imports",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("account_id", Id, ForeignKey("accounts.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("parts", Text, nullable=False),
    Column("overwrite", Boolean, nullable=False),
    Column("name", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("size", Id, nullable=False),
    Column("state", Text, nullable=False),
    Column("total", Integer, nullable=False),
    Column("cursor", Integer, nullable=False),
    Column("taken", Integer, nullable=False),
    Column("known", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
    Column("problems", Integer, nullable=False),
    Column("created_at", Id, nullable=False),
    Column("finished_at", Id),
    Column("error", Text, nullable=False),
)
Index("imports_account", imports.c.account_id, imports.c.id)
Index("imports_created", imports.c.created_at)

import_problems = Table(
    "import_problems",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("import_id", Id, ForeignKey("imports.id", ondelete="CASCADE"), nullable=False),
    Column("place", Integer, nullable=False),
    Column("source", Text, nullable=False),
    Column("reason", Text, nullable=False),
)
Index("import_problems_import", import_problems.c.import_id, import_problems.c.id)

imported = Table(
    "imported",
    metadata,
    Column("account_id", Id, ForeignKey("accounts.id"), nullable=False),
    Column("source", Text, nullable=False),
    Column("result_id", Id, nullable=False),
    PrimaryKeyConstraint("account_id", "source"),
    sqlite_with_rowid=False,
)
