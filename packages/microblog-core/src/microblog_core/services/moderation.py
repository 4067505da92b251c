"""Moderation: what is decided about people, taken back, and answered.

Each decision is one transaction: the account or its posts change, the strike with its reason is there, the
report is resolved, the person's mail waits, and the audit log has its line.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from microblog_core.domain.accounts import Account, AccountState
from microblog_core.domain.errors import Conflict, Forbidden, Invalid, NotFound
from microblog_core.domain.events import AccountUpdated, PostEdited
from microblog_core.domain.moderation import (
    ABOUT_POSTS,
    APPEAL_LENGTH,
    REASON_LENGTH,
    STATES,
    AppealState,
    ModerationAct,
    Strike,
    StrikeEntry,
    check_words,
    is_stricter,
    state_by,
)
from microblog_core.domain.permissions import Actor, require_account
from microblog_core.domain.posts import Post
from microblog_core.domain.ranks import check_rank, standing_of
from microblog_core.domain.reports import ReportState
from microblog_core.domain.timelines import Listing, Page
from microblog_core.patterns.decorators import audited, authorised, rate_limited, retried
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import (
    AddStrike,
    AppealStrike,
    OverruleStrike,
    RejectAppeal,
    SetAccountState,
    SetReportState,
)
from microblog_core.ports.unit import UnitOfWork
from microblog_core.services.members_only import with_members_part
from microblog_core.services.moderation_mails import News, news_job
from microblog_core.services.posts import deleted_event

MODERATE = "accounts.moderate"


class ModerateAccount(msgspec.Struct, frozen=True, kw_only=True):
    """A decision. `reason` is told to the person. Acts about posts name posts of a report; a report is
    resolved with any act.
    """

    account_id: int
    act: ModerationAct
    reason: str
    report_id: int | None = None
    post_ids: tuple[int, ...] = ()


class DecisionCommand(msgspec.Struct, frozen=True, kw_only=True):
    """A decision to take back, or an appeal to decide."""

    strike_id: int


class RestoreAccount(msgspec.Struct, frozen=True, kw_only=True):
    """An account is to be as if nothing had been decided about its state; `reason` is for the audit log."""

    account_id: int
    reason: str = ""


class AppealDecision(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody asks to have a decision about them looked at again."""

    strike_id: int
    text: str


@authorised(MODERATE)
@audited(
    lambda command: f"moderation.{command.act}",
    lambda command: command.account_id,
    lambda command: command.reason[:REASON_LENGTH],
)
@retried("id", "version", "state")
async def moderate_account(ports: Ports, actor: Actor, command: ModerateAccount) -> Strike:
    """Decide something about an account; it takes effect at once.

    Raises `NotFound`, `Forbidden` (the account's role is not lower than the actor's), `Invalid` (fields
    `reason`, `act`: the account is in this state or a stricter one; `post_ids`), `Conflict` (guard `owner`).
    """
    reason = check_words(command.reason, "reason", REASON_LENGTH, "Say why: the person is told.")
    account = await actionable(ports, actor, command.account_id)
    report_open = await _report_open(ports, command)
    posts = await _posts(ports, command) if command.act in ABOUT_POSTS else ()
    now = ports.clock.now()
    strike = Strike(
        id=ports.ids.at(now),
        account_id=account.id,
        moderator_id=actor.id,
        act=command.act,
        reason=reason,
        report_id=command.report_id,
        post_ids=tuple(post.id for post in posts),
        created_at=now,
    )
    unit = ports.unit()
    state = STATES.get(command.act)
    if state is not None:
        if not is_stricter(state, than=account.state):
            raise Invalid(fields={"act": "This account is so already, or something stricter was decided."})
        set_state(ports, unit, actor, account, state, now)
    unit.apply(AddStrike(strike=strike))
    if command.act is ModerationAct.DELETE_POSTS:
        parts = {each.id: each for post in posts for each in await with_members_part(ports, post)}
        for post in parts.values():
            unit.posts.delete(post, deleted_at=now)
            unit.emit(deleted_event(ports, post, now))
    if command.act is ModerationAct.MARK_SENSITIVE:
        mark_posts(ports, unit, posts, now, sensitive=True)
    if command.report_id is not None and report_open:
        unit.apply(SetReportState(report_id=command.report_id, state=ReportState.RESOLVED, at=now))
    news_job(ports, unit, strike.id, News.DECIDED, now)
    await commit(unit)
    return strike


@authorised(MODERATE)
@audited("moderation.overruled", lambda command: command.strike_id)
@retried("version")
async def overrule_decision(ports: Ports, actor: Actor, command: DecisionCommand) -> Strike:
    """Take a decision back, which accepts an appeal against it: the account is in the state of what else is
    in force, posts are as before, but deleted ones stay deleted.

    Raises `NotFound`, `Forbidden`, `Conflict` (guard `overruled`: somebody did).
    """
    entry = await _entry(ports, command.strike_id)
    strike, now = entry.strike, ports.clock.now()
    account = await actionable(ports, actor, strike.account_id)
    if strike.overruled_at is not None:
        raise Conflict("This decision was taken back already.", guard="overruled")
    unit = ports.unit()
    if strike.act in STATES:
        others = await ports.storage.moderation.in_force(account.id)
        left = state_by(each.act for each in others if each.id != strike.id)
        # An operator may have changed the state by other means.
        state = left if account.state is STATES[strike.act] else account.state
        set_state(ports, unit, actor, account, state, now)
    unit.apply(OverruleStrike(strike=strike, by=actor.id, at=now))
    if strike.act is ModerationAct.MARK_SENSITIVE and strike.report_id is not None:
        named = await ports.storage.moderation.posts(strike.report_id)
        mark_posts(ports, unit, [each for each in named if each.id in strike.post_ids], now, sensitive=False)
    accepted = strike.appeal_state is AppealState.OPEN
    news_job(ports, unit, strike.id, News.ACCEPTED if accepted else News.OVERRULED, now)
    await commit(unit)
    return (await _entry(ports, strike.id)).strike


@authorised(MODERATE)
@audited("moderation.restored", lambda command: command.account_id, lambda command: command.reason)
@retried("version", "overruled")
async def restore_account(ports: Ports, actor: Actor, command: RestoreAccount) -> Account:
    """Let an account be active again; all decisions about its state are taken back. Restoring an active
    account changes nothing. Raises `NotFound`, `Forbidden`, `Conflict` (guard `state`: it waits or leaves).
    """
    account = await actionable(ports, actor, command.account_id)
    if account.state in (AccountState.PENDING, AccountState.LEAVING):
        raise Conflict(
            "This account waits for approval, or leaves.",
            guard="state",
            hint="Approve or reject it, or let it come back by itself.",
        )
    in_force = await ports.storage.moderation.in_force(account.id)
    unit, now = ports.unit(), ports.clock.now()
    if account.state is AccountState.ACTIVE and not in_force:
        await unit.commit()
        return account
    set_state(ports, unit, actor, account, AccountState.ACTIVE, now)
    for strike in in_force:
        unit.apply(OverruleStrike(strike=strike, by=actor.id, at=now))
    if in_force:
        news_job(ports, unit, in_force[-1].id, News.OVERRULED, now)
    await commit(unit)
    return replace(account, state=AccountState.ACTIVE, version=account.version + 1)


@rate_limited("appeals", limit=20, per=3600)
@audited("moderation.appealed", lambda command: command.strike_id)
async def appeal_decision(ports: Ports, actor: Actor, command: AppealDecision) -> Strike:
    """Ask, once, to have a decision about the actor looked at again; who can't log in does so by the link in
    their mail. Raises `NotFound`, `Invalid` (field `text`), `Conflict` (guard `appeal`), `RateLimited`.
    """
    text = check_words(command.text, "text", APPEAL_LENGTH, "Say why the decision is wrong.")
    strike = await read_decision(ports, actor, command.strike_id)
    unit = ports.unit()
    unit.apply(AppealStrike(strike=strike, text=text, at=ports.clock.now()))
    await commit(unit)
    return await read_decision(ports, actor, command.strike_id)


@authorised(MODERATE)
@audited("moderation.appeal_rejected", lambda command: command.strike_id)
async def reject_appeal(ports: Ports, actor: Actor, command: DecisionCommand) -> Strike:
    """The decision stands. Raises `NotFound`, `Forbidden`, `Conflict` (guard `appeal`: none is open)."""
    strike = (await _entry(ports, command.strike_id)).strike
    await actionable(ports, actor, strike.account_id)
    unit, now = ports.unit(), ports.clock.now()
    unit.apply(RejectAppeal(strike=strike, by=actor.id, at=now))
    news_job(ports, unit, strike.id, News.REJECTED, now)
    await commit(unit)
    return (await _entry(ports, strike.id)).strike


@authorised(MODERATE)
async def list_appeals(ports: Ports, actor: Actor, page: Page) -> Listing[StrikeEntry]:
    """Decisions with an open appeal, newest first."""
    return await ports.storage.moderation.appeals(page)


@authorised(MODERATE)
async def list_strikes(ports: Ports, actor: Actor, account_id: int, page: Page) -> Listing[StrikeEntry]:
    """All decisions about an account, newest first."""
    return await ports.storage.moderation.strikes(account_id, page)


@authorised(MODERATE)
async def read_strike(ports: Ports, actor: Actor, strike_id: int) -> StrikeEntry:
    """One decision. Raises `NotFound`."""
    return await _entry(ports, strike_id)


async def list_decisions(ports: Ports, actor: Actor, page: Page) -> Listing[Strike]:
    """The decisions about the actor, newest first; who made them is not told. Raises `Unauthenticated`."""
    found = await ports.storage.moderation.strikes(require_account(actor).id, page)
    return Listing(
        items=tuple([_told(each.strike) for each in found.items]), older=found.older, newer=found.newer
    )


async def read_decision(ports: Ports, actor: Actor, strike_id: int) -> Strike:
    """A decision about the actor. Raises `NotFound`, `Unauthenticated`."""
    account = require_account(actor)
    entry = await ports.storage.moderation.strike(strike_id)
    if entry is None or entry.strike.account_id != account.id:
        raise _gone()
    return _told(entry.strike)


def _told(strike: Strike) -> Strike:
    return replace(strike, moderator_id=None, overruled_by=None, decided_by=None)


async def actionable(ports: Ports, actor: Actor, account_id: int) -> Account:
    """An account that the actor may decide about. Raises `NotFound`, `Forbidden`."""
    account = await ports.storage.accounts.get(account_id)
    if account is None or account.state is AccountState.DELETED:
        raise NotFound("There is no such account.")
    if actor.account is not None:
        try:
            check_rank(standing_of(actor.account), standing_of(account))
        except Conflict as conflict:
            raise Forbidden(conflict.message) from conflict
    return account


def set_state(
    ports: Ports, unit: UnitOfWork, actor: Actor, account: Account, state: AccountState, now: int
) -> None:
    """Put an account that was read into a state. Comes first in a unit: it locks all whose rank counts."""
    unit.accounts.set_state(
        SetAccountState(account_id=account.id, state=state, version=account.version, by=actor.id)
    )
    unit.emit(
        AccountUpdated(id=ports.ids.at(now), at=now, account_id=account.id, version=account.version + 1)
    )


def mark_posts(ports: Ports, unit: UnitOfWork, posts: Sequence[Post], now: int, *, sensitive: bool) -> None:
    """Let posts be sensitive, or not, as if their author had edited them."""
    for post in posts:
        if post.sensitive is sensitive:
            continue
        after = replace(post, sensitive=sensitive or bool(post.spoiler), version=post.version + 1)
        unit.posts.edit(post, after)
        unit.emit(
            PostEdited(
                id=ports.ids.at(now),
                at=now,
                post_id=post.id,
                account_id=post.account_id,
                visibility=post.visibility,
                version=after.version,
            )
        )


async def commit(unit: UnitOfWork) -> None:
    """Commit; who may not becomes `Forbidden`, what is gone `NotFound`."""
    try:
        await unit.commit()
    except Conflict as conflict:
        if conflict.guard == "rank":
            raise Forbidden(conflict.message) from conflict
        if conflict.guard == "exists":
            raise NotFound("What this is about is gone.") from conflict
        raise


async def _report_open(ports: Ports, command: ModerateAccount) -> bool:
    if command.report_id is None:
        return False
    entry = await ports.storage.reports.get(command.report_id)
    if entry is None or entry.target.id != command.account_id:
        raise NotFound("There is no such report about this account.")
    return entry.report.state is ReportState.OPEN


async def _posts(ports: Ports, command: ModerateAccount) -> Sequence[Post]:
    """The posts of an act about posts, as far as they are there. Raises `Invalid` (field `post_ids`)."""
    named: Sequence[Post] = ()
    if command.report_id is not None:
        named = await ports.storage.moderation.posts(command.report_id)
    found = [post for post in named if post.id in command.post_ids]
    if not found:
        raise Invalid(fields={"post_ids": "Choose at least one reported post that is still there."})
    return found


async def _entry(ports: Ports, strike_id: int) -> StrikeEntry:
    entry = await ports.storage.moderation.strike(strike_id)
    if entry is None:
        raise _gone()
    return entry


def _gone() -> NotFound:
    return NotFound("There is no such decision.")
