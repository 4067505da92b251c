"""Log in with a name or an e-mail address and a password: the log-in method that every site has."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from microblog_core.domain.errors import Unauthenticated
from microblog_core.domain.permissions import Actor
from microblog_core.ports.auth import Done, Field, Form, Step
from microblog_core.ports.context import Ports
from microblog_core.services.login import LogIn, log_in


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
        name, password = values.get("name", ""), values.get("password", "")
        if not name.strip() or not password:
            return _form(name, "Enter your name and your password.")
        try:
            account = await log_in(self._ports(), Actor(address=address), LogIn(name=name, password=password))
        except Unauthenticated as error:
            return _form(name, error.message)
        return Done(account=account)


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
