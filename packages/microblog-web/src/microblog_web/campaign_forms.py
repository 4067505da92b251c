"""What operators type about campaigns, in the site's time zone, and back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, tzinfo
from typing import Any

from microblog_core.domain.accounts import Role
from microblog_core.domain.campaigns import Audience, Campaign
from microblog_core.domain.errors import Invalid
from microblog_web.forms import Form
from microblog_web.i18n import mark

ROLES: Mapping[Role, str] = {
    Role.MEMBER: mark("Members"),
    Role.MODERATOR: mark("Moderators"),
    Role.ADMINISTRATOR: mark("Administrators"),
    Role.OWNER: mark("Owners"),
}
DAYS = ("joined_after", "joined_before", "active_since")
FIELDS = ("name", "subject", "body", "rate", "locale", *DAYS)


def command_of(values: Mapping[str, str], zone: tzinfo) -> dict[str, Any]:
    """The fields of a campaign. Raises `Invalid` with the fields `rate`, `joined_after`, `joined_before`,
    `active_since`.
    """
    errors: dict[str, str] = {}
    days = dict[str, int | None]()
    for name in DAYS:
        try:
            days[name] = _beginning(values.get(name, ""), zone)
        except (ValueError, OverflowError):
            errors[name] = "Give a day such as 2026-01-31."
    rate = values.get("rate", "").strip() or "0"
    if not (rate.isascii() and rate.isdigit() and len(rate) < 10):
        errors["rate"] = "Give a number; 0 is no limit."
    if errors:
        raise Invalid(fields=errors)
    roles = tuple(role for role in ROLES if values.get(f"role_{role}"))
    audience = Audience(roles=roles, locale=values.get("locale", "")[:20], **days)
    texts = {name: values.get(name, "") for name in ("name", "subject", "body")}
    return {**texts, "rate": int(rate), "audience": audience}


def form_of(campaign: Campaign, zone: tzinfo) -> Form:
    """A campaign as its form shows it."""
    audience = campaign.audience
    values = {
        "name": campaign.name,
        "subject": campaign.subject,
        "body": campaign.body,
        "rate": str(campaign.rate),
        "locale": audience.locale,
        "version": str(campaign.version),
        **{f"role_{role}": "1" for role in audience.roles},
    }
    for name in DAYS:
        moment: int | None = getattr(audience, name)
        values[name] = "" if moment is None else f"{_local(moment, zone):%Y-%m-%d}"
    return Form(values, fields=FIELDS)


def moment_from(values: Mapping[str, str], name: str, zone: tzinfo) -> int | None:
    """A moment as browsers send it, None for nothing. Raises `Invalid` with this field."""
    text = values.get(name, "").strip()
    if not text:
        return None
    try:
        return round(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp() * 1000)
    except (ValueError, OverflowError):
        raise Invalid(fields={name: "Give a moment such as 2026-01-31T18:00."}) from None


def shown_moment(moment: int | None, zone: tzinfo) -> str:
    """A moment in the site's time zone, to the second; empty for none."""
    return "" if moment is None else f"{_local(moment, zone):%Y-%m-%d %H:%M:%S}"


def _beginning(text: str, zone: tzinfo) -> int | None:
    """When a day begins, in Unix milliseconds."""
    if not text.strip():
        return None
    return round(datetime.combine(date.fromisoformat(text.strip()), time(), zone).timestamp() * 1000)


def _local(moment: int, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(moment / 1000, zone)
