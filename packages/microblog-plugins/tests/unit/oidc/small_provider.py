"""A small OpenID provider over real HTTP, with switches for everything that a wrong or hostile one may do.

It checks what it gets as a good one does: client, redirect address, PKCE, and that a code is used once.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, parse_qsl, unquote_plus, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey

CLIENT, SECRET = "microblog", "the client's secret: with %, + and ü"
HANG_SECONDS = 30.0


class SmallProvider:
    """Serves on 127.0.0.1. `person` is who is logged in there; `now` gives Unix milliseconds."""

    def __init__(self, now):
        self.now = now
        self.person = {
            "sub": "ada-1",
            "preferred_username": "ada_l",
            "email": "ada@corp.example",
            "email_verified": True,
        }
        self.in_userinfo = ()
        self.says_no = ""
        self.keys = [ECKey.generate_key("P-256", {"kid": "first"})]
        self.metadata = {}
        self.claims = {}
        self.make_token = None
        self.userinfo = {}
        self.answer = {}
        self.broken = {}
        self.requests = []
        self.tokens = []
        self._codes = {}
        self._lets_go = threading.Event()
        provider = self

        class Handler(_Handler):
            served_by = provider

        self._server = _Server(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *error):
        self.stop()

    def stop(self):
        if self._server is not None:
            self._lets_go.set()
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()
            self._server = None

    def asked(self, path):
        """How often this path was asked for."""
        return self.requests.count(path)

    def rotate(self, kid):
        """A new key in place of all others."""
        self.keys = [ECKey.generate_key("P-256", {"kid": kid})]

    # What it answers

    def get(self, path, query, headers):
        if path == "/.well-known/openid-configuration":
            return 200, self._discovery()
        if path == "/jwks":
            return 200, {"keys": [key.as_dict(private=False) for key in self.keys]}
        if path == "/userinfo":
            assert headers["authorization"] == f"Bearer {self.tokens[-1]}"
            told = {name: self.person[name] for name in ("sub", *self.in_userinfo) if name in self.person}
            return 200, {**told, **self.userinfo}
        if path == "/authorize":
            return 303, self._authorize(query)
        return 404, {}

    def _discovery(self):
        document = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "id_token_signing_alg_values_supported": ["ES256", "RS256"],
            "authorization_response_iss_parameter_supported": True,
            **self.metadata,
        }
        return {name: value for name, value in document.items() if value is not None}

    def _authorize(self, query):
        assert query["response_type"] == "code" and "openid" in query["scope"].split()
        assert query["client_id"] == CLIENT and query["code_challenge_method"] == "S256"
        answer = {"state": query["state"], "iss": self.issuer}
        if self.says_no:
            answer["error"] = self.says_no
        else:
            answer["code"] = secrets.token_urlsafe(16)
            self._codes[answer["code"]] = query
        answer |= self.answer
        given = {name: value for name, value in answer.items() if value is not None}
        return f"{query['redirect_uri']}?{urlencode(given)}"

    def post(self, path, form, headers):
        assert path == "/token", path
        kind, _, pair = headers.get("authorization", "").partition(" ")
        if kind == "Basic":
            client, secret = (unquote_plus(part) for part in base64.b64decode(pair).decode().split(":"))
        else:
            client, secret = form.get("client_id"), form.get("client_secret")
        if (client, secret) != (CLIENT, SECRET):
            return 401, {"error": "invalid_client"}
        asked = self._codes.pop(form["code"], None)
        verifier = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(verifier).rstrip(b"=").decode()
        if (
            asked is None
            or asked["redirect_uri"] != form["redirect_uri"]
            or asked["code_challenge"] != challenge
        ):
            return 400, {"error": "invalid_grant"}
        access = secrets.token_urlsafe(16)
        self.tokens.append(access)
        token = self._id_token(asked, access)
        return 200, {"access_token": access, "token_type": "Bearer", "id_token": token}

    def _id_token(self, asked, access):
        now = self.now() // 1000
        half = hashlib.sha256(access.encode()).digest()[:16]
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            "at_hash": base64.urlsafe_b64encode(half).rstrip(b"=").decode(),
            **{name: value for name, value in self.person.items() if name not in self.in_userinfo},
            **self.claims,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        if self.make_token is not None:
            return self.make_token(claims)
        key = self.keys[0]
        return jwt.encode({"alg": "ES256", "kid": key.kid}, claims, key, algorithms=["ES256"])


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request, client_address):
        pass


class _Handler(BaseHTTPRequestHandler):
    served_by: SmallProvider
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        parts = urlsplit(self.path)
        self._answer(parts.path, lambda headers: self.served_by.get(parts.path, _first(parts.query), headers))

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        form = dict(parse_qsl(body))
        self._answer(self.path, lambda headers: self.served_by.post(self.path, form, headers))

    def _answer(self, path, work):
        provider = self.served_by
        provider.requests.append(path)
        broken = provider.broken.get(path)
        if broken == "hangs":
            provider._lets_go.wait(HANG_SECONDS)
            return
        if isinstance(broken, int):
            status, answer = broken, {}
        else:
            status, answer = work({name.lower(): value for name, value in self.headers.items()})
        body = broken if isinstance(broken, bytes) else json.dumps(answer).encode()
        self.send_response(status)
        if status == 303:
            self.send_header("location", answer)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *args):
        pass


def _first(query):
    return {name: values[0] for name, values in parse_qs(query).items()}
