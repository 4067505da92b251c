"""One provider: the address that people are sent to, and who they are when they come back (authorization code
flow with PKCE, OpenID Connect Core 1.0 section 3.1, RFC 7636, RFC 9207, RFC 9700).

What it says of itself is asked for when it is first needed, and kept for an hour; a site starts without it.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import logging
import secrets
from collections.abc import Callable, Mapping
from typing import Any, NoReturn
from urllib.parse import quote_plus, urlencode

import msgspec

from microblog_plugins.oidc.calls import Answer, Calls
from microblog_plugins.oidc.discovery import Metadata, discovery_address, read_metadata
from microblog_plugins.oidc.errors import NotIn, Refused, Unreachable
from microblog_plugins.oidc.identity import Identity, identity_of, wants_userinfo
from microblog_plugins.oidc.settings import ProviderSettings
from microblog_plugins.oidc.tokens import Key, UnknownKey, Wanted, import_keys, read_token

KEPT_MILLISECONDS = 60 * 60 * 1000
ASKED_AGAIN_MILLISECONDS = 60 * 1000
"""How often keys are asked for anew because a token names one that is not known."""

_log = logging.getLogger("microblog.oidc")


class Begun(msgspec.Struct, frozen=True):
    """A visit at the provider: what has to fit when somebody comes back."""

    state: str
    nonce: str
    verifier: str


class _Tokens(msgspec.Struct, frozen=True, kw_only=True):
    """What the token endpoint answers."""

    id_token: str
    access_token: str = ""
    token_type: str = ""


class Provider:
    """Asks the provider `name`. `now` gives Unix milliseconds."""

    def __init__(self, name: str, settings: ProviderSettings, calls: Calls, now: Callable[[], int]) -> None:
        self.name = name
        self.settings = settings
        self.label = settings.label or name
        self._calls = calls
        self._now = now
        self._metadata: Metadata | None = None
        self._metadata_at = 0
        self._keys: tuple[Key, ...] = ()
        self._keys_at = 0
        self._asking = asyncio.Lock()

    async def close(self) -> None:
        """Close what is open."""
        await self._calls.close()

    async def metadata(self, *, anew: bool = False) -> Metadata:
        """What the provider says of itself. Raises `Unreachable`."""
        async with self._asking:
            kept = self._metadata
            if kept is None or anew or self._now() - self._metadata_at > KEPT_MILLISECONDS:
                issuer = self.settings.issuer
                answer = await self._calls.get(discovery_address(issuer))
                if answer.status != 200:
                    raise Unreachable(f"{self.name} said {answer.status} to discovery")
                kept = self._metadata = read_metadata(answer.body, issuer)
                self._metadata_at = self._now()
            return kept

    async def begin(self, return_to: str) -> tuple[str, Begun]:
        """The address to send a browser to, which comes back to `return_to`. Raises `NotIn`, with a message
        for people.
        """
        begun = Begun(*(secrets.token_urlsafe(size) for size in (24, 24, 48)))
        try:
            metadata = await self.metadata()
        except NotIn as error:
            self._stop(error)
        challenge = hashlib.sha256(begun.verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": return_to,
            "scope": " ".join(dict.fromkeys(("openid", *self.settings.scopes))),
            "state": begun.state,
            "nonce": begun.nonce,
            "code_challenge": base64.urlsafe_b64encode(challenge).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        if self.settings.max_age:
            query["max_age"] = str(self.settings.max_age)
        address = metadata.authorization_endpoint
        return f"{address}{'&' if '?' in address else '?'}{urlencode(query)}", begun

    async def come_back(self, values: Mapping[str, str], begun: Begun, return_to: str) -> Identity:
        """Who it is that came back with these values. Raises `NotIn`, with a message for people."""
        try:
            metadata = await self.metadata()
            code = self._code(values, begun, metadata)
            tokens = await self._redeem(metadata, code, begun, return_to)
            claims = await self._read(metadata, tokens, begun)
            if wants_userinfo(self.settings, claims):
                claims = await self._with_userinfo(metadata, claims, tokens)
        except NotIn as error:
            self._stop(error)
        # What this raises says what people can do about it.
        return identity_of(self.settings, claims)

    def _stop(self, error: NotIn) -> NoReturn:
        """Log what happened, and raise what people may read of it."""
        _log.warning("Nobody got in by the provider %s: %s", self.name, error)
        if isinstance(error, Unreachable):
            problem = f"{self.label} can't be reached at the moment. Try again later, or log in another way."
            raise Unreachable(problem) from error
        if isinstance(error, Denied):
            problem = f"{self.label} did not let you in here. Begin again, or log in another way."
            raise Refused(problem) from error
        problem = f"Logging in with {self.label} did not work. Begin again."
        raise Refused(problem) from error

    def _code(self, values: Mapping[str, str], begun: Begun, metadata: Metadata) -> str:
        """The code of an answer that is this provider's, to this question. Raises `Refused`."""
        if not hmac.compare_digest(values.get("state", "").encode(), begun.state.encode()):
            raise Refused("the answer is to another question")
        said = values.get("iss")
        if said is None and metadata.authorization_response_iss_parameter_supported:
            raise Refused("the answer does not say whose it is")
        if said is not None and said != metadata.issuer:
            raise Refused(f"the answer is that of {said!r:.200}")
        if "error" in values:
            raise Denied(f"it said {values['error']!r:.100}")
        code = values.get("code", "")
        if not code:
            raise Refused("the answer holds no code")
        return code

    async def _redeem(self, metadata: Metadata, code: str, begun: Begun, return_to: str) -> _Tokens:
        """The tokens that a code stands for. Raises `NotIn`."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": return_to,
            "code_verifier": begun.verifier,
        }
        client, secret = self.settings.client_id, self.settings.client_secret.reveal()
        headers = {}
        methods = metadata.token_endpoint_auth_methods_supported
        if secret and ("client_secret_basic" in methods or "client_secret_post" not in methods):
            pair = f"{quote_plus(client)}:{quote_plus(secret)}"
            headers["authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        else:
            form["client_id"] = client
            if secret:
                form["client_secret"] = secret
        answer = await self._calls.post(metadata.token_endpoint, form, headers)
        if answer.status != 200:
            raise Refused(f"it said {answer.status} to the code: {_error(answer)}")
        try:
            return msgspec.json.decode(answer.body, type=_Tokens)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Refused(f"its answer to the code holds no ID token: {error}") from error

    async def _read(self, metadata: Metadata, tokens: _Tokens, begun: Begun) -> dict[str, Any]:
        """The claims of the ID token; keys that changed are asked for once. Raises `NotIn`."""
        wanted = Wanted(
            issuer=metadata.issuer,
            client_id=self.settings.client_id,
            nonce=begun.nonce,
            now=self._now() // 1000,
            algorithms=metadata.id_token_signing_alg_values_supported,
            access_token=tokens.access_token,
            max_age=self.settings.max_age,
        )
        try:
            keys = await self._known_keys(metadata, KEPT_MILLISECONDS)
            return read_token(tokens.id_token, keys, wanted)
        except UnknownKey:
            keys = await self._known_keys(metadata, ASKED_AGAIN_MILLISECONDS)
            return read_token(tokens.id_token, keys, wanted)

    async def _known_keys(self, metadata: Metadata, older_than: int) -> tuple[Key, ...]:
        """The provider's keys, asked for where there are none or they are older. Raises `Unreachable`."""
        async with self._asking:
            if not self._keys_at or self._now() - self._keys_at >= older_than:
                answer = await self._calls.get(metadata.jwks_uri)
                document = _table(answer)
                if document is None:
                    raise Unreachable(f"{self.name} publishes no keys, but said {answer.status}")
                self._keys, self._keys_at = import_keys(document), self._now()
            return self._keys

    async def _with_userinfo(
        self, metadata: Metadata, claims: dict[str, Any], tokens: _Tokens
    ) -> dict[str, Any]:
        """The claims, and below them what userinfo says of the same person. Raises `NotIn`."""
        if not metadata.userinfo_endpoint or not tokens.access_token:
            return claims
        bearer = {"authorization": f"Bearer {tokens.access_token}"}
        answer = await self._calls.get(metadata.userinfo_endpoint, bearer)
        told = _table(answer)
        if told is None:
            raise Refused(f"its userinfo is none, but {answer.status}")
        if told.get("sub") != claims["sub"]:
            raise Refused("its userinfo is that of somebody else")
        return {**told, **claims}


class Denied(Refused):
    """The person, or the provider, said no."""


def _table(answer: Answer) -> dict[str, Any] | None:
    if answer.status != 200:
        return None
    try:
        return msgspec.json.decode(answer.body, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _error(answer: Answer) -> str:
    """The provider's word for what is wrong (RFC 6749 section 5.2), for operators."""
    return repr((_table(Answer(200, answer.body)) or {}).get("error", ""))[:100]
