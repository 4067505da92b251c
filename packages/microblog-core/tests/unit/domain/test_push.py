"""What a push subscription may hold."""

from __future__ import annotations

import base64

import pytest

from microblog_core.domain.errors import Invalid
from microblog_core.domain.push import PushPolicy, check_endpoint, check_keys, check_push_policy

POINT = base64.urlsafe_b64encode(b"\x04" + bytes(range(190, 254))).decode()
AUTH = base64.urlsafe_b64encode(b"\xff" * 16).decode()


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://fcm.googleapis.com/fcm/send/abc:DEF?x=1",
        "https://push.example.org:8443/x",
        "https://93.184.216.34/x",
        "https://[2606:2800:220:1::1]/x",
    ],
)
def test_public_https_addresses_are_taken_as_they_are(endpoint: str) -> None:
    assert check_endpoint(endpoint) == endpoint


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "nonsense",
        "http://push.example.org/x",
        "ftp://push.example.org/x",
        "https:///x",
        "https://user@push.example.org/x",
        "https://user:pw@push.example.org/x",
        "https://push.example.org/x#y",
        "https://push.example.org/a b",
        "https://push.example.org/\n",
        "https://push.example.org:99999/",
        "https://[::1/",
        "https://pu\u0455h.example.org/",
        "https://push.example.org/" + "x" * 2048,
        "https://localhost/x",
        "https://intranet/x",
        "https://db.internal/x",
        "https://printer.local./x",
        "https://127.0.0.1/x",
        "https://127.1/x",
        "https://2130706433/x",
        "https://0x7f.0x1/x",
        "https://10.1.2.3/x",
        "https://169.254.169.254/latest",
        "https://192.168.0.1./x",
        "https://[::1]/x",
        "https://[::ffff:127.0.0.1]/x",
        "https://[fe80::1%25eth0]/x",
        "https://0.0.0.0/x",
    ],
)
def test_other_addresses_are_refused(endpoint: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_endpoint(endpoint)
    assert set(refused.value.fields) == {"endpoint"}


def test_keys_come_in_any_alphabet_and_leave_in_one() -> None:
    plain = (POINT.rstrip("="), AUTH.rstrip("="))
    assert check_keys(POINT, AUTH) == plain
    assert check_keys(*plain) == plain
    other = [each.replace("-", "+").replace("_", "/") for each in (POINT, AUTH)]
    assert check_keys(*other) == plain


@pytest.mark.parametrize(
    ("p256dh", "auth", "fields"),
    [
        ("", "", {"p256dh", "auth"}),
        (POINT, "AAAA", {"auth"}),
        (POINT, "!" * 22, {"auth"}),
        (POINT[:-4], AUTH, {"p256dh"}),
        ("B" + POINT[1:-1] + "é", AUTH, {"p256dh"}),
        (base64.urlsafe_b64encode(b"\x02" * 65).decode(), AUTH, {"p256dh"}),
        ("A" * 10_000, AUTH, {"p256dh"}),
    ],
)
def test_keys_of_another_length_or_kind_are_refused(p256dh: str, auth: str, fields: set[str]) -> None:
    with pytest.raises(Invalid) as refused:
        check_keys(p256dh, auth)
    assert set(refused.value.fields) == fields


def test_policies_are_read_from_the_wire() -> None:
    assert check_push_policy("follower") is PushPolicy.FOLLOWER
    with pytest.raises(Invalid):
        check_push_policy("enemies")
