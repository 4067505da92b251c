"""The settings of the plugin `linkpreviews`."""

from __future__ import annotations

import msgspec

from microblog_core.domain.errors import ConfigurationError
from microblog_core.plugins.settings import check_ranges


class LinkPreviewSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[plugins.linkpreviews]`. It works without any."""

    blocked: tuple[str, ...] = ()
    """Hosts that are never asked and never shown, each with its subdomains, such as `["example.org"]`."""
    pictures: bool = True
    """Whether pages' pictures are shown; they are made anew, so it needs the extra `media`."""
    seconds: float = 10.0
    """How long one request may take (seconds; up to 15)."""
    page_bytes: int = 512 * 1024
    """How much of a page is read (bytes; up to 4194304)."""
    picture_bytes: int = 4 << 20
    """How large a page's picture may be (bytes; up to 16777216)."""
    per_hour: int = 60
    """How many pages may be asked for one person's posts in an hour."""
    fresh_days: float = 14.0
    """A page is asked anew when it is posted after so long (days)."""
    failed_hours: float = 24.0
    """A page without a preview is asked anew when it is posted after so long (hours)."""
    ca_file: str = ""
    """A file with certificates to trust besides the system's."""


def check_settings(settings: LinkPreviewSettings) -> None:
    """Raises `ConfigurationError` for what can't work."""
    good = {
        "seconds": 0 < settings.seconds <= 15,
        "page_bytes": 1 <= settings.page_bytes <= 4 << 20,
        "picture_bytes": 1 <= settings.picture_bytes <= 16 << 20,
        "per_hour": settings.per_hour >= 1,
        "fresh_days": settings.fresh_days >= 0,
        "failed_hours": settings.failed_hours >= 0,
    }
    check_ranges("linkpreviews", good)
    for host in settings.blocked:
        if not host or set(host) & set("/:@*? "):
            raise ConfigurationError(
                f"plugins.linkpreviews.blocked has {host!r}, which is no host's name.",
                hint='Name hosts alone, such as "example.org"; their subdomains belong to them.',
            )
