"""Moderators' decisions and notes; the audit log and accounts are found by more than their newest.

Revision 0020, on 0017. Lines of the audit log from before are found by what they are about, too.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OPEN_APPEAL = sa.text("appeal_state = 'open'")
PARTIAL = (
    ("accounts_role", "accounts", ["role", "id"], sa.text("domain = '' AND role <> 'member'")),
    ("accounts_state", "accounts", ["state", "id"], sa.text("domain = '' AND state <> 'active'")),
    ("reports_assigned", "reports", ["assigned_id", "id"], sa.text("state = 'open'")),
)
INDEXES = (
    ("reports_target", "reports", ["target_id", "id"]),
    ("reports_reporter", "reports", ["reporter_id"]),
    ("audit_actor", "audit", ["actor_id", "id"]),
    ("audit_action", "audit", ["action", "id"]),
    ("audit_about", "audit", ["about", "id"]),
)


def upgrade() -> None:
    op.create_table(
        "strikes",
        sa.Column("id", ID, nullable=False, autoincrement=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("moderator_id", ID),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("report_id", ID),
        sa.Column("post_ids", sa.Text(), nullable=False),
        sa.Column("created_at", ID, nullable=False),
        sa.Column("overruled_at", ID),
        sa.Column("overruled_by", ID),
        sa.Column("appeal", sa.Text(), nullable=False),
        sa.Column("appeal_state", sa.Text(), nullable=False),
        sa.Column("appealed_at", ID),
        sa.Column("decided_at", ID),
        sa.Column("decided_by", ID),
        sa.CheckConstraint(
            "appeal_state IN ('none', 'open', 'accepted', 'rejected')", name=op.f("strikes_appeal_state")
        ),
        *(
            sa.ForeignKeyConstraint([column], ["accounts.id"], name=f"strikes_{column}_fkey")
            for column in ("account_id", "moderator_id", "overruled_by", "decided_by")
        ),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name="strikes_report_id_fkey"),
        sa.PrimaryKeyConstraint("id", name="strikes_pkey"),
    )
    op.create_index("strikes_account", "strikes", ["account_id", "id"])
    op.create_index(
        "strikes_appeals", "strikes", ["id"], sqlite_where=OPEN_APPEAL, postgresql_where=OPEN_APPEAL
    )
    op.create_table(
        "report_notes",
        sa.Column("id", ID, nullable=False, autoincrement=False),
        sa.Column("report_id", ID, nullable=False),
        sa.Column("author_id", ID, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", ID, nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name="report_notes_report_id_fkey"),
        sa.ForeignKeyConstraint(["author_id"], ["accounts.id"], name="report_notes_author_id_fkey"),
        sa.PrimaryKeyConstraint("id", name="report_notes_pkey"),
    )
    op.create_index("report_notes_report", "report_notes", ["report_id", "id"])
    op.add_column("audit", sa.Column("about", sa.Text(), nullable=False, server_default=""))
    _fill_about()
    for name, table, columns in INDEXES:
        op.create_index(name, table, columns)
    for name, table, columns, where in PARTIAL:
        op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)


def _fill_about() -> None:
    place = "strpos" if op.get_bind().dialect.name == "postgresql" else "instr"
    op.execute(f"UPDATE audit SET about = substr(subject, 1, {place}(subject || ' ', ' ') - 1)")


def downgrade() -> None:
    for name, table, *_ in (*PARTIAL, *INDEXES):
        op.drop_index(name, table)
    op.drop_column("audit", "about")
    op.drop_table("report_notes")
    op.drop_table("strikes")
