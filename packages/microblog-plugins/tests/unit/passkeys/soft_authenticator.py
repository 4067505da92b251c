"""An authenticator in software, and the browser before it: answers challenges as both would, or, told so, as
neither would.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from fido2 import cbor
from fido2.cose import CoseKey

UP, UV, BE, BS, AT = 0x01, 0x04, 0x08, 0x10, 0x40


def b64(data):
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text):
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


class SoftAuthenticator:
    """One passkey, made by `create` and used by `get`."""

    def __init__(self, algorithm=-7, *, verifies=True, synced=False, counts=True):
        self.algorithm, self.verifies, self.synced, self.counts = algorithm, verifies, synced, counts
        self.id, self.counter, self.handle = secrets.token_bytes(32), 0, b""
        if algorithm == -7:
            self.key = ec.generate_private_key(ec.SECP256R1())
        elif algorithm == -8:
            self.key = ed25519.Ed25519PrivateKey.generate()
        else:
            self.key = rsa.generate_private_key(65537, 2048)

    def create(self, challenge, origin, **forged):
        """The answer to a challenge of the kind `create`, as JSON."""
        options = self._options(challenge, "create")
        assert self.algorithm in [each["alg"] for each in options["pubKeyCredParams"]]
        self.handle = unb64(options["user"]["id"])
        client = self._client("webauthn.create", options["challenge"], origin, forged)
        cose = dict(CoseKey.for_alg(self.algorithm).from_cryptography_key(self.key.public_key()))
        cose |= forged.get("cose", {})
        data = self._data(options["rp"]["id"], AT, forged)
        data += bytes(16) + len(self.id).to_bytes(2, "big") + self.id + cbor.encode(cose)
        response = {
            "clientDataJSON": b64(client),
            "attestationObject": b64(cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})),
            "transports": ["internal", "telepathy"],
        }
        return self._answer(response, {"credProps": {"rk": True}})

    def get(self, challenge, origin, **forged):
        """The answer to a challenge of the kind `get`, as JSON."""
        options = self._options(challenge, "get")
        allowed = [unb64(each["id"]) for each in options.get("allowCredentials", ())]
        assert not allowed or self.id in allowed or forged
        client = self._client("webauthn.get", options["challenge"], origin, forged)
        data = self._data(options["rpId"], 0, forged)
        signature = self._sign(data + hashlib.sha256(client).digest())
        response = {
            "clientDataJSON": b64(client),
            "authenticatorData": b64(data),
            "signature": b64(forged.get("signature", signature)),
        }
        handle = forged.get("handle", self.handle)
        if handle:
            response["userHandle"] = b64(handle)
        return self._answer(response, {})

    @staticmethod
    def _options(challenge, kind):
        given = json.loads(challenge)
        assert given["kind"] == kind
        return given["publicKey"]

    @staticmethod
    def _client(kind, challenge, origin, forged):
        data = {"type": kind, "challenge": challenge, "origin": origin, "crossOrigin": False}
        return json.dumps(data | forged.get("client", {})).encode()

    def _data(self, rp_id, flags, forged):
        flags |= UP | (UV if self.verifies else 0) | (BE | BS if self.synced else 0)
        self.counter += self.counts
        return (
            hashlib.sha256(forged.get("rp_id", rp_id).encode()).digest()
            + bytes([forged.get("flags", flags)])
            + forged.get("counter", self.counter).to_bytes(4, "big")
        )

    def _sign(self, message):
        if self.algorithm == -7:
            return self.key.sign(message, ec.ECDSA(SHA256()))
        if self.algorithm == -8:
            return self.key.sign(message)
        return self.key.sign(message, padding.PKCS1v15(), SHA256())

    def _answer(self, response, extensions):
        return json.dumps(
            {
                "id": b64(self.id),
                "rawId": b64(self.id),
                "type": "public-key",
                "authenticatorAttachment": "platform",
                "response": response,
                "clientExtensionResults": extensions,
            }
        )
