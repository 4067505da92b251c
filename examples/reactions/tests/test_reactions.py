"""Reactions as people and programs meet them, and what becomes of them without anybody reacting."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from conftest import Town, page_of
from microblog_reactions import tables
from microblog_reactions.plugin import COUNT
from microblog_reactions.reacting import EMOJIS, React, Reacted, react

from microblog_core.domain.accounts import Account
from microblog_core.domain.errors import Invalid, NotFound, Unauthenticated
from microblog_core.domain.permissions import ANONYMOUS, Actor
from microblog_core.domain.posts import Visibility
from microblog_core.ports.operations import AddJob, Job
from microblog_core.services import leaving, posts, relations

HEART, PARTY = EMOJIS[1], EMOJIS[5]


async def give(town: Town, account: Account, post_id: int, emoji: str = HEART, *, undo: bool = False) -> None:
    await react(town.ports, Actor(account=account), React(post_id=post_id, emoji=emoji, undo=undo))


async def counts(town: Town, post_id: int, viewer: Account | None = None) -> list[tuple[str, int, bool]]:
    found = await tables.counts_of(town.ports.storage, viewer.id if viewer else None, [post_id])
    return [(each.emoji, each.count, each.me) for each in found.get(post_id, ())]


async def test_reacting_twice_counts_once_and_can_be_taken_back(town: Town):
    ada, bob = await town.person("ada"), await town.person("bob")
    post = (await town.write(ada, "hello")).post.id
    for person, emoji in ((bob, HEART), (bob, HEART), (ada, HEART), (bob, PARTY)):
        await give(town, person, post, emoji)
    assert await counts(town, post, ada) == [(HEART, 2, True), (PARTY, 1, False)]
    await give(town, bob, post, undo=True)
    await give(town, bob, post, undo=True)
    assert await counts(town, post) == [(HEART, 1, False), (PARTY, 1, False)]


async def test_nobody_reacts_to_what_they_may_not_see(town: Town):
    ada, bob, eve = [await town.person(name) for name in ("ada", "bob", "eve")]
    await relations.follow(town.ports, Actor(account=bob), relations.RelationCommand(account_id=ada.id))
    post = (await town.write(ada, "friends", visibility=Visibility.FOLLOWERS)).post.id
    await give(town, bob, post)
    for stranger, refusal in ((Actor(account=eve), NotFound), (ANONYMOUS, Unauthenticated)):
        for undo in (False, True):
            with pytest.raises(refusal):
                await react(town.ports, stranger, React(post_id=post, emoji=HEART, undo=undo))
    with pytest.raises(Invalid):
        await give(town, bob, post, "🧨")
    assert await counts(town, post) == [(HEART, 1, False)]


async def test_the_website_works_by_forms_alone_and_refuses_forged_ones(town: Town):
    ada, bob = await town.person("ada"), await town.person("bob")
    post = (await town.write(ada, "hello")).post.id
    visitor, browser = await town.browser(), await town.browser(bob)
    assert HEART not in (await visitor.get("/public")).text
    page = page_of(await browser.get("/public"))
    button = f"/x/reactions/{post}/give/{quote(HEART)}"
    assert f'formaction="{button}"' in page.text
    form = page.form("csrf_token", "return_to")
    forged = await browser.post(button, data={**form.fields, "csrf_token": "guessed"})
    elsewhere = await browser.post(button, data=form.fields, headers={"origin": "https://evil.example"})
    assert (forged.status_code, elsewhere.status_code) == (403, 403)
    assert await counts(town, post) == []
    pressed = await browser.post(button, data=form.fields)
    assert (pressed.status_code, pressed.headers["location"]) == (303, f"/public#p{post}")
    assert f"{HEART} <span" in (await visitor.get("/public")).text, "the visitors' kept page is drawn anew"
    again = page_of(await browser.get("/public"))
    undo = f"/x/reactions/{post}/undo/{quote(HEART)}"
    assert f'formaction="{undo}"' in again.text
    await browser.post(undo, data=again.form("csrf_token", "return_to").fields)
    assert HEART not in (await visitor.get("/public")).text


async def test_the_website_says_no_without_a_traceback(town: Town):
    ada, eve = await town.person("ada"), await town.person("eve")
    private = (await town.write(ada, "friends", visibility=Visibility.FOLLOWERS)).post.id
    public = (await town.write(ada, "all")).post.id
    browser = await town.browser(eve)
    form = page_of(await browser.get("/public")).form("csrf_token", "return_to")
    answers = [
        (await browser.post(f"/x/reactions/{path}", data=form.fields)).status_code
        for path in (f"{private}/give/{HEART}", f"{public}/give/x", f"none/give/{HEART}")
    ]
    assert answers == [404, 422, 404]


async def test_the_api_has_a_field_a_scope_and_resources(town: Town):
    ada, eve = await town.person("ada"), await town.person("eve")
    post = (await town.write(ada, "hello")).post.id
    private = (await town.write(ada, "friends", visibility=Visibility.FOLLOWERS)).post.id
    path = f"/api/x/reactions/{post}/{HEART}"
    mine, reader = await town.app(eve, "read reactions:write"), await town.app(eve, "read write")
    given = await mine.put(path)
    assert (given.status_code, given.json()) == (200, [{"emoji": HEART, "count": 1, "me": True}])
    (seen,) = (await (await town.browser()).get("/api/v1/timelines/public")).json()
    assert seen["x_reactions"] == {"given": [{"emoji": HEART, "count": 1, "me": False}]}
    refused = [
        (await (await town.browser()).put(path)).status_code,
        (await reader.put(path)).status_code,
        (await mine.put(f"/api/x/reactions/{private}/{HEART}")).status_code,
        (await mine.put(f"/api/x/reactions/{post}/x")).status_code,
        (await mine.put(f"/api/x/reactions/none/{HEART}")).status_code,
    ]
    assert refused == [401, 403, 404, 422, 404]
    assert (await mine.delete(path)).json() == []
    assert (await reader.get(f"/api/v1/statuses/{post}")).json()["x_reactions"] == {"given": []}


async def test_a_page_costs_one_statement_whatever_its_length(town: Town, monkeypatch: pytest.MonkeyPatch):
    ada = await town.person("ada")
    browser, visitor = await town.browser(ada), await town.browser()
    asked: list[str] = []

    async def counting(storage, statement, **parameters):
        asked.append(statement)
        return await select(storage, statement, **parameters)

    select = tables.select
    monkeypatch.setattr(tables, "select", counting)
    for number, shown in ((1, 1), (29, 20)):
        for each in range(number):
            await give(town, ada, (await town.write(ada, f"post {each}")).post.id)
        asked.clear()
        page = await browser.get("/public")
        assert page.text.count("/undo/") == shown
        assert len(asked) == 1
        found = (await visitor.get("/api/v1/timelines/public?limit=40")).json()
        assert {status["x_reactions"]["given"][0]["count"] for status in found} == {1}
        assert len(found) >= number
        assert len(asked) == 2


async def test_reactions_go_with_their_post_and_with_their_person(town: Town):
    ada, bob, eve = [await town.person(name) for name in ("ada", "bob", "eve")]
    first, second = [(await town.write(ada, text)).post.id for text in ("one", "two")]
    for person in (bob, eve):
        await give(town, person, first)
        await give(town, person, second)
    await posts.delete_post(town.ports, Actor(account=ada), posts.DeletePost(post_id=first))
    leave = leaving.DeleteOwnAccount(password="a long pass phrase")
    await leaving.delete_own_account(town.ports, Actor(account=eve), leave)
    town.clock.advance(15 * 24 * 3600)
    await town.jobs.run_due()
    assert await counts(town, first) == []
    assert await counts(town, second) == [(HEART, 1, False)]


async def test_a_day_is_counted_once_however_often_the_job_runs(town: Town):
    ada, bob = await town.person("ada"), await town.person("bob")
    post = (await town.write(ada, "hello")).post.id
    await give(town, ada, post)
    await give(town, bob, post)
    town.clock.advance(24 * 3600)
    await give(town, bob, post, PARTY)
    assert [each.kind for each in town.site.contributions.schedules if each.name == "reactions.daily"] == [
        COUNT
    ]
    for key, payload in (("a", b"{}"), ("b", b"{}"), ("c", b'{"day": "2026-01-02"}')):
        now = town.clock.now()
        job = Job(id=town.ports.ids.at(now), kind=COUNT, key=key, payload=payload, due_at=now, created_at=now)
        await town.ports.storage.commit([AddJob(job=job)])
        await town.jobs.run_due()
    found = (await (await town.browser()).get("/api/x/reactions/days")).json()
    assert found == [
        {"day": "2026-01-02", "emoji": PARTY, "count": 1},
        {"day": "2026-01-01", "emoji": HEART, "count": 2},
    ]


async def test_others_hear_of_it_under_the_plugins_name(town: Town):
    ada = await town.person("ada")
    entry = await town.write(ada, "hello")
    heard: list[Reacted] = []
    town.ports.bus.subscribe(Reacted, heard.append)
    await give(town, ada, entry.post.id)
    (event,) = heard
    assert (event.type, event.post_id, event.undone) == ("reactions.given", entry.post.id, False)
