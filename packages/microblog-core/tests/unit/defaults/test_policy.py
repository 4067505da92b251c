"""The owner policy: roles, ownership, and that nobody unknown, disabled or undeclared is allowed anything."""

from __future__ import annotations

import pytest

from microblog_core.defaults.policy import OwnerPolicy
from microblog_core.domain.accounts import Account, AccountState, Role
from microblog_core.domain.errors import Forbidden, Unauthenticated
from microblog_core.domain.permissions import ANONYMOUS, SYSTEM, Actor, Decision
from microblog_core.domain.posts import Post
from microblog_core.services.authorisation import PolicyAuthoriser

AUTHORISER = PolicyAuthoriser((OwnerPolicy(),))


def actor(identifier: int = 1, role: Role = Role.MEMBER, state: AccountState = AccountState.ACTIVE) -> Actor:
    return Actor(account=Account(id=identifier, username="ada", role=role, state=state, created_at=0))


def post(account_id: int) -> Post:
    return Post(id=9, account_id=account_id, thread_id=9, created_at=0)


def test_members_write_their_own_posts_and_nobody_elses() -> None:
    assert AUTHORISER.allows(actor(1), "posts.write", post(1))
    with pytest.raises(Forbidden):
        AUTHORISER.check(actor(1), "posts.write", post(2))
    with pytest.raises(Forbidden):
        AUTHORISER.check(actor(1, Role.OWNER), "posts.write", post(2))


def test_moderators_moderate() -> None:
    assert AUTHORISER.allows(actor(1, Role.MODERATOR), "posts.moderate", post(2))
    assert not AUTHORISER.allows(actor(1), "posts.moderate", post(2))


def test_nobody_is_asked_to_log_in() -> None:
    with pytest.raises(Unauthenticated):
        AUTHORISER.check(ANONYMOUS, "posts.write")


@pytest.mark.parametrize("state", [AccountState.DISABLED, AccountState.SUSPENDED, AccountState.DELETED])
def test_people_who_cannot_log_in_do_nothing(state: AccountState) -> None:
    assert not AUTHORISER.allows(actor(state=state), "posts.write")


def test_the_silenced_still_write() -> None:
    assert AUTHORISER.allows(actor(state=AccountState.SILENCED), "posts.write")


def test_what_nobody_declared_is_denied() -> None:
    assert not AUTHORISER.allows(actor(role=Role.OWNER), "posts.fly")


def test_the_system_may_do_everything() -> None:
    assert AUTHORISER.allows(SYSTEM, "posts.fly")


class _Raises:
    def decide(self, actor: Actor, permission: str, subject: object | None) -> Decision:
        raise RuntimeError("no")


class _Says:
    def __init__(self, decision: Decision) -> None:
        self._decision = decision

    def decide(self, actor: Actor, permission: str, subject: object | None) -> Decision:
        return self._decision


def test_deny_wins_over_allow_and_raising_denies() -> None:
    yes, no = _Says(Decision.ALLOW), _Says(Decision.DENY)
    assert PolicyAuthoriser((yes,)).allows(ANONYMOUS, "x")
    assert not PolicyAuthoriser((yes, no)).allows(ANONYMOUS, "x")
    assert not PolicyAuthoriser((yes, _Raises())).allows(ANONYMOUS, "x")
    assert not PolicyAuthoriser((_Says(Decision.ABSTAIN),)).allows(ANONYMOUS, "x")
    assert not PolicyAuthoriser(()).allows(ANONYMOUS, "x")
