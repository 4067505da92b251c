from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import msgspec
import pytest

from microblog_api.app import SURFACE, make_app
from microblog_core.config import Config, PluginsConfig, ServerConfig, SiteConfig
from microblog_core.contributions import Manifest
from microblog_core.hookspecs import hookimpl
from microblog_core.http.app import create_app
from microblog_core.plugins.settings import Secret
from microblog_core.site import compose_site


@pytest.fixture
def serving(tmp_path: Path) -> Any:
    """`async with serving(**site) as http`: a client for the API alone, composed on memory. What is in
    `handlers` stands below `/api/x/test`, and `authenticators` are asked who it is.
    """

    @contextlib.asynccontextmanager
    async def serve(handlers: Sequence[Any] = (), authenticators: Sequence[Any] = (), **site: Any) -> Any:
        config = Config(data=tmp_path, secret_key=Secret("00" * 32))
        chosen = {
            "name": "main",
            "storage": "memory:",
            "plugins": PluginsConfig(only=("api", "test")),
            **site,
        }
        plugin = SimpleNamespace(
            PLUGIN=Manifest(name="test"), register_authenticators=hookimpl(lambda: authenticators)
        )
        composed = compose_site(config, SiteConfig(**chosen), faces=("api",), plugins={"test": plugin})
        face = SimpleNamespace(register_resources=hookimpl(lambda: handlers))
        surface = msgspec.structs.replace(
            SURFACE, make_app=lambda faces: make_app({**faces, "test": face} if handlers else faces)
        )
        app = create_app([composed], [surface], server=ServerConfig())
        async with app:
            transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)  # type: ignore[arg-type]
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as http:
                http.site = composed  # type: ignore[attr-defined]
                yield http

    return serve
