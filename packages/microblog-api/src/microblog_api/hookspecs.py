"""Every hook of the API: what a plugin's API face (entry point group `microblog.api`) may add.

As in core, hooks are synchronous and contribute; no request calls one. **When:** once for each distinct set
of plugins, while the application is built. **Which way it fails:** if a hook of a face raises, hangs or
returns something of the wrong type, the face is left out, the log says why, and the site stays up.
"""

from __future__ import annotations

from collections.abc import Iterable

from microblog_api.contributions import AccountField, ApiScope, PostField
from microblog_core.hookspecs import hookspec


@hookspec
def register_resources() -> Iterable[object]:
    """Add resources: Litestar handlers, controllers or routers, mounted below `/api/x/<plugin>`.

    Called once for each distinct set of plugins, so the site must come from the request's scope. Handlers
    that Litestar refuses leave the face out. What a handler raises is answered in JSON.
    """


@hookspec
def register_scopes() -> Iterable[ApiScope]:
    """Add scopes that applications may ask for, and people give their API keys; names begin with the
    plugin's name and a colon.

    Called once for each distinct set of plugins. A name that isn't namespaced so leaves the face out. Nothing
    contains a plugin's scope but itself: a resource that needs it asks for it (`access.require_user`). All
    that a site offers are in `plugin_faces.offered_scopes`.
    """


@hookspec
def register_post_fields() -> Iterable[PostField]:
    """Add fields to statuses, as `x_<plugin>.<name>`; the document of the API names them.

    Called once for each distinct set of plugins; the field's resolver once for each answer that has statuses,
    whatever their number. One that raises, takes longer than a quarter of a second, or gives another number
    or another type of values leaves its field out of that answer; after several failures in a row it rests
    for a while. A malformed name, a name twice, or a type that msgspec can't describe leaves the face out.
    """


@hookspec
def register_account_fields() -> Iterable[AccountField]:
    """Add fields to accounts, wherever they stand: on their own, and as authors of statuses.

    Called, and failing, as `register_post_fields` is.
    """
