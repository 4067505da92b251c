"""What Alembic runs for each command: on the connection that `tools` hands over, in one transaction."""

from __future__ import annotations

from alembic import context

from microblog_plugins.sql.schema import metadata
from microblog_plugins.sql.tools import is_drawn

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    include_object=is_drawn,
    transactional_ddl=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
