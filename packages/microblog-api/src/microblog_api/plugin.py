"""The API's core face: it says that the API is there. Import-light; Litestar loads with the surface, in
processes that serve it.
"""

from __future__ import annotations

from microblog_api import __version__
from microblog_core.contributions import Manifest

PLUGIN = Manifest(
    name="api", version=__version__, summary="The REST API: NodeInfo and what the site says of itself"
)
