"""Mails about accounts and the pages they lead to, on a site that has no website."""

from __future__ import annotations

import asyncio
import re

import httpx
import pytest
from mail_town import MailTown

from microblog_core.config import ServerConfig
from microblog_core.domain.errors import Invalid, NotFound, RateLimited, Unavailable
from microblog_core.domain.notifications import NotificationKind
from microblog_core.domain.permissions import ANONYMOUS, Actor
from microblog_core.http.app import create_app
from microblog_core.http.cookies import pending_headers
from microblog_core.http.devices import FIRST_MILLISECONDS, remember_device
from microblog_core.ports.operations import UpdateLogin
from microblog_core.runtime.links import Links
from microblog_core.services.accounts import SignUp, sign_up
from microblog_core.services.mails import (
    AccountMailKind,
    AskForConfirmation,
    ConfirmAddress,
    ForgotPassword,
    ResetPassword,
    ask_for_confirmation,
    ask_for_new_password,
    confirm_address,
    mail_job,
    reset_password,
)
from microblog_core.services.profiles import ChangeEmail, SetPreferences, change_email, set_preferences
from microblog_core.services.second_factors import (
    SecondFactorCommand,
    switch_off_second_factor,
    switch_on_second_factor,
)
from microblog_core.services.sessions import open_session, resume_session
from microblog_core.testing.sites import site_with

PASSWORD = "correct horse"
FIRST_SECONDS = FIRST_MILLISECONDS // 1000 + 1


@pytest.fixture
async def visit(town):
    """A client without cookies, and the application behind it."""
    app = create_app((town.site,), (), server=ServerConfig())
    async with app:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://blog.example") as client:
            yield client


def link(mail, path):
    found = re.search(rf"https://blog\.example({re.escape(path)}\S*)", mail.text)
    assert found, mail.text
    return found.group(1)


async def login_of(town, who):
    return await town.site.storage.accounts.login_of(who.id)


async def chosen_by(town, who):
    chosen = await town.site.storage.deliveries.preferences(who.id)
    return {each.kind: each.frequency for each in chosen}


async def test_a_new_account_and_a_new_address_are_asked_to_confirm(town):
    command = SignUp(username="dora", email="dora@people.example", password=PASSWORD, locale="de")
    dora = Actor(account=await sign_up(town.ports, ANONYMOUS, command))
    (mail,) = await town.work(0)
    assert mail.message["Subject"] == "Bestätige deine Adresse für The Blog"
    assert mail.message["List-Unsubscribe"] is None and mail.message["Auto-Submitted"] == "auto-generated"
    token = link(mail, "/confirm").partition("token=")[2]
    proof = Links(town.site).read_confirm(token)
    await confirm_address(town.ports, ANONYMOUS, proof)
    await confirm_address(town.ports, ANONYMOUS, proof)
    assert (await login_of(town, dora)).email_confirmed_at > 0
    changed = ChangeEmail(password=PASSWORD, email="dora@new.example")
    await change_email(town.ports, dora, changed)
    assert (await login_of(town, dora)).email_confirmed_at == 0
    with pytest.raises(NotFound):
        await confirm_address(town.ports, ANONYMOUS, proof)
    (mail,) = await town.work(0)
    assert mail.recipient == "dora@new.example"


async def test_a_confirmed_address_is_written_to_again_after_a_pause(town):
    town.server.rcpt = "550 5.1.1 No such user"
    await town.post(town.ada, "@bob one")
    await town.work()
    town.server.rcpt = ""
    await confirm_address(
        town.ports, ANONYMOUS, ConfirmAddress(account_id=town.bob.id, email="bob@people.example")
    )
    await town.post(town.ada, "@bob two")
    assert len(await town.work()) == 1


async def test_asking_to_confirm_has_a_limit_and_needs_no_mail_where_it_is_done(town):
    for _ in range(5):
        await ask_for_confirmation(town.ports, town.bob, AskForConfirmation())
    with pytest.raises(RateLimited):
        await ask_for_confirmation(town.ports, town.bob, AskForConfirmation())
    assert await town.work(0) == []


async def test_who_asks_for_a_new_password_learns_nothing_and_floods_nobody(town, visit):
    answers = []
    for name in ("bob", "@BOB", "bob@people.example", "nobody", "", "bob", "bob", "bob", "bob"):
        answers.append(await visit.post("/password/forgot", data={"name": name}))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    queued = await town.site.storage.queue.next_due()
    assert queued is not None
    mails = await town.work(0)
    assert [mail.recipient for mail in mails] == ["bob@people.example"] * 5
    for _ in range(20):
        last = await visit.post("/password/forgot", data={"name": "bob"})
    assert last.status_code == 429


async def test_the_link_works_once_within_an_hour_and_ends_all_log_ins(town, visit):
    session = await open_session(town.ports, town.bob.account)
    await ask_for_new_password(town.ports, ANONYMOUS, ForgotPassword(name="bob"))
    (mail,) = await town.work(0)
    path = link(mail, "/password/reset")
    for _ in range(2):
        page = await visit.get(path)
        assert page.status_code == 200 and 'name="password"' in page.text and "bob" in page.text
        assert page.headers["cache-control"] == "private, no-store"
    assert (await visit.post(path, data={"password": "bob"})).status_code == 422
    assert await resume_session(town.ports, session.token) is not None
    assert (await visit.post(path, data={"password": "a better password"})).status_code == 200
    assert await resume_session(town.ports, session.token) is None
    for answer in (await visit.get(path), await visit.post(path, data={"password": "and another one"})):
        assert answer.status_code == 404
    await ask_for_new_password(town.ports, ANONYMOUS, ForgotPassword(name="bob"))
    (mail,) = await town.work(0)
    town.clock.advance(3601)
    assert (await visit.get(link(mail, "/password/reset"))).status_code == 404
    assert (await visit.get("/password/reset?token=nonsense")).status_code == 404
    assert (await visit.get("/password/reset")).status_code == 404


async def test_of_two_that_use_the_link_at_once_one_wins(town):
    await ask_for_new_password(town.ports, ANONYMOUS, ForgotPassword(name="bob"))
    (mail,) = await town.work(0)
    proof = Links(town.site).read_reset(link(mail, "/password/reset").partition("token=")[2])
    commands = [ResetPassword(proof=proof, password=f"new password {each}") for each in range(4)]
    ended = await asyncio.gather(
        *(reset_password(town.ports, ANONYMOUS, command) for command in commands), return_exceptions=True
    )
    assert sorted(type(each).__name__ for each in ended) == ["Account", "NotFound", "NotFound", "NotFound"]
    with pytest.raises(NotFound):
        await reset_password(town.ports, ANONYMOUS, commands[0])


async def test_a_password_changed_meanwhile_or_a_late_job_sends_no_link(town):
    await ask_for_new_password(town.ports, ANONYMOUS, ForgotPassword(name="bob"))
    town.clock.advance(3601)
    assert await town.work(0) == []
    await ask_for_new_password(town.ports, ANONYMOUS, ForgotPassword(name="bob"))
    town.clock.advance(1)
    login = await login_of(town, town.bob)
    unit = town.ports.unit()
    unit.accounts.update_login(
        UpdateLogin(account_id=login.account_id, password_hash="x", password_changed_at=town.clock.now())
    )
    await unit.commit()
    assert await town.work(0) == []


async def test_a_log_in_from_a_new_device_is_told_and_one_from_a_known_one_is_not(town):
    await open_session(town.ports, town.bob.account, "Mozilla/5.0 (X11; Linux) Firefox/140", new_device=True)
    (mail,) = await town.work(0)
    assert mail.message["Subject"] == "New log-in to The Blog"
    assert "with Firefox on Linux, 2026-01-01 12:00 UTC" in mail.text
    assert "https://blog.example/password/forgot" in mail.text
    await open_session(town.ports, town.bob.account, "<script>", new_device=False)
    assert await town.work(0) == []


async def test_a_second_step_that_is_switched_on_or_off_is_told_in_the_readers_language(town):
    command = SecondFactorCommand(account_id=town.bob.id, name="code")
    await switch_on_second_factor(town.ports, town.bob, command)
    (mail,) = await town.work(0)
    assert mail.message["Subject"] == "Logging in to The Blog takes a second step now"
    assert "Since 2026-01-01 12:00 UTC" in mail.text and "https://blog.example/password/forgot" in mail.text
    await set_preferences(town.ports, town.bob, SetPreferences(locale="de"))
    await switch_off_second_factor(town.ports, town.bob, command)
    (mail,) = await town.work(0)
    assert mail.message["Subject"] == "Die Anmeldung bei The Blog braucht keinen zweiten Schritt mehr"


async def test_a_way_to_log_in_that_is_added_or_removed_is_told_with_its_name_and_what_to_do(town):
    for kind in (AccountMailKind.LOGIN_ADDED, AccountMailKind.LOGIN_REMOVED):
        unit, now = town.ports.unit(), town.clock.now()
        unit.outbox.add(
            mail_job(town.ports, kind, town.bob.id, now, detail="passkey <b>\u202ePhone {site}\r\nBcc: x")
        )
        await unit.commit()
    added, removed = await town.work(0)
    assert added.message["Subject"] == "One more way to log in to The Blog"
    assert "has one more way to log in: passkey <b>" in added.text and "Bcc" not in added.message
    assert "a new password does not end it" in added.text
    assert "https://blog.example/password/forgot" in added.text
    assert removed.message["Subject"] == "One way less to log in to The Blog"
    assert "any more by: passkey <b>" in removed.text and "{site}" in removed.text


def request_from(town, cookies=""):
    return {
        "headers": [(b"cookie", cookies.encode())],
        "state": {"site": town.site, "scheme": "https"},
    }


def cookies_after(request):
    return "; ".join(value.decode().partition(";")[0] for _, value in pending_headers(request))


async def test_a_browser_is_known_for_the_accounts_that_logged_in_with_it(town):
    def told(who, cookies=""):
        request = request_from(town, cookies)
        return remember_device(request, who.account), cookies_after(request)

    assert told(town.bob)[0] is False
    town.clock.advance(FIRST_SECONDS)
    new, cookies = told(town.bob)
    assert new is True
    assert told(town.bob, cookies)[0] is False
    new, both = told(town.ada, cookies)
    assert new is True
    assert [told(who, both)[0] for who in (town.ada, town.bob, town.cid)] == [False, False, True]
    name, _, value = both.partition("=")
    assert told(town.bob, f"{name}=x{value}")[0] is True
    town.clock.advance(366 * 24 * 3600)
    assert told(town.bob, both)[0] is True


async def test_one_click_ends_mails_of_the_kinds_in_the_mail_and_looking_ends_nothing(town, visit):
    post = await town.post(town.bob, "Hello @ada")
    await town.work()
    await town.post(town.ada, "@bob one", in_reply_to_id=post.id)
    (mail,) = await town.work()
    address = mail.message["List-Unsubscribe"].strip("<>").removeprefix("https://blog.example")
    for _ in range(2):
        page = await visit.get(address)
        assert page.status_code == 200 and "<form" in page.text
    assert (await visit.request("HEAD", address)).content == b""
    assert (await visit.request("DELETE", address)).status_code == 405
    assert await town.site.storage.deliveries.preferences(town.bob.id) == ()
    elsewhere = {"origin": "https://mail.example", "sec-fetch-site": "cross-site"}
    for _ in range(2):
        answer = await visit.post(address, content=b"List-Unsubscribe=One-Click", headers=elsewhere)
        assert answer.status_code == 200
    chosen = await chosen_by(town, town.bob)
    told = page.text
    assert set(chosen.values()) == {"never"} and len(chosen) == 1
    assert ("answers" in told) == ("reply" in chosen)
    answer = await visit.post(address, data={"all": "1"})
    assert answer.status_code == 200
    chosen = await chosen_by(town, town.bob)
    assert set(chosen.values()) == {"never"} and len(chosen) == len(NotificationKind)


async def test_a_link_that_is_damaged_or_too_old_is_404_and_hostile_bodies_do_no_harm(town, visit):
    good = (
        Links(town.site).unsubscribe(town.bob.id, "email", ["mention"]).removeprefix("https://blog.example")
    )
    for path in ("/unsubscribe", "/unsubscribe?token=", good[:-1], f"{good}x", "/unsubscribe/x"):
        assert (await visit.post(path)).status_code == 404
        assert (await visit.get(path)).status_code == 404
    assert (await visit.post(good, content=b"\xff=\xfe&" * 50)).status_code == 200
    assert (await visit.post(good, content=b"x" * (17 << 10))).status_code == 413
    town.clock.advance(401 * 24 * 3600)
    assert (await visit.post(good)).status_code == 404


async def test_a_confirmation_page_asks_before_it_does(town, visit):
    path = Links(town.site).confirm(town.bob.id, "bob@people.example").removeprefix("https://blog.example")
    page = await visit.get(path)
    assert "bob@people.example" in page.text
    assert (await visit.post(path)).status_code == 200
    assert (await visit.post("/confirm?token=x")).status_code == 404


async def test_without_a_mail_server_asking_is_an_error_with_a_hint():
    async with site_with() as site:
        assert not site.ports.mails
        with pytest.raises(Unavailable, match="sends no mail") as error:
            await ask_for_new_password(site.ports, ANONYMOUS, ForgotPassword(name="bob"))
        assert "plugins.email.host" in error.value.hint


async def test_a_weak_password_is_refused_and_the_link_still_works(town):
    await ask_for_new_password(town.ports, ANONYMOUS, ForgotPassword(name="bob"))
    (mail,) = await town.work(0)
    proof = Links(town.site).read_reset(link(mail, "/password/reset").partition("token=")[2])
    with pytest.raises(Invalid):
        await reset_password(town.ports, ANONYMOUS, ResetPassword(proof=proof, password="aaaaaaaaa"))
    account = await reset_password(
        town.ports, ANONYMOUS, ResetPassword(proof=proof, password="a good one now")
    )
    assert account.username == "bob"


async def test_secrets_are_in_mails_alone(mail_server):
    async with MailTown(mail_server) as town:
        await ask_for_new_password(town.ports, ANONYMOUS, ForgotPassword(name="bob"))
        jobs = await town.site.storage.queue.claim(town.clock.now(), limit=9, lease=1)
        assert jobs and all(b"token" not in job.payload and b"mark" not in job.payload for job in jobs)
