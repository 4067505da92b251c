"""The plugin `header-auth`: its settings, and the authenticator that they describe."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from microblog_core import hookspecs
from microblog_core.contributions import Manifest
from microblog_core.domain.accounts import AccountState, Identity
from microblog_core.domain.errors import ConfigurationError
from microblog_core.plugins import Secret, implements
from microblog_core.ports.auth import Authenticator, Request
from microblog_core.site import Site
from microblog_header_auth.signing import is_signed, read

SHORTEST = 32
_WELCOME = (AccountState.ACTIVE, AccountState.SILENCED)


class Settings(msgspec.Struct, frozen=True):
    """`[plugins.header-auth]`. `previous_secret` is still believed while proxies change over; `max_age` is in
    seconds, for clocks that are ahead as well. Below the paths in `below` alone the header counts.
    """

    secret: Secret
    previous_secret: Secret = Secret("")
    header: str = "X-Microblog-Identity"
    max_age: int = 30
    below: tuple[str, ...] = ("/",)


PLUGIN = Manifest(
    name="header-auth",
    version="0.1.0",
    summary="People whom a reverse proxy knows, by a signed header",
    settings=Settings,
)


class HeaderAuthenticator:
    """An `Authenticator`: whoever the header names, if the proxy signed it just now for this request."""

    def __init__(self, site: Site, settings: Settings) -> None:
        self._site = site
        self._name = settings.header.lower()
        self._max_age = settings.max_age
        self._secrets = tuple(
            text for each in (settings.secret, settings.previous_secret) if (text := each.reveal())
        )
        self.below = settings.below

    async def authenticate(self, request: Request) -> Identity | None:
        """Nobody, for a header that is missing, malformed, forged, old, for another request, or of somebody
        who isn't here or may not log in.
        """
        claim = read(request.headers.get(self._name, ""))
        if claim is None:
            return None
        ports = self._site.ports
        if abs(ports.clock.now() / 1000 - claim.at) > self._max_age:
            return None
        if not any(
            is_signed(claim, secret, method=request.method, path=request.path) for secret in self._secrets
        ):
            return None
        account = await ports.storage.accounts.by_name(claim.username)
        if account is None or account.state not in _WELCOME:
            return None
        return Identity(account=account, method="header")


@implements(hookspecs.register_authenticators)
def authenticators(site: Site) -> Iterable[Authenticator]:
    settings: Settings = site.settings("header-auth")
    for each in (settings.secret, settings.previous_secret):
        if 0 < len(each.reveal()) < SHORTEST or not settings.secret.reveal():
            raise ConfigurationError(
                f"plugins.header-auth: a secret is shorter than {SHORTEST} characters",
                hint="Make one with `openssl rand -hex 32` and give it to the proxy, too.",
            )
    if not all(path.startswith("/") for path in settings.below):
        raise ConfigurationError(
            "plugins.header-auth.below: a path doesn't begin with /", hint='Write below = ["/"], for example.'
        )
    return [HeaderAuthenticator(site, settings)]
