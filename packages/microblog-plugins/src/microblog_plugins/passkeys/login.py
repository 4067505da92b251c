"""The way to log in by a passkey alone, and the passkey as a second step after any other way."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from microblog_core.domain.accounts import Account
from microblog_core.domain.errors import Invalid
from microblog_core.i18n import mark
from microblog_core.ports.auth import Done, Refused, Script, Step
from microblog_core.ports.context import Ports
from microblog_plugins.passkeys.challenges import challenge_in, new_challenge, state_of
from microblog_plugins.passkeys.credentials import Credential
from microblog_plugins.passkeys.keys import NAME, is_second_step, note_answer, passkey_named, passkeys_of
from microblog_plugins.passkeys.settings import Party

if TYPE_CHECKING:
    from microblog_core.site import Site

ADDRESS_TRIES = 300
TRIES_SECONDS = 900.0

_UNKNOWN = (
    "This passkey is not known here: it was removed, or belongs to another site. Use another way to log in."
)
_WRONG = "This passkey's answer does not fit. Try again, or use another way."
_COPIED = (
    "This passkey answered as a copy of it would. Use another way to log in, remove it in your settings, and"
    " add a new one."
)

_log = logging.getLogger("microblog.plugins")


class PasskeyLogin:
    """One challenge for whichever passkey the visitor has; it says whose it is. Their device has to recognise
    them, so that it is two factors at once.
    """

    name = NAME
    label = "Log in with a passkey"

    def __init__(self, site: Site, party: Party) -> None:
        self._site = site
        self._party = party

    async def begin(self, address: str) -> Step:
        """Ask for any passkey."""
        return self._ask()

    async def resume(self, values: Mapping[str, str], state: Mapping[str, str], address: str) -> Step:
        """Whose passkey has answered, or ask again. Raises `RateLimited`."""
        await count_try(self._site.ports, address)
        try:
            account = await answered(self._site.ports, self._party, values, state, verified=True)
        except Invalid as error:
            return self._ask(error.fields.get("answer", error.message))
        return Done(account=account, two_factors=True)

    def _ask(self, error: str = "") -> Script:
        intro = mark("Your browser asks for your passkey: unlock your device, or use your security key.")
        return script(self._site.ports, self._party, (), verified=True, intro=intro, error=error)


class PasskeyFactor:
    """One challenge for the passkeys of an account; a security key that is only touched will do."""

    name = NAME
    label = "Use a passkey or security key"

    def __init__(self, site: Site, party: Party | None) -> None:
        self._site = site
        self._party = party

    async def required(self, account: Account) -> bool:
        """Whether they have switched it on. Raises `Unavailable`."""
        return await is_second_step(self._site.ports, account.id)

    async def begin(self, account: Account, address: str) -> Step:
        """Ask for one of the account's passkeys."""
        return await self._ask(account)

    async def resume(
        self, account: Account, values: Mapping[str, str], state: Mapping[str, str], address: str
    ) -> Step:
        """Whether it was one of theirs, or ask again. Raises `RateLimited`."""
        await count_try(self._site.ports, address)
        if self._party is None:
            return _nowhere()
        try:
            found = await answered(
                self._site.ports, self._party, values, state, account=account, verified=False
            )
        except Invalid as error:
            return await self._ask(account, error.fields.get("answer", error.message))
        return Done(account=found)

    async def _ask(self, account: Account, error: str = "") -> Step:
        entries = await passkeys_of(self._site.ports, account.id)
        party = self._party
        if party is None:
            return _nowhere()
        known = [each.passkey.credential for each in entries if each.passkey.rp_id == party.rp_id]
        if not known:
            return _nowhere()
        intro = mark("Your browser asks for a passkey or security key that you have added to your account.")
        return script(self._site.ports, party, known, verified=False, intro=intro, error=error)


def script(
    ports: Ports, party: Party, known: Sequence[Credential], *, verified: bool, intro: str, error: str
) -> Script:
    """The step that asks for a passkey."""
    from microblog_plugins.passkeys.ceremonies import ask

    challenge = new_challenge(ports.clock.now())
    return Script(
        challenge=ask(party, challenge, known, verified=verified),
        title="Your passkey",
        intro=intro,
        submit="Use your passkey",
        error=error,
        state=state_of(challenge),
    )


async def answered(
    ports: Ports,
    party: Party,
    values: Mapping[str, str],
    state: Mapping[str, str],
    *,
    account: Account | None = None,
    verified: bool,
) -> Account:
    """Whose passkey has answered the challenge of a state, which is used up by that. With an `account` it
    has to be theirs; without one the authenticator has to name the same as we do.

    Raises `Invalid` (field `answer`) for anything that is no right answer.
    """
    from microblog_plugins.passkeys.ceremonies import check_asserted, credential_id_in

    answer, challenge = values.get("answer", ""), challenge_in(state)
    entry = await passkey_named(ports, credential_id_in(answer))
    if entry is None or entry.passkey.rp_id != party.rp_id:
        raise Invalid(fields={"answer": _UNKNOWN})
    passkey, used = entry.passkey, entry.used
    if account is not None and passkey.account_id != account.id:
        raise Invalid(fields={"answer": _UNKNOWN})
    asserted = check_asserted(party, challenge, passkey.credential, answer, verified=verified)
    if asserted.handle != passkey.handle and (asserted.handle or account is None):
        raise Invalid(fields={"answer": _WRONG})
    if asserted.may_sync != passkey.may_sync:
        raise Invalid(fields={"answer": _WRONG})
    if (asserted.counter or used.counter) and asserted.counter <= used.counter:
        _log.warning(
            "passkey %s of account %s counted %s after %s: there may be a copy of it",
            passkey.id,
            passkey.account_id,
            asserted.counter,
            used.counter,
        )
        raise Invalid(fields={"answer": _COPIED})
    owner = await ports.storage.accounts.get(passkey.account_id)
    if owner is None:
        raise Invalid(fields={"answer": _UNKNOWN})
    await note_answer(ports, entry, challenge, asserted)
    return owner


async def count_try(ports: Ports, address: str) -> None:
    """Count an answer for the network address, generously: nothing can be guessed. Raises `RateLimited`."""
    tries, seconds = ports.limits.rates.get("passkeys_address", (ADDRESS_TRIES, TRIES_SECONDS))
    await ports.limiter.hit(f"passkeys:address:{address}", limit=tries, per=seconds)


def _nowhere() -> Refused:
    return Refused(
        message="Your account asks for a passkey, and has none for this address of the site. Ask the people"
        " who run this site."
    )
