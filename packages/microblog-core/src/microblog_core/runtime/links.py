"""The signed links in mails: unsubscribe, confirm an address, choose a new password.

A link is all that somebody needs, so each is for one purpose, has an end to its life, and names what it is
about. Tokens are in the query, where the access log hides them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import msgspec

from microblog_core.domain.notifications import NotificationKind
from microblog_core.http.signing import seal, unseal
from microblog_core.services.deliveries import Unsubscribe
from microblog_core.services.mails import ConfirmAddress, PasswordProof
from microblog_core.services.moderation_mails import DecisionLink

if TYPE_CHECKING:
    from microblog_core.site import Site

UNSUBSCRIBE_PATH = "/unsubscribe"
CONFIRM_PATH = "/confirm"
RESET_PATH = "/password/reset"
FORGOTTEN_PATH = "/password/forgot"
LOGIN_PATH = "/login"
DECISION_PATH = "/decision"
SETTINGS_PATH = "/settings/notifications"

HOUR = 3600 * 1000
UNSUBSCRIBE_MILLISECONDS = 400 * 24 * HOUR
CONFIRM_MILLISECONDS = 7 * 24 * HOUR
RESET_MILLISECONDS = HOUR
DECISION_MILLISECONDS = 90 * 24 * HOUR


class Links:
    """One site's links. They are absolute where the site's address is known (`Site.public_url`)."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def page(self, path: str) -> str:
        """The address of a page of the site."""
        return f"{self._site.public_url}{path}"

    def unsubscribe(self, account_id: int, channel: str, kinds: Iterable[NotificationKind]) -> str:
        """Where one POST ends messages of these kinds."""
        what = Unsubscribe(account_id=account_id, channel=channel, kinds=tuple(sorted(set(kinds))))
        return self._signed(UNSUBSCRIBE_PATH, "unsubscribe", what, self._now() + UNSUBSCRIBE_MILLISECONDS)

    def refuse_news(self, account_id: int, channel: str) -> str:
        """Where one POST ends the operators' news."""
        what = Unsubscribe(account_id=account_id, channel=channel, kinds=(), news=True)
        return self._signed(UNSUBSCRIBE_PATH, "unsubscribe", what, self._now() + UNSUBSCRIBE_MILLISECONDS)

    def read_unsubscribe(self, token: str) -> Unsubscribe | None:
        """What such a link is about; None for one that is no link of ours, or too old."""
        return unseal(self._site.secrets("unsubscribe"), token, Unsubscribe, now=self._now())

    def confirm(self, account_id: int, email: str) -> str:
        """Where somebody shows that this address reaches them."""
        what = ConfirmAddress(account_id=account_id, email=email)
        return self._signed(CONFIRM_PATH, "confirm email", what, self._now() + CONFIRM_MILLISECONDS)

    def read_confirm(self, token: str) -> ConfirmAddress | None:
        """What such a link is about, or None."""
        return unseal(self._site.secrets("confirm email"), token, ConfirmAddress, now=self._now())

    def reset(self, proof: PasswordProof, *, asked_at: int) -> str:
        """Where the holder of the mail chooses a new password, within an hour of asking."""
        return self._signed(RESET_PATH, "password reset", proof, asked_at + RESET_MILLISECONDS)

    def read_reset(self, token: str) -> PasswordProof | None:
        """What such a link proves, or None."""
        return unseal(self._site.secrets("password reset"), token, PasswordProof, now=self._now())

    def decision(self, what: DecisionLink) -> str:
        """Where somebody sees a decision about them, and may answer."""
        return self._signed(DECISION_PATH, "decision", what, self._now() + DECISION_MILLISECONDS)

    def read_decision(self, token: str) -> DecisionLink | None:
        """What such a link is about, or None."""
        return unseal(self._site.secrets("decision"), token, DecisionLink, now=self._now())

    def _signed(self, path: str, purpose: str, what: msgspec.Struct, expires_at: int) -> str:
        token = seal(self._site.secret(purpose), what, expires_at=expires_at)
        return f"{self.page(path)}?{urlencode({'token': token})}"

    def _now(self) -> int:
        return self._site.ports.clock.now()
