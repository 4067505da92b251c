"""Access tokens for tests: what the consent page gives, without the page."""

from __future__ import annotations

from microblog_core.domain.accounts import Account
from microblog_core.domain.permissions import ANONYMOUS, Actor
from microblog_core.ports.context import Ports
from microblog_core.services import applications

BACK = "urn:ietf:wg:oauth:2.0:oob"


async def make_token(ports: Ports, account: Account, scopes: str = "read write follow push profile") -> str:
    """A token of a new application, which this person allowed these scopes, those of plugins among them."""
    wish = applications.RegisterApplication(
        name="Test", redirect_uris=BACK, scopes=scopes, offered=scopes.split()
    )
    registered = await applications.register_application(ports, ANONYMOUS, wish)
    application = registered.application
    wanted = applications.Authorise(application=application, redirect_uri=BACK, scopes=tuple(scopes.split()))
    code = await applications.authorise(ports, Actor(account=account), wanted)
    found = await applications.find_code(ports, code)
    assert found is not None
    exchanged = await applications.exchange_code(
        ports, ANONYMOUS, applications.ExchangeCode(application=application, code=found)
    )
    return exchanged.token
