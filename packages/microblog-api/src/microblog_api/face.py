"""The API's own face: its resources come in through the hook that anybody uses. They alone stand at the
API's root.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from microblog_api.resources import instance, nodeinfo


def register_resources() -> Iterable[Any]:
    """NodeInfo and the instance."""
    return (*nodeinfo.HANDLERS, *instance.HANDLERS)
