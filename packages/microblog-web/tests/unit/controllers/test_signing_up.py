"""Signing up on the website: invitations, approval, and what no person sends."""

from __future__ import annotations

import pytest

from microblog_core.domain.accounts import Role
from microblog_core.domain.permissions import ANONYMOUS, Actor
from microblog_core.services.accounts import SignUp, sign_up
from microblog_core.services.invitations import MakeInvitation, make_invitation

PASSWORD = "correct horse"


def filled(name="ada", **more):
    return {"username": name, "email": f"{name}@example.org", "password": PASSWORD, **more}


async def form_of(visitor, path="/signup"):
    return (await visitor.get(path)).form("username", "email", "password")


@pytest.mark.parametrize("trap", ["", "https://buy.example"])
async def test_programs_are_sent_back_without_being_told_why(open_house, trap):
    async with open_house(signup_seconds=3) as house:
        visitor = await house.visitor()
        form = await form_of(visitor)
        house.clock.advance(2.9 if not trap else 60)
        answer = await visitor.submit(form, **filled(website=trap))
        assert answer.status == 422
        assert "could not be sent" in answer.text and 'value="ada"' in answer.text
        # A person sends the page that answers once more, a moment later.
        house.clock.advance(0.2)
        again = answer.form("username", "email", "password")
        assert (await visitor.submit(again, **filled())).status == 303


async def test_a_form_that_says_nothing_of_when_it_was_opened_is_sent_back(open_house):
    async with open_house(signup_seconds=3) as house:
        visitor = await house.visitor()
        form = await form_of(visitor)
        house.clock.advance(60)
        for opened in ("", "forged"):
            assert (await visitor.submit(form, **filled(opened=opened))).status == 422


async def test_who_waits_is_thanked_and_approved_by_a_moderator(open_house):
    async with open_house(registrations="approval") as house:
        visitor = await house.visitor()
        answer = await visitor.submit(await form_of(visitor), **filled())
        assert answer.status == 422 and 'id="e-reason"' in answer.text
        form = answer.form("username", "email", "password")
        answer = await visitor.submit(form, **filled(reason="I <like> tea."))
        assert (answer.status, answer.location) == (303, "/signup/waiting")
        assert "waits for approval" in (await visitor.get("/signup/waiting")).text
        _, mo = await house.person("mo", role=Role.MODERATOR)
        page = await mo.get("/admin/approvals")
        assert "I &lt;like&gt; tea." in page.text and "ada@example.org" in page.text
        assert (await mo.submit(page.form("account", "do"), do="approve")).status == 303
        page = await mo.get("/admin/approvals")
        assert "@ada is approved." in page.text and "Nobody waits" in page.text
        assert (await visitor.get("/@ada")).status == 200


async def test_members_see_no_operators_pages(house):
    _, ada = await house.person("ada")
    for path in ("/admin/approvals", "/admin/mail-blocks"):
        assert (await ada.get(path)).status == 403
        assert (await (await house.visitor()).get(path, follow=False)).location.startswith("/login")


async def test_a_link_is_made_used_shown_and_revoked(open_house):
    async with open_house(registrations="invitation") as house:
        _, ada = await house.person("ada")
        page = await ada.get("/invites")
        form = page.form("uses_max", "lasts")
        assert (await ada.submit(form, uses_max="nine")).status == 422
        assert (await ada.submit(form, uses_max="5", follows="1")).status == 303
        page = await ada.get("/invites")
        link = page.text.partition('readonly value="')[2].partition('"')[0]
        path = "/invite/" + link.rpartition("/")[2]
        visitor = await house.visitor()
        assert "By invitation" in (await visitor.get("/signup")).text
        page = await visitor.get(path)
        assert "ada invites you." in page.text and "You will follow ada" in page.text
        form = page.form("username", "email", "password")
        wrong = await visitor.submit(form, **filled("bob", password="short"))
        assert wrong.status == 422 and "ada invites you." in wrong.text
        assert (await visitor.submit(wrong.form("username", "email"), **filled("bob"))).status == 303
        page = await ada.get("/invites")
        assert "Used 1 of 5 times." in page.text
        number = page.text.partition('href="/invites/')[2].partition('"')[0]
        assert "@bob" in (await ada.get(f"/invites/{number}")).text
        assert (await visitor.get(f"/invites/{number}")).status == 404
        assert (await ada.submit(page.form("invitation"))).status == 303
        assert "Revoked" in (await ada.get("/invites")).text
        stranger = await house.visitor()
        gone = await stranger.get(path)
        assert gone.status == 404 and "can&#39;t be used any more" in gone.text


async def test_mail_blocks_are_added_and_lifted(house):
    _, op = await house.person("op", role=Role.ADMINISTRATOR)
    form = (await op.get("/admin/mail-blocks")).form("pattern", "note")
    assert (await op.submit(form, pattern="no domain")).status == 422
    assert (await op.submit(form, pattern="Spam.example", note="robots")).status == 303
    page = await op.get("/admin/mail-blocks")
    assert "spam.example" in page.text and "robots" in page.text
    visitor = await house.visitor()
    refused = await visitor.submit(await form_of(visitor), **filled(email="x@a.spam.example"))
    assert refused.status == 422 and "can&#39;t be used here" in refused.text
    assert (await op.submit(page.form("block"))).status == 303
    assert "Nothing is blocked" in (await op.get("/admin/mail-blocks")).text


async def test_long_listings_have_pages(house):
    ada, browser = await house.person("ada")
    actor = Actor(account=ada)
    for _ in range(21):
        house.clock.advance(120)
        await make_invitation(house.site.ports, actor, MakeInvitation())
    page = await browser.get("/invites")
    assert page.text.count("readonly value=") == 20
    older = page.text.partition('rel="next" href="')[2].partition('"')[0]
    assert (await browser.get(older.replace("&amp;", "&"))).text.count("readonly value=") == 1


async def test_who_comes_elsewhere_is_signed_up_with_the_password_that_was_chosen(house):
    command = SignUp(username="cid", email="cid@example.org", password=PASSWORD)
    await sign_up(house.site.ports, ANONYMOUS, command)
    visitor = await house.visitor()
    form = (await visitor.get("/login")).form("name", "password")
    assert (await visitor.submit(form, name="cid", password=PASSWORD)).status == 303
