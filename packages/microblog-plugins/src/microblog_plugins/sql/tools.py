"""What both databases' schema tools share: Alembic run on a connection, without files of configuration."""

from __future__ import annotations

from pathlib import Path

import alembic.command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection
from sqlalchemy.schema import SchemaItem

from microblog_core.domain.errors import ConfigurationError

_MIGRATIONS = Path(__file__).parent / "migrations"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    return config


FULL_TEXT = "post_search"
"""The FTS5 table of SQLite, and the beginning of the names of the tables that it keeps itself in."""


def is_drawn(
    item: SchemaItem, name: str | None, kind: str, reflected: bool, other: SchemaItem | None
) -> bool:
    """Whether comparing schemas (Alembic's `include_object`) is to look at this: SQLAlchemy knows neither
    FTS5 nor what only one of both databases has.
    """
    return not (name or "").startswith((FULL_TEXT, "post_words_words"))


def head() -> str:
    """The newest revision among the migrations."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def stored_revision(connection: Connection) -> str:
    """The revision that the database has; empty for an empty database."""
    return MigrationContext.configure(connection).get_current_revision() or ""


def migrate(connection: Connection, revision: str) -> None:
    """Bring the schema to a revision (`head`, `base`, a number, or steps such as `-1`), forward or back.

    Raises `ConfigurationError` for a revision that there is not.
    """
    config = _config()
    config.attributes["connection"] = connection
    try:
        if _is_back(connection, revision):
            alembic.command.downgrade(config, revision)
        else:
            alembic.command.upgrade(config, revision)
    except CommandError as error:
        raise ConfigurationError(
            f"The schema can't be brought to {revision!r}: {error}.",
            hint=f"Use head, base or a revision up to {head()}.",
        ) from error


def _is_back(connection: Connection, revision: str) -> bool:
    if revision == "base" or revision.startswith("-"):
        return True
    stored = stored_revision(connection)
    if not stored or revision == "head" or revision.startswith("+"):
        return False
    script = ScriptDirectory.from_config(_config())
    known = {step.revision for step in script.walk_revisions("base", stored)}
    return revision in known and revision != stored
