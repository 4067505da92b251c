"""Posts drawn by shape: what is rendered how often, and that words stay words."""

from __future__ import annotations

import itertools
from typing import Any

import msgspec
import pytest

from microblog_core.domain.accounts import Account
from microblog_core.domain.permissions import Actor
from microblog_core.domain.posts import Entry, Post, Visibility
from microblog_web.fragments import Shape, draw_each, draw_posts
from microblog_web.views import View

NOW = 1_800_000_000_000


def author(**values: object) -> Account:
    plain = Account(id=7, username="ada", display_name="Ada", created_at=0)
    return msgspec.structs.replace(plain, **values)


def entry(number: int, by: Account, **values: object) -> Entry:
    plain = Post(id=number, account_id=by.id, thread_id=number, created_at=NOW, html=f"<p>Post {number}</p>")
    return Entry(id=number, post=msgspec.structs.replace(plain, **values), author=by)


def view_of(house: Any, reader: Account | None = None) -> View:
    actor = Actor(account=reader)
    return View(web=house.app_website(), ports=house.site.ports, actor=actor, locale="en", now=NOW)


async def test_posts_that_nobody_asked_for_before_render_no_template(
    house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = view_of(house)
    rendered: list[str] = []
    render = view.web.look.holes
    monkeypatch.setattr(
        view.web.look,
        "holes",
        lambda name, *rest, **more: (rendered.append(name), render(name, *rest, **more))[1],
    )
    await draw_posts(view, [entry(1, author())])
    assert rendered == ["web/post.html"]
    others = [entry(number, author(id=number, username=f"p{number}")) for number in range(2, 42)]
    pieces = await draw_each(view, others)
    assert rendered == ["web/post.html"]
    for one, piece in zip(others, pieces, strict=True):
        assert f"<p>Post {one.id}</p>" in piece
        assert f'href="/@{one.author.username}/{one.id}"' in piece


async def test_words_that_people_chose_are_escaped_wherever_they_stand(house: Any) -> None:
    reader = author(id=9, username="eve")
    hostile = '"><script>alert(1)</script>\x00&'
    by = author(display_name=hostile)
    posts = [
        entry(1, by, spoiler=hostile, language='"><b>'),
        entry(2, by, in_reply_to_id=1, in_reply_to_account_id=7),
        msgspec.structs.replace(entry(3, by), id=4, boosted_by=by, replied_to=by),
    ]
    for view in (view_of(house), view_of(house, reader), view_of(house, by)):
        html = await draw_posts(view, posts)
        assert "<script" not in html
        assert "<b>" not in html.replace("<b>&#34;", "")
        assert "&lt;script&gt;" in html


async def test_a_text_that_looks_like_a_hole_stays_text(house: Any) -> None:
    view = view_of(house)
    probe = view.web.shape(Shape(Visibility.PUBLIC, False, "", False, "visitor", False, False), "en")
    name = "\x00:id\x00 %(name)s {id} " + "".join(probe.names[:2])
    html = await draw_posts(view, [entry(1, author(display_name=name))])
    assert html.count(f'<b class="p-name">{name}</b>') == 1


@pytest.mark.parametrize("reader", ["visitor", "member", "own"])
async def test_every_shape_can_be_drawn_and_says_what_it_is(house: Any, reader: str) -> None:
    by = author()
    people = {"visitor": None, "member": author(id=9, username="eve"), "own": by}
    view = view_of(house, people[reader])
    for visibility, edited, spoiler, sensitive, done in itertools.product(
        Visibility, (None, NOW), ("", "Spiders"), (False, True), (False, True)
    ):
        post = entry(1, by, visibility=visibility, edited_at=edited, spoiler=spoiler, sensitive=sensitive)
        mine = done and reader != "visitor"
        shown = msgspec.structs.replace(post, boosted=mine, favourited=mine)
        (html,) = await draw_each(view, [shown])
        is_open = visibility in (Visibility.PUBLIC, Visibility.UNLISTED)
        assert ("/posts/1/boost" in html) == (reader != "visitor" and is_open and not mine)
        assert ("/posts/1/unboost" in html) == (is_open and mine)
        assert ("/posts/1/unfavourite" in html) == mine
        assert ("/posts/1/edit" in html) == (reader == "own")
        assert ("/history" in html) == (edited is not None)
        assert ("<details" in html) == (bool(spoiler) or sensitive)
        assert ("Spiders" in html) == bool(spoiler)
        assert ("Followers only" in html) == (visibility is Visibility.FOLLOWERS)
        assert ("Members only" in html) == (visibility is Visibility.MEMBERS)


async def test_the_same_name_on_two_accounts_has_two_pictures(house: Any) -> None:
    view = view_of(house)
    one, other = await draw_each(view, [entry(1, author()), entry(2, author(id=8))])
    assert picture_in(one) != picture_in(other)


def picture_in(html: str) -> str:
    return html.split('<svg class="av"')[1].split("</svg>")[0]
