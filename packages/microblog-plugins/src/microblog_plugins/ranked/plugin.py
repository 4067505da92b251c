"""The plugin `ranked`: a home timeline in which what matters to its reader comes first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from microblog_core import hookspecs
from microblog_core.contributions import Manifest, Timeline
from microblog_core.domain.errors import ConfigurationError
from microblog_core.plugins.marks import implements
from microblog_core.ports.timelines import TimelineStrategy
from microblog_plugins.ranked.settings import RankedSettings, check_settings

if TYPE_CHECKING:
    from microblog_core.site import Site

PLUGIN = Manifest(
    name="ranked",
    summary='A home page with what matters first. Used where a site says timeline = "ranked".',
    settings=RankedSettings,
)


@implements(hookspecs.register_timelines)
def register_timelines(site: Site) -> Iterable[Timeline]:
    """`ranked`. Raises `ConfigurationError`."""
    from microblog_plugins.ranked.timeline import Ranked

    settings = site.settings("ranked")
    if not isinstance(settings, RankedSettings):
        settings = RankedSettings()
    check_settings(settings)
    strategy = Ranked(settings, lambda: _base(site, settings.base), lambda: site.ports)
    return (Timeline(name="ranked", strategy=strategy),)


def _base(site: Site, name: str) -> TimelineStrategy:
    """The strategy underneath. Raises `ConfigurationError`."""
    for timeline in site.contributions.timelines:
        if timeline.name == name:
            return timeline.strategy
    raise ConfigurationError(
        f"No active plugin offers the timeline {name!r} of plugins.ranked.base.", hint="Use hybrid."
    )
