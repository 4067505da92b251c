"""Encrypting pushes: the example of the RFC, and another library that reads what ours writes."""

from __future__ import annotations

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from push_town import App, from_b64

from microblog_plugins.webpush.encryption import CURVE, aes128gcm, aesgcm, b64, point_of


def test_the_example_of_rfc_8291_comes_out_as_it_stands_there():
    """Appendix A of RFC 8291."""
    private = ec.derive_private_key(
        int.from_bytes(from_b64("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"), "big"), CURVE
    )
    made = aes128gcm(
        b"When I grow up, I want to be a watermelon",
        p256dh=from_b64(
            "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
        ),
        auth=from_b64("BTBZMqHH6r4Tts7J_aSIgg"),
        private=private,
        salt=from_b64("DGv6ra1nlYgDCS1FRnbzlw"),
    )
    assert b64(made.body) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8w"
        "EqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


def test_the_draft_is_read_by_another_library():
    app = App("/x", 1, "t")
    made = aesgcm("Grüße".encode(), p256dh=app.point, auth=app.auth)
    salt = from_b64(made.headers["Encryption"].removeprefix("salt="))
    plain = http_ece.decrypt(
        made.body,
        salt=salt,
        dh=from_b64(made.dh),
        private_key=app.private,
        auth_secret=app.auth,
        version="aesgcm",
    )
    assert plain.decode() == "Grüße"


def test_nothing_is_encrypted_the_same_way_twice():
    app = App("/x", 1, "t")
    for encrypt in (aes128gcm, aesgcm):
        assert encrypt(b"x", p256dh=app.point, auth=app.auth) != encrypt(
            b"x", p256dh=app.point, auth=app.auth
        )


def test_a_point_that_is_not_on_the_curve_is_refused():
    for encrypt in (aes128gcm, aesgcm):
        with pytest.raises(ValueError, match=r"."):
            encrypt(b"x", p256dh=b"\x04" + bytes(64), auth=bytes(16))
    assert len(point_of(ec.generate_private_key(CURVE))) == 65
