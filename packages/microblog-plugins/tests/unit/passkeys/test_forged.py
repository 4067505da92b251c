"""Answers that are not what they say: each of them lets nobody in."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping

import pytest
from key_ring_town import ORIGIN, PATH, KeyRingTown, challenge_of
from plugin_town import is_in, send
from soft_authenticator import SoftAuthenticator, b64, unb64

from microblog_core.domain.errors import Invalid, RateLimited
from microblog_core.services.accounts import find_account
from microblog_plugins.passkeys.challenges import challenge_in, new_challenge, state_of
from microblog_plugins.passkeys.keys import passkeys_of
from microblog_plugins.passkeys.login import answered, count_try
from microblog_plugins.passkeys.plugin import party

FORGED = {
    "another site's page": {"client": {"origin": "https://evil.example"}},
    "a page of a neighbour": {"client": {"origin": "https://evil.example.org"}},
    "the page without encryption": {"client": {"origin": "http://social.example.org"}},
    "another port": {"client": {"origin": f"{ORIGIN}:8443"}},
    "inside of another site": {"client": {"crossOrigin": True}},
    "another domain": {"rp_id": "evil.example"},
    "a challenge of their own": {"client": {"challenge": b64(b"x" * 32)}},
    "an answer to a registration": {"client": {"type": "webauthn.create"}},
    "nobody there": {"flags": 0x04},
    "nobody recognised": {"flags": 0x01},
    "a backup of what has none": {"flags": 0x15},
    "synced all of a sudden": {"flags": 0x1D},
    "another user": {"handle": b"y" * 32},
    "no user": {"handle": b""},
    "no signature": {"signature": b""},
    "some signature": {"signature": b"x" * 70},
    "a counter that stands still": {"counter": 1},
    "a counter that goes back": {"counter": 0},
}


async def test_an_answer_that_is_not_right_in_everything_lets_nobody_in(town):
    key = await town.enrol(town.ada)
    for what, forged in FORGED.items():
        browser, answer = await town.log_in(key, **forged)
        assert answer.status_code == 422 and not is_in(browser), what
        assert "data-challenge" in answer.text, "there is a new challenge to try again with"
    browser, answer = await town.log_in(key)
    assert answer.status_code == 303 and is_in(browser)


async def test_an_answer_lets_in_once_and_where_it_was_asked_for_alone(town):
    key = await town.enrol(town.ada)
    browser, other = await town.visitor(), await town.visitor()
    page, theirs = await browser.get("/login/passkeys"), await other.get("/login/passkeys")
    answer = key.get(challenge_of(page), ORIGIN)
    stolen = await send(other, theirs, "/login/passkeys", answer=answer)
    assert stolen.status_code == 422 and not is_in(other)
    taken = await other.post("/login/passkeys", data=form_of(page, answer))
    assert taken.status_code in (403, 422) and not is_in(other)
    assert (await browser.post("/login/passkeys", data=form_of(page, answer))).status_code == 303
    browser.cookies.delete("microblog_session")
    again = await browser.post("/login/passkeys", data=form_of(page, answer))
    assert again.status_code in (403, 422) and not is_in(browser)


def form_of(page, answer):
    names = ("csrf_token", "login_state")
    return {name: page.text.split(f'{name}" value="')[1].split('"')[0] for name in names} | {"answer": answer}


async def test_an_answer_that_is_shown_many_times_at_once_is_taken_once(town):
    key = await town.enrol(town.ada, SoftAuthenticator(counts=False, synced=True))
    challenge = new_challenge(town.clock.now())
    answer = key.get(asked(challenge), ORIGIN)
    tries = [
        answered(town.ports, party(town.site), {"answer": answer}, state_of(challenge), verified=True)
        for _ in range(5)
    ]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sorted(type(each).__name__ for each in results) == ["Account"] + ["Invalid"] * 4


async def test_a_challenge_that_is_over_is_answered_no_more(town):
    key = await town.enrol(town.ada)
    challenge = new_challenge(town.clock.now())
    answer = key.get(asked(challenge), ORIGIN)
    town.clock.advance(10 * 60)
    with pytest.raises(Invalid):
        await answered(town.ports, party(town.site), {"answer": answer}, state_of(challenge), verified=True)
    for state in ({}, {"challenge": "x"}, {"challenge": "x", "until": "soon"}):
        with pytest.raises(Invalid):
            challenge_in(state)


def asked(challenge):
    return json.dumps(
        {"kind": "get", "publicKey": {"challenge": challenge.text, "rpId": "social.example.org"}}
    )


async def test_a_passkey_of_another_site_is_not_known_here():
    async with KeyRingTown(origin="https://other.example.net") as other:
        key = await other.enrol(other.ada)
        challenge = new_challenge(other.clock.now())
        options = {"challenge": challenge.text, "rpId": "other.example.net"}
        answer = {"answer": key.get(json.dumps({"kind": "get", "publicKey": options}), other.origin)}
        state = state_of(challenge)
        found = await answered(other.ports, party(other.site), answer, state, verified=True)
        assert found == await find_account(other.ports, "ada")
    async with KeyRingTown() as town:
        with pytest.raises(Invalid) as refused:
            await answered(town.ports, party(town.site), answer, state, verified=True)
        assert "not known here" in refused.value.fields["answer"]


SOFT = SoftAuthenticator()
GOOD = SOFT.get(asked(new_challenge(0)), ORIGIN)
HOSTILE = {
    "huge": GOOD[:-1] + " " * 20_000 + "}",
    "no JSON": "{",
    "not even letters": "\udc80\x00",
    "a list": "[]",
    "a number": "1e400",
    "deep": "[" * 10_000,
    "deep within": '{"response": ' + '{"a":' * 3_000 + "1" + "}" * 3_001,
    "nothing in it": "{}",
    "a response of text": '{"response": "x"}',
    "an empty response": '{"response": {}}',
}


def changed(**values):
    """A good answer with some values of it, or of its response, replaced."""
    given = json.loads(GOOD)
    for name, value in values.items():
        (given["response"] if name in given["response"] else given)[name] = value
    return json.dumps(given)


HOSTILE |= {
    f"{name} is {value!r}"[:40]: changed(**{name: value})
    for name in ("rawId", "clientDataJSON", "authenticatorData", "signature")
    for value in (None, 7, [], {}, "", "!", "ä", "AA", b64(b"\x9f" * 500))
}
HOSTILE |= {
    "another id": changed(id="AA"),
    "client data of numbers": changed(clientDataJSON=b64(b"[1]")),
    "client data without end": changed(clientDataJSON=b64(b'{"type":')),
    "a challenge of numbers": changed(
        clientDataJSON=b64(b'{"type": "webauthn.get", "challenge": 7, "origin": "x"}')
    ),
}


async def test_whatever_is_sent_is_an_answer_or_none_and_never_breaks_anything(town):
    browser, key = await town.visitor(), await town.enrol(town.ada)
    page = await browser.get("/login/passkeys")
    for name, answer in HOSTILE.items():
        # As if it came from a passkey that there is.
        sent = answer.replace(b64(SOFT.id), b64(key.id)).encode("utf-8", "replace").decode()
        refused = await send(browser, page, "/login/passkeys", answer=sent)
        assert refused.status_code == (400 if "\x00" in sent else 422) and not is_in(browser), name


async def test_whatever_a_device_is_said_to_have_made_is_a_passkey_or_refused(town):
    browser = await town.browser(town.ada)
    page, key = await town.begun(browser), SoftAuthenticator()
    made = json.loads(key.create(challenge_of(page), ORIGIN))
    attested = unb64(made["response"]["attestationObject"])
    bad = [
        *(b64(attested[:length]) for length in range(0, len(attested), 20)),
        b64(attested + b"\x00"),
        b64(b"\x9b" + b"\xff" * 8),
        b64(b"\x81" * 9_000),
        b64(b"\xa3" * 3_000),
        7,
        None,
        {},
    ]
    for each in bad:
        answer = json.dumps({**made, "response": {**made["response"], "attestationObject": each}})
        page = await send(browser, page, f"{PATH}/confirm", answer=answer)
        assert page.status_code == 422, each
    forged: list[Mapping] = [
        {"client": {"origin": "https://evil.example"}},
        {"client": {"type": "webauthn.get"}},
        {"client": {"crossOrigin": True}},
        {"client": {"challenge": b64(b"x" * 32)}},
        {"rp_id": "evil.example"},
        {"flags": 0x44},
        {"flags": 0x51},
        {"flags": 0x05},
        {"cose": {3: -65535}},
        {"cose": {3: -36}},
    ]
    for each in forged:
        answer = SoftAuthenticator().create(challenge_of(page), ORIGIN, **each)
        page = await send(browser, page, f"{PATH}/confirm", answer=answer)
        assert page.status_code == 422, each
    assert await passkeys_of(town.ports, town.ada.id) == ()
    good = SoftAuthenticator().create(challenge_of(page), ORIGIN)
    assert (await send(browser, page, f"{PATH}/confirm", answer=good)).status_code == 303
    again = await send(browser, page, f"{PATH}/confirm", answer=good)
    assert again.status_code == 422 and len(await passkeys_of(town.ports, town.ada.id)) == 1


async def test_answers_are_counted_for_each_address():
    async with KeyRingTown(rates={"passkeys_address": (3, 900.0)}) as town:
        for _ in range(3):
            await count_try(town.ports, "192.0.2.1")
        with pytest.raises(RateLimited):
            await count_try(town.ports, "192.0.2.1")
        await count_try(town.ports, "192.0.2.2")
        key = await town.enrol(town.ada)
        for _ in range(3):
            await town.log_in(key, signature=b"x")
        browser, limited = await town.log_in(key)
        assert limited.status_code == 429 and not is_in(browser)
