"""Every hook of the API: what a plugin's API face (entry point group `microblog.api`) may add.

As in core, hooks are synchronous and contribute; no request calls one. **When:** once for each distinct set
of plugins, while the application is built. **Which way it fails:** if a hook of a face raises, hangs or
returns something of the wrong type, the face is left out, the log says why, and the site stays up.
"""

from __future__ import annotations

from collections.abc import Iterable

from microblog_api.contributions import ApiScope
from microblog_core.hookspecs import hookspec


@hookspec
def register_resources() -> Iterable[object]:
    """Add resources: Litestar handlers, controllers or routers, mounted below `/api/x/<plugin>`.

    Called once for each distinct set of plugins, so the site must come from the request's scope. Handlers
    that Litestar refuses leave the face out. What a handler raises is answered in JSON.
    """


@hookspec
def register_scopes() -> Iterable[ApiScope]:
    """Add scopes that applications may ask for; names begin with the plugin's name and a colon.

    Called once for each distinct set of plugins. A name that isn't namespaced so leaves the face out. Nothing
    contains a plugin's scope but itself: a resource that needs it asks for it (`access.require_user`).
    """
