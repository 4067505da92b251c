"""Answers to buttons that the script presses: the piece of the page that has changed, instead of a way back
to the page. htmx says with the header `HX-Request` that it asks; without it nothing here happens.
"""

from __future__ import annotations

import json
from typing import Any

import msgspec
from litestar import Request
from markupsafe import Markup

from microblog_core.domain.posts import Entry
from microblog_core.http.login import safe_next
from microblog_core.http.scope import Headers, Scope, header
from microblog_web.fragments import draw_posts
from microblog_web.requests import scope_of
from microblog_web.responses import PRIVATE, Answer
from microblog_web.views import View


def in_place(scope: Scope) -> bool:
    """Whether the script asks, and swaps what it gets into the page."""
    return header(scope, b"hx-request") == "true"


def asks_in_place(request: Request[Any, Any, Any]) -> bool:
    """The same of a request."""
    return in_place(scope_of(request))


async def answer_post(view: View, entry: Entry, *, at: str = "", here: str = "", said: str = "") -> Answer:
    """A post drawn anew, as the line `at` of a listing, where its button was. `here` is the page that its
    forms lead back to; `said` is told to the reader.
    """
    if at:
        entry = msgspec.structs.replace(entry, id=int(at))
    if here:
        view.here = safe_next(here, "/")
    return fragment(await draw_posts(view, (entry,)), said)


def line_id(text: str) -> str:
    """The id of the line where a button was, empty for what is none."""
    return text if text.isascii() and text.isdigit() and len(text) < 20 else ""


def fragment(html: Markup, said: str = "") -> Answer:
    """A piece of a page; `said` is what the page says to its reader."""
    headers: Headers = [*PRIVATE]
    if said:
        headers.append((b"hx-trigger", json.dumps({"said": said}).encode("ascii")))
    return Answer(str(html).encode(), headers=headers)
