"""Web hooks."""

from __future__ import annotations

from collections.abc import Sequence

from microblog_core.domain.webhooks import Webhook, WebhookState
from microblog_plugins.sql.rows import columns
from microblog_plugins.sql.steps import Reader, Row, Steps, reads

WEBHOOK = (
    "id account_id url secret previous_secret rotated_at events state created_at last_at last_status"
    " last_error failures failing_since"
).split()

_SELECT = f"SELECT {columns(WEBHOOK, 'w')} FROM webhooks w"


def _webhook_of(row: Row) -> Webhook:
    values = dict(zip(WEBHOOK, row, strict=True))
    return Webhook(
        **values | {"events": tuple(values["events"].split()), "state": WebhookState(values["state"])}
    )


class Webhooks(Reader):
    """The contract's `WebhookReader`."""

    @reads
    def get(self, webhook_id: int) -> Steps[Webhook | None]:
        """One target."""
        rows = yield f"{_SELECT} WHERE w.id = :id", {"id": webhook_id}
        return _webhook_of(rows[0]) if rows else None

    @reads
    def of(self, account_id: int | None) -> Steps[Sequence[Webhook]]:
        """The targets of an account, or the site's for None, oldest first."""
        if account_id is None:
            rows = yield f"{_SELECT} WHERE w.account_id IS NULL ORDER BY w.id", {}
        else:
            own = f"{_SELECT} WHERE w.account_id = :account ORDER BY w.id"
            rows = yield own, {"account": account_id}
        return tuple([_webhook_of(row) for row in rows])
