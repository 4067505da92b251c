"""NodeInfo 2.0 and 2.1: what this software is and how much there is, for clients and statistics.

Follows the NodeInfo schemas and FEP-f1d5. `metadata.upstream.name` tells clients that detect servers by name
(megalodon) which API they find. `protocols` is empty because a site federates with nobody.
"""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath

from microblog_api import __version__
from microblog_api.responses import public_response
from microblog_core.domain.errors import NotFound
from microblog_core.http.scope import base_url_of, site_of
from microblog_core.services.site_texts import read_face
from microblog_core.services.statistics import read_usage

VERSIONS = ("2.0", "2.1")
_SCHEMA = "http://nodeinfo.diaspora.software/ns/schema/"


@get("/.well-known/nodeinfo")
async def discover(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Where the documents are (RFC 8615, JRD)."""
    base = base_url_of(request.scope)  # type: ignore[arg-type]
    links = [{"rel": _SCHEMA + version, "href": f"{base}/nodeinfo/{version}"} for version in VERSIONS]
    return public_response(request, {"links": links})


@get("/nodeinfo/{version:str}")
async def document(request: Request[Any, Any, Any], version: FromPath[str]) -> Response[bytes]:
    """The document of a version. Raises `NotFound` for others than `VERSIONS`."""
    if version not in VERSIONS:
        raise NotFound
    site = site_of(request.scope)  # type: ignore[arg-type]
    counts = await site.ports.storage.counts()
    usage, face = await read_usage(site.ports), await read_face(site.ports)
    body = {
        "version": version,
        "software": {"name": "microblog", "version": __version__},
        "protocols": [],
        "services": {"inbound": [], "outbound": []},
        "openRegistrations": site.ports.limits.registrations_open,
        "usage": {
            "users": {"total": counts.accounts, "activeMonth": usage.active_month},
            "localPosts": counts.posts,
        },
        "metadata": {
            "nodeName": face.title,
            "nodeDescription": face.description,
            "upstream": {"name": "mastodon"},
        },
    }
    return public_response(request, body, media_type=f'application/json; profile="{_SCHEMA}{version}#"')


HANDLERS = (discover, document)
