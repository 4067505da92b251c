"""What keys may be allowed: the scopes of the site's API, those of other plugins among them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from microblog_core.domain.applications import SCOPES

if TYPE_CHECKING:
    from microblog_core.site import Site

API_FACE = "microblog.api"
LEFT_OUT = frozenset({"push"})
"""A push belongs to an application's token."""


def for_keys(scopes: Mapping[str, str]) -> Mapping[str, str]:
    """Those that a key can have."""
    return {name: words for name, words in scopes.items() if name not in LEFT_OUT}


def offered(site: Site) -> Mapping[str, str]:
    """What the site offers for keys, with what each allows in words for people. Plugins' are among them where
    this process has loaded the faces of the API.
    """
    if API_FACE not in site.faces:
        return for_keys(SCOPES)
    # Imported here: a site may be without an API, and a process too.
    from microblog_api.plugin_faces import offered_scopes

    return for_keys(offered_scopes(site))
