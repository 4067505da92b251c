"""What a request of the protocol asks for, and whether it may have it: authlib decides, in memory.

authlib is synchronous, so whatever it may ask for is loaded before (`Loaded`), and nothing is stored here:
the functions return what was granted. Beyond authlib: out-of-band addresses, subsets of scopes, S256 alone,
and descriptions without what the client sent (authlib fails on some of it). This is the only module that
touches authlib.

Sources: RFC 6749 sections 3 to 5, RFC 7009, RFC 7636, RFC 7662, RFC 9700.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec
from authlib.oauth2.base import OAuth2Error
from authlib.oauth2.rfc6749 import (
    AuthorizationCodeMixin,
    AuthorizationServer,
    ClientMixin,
    InvalidRequestError,
    OAuth2Payload,
    OAuth2Request,
    TokenEndpoint,
    grants,
)
from authlib.oauth2.rfc6749.util import extract_basic_authorization
from authlib.oauth2.rfc7636 import CodeChallenge, create_s256_code_challenge

from microblog_core.domain.applications import (
    Application,
    AuthorizationCode,
    check_code_challenge,
    narrowed_scopes,
)
from microblog_core.domain.errors import Invalid
from microblog_core.services.applications import is_secret_of

T = TypeVar("T")

AUTHORIZATION_CODE = "authorization_code"
CLIENT_CREDENTIALS = "client_credentials"
GRANT_TYPES = (AUTHORIZATION_CODE, CLIENT_CREDENTIALS)
CHALLENGE_METHOD = "S256"
SECRET_METHODS = ("client_secret_basic", "client_secret_post")
ALL_METHODS = (*SECRET_METHODS, "none")

_NOT_ALLOWED = re.compile(r"[^\x20-\x21\x23-\x5b\x5d-\x7e]")
"""What an error's description may not hold (RFC 6749 section 5.2)."""


class OAuthError(Exception):
    """A refusal in the protocol's words. `redirect_uri` is set only where the browser may be sent there."""

    def __init__(
        self, error: str, description: str, *, status: int = 400, redirect_uri: str = "", state: str = ""
    ) -> None:
        super().__init__(error)
        self.error = error
        self.description = _NOT_ALLOWED.sub("?", description)[:300]
        self.status = status
        self.redirect_uri = redirect_uri
        self.state = state


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """What is stored of the client and the code that a request names, None where there is nothing."""

    application: Application | None
    code: AuthorizationCode | None = None
    now: int = 0


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What an application asks somebody for, checked."""

    application: Application
    redirect_uri: str
    scopes: tuple[str, ...]
    state: str = ""
    code_challenge: str = ""


class Granted(msgspec.Struct, frozen=True, kw_only=True):
    """A token that may be given: for `code`, or for the application itself where that is None."""

    application: Application
    scopes: tuple[str, ...]
    code: AuthorizationCode | None = None


class ReplayedError(OAuthError):
    """A code of the client's own was sent again; what it gave has to end."""

    def __init__(self, code: AuthorizationCode) -> None:
        super().__init__("invalid_grant", "The code was used before.")
        self.code = code


def client_id_of(parameters: Mapping[str, str], authorization: str) -> str:
    """The client that a request says to come from, by HTTP Basic or in its parameters.

    Raises `OAuthError` for credentials that can't be read.
    """
    try:
        client_id, _ = extract_basic_authorization({"Authorization": authorization})
    except ValueError:
        raise OAuthError("invalid_client", "The credentials can't be read.", status=401) from None
    return client_id or parameters.get("client_id", "")


def check_wish(parameters: Mapping[str, Sequence[str]], loaded: Loaded) -> Wish:
    """What a request to the authorization endpoint asks for; `parameters` are all values of each name.

    Raises `OAuthError`; it names a `redirect_uri` only if the client is known and registered that address.
    """
    first = {name: values[0] for name, values in parameters.items()}
    redirect_uri, state = first.get("redirect_uri", ""), first.get("state", "")
    application = loaded.application
    if application is None:
        raise OAuthError("invalid_client", "There is no such application.", status=401)
    if len(parameters.get("redirect_uri", ())) > 1 or len(parameters.get("client_id", ())) > 1:
        raise OAuthError("invalid_request", "A parameter is repeated.")
    if redirect_uri not in application.redirect_uris:
        raise OAuthError("invalid_request", "The application did not register this redirect_uri.")
    try:
        if first.get("response_type") != "code":
            raise OAuthError("unsupported_response_type", "Use response_type=code.")
        request = _Request(first, {}, parameters)
        grant = _decided(lambda: _Server(loaded).get_consent_grant(request))
    except OAuthError as error:
        raise OAuthError(
            error.error, error.description, status=error.status, redirect_uri=redirect_uri, state=state
        ) from error
    return Wish(
        application=application,
        redirect_uri=redirect_uri,
        scopes=tuple(grant.request.scope.split()),
        state=state,
        code_challenge=first.get("code_challenge", ""),
    )


def check_token_request(parameters: Mapping[str, str], authorization: str, loaded: Loaded) -> Granted:
    """What a request to the token endpoint may have. Raises `OAuthError`, `ReplayedError`."""
    if not parameters.get("grant_type"):
        raise OAuthError("invalid_request", "The parameter grant_type is missing.")
    request = _Request(parameters, _headers(authorization))

    def decide() -> Any:
        grant = _Server(loaded).get_token_grant(request)
        grant.validate_token_request()
        return grant

    application: Application = _decided(decide).request.client.application
    if parameters["grant_type"] == AUTHORIZATION_CODE:
        code: AuthorizationCode = request.authorization_code.code
        if narrowed_scopes(parameters.get("scope", ""), code.scopes) is None:
            raise OAuthError("invalid_scope", "The scope exceeds what was allowed.")
        return Granted(application=application, scopes=code.scopes, code=code)
    scopes = narrowed_scopes(parameters.get("scope", ""), application.scopes)
    if scopes is None:
        raise OAuthError("invalid_scope", "The application did not register this scope.")
    return Granted(application=application, scopes=scopes)


def check_client(
    parameters: Mapping[str, str], authorization: str, loaded: Loaded, *, public: bool
) -> Application:
    """The client that has proven who it is, for the endpoints about tokens; `public` ones prove nothing.

    Raises `OAuthError`, also where the parameter `token` is missing.
    """
    request = _Request(parameters, _headers(authorization))
    endpoint = _AnyClient(_Server(loaded)) if public else _ConfidentialClient(_Server(loaded))
    client = _decided(lambda: endpoint.authenticate_endpoint_client(request))
    if not parameters.get("token"):
        raise OAuthError("invalid_request", "The parameter token is missing.")
    application: Application = client.application
    return application


def _headers(authorization: str) -> dict[str, str]:
    return {"Authorization": authorization} if authorization else {}


def _decided(decide: Callable[[], T]) -> T:
    """What authlib decides, with its refusals in our words."""
    try:
        return decide()
    except OAuth2Error as error:
        description = str(error.get_error_description() or error.error)
        # authlib says 400 for a client that does not exist, and 401 for one with a wrong secret.
        status = 401 if error.error == "invalid_client" else error.status_code
        raise OAuthError(str(error.error), description, status=status) from error
    except ValueError as error:
        # authlib puts what was sent into descriptions, and refuses letters there that it was sent.
        raise OAuthError("invalid_request", "The request can't be read.") from error


class _Payload(OAuth2Payload):  # type: ignore[misc]
    def __init__(self, parameters: Mapping[str, str], repeated: Mapping[str, Sequence[str]]) -> None:
        self._parameters = parameters
        self._repeated = repeated

    @property
    def data(self) -> Mapping[str, str]:
        return self._parameters

    @property
    def datalist(self) -> Mapping[str, Sequence[str]]:
        return self._repeated


class _Request(OAuth2Request):  # type: ignore[misc]
    """A request as authlib wants it. Whether it came by https is the server's affair, not authlib's."""

    def __init__(
        self,
        parameters: Mapping[str, str],
        headers: Mapping[str, str],
        repeated: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        super().__init__("POST", "https://localhost/", headers=dict(headers))
        self.payload = _Payload(parameters, repeated or {})

    @property
    def args(self) -> Mapping[str, str]:
        return self.payload.data

    @property
    def form(self) -> Mapping[str, str]:
        return self.payload.data


class _Client(ClientMixin):  # type: ignore[misc]
    def __init__(self, application: Application) -> None:
        self.application = application

    def get_client_id(self) -> str:
        return self.application.client_id

    def get_default_redirect_uri(self) -> None:
        """Clients name the address, or a stolen request could choose among several."""

    def get_allowed_scope(self, scope: str | None) -> str | None:
        scopes = narrowed_scopes(scope or "", self.application.scopes)
        return None if scopes is None else " ".join(scopes)

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri in self.application.redirect_uris

    def check_client_secret(self, client_secret: str) -> bool:
        return is_secret_of(self.application, client_secret)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return (method == "none") is not self.application.confidential

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == AUTHORIZATION_CODE or (
            grant_type == CLIENT_CREDENTIALS and self.application.confidential
        )


class _Code(AuthorizationCodeMixin):  # type: ignore[misc]
    def __init__(self, code: AuthorizationCode) -> None:
        self.code = code
        self.code_challenge = code.code_challenge
        self.code_challenge_method = CHALLENGE_METHOD

    def get_redirect_uri(self) -> str:
        return self.code.redirect_uri

    def get_scope(self) -> str:
        return " ".join(self.code.scopes)


class _CodeGrant(grants.AuthorizationCodeGrant):  # type: ignore[misc]
    TOKEN_ENDPOINT_AUTH_METHODS = ALL_METHODS

    def query_authorization_code(self, code: str, client: _Client) -> _Code | None:
        loaded: Loaded = self.server.loaded
        found = loaded.code
        if found is None or found.application_id != client.application.id:
            return None
        if found.used_at is not None:
            raise ReplayedError(found)
        return _Code(found) if found.expires_at > loaded.now else None


class _ApplicationGrant(grants.ClientCredentialsGrant):  # type: ignore[misc]
    TOKEN_ENDPOINT_AUTH_METHODS = ALL_METHODS


class _S256(CodeChallenge):  # type: ignore[misc]
    """PKCE by S256 alone (RFC 9700 section 2.1.1); public clients can't do without."""

    SUPPORTED_CODE_CHALLENGE_METHOD = (CHALLENGE_METHOD,)
    CODE_CHALLENGE_METHODS = {  # noqa: RUF012 - authlib's own name and type
        CHALLENGE_METHOD: lambda verifier, challenge: hmac.compare_digest(
            create_s256_code_challenge(verifier), challenge
        )
    }

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        super().validate_code_challenge(grant, redirect_uri)
        data = grant.request.payload.data
        challenge = data.get("code_challenge", "")
        if challenge and data.get("code_challenge_method") != CHALLENGE_METHOD:
            raise InvalidRequestError("Use code_challenge_method=S256.")
        if not challenge and not grant.request.client.application.confidential:
            raise InvalidRequestError("An application without a secret has to use PKCE.")
        try:
            check_code_challenge(challenge)
        except Invalid:
            raise InvalidRequestError("The code_challenge is no S256 challenge.") from None


class _AnyClient(TokenEndpoint):  # type: ignore[misc]
    ENDPOINT_NAME = "revocation"
    CLIENT_AUTH_METHODS = ALL_METHODS


class _ConfidentialClient(TokenEndpoint):  # type: ignore[misc]
    ENDPOINT_NAME = "introspection"
    CLIENT_AUTH_METHODS = SECRET_METHODS


class _Server(AuthorizationServer):  # type: ignore[misc]
    """Decides one request."""

    def __init__(self, loaded: Loaded) -> None:
        super().__init__()
        self.loaded = loaded
        self.register_grant(_CodeGrant, [_S256(required=True)])
        self.register_grant(_ApplicationGrant)

    def query_client(self, client_id: str) -> _Client | None:
        application = self.loaded.application
        return (
            _Client(application) if application is not None and application.client_id == client_id else None
        )

    def create_oauth2_request(self, request: _Request) -> _Request:
        return request

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """Nobody listens."""
