"""The hooks that the API adds: what a plugin's face in the entry point group `microblog.api` may have.

Plain functions of a module; each is called once for each distinct set of plugins, while the surface is built.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def register_resources() -> Iterable[Any]:
    """Add Litestar route handlers; a plugin's are mounted below `/api/x/PLUGIN`, whatever their own path.

    **When:** the surface is built, before the first request. **How often:** once per distinct set of
    plugins, so the site must come from the request's scope. **Which way it fails:** a face that raises, or
    whose handlers Litestar refuses, is left out with its name in the log.
    """
    return ()
