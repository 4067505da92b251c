"""The revision of the schema that this version of the package needs."""

from __future__ import annotations

from collections.abc import Sequence

from microblog_core.domain.errors import ConfigurationError

HEAD = "0025"
"""The newest migration. A constant, so that opening a storage needs no migration tool; a test holds it to the
migrations.
"""


def check_revision(stored: Sequence[str]) -> None:
    """Raises `ConfigurationError` unless the schema is what this version needs."""
    if list(stored) == [HEAD]:
        return
    found = f"has the revision {', '.join(stored)}" if stored else "is empty"
    raise ConfigurationError(
        f"The database {found}, and this version needs {HEAD}.",
        hint="Stop the site, make a backup, and run `microblog migrate`.",
    )
