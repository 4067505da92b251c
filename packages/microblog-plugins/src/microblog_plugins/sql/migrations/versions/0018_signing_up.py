"""Signing up by approval and invitation, blocked mail addresses, appearance, and leaving with a grace.

Revision 0018, on 0017.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BEFORE = "state IN ('active', 'disabled', 'silenced', 'suspended', 'deleted')"
AFTER = "state IN ('active', 'disabled', 'silenced', 'suspended', 'deleted', 'pending', 'leaving')"
APPEARANCE = ("timezone", "theme", "density", "motion")


def upgrade() -> None:
    _check_state(BEFORE, AFTER)
    for name in APPEARANCE:
        op.add_column("logins", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    pending = sa.text("state = 'pending'")
    op.create_index("accounts_pending", "accounts", ["id"], sqlite_where=pending, postgresql_where=pending)
    op.create_table(
        "sign_ups",
        sa.Column("account_id", ID, nullable=False, autoincrement=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("invitation_id", ID),
        sa.PrimaryKeyConstraint("account_id", name="sign_ups_pkey"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="sign_ups_account_id_fkey"),
    )
    invited = sa.text("invitation_id IS NOT NULL")
    op.create_index(
        "sign_ups_invitation",
        "sign_ups",
        ["invitation_id", "account_id"],
        sqlite_where=invited,
        postgresql_where=invited,
    )
    op.create_table(
        "invitations",
        sa.Column("id", ID, nullable=False, autoincrement=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("uses_max", sa.Integer(), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("expires_at", ID, nullable=False),
        sa.Column("follows", sa.Boolean(), nullable=False),
        sa.Column("revoked_at", ID, nullable=False),
        sa.Column("created_at", ID, nullable=False),
        sa.PrimaryKeyConstraint("id", name="invitations_pkey"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="invitations_account_id_fkey"),
        sa.UniqueConstraint("code", name="invitations_code"),
    )
    op.create_index("invitations_account", "invitations", ["account_id", "id"])
    op.create_table(
        "mail_blocks",
        sa.Column("id", ID, nullable=False, autoincrement=False),
        sa.Column("pattern", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", ID, nullable=False),
        sa.PrimaryKeyConstraint("id", name="mail_blocks_pkey"),
        sa.UniqueConstraint("pattern", name="mail_blocks_pattern"),
    )
    op.create_table(
        "departures",
        sa.Column("account_id", ID, nullable=False, autoincrement=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("left_at", ID, nullable=False),
        sa.Column("due_at", ID, nullable=False),
        sa.PrimaryKeyConstraint("account_id", name="departures_pkey"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="departures_account_id_fkey"),
    )
    op.create_index("departures_due", "departures", ["due_at", "account_id"])
    # Whoever leaves takes their votes along.
    op.create_index("poll_votes_own", "poll_votes", ["account_id"])


def downgrade() -> None:
    # Who waits or leaves is nothing that an older version knows: they are there, and can't log in.
    op.execute("UPDATE accounts SET state = 'suspended' WHERE state IN ('pending', 'leaving')")
    op.drop_index("poll_votes_own", "poll_votes")
    for table in ("departures", "mail_blocks", "invitations", "sign_ups"):
        op.drop_table(table)
    op.drop_index("accounts_pending", "accounts")
    for name in reversed(APPEARANCE):
        op.drop_column("logins", name)
    _check_state(AFTER, BEFORE)


def _check_state(before: str, after: str) -> None:
    """Let accounts have other states. SQLite can't change a constraint, and a new table would cost a copy of
    it and of every key that points at it: its text is replaced, as https://www.sqlite.org/lang_altertable.html
    describes for CHECK constraints.
    """
    if op.get_bind().dialect.name != "sqlite":
        op.execute("ALTER TABLE accounts DROP CONSTRAINT accounts_state")
        op.execute(f"ALTER TABLE accounts ADD CONSTRAINT accounts_state CHECK ({after})")
        return
    bind = op.get_bind()
    version = bind.exec_driver_sql("PRAGMA schema_version").scalar_one()
    bind.exec_driver_sql("PRAGMA writable_schema = ON")
    bind.exec_driver_sql(
        "UPDATE sqlite_master SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = 'accounts'",
        (before, after),
    )
    bind.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    bind.exec_driver_sql("PRAGMA writable_schema = OFF")
