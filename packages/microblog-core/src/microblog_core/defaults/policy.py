"""The owner policy: people do what their role allows; posts belong to their authors; disabled people do
nothing.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping

from microblog_core.domain.accounts import Account, Role
from microblog_core.domain.permissions import CORE_PERMISSIONS, Actor, Decision, Permission, has_role
from microblog_core.domain.posts import Post

_OWN = frozenset({"posts.write", "account.write"})


class OwnerPolicy:
    """Allows by role, and what is somebody's own only to them.

    `permissions` gives all that the site knows, asked once, at the first decision; what nobody declared is
    never allowed.
    """

    def __init__(self, permissions: Callable[[], Iterable[Permission]] = lambda: CORE_PERMISSIONS) -> None:
        self._permissions = permissions

    @functools.cached_property
    def _roles(self) -> Mapping[str, Role]:
        return {permission.name: permission.role for permission in self._permissions()}

    def decide(self, actor: Actor, permission: str, subject: object | None) -> Decision:
        """Deny nobody and the disabled, deny others' posts and accounts, else go by role and scopes."""
        role = self._roles.get(permission)
        if role is None:
            return Decision.ABSTAIN
        if not has_role(actor.account, role):
            return Decision.DENY
        if permission in _OWN and not _is_own(actor, subject):
            return Decision.DENY
        return Decision.ALLOW


def _is_own(actor: Actor, subject: object | None) -> bool:
    if isinstance(subject, Post):
        return subject.account_id == actor.id
    if isinstance(subject, Account):
        return subject.id == actor.id
    return True
