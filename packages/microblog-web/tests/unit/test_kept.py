"""Pages for anonymous readers: kept, revalidated, dropped by what happens, never mixed up with others."""

from __future__ import annotations

import pytest

from microblog_core.domain.accounts import AccountState
from microblog_core.domain.permissions import SYSTEM, Actor
from microblog_core.http.kept import KeptPage
from microblog_core.services.accounts import SetState, set_account_state
from microblog_core.services.posts import DeletePost, EditPost, delete_post, edit_post
from microblog_core.services.profiles import EditProfile, update_profile
from microblog_web.requests import page_key, recognised_below


def is_kept(house, path):
    return isinstance(house.site.ports.cache.get(f"page:{path}"), KeptPage)


async def test_a_page_is_revalidated_compressed_and_the_same_each_time(house):
    ada, _ = await house.person("ada")
    await house.write(ada, "Hello")
    visitor = await house.visitor()
    first = await visitor.get("/public", headers={"accept-encoding": "identity"})
    assert is_kept(house, "/public")
    again = await visitor.get("/public", headers={"accept-encoding": "identity"})
    assert first.body == again.body
    etag = again.headers["etag"]
    assert (await visitor.get("/public", headers={"if-none-match": etag})).status == 304
    packed = await visitor.http.get("/public", headers={"accept-encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == first.body
    assert "cookie" in again.headers["vary"]
    assert "accept-encoding" in again.headers["vary"]


async def test_it_holds_no_cookie_no_token_and_no_reader(house):
    ada_account, ada = await house.person("ada")
    await house.write(ada_account, "Hello")
    for path in ("/", "/public", "/@ada", "/about", "/@ada/followers"):
        await ada.get(path)
        page = await (await house.visitor()).get(path)
        assert "set-cookie" not in page.headers, path
        assert "csrf_token" not in page.text, path
        assert is_kept(house, path)
        mine = await ada.get(path)
        assert "no-store" in mine.headers["cache-control"]
        assert 'formaction="/logout"' in mine.text


@pytest.mark.parametrize("path", ["/", "/public", "/@ada", "/tags/tea", "THREAD"])
async def test_what_happens_is_seen_by_the_very_next_reader(house, path):
    ada, _ = await house.person("ada")
    bob, _ = await house.person("bob")
    entry = await house.write(ada, "Original #tea")
    path = f"/@ada/{entry.post.id}" if path == "THREAD" else path
    ports, visitor = house.site.ports, await house.visitor()

    async def text():
        return (await visitor.get(path)).text

    assert "Original" in await text()
    await edit_post(ports, Actor(account=ada), EditPost(post_id=entry.post.id, text="Changed #tea"))
    assert "Changed" in await text()
    assert '<span class="n">1</span>' not in await text()
    await house.favourite(bob, entry.post)
    assert '<span class="n">1</span>' in await text()
    await update_profile(ports, Actor(account=ada), EditProfile(display_name="Countess", bio=""))
    assert "Countess" in await text()
    await set_account_state(ports, SYSTEM, SetState(account_id=ada.id, state=AccountState.SUSPENDED))
    assert "Changed" not in await text()
    await set_account_state(ports, SYSTEM, SetState(account_id=ada.id, state=AccountState.ACTIVE))
    assert "Changed" in await text()
    await delete_post(ports, SYSTEM, DeletePost(post_id=entry.post.id))
    assert "Changed" not in await text()


async def test_an_answer_of_somebody_restored_is_back_in_the_thread(house):
    ada, _ = await house.person("ada")
    bob, _ = await house.person("bob")
    entry = await house.write(ada, "Question")
    await house.write(bob, "Answer", in_reply_to_id=entry.post.id)
    ports, visitor, path = house.site.ports, await house.visitor(), f"/@ada/{entry.post.id}"
    assert "Answer" in (await visitor.get(path)).text
    await set_account_state(ports, SYSTEM, SetState(account_id=bob.id, state=AccountState.SUSPENDED))
    assert "<p>Answer</p>" not in (await visitor.get(path)).text
    await set_account_state(ports, SYSTEM, SetState(account_id=bob.id, state=AccountState.ACTIVE))
    assert "<p>Answer</p>" in (await visitor.get(path)).text


async def test_addresses_with_anything_but_our_cursors_are_not_kept(house):
    visitor = await house.visitor()
    for query in ("a=1", "max_id=1&x=2", "max_id=01", "max_id=1%20", "limit=80"):
        await visitor.get(f"/public?{query}")
    await visitor.get("/login")
    await visitor.get("/nothing-here")
    cache = house.site.ports.cache
    assert cache.get("page:/login") is None
    assert cache.get("page:/nothing-here") is None
    scope = {"path": "/public", "query_string": b"a=1", "headers": []}
    assert page_key(scope) is None
    assert page_key({**scope, "query_string": b"max_id=12"}) == "page:/public?max_id=12"


async def test_pages_are_kept_for_each_language_that_a_browser_asks_for(house):
    visitor = await house.visitor()
    texts = {}
    for asked, locale in (("de-AT,en;q=0.5", "de"), ("ar", "ar"), ("fr", "en"), ("", "en")):
        page = await visitor.get("/public", headers={"accept-language": asked})
        assert f'<html lang="{locale}"' in page.text
        assert "accept-language" in page.headers["vary"]
        assert texts.setdefault(locale, page.body) == page.body
    assert is_kept(house, "/public")
    assert isinstance(house.site.ports.cache.get("page:de:/public"), KeptPage)
    assert len(set(texts.values())) == 3


async def test_a_dead_session_gets_the_kept_page_and_a_living_one_never(house):
    _, ada = await house.person("ada")
    visitor = await house.visitor()
    await visitor.get("/public")
    assert "Log out" in (await ada.get("/public")).text
    visitor.http.cookies.set("microblog_session", "not-a-session")
    assert "Log out" not in (await visitor.get("/public")).text


async def test_authenticators_for_other_paths_leave_kept_pages_as_fast_as_they_are(house):
    class Tokens:
        below = ("/api/",)

    class Everywhere:
        pass

    session = house.site.authenticators[0]
    assert recognised_below([session]) == ()
    assert recognised_below([session, Tokens()]) == ("/api/",)
    assert recognised_below([session, Everywhere(), Tokens()]) == ("/", "/api/")
