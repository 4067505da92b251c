"""Push subscriptions of access tokens: set, read, change, delete. Delivering is not done here."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from microblog_core.domain.errors import Conflict, NotFound
from microblog_core.domain.permissions import Actor, require_account
from microblog_core.domain.push import ALERTS, PushPolicy, PushSubscription, check_endpoint, check_keys
from microblog_core.patterns.decorators import authorised, rate_limited, retried
from microblog_core.ports import operations as ops
from microblog_core.ports.context import Ports


class SetPushSubscription(msgspec.Struct, frozen=True, kw_only=True):
    """Where the app that holds the token `token_id` wants to be told, and of what; unknown alerts are left
    out.
    """

    token_id: int
    endpoint: str
    p256dh: str
    auth: str
    alerts: tuple[str, ...] = ()
    policy: PushPolicy = PushPolicy.ALL
    standard: bool = False


class UpdatePushSubscription(msgspec.Struct, frozen=True, kw_only=True):
    """Other alerts or another policy; None leaves a value."""

    token_id: int
    alerts: tuple[str, ...] | None = None
    policy: PushPolicy | None = None


class DeletePushSubscription(msgspec.Struct, frozen=True, kw_only=True):
    """Whose subscription goes."""

    token_id: int


@authorised("push.write")
@rate_limited("push", limit=120, per=3600)
@retried("id")
async def set_push_subscription(ports: Ports, actor: Actor, command: SetPushSubscription) -> PushSubscription:
    """Subscribe, in place of what the token had. Raises `Invalid` (fields `endpoint`, `p256dh`, `auth`)."""
    now = ports.clock.now()
    p256dh, auth = check_keys(command.p256dh, command.auth)
    made = PushSubscription(
        id=ports.ids.at(now),
        token_id=command.token_id,
        account_id=require_account(actor).id,
        endpoint=check_endpoint(command.endpoint),
        p256dh=p256dh,
        auth=auth,
        alerts=_known(command.alerts),
        policy=command.policy,
        standard=command.standard,
        created_at=now,
    )
    unit = ports.unit()
    unit.apply(ops.PutPushSubscription(subscription=made))
    await unit.commit()
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
