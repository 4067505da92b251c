"""Log in with a name or an e-mail address and a password: the log-in method that every site has."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from microblog_core.domain.accounts import email_key
from microblog_core.domain.errors import NotFound, Unauthenticated
from microblog_core.domain.permissions import Actor
from microblog_core.ports.auth import Done, Field, Form, Step
from microblog_core.ports.context import Ports
from microblog_core.services.leaving import ComeBack, come_back, moment_of
from microblog_core.services.login import LogIn, log_in

LEAVING = "leaving"
"""The key of the state that says whose account may be kept: they have shown their password."""


class PasswordLogin:
    """One form, two fields, one step."""

    name = "password"
    label = "Log in with a password"

    def __init__(self, ports: Callable[[], Ports]) -> None:
        self._ports = ports

    async def begin(self, address: str) -> Step:
        """Show the form."""
        return _form()

    async def resume(self, values: Mapping[str, str], state: Mapping[str, str], address: str) -> Step:
        """Check what was typed; show the form again, with the name kept, if it is wrong. Raises
        `RateLimited`.
        """
        if LEAVING in state:
            return await self._come_back(int(state[LEAVING]), address)
        name, password = values.get("name", ""), values.get("password", "")
        if not name.strip() or not password:
            return _form(name, "Enter your name and your password.")
        try:
            account = await log_in(self._ports(), Actor(address=address), LogIn(name=name, password=password))
        except Unauthenticated as error:
            if error.code == "account_leaving":
                return await self._leaving(name)
            return _form(name, " ".join(part for part in (error.message, error.hint) if part))
        return Done(account=account)

    async def _leaving(self, name: str) -> Step:
        """Offer to keep the account; whose it is is in the state, which comes back signed."""
        found = await self._ports().storage.accounts.login(email_key(name).removeprefix("@"))
        departure = found and await self._ports().storage.departures.get(found[0].id)
        if not departure:
            return _form(name, "This account can't log in.")
        return Form(
            title="Keep your account?",
            submit="Keep my account",
            error=f"It is hidden, and will be deleted on {moment_of(departure.due_at)}.",
            fields=(),
            state={LEAVING: str(departure.account_id)},
        )

    async def _come_back(self, account_id: int, address: str) -> Step:
        try:
            command = ComeBack(account_id=account_id)
            return Done(account=await come_back(self._ports(), Actor(address=address), command))
        except NotFound as error:
            return _form("", error.message)


def _form(name: str = "", error: str = "") -> Form:
    return Form(
        title="Log in",
        submit="Log in",
        error=error,
        fields=(
            Field(name="name", label="Username or e-mail address", autocomplete="username", value=name),
            Field(name="password", label="Password", kind="password", autocomplete="current-password"),
        ),
    )
