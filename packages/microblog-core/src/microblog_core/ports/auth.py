"""Who a request comes from, and how people log in.

An `Authenticator` reads a request and says who it is, or abstains; it never grants by accident: what it
raises counts as abstaining. A `LoginMethod` is a state machine that any surface can drive: it says what to
show next, and the surface draws it. A `SecondFactor` is one that begins where any of them has ended.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from microblog_core.domain.accounts import Account, Identity


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What authenticators see of a request: header names in lower case, the first value of each; parsed
    cookies.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    cookies: Mapping[str, str]
    query: Mapping[str, str]
    address: str


class Authenticator(Protocol):
    """Recognises one kind of credentials.

    One that is for some paths only says so in an attribute `below`, a tuple of path prefixes such as
    `("/api/",)`: it is not asked elsewhere, and pages elsewhere stay as fast for anonymous readers as
    without it.
    """

    async def authenticate(self, request: Request) -> Identity | None:
        """Who it is; None where this kind of credentials isn't there or isn't good."""
        ...


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """An input of a form. `kind` is an HTML input type, or `textarea`; `autocomplete` a token of the HTML
    standard.
    """

    name: str
    label: str
    kind: str = "text"
    autocomplete: str = ""
    value: str = ""
    error: str = ""
    hint: str = ""
    readonly: bool = False


class Form(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Show a form; its values go to `resume`. `state` comes back signed, so the method may trust it."""

    fields: tuple[Field, ...]
    submit: str
    title: str = ""
    error: str = ""
    state: Mapping[str, str] = {}


class Redirect(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Send the browser elsewhere (a provider's page); it comes back to `resume` with the query as values."""

    url: str
    state: Mapping[str, str] = {}


class Script(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Let the browser answer a challenge of the Web Authentication API by script (passkeys, security keys).

    `challenge` is JSON, `{"kind": "get", "publicKey": {...}}` with `PublicKeyCredentialRequestOptionsJSON`
    (https://www.w3.org/TR/webauthn-3/), or `{"kind": "create", "publicKey": {...}}` with
    `PublicKeyCredentialCreationOptionsJSON`; binary values are base64url. The page asks the browser at once,
    but not where there is an `error`, and again at each press of its button (`submit`). What the credential's
    `toJSON()` gives comes to `resume` as the value `answer`, as JSON; whatever the browser may have sent,
    nothing of it is checked before. Where the visitor cancels, or there is no script, nothing comes.
    """

    challenge: str
    title: str = ""
    intro: str = ""
    submit: str = "Try again"
    error: str = ""
    state: Mapping[str, str] = {}


class Done(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """It is this account.

    `two_factors` is for a `LoginMethod` that has checked two at once, such as a passkey together with the
    finger or PIN that unlocks it: no `SecondFactor` is asked then. Anything but True asks as ever; a second
    factor's own `Done` says nothing by it.
    """

    account: Account
    two_factors: bool = False


class Refused(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """It stops here; `message` says why and what to do."""

    message: str


Step = Form | Redirect | Script | Done | Refused


class LoginMethod(Protocol):
    """One way to log in, for example a password, a provider, a passkey."""

    name: str
    label: str

    async def begin(self, address: str) -> Step:
        """The first step, for a visitor at this network address."""
        ...

    async def resume(self, values: Mapping[str, str], state: Mapping[str, str], address: str) -> Step:
        """The next step, after the visitor answered. Raises `RateLimited`."""
        ...


class SecondFactor(Protocol):
    """Something more that somebody shows, after any way to log in has said who they are.

    Nothing is opened before it says `Done`: between the two steps there is no session, only a state that goes
    through the browser, signed, for ten minutes. Guesses are for the factor to count. Who sets one up or
    takes it away says so by `services.second_factors`, so that it can't be passed while its plugin is broken.
    """

    name: str
    label: str

    async def required(self, account: Account) -> bool:
        """Whether this account has to show it. What this raises refuses the log-in."""
        ...

    async def begin(self, account: Account, address: str) -> Step:
        """The first step, for somebody at this network address who has shown to be this account."""
        ...

    async def resume(
        self, account: Account, values: Mapping[str, str], state: Mapping[str, str], address: str
    ) -> Step:
        """The next step, after they answered; `Done` with this account lets them in. Raises `RateLimited`."""
        ...


class Passwords(Protocol):
    """Hashing and checking passwords, off the event loop and never many at once."""

    async def hash(self, password: str) -> str:
        """A hash to store."""
        ...

    async def verify(self, password_hash: str, password: str) -> bool:
        """Whether it is this password; takes as long for an empty hash, so that nobody learns which names
        exist.
        """
        ...


class Button(msgspec.Struct, frozen=True, kw_only=True):
    """A button that sends its form with one value more."""

    label: str
    name: str
    value: str


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a list on a page: a text, maybe a note below it and a button beside it."""

    text: str
    note: str = ""
    button: Button | None = None


class FormPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page with one form, for a `PageRenderer`: hidden values are sent along, links are (label,
    address).

    `lines` is a list below the intro, `others` are buttons beside the first one. An empty `submit` means
    that there is no first one. With a `challenge` (`Script` says what is in it) the first one is pressed by
    script, `http.challenges`; a renderer that does not know it draws a page on which that can't be done, and
    its links and `others`, which can.
    """

    title: str
    action: str
    fields: Sequence[Field]
    submit: str
    hidden: Mapping[str, str] = {}
    intro: str = ""
    error: str = ""
    links: Sequence[tuple[str, str]] = ()
    lines: Sequence[Line] = ()
    others: Sequence[Button] = ()
    challenge: str = ""


class PageRenderer(Protocol):
    """Draws the pages that several surfaces share. The website contributes a themed one, `http.pages` is the
    plain one.
    """

    def form(self, page: FormPage) -> bytes:
        """A whole HTML document in UTF-8."""
        ...

    def message(self, title: str, text: str, links: Sequence[tuple[str, str]] = ()) -> bytes:
        """A whole HTML document in UTF-8 with a title and one paragraph."""
        ...
