"""Which identity at a provider belongs to which account.

An identity is issuer and subject (OpenID Connect Core 1.0, section 5.7); nothing else that a provider says is
unique, or stays. In the plugin store: `sub:HASH` is the account of an identity, written once by whoever
comes first; `of:ACCOUNT` are the links of an account. `rev:ACCOUNT:N` is written once by whoever changes
these first, so that of two changes at the same time one begins anew: an account does not lose its last way in
by two.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import msgspec

from microblog_core.domain.accounts import Account
from microblog_core.domain.errors import Conflict, Invalid, NotFound
from microblog_core.domain.permissions import Actor, require_account
from microblog_core.i18n import mark
from microblog_core.patterns.decorators import audited, authorised, rate_limited
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import AddAudit, AddValue, DeleteValue, Operation, PutValue
from microblog_core.ports.unit import UnitOfWork
from microblog_core.services.mails import AccountMailKind, account_mail
from microblog_core.services.profiles import prove
from microblog_plugins.oidc.identity import Identity

STORE = "oidc"
MOST = 20
TAKEN = "This log-in belongs to an account here already."
_LAST_WAY = "You have no other way to log in. Set a password first."
_CHANGED = mark("Your log-in providers were changed at the same time. Try again.")


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """An identity of an account. `shown` is what its owner knows it by, `since` when it was linked (Unix
    milliseconds), `provider` its name in the configuration.
    """

    provider: str
    issuer: str
    subject: str
    shown: str
    since: int

    @property
    def key(self) -> str:
        """Names the identity, in at most 64 letters."""
        return identity_key(self.issuer, self.subject)


class Links(msgspec.Struct, frozen=True):
    """All links of an account; `revision` counts changes."""

    revision: int = 0
    links: tuple[Link, ...] = ()


class AddLink(msgspec.Struct, frozen=True, kw_only=True):
    """Let somebody who is logged in come in by this identity, too. They show who they are by `password`, or
    by having logged in just now. `labels` are what people know providers by, by their names; the mail to the
    owner says them.
    """

    provider: str
    identity: Identity
    password: str = ""
    labels: Mapping[str, str] = {}


class RemoveLink(msgspec.Struct, frozen=True, kw_only=True):
    """End one of the own links, by its `key`; the session with `keep_token_hash` stays, all others end.
    `labels` as in `AddLink`.
    """

    key: str
    password: str = ""
    keep_token_hash: str = ""
    labels: Mapping[str, str] = {}


class EndLinks(msgspec.Struct, frozen=True, kw_only=True):
    """An operator ends an account's links with a provider. `labels` as in `AddLink`."""

    account_id: int
    provider: str
    labels: Mapping[str, str] = {}


def identity_key(issuer: str, subject: str) -> str:
    """SHA-256 in hex of both."""
    return hashlib.sha256(f"{issuer}\0{subject}".encode()).hexdigest()


async def links_of(ports: Ports, account_id: int) -> Links:
    """The links of an account."""
    stored = await ports.storage.value(STORE, f"of:{account_id}")
    return msgspec.json.decode(stored, type=Links) if stored else Links()


async def account_of(ports: Ports, identity: Identity) -> Account | None:
    """Whose identity it is; None for nobody's."""
    stored = await ports.storage.value(STORE, f"sub:{identity_key(identity.issuer, identity.subject)}")
    return await ports.storage.accounts.get(int(stored)) if stored else None


def first_link(ports: Ports, provider: str, identity: Identity, account_id: int) -> tuple[Operation, ...]:
    """What to commit with an account that is made for an identity. Guard: `value`, where somebody else has it
    by now.
    """
    now = ports.clock.now()
    link = _link(provider, identity, now)
    line = AddAudit(
        id=ports.ids.at(now),
        actor_id=account_id,
        action="oidc.signed_up",
        subject=str(account_id),
        detail=provider,
        created_at=now,
    )
    return (*_put(account_id, Links(), (link,)), _claim(link, account_id), line)


@authorised("account.write")
@rate_limited("oidc_links", limit=20, per=3600)
@audited("oidc.linked", lambda command: "own", lambda command: command.provider)
async def add_link(ports: Ports, actor: Actor, command: AddLink) -> None:
    """Link an identity; the owner is told by mail. Raises `Invalid` (fields `password`, `link`),
    `RateLimited`.
    """
    account = require_account(actor)
    await prove(ports, actor, command.password, field="password")
    known = await links_of(ports, account.id)
    if await account_of(ports, command.identity) is not None:
        raise Invalid(fields={"link": TAKEN})
    if len(known.links) >= MOST:
        raise Invalid(fields={"link": f"You have {MOST} already. Remove one first."})
    link = _link(command.provider, command.identity, ports.clock.now())
    unit = ports.unit()
    unit.apply(*_put(account.id, known, (*known.links, link)), _claim(link, account.id))
    unit.apply(*_mails(ports, AccountMailKind.LOGIN_ADDED, account.id, (link,), command.labels))
    await _commit(unit, _CHANGED)


@authorised("account.write")
@rate_limited("oidc_links", limit=20, per=3600)
@audited("oidc.unlinked", lambda command: "own")
async def remove_link(ports: Ports, actor: Actor, command: RemoveLink) -> Link:
    """End a link, and all other sessions and all tokens: who came in by it is out. The owner is told by mail.
    Returns what it was.

    Raises `Invalid` (fields `password`, `link`: it is the last way in), `NotFound`, `RateLimited`.
    """
    account = require_account(actor)
    if not command.key:
        raise Invalid(fields={"link": "Choose which one to remove."})
    await prove(ports, actor, command.password, field="password")
    known = await links_of(ports, account.id)
    gone = next((link for link in known.links if link.key == command.key), None)
    if gone is None:
        raise NotFound("This link is gone already.")
    kept = tuple(link for link in known.links if link is not gone)
    login = await ports.storage.accounts.login_of(account.id)
    if not kept and not (login is not None and login.password_hash):
        raise Invalid(fields={"link": _LAST_WAY})
    unit = ports.unit()
    _remove(unit, account.id, known, kept, (gone,))
    unit.apply(*_mails(ports, AccountMailKind.LOGIN_REMOVED, account.id, (gone,), command.labels))
    unit.accounts.delete_sessions(account.id, keep_token_hash=command.keep_token_hash)
    unit.applications.delete_tokens(account.id)
    await _commit(unit, _CHANGED)
    return gone


@authorised("accounts.manage")
@audited("oidc.unlinked", lambda command: command.account_id, lambda command: command.provider)
async def end_links(ports: Ports, actor: Actor, command: EndLinks) -> bool:
    """End somebody's links with a provider, all sessions and all tokens, also where it is their last way in;
    they are told by mail. Returns whether they have one. Raises `NotFound`.
    """
    known = await links_of(ports, command.account_id)
    gone = tuple(link for link in known.links if link.provider == command.provider)
    if not gone:
        raise NotFound(f"The account is not linked with the provider {command.provider!r}.")
    kept = tuple(link for link in known.links if link not in gone)
    unit = ports.unit()
    _remove(unit, command.account_id, known, kept, gone)
    unit.apply(*_mails(ports, AccountMailKind.LOGIN_REMOVED, command.account_id, gone, command.labels))
    unit.accounts.delete_sessions(command.account_id)
    unit.applications.delete_tokens(command.account_id)
    await _commit(unit, _CHANGED)
    login = await ports.storage.accounts.login_of(command.account_id)
    return bool(kept) or bool(login is not None and login.password_hash)


async def forget(ports: Ports, account_id: int) -> None:
    """Remove everything of an account that is deleted; doing it twice is as good."""
    known = await links_of(ports, account_id)
    unit = ports.unit()
    unit.plugins.delete(STORE, f"of:{account_id}")
    for link in known.links:
        unit.plugins.delete(STORE, f"sub:{link.key}")
    for key in await ports.storage.values(STORE, f"rev:{account_id}:"):
        unit.plugins.delete(STORE, key)
    await unit.commit()


def _link(provider: str, identity: Identity, now: int) -> Link:
    return Link(
        provider=provider,
        issuer=identity.issuer,
        subject=identity.subject,
        shown=identity.shown,
        since=now,
    )


def _claim(link: Link, account_id: int) -> Operation:
    return AddValue(plugin=STORE, key=f"sub:{link.key}", value=str(account_id).encode())


def _put(account_id: int, before: Links, links: Sequence[Link]) -> tuple[Operation, ...]:
    """The account has these links now, if it had those before."""
    after = Links(before.revision + 1, tuple(links))
    return (
        AddValue(plugin=STORE, key=f"rev:{account_id}:{after.revision}", value=b""),
        DeleteValue(plugin=STORE, key=f"rev:{account_id}:{before.revision}"),
        PutValue(plugin=STORE, key=f"of:{account_id}", value=msgspec.json.encode(after)),
    )


def _remove(
    unit: UnitOfWork, account_id: int, known: Links, kept: Sequence[Link], gone: Sequence[Link]
) -> None:
    unit.apply(*_put(account_id, known, kept))
    unit.apply(*(DeleteValue(plugin=STORE, key=f"sub:{link.key}") for link in gone))


def _mails(
    ports: Ports, kind: AccountMailKind, account_id: int, links: Sequence[Link], labels: Mapping[str, str]
) -> tuple[Operation, ...]:
    what = ", ".join(f"{labels.get(link.provider, link.provider)} ({link.shown})" for link in links)
    return account_mail(ports, kind, account_id, detail=what)


async def _commit(unit: UnitOfWork, changed: str) -> None:
    try:
        await unit.commit()
    except Conflict as conflict:
        if conflict.guard != "value":
            raise
        raise Invalid(fields={"link": changed}) from conflict
