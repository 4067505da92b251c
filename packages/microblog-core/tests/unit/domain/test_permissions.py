"""Roles and actors."""

from __future__ import annotations

import pytest

from microblog_core.domain.accounts import Account, AccountState, Role
from microblog_core.domain.permissions import ANONYMOUS, CORE_PERMISSIONS, SYSTEM, Actor, has_role

ORDER = list(Role)


def person(role: Role, state: AccountState = AccountState.ACTIVE) -> Account:
    return Account(id=7, username="ada", role=role, state=state, created_at=0)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("needed", Role)
def test_each_role_may_do_all_that_the_ones_before_it_may(role: Role, needed: Role) -> None:
    assert has_role(person(role), needed) is (ORDER.index(role) >= ORDER.index(needed))


@pytest.mark.parametrize("state", AccountState)
def test_only_those_who_may_log_in_have_a_role(state: AccountState) -> None:
    may = state in (AccountState.ACTIVE, AccountState.SILENCED)
    assert has_role(person(Role.OWNER, state), Role.MEMBER) is may


def test_nobody_has_no_role() -> None:
    assert not has_role(None, Role.MEMBER)
    assert (ANONYMOUS.id, SYSTEM.id, Actor(account=person(Role.MEMBER)).id) == (None, None, 7)


def test_permissions_are_named_by_area_and_verb() -> None:
    names = [permission.name for permission in CORE_PERMISSIONS]
    assert len(set(names)) == len(names)
    assert all(name.count(".") == 1 and name == name.lower() for name in names)
