"""All policies of a site as one answer: deny wins, and where nobody allows, it is denied."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from microblog_core.domain.errors import Forbidden, Unauthenticated
from microblog_core.domain.permissions import Actor, Decision
from microblog_core.ports.policies import Policy

logger = logging.getLogger(__name__)


class PolicyAuthoriser:
    """Asks the policies in order; a policy that raises denies, and the log names it."""

    def __init__(self, policies: Sequence[Policy]) -> None:
        self._policies = tuple(policies)

    def allows(self, actor: Actor, permission: str, subject: object | None = None) -> bool:
        """Whether somebody allows it and nobody denies."""
        if actor.system:
            return True
        allowed = False
        for policy in self._policies:
            try:
                decision = policy.decide(actor, permission, subject)
            except Exception:
                logger.exception("policy %s failed and denies %s", type(policy).__qualname__, permission)
                return False
            if decision is Decision.DENY:
                return False
            allowed = allowed or decision is Decision.ALLOW
        return allowed

    def check(self, actor: Actor, permission: str, subject: object | None = None) -> None:
        """Raises `Unauthenticated` for nobody, `Forbidden` for somebody who may not."""
        if self.allows(actor, permission, subject):
            return
        if actor.account is None:
            raise Unauthenticated("You are not logged in.", hint="Log in and try again.")
        raise Forbidden(
            "You may not do this.", hint="Ask the people who run this site if you think you should."
        )
