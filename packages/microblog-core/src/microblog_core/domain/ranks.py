"""Who may act on whom: owner over administrator over moderator over member, and nobody on their like.

Storages ask this with what is stored at the moment of writing.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from microblog_core.domain.accounts import Account, AccountState, Role
from microblog_core.domain.errors import Conflict

_ORDER = {role: index for index, role in enumerate(Role)}
_MAY_ACT = (AccountState.ACTIVE, AccountState.SILENCED)


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What decides about an account's rank."""

    id: int
    role: Role
    state: AccountState

    @property
    def owns(self) -> bool:
        """Whether this is an owner who can log in."""
        return self.role is Role.OWNER and self.state in _MAY_ACT


def standing_of(account: Account) -> Standing:
    """The standing of an account as it is."""
    return Standing(id=account.id, role=account.role, state=account.state)


def may_act_on(actor: Role, subject: Role) -> bool:
    """Whether somebody with one role may decide about somebody with another: only about lower ones."""
    return _ORDER[actor] > _ORDER[subject]


def may_give(actor: Role, role: Role) -> bool:
    """Whether somebody may give this role to others: a lower one than the own; owners may make owners."""
    return actor is Role.OWNER or _ORDER[actor] > _ORDER[role]


def check_rank(actor: Standing | None, subject: Standing) -> None:
    """Raises `Conflict` (guard `rank`) where the actor, None for somebody who is gone, may not act on the
    subject.
    """
    if actor is None or actor.state not in _MAY_ACT or not may_act_on(actor.role, subject.role):
        raise Conflict("Their role is the same as yours, or a higher one.", guard="rank")


def check_role_change(actor: Standing | None, subject: Standing, role: Role) -> None:
    """The same for a new role: everybody may take a lower one, and others get what the actor may give."""
    if actor is not None and actor.id == subject.id and _ORDER[role] <= _ORDER[subject.role]:
        return
    check_rank(actor, subject)
    if actor is not None and not may_give(actor.role, role):
        raise Conflict("You can't give this role.", guard="rank")


def check_owner_left(before: Standing, after: Standing, others: Iterable[Standing]) -> None:
    """Raises `Conflict` (guard `owner`) where the last owner would be none any more."""
    if before.owns and not after.owns and not any(each.owns for each in others):
        raise Conflict(
            "This is the only owner of this site.", guard="owner", hint="Make somebody else an owner first."
        )
