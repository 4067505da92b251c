"""Applications, what people allowed them, and their tokens.

Revision 0002, on 0001.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# An id is SQLite's row id only if its column is exactly INTEGER.
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "applications",
        sa.Column("id", ID, nullable=False, autoincrement=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("website", sa.Text(), nullable=False),
        sa.Column("redirect_uris", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("created_at", ID, nullable=False),
        sa.Column("used", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.PrimaryKeyConstraint("id", name="applications_pkey"),
        sa.UniqueConstraint("client_id", name="applications_client"),
    )
    op.create_index(
        "applications_unused",
        "applications",
        ["created_at"],
        sqlite_where=sa.text("NOT used"),
        postgresql_where=sa.text("NOT used"),
    )
    op.create_table(
        "authorization_codes",
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("application_id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("redirect_uri", sa.Text(), nullable=False),
        sa.Column("code_challenge", sa.Text(), nullable=False),
        sa.Column("created_at", ID, nullable=False),
        sa.Column("expires_at", ID, nullable=False),
        sa.Column("used_at", ID),
        sa.PrimaryKeyConstraint("code_hash", name="authorization_codes_pkey"),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name="authorization_codes_application_id_fkey"
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="authorization_codes_account_id_fkey"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "authorization_codes_unused",
        "authorization_codes",
        ["expires_at"],
        sqlite_where=sa.text("used_at IS NULL"),
        postgresql_where=sa.text("used_at IS NULL"),
    )
    op.create_index("authorization_codes_account", "authorization_codes", ["account_id", "application_id"])
    op.create_table(
        "access_tokens",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("application_id", ID, nullable=False),
        sa.Column("account_id", ID),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("created_at", ID, nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name="access_tokens_pkey"),
        sa.UniqueConstraint("id", name="access_tokens_id"),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name="access_tokens_application_id_fkey"
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="access_tokens_account_id_fkey"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "access_tokens_account",
        "access_tokens",
        ["account_id", "application_id", "code_hash"],
        sqlite_where=sa.text("account_id IS NOT NULL"),
        postgresql_where=sa.text("account_id IS NOT NULL"),
    )
    op.create_table(
        "authorisations",
        sa.Column("account_id", ID, nullable=False),
        sa.Column("application_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("first_at", ID, nullable=False),
        sa.Column("last_at", ID, nullable=False),
        sa.PrimaryKeyConstraint("account_id", "application_id", name="authorisations_pkey"),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name="authorisations_application_id_fkey"
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="authorisations_account_id_fkey"),
        sqlite_with_rowid=False,
    )
    op.create_index("authorisations_order", "authorisations", ["account_id", "id"])


def downgrade() -> None:
    for table in ("authorisations", "access_tokens", "authorization_codes", "applications"):
        op.drop_table(table)
