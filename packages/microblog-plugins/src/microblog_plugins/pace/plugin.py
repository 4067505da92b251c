"""The plugin `pace`: how many posts people may write in a minute, an hour, a day."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from microblog_core import hookspecs
from microblog_core.contributions import Manifest
from microblog_core.plugins.marks import implements
from microblog_core.ports.content import PostGuard
from microblog_plugins.pace.settings import PaceSettings, check_settings

if TYPE_CHECKING:
    from microblog_core.site import Site

PLUGIN = Manifest(
    name="pace",
    summary="How many posts people may write, by age of the account and by role. Off until it is set.",
    settings=PaceSettings,
    translations=Path(__file__).parent / "locale",
)


@implements(hookspecs.register_post_guards)
def register_post_guards(site: Site) -> Iterable[PostGuard]:
    """The limits that are set. Raises `ConfigurationError`."""
    from microblog_plugins.pace.counting import KeepPace

    settings = site.settings("pace")
    if not isinstance(settings, PaceSettings) or settings == PaceSettings():
        return ()
    check_settings(settings)
    return (KeepPace(settings, lambda: site.ports.limiter, lambda: site.ports.clock.now()),)
