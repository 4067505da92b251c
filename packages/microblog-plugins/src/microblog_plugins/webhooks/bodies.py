"""What a target is told, as JSON: `type`, `timestamp`, `data`. Ids are decimal strings.

It is made when it is told: a post is told as it is then, with its version, and not at all where it may not be
seen any more.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from microblog_core.domain.accounts import Account, AccountState
from microblog_core.domain.notifications import Message, MessageItem
from microblog_core.domain.posts import OPEN_VISIBILITIES
from microblog_core.domain.webhooks import PING, WebhookDelivery
from microblog_core.ports.context import Ports

Data = dict[str, Any]


def encode(what: WebhookDelivery, data: Data) -> bytes:
    """The body of a message."""
    body = {"type": what.type, "timestamp": moment(what.at), "data": data}
    return msgspec.json.encode(body)


def moment(milliseconds: int) -> str:
    """A moment in ISO 8601, in UTC and with milliseconds."""
    said = datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds")
    return said.replace("+00:00", "Z")


def notification(message: Message, item: MessageItem) -> Data:
    """A notification of the account that the target belongs to."""
    post = None
    if item.post_id is not None:
        post = {
            "id": str(item.post_id),
            "version": item.version,
            "url": item.url,
            "text": item.text,
            "html": item.html,
        }
    return {
        "id": str(item.id),
        "kind": item.kind,
        "account_id": str(message.account_id),
        "actor": _account(item.actor),
        "summary": item.line,
        "url": item.url,
        "post": post,
        "created_at": moment(item.created_at),
    }


async def of_site(ports: Ports, base_url: str, what: WebhookDelivery) -> Data | None:
    """What happened on the site, as everybody may see it; None where there is nothing to tell any more."""
    if what.type == PING:
        return {}
    if what.type in ("post.created", "post.edited"):
        return await _post(ports, base_url, what.subject_id)
    if what.type == "post.deleted":
        return {"id": str(what.subject_id), "account_id": str(what.account_id)}
    if what.type == "account.created":
        account = await ports.storage.accounts.get(what.subject_id)
        if account is None or account.state is not AccountState.ACTIVE:
            return None
        return {**_account(account), "version": account.version, "url": f"{base_url}/@{account.acct}"}
    found = await ports.storage.reports.get(what.subject_id)
    if found is None:
        return None
    report = found.report
    return {
        "id": str(report.id),
        "target_id": str(report.target_id),
        "category": str(report.category),
        "state": str(report.state),
    }


async def _post(ports: Ports, base_url: str, post_id: int) -> Data | None:
    entry = await ports.storage.posts.get(None, post_id)
    if entry is None or entry.post.visibility not in OPEN_VISIBILITIES:
        return None
    post = entry.post
    return {
        "id": str(post.id),
        "version": post.version,
        "url": f"{base_url}/@{entry.author.acct}/{post.id}",
        "visibility": str(post.visibility),
        "spoiler": post.spoiler,
        "text": post.text,
        "html": post.html,
        "language": post.language,
        "in_reply_to_id": str(post.in_reply_to_id) if post.in_reply_to_id else None,
        "account": _account(entry.author),
        "created_at": moment(post.created_at),
        "edited_at": moment(post.edited_at) if post.edited_at else None,
    }


def _account(account: Account) -> Data:
    return {"id": str(account.id), "acct": account.acct, "display_name": account.display_name}
