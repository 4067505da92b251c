"""Every hook of the website: what a plugin's web face (entry point group `microblog.web`) may add.

As in core, hooks are synchronous and contribute. **When:** those without an argument are called once for
each distinct set of plugins, while the application is built; those that take the site once for each site,
before its first page. No request calls a hook. **Which way it fails:** if a hook of a face raises or returns
something of the wrong type, the face is left out, the log says why, and the site stays up; how contributed
objects fail later is said at each hook. Everything is namespaced by the plugin's name: routes, templates,
static files, globals.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from microblog_core.hookspecs import hookspec
from microblog_web.contributions import Middleware, NavItem, Slot, StaticFolder, TemplateFolder

if TYPE_CHECKING:
    from microblog_core.site import Site


@hookspec
def register_routes() -> Iterable[object]:
    """Add pages: Litestar handlers, controllers or routers, mounted below `/x/<plugin>/`.

    Called once for each distinct set of plugins. A handler that raises gets the site's error page.
    """


@hookspec
def register_templates() -> Iterable[TemplateFolder]:
    """Add folders of Jinja templates, as `<plugin>/<file>`; a theme may replace the site's own.

    Called once for each distinct set of plugins. A template of the plugin's own that fails, fails the page
    that uses it. Where one of a theme's fails, the site's own is drawn instead.
    """


@hookspec
def register_static() -> Iterable[StaticFolder]:
    """Add static files, served below `/static/<plugin>/` with hashed names.

    Called once for each distinct set of plugins. A folder that can't be read leaves the face out.
    """


@hookspec
def register_nav_items(site: Site) -> Iterable[NavItem]:
    """Add links to the navigation, for everybody, visitors, members, or those who have a permission.

    Called once for each site. Two items with the same key: the later replaces the earlier.
    """


@hookspec
def register_slots(site: Site) -> Iterable[Slot]:
    """Draw into places of the pages, in batch.

    Called once for each site; the slot's renderer once for each page. One that raises or takes longer than
    its time budget is omitted from the page; after several failures in a row it rests for a while.
    """


@hookspec
def register_template_globals(site: Site) -> Mapping[str, Any]:
    """Add values and functions to templates, as `x.<plugin>.<name>` (`x["<plugin>"]` where the name has a
    dash).

    Called once for each site. A function that raises fails the page that calls it.
    """


@hookspec
def register_middleware() -> Iterable[Middleware]:
    """Wrap everything that the website answers, pages from the page cache and static files included.

    Called once for each distinct set of plugins, the first plugin's outermost. A `wrap` that raises is left
    out; what the middleware raises later fails that request.
    """
