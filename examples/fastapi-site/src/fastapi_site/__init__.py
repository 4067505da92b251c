"""A small microblogging site on FastAPI. FastAPI draws pages and reads forms; what happens is core's."""

from __future__ import annotations

import sys
from pathlib import Path

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from fastapi_site.pages import explain, missing, pages
from microblog_core.domain.errors import MicroblogError
from microblog_core.embedding import load_site
from microblog_core.http.middleware import SiteMiddleware

try:
    site = load_site()
except MicroblogError as error:
    sys.exit(f"{error.message} {error.hint}".strip())

app = FastAPI(title="Microblog on FastAPI", openapi_url=None)
app.add_middleware(SiteMiddleware, site=site)
app.add_exception_handler(MicroblogError, explain)
app.add_exception_handler(404, missing)
app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"))
app.include_router(pages)
