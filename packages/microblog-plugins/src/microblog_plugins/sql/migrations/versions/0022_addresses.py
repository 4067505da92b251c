"""Sessions keep the network address that they began from, for as long as the site says.

Revision 0022, on 0017. What is there already has none.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

KEPT = sa.text("address <> ''")


def upgrade() -> None:
    op.add_column("sessions", sa.Column("address", sa.Text(), nullable=False, server_default=""))
    op.create_index(
        "sessions_addresses", "sessions", ["created_at"], sqlite_where=KEPT, postgresql_where=KEPT
    )


def downgrade() -> None:
    op.drop_index("sessions_addresses", "sessions")
    op.drop_column("sessions", "address")
