"""Sites for tests of plugins: composed as in earnest, from exactly the plugins that a test brings along.

async with site_with({"weather": weather_plugin}, settings={"weather": {"key": "k"}}) as site:
    assert site.contributions.channels
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from microblog_core.config import Config, PluginsConfig, SiteConfig
from microblog_core.keys import KEY_BYTES
from microblog_core.plugins.report import PluginReport
from microblog_core.plugins.settings import Secret
from microblog_core.ports.clock import Clock
from microblog_core.site import Site, compose_site


def site_with(
    plugins: Mapping[str, object] | None = None,
    *,
    installed: Collection[str] = (),
    faces: Collection[str] = (),
    settings: Mapping[str, Mapping[str, Any]] | None = None,
    required: Collection[str] = (),
    disabled: Collection[str] = (),
    time_budget: float = 5.0,
    clock: Clock | None = None,
    check_faces: bool = False,
    **site: Any,
) -> Site:
    """A composed site that is not open yet: core's own plugins, `plugins` by name (a module, or modules by
    face: `{"plugins": ..., "web": ...}`), and `installed` ones by entry point.

    `settings` are raw tables by plugin name; everything else sets fields of `SiteConfig`. The storage is in
    memory, and the secret key is made of zeros, unless the test says otherwise.
    """
    given = dict(plugins or {})
    choice = PluginsConfig(
        only=(*given, *installed), required=tuple(required), disabled=tuple(disabled), time_budget=time_budget
    )
    config = SiteConfig(
        **{"name": "test", "storage": "memory:", **site}, plugins=choice, settings=dict(settings or {})
    )
    root = Config(data=Path("microblog-data"), secret_key=Secret("00" * KEY_BYTES), sites=(config,))
    return compose_site(root, config, faces=faces, plugins=given, clock=clock, check_faces=check_faces)


def report_of(site: Site, plugin: str) -> PluginReport:
    """What a site tells of one plugin. Raises `KeyError` for one that it does not know."""
    for report in site.report:
        if report.name == plugin:
            return report
    raise KeyError(plugin)
