"""A site around an ASGI application that is not ours: FastAPI, Starlette, Litestar, whatever.

    app = FastAPI()
    app.add_middleware(SiteMiddleware, site=load_site())

The application's handlers find the site in the scope, as surfaces do: `site_of(request.scope)`,
`await identify(request.scope)`, `await csrf.check(request.scope, token)`. The same for WSGI is in
`http.wsgi`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from microblog_core.contributions import AsgiApp, Rejection, Surface
from microblog_core.domain.errors import MicroblogError
from microblog_core.http.app import Application, Background
from microblog_core.http.forms import draw_error
from microblog_core.runtime.background import run_jobs

if TYPE_CHECKING:
    from microblog_core.site import Site


class SiteMiddleware(Application):
    """Does for one application what `microblog serve` does for each of its surfaces.

    The site opens before the application's lifespan begins and closes after it; `background` runs in
    between, by default the site's jobs. What core answers itself (health, files, the pages that mails lead
    to, requests that are refused) it answers before the application; `render_error` draws refusals, by
    default as pages in the site's look. Bodies have at most `body_limit` bytes.
    """

    def __init__(
        self,
        app: AsgiApp,
        site: Site,
        *,
        body_limit: int = 1 << 20,
        render_error: Callable[[Mapping[str, Any], MicroblogError], Rejection] = draw_error,
        background: Sequence[Background] = (run_jobs,),
    ) -> None:
        surface = Surface(
            name="application",
            mounts=("/",),
            make_app=lambda faces: app,
            render_error=render_error,
            body_limit=body_limit,
        )
        super().__init__((site,), (surface,), server=site.server, background=background)
