"""The Jinja environments of one set of plugins, and the words and helpers that every template has.

Autoescaping is always on; an undefined name is an error, not an empty string. A `Look` is what a site draws
with: the site's own templates, or those with a theme's over them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache, partial
from gettext import NullTranslations
from pathlib import Path
from typing import Any, TypeVar

from jinja2 import BaseLoader, ChoiceLoader, Environment, FileSystemLoader, PrefixLoader, StrictUndefined
from markupsafe import Markup

from microblog_core.domain.errors import PluginError
from microblog_core.http import challenges
from microblog_core.plugins.guard import Breaker
from microblog_web import i18n, times
from microblog_web.contributions import TemplateFolder
from microblog_web.holes import Holes, hole
from microblog_web.icons import icon
from microblog_web.static_files import StaticFiles

T = TypeVar("T")

log = logging.getLogger("microblog.plugins")


class Look:
    """The templates as one theme has them. Where one of the theme's fails, the site's own is drawn instead,
    and the log says whose fault it was; after several failures in a row the theme's rests for a while.

    `problems` are what the theme's templates failed with last, by template.
    """

    def __init__(
        self,
        own: Environment,
        theme: str = "",
        themed: Environment | None = None,
        *,
        static: StaticFiles,
    ) -> None:
        self.static = static
        self.theme = theme
        self.problems: dict[str, str] = {}
        self._own = own
        self._themed = themed
        self._breakers: dict[str, Breaker] = {}

    def render(self, name: str, locale: str, context: Mapping[str, Any]) -> Markup:
        """Render a template with the words of a locale."""
        return self._drawn(name, lambda environment: _rendered(environment, name, locale, context))

    def holes(
        self,
        name: str,
        locale: str,
        context: Mapping[str, Any],
        *,
        known: Collection[str],
        needed: Collection[str],
    ) -> Holes:
        """Render a template that is filled later. The theme's must have the holes that are `needed`, and no
        others than are `known`.
        """

        def make(environment: Environment) -> Holes:
            drawn = Holes(_rendered(environment, name, locale, context))
            if environment is self._themed:
                _check_holes(name, drawn, known, needed)
            return drawn

        return self._drawn(name, make)

    def _drawn(self, name: str, make: Callable[[Environment], T]) -> T:
        if self._themed is None:
            return make(self._own)
        breaker = self._breakers.setdefault(name, Breaker())
        if not breaker.admit():
            return make(self._own)
        try:
            drawn = make(self._themed)
        except Exception as error:
            try:
                instead = make(self._own)
            except BaseException:
                # What fails without the theme, too, is not the theme's fault.
                breaker.release()
                raise
            self._blame(name, error, rests=breaker.fail())
            return instead
        breaker.succeed()
        if self.problems:
            self.problems.pop(name, None)
        return drawn

    def _blame(self, name: str, error: Exception, *, rests: bool) -> None:
        self.problems[name] = f"{type(error).__name__}: {error}"
        log.error(
            "the template %s of the theme %s failed, the site's own stands in%s",
            name,
            self.theme,
            "; it rests for a while" if rests else "",
            exc_info=error,
        )


class Templates:
    """All templates of one set of plugins."""

    def __init__(self, folders: Mapping[str, Sequence[TemplateFolder]], static: StaticFiles) -> None:
        self.static = static
        self._folders = folders
        self._looks: dict[str, Look] = {}

    @property
    def themes(self) -> frozenset[str]:
        """The plugins that are themes."""
        own = {plugin for plugin, found in self._folders.items() if any(folder.theme for folder in found)}
        return frozenset(own | self.static.themes)

    def look(self, theme: str = "") -> Look:
        """What sites with this theme draw with; empty for none. Raises `PluginError` where it is none."""
        look = self._looks.get(theme)
        if look is None:
            if theme and theme not in self.themes:
                raise PluginError(
                    f"The plugin {theme!r} is no theme, or is not active.",
                    hint=f"Themes here are: {', '.join(sorted(self.themes)) or 'none'}.",
                )
            folders = [folder.path / "web" for folder in self._folders.get(theme, ()) if folder.theme]
            themed = self._environment(theme, folders) if theme and folders else None
            look = self._looks[theme] = Look(self._environment(theme, []), theme, themed, static=self.static)
        return look

    def _environment(self, theme: str, replacing: Sequence[Path]) -> Environment:
        environment = Environment(
            loader=_loader(self._folders, replacing),
            autoescape=True,
            undefined=StrictUndefined,
            auto_reload=False,
            cache_size=-1,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.globals.update(
            icon=icon,
            hole=hole,
            static=self.static.url,
            styles=self.static.styles(theme),
            scripts=self.static.scripts(theme),
            machine=times.machine,
            challenge_script=challenges.script_url,
        )
        return environment


def _rendered(environment: Environment, name: str, locale: str, context: Mapping[str, Any]) -> Markup:
    text = environment.get_template(name).render(words(locale), **context)
    return Markup(text)  # noqa: S704 - rendered with autoescaping


def _check_holes(name: str, drawn: Holes, known: Collection[str], needed: Collection[str]) -> None:
    if missing := sorted(set(needed) - set(drawn.names)):
        raise PluginError(f"{name} has no hole {missing[0]}")
    if unknown := sorted(set(drawn.names) - set(known)):
        raise PluginError(f"{name} has a hole {unknown[0]}, which nothing fills")


def words(locale: str) -> Mapping[str, Any]:
    """What templates say and write differently in each locale."""
    locale = locale or i18n.DEFAULT
    return _words(locale, i18n.translations(locale))


@lru_cache(maxsize=64)
def _words(locale: str, catalogue: NullTranslations) -> Mapping[str, Any]:
    """The same, kept until a plugin brings more translations."""
    return {
        "_": translator(locale),
        "ngettext": catalogue.ngettext,
        "explain": partial(i18n.explain, locale),
        "locale": locale,
        "direction": i18n.direction(locale),
        "full": partial(times.full, locale=locale),
        "date": partial(times.date, locale=locale),
        "relative": partial(times.relative, locale=locale),
        "count": partial(times.count, locale=locale),
        "number": partial(times.number, locale=locale),
        "size": partial(times.size, locale=locale),
        "money": partial(times.money, locale=locale),
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


def _loader(folders: Mapping[str, Sequence[TemplateFolder]], replacing: Sequence[Path]) -> BaseLoader:
    """`<plugin>/<file>`; the folders `replacing` may hold other files of the site's own."""
    own = PrefixLoader(
        {
            plugin: FileSystemLoader([folder.path for folder in found])
            for plugin, found in folders.items()
            if found
        }
    )
    if not replacing:
        return own
    return ChoiceLoader([PrefixLoader({"web": FileSystemLoader(list(replacing))}), own])
