"""The view: everything that drawing a page for one request needs to know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from microblog_core.domain.accounts import Account, Login
from microblog_core.domain.errors import Invalid, MicroblogError
from microblog_core.domain.permissions import Actor
from microblog_core.domain.proving import Proof, proof_wanted
from microblog_core.domain.site_texts import SiteFace
from microblog_core.ports.context import Ports
from microblog_core.services.notifications import count_unread
from microblog_core.services.site_texts import known_face
from microblog_web import times
from microblog_web.i18n import explain, translations
from microblog_web.templating import translator
from microblog_web.website import WebSite


@dataclass(slots=True, kw_only=True)
class View:
    """One reader, one request. `here` is the path (with its query) that buttons lead back to; `now` is Unix
    milliseconds; `shortcuts`, whether single keys do something in this browser.
    """

    web: WebSite
    ports: Ports
    actor: Actor
    locale: str
    now: int
    here: str = "/"
    csrf: str = ""
    login: Login | None = None
    token_hash: str = ""
    shortcuts: bool = True
    unread: int | None = None
    flash: Sequence[tuple[str, str, str]] = field(default=())
    until: int | None = None

    def ends(self, at: int) -> None:
        """What is drawn is right until this moment (Unix milliseconds) only: a page is kept no longer."""
        self.until = at if self.until is None else min(self.until, at)

    @property
    def face(self) -> SiteFace:
        """What the site says of itself; `requests.view_of` has asked for it."""
        return known_face(self.ports)

    @property
    def me(self) -> Account | None:
        """Who is logged in."""
        return self.actor.account

    @property
    def proof(self) -> Proof:
        """What the reader has to show before what asks for their password; see `proof` in
        `web/fields.html`.
        """
        return proof_wanted(self.login, self.actor, self.now)

    async def count_unread(self) -> int:
        """How many notifications are new, asked for once; 0 for visitors."""
        if self.unread is None:
            self.unread = await count_unread(self.ports, self.actor)
        return self.unread

    def translate(self, message: str, **values: object) -> str:
        """A message in the reader's language, as plain text."""
        return translator(self.locale)(message, **values)

    def count(self, one: str, many: str, number: int) -> str:
        """A message about a number, in the reader's language; it says `%(number)s` or words."""
        message = translations(self.locale).ngettext(one, many, number)
        return message.replace("%(number)s", times.number(number, self.locale))

    def explain(self, error: MicroblogError | str) -> str:
        """What an error says, about its fields if it names some, and what to do about it, in the reader's
        language, on one line; or a text that an error would say.
        """
        if isinstance(error, str):
            return explain(self.locale, error)
        told = (isinstance(error, Invalid) and tuple(error.fields.values())) or (error.message,)
        return " ".join(explain(self.locale, text) for text in (*told, error.hint) if text)
