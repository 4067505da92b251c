"""The theme: other templates for some pages, and a style sheet over the site's own."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from microblog_core.plugins import implements
from microblog_gazette.plugin import PLUGIN
from microblog_web import hookspecs
from microblog_web.contributions import StaticFolder, TemplateFolder

__all__ = ["PLUGIN"]

HERE = Path(__file__).parent


@implements(hookspecs.register_templates)
def register_templates() -> Iterable[TemplateFolder]:
    """What lies in `theme/web` replaces the site's own templates of the same name."""
    return (TemplateFolder(path=HERE / "theme", theme=True),)


@implements(hookspecs.register_static)
def register_static() -> Iterable[StaticFolder]:
    """The look, loaded after the site's own."""
    return (StaticFolder(path=HERE / "static", styles=("gazette.css",), theme=True),)
