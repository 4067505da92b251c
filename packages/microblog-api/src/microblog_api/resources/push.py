"""Push subscriptions, one for each access token (https://docs.joinmastodon.org/methods/push/)."""

from __future__ import annotations

import msgspec

from microblog_api.access import NEEDS_APPLICATION
from microblog_api.bearer import token_of
from microblog_api.endpoints import Call, delete, get, post, put
from microblog_api.entities import Empty, WebPushAlerts, WebPushSubscription
from microblog_api.sealed import seal_token
from microblog_api.vapid import public_key
from microblog_core.domain.errors import Invalid
from microblog_core.domain.push import ALERTS, TOKEN_PURPOSE, PushPolicy, PushSubscription
from microblog_core.services import push


class Keys(msgspec.Struct, frozen=True):
    """An app's keys, in base64url."""

    p256dh: str = ""
    auth: str = ""


class Endpoint(msgspec.Struct, frozen=True):
    """Where an app wants to be told."""

    endpoint: str = ""
    keys: Keys = Keys()
    standard: bool = False


class Data(msgspec.Struct, frozen=True):
    """Of what an app wants to be told, and of whose doings."""

    alerts: dict[str, bool] | None = None
    policy: PushPolicy | None = None


class NewSubscription(msgspec.Struct, frozen=True):
    """A subscription in place of what the token had."""

    subscription: Endpoint = Endpoint()
    data: Data = Data()


class ChangedSubscription(msgspec.Struct, frozen=True):
    """Other alerts or another policy; what isn't given stays. `policy` is given in either place."""

    data: Data = Data()
    policy: PushPolicy | None = None


@get("/api/v1/push/subscription", needs="push")
async def read(call: Call, given: None) -> WebPushSubscription:
    """View the token's subscription."""
    return await _entity(call, await push.read_push_subscription(call.ports, call.actor, _token_id(call)))


@post("/api/v1/push/subscription", needs="push")
async def create(call: Call, given: NewSubscription) -> WebPushSubscription:
    """Subscribe to notifications."""
    command = push.SetPushSubscription(
        token_id=_token_id(call),
        endpoint=given.subscription.endpoint,
        p256dh=given.subscription.keys.p256dh,
        auth=given.subscription.keys.auth,
        alerts=_wanted(given.data.alerts or {}),
        policy=given.data.policy or PushPolicy.ALL,
        standard=given.subscription.standard,
        sealed_token=_sealed(call),
    )
    return await _entity(call, await push.set_push_subscription(call.ports, call.actor, command))


@put("/api/v1/push/subscription", needs="push")
async def update(call: Call, given: ChangedSubscription) -> WebPushSubscription:
    """Change of what the app is told."""
    command = push.UpdatePushSubscription(
        token_id=_token_id(call),
        alerts=None if given.data.alerts is None else _wanted(given.data.alerts),
        policy=given.data.policy or given.policy,
    )
    return await _entity(call, await push.update_push_subscription(call.ports, call.actor, command))


@delete("/api/v1/push/subscription", needs="push")
async def remove(call: Call, given: None) -> Empty:
    """Unsubscribe."""
    command = push.DeletePushSubscription(token_id=_token_id(call))
    await push.delete_push_subscription(call.ports, call.actor, command)
    return Empty()


def _token_id(call: Call) -> int:
    token = call.caller.token
    if token is None:
        raise Invalid(NEEDS_APPLICATION)
    return token.id


def _sealed(call: Call) -> str:
    token = token_of(call.scope)
    return seal_token(call.site.secret(TOKEN_PURPOSE), token, _token_id(call)) if token else ""


def _wanted(alerts: dict[str, bool]) -> tuple[str, ...]:
    return tuple(name for name, wanted in alerts.items() if wanted)


async def _entity(call: Call, found: PushSubscription) -> WebPushSubscription:
    return WebPushSubscription(
        id=str(found.id),
        endpoint=found.endpoint,
        standard=found.standard,
        server_key=await public_key(call.ports),
        policy=str(found.policy),
        alerts=msgspec.convert({name: name in found.alerts for name in ALERTS}, WebPushAlerts),
    )


ENDPOINTS = (read, create, update, remove)
