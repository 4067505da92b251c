"""Web hooks: addresses of others that are told what happens, signed as the Standard Webhooks specification
says (https://www.standardwebhooks.com).

A target belongs to an account, and is told of what the account is notified of, or to the site, and is told of
what everybody may see happen.
"""

from __future__ import annotations

import base64
import enum
import secrets

import msgspec

from microblog_core.domain.addresses import NOTHING, Allowed, check_url
from microblog_core.domain.errors import Invalid

WEBHOOKS = "webhooks"
"""The name of the channel that tells the targets of people, and of the plugin that brings it."""
WEBHOOK_JOB = "webhooks.deliver"
WEBHOOKS_MAX = 5
SECRET_BYTES = 32
SECRET_PREFIX = "whsec_"
ROTATION_MILLISECONDS = 24 * 3600 * 1000
"""For so long after a rotation the earlier secret signs too."""
ERROR_LENGTH = 200
FAILURES_MAX = 10
FAILING_MILLISECONDS = 24 * 3600 * 1000
"""A target that failed so often, and for so long, with nothing in between that went well, is paused."""

PING = "webhook.ping"
SITE_EVENTS = ("post.created", "post.edited", "post.deleted", "account.created", "report.created")
"""What targets of the site may be told of."""


class WebhookState(enum.StrEnum):
    """Whether a target is told: it is, its owner paused it, it failed for too long, or it wants no more."""

    ACTIVE = "active"
    PAUSED = "paused"
    FAILING = "failing"
    GONE = "gone"


class Webhook(msgspec.Struct, frozen=True, kw_only=True):
    """A target; `account_id` is None for one of the site's.

    `previous_secret` signs beside `secret` for a while after `rotated_at`. Of `events` it is told, of all if
    there are none. `last_at`, `last_status` (an HTTP status, 0 for no answer) and `last_error` (empty where
    it went well) are of the last try. `failures` counts those since the last success, the first of them at
    `failing_since`. Moments are Unix milliseconds, 0 for never.
    """

    id: int
    account_id: int | None
    url: str
    secret: str
    previous_secret: str = ""
    rotated_at: int = 0
    events: tuple[str, ...] = ()
    state: WebhookState = WebhookState.ACTIVE
    created_at: int
    last_at: int = 0
    last_status: int = 0
    last_error: str = ""
    failures: int = 0
    failing_since: int = 0

    def secrets(self, now: int) -> tuple[str, ...]:
        """The secrets that sign at this moment, the newest first."""
        if self.previous_secret and now < self.rotated_at + ROTATION_MILLISECONDS:
            return self.secret, self.previous_secret
        return (self.secret,)


class WebhookDelivery(msgspec.Struct, frozen=True, kw_only=True):
    """The payload of `WEBHOOK_JOB`: tell this target of one thing. What it says is read when it is told.

    `event_id` is that of the event or of the notification, `subject_id` the post's, account's or report's.
    """

    webhook_id: int
    type: str
    at: int
    event_id: int
    account_id: int | None = None
    subject_id: int = 0


def new_secret() -> str:
    """A secret that nobody had before."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def check_webhook_url(url: str, allowed: Allowed = NOTHING) -> str:
    """Return the address if it may be told; raises `Invalid` with the field `url`."""
    return check_url(url.strip(), allowed=allowed, example="https://example.org/hook")


def check_site_events(events: tuple[str, ...]) -> tuple[str, ...]:
    """Return what a target of the site may be told of; raises `Invalid` with the field `events`."""
    unknown = sorted(set(events) - set(SITE_EVENTS))
    if unknown:
        raise Invalid(fields={"events": f"Choose of {', '.join(SITE_EVENTS)}."})
    return tuple(event for event in SITE_EVENTS if event in events)
