"""What comes after a way to log in has said who it is: which second factors there are for this account.

It fails closed: whoever can't be asked lets nobody pass.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from microblog_core.domain.accounts import Account
from microblog_core.domain.errors import Unauthenticated, Unavailable
from microblog_core.ports.auth import SecondFactor
from microblog_core.services.mails import password_mark
from microblog_core.services.second_factors import second_factors_of

if TYPE_CHECKING:
    from microblog_core.site import Site

REQUIRED_SECONDS = 2.0
"""How long a factor may think about whether it is required."""

_log = logging.getLogger("microblog.http")


async def factors_for(site: Site, account: Account) -> tuple[SecondFactor, ...]:
    """The factors one of which this account has to show; none where it has to show none.

    Raises `Unauthenticated` where a factor can't say, or one that was set up isn't there, `Unavailable`.
    """
    found = []
    for factor in site.contributions.second_factors:
        try:
            async with asyncio.timeout(REQUIRED_SECONDS):
                required = await factor.required(account)
        except Unavailable:
            raise
        except Exception as error:
            _log.exception("the second factor %r can't say whether it is required", factor.name)
            raise _unanswered() from error
        if required:
            found.append(factor)
    if not found:
        names = {factor.name for factor in site.contributions.second_factors}
        lost = await second_factors_of(site.ports, account.id) - names
        if lost:
            _log.error(
                "account %s has set up the second factor %s, and no active plugin has it; see `microblog"
                " plugins list`, or take it away with `microblog users forget-second-factors`",
                account.id,
                ", ".join(sorted(lost)),
            )
            raise _unanswered()
    return tuple(found)


async def mark_of(site: Site, account: Account) -> str:
    """Changes with the password: who began before it changed begins again."""
    login = await site.ports.storage.accounts.login_of(account.id)
    return password_mark(login) if login is not None else ""


def _unanswered() -> Unauthenticated:
    return Unauthenticated(
        "Your account asks for a second factor, which does not work at the moment.",
        hint="Try again later, or ask the people who run this site.",
    )
