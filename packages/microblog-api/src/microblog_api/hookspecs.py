"""Every hook of the API: what a plugin's API face (entry point group `microblog.api`) may add.

As in core, hooks are synchronous and contribute; no request calls one. **When:** once for each distinct set
of plugins, while the application is built. **Which way it fails:** if a hook of a face raises, hangs or
returns something of the wrong type, the face is left out, the log says why, and the site stays up.
"""

from __future__ import annotations

from collections.abc import Iterable

from microblog_core.hookspecs import hookspec


@hookspec
def register_resources() -> Iterable[object]:
    """Add resources: Litestar handlers, controllers or routers, mounted below `/api/x/<plugin>`.

    Called once for each distinct set of plugins, so the site must come from the request's scope. Handlers
    that Litestar refuses leave the face out. What a handler raises is answered in JSON.
    """
