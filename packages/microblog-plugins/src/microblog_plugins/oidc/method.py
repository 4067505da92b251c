"""The log-in method: one for each provider. Who comes the first time may choose a name and stay, where the
provider's settings and the site let them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from microblog_core.domain.accounts import Account, AccountState
from microblog_core.domain.errors import (
    Conflict,
    Forbidden,
    Invalid,
    MicroblogError,
    NotFound,
    RateLimited,
    Unavailable,
)
from microblog_core.domain.permissions import Actor
from microblog_core.domain.signing_up import Registrations
from microblog_core.i18n import mark
from microblog_core.ports.auth import Done, Field, Form, Redirect, Refused, Step
from microblog_core.services.accounts import SignUpWithoutPassword, sign_up_without_password
from microblog_core.services.leaving import ComeBack, come_back, moment_of
from microblog_plugins.oidc.errors import NotIn
from microblog_plugins.oidc.identity import Identity
from microblog_plugins.oidc.links import account_of, first_link
from microblog_plugins.oidc.names import method_name, return_address
from microblog_plugins.oidc.provider import Begun, Provider
from microblog_plugins.oidc.settings import ProviderSettings, SignUps

if TYPE_CHECKING:
    from microblog_core.patterns.resources import Lazy
    from microblog_core.site import Site

ANSWER_SECONDS = 900.0
"""For how long an answer that was used is remembered; the flow's state lives shorter."""
FIELDS = ("username", "email", "reason", "invitation")

_AT, _NAME, _LEAVING = "provider", "name", "leaving"
_BEGIN_ANEW = "This log-in is not waited for any more. Begin again."
_NO_ADDRESS = "This site does not know its own address, so that no provider could send you back."


class ProviderLogin:
    """There, back, and the first time a form."""

    def __init__(self, site: Site, name: str, settings: ProviderSettings, provider: Lazy[Provider]) -> None:
        self._site = site
        self.provider_name = name
        self.settings = settings
        self.provider = provider
        self.shown = settings.label or name
        self.name = method_name(name)
        self.label = f"Log in with {self.shown}"

    async def check(self) -> None:
        """Whether the provider says what it is. Raises `Unavailable`, with what operators can do."""
        if not return_address(self._site, self.provider_name):
            raise Unavailable(_NO_ADDRESS, hint=f"Set sites.{self._site.name}.base_url.")
        try:
            await (await self.provider.get()).metadata(anew=True)
        except NotIn as error:
            raise Unavailable(f"Nobody can log in by {self.provider_name}: {error}.") from error

    async def begin(self, address: str) -> Step:
        """Send the browser to the provider."""
        return_to = return_address(self._site, self.provider_name)
        if not return_to:
            return Refused(message=_NO_ADDRESS)
        try:
            url, begun = await (await self.provider.get()).begin(return_to)
        except NotIn as error:
            return Refused(message=str(error))
        return Redirect(url=url, state={"at": _AT, **msgspec.to_builtins(begun)})

    async def resume(self, values: Mapping[str, str], state: Mapping[str, str], address: str) -> Step:
        """Who they are, or the name that they chose. Raises `RateLimited`, `Unavailable`."""
        at = state.get("at")
        if at == _AT:
            return await self._came_back(values, msgspec.convert(dict(state), Begun))
        if at == _NAME:
            identity = msgspec.json.decode(state["identity"], type=Identity)
            return await self._stay(identity, values, address)
        if at == _LEAVING:
            return await self._keep(int(state["account"]), address)
        return Refused(message=_BEGIN_ANEW)

    async def _came_back(self, values: Mapping[str, str], begun: Begun) -> Step:
        # The provider lets a code be redeemed once; here, too, each answer is for one use, in any process.
        used = hashlib.sha256(begun.state.encode()).hexdigest()
        try:
            await self._site.ports.limiter.hit(f"oidc:answer:{used}", limit=1, per=ANSWER_SECONDS)
        except RateLimited:
            return Refused(message=_BEGIN_ANEW)
        try:
            provider = await self.provider.get()
            return_to = return_address(self._site, self.provider_name)
            identity = await provider.come_back(values, begun, return_to)
        except NotIn as error:
            return Refused(message=str(error))
        account = await account_of(self._site.ports, identity)
        if account is None:
            return self._first_time(identity)
        return (
            await self._leaving(account) if account.state is AccountState.LEAVING else Done(account=account)
        )

    def _first_time(self, identity: Identity) -> Step:
        registrations = self._site.ports.limits.registrations
        if self.settings.sign_up is SignUps.NO or registrations is Registrations.CLOSED:
            return Refused(
                message=f"No account here is linked with your account at {self.shown}. If you have one, log"
                " in to it another way and link the two in your settings, under Log-in providers."
            )
        return self._form(identity, {"username": identity.username, "email": identity.email})

    def _form(
        self,
        identity: Identity,
        typed: Mapping[str, str],
        wrong: Mapping[str, str] | None = None,
        error: str = "",
    ) -> Form:
        wrong = wrong or {}
        limits = self._site.ports.limits

        def field(name: str, label: str, *, kind: str = "text", complete: str = "", hint: str = "") -> Field:
            return Field(
                name=name,
                label=label,
                kind=kind,
                autocomplete=complete,
                value=typed.get(name, ""),
                error=wrong.get(name, ""),
                hint=hint,
            )

        fields = [
            field(
                "username",
                mark("Username"),
                complete="username",
                hint=mark(
                    "Have you got an account here already? Log in to it another way, and link the two in"
                    " your settings, under Log-in providers."
                ),
            ),
            field(
                "email",
                mark("E-mail address"),
                kind="email",
                complete="email",
                hint=mark("Nobody sees it."),
            ),
        ]
        if self._needs_invitation:
            fields.append(field("invitation", mark("Invitation"), hint=mark("The link that you were given.")))
        elif limits.approves:
            fields.append(field("reason", mark("Why do you want to come here?")))
        return Form(
            title="Choose your name here",
            submit="Create my account",
            fields=tuple(fields),
            error=error or ("Please mend what is marked below." if wrong else ""),
            state={"at": _NAME, "identity": msgspec.json.encode(identity).decode()},
        )

    @property
    def _needs_invitation(self) -> bool:
        registrations = self._site.ports.limits.registrations
        return self.settings.sign_up is SignUps.INVITED or registrations is Registrations.INVITATION

    async def _stay(self, identity: Identity, values: Mapping[str, str], address: str) -> Step:
        """Make the account, or show the form again."""
        ports = self._site.ports
        if self.settings.sign_up is SignUps.NO or await account_of(ports, identity) is not None:
            return Refused(message=_BEGIN_ANEW)
        typed = {name: values.get(name, "").strip() for name in FIELDS}
        invitation = typed["invitation"].rstrip("/").rpartition("/")[2] if self._needs_invitation else ""
        if self._needs_invitation and not invitation:
            wrong = {"invitation": "Enter the link that you were given."}
            return self._form(identity, typed, wrong)
        command = SignUpWithoutPassword(
            username=typed["username"],
            email=typed["email"],
            email_confirmed=identity.email_confirmed and typed["email"] == identity.email,
            reason=typed["reason"],
            invitation=invitation,
            beside=lambda account_id: first_link(ports, self.provider_name, identity, account_id),
        )
        try:
            account = await sign_up_without_password(ports, Actor(address=address), command)
        except Invalid as error:
            placed = {name: text for name, text in error.fields.items() if name in FIELDS}
            return self._form(identity, typed, placed, "" if placed else error.message)
        except NotFound as error:
            return self._form(identity, typed, {"invitation": error.message})
        except RateLimited as error:
            # Raised further it would begin anew, and that is at the provider.
            return self._form(identity, typed, error=_said(error))
        except Forbidden as error:
            return Refused(message=_said(error))
        except Conflict as conflict:
            if conflict.guard != "value":
                raise
            return Refused(message=_BEGIN_ANEW)
        return Done(account=account)

    async def _leaving(self, account: Account) -> Step:
        """Offer to keep the account, as after a password."""
        departure = await self._site.ports.storage.departures.get(account.id)
        if departure is None:
            return Refused(message=_BEGIN_ANEW)
        return Form(
            title="Keep your account?",
            submit="Keep my account",
            error=f"It is hidden, and will be deleted on {moment_of(departure.due_at)}.",
            fields=(),
            state={"at": _LEAVING, "account": str(account.id)},
        )

    async def _keep(self, account_id: int, address: str) -> Step:
        try:
            command = ComeBack(account_id=account_id)
            return Done(account=await come_back(self._site.ports, Actor(address=address), command))
        except NotFound as error:
            return Refused(message=error.message)


def _said(error: MicroblogError) -> str:
    return " ".join(part for part in (error.message, error.hint) if part)
