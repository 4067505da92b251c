"""Mails about what moderators decided. The job is queued in the decision's own transaction; the mail is
written by `runtime.moderation_mail`.
"""

from __future__ import annotations

import enum

import msgspec

from microblog_core.ports.context import Ports
from microblog_core.ports.operations import Job
from microblog_core.ports.unit import UnitOfWork

MODERATION_MAIL_JOB = "mail.moderation"


class News(enum.StrEnum):
    """What there is to tell about a decision."""

    DECIDED = "decided"
    OVERRULED = "overruled"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class ModerationMail(msgspec.Struct, frozen=True, kw_only=True):
    """The payload of `MODERATION_MAIL_JOB`."""

    strike_id: int
    news: News


class DecisionLink(msgspec.Struct, frozen=True, kw_only=True):
    """What the link of such a mail shows: who has it sees the decision about them, and may answer."""

    account_id: int
    strike_id: int


def news_job(ports: Ports, unit: UnitOfWork, strike_id: int, news: News, now: int) -> None:
    """Have the person told by mail, where the site sends any."""
    if not ports.mails:
        return
    unit.outbox.add(
        Job(
            id=ports.ids.at(now),
            kind=MODERATION_MAIL_JOB,
            key=f"{strike_id}:{news}",
            payload=msgspec.json.encode(ModerationMail(strike_id=strike_id, news=news)),
            due_at=now,
            created_at=now,
        )
    )
