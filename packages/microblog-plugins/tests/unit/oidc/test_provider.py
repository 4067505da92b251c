"""One provider by itself: forged and foreign tokens, answers to other questions, and providers that fail."""

from __future__ import annotations

import base64
import hmac
import json
import time
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from small_provider import CLIENT, SECRET, SmallProvider

from microblog_core.plugins.settings import Secret
from microblog_core.testing.builder import FrozenClock
from microblog_plugins.oidc.calls import FAILURES, Calls
from microblog_plugins.oidc.errors import Refused, Unreachable
from microblog_plugins.oidc.provider import Provider
from microblog_plugins.oidc.settings import ProviderSettings

RETURN_TO = "https://site.example/back"
RSA = RSAKey.generate_key(2048, {"kid": "rsa"})
STRANGER = ECKey.generate_key("P-256", {"kid": "first"})


class Asked:
    """A provider over real HTTP, and what asks it."""

    def __init__(self, *, seconds=4.0, **settings):
        self.clock = FrozenClock()
        self.provider = SmallProvider(self.clock.now)
        given = {"issuer": self.provider.issuer, "client_id": CLIENT, "client_secret": Secret(SECRET)}
        self.calls = Calls("corp", seconds=seconds)
        self.asks = Provider("corp", ProviderSettings(**given, **settings), self.calls, self.clock.now)

    async def __aenter__(self):
        self.provider.__enter__()
        return self

    async def __aexit__(self, *error):
        await self.asks.close()
        self.provider.stop()

    async def come_back(self):
        """There and back; the identity."""
        address, begun = await self.asks.begin(RETURN_TO)
        async with httpx.AsyncClient(verify=False) as there:
            back = (await there.get(address)).headers["location"]
        return await self.asks.come_back(dict(parse_qsl(urlsplit(back).query)), begun, RETURN_TO)

    async def refused(self, why="did not work"):
        with pytest.raises(Refused, match=why):
            await self.come_back()


@pytest.fixture
async def asked():
    async with Asked() as made:
        yield made


async def test_who_comes_back_is_known_by_issuer_and_subject(asked):
    found = await asked.come_back()
    assert (found.issuer, found.subject) == (asked.provider.issuer, "ada-1")
    assert (found.username, found.email, found.email_confirmed) == ("ada_l", "ada@corp.example", True)
    assert asked.provider.asked("/userinfo") == 0


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "of another log-in"},
        {"nonce": None},
        {"nonce": ["a list"]},
        {"aud": "somebody else"},
        {"aud": None},
        {"aud": [CLIENT, "somebody else"]},
        {"azp": "somebody else"},
        {"iss": "https://evil.example"},
        {"iss": None},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": "x" * 256},
        {"exp": 1},
        {"exp": None},
        {"exp": "never"},
        {"exp": float("nan")},
        {"iat": 1 << 40},
        {"iat": None},
        {"at_hash": "of another token"},
    ],
    ids=lambda claims: "-".join(f"{name}-{str(value)[:20]}" for name, value in claims.items()),
)
async def test_a_token_that_is_not_for_here_and_now_is_refused(asked, claims):
    asked.provider.claims = claims
    await asked.refused()


async def test_tokens_that_are_right_in_other_ways_are_taken(asked):
    now = asked.clock.now() // 1000
    for claims in (
        {"aud": [CLIENT]},
        {"aud": [CLIENT, "another"], "azp": CLIENT},
        {"at_hash": None},
        {"exp": now - 30, "iat": now + 30},
    ):
        asked.provider.claims = claims
        assert (await asked.come_back()).subject == "ada-1", claims


def part(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def unsigned(claims):
    return f"{part({'alg': 'none'})}.{part(claims)}."


def by_the_public_key(claims):
    """The old trick: the public key, that everybody knows, as the secret of a symmetric signature."""
    signed = f"{part({'alg': 'HS256', 'kid': 'rsa'})}.{part(claims)}"
    mac = hmac.digest(RSA.as_pem(private=False), signed.encode(), "sha256")
    return f"{signed}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def by_a_stranger(claims):
    return jwt.encode({"alg": "ES256", "kid": "first"}, claims, STRANGER, algorithms=["ES256"])


def with_its_own_key(claims):
    header = {"alg": "ES256", "kid": "first", "jwk": STRANGER.as_dict(private=False)}
    return jwt.encode(header, claims, STRANGER, algorithms=["ES256"])


def by_an_unannounced_algorithm(claims):
    return jwt.encode({"alg": "PS256", "kid": "rsa"}, claims, RSA, algorithms=["PS256"])


def without_signature(claims):
    return by_a_stranger(claims).rpartition(".")[0] + "."


def no_token(claims):
    return "this.is none"


@pytest.mark.parametrize(
    "make_token",
    [
        unsigned,
        by_the_public_key,
        by_a_stranger,
        with_its_own_key,
        by_an_unannounced_algorithm,
        without_signature,
        no_token,
    ],
    ids=lambda make: make.__name__,
)
async def test_a_token_that_the_provider_did_not_sign_is_refused(asked, make_token):
    asked.provider.keys.append(RSA)
    algorithms = ["none", "HS256", "ES256", "RS256"]
    asked.provider.metadata["id_token_signing_alg_values_supported"] = algorithms
    asked.provider.make_token = make_token
    await asked.refused()


async def test_a_token_by_any_of_its_own_keys_is_taken(asked):
    asked.provider.keys.append(RSA)
    for header in ({"alg": "RS256", "kid": "rsa"}, {"alg": "RS256"}):
        asked.provider.make_token = lambda claims, header=header: jwt.encode(header, claims, RSA)
        assert (await asked.come_back()).subject == "ada-1", header


async def test_keys_that_the_provider_changed_are_asked_for_once_a_minute(asked):
    provider = asked.provider
    await asked.come_back()
    provider.rotate("second")
    asked.clock.advance(61)
    await asked.come_back()
    assert provider.asked("/jwks") == 2
    provider.make_token = lambda claims: jwt.encode({"alg": "ES256", "kid": "nobody's"}, claims, STRANGER)
    for _ in range(3):
        await asked.refused()
    assert provider.asked("/jwks") == 2, "who sends unknown keys makes the site ask no more often"
    asked.clock.advance(61)
    await asked.refused()
    assert provider.asked("/jwks") == 3


async def test_an_old_key_that_is_gone_is_taken_no_longer(asked):
    provider, old = asked.provider, asked.provider.keys[0]
    await asked.come_back()
    provider.rotate("second")
    provider.make_token = lambda claims: jwt.encode({"alg": "ES256", "kid": old.kid}, claims, old)
    asked.clock.advance(3700)
    await asked.refused()


@pytest.mark.parametrize(
    "answer",
    [{"iss": None}, {"iss": "https://evil.example"}, {"state": "another"}, {"state": None}, {"code": None}],
    ids=str,
)
async def test_an_answer_that_is_not_this_providers_to_this_question_is_refused(asked, answer):
    asked.provider.answer = answer
    await asked.refused()
    assert asked.provider.tokens == [], "the code was not even redeemed"


async def test_where_the_provider_does_not_announce_it_the_issuer_may_be_missing_but_not_be_wrong(asked):
    asked.provider.metadata["authorization_response_iss_parameter_supported"] = None
    asked.provider.answer = {"iss": None}
    assert (await asked.come_back()).subject == "ada-1"
    asked.provider.answer = {"iss": "https://evil.example"}
    await asked.refused()


async def test_userinfo_is_asked_for_what_is_missing_and_has_to_be_of_the_same_person(asked):
    asked.provider.in_userinfo = ("preferred_username", "email", "email_verified")
    assert (await asked.come_back()).email_confirmed
    asked.provider.userinfo = {"sub": "somebody else"}
    await asked.refused()
    asked.provider.userinfo = {"email": "new@corp.example"}
    assert (await asked.come_back()).email == "new@corp.example"


async def test_a_client_may_send_its_secret_in_the_form(asked):
    asked.provider.metadata["token_endpoint_auth_methods_supported"] = ["client_secret_post"]
    assert (await asked.come_back()).subject == "ada-1"


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/token", "/jwks"])
@pytest.mark.parametrize(
    "broken", [503, b"x" * (10 << 20), b"no json", b"[]"], ids=["down", "10-MB", "no-json", "a-list"]
)
async def test_a_provider_that_is_down_or_talks_nonsense_lets_nobody_in(asked, path, broken):
    asked.provider.broken[path] = broken
    with pytest.raises((Unreachable, Refused), match=r"can't be reached at the moment|did not work"):
        await asked.come_back()


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/token", "/jwks"])
async def test_a_provider_that_hangs_is_given_up(path):
    async with Asked(seconds=0.3) as asked:
        asked.provider.broken[path] = "hangs"
        began = time.monotonic()
        with pytest.raises(Unreachable, match="can't be reached at the moment"):
            await asked.come_back()
        assert time.monotonic() - began < 5.0


async def test_a_provider_that_fails_again_and_again_is_left_alone(asked):
    asked.provider.broken["/.well-known/openid-configuration"] = 503
    for _ in range(FAILURES + 3):
        with pytest.raises(Unreachable, match="can't be reached at the moment"):
            await asked.asks.begin(RETURN_TO)
    assert len(asked.provider.requests) == FAILURES


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "http://evil.example/token"},
        {"jwks_uri": "http://192.0.2.1/jwks"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"userinfo_endpoint": "file:///etc/passwd"},
        {"token_endpoint": None},
    ],
    ids=str,
)
async def test_metadata_of_others_or_without_encryption_is_refused(asked, metadata):
    asked.provider.metadata = metadata
    with pytest.raises(Unreachable, match="can't be reached at the moment"):
        await asked.asks.begin(RETURN_TO)


async def test_how_long_ago_they_showed_who_they_are_is_checked_where_the_settings_say_so():
    async with Asked(max_age=600) as asked:
        address, _ = await asked.asks.begin(RETURN_TO)
        assert "max_age=600" in address
        now = asked.clock.now() // 1000
        for auth_time in (None, now - 700, "now", True):
            asked.provider.claims = {"auth_time": auth_time}
            await asked.refused()
        asked.provider.claims = {"auth_time": now - 500}
        assert (await asked.come_back()).subject == "ada-1"


async def test_what_operators_read_holds_neither_codes_nor_tokens_nor_the_secret(asked, caplog):
    for claims in ({"nonce": "another"}, {"aud": "another"}):
        asked.provider.claims = claims
        await asked.refused()
    asked.provider.broken["/token"] = b"no json"
    await asked.refused()
    text = "\n".join(record.getMessage() for record in caplog.records)
    assert text.count("Nobody got in by the provider corp") == 3
    assert not any(secret in text for secret in (SECRET, *asked.provider.tokens))
