"""Policies decide who may do what. Deny wins; where nobody allows, it is denied; a policy that raises
denies.
"""

from __future__ import annotations

from typing import Protocol

from microblog_core.domain.permissions import Actor, Decision


class Policy(Protocol):
    """Decides about permissions."""

    def decide(self, actor: Actor, permission: str, subject: object | None) -> Decision:
        """Whether the actor may do this to this subject (a `Post`, an `Account`, or None for in general)."""
        ...


class Authoriser(Protocol):
    """All policies of a site as one."""

    def check(self, actor: Actor, permission: str, subject: object | None = None) -> None:
        """Raises `Unauthenticated` for nobody, `Forbidden` for somebody who may not."""
        ...

    def allows(self, actor: Actor, permission: str, subject: object | None = None) -> bool:
        """The same as an answer, for what a page shows."""
        ...
