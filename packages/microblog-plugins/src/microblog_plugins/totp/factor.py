"""The second factor: after any way to log in, a code from the app or a recovery code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from microblog_core.domain.accounts import Account
from microblog_core.domain.errors import Invalid
from microblog_core.i18n import mark
from microblog_core.ports.auth import Done, Field, Form, Step
from microblog_plugins.totp.enrolment import NAME, enrolled, keys_of, show_code

if TYPE_CHECKING:
    from microblog_core.site import Site


class TotpFactor:
    """One form with one field."""

    name = NAME
    label = "Use a code from your app"

    def __init__(self, site: Site) -> None:
        self._site = site

    async def required(self, account: Account) -> bool:
        """Whether they have set it up. Raises `Unavailable`."""
        return await enrolled(self._site.ports, account.id) is not None

    async def begin(self, account: Account, address: str) -> Step:
        """Ask for the code."""
        return _form()

    async def resume(
        self, account: Account, values: Mapping[str, str], state: Mapping[str, str], address: str
    ) -> Step:
        """Use the code up, or ask again. Raises `RateLimited`."""
        code = values.get("code", "")
        if not code.strip():
            return _form(mark("Enter the code that your app shows."))
        try:
            await show_code(self._site.ports, keys_of(self._site), account, code[:100], address)
        except Invalid as error:
            return _form(error.fields.get("code", error.message))
        return Done(account=account)


def _form(error: str = "") -> Form:
    return Form(
        title="Second step",
        submit="Log in",
        error=error,
        fields=(
            Field(
                name="code",
                label="Code from your app",
                autocomplete="one-time-code",
                hint="Without your app: one of your recovery codes.",
            ),
        ),
    )
