"""Sessions: a log-in in one browser. The token is in the cookie alone; what is stored is its SHA-256."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from microblog_core.domain.accounts import Account, Session, clean_line
from microblog_core.domain.errors import NotFound
from microblog_core.domain.events import LoggedIn
from microblog_core.domain.permissions import Actor
from microblog_core.patterns.decorators import authorised
from microblog_core.ports.context import Ports
from microblog_core.ports.storage import SessionRow
from microblog_core.services.mails import AccountMailKind, mail_job

TOKEN_BYTES = 32
USER_AGENT_LENGTH = 200
ADDRESS_LENGTH = 45
"""The longest form of an IPv6 address."""


class NewSession(msgspec.Struct, frozen=True):
    """A session just opened; `token` is told once and stored nowhere."""

    token: str
    session: Session


class RevokeSession(msgspec.Struct, frozen=True, kw_only=True):
    """End one of the own sessions, by the hash of its token."""

    token_hash: str


def hash_token(token: str) -> str:
    """How a token is stored: SHA-256 in hex. Tokens are random, so no slower hash is needed."""
    return hashlib.sha256(token.encode("ascii", "replace")).hexdigest()


async def open_session(
    ports: Ports, account: Account, user_agent: str = "", *, address: str = "", new_device: bool = False
) -> NewSession:
    """Log an account in that has proven who it is; with `new_device` its owner is told by mail.

    The network `address` is stored only where the site keeps such addresses at all.
    """
    now = ports.clock.now()
    token = secrets.token_urlsafe(TOKEN_BYTES)
    session = Session(
        token_hash=hash_token(token),
        account_id=account.id,
        created_at=now,
        expires_at=now + ports.limits.session_milliseconds,
        user_agent=clean_line(user_agent)[:USER_AGENT_LENGTH],
        address=clean_line(address)[:ADDRESS_LENGTH] if ports.limits.address_milliseconds else "",
    )
    unit = ports.unit()
    unit.accounts.add_session(session)
    unit.emit(LoggedIn(id=ports.ids.at(now), at=now, account_id=account.id))
    if new_device and ports.mails:
        mail = mail_job(ports, AccountMailKind.NEW_DEVICE, account.id, now, detail=session.user_agent)
        unit.outbox.add(mail)
    await unit.commit()
    return NewSession(token, session)


async def resume_session(ports: Ports, token: str) -> SessionRow | None:
    """Who is logged in with this token; None if nobody is any more.

    Kept in the cache where the storage tells of every change in time; read anew each time where it doesn't.
    """
    if not token:
        return None
    token_hash, now = hash_token(token), ports.clock.now()
    if not ports.storage.coherent:
        return await ports.storage.sessions.get(token_hash, now)
    key = f"session:{token_hash}"
    cached = ports.cache.get(key)
    if isinstance(cached, SessionRow):
        return cached if cached.session.expires_at > now else None
    fill = ports.cache.fill()
    row = await ports.storage.sessions.get(token_hash, now)
    if row is not None:
        # The copy in memory would outlive the address in the storage.
        row = replace(row, session=replace(row.session, address=""))
        account = row.account.id
        fill.put(key, row, (key, f"sessions:{account}", f"account:{account}"), size=2048)
    return row


async def close_session(ports: Ports, token: str) -> None:
    """Log out; the token is worth nothing afterwards."""
    unit = ports.unit()
    unit.accounts.delete_session(hash_token(token))
    await unit.commit()


@authorised("account.write")
async def list_sessions(ports: Ports, actor: Actor) -> Sequence[Session]:
    """The actor's own sessions, newest first."""
    if actor.id is None:
        return ()
    return await ports.storage.sessions.of(actor.id, ports.clock.now())


@authorised("account.write")
async def revoke_session(ports: Ports, actor: Actor, command: RevokeSession) -> None:
    """End one of the actor's own sessions. Raises `NotFound`."""
    if command.token_hash not in {session.token_hash for session in await list_sessions(ports, actor)}:
        raise NotFound("There is no such session.")
    unit = ports.unit()
    unit.accounts.delete_session(command.token_hash)
    await unit.commit()
