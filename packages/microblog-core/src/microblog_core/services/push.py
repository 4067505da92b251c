"""Push subscriptions of access tokens: set, read, change, delete; and the key that apps know a site's pushes
by. Delivering is not done here.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable

import msgspec

from microblog_core.domain.errors import Conflict, NotFound
from microblog_core.domain.permissions import Actor, require_account
from microblog_core.domain.push import (
    ALERTS,
    KEY_BYTES,
    KEY_MAX,
    PushPolicy,
    PushSubscription,
    check_endpoint,
    check_keys,
)
from microblog_core.patterns.decorators import authorised, rate_limited, retried
from microblog_core.ports import operations as ops
from microblog_core.ports.context import Ports

_KEEPER, _KEY = "core", "push.key"


class SetPushSubscription(msgspec.Struct, frozen=True, kw_only=True):
    """Where the app that holds the token `token_id` wants to be told, and of what; unknown alerts are left
    out. `sealed_token` is the token itself, encrypted.
    """

    token_id: int
    endpoint: str
    p256dh: str
    auth: str
    alerts: tuple[str, ...] = ()
    policy: PushPolicy = PushPolicy.ALL
    standard: bool = False
    sealed_token: str = ""


class UpdatePushSubscription(msgspec.Struct, frozen=True, kw_only=True):
    """Other alerts or another policy; None leaves a value."""

    token_id: int
    alerts: tuple[str, ...] | None = None
    policy: PushPolicy | None = None


class DeletePushSubscription(msgspec.Struct, frozen=True, kw_only=True):
    """Whose subscription goes."""

    token_id: int


async def read_push_key(ports: Ports) -> bytes:
    """The site's private key for VAPID (RFC 8292): the number of a P-256 key, `KEY_BYTES` bytes, big-endian.

    Made when it is first asked for and kept with the site's data, not derived from the service's secret key:
    push services refuse what another key signs, so every subscription would end when that one changes.
    """
    if (kept := await _kept_key(ports)) is None:
        made = (secrets.randbelow(KEY_MAX) + 1).to_bytes(KEY_BYTES, "big")
        unit = ports.unit()
        unit.apply(ops.AddValue(plugin=_KEEPER, key=_KEY, value=made))
        try:
            await unit.commit()
        except Conflict as conflict:
            if conflict.guard != "value":
                raise
        kept = await _kept_key(ports)
    assert kept is not None
    return kept


async def _kept_key(ports: Ports) -> bytes | None:
    return (await ports.storage.values(_KEEPER, _KEY)).get(_KEY)


@authorised("push.write")
@rate_limited("push", limit=120, per=3600)
@retried("id")
async def set_push_subscription(ports: Ports, actor: Actor, command: SetPushSubscription) -> PushSubscription:
    """Subscribe, in place of what the token had. Raises `Invalid` (fields `endpoint`, `p256dh`, `auth`),
    `NotFound` (the token was revoked).
    """
    now = ports.clock.now()
    p256dh, auth = check_keys(command.p256dh, command.auth)
    made = PushSubscription(
        id=ports.ids.at(now),
        token_id=command.token_id,
        account_id=require_account(actor).id,
        endpoint=check_endpoint(command.endpoint, ports.limits.targets),
        p256dh=p256dh,
        auth=auth,
        alerts=_known(command.alerts),
        policy=command.policy,
        standard=command.standard,
        created_at=now,
        sealed_token=command.sealed_token,
    )
    unit = ports.unit()
    unit.apply(ops.PutPushSubscription(subscription=made))
    try:
        await unit.commit()
    except Conflict as conflict:
        if conflict.guard == "exists":
            raise _gone() from conflict
        raise
    return made


async def read_push_subscription(ports: Ports, actor: Actor, token_id: int) -> PushSubscription:
    """The token's subscription. Raises `NotFound`, `Unauthenticated`."""
    found = await ports.storage.push.get(token_id)
    if found is None or found.account_id != require_account(actor).id:
        raise _gone()
    return found


@authorised("push.write")
@rate_limited("push", limit=120, per=3600)
async def update_push_subscription(
    ports: Ports, actor: Actor, command: UpdatePushSubscription
) -> PushSubscription:
    """Change alerts or policy; the subscription as it is now. Raises `NotFound`."""
    unit = ports.unit()
    unit.apply(
        ops.UpdatePushSubscription(
            token_id=command.token_id,
            account_id=require_account(actor).id,
            alerts=None if command.alerts is None else _known(command.alerts),
            policy=command.policy,
        )
    )
    try:
        await unit.commit()
    except Conflict as conflict:
        raise _gone() from conflict
    return await read_push_subscription(ports, actor, command.token_id)


@authorised("push.write")
async def delete_push_subscription(ports: Ports, actor: Actor, command: DeletePushSubscription) -> None:
    """Unsubscribe; where there is no subscription nothing happens."""
    unit = ports.unit()
    unit.apply(ops.DeletePushSubscription(token_id=command.token_id, account_id=require_account(actor).id))
    await unit.commit()


def _known(alerts: Iterable[str]) -> tuple[str, ...]:
    given = set(alerts)
    return tuple(alert for alert in ALERTS if alert in given)


def _gone() -> NotFound:
    return NotFound("This app has no push subscription.")
