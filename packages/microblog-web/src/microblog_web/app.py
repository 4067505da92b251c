"""The website as a surface: what answers before any routing, the Litestar application behind it, and each
site's website.

One application serves all sites that have the same plugins; the site is in the ASGI scope, never in a
closure.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn
from weakref import WeakKeyDictionary, WeakValueDictionary

from litestar import Litestar, Router
from litestar.exceptions import HTTPException

from microblog_core.contributions import AsgiApp, Surface
from microblog_core.domain.errors import MicroblogError
from microblog_core.domain.media import ATTACHMENTS_MAX
from microblog_core.domain.site_texts import SiteFace
from microblog_core.http.scope import Message, Receive, Scope, Send, site_of
from microblog_core.services.site_texts import known_face
from microblog_web import face
from microblog_web.controllers import HANDLERS
from microblog_web.errors import answer_error, render_error
from microblog_web.faces import Faces, SetContributions
from microblog_web.i18n import take_translations
from microblog_web.nav import Nav
from microblog_web.requests import kept_for, recognised_below
from microblog_web.slots import Slots
from microblog_web.static_files import PREFIX, StaticFiles
from microblog_web.templating import Look, Templates
from microblog_web.website import WebSite

if TYPE_CHECKING:
    from litestar import Request

    from microblog_core.site import Site

log = logging.getLogger("microblog.plugins")

OWN = "web"
GROUP = "microblog.web"
BODY_LIMIT = 256 << 10


class WebApp:
    """The website of one set of plugins, an ASGI application."""

    def __init__(self, modules: Mapping[str, Any]) -> None:
        self._faces = Faces({OWN: face, **{name: module for name, module in modules.items() if name != OWN}})
        contributed = self._faces.collect_for_set()
        self.static, self.templates = self._shared(contributed)
        self._websites: WeakKeyDictionary[Site, WebSite] = WeakKeyDictionary()
        self._litestar = _litestar([*HANDLERS, *self._plugin_routers(contributed)])
        self._inner: AsgiApp = self._wrapped(contributed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._litestar(scope, receive, send)  # type: ignore[arg-type]
            return
        scope["state"]["website"] = self.website(site_of(scope))
        await self._inner(scope, receive, send)

    def website(self, site: Site) -> WebSite:
        """The website of a site with this set of plugins, put together on its first page."""
        website = self._websites.get(site)
        if website is None:
            website = self._websites[site] = self._compose(site)
        return website

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        method = scope["method"]
        if method in ("GET", "HEAD"):
            if scope["path"].startswith(PREFIX):
                scope["state"]["route"] = f"{PREFIX}{{path}}"
                if await self._send_static(scope, send):
                    return
            elif (page := await kept_for(scope)) is not None:
                scope["state"]["route"] = "(kept page)"
                await page.send(scope, send)
                return
            if method == "HEAD":
                scope, send = {**scope, "method": "GET"}, _without_body(send)
        try:
            await self._litestar(scope, receive, send)  # type: ignore[arg-type]
        except Exception as error:
            answer = await answer_error(scope, error)
            if answer is None:
                raise
            await answer(scope, receive, send)
        finally:
            scope["state"]["route"] = scope.get("path_template", "")

    async def _send_static(self, scope: Scope, send: Send) -> bool:
        file = self.static.get(scope["path"])
        if file is None:
            return False
        gzipped = any(name == b"accept-encoding" and b"gzip" in value for name, value in scope["headers"])
        body = file.gzipped if gzipped and file.gzipped is not None else file.body
        await send({"type": "http.response.start", "status": 200, "headers": file.headers(gzipped=gzipped)})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
        return True

    def _shared(self, contributed: SetContributions) -> tuple[StaticFiles, Templates]:
        """Static files and templates; a face whose folders can't be read is left out."""
        for name in list(contributed.static):
            try:
                StaticFiles({name: contributed.static[name]})
            except Exception as error:
                if name == OWN:
                    raise
                self._leave_out(contributed, name, error)
        static = StaticFiles(contributed.static)
        return static, Templates(contributed.templates, static)

    def _plugin_routers(self, contributed: SetContributions) -> list[Router]:
        routers = []
        for name, handlers in list(contributed.routes.items()):
            if not handlers:
                continue
            try:
                router = Router(path=f"/x/{name}", route_handlers=list(handlers))
                _litestar([router])
            except Exception as error:
                self._leave_out(contributed, name, error)
            else:
                routers.append(router)
        return routers

    def _wrapped(self, contributed: SetContributions) -> AsgiApp:
        app: AsgiApp = self._serve
        for name, middleware in reversed(contributed.middleware):
            try:
                app = middleware.wrap(app)
            except Exception as error:
                log.error(
                    "the middleware %s.%s is left out: %r", name, middleware.name, error, exc_info=error
                )
        return app

    def _look(self, site: Site, problems: dict[str, str]) -> Look:
        """What the site draws with; its own look where the theme that it names is none."""
        try:
            return self.templates.look(site.config.theme)
        except Exception as error:
            why = problems[site.config.theme] = f"{error} {getattr(error, 'hint', '')}".strip()
            log.error("the theme %s of the site %s is left out: %s", site.config.theme, site.name, why)
            return self.templates.look()

    def _leave_out(self, contributed: SetContributions, name: str, error: Exception) -> None:
        self._faces.drop(name, error)
        for mapping in (contributed.routes, contributed.templates, contributed.static):
            mapping.pop(name, None)
        contributed.middleware = [pair for pair in contributed.middleware if pair[0] != name]

    def _compose(self, site: Site) -> WebSite:
        contributed = self._faces.collect_for_site(site)
        problems = contributed.left_out
        untranslated = take_translations(site.translations)
        return WebSite(
            face=lambda: _face(site),
            look=self._look(site, problems),
            problems=problems,
            untranslated=untranslated,
            nav=Nav(contributed.nav_items),
            slots=Slots(contributed.slots),
            plugins=contributed.template_globals,
            recognises_below=recognised_below(site.authenticators),
            picture_url=lambda key: site.ports.blobs.url(key),
        )


_APPS: WeakValueDictionary[tuple[tuple[str, int], ...], WebApp] = WeakValueDictionary()
"""The applications that are in use, by their set of plugins, so that `render_error` finds a site's website.
"""


def make_app(faces: Mapping[str, Any]) -> AsgiApp:
    """Build the application for a distinct set of plugins."""
    app = WebApp(faces)
    _APPS[_key(faces)] = app
    return app


def website_for(site: Site) -> WebSite:
    """The website of a site, outside of a request (shared forms, errors that core answers)."""
    faces = site.faces.get(GROUP, {})
    app = _APPS.get(_key(faces)) or WebApp(faces)
    _APPS[_key(faces)] = app
    return app.website(site)


def _face(site: Site) -> SiteFace:
    """What the site says of itself; as the configuration has it where the site does not work."""
    try:
        return known_face(site.ports)
    except MicroblogError:
        return SiteFace(title=site.config.title, description=site.config.description)


def _key(faces: Mapping[str, Any]) -> tuple[tuple[str, int], ...]:
    return tuple((name, id(module)) for name, module in faces.items())


def _raise_on(_: Request, error: Exception) -> NoReturn:  # type: ignore[type-arg]
    raise error


def _litestar(handlers: Sequence[Any]) -> Litestar:
    """Errors go up to `WebApp`, which draws them with the reader's own frame."""
    return Litestar(
        route_handlers=list(handlers),
        openapi_config=None,
        exception_handlers={HTTPException: _raise_on, Exception: _raise_on},
        logging_config=None,
        request_max_body_size=None,
    )


def _without_body(send: Send) -> Send:
    """For HEAD: the same header fields, no body (RFC 9110 section 9.3.2)."""

    async def head(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {
                "type": "http.response.body",
                "body": b"",
                "more_body": message.get("more_body", False),
            }
        await send(message)

    return head


SURFACE = Surface(
    name=OWN,
    mounts=("/",),
    make_app=make_app,
    render_error=render_error,
    body_limit=BODY_LIMIT,
    uploads={
        "/compose": ATTACHMENTS_MAX,
        "/settings/profile": 2,
        **dict.fromkeys(("/admin/emojis", "/admin/appearance", "/admin/site"), 1),
    },
    archives=("/settings/import",),
    browser=True,
)
