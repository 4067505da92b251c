"""Core's own authenticator keeps the contract that others are held to."""

from __future__ import annotations

import pytest

from microblog_core.domain.permissions import Actor
from microblog_core.http.sessions import SESSION_COOKIE, SessionAuthenticator
from microblog_core.ports.context import Ports
from microblog_core.services.sessions import RevokeSession, list_sessions, open_session, revoke_session
from microblog_core.testing.authenticator_suite import AuthenticatorSuite


class SessionRig:
    """The session cookie, and what logs people in."""

    def __init__(self, ports: Ports, kind: type[SessionAuthenticator] = SessionAuthenticator) -> None:
        self.authenticator = kind(lambda: ports)
        self.lifetime = ports.limits.session_milliseconds / 1000
        self._ports = ports

    async def grant(self, account):
        opened = await open_session(self._ports, account, "a browser")
        return {"cookies": {SESSION_COOKIE: opened.token}}

    async def revoke(self, account):
        actor = Actor(account=account)
        for session in await list_sessions(self._ports, actor):
            await revoke_session(self._ports, actor, RevokeSession(token_hash=session.token_hash))


class TestSessionAuthenticator(AuthenticatorSuite):
    @pytest.fixture
    def rig(self, ports):
        return SessionRig(ports)
