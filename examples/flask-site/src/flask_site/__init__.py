"""A small microblogging site on Flask. Flask draws pages and reads forms; what happens is core's."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask

from flask_site.pages import EXTENSION, pages
from microblog_core.domain.errors import MicroblogError
from microblog_core.embedding import load_site
from microblog_core.http.wsgi import WsgiSite
from microblog_core.runtime.background import run_jobs
from microblog_core.sync import Portal


def create_app(data: Path | None = None) -> Flask:
    """The application for a data folder, by default that of `MICROBLOG_DATA`, else `microblog-data` here.

    Ends the program with a sentence where the configuration has to be changed.
    """
    try:
        portal = Portal(load_site(data), background=(run_jobs,))
    except MicroblogError as error:
        sys.exit(f"{error.message} {error.hint}".strip())
    app = Flask(__name__)
    app.extensions[EXTENSION] = portal
    app.wsgi_app = WsgiSite(app.wsgi_app, portal)
    app.add_template_filter(moment)
    app.register_blueprint(pages)
    return app


def moment(milliseconds: int) -> str:
    """A moment of core's for people."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%d %B %Y, %H:%M UTC")
