"""The plugin `media`: makes pictures out of uploads, with Pillow.

Nothing heavy is imported here, nor anywhere in the site's own process.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from microblog_core.contributions import Manifest
from microblog_core.hookspecs import register_media_processors as media_processors
from microblog_core.plugins.marks import implements
from microblog_core.ports.media import MediaProcessor
from microblog_plugins.media.settings import MediaSettings

if TYPE_CHECKING:
    from microblog_core.site import Site

PLUGIN = Manifest(
    name="media",
    summary="Makes pictures out of uploads: JPEG, PNG, GIF, WebP, AVIF.",
    settings=MediaSettings,
    translations=Path(__file__).parent / "locale",
)


@implements(media_processors)
def register_media_processors(site: Site) -> Iterable[MediaProcessor]:
    """Pillow, in processes of its own."""
    from microblog_plugins.media.processor import PillowProcessor

    settings = site.settings("media")
    return (PillowProcessor(settings if isinstance(settings, MediaSettings) else MediaSettings()),)
