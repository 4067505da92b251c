"""Logging in at a provider, from the first time on."""

from __future__ import annotations

import asyncio

import pytest
from oidc_town import LOGIN, OidcTown, path_of
from plugin_town import ORIGIN, is_in, send

from microblog_core.domain.accounts import AccountState
from microblog_core.domain.events import AccountDeleted
from microblog_core.domain.permissions import Actor
from microblog_core.domain.timelines import Page
from microblog_plugins.oidc.links import STORE, links_of


async def account(town, name="ada_l"):
    return await town.ports.storage.accounts.by_name(name, "")


async def test_the_first_time_they_choose_a_name_and_afterwards_they_are_in_at_once(town):
    first = await town.visitor()
    assert 'href="/login/oidc-corp"' in (await first.get("/login")).text
    form = await town.log_in(first)
    assert "Choose your name here" in form.text and 'value="ada_l"' in form.text
    assert 'value="ada@corp.example"' in form.text and not is_in(first)
    done = await send(first, form, LOGIN, username="ada")
    assert done.status_code == 303 and done.headers["location"] == "/" and is_in(first)
    made = await account(town, "ada")
    login = await town.ports.storage.accounts.login_of(made.id)
    assert login.password_hash == "" and login.email == "ada@corp.example"
    assert login.email_confirmed_at == town.clock.now()
    second = await town.visitor()
    again = await town.log_in(second)
    assert again.status_code == 303 and is_in(second)
    assert [link.provider for link in (await links_of(town.ports, made.id)).links] == ["corp"]
    lines = (await town.ports.storage.audit(Page())).items
    assert [(line.action, line.subject, line.detail) for line in lines] == [
        ("oidc.signed_up", str(made.id), "corp")
    ]
    assert await town.ports.passwords.verify("", "") is False


async def test_it_leads_on_to_where_they_wanted_to_and_never_off_the_site(town):
    browser = await town.visitor()
    await town.sign_up(browser)
    for wanted, got in (("/settings/account", "/settings/account"), ("https://evil.example/", "/")):
        other = await town.visitor()
        done = await town.log_in(other, f"{LOGIN}?next={wanted}")
        assert done.status_code == 303 and done.headers["location"] == got, wanted
    answer = await town.answered(await town.visitor(), f"{LOGIN}?next=//evil.example")
    assert path_of(answer) == "/x/oidc/callback/corp"
    forwarded = await (await town.visitor()).get(f"{answer}&next=//evil.example")
    assert forwarded.headers["location"].startswith("/login/oidc-corp?")
    assert "evil" not in forwarded.headers["location"]


async def test_a_name_that_is_taken_or_reserved_is_chosen_anew(town):
    await town.person("ada_l")
    browser = await town.visitor()
    form = await town.log_in(browser)
    taken = await send(browser, form, LOGIN)
    assert taken.status_code == 422 and "is taken" in taken.text and not is_in(browser)
    reserved = await send(browser, taken, LOGIN, username="admin")
    assert reserved.status_code == 422 and "reserved" in reserved.text
    done = await send(browser, reserved, LOGIN, username="ada_2")
    assert done.status_code == 303 and is_in(browser)


async def test_an_address_alone_lets_nobody_into_an_account_that_has_it(town):
    await town.person("bob")
    town.provider.person["email"] = "bob@people.example"
    browser = await town.visitor()
    refused = await town.sign_up(browser)
    assert refused.status_code == 422 and "There is an account with this address already" in refused.text
    assert not is_in(browser)


async def test_an_address_that_the_provider_did_not_confirm_or_that_they_changed_is_not_confirmed(town):
    town.provider.person["email_verified"] = False
    await town.sign_up(await town.visitor())
    login = await town.ports.storage.accounts.login_of((await account(town)).id)
    assert login.email_confirmed_at == 0
    town.provider.person |= {"sub": "bob-1", "preferred_username": "bob", "email": "b@corp.example"}
    town.provider.person["email_verified"] = True
    await town.sign_up(await town.visitor(), email="other@corp.example")
    login = await town.ports.storage.accounts.login_of((await account(town, "bob")).id)
    assert (login.email, login.email_confirmed_at) == ("other@corp.example", 0)


async def test_the_form_is_for_one_account_however_often_it_is_sent(town):
    browser = await town.visitor()
    form = await town.log_in(browser)
    names = ("ada", "ada_2", "ada_3")
    await asyncio.gather(
        *(send(browser, form, LOGIN, username=name, email=f"{name}@x.example") for name in names)
    )
    made = [each for name in names if (each := await account(town, name)) is not None]
    assert len(made) == 1
    await send(browser, form, LOGIN, username="ada_4", email="ada_4@x.example")
    assert await account(town, "ada_4") is None


@pytest.mark.parametrize(
    ("site", "settings"),
    [({}, {"sign_up": "no"}), ({}, {}), ({"registrations": "closed"}, {"sign_up": "yes"})],
)
async def test_where_nobody_signs_up_by_it_they_are_told_what_to_do(site, settings):
    async with OidcTown(site=site, **settings) as town:
        browser = await town.visitor()
        told = await town.log_in(browser)
        assert told.status_code == 422 and "No account here is linked" in told.text and not is_in(browser)


async def test_who_has_to_be_approved_waits():
    async with OidcTown(sign_up="yes", site={"registrations": "approval"}) as town:
        browser = await town.visitor()
        form = await town.log_in(browser)
        no_reason = await send(browser, form, LOGIN)
        assert no_reason.status_code == 422 and not is_in(browser)
        waits = await send(browser, no_reason, LOGIN, reason="I work there")
        assert "waits for the people who run this site" in waits.text and not is_in(browser)
        assert (await account(town)).state is AccountState.PENDING
        again = await town.log_in(browser)
        assert "waits for the people" in again.text and not is_in(browser)


@pytest.mark.parametrize(
    ("site", "settings"),
    [({"registrations": "invitation"}, {"sign_up": "yes"}), ({}, {"sign_up": "invited"})],
)
async def test_who_has_to_be_invited_shows_the_invitation(site, settings):
    from microblog_core.services.invitations import MakeInvitation, make_invitation

    async with OidcTown(site=site, **settings) as town:
        bob = await town.person("bob")
        invitation = await make_invitation(town.ports, bob, MakeInvitation())
        browser = await town.visitor()
        form = await town.log_in(browser)
        for wrong in ("", "no-such-code"):
            form = await send(browser, form, LOGIN, invitation=wrong)
            assert form.status_code == 422 and not is_in(browser)
        done = await send(browser, form, LOGIN, invitation=f"{ORIGIN}/invite/{invitation.code}")
        assert done.status_code == 303 and is_in(browser)


async def test_addresses_that_are_blocked_stay_out(town):
    from microblog_core.domain.permissions import SYSTEM
    from microblog_core.services.mail_blocks import BlockMail, block_mail

    await block_mail(town.ports, SYSTEM, BlockMail(pattern="corp.example"))
    refused = await town.sign_up(await town.visitor())
    assert refused.status_code == 422 and await account(town) is None


@pytest.mark.parametrize(
    ("settings", "person", "lets_in"),
    [
        ({"email_domains": ["corp.example"]}, {}, True),
        ({"email_domains": ["Corp.Example"]}, {}, True),
        ({"email_domains": ["corp.example"]}, {"email_verified": False}, False),
        ({"email_domains": ["corp.example"]}, {"email_verified": None}, False),
        ({"email_domains": ["corp.example"], "trust_emails": True}, {"email_verified": None}, True),
        ({"email_domains": ["corp.example"]}, {"email": "ada@evil-corp.example"}, False),
        ({"email_domains": ["corp.example"]}, {"email": "corp.example"}, False),
        ({"required": {"groups": "staff"}}, {"groups": ["staff", "all"]}, True),
        ({"required": {"groups": "staff"}}, {"groups": "staff"}, True),
        ({"required": {"groups": "staff"}}, {"groups": ["staffing"]}, False),
        ({"required": {"groups": "staff"}}, {}, False),
        ({"required": {"active": "true"}}, {"active": True}, True),
    ],
)
async def test_who_is_let_in_is_decided_each_time_by_what_the_provider_says(settings, person, lets_in):
    async with OidcTown(sign_up="yes", **settings) as town:
        town.provider.person |= person
        browser = await town.visitor()
        page = await town.log_in(browser)
        assert ("Choose your name here" in page.text) is lets_in
        assert ("this site lets in" in page.text) is not lets_in


async def test_who_is_not_let_in_any_more_stays_out():
    async with OidcTown(sign_up="yes", required={"groups": "staff"}) as strict:
        strict.provider.person["groups"] = ["staff"]
        await strict.sign_up(await strict.visitor())
        strict.provider.person["groups"] = []
        browser = await strict.visitor()
        assert "this site lets in" in (await strict.log_in(browser)).text and not is_in(browser)


async def test_what_the_id_token_leaves_out_is_asked_of_userinfo(town):
    town.provider.in_userinfo = ("preferred_username", "email", "email_verified")
    form = await town.log_in(await town.visitor())
    assert 'value="ada_l"' in form.text and 'value="ada@corp.example"' in form.text
    town.provider.userinfo = {"sub": "somebody-else"}
    browser = await town.visitor()
    assert "did not work" in (await town.log_in(browser)).text


async def test_the_apis_log_in_page_has_it_too(town):
    browser = await town.visitor()
    await town.sign_up(await town.visitor())
    page = await browser.get("/oauth/login?next=/oauth/authorized_applications")
    assert "/oauth/login/oidc-corp" in page.text
    done = await town.log_in(browser, "/oauth/login/oidc-corp?next=/oauth/authorized_applications")
    assert done.status_code == 303 and done.headers["location"] == "/oauth/authorized_applications"
    assert is_in(browser)


async def test_an_api_without_a_website_has_it_by_itself():
    async with OidcTown(sign_up="yes", web=False) as town:
        path = "/oauth/login/oidc-corp"
        browser = await town.visitor()
        answer = await town.answered(browser, path)
        assert path_of(answer) == path
        form = await browser.get(answer)
        assert "Choose your name here" in form.text
        done = await send(browser, form, path)
        assert done.status_code == 303 and is_in(browser)


async def test_a_second_step_follows_as_after_a_password():
    from microblog_core.contributions import Manifest
    from microblog_core.hookspecs import hookimpl
    from microblog_core.ports.auth import Done, Field, Form

    class Card:
        name, label = "card", "Use your card"

        async def required(self, account):
            return True

        async def begin(self, account, address):
            return Form(fields=(Field(name="number", label="Number"),), submit="Log in")

        async def resume(self, account, values, state, address):
            return Done(account=account) if values["number"] == "7" else await self.begin(account, address)

    class Plugin:
        PLUGIN = Manifest(name="card")

        @hookimpl
        def register_second_factors(self, site):
            return (Card(),)

    async with OidcTown(sign_up="yes", plugins={"card": Plugin()}) as carded:
        browser = await carded.visitor()
        second = await carded.sign_up(browser)
        assert second.status_code == 200 and not is_in(browser)
        wrong = await send(browser, second, LOGIN, number="8")
        assert not is_in(browser)
        done = await send(browser, wrong, LOGIN, number="7")
        assert done.status_code == 303 and is_in(browser)


async def test_who_wants_to_leave_can_keep_the_account_by_it(town):
    from microblog_core.services.leaving import DeleteOwnAccount, delete_own_account

    await town.sign_up(await town.visitor())
    actor = Actor(account=await account(town), since=town.clock.now())
    await delete_own_account(town.ports, actor, DeleteOwnAccount(password=""))
    browser = await town.visitor()
    asked = await town.log_in(browser)
    assert "Keep your account?" in asked.text and not is_in(browser)
    done = await send(browser, asked, LOGIN)
    assert done.status_code == 303 and is_in(browser)
    assert (await account(town)).state is AccountState.ACTIVE


async def test_an_account_that_goes_takes_its_links_along(town):
    await town.sign_up(await town.visitor())
    gone = await account(town)
    subscriber = next(each for each in town.site.contributions.subscribers if each.name == "oidc.forget")
    event = AccountDeleted(id=1, at=town.clock.now(), account_id=gone.id)
    for _ in range(2):
        await subscriber.handler(event)
    assert await town.ports.storage.values(STORE) == {}
