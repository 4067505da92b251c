"""The blob store of a site, and others beside it: chosen by their URLs among what plugins offer, and made
with the settings of the plugin that offers them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from microblog_core.config import Config, SiteConfig
from microblog_core.contributions import BlobStoreFactory
from microblog_core.domain.errors import ConfigurationError, MicroblogError
from microblog_core.patterns.registry import SchemeRegistry, redacted
from microblog_core.plugins.composing import Composition, Plugin
from microblog_core.plugins.guard import run_within
from microblog_core.plugins.settings import Secret, scrub
from microblog_core.ports.blobs import BlobStore

if TYPE_CHECKING:
    from microblog_core.site import Site

MEDIA_FOLDER = "media"
"""Where the files of all sites lie in the data folder, each site's in a folder of its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenBlobs:
    """A blob store, not connected yet, and where it comes from. `url` may hold a password."""

    url: str
    owner: Plugin
    blobs: BlobStore


def choose_blobs(config: Config, site: SiteConfig, composition: Composition, storage_url: str) -> ChosenBlobs:
    """The blob store that the site's URL asks for. Raises `ConfigurationError` where none can be made.

    Without a URL it is a folder of the site's own in the data folder; in memory where the storage is.
    """
    url = site.blobs
    if not url:
        in_memory = storage_url.startswith("memory:")
        url = "memory:" if in_memory else f"files:{(config.data / MEDIA_FOLDER / site.name).absolute()}"
    owner, factory = blob_stores(composition).choose(url)
    plugin = composition.plugins[owner]
    hint = f"Check sites.{site.name}.blobs."
    return ChosenBlobs(
        url=url, owner=plugin, blobs=_made(site, url, factory, owner, plugin.settings, hint=hint)
    )


def open_blobs(site: Site, url: str) -> BlobStore:
    """A blob store beside that of a composed site, not connected yet; whoever asks for it closes it. Raises
    `ConfigurationError`.
    """
    registry, given = SchemeRegistry[BlobStoreFactory]("blob store"), site.contributions
    for each in given.blob_stores:
        registry.add(given.owner(each), each.schemes, each)
    owner, factory = registry.choose(url)
    return _made(site.config, url, factory, owner, site.settings(owner), hint="Check the address.")


def blob_stores(composition: Composition) -> SchemeRegistry[BlobStoreFactory]:
    """What the active plugins offer."""
    registry = SchemeRegistry[BlobStoreFactory]("blob store")
    for plugin in composition.active():
        for factory in plugin.bundle.get("register_blob_stores", ()):
            registry.add(plugin.name, factory.schemes, factory)
    return registry


def _made(
    site: SiteConfig,
    url: str,
    factory: BlobStoreFactory,
    owner: str,
    settings: msgspec.Struct | None,
    *,
    hint: str,
) -> BlobStore:
    configured = factory.configured
    try:
        return run_within(
            site.plugins.time_budget,
            lambda: factory.open(url) if configured is None else configured(url, settings),
            f"the blob store of the plugin {owner}",
        )
    except MicroblogError:
        raise
    except Exception as error:
        values = msgspec.structs.asdict(settings).values() if settings is not None else ()
        secrets = (value.reveal() for value in values if isinstance(value, Secret))
        text = scrub(f"{type(error).__name__}: {error}", (url, *secrets))
        raise ConfigurationError(
            f"The blob store for {redacted(url)} can't be made: {text}", hint=hint
        ) from error
