"""Leaving: delete the own account with a grace (`Limits.deletion_milliseconds`), come back, and remove what
is left when the grace is over.

An account that leaves is hidden at once, everywhere, and has no sessions and tokens. Removing is done in
small units, each of which may be the last before a crash: the departure stays until nothing is left, so that
the job or housekeeping goes on.
"""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from microblog_core.domain.accounts import Account, AccountState
from microblog_core.domain.deliveries import MAIL, STORE, paused_key
from microblog_core.domain.errors import Conflict, Forbidden, NotFound
from microblog_core.domain.events import AccountDeleted, AccountUpdated
from microblog_core.domain.leaving import OWN_VALUES, Departure, Remnant
from microblog_core.domain.media import UNATTACHED_MILLISECONDS
from microblog_core.domain.permissions import Actor, require_account
from microblog_core.patterns.decorators import audited, authorised, retried
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import (
    AddDeparture,
    DeleteValue,
    EndDeparture,
    EraseAccount,
    FinishDeparture,
    Job,
    SetAccountState,
    UpdateProfile,
)
from microblog_core.services.exports import remove_exports_of
from microblog_core.services.imports import remove_imports_of
from microblog_core.services.mails import AccountMailKind, mail_job
from microblog_core.services.pictures import Picture, put_pictures
from microblog_core.services.posts import deleted_event
from microblog_core.services.profiles import prove
from microblog_core.services.uploads import discard

ERASE_JOB = "accounts.erase"
ERASE_SECONDS = 600.0
POSTS = 50
ROWS = 200
"""How many rows of a kind go in one unit."""
LATE = 1000
"""How much later than the last moment to come back an account is removed (milliseconds)."""


class DeleteOwnAccount(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody wants to leave, and shows by their password who they are."""

    password: str


class DeleteAccount(msgspec.Struct, frozen=True, kw_only=True):
    """An operator deletes an account; with `at_once` without a grace."""

    account_id: int
    at_once: bool = False


class ComeBack(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who left wants to stay. The caller has seen who they are."""

    account_id: int


class _Erase(msgspec.Struct, frozen=True):
    """The payload of `ERASE_JOB`."""

    account_id: int


def moment_of(at: int) -> str:
    """A day, for people."""
    return f"{datetime.fromtimestamp(at / 1000, UTC):%Y-%m-%d}"


@authorised("account.write")
@audited("account.left", lambda command: "own")
async def delete_own_account(ports: Ports, actor: Actor, command: DeleteOwnAccount) -> Departure:
    """Hide the own account at once, end all its sessions and tokens, and have it removed when its grace is
    over. Raises `Invalid` (field `password`), `RateLimited`.
    """
    account = require_account(actor)
    await prove(ports, actor, command.password, field="password")
    return await _depart(ports, account, ports.limits.deletion_milliseconds)


@authorised("accounts.manage")
@audited("account.deleted", lambda command: command.account_id)
async def delete_account(ports: Ports, actor: Actor, command: DeleteAccount) -> Departure:
    """Delete somebody's account. Raises `NotFound`, `Forbidden` (the own one, which asks for a password)."""
    if command.account_id == actor.id:
        raise Forbidden("Delete your own account in your settings.")
    account = await ports.storage.accounts.get(command.account_id)
    if account is None or account.state is AccountState.DELETED:
        raise NotFound("There is no such account.")
    grace = 0 if command.at_once else ports.limits.deletion_milliseconds
    return await _depart(ports, account, grace)


async def _depart(ports: Ports, account: Account, grace: int) -> Departure:
    now = ports.clock.now()
    due = now + grace
    unit = ports.unit()
    unit.apply(AddDeparture(account_id=account.id, left_at=now, due_at=due))
    unit.outbox.add(
        Job(
            id=ports.ids.at(now),
            kind=ERASE_JOB,
            key=f"{account.id}:{due}",
            payload=msgspec.json.encode(_Erase(account.id)),
            due_at=due + LATE if grace else now,
            created_at=now,
        )
    )
    if ports.mails and grace:
        unit.outbox.add(mail_job(ports, AccountMailKind.LEAVING, account.id, now, detail=moment_of(due)))
    unit.emit(
        AccountUpdated(id=ports.ids.at(now), at=now, account_id=account.id, version=account.version + 1)
    )
    try:
        await unit.commit()
    except Conflict as conflict:
        raise NotFound("This account is to be deleted already, or waits for approval.") from conflict
    return Departure(account_id=account.id, state=account.state, left_at=now, due_at=due)


@audited("account.came_back", lambda command: command.account_id)
async def come_back(ports: Ports, actor: Actor, command: ComeBack) -> Account:
    """Keep an account that was to be deleted, as it was. Raises `NotFound`: it is too late, or it does not
    leave.
    """
    now = ports.clock.now()
    unit = ports.unit()
    unit.apply(EndDeparture(account_id=command.account_id, at=now))
    try:
        await unit.commit()
    except Conflict as conflict:
        raise NotFound("It is too late to keep this account, or it is kept already.") from conflict
    account = await ports.storage.accounts.get(command.account_id)
    if account is None:
        raise NotFound("There is no such account.")
    return account


async def erase_departed(ports: Ports, job: Job) -> None:
    """Run the job `ERASE_JOB`."""
    await erase_account(ports, msgspec.json.decode(job.payload, type=_Erase).account_id)


async def erase_account(ports: Ports, account_id: int) -> bool:
    """Remove everything of an account whose grace is over but its name, which nobody gets again. Going on
    where an earlier run stopped; False where there is nothing to do (it came back, or its time has not come).
    """
    departure = await ports.storage.departures.get(account_id)
    if departure is None or departure.due_at > ports.clock.now():
        return False
    if not await _begin(ports, account_id):
        return False
    while remnants := await ports.storage.departures.posts(account_id, POSTS):
        for remnant in remnants:
            await _remove_post(ports, remnant)
    for plugin, beginning in OWN_VALUES:
        await _remove_values(ports, plugin, f"{beginning}{account_id}:")
    await remove_exports_of(ports, account_id)
    await remove_imports_of(ports, account_id)
    while await ports.storage.departures.leftovers(account_id):
        unit = ports.unit()
        unit.apply(EraseAccount(account_id=account_id, limit=ROWS))
        await unit.commit()
    unit = ports.unit()
    unit.plugins.delete(STORE, paused_key(account_id, MAIL))
    unit.apply(FinishDeparture(account_id=account_id))
    now = ports.clock.now()
    unit.emit(AccountDeleted(id=ports.ids.at(now), at=now, account_id=account_id))
    await unit.commit()
    return True


async def _begin(ports: Ports, account_id: int) -> bool:
    """Nobody comes back from here: the state is `deleted`, the profile is empty, the log-in is gone."""

    @retried("version", tries=5)
    async def begin(ports: Ports, actor: Actor, account_id: int) -> bool:
        account = await ports.storage.accounts.get(account_id)
        if account is None or account.state is AccountState.DELETED:
            return account is not None
        now = ports.clock.now()
        unit = ports.unit()
        empty = UpdateProfile(
            account_id=account.id, version=account.version, display_name="", bio="", bio_html="", fields=()
        )
        unit.accounts.update_profile(empty)
        after = msgspec.structs.replace(account, version=account.version + 1)
        after = put_pictures(ports, unit, after, (Picture("avatar"), Picture("header")))
        unit.accounts.set_state(
            SetAccountState(account_id=account.id, state=AccountState.DELETED, only_from=account.state)
        )
        version = after.version + 1
        unit.emit(AccountUpdated(id=ports.ids.at(now), at=now, account_id=account.id, version=version))
        await unit.commit()
        return True

    try:
        return await begin(ports, Actor(system=True), account_id)
    except Conflict as conflict:
        # It came back in this very moment.
        if conflict.guard != "state":
            raise
        return False


async def _remove_post(ports: Ports, remnant: Remnant) -> None:
    post, now = remnant.post, ports.clock.now()
    unit = ports.unit()
    # Should this process die before the files go, housekeeping needs not wait for somebody to use them again.
    unit.posts.delete(post, deleted_at=now - UNATTACHED_MILLISECONDS, hidden_at=remnant.hidden_at)
    unit.emit(deleted_event(ports, post, now))
    try:
        await unit.commit()
    except Conflict as conflict:
        if conflict.guard != "exists":
            raise
    for attachment in post.attachments:
        await discard(ports, attachment)


async def _remove_values(ports: Ports, plugin: str, beginning: str) -> None:
    keys = list(await ports.storage.values(plugin, beginning))
    if keys:
        unit = ports.unit()
        unit.apply(*(DeleteValue(plugin=plugin, key=key) for key in keys))
        await unit.commit()
