"""What `microblog plugins check` asks of a web face beyond its types: paths, folders, places of slots.

Yields (code, problem, hint); the codes are in `microblog_core.authoring.findings`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from litestar import Litestar, Router

from microblog_core.domain.errors import PluginError
from microblog_web.contributions import NavItem, StaticFolder, TemplateFolder
from microblog_web.slots import Slots
from microblog_web.static_files import StaticFiles

Found = tuple[str, str, str]


def look_at(plugin: str, items: Mapping[str, tuple[Any, ...]]) -> Iterator[Found]:
    """Everything that is wrong with what a face contributed, by hook."""
    yield from _routes(plugin, items.get("register_routes", ()))
    for folder in items.get("register_templates", ()):
        yield from _templates(folder)
    for folder in items.get("register_static", ()):
        yield from _static(plugin, folder)
    for item in items.get("register_nav_items", ()):
        yield from _link(plugin, item)
    try:
        Slots((plugin, slot) for slot in items.get("register_slots", ()))
    except PluginError as error:
        yield "MB402", f"register_slots: {error}", "Only what is drawn for each post varies by post."


def _routes(plugin: str, handlers: tuple[Any, ...]) -> Iterator[Found]:
    if not handlers:
        return
    try:
        routes = Litestar([Router(f"/x/{plugin}", route_handlers=list(handlers))], openapi_config=None).routes
    except Exception as error:
        yield "MB405", f"register_routes: Litestar refuses them: {error}", "Correct the handlers."
        return
    for route in routes:
        if route.path.startswith(f"/x/{plugin}/x/"):
            inner = route.path.removeprefix(f"/x/{plugin}")
            hint = f"Handlers have paths below /x/{plugin} by themselves; write the rest alone."
            yield "MB405", f"register_routes: the path {inner} would be {route.path}.", hint


def _templates(folder: TemplateFolder) -> Iterator[Found]:
    if not folder.path.is_dir():
        hint = "Name a folder beside the module: Path(__file__).parent / 'templates'."
        yield "MB406", f"register_templates: there is no folder {folder.path}.", hint


def _static(plugin: str, folder: StaticFolder) -> Iterator[Found]:
    try:
        StaticFiles({plugin: (folder,)})
    except PluginError as error:
        yield "MB406", f"register_static: {error}", error.hint or "Name a folder beside the module."
    except OSError as error:
        yield "MB406", f"register_static: {folder.path} can't be read: {error.strerror}.", "Check its rights."


def _link(plugin: str, item: NavItem) -> Iterator[Found]:
    if not item.href.startswith("/") or item.href.startswith("//"):
        yield "MB405", f"register_nav_items: {item.href!r} is no path of this site.", "Begin it with one `/`."
    elif item.href.startswith("/x/") and not f"{item.href}/".startswith(f"/x/{plugin}/"):
        hint = f"The plugin's own pages are below /x/{plugin}/."
        yield "MB405", f"register_nav_items: {item.href} is another plugin's path.", hint
