"""The verifier for receivers, and what it does not let through."""

from __future__ import annotations

import base64

import pytest
from standardwebhooks import Webhook as Other

from microblog_core.domain.webhooks import new_secret
from microblog_plugins.webhooks.verify import InvalidSignature, Seen, sign, verify

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NOW = 1_700_000_000
BODY = b'{"type": "post.created"}'


def headers(secret=SECRET, *, message_id="msg_1", stamp=NOW, body=BODY):
    return {
        "Webhook-Id": message_id,
        "webhook-timestamp": str(stamp),
        "WEBHOOK-SIGNATURE": sign(secret, message_id, stamp, body),
    }


def test_the_example_of_the_specification_comes_out_as_it_stands_there():
    made = sign(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_another_library_signs_the_same():
    from datetime import UTC, datetime

    secret = new_secret()
    assert len(base64.b64decode(secret.removeprefix("whsec_"))) == 32
    theirs = Other(secret).sign("msg_1", datetime.fromtimestamp(NOW, UTC), BODY.decode())
    assert sign(secret, "msg_1", NOW, BODY) == theirs


def test_what_is_signed_is_let_through_once():
    seen = Seen()
    assert verify(headers(), BODY, [SECRET], now=NOW, seen=seen) == "msg_1"
    with pytest.raises(InvalidSignature, match="before"):
        verify(headers(), BODY, [SECRET], now=NOW + 299, seen=seen)
    assert verify(headers(message_id="msg_2"), BODY, [SECRET], now=NOW, seen=seen) == "msg_2"


def test_either_of_two_secrets_and_either_of_two_signatures_will_do():
    other = new_secret()
    assert verify(headers(), BODY, [other, SECRET], now=NOW)
    both = headers()
    both["WEBHOOK-SIGNATURE"] = f"v1a,AAAA {headers(other)['WEBHOOK-SIGNATURE']} {both['WEBHOOK-SIGNATURE']}"
    assert verify(both, BODY, [SECRET], now=NOW)


@pytest.mark.parametrize("moment", [NOW - 301, NOW + 301])
def test_what_is_old_or_from_the_future_is_refused(moment):
    with pytest.raises(InvalidSignature, match="too old"):
        verify(headers(), BODY, [SECRET], now=moment)


@pytest.mark.parametrize(
    "changes",
    [
        {"Webhook-Id": "msg_2"},
        {"Webhook-Id": ""},
        {"webhook-timestamp": str(NOW + 1)},
        {"webhook-timestamp": "soon"},
        {"webhook-timestamp": "١٧٠٠٠٠٠٠٠٠"},
        {"webhook-timestamp": ""},
        {"WEBHOOK-SIGNATURE": ""},
        {"WEBHOOK-SIGNATURE": "v1,"},
        {"WEBHOOK-SIGNATURE": "v1,é"},
        {"WEBHOOK-SIGNATURE": sign(new_secret(), "msg_1", NOW, BODY)},
    ],
)
def test_what_was_tampered_with_is_refused(changes):
    with pytest.raises(InvalidSignature):
        verify(headers() | changes, BODY, [SECRET], now=NOW)


def test_another_body_is_refused():
    with pytest.raises(InvalidSignature):
        verify(headers(), BODY + b" ", [SECRET], now=NOW)
    with pytest.raises(InvalidSignature):
        verify(headers(), BODY, [], now=NOW)


def test_a_refused_message_is_not_remembered():
    seen = Seen()
    with pytest.raises(InvalidSignature):
        verify(headers(), b"x", [SECRET], now=NOW, seen=seen)
    assert verify(headers(), BODY, [SECRET], now=NOW, seen=seen)


def test_what_is_seen_is_forgotten_when_its_time_is_over_and_has_a_bound():
    seen = Seen(most=3)
    for number in range(10):
        assert seen.add(str(number), now=NOW, until=NOW + 600)
    assert len(seen._until) == 3
    assert not seen.add("9", now=NOW + 600, until=NOW + 1200)
    assert seen.add("9", now=NOW + 601, until=NOW + 1201)


def test_a_secret_that_is_none_is_refused():
    with pytest.raises(ValueError, match="whsec_"):
        sign("whsec_!", "msg_1", NOW, BODY)
