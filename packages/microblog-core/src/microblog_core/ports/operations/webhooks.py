"""Operations on web hooks. `account_id` is None for the site's; a target that is gone, or somebody else's, is
the guard `exists`.
"""

from __future__ import annotations

from microblog_core.domain.webhooks import (
    FAILING_MILLISECONDS,
    FAILURES_MAX,
    WEBHOOKS_MAX,
    Webhook,
    WebhookState,
)
from microblog_core.ports.operations.base import Operation


class AddWebhook(Operation, frozen=True, kw_only=True):
    """A new target. Guards: `id`; `exists` (the account is gone); `limit` (the account has `limit` of them;
    the site may have any number).
    """

    webhook: Webhook
    limit: int = WEBHOOKS_MAX


class SetWebhookState(Operation, frozen=True, kw_only=True):
    """A target is told, or no more; with `active` its failures are forgotten. Guard: `exists`."""

    webhook_id: int
    account_id: int | None
    state: WebhookState


class RotateWebhook(Operation, frozen=True, kw_only=True):
    """A new secret; the present one becomes the previous one. Guard: `exists`."""

    webhook_id: int
    account_id: int | None
    secret: str
    at: int


class DeleteWebhook(Operation, frozen=True, kw_only=True):
    """A target goes."""

    webhook_id: int
    account_id: int | None


class RecordWebhook(Operation, frozen=True, kw_only=True):
    """What came of a try. A failure counts, and makes an active target `failing` where it is at least the
    `failures`th in a row and the first was `milliseconds` ago; `becomes` makes it something else at once. One
    that went well (no `error`) ends the count. A target that is gone changes nothing.
    """

    webhook_id: int
    at: int
    status: int = 0
    error: str = ""
    becomes: WebhookState | None = None
    failures: int = FAILURES_MAX
    milliseconds: int = FAILING_MILLISECONDS
