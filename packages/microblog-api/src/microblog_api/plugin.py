"""The API's core face: it says that the API is there. Import-light; Litestar loads with the surface, in
processes that serve it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from microblog_api import __version__
from microblog_api.bearer import BearerAuthenticator
from microblog_core import hookspecs
from microblog_core.contributions import Manifest
from microblog_core.plugins.marks import implements
from microblog_core.ports.auth import Authenticator

if TYPE_CHECKING:
    from microblog_core.site import Site

PLUGIN = Manifest(
    name="api", version=__version__, summary="The REST API and its authorization server (OAuth 2)"
)


@implements(hookspecs.register_authenticators)
def register_authenticators(site: Site) -> Iterable[Authenticator]:
    """Access tokens, on the API's own paths."""
    return (BearerAuthenticator(lambda: site.ports),)


@implements(hookspecs.register_commands)
def register_commands() -> Iterable[click.Command]:
    """`microblog api openapi`."""
    return (openapi,)


@click.command()
@click.pass_context
def openapi(context: click.Context) -> None:
    """Write the API's OpenAPI document, with what the site's plugins add, to standard output."""
    # Imported here: what only says that the API is there must not load a framework.
    from microblog_api.app import ApiApp
    from microblog_api.openapi import written
    from microblog_core.cli.context import Invocation

    invocation = context.ensure_object(Invocation)
    site = invocation.compose(invocation.config_or_default(), faces=("api",))
    app = ApiApp(site.faces.get("microblog.api", {}))
    click.echo(written(app.documentation.document()), nl=False)
