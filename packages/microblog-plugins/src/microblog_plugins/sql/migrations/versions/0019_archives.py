"""Exports and imports of accounts, and what was imported already.

Revision 0019, on 0017.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _numbers(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.Integer(), nullable=False) for name in names]


def upgrade() -> None:
    op.create_table(
        "exports",
        sa.Column("id", ID, nullable=False, autoincrement=False),
        sa.Column("account_id", ID, nullable=False),
        *_texts("state", "key"),
        sa.Column("size", ID, nullable=False),
        *_numbers("posts"),
        sa.Column("created_at", ID, nullable=False),
        sa.Column("finished_at", ID),
        sa.Column("expires_at", ID, nullable=False),
        *_texts("error"),
        sa.PrimaryKeyConstraint("id", name="exports_pkey"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="exports_account_id_fkey"),
    )
    op.create_index("exports_account", "exports", ["account_id", "id"])
    op.create_index("exports_expired", "exports", ["expires_at"])
    op.create_table(
        "imports",
        sa.Column("id", ID, nullable=False, autoincrement=False),
        sa.Column("account_id", ID, nullable=False),
        *_texts("kind", "parts"),
        sa.Column("overwrite", sa.Boolean(), nullable=False),
        *_texts("name", "key"),
        sa.Column("size", ID, nullable=False),
        *_texts("state"),
        *_numbers("total", "cursor", "taken", "known", "refused", "problems"),
        sa.Column("created_at", ID, nullable=False),
        sa.Column("finished_at", ID),
        *_texts("error"),
        sa.PrimaryKeyConstraint("id", name="imports_pkey"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="imports_account_id_fkey"),
    )
    op.create_index("imports_account", "imports", ["account_id", "id"])
    op.create_index("imports_created", "imports", ["created_at"])
    op.create_table(
        "import_problems",
        sa.Column("id", ID, nullable=False, autoincrement=False),
        sa.Column("import_id", ID, nullable=False),
        *_numbers("place"),
        *_texts("source", "reason"),
        sa.PrimaryKeyConstraint("id", name="import_problems_pkey"),
        sa.ForeignKeyConstraint(
            ["import_id"], ["imports.id"], name="import_problems_import_id_fkey", ondelete="CASCADE"
        ),
    )
    op.create_index("import_problems_import", "import_problems", ["import_id", "id"])
    op.create_table(
        "imported",
        sa.Column("account_id", ID, nullable=False),
        *_texts("source"),
        sa.Column("result_id", ID, nullable=False),
        sa.PrimaryKeyConstraint("account_id", "source", name="imported_pkey"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="imported_account_id_fkey"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    for table in ("imported", "import_problems", "imports", "exports"):
        op.drop_table(table)
