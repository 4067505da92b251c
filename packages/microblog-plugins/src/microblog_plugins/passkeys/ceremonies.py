"""What browsers are asked and how their answers are checked, by Yubico's `fido2` (Web Authentication Level 3,
https://www.w3.org/TR/webauthn-3/, sections 7.1 and 7.2). Nothing is stored here. The library takes a while to
import: only who asks or answers imports this module.

Everything in an answer is written by whoever sends it. Whatever makes it no right one, or no answer at all,
raises `Invalid` with the field `answer`; the log says what it was.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from fido2.server import Fido2Server
from fido2.utils import websafe_decode
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    AuthenticatorData,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    PublicKeyCredentialParameters,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialType,
    PublicKeyCredentialUserEntity,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from microblog_core.domain.errors import Invalid
from microblog_plugins.passkeys.challenges import Challenge
from microblog_plugins.passkeys.credentials import Asserted, Created, Credential
from microblog_plugins.passkeys.settings import Party

ALGORITHMS = (-7, -8, -257)
"""ES256, EdDSA and RS256, as COSE numbers them: what all authenticators have one of."""
ANSWER_LENGTH = 16 * 1024
TIMEOUT_MILLISECONDS = 5 * 60 * 1000
ID_LENGTH = 1023

_WRONG = "This passkey's answer does not fit. Try again, or use another way."
_TRANSPORTS = frozenset({"usb", "nfc", "ble", "hybrid", "internal"})

_log = logging.getLogger("microblog.plugins")


def ask_to_create(
    party: Party,
    challenge: Challenge,
    user: tuple[bytes, str, str],
    present: Sequence[Credential],
    title: str,
) -> str:
    """The challenge (JSON, see `ports.auth.Script`) that makes a passkey for a user (handle, username, name),
    on a device that has none of the present ones.
    """
    handle, username, name = user
    options, _ = _server(party, title).register_begin(
        PublicKeyCredentialUserEntity(id=handle, name=username, display_name=name),
        credentials=_descriptors(present),
        resident_key_requirement=ResidentKeyRequirement.PREFERRED,
        user_verification=UserVerificationRequirement.PREFERRED,
        challenge=_bytes(challenge),
        extensions={"credProps": True},
    )
    return _written("create", dict(options.public_key))


def ask(party: Party, challenge: Challenge, known: Sequence[Credential], *, verified: bool) -> str:
    """The challenge that one of the known passkeys answers, or any discoverable one where none are given.
    With `verified` the person has to be recognised, too; without it a touch will do.
    """
    options, _ = _server(party).authenticate_begin(
        credentials=_descriptors(known) or None,
        user_verification=_verification(verified),
        challenge=_bytes(challenge),
    )
    return _written("get", dict(options.public_key))


def check_created(party: Party, challenge: Challenge, answer: str) -> Created:
    """The passkey that an answer to `ask_to_create` has made. Raises `Invalid`."""
    given = _read(answer)
    try:
        # The library lets many things through to Python's own errors: what is in there is anybody's.
        response = RegistrationResponse.from_dict(given)
        _check_frame(response.response.client_data.cross_origin)
        state = _state(challenge, verified=False)
        data = _server(party).register_complete(state, response)
        credential = data.credential_data
        if credential is None or not 0 < len(credential.credential_id) <= ID_LENGTH:
            raise ValueError("there is no credential in it")
        if credential.public_key[3] not in ALGORITHMS:
            raise ValueError("its algorithm was not offered")
        _check_flags(data)
    except Exception as error:
        raise _refused(error) from None
    found = given["response"].get("transports")
    transports = tuple(each for each in found if each in _TRANSPORTS) if isinstance(found, list) else ()
    return Created(
        credential=Credential(credential.credential_id, bytes(credential), transports),
        counter=data.counter,
        may_sync=data.is_backup_eligible(),
        synced=data.is_backed_up(),
        verified=data.is_user_verified(),
        discoverable=_is_discoverable(given),
    )


def credential_id_in(answer: str) -> bytes:
    """Which passkey an answer says it is of. Raises `Invalid`."""
    given = _read(answer)
    try:
        return AuthenticationResponse.from_dict(given).raw_id
    except Exception as error:
        raise _refused(error) from None


def check_asserted(
    party: Party, challenge: Challenge, credential: Credential, answer: str, *, verified: bool
) -> Asserted:
    """What an answer to `ask` by this passkey says. Raises `Invalid`."""
    given = _read(answer)
    try:
        response = AuthenticationResponse.from_dict(given)
        _check_frame(response.response.client_data.cross_origin)
        state = _state(challenge, verified=verified)
        _server(party).authenticate_complete(state, [AttestedCredentialData(credential.data)], response)
        data = response.response.authenticator_data
        _check_flags(data)
    except Exception as error:
        raise _refused(error) from None
    return Asserted(
        handle=response.response.user_handle or b"",
        counter=data.counter,
        may_sync=data.is_backup_eligible(),
        synced=data.is_backed_up(),
    )


def _server(party: Party, title: str = "") -> Fido2Server:
    entity = PublicKeyCredentialRpEntity(id=party.rp_id, name=title or party.rp_id)
    server = Fido2Server(entity, verify_origin=lambda origin: origin in party.origins)
    server.allowed_algorithms = [
        PublicKeyCredentialParameters(type=PublicKeyCredentialType.PUBLIC_KEY, alg=each)
        for each in ALGORITHMS
    ]
    # The library's type says that there is none.
    server.timeout = TIMEOUT_MILLISECONDS  # type: ignore[assignment]
    return server


def _state(challenge: Challenge, *, verified: bool) -> Mapping[str, Any]:
    return {"challenge": challenge.text, "user_verification": _verification(verified)}


def _verification(verified: bool) -> UserVerificationRequirement:
    return UserVerificationRequirement.REQUIRED if verified else UserVerificationRequirement.DISCOURAGED


def _descriptors(known: Sequence[Credential]) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(
            type=PublicKeyCredentialType.PUBLIC_KEY,
            id=each.id,
            transports=[AuthenticatorTransport(way) for way in each.transports] or None,
        )
        for each in known
    ]


def _bytes(challenge: Challenge) -> bytes:
    return websafe_decode(challenge.text)


def _written(kind: str, options: Mapping[str, Any]) -> str:
    return json.dumps({"kind": kind, "publicKey": options})


def _read(answer: str) -> dict[str, Any]:
    """The answer as a table with a table `response` in it. Raises `Invalid`."""
    if not answer.strip():
        raise Invalid(fields={"answer": "Nothing came from your browser. It needs JavaScript for passkeys."})
    try:
        if len(answer) > ANSWER_LENGTH:
            raise ValueError(f"it has {len(answer)} characters")
        given = msgspec.json.decode(answer, type=dict[str, Any])
        if not isinstance(given.get("response"), dict):
            raise ValueError("it has no response in it")
    except (ValueError, RecursionError, msgspec.MsgspecError) as error:
        raise _refused(error) from None
    return given


def _check_frame(cross_origin: object) -> None:
    """Nobody frames a page of ours (`frame-ancestors`); a browser that says so is none."""
    if cross_origin:
        raise ValueError("it was asked for inside of another site's page")


def _check_flags(data: AuthenticatorData) -> None:
    """Section 6.1.3: what can't be backed up isn't."""
    if data.is_backed_up() and not data.is_backup_eligible():
        raise ValueError("its flags contradict each other")


def _is_discoverable(given: Mapping[str, Any]) -> bool:
    """What the browser says of it (`credProps`); nobody signs that, and nothing is decided by it."""
    results = given.get("clientExtensionResults")
    props = results.get("credProps") if isinstance(results, dict) else None
    return bool(props.get("rk")) if isinstance(props, dict) else False


def _refused(error: BaseException) -> Invalid:
    _log.info("the answer of a passkey was refused: %s: %s", type(error).__name__, error)
    return Invalid(fields={"answer": _WRONG})
