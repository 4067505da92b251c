"""Buttons that the script presses get the piece that has changed; errors get words."""

from __future__ import annotations

import json

import pytest

from microblog_core.domain.permissions import Actor
from microblog_core.domain.polls import NewPoll
from microblog_core.services.reactions import PostCommand, boost_post

HTMX = {"hx-request": "true", "origin": "http://localhost:8000"}


async def press(visitor, page, path, **values):
    fields = {**page.form("csrf_token", "return_to").fields, **values}
    return await visitor.http.post(path, data=fields, headers=HTMX)


@pytest.mark.parametrize("verb", ["boost", "favourite", "bookmark"])
async def test_a_reaction_gets_the_post_with_the_button_that_takes_it_back(house, verb):
    _, ada = await house.person("ada")
    bob, _ = await house.person("bob")
    entry = await house.write(bob, "hello")
    page = await ada.get("/public")
    answer = await press(ada, page, f"/posts/{entry.post.id}/{verb}")
    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert answer.text.startswith("<article")
    assert f'formaction="/posts/{entry.post.id}/un{verb}"' in answer.text


async def test_a_line_of_a_listing_stays_that_line(house):
    ada, ada_there = await house.person("ada")
    bob, _ = await house.person("bob")
    entry = await house.write(bob, "hello")
    house.clock.advance(1)
    boost = await boost_post(house.site.ports, Actor(account=ada), PostCommand(post_id=entry.post.id))
    page = await ada_there.get("/")
    answer = await press(ada_there, page, f"/posts/{entry.post.id}/favourite?at={boost.id}")
    assert f'id="p{boost.id}"' in answer.text
    assert f'formaction="/posts/{entry.post.id}/unfavourite{"?at=" if boost.id != entry.post.id else ""}' in (
        answer.text
    )
    nonsense = await press(ada_there, page, f"/posts/{entry.post.id}/unfavourite?at=%3Cb%3E")
    assert f'id="p{entry.post.id}"' in nonsense.text


async def test_a_vote_gets_the_poll_and_is_told_whether_it_counts(house):
    bob, _ = await house.person("bob")
    _, ada = await house.person("ada")
    poll = NewPoll(options=("Yes", "No"), expires_in=3600)
    entry = await house.write(bob, "Tea?", poll=poll)
    page = await ada.get("/@bob")
    path = page.form("at").action
    empty = await press(ada, page, path, at=str(entry.post.id))
    assert '<form method="post" action="/polls/' in empty.text
    assert 'name="return_to" value="/@bob"' in empty.text
    assert json.loads(empty.headers["hx-trigger"])["said"]
    counted = await press(ada, page, path, choice="0", at=str(entry.post.id))
    assert "100 %" in counted.text
    assert json.loads(counted.headers["hx-trigger"]) == {"said": "Your vote counts."}


async def test_a_deletion_leaves_a_button_that_brings_the_post_back(house):
    ada, ada_there = await house.person("ada")
    entry = await house.write(ada, "hello")
    page = await ada_there.get("/")
    gone = await press(ada_there, page, f"/posts/{entry.post.id}/delete")
    assert "The post is deleted." in gone.text
    assert f'formaction="/posts/{entry.post.id}/undelete"' in gone.text
    back = await press(ada_there, page, f"/posts/{entry.post.id}/undelete")
    assert f'<article class="post h-entry" id="p{entry.post.id}"' in back.text
    again = await press(ada_there, page, f"/posts/{entry.post.id}/undelete")
    assert again.status_code == 404
    assert again.headers["content-type"].startswith("text/plain")


async def test_what_changes_more_than_the_post_gets_the_page(house):
    bob, _ = await house.person("bob")
    _, ada = await house.person("ada")
    entry = await house.write(bob, "hello")
    page = await ada.get(f"/posts/{entry.post.id}/more")
    answer = await press(ada, page, f"/posts/{entry.post.id}/mute-thread")
    assert answer.status_code == 303


async def test_errors_come_in_words(house):
    _, ada = await house.person("ada")
    page = await ada.get("/")
    answer = await press(ada, page, "/posts/1/favourite")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.text == "This post does not exist, or you may not see it."
    forged = await ada.http.post("/posts/1/favourite", data={"csrf_token": "x"}, headers=HTMX)
    assert forged.status_code == 403
    assert "reload the page" in forged.text
