from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import httpx
import pytest

from microblog_api.app import SURFACE
from microblog_core.config import Config, PluginsConfig, ServerConfig, SiteConfig
from microblog_core.http.app import create_app
from microblog_core.plugins.settings import Secret
from microblog_core.site import compose_site


@pytest.fixture
def serving(tmp_path: Path) -> Any:
    """`async with serving(**site) as http`: a client for the API alone, composed on memory."""

    @contextlib.asynccontextmanager
    async def serve(**site: Any) -> Any:
        config = Config(data=tmp_path, secret_key=Secret("00" * 32))
        chosen = {"name": "main", "storage": "memory:", "plugins": PluginsConfig(only=("api",)), **site}
        composed = compose_site(config, SiteConfig(**chosen), faces=("api",))
        app = create_app([composed], [SURFACE], server=ServerConfig())
        async with app:
            transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)  # type: ignore[arg-type]
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as http:
                http.site = composed  # type: ignore[attr-defined]
                yield http

    return serve
