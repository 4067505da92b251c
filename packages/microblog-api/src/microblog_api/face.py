"""The API's own face: its resources come in through everybody's hook. They alone stand at the API's root."""

from __future__ import annotations

from collections.abc import Iterable

from microblog_api import hookspecs
from microblog_api.oauth import apps, authorize, authorized, discovery, login, tokens
from microblog_api.resources import instance, nodeinfo
from microblog_core.plugins.marks import implements


@implements(hookspecs.register_resources)
def register_resources() -> Iterable[object]:
    """NodeInfo, the instance, and the authorization server."""
    oauth = (apps, authorize, authorized, discovery, login, tokens)
    return (
        *nodeinfo.HANDLERS,
        *instance.HANDLERS,
        *(handler for part in oauth for handler in part.HANDLERS),
    )
