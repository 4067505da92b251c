"""Linking a provider with an account that is there, and removing it, in the settings."""

from __future__ import annotations

import asyncio

from oidc_town import LOGIN, PATH, OidcTown, follow
from plugin_town import PASSWORD, LetterBox, is_in, send

from microblog_core.domain.permissions import SYSTEM, Actor
from microblog_core.domain.proving import FRESH_MILLISECONDS
from microblog_core.domain.timelines import Page
from microblog_core.services.profiles import ChangePassword, change_password
from microblog_plugins.oidc.identity import Identity
from microblog_plugins.oidc.links import (
    STORE,
    AddLink,
    EndLinks,
    RemoveLink,
    add_link,
    end_links,
    links_of,
    remove_link,
)


async def linked(town, actor):
    return [link.subject for link in (await links_of(town.ports, actor.id)).links]


async def seen(town, browser):
    """The page that asks whether to link what came back from the provider."""
    return await follow(browser, await town.answered(browser, f"{PATH}/link/corp"))


async def actions(town):
    return [line.action for line in (await town.ports.storage.audit(Page())).items]


async def test_a_provider_is_linked_by_the_password_and_lets_in_from_then_on(town):
    bob = await town.person("bob")
    browser = await town.browser(bob)
    page = await browser.get(PATH)
    assert "No provider is linked" in page.text and f'href="{PATH}/link/corp"' in page.text
    asked = await seen(town, browser)
    assert "ada_l" in asked.text and "@bob" in asked.text and await linked(town, bob) == []
    wrong = await send(browser, asked, f"{PATH}/link", password="not it")
    assert wrong.status_code == 422 and "not your current password" in wrong.text
    assert await linked(town, bob) == []
    done = await send(browser, wrong, f"{PATH}/link", password=PASSWORD)
    assert done.status_code == 303 and await linked(town, bob) == ["ada-1"]
    assert "oidc.linked" in await actions(town)
    page = await browser.get(PATH)
    assert "You can log in with Corp from now on." in page.text and "ada_l" in page.text
    other = await town.visitor()
    await town.log_in(other)
    assert is_in(other)
    assert (await other.get("/settings/account")).status_code == 200


async def test_the_owner_is_told_by_mail_of_whoever_links_or_removes_a_provider():
    letters = LetterBox()
    async with OidcTown(plugins=letters.plugins) as town:
        bob = await town.person("bob")
        browser = await town.browser(bob)
        asked = await seen(town, browser)
        wrong = await send(browser, asked, f"{PATH}/link", password="not it")
        assert wrong.status_code == 422 and await letters.emptied(town) == []
        await send(browser, asked, f"{PATH}/link", password=PASSWORD)
        ((address, kind, text),) = await letters.emptied(town)
        assert (address, kind) == ("bob@people.example", "login_added")
        assert "one more way to log in: Corp (ada_l)." in text
        page = await browser.get(PATH)
        (link,) = (await links_of(town.ports, bob.id)).links
        await send(browser, page, f"{PATH}/unlink", link=link.key, password=PASSWORD)
        ((address, kind, text),) = await letters.emptied(town)
        assert (address, kind) == ("bob@people.example", "login_removed")
        assert "any more by: Corp (ada_l)." in text


async def test_one_mail_tells_of_all_links_with_a_provider_that_an_operator_ended_also_where_it_is_gone():
    letters = LetterBox()
    async with OidcTown(plugins=letters.plugins) as town:
        bob = await town.person("bob")
        for name in ("bob_1", "bob_2"):
            identity = Identity(issuer="https://old.example", subject=name, username=name)
            await add_link(town.ports, bob, AddLink(provider="old", identity=identity, password=PASSWORD))
        await letters.emptied(town)
        await end_links(town.ports, SYSTEM, EndLinks(account_id=bob.id, provider="old"))
        ((address, kind, text),) = await letters.emptied(town)
        assert (address, kind) == ("bob@people.example", "login_removed")
        assert "any more by: old (bob_1), old (bob_2)." in text


async def test_who_makes_an_account_by_a_provider_is_not_told_that_they_can_log_in_by_it():
    letters = LetterBox()
    async with OidcTown(plugins=letters.plugins, sign_up="yes") as town:
        await town.sign_up(await town.visitor())
        assert await letters.emptied(town) == []


async def test_what_is_linked_with_somebody_is_linked_with_nobody_else(town):
    await town.sign_up(await town.visitor())
    bob = await town.person("bob")
    browser = await town.browser(bob)
    address = await town.answered(browser, f"{PATH}/link/corp")
    page = await browser.get(address)
    assert page.status_code == 303 and page.headers["location"] == PATH
    assert "belongs to an account here already" in (await browser.get(PATH)).text
    assert await linked(town, bob) == []


async def test_of_two_that_link_the_same_at_the_same_time_one_does(town):
    actors = [await town.person(name) for name in ("bob", "cem")]
    pages = []
    for actor in actors:
        browser = await town.browser(actor)
        pages.append((browser, await seen(town, browser)))
    sent = [send(browser, page, f"{PATH}/link", password=PASSWORD) for browser, page in pages]
    assert sorted(each.status_code for each in await asyncio.gather(*sent)) == [303, 422]
    assert sorted([await linked(town, actor) for actor in actors]) == [[], ["ada-1"]]


async def test_an_answer_or_a_page_of_another_session_links_nothing(town):
    mallory, victim = await town.person("mallory"), await town.person("victim")
    hers, theirs = await town.browser(mallory), await town.browser(victim)
    address = await town.answered(hers, f"{PATH}/link/corp")
    page = await follow(theirs, address)
    assert page.status_code == 422 and await linked(town, victim) == []
    asked = await follow(hers, address)
    own = await seen(town, theirs)
    taken = asked.text.split('name="seen" value="')[1].split('"')[0]
    done = await send(theirs, own, f"{PATH}/link", password=PASSWORD, seen=taken)
    assert done.status_code == 303 and await linked(town, victim) == []
    bare = await theirs.post(f"{PATH}/link", data={"seen": taken, "password": PASSWORD})
    assert bare.status_code == 403


async def test_linking_is_for_who_is_logged_in_and_for_providers_that_there_are(town):
    visitor = await town.visitor()
    for path in (PATH, f"{PATH}/link/corp"):
        answer = await visitor.get(path)
        assert answer.status_code == 303 and answer.headers["location"].startswith("/login")
    browser = await town.browser(await town.person("bob"))
    for path in (f"{PATH}/link/nobody", f"{PATH}/callback/nobody"):
        assert (await browser.get(path)).status_code == 404


async def test_the_last_way_in_stays_and_removing_another_ends_other_sessions(town):
    browser, elsewhere = await town.visitor(), await town.visitor()
    await town.sign_up(browser)
    await town.log_in(elsewhere)
    kept = await send(browser, await browser.get(PATH), f"{PATH}/unlink", link=await key(town))
    assert kept.status_code == 422 and "no other way to log in" in kept.text
    ada = Actor(account=await town.ports.storage.accounts.by_name("ada_l", ""), since=town.clock.now())
    page = await browser.get("/settings/account")
    assert 'name="current"' not in page.text and "Set a password" in page.text
    done = await send(browser, page, "/settings/account/password", password=PASSWORD)
    assert done.status_code == 303
    await town.log_in(elsewhere)
    assert (await elsewhere.get("/settings/account")).status_code == 200
    page = await browser.get(PATH)
    gone = await send(browser, page, f"{PATH}/unlink", link=await key(town), password=PASSWORD)
    assert gone.status_code == 303 and await linked(town, ada) == []
    assert (await browser.get("/settings/account")).status_code == 200
    assert (await elsewhere.get("/settings/account")).status_code == 303
    assert set(await town.ports.storage.values(STORE, "sub:")) == set()
    stranger = await town.visitor()
    assert "Choose your name here" in (await town.log_in(stranger)).text


async def test_two_that_are_removed_at_the_same_time_leave_one_way_in(town):
    await town.sign_up(await town.visitor())
    ada = Actor(account=await town.ports.storage.accounts.by_name("ada_l", ""), since=town.clock.now())
    second = Identity(issuer="https://other.example", subject="2")
    await add_link(town.ports, ada, AddLink(provider="other", identity=second))
    keys = [link.key for link in (await links_of(town.ports, ada.id)).links]
    tries = [remove_link(town.ports, ada, RemoveLink(key=each)) for each in keys]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sorted(type(each).__name__ for each in results) == ["Invalid", "Link"]
    assert len(await linked(town, ada)) == 1
    assert len(await town.ports.storage.values(STORE, "rev:")) == 1


async def test_who_has_no_password_logs_in_once_more_and_is_asked_nothing_else(town):
    browser = await town.visitor()
    await town.sign_up(browser)
    town.clock.advance(FRESH_MILLISECONDS // 1000 + 1)
    page = await browser.get(PATH)
    again = f"/login?again=1&amp;next={PATH}"
    assert "Log in once more" in page.text and again in page.text and 'type="password"' not in page.text
    refused = await send(browser, page, f"{PATH}/unlink", link=await key(town))
    assert refused.status_code == 422 and "Log in once more" in refused.text
    offered = await browser.get(again.replace("&amp;", "&"))
    assert f'href="{LOGIN}?next={PATH}"' in offered.text
    done = await town.log_in(browser, f"{LOGIN}?next={PATH}")
    assert done.status_code == 303 and done.headers["location"] == PATH
    assert "Log in once more" not in (await browser.get(PATH)).text


async def test_an_account_without_a_password_can_do_all_that_asks_for_one(town):
    browser = await town.visitor()
    await town.sign_up(browser)
    page = await browser.get("/settings/account")
    moved = await send(browser, page, "/settings/account/email", email="new@corp.example")
    assert moved.status_code == 303
    page = await browser.get("/x/totp")
    assert "You log in by one step alone" in page.text
    page = await send(browser, page, "/x/totp/setup")
    assert "Switch it on" in page.text and 'type="password"' not in page.text
    page = await browser.get("/settings/account/delete")
    assert 'type="password"' not in page.text
    town.clock.advance(FRESH_MILLISECONDS // 1000 + 1)
    kept = await send(browser, page, "/settings/account/delete")
    assert kept.status_code == 422 and "Log in once more" in kept.text
    await town.log_in(browser)
    left = await send(browser, await browser.get("/settings/account/delete"), "/settings/account/delete")
    assert left.status_code == 303 and not is_in(browser)


async def test_a_password_that_was_set_is_what_is_asked_for_afterwards(town):
    await town.sign_up(await town.visitor())
    ada = Actor(account=await town.ports.storage.accounts.by_name("ada_l", ""), since=town.clock.now())
    await change_password(town.ports, ada, ChangePassword(current="", new=PASSWORD))
    browser = await town.visitor()
    await town.log_in(browser)
    page = await browser.get("/settings/account/delete")
    assert 'type="password"' in page.text
    refused = await send(browser, page, "/settings/account/delete", password="")
    assert refused.status_code == 422 and is_in(browser)


async def key(town):
    account = await town.ports.storage.accounts.by_name("ada_l", "")
    return (await links_of(town.ports, account.id)).links[0].key
