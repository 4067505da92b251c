"""What the site says of itself."""

from __future__ import annotations

from microblog_core.ports.operations import PutSiteText
from microblog_plugins.sql.dialect import Dialect
from microblog_plugins.sql.reads.site_texts import SITE_TEXT
from microblog_plugins.sql.rows import insert
from microblog_plugins.sql.steps import Steps

_PUT = insert("site_texts", [*SITE_TEXT, "previous_id"])


def put_site_text(dialect: Dialect, operation: PutSiteText) -> Steps[None]:
    """A new version; guards `id`, `version`."""
    values = {name: getattr(operation.text, name) for name in SITE_TEXT}
    yield _PUT, values | {"previous_id": operation.previous_id}
