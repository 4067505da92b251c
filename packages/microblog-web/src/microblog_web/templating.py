"""The Jinja environment of one set of plugins, and the words and helpers that every template has.

Autoescaping is always on; an undefined name is an error, not an empty string.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from jinja2 import BaseLoader, ChoiceLoader, Environment, FileSystemLoader, PrefixLoader, StrictUndefined
from markupsafe import Markup

from microblog_web import i18n, times
from microblog_web.contributions import TemplateFolder
from microblog_web.holes import hole
from microblog_web.icons import icon
from microblog_web.static_files import StaticFiles


class Templates:
    """All templates of one set of plugins."""

    def __init__(self, folders: Mapping[str, Sequence[TemplateFolder]], static: StaticFiles) -> None:
        self.static = static
        self._environment = Environment(
            loader=_loader(folders),
            autoescape=True,
            undefined=StrictUndefined,
            auto_reload=False,
            cache_size=-1,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals.update(
            icon=icon,
            hole=hole,
            static=static.url,
            styles=static.styles,
            scripts=static.scripts,
            machine=times.machine,
        )

    def render(self, name: str, locale: str, context: Mapping[str, Any]) -> Markup:
        """Render a template with the words of a locale."""
        template = self._environment.get_template(name)
        return Markup(template.render(words(locale), **context))  # noqa: S704 - rendered with autoescaping


@lru_cache(maxsize=64)
def words(locale: str) -> Mapping[str, Any]:
    """What templates say and write differently in each locale."""
    locale = locale or i18n.DEFAULT
    return {
        "_": translator(locale),
        "ngettext": i18n.translations(locale).ngettext,
        "explain": partial(i18n.explain, locale),
        "locale": locale,
        "direction": i18n.direction(locale),
        "full": partial(times.full, locale=locale),
        "date": partial(times.date, locale=locale),
        "relative": partial(times.relative, locale=locale),
        "count": partial(times.count, locale=locale),
        "number": partial(times.number, locale=locale),
    }


def translator(locale: str) -> Callable[..., str]:
    """`_("Reply to %(name)s", name=...)` for one locale; what is filled in is escaped by the template as a
    whole.
    """
    gettext = i18n.translations(locale).gettext

    def translate(message: str, **values: object) -> str:
        translated = gettext(message)
        if not values:
            return translated
        return translated % {
            name: i18n.isolated(value, locale) if isinstance(value, str) else value
            for name, value in values.items()
        }

    return translate


def _loader(folders: Mapping[str, Sequence[TemplateFolder]]) -> BaseLoader:
    themes: list[Path] = [folder.path for found in folders.values() for folder in found if folder.theme]
    own = {
        plugin: FileSystemLoader([folder.path for folder in found])
        for plugin, found in folders.items()
        if found
    }
    # The last theme in the plugins' order wins, as the last style sheet does.
    replacing = PrefixLoader({"web": FileSystemLoader([path / "web" for path in reversed(themes)])})
    return ChoiceLoader([replacing, PrefixLoader(own)])
