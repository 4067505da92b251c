"""The plugin `spam`: refuses posts with words, links and repetitions that a site does not want."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from microblog_core import hookspecs
from microblog_core.contributions import Manifest
from microblog_core.plugins.marks import implements
from microblog_core.ports.content import PostGuard, PostValidator
from microblog_plugins.spam.settings import SpamSettings, check_settings

if TYPE_CHECKING:
    from microblog_core.site import Site

PLUGIN = Manifest(
    name="spam",
    summary="Refuses posts by words, links, numbers of names and tags, repetition. Off until it is set.",
    settings=SpamSettings,
    translations=Path(__file__).parent / "locale",
)


def _settings(site: Site) -> SpamSettings:
    settings = site.settings("spam")
    return settings if isinstance(settings, SpamSettings) else SpamSettings()


@implements(hookspecs.register_post_validators)
def register_post_validators(site: Site) -> Iterable[PostValidator]:
    """What a post must not have in it. Raises `ConfigurationError`."""
    from microblog_plugins.spam.rules import rules_of

    settings = _settings(site)
    check_settings(settings)
    return rules_of(settings, lambda: site.ports.clock.now())


@implements(hookspecs.register_post_guards)
def register_post_guards(site: Site) -> Iterable[PostGuard]:
    """The same again by the same person."""
    from microblog_plugins.spam.repeats import NoRepeats

    seconds = _settings(site).repeat_seconds
    return (NoRepeats(seconds, lambda: site.ports.limiter),) if seconds else ()
