"""Access tokens keep the contract of authenticators."""

from __future__ import annotations

import pytest

from microblog_api.bearer import BearerAuthenticator
from microblog_core.domain.permissions import Actor
from microblog_core.domain.timelines import Page
from microblog_core.services.applications import RevokeApplication, list_authorised, revoke_authorised
from microblog_core.testing.authenticator_suite import AuthenticatorSuite, request_with
from microblog_core.testing.tokens import make_token


class BearerRig:
    """Access tokens, and the consent that gives them."""

    lifetime = 0.0

    def __init__(self, ports):
        self.authenticator = BearerAuthenticator(lambda: ports)
        self._ports = ports

    async def grant(self, account):
        return {"headers": {"authorization": f"Bearer {await make_token(self._ports, account)}"}}

    async def revoke(self, account):
        actor = Actor(account=account)
        for each in (await list_authorised(self._ports, actor, Page())).items:
            command = RevokeApplication(application_id=each.application.id)
            await revoke_authorised(self._ports, actor, command)


class TestBearerAuthenticator(AuthenticatorSuite):
    @pytest.fixture
    def rig(self, ports):
        return BearerRig(ports)

    async def test_the_scheme_may_be_spelled_in_any_case(self, rig, build):
        ada = await build.account("ada")
        token = (await rig.grant(ada))["headers"]["authorization"].partition(" ")[2]
        identity = await self.ask(rig, request_with({"headers": {"authorization": f"bEaReR  {token}"}}))
        assert identity is not None and identity.account.id == ada.id
