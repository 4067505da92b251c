"""Two sites in one process: nothing of one is reachable from the other, by any route, cookie, id or cache."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from microblog_core.services import posts
from microblog_core.testing.browser import Browser, log_in, write
from microblog_core.testing.servers import ServerProcess, site_server

from .conftest import MakeData
from .seeding import PASSWORD, opened, person

HOSTS = ("one.example", "two.example")


def configuration(folder: Path) -> str:
    return "\n".join(
        f'[sites.{name}]\nhosts = ["{host}"]\ntitle = "Site {name}"\n'
        f'storage = "sqlite:///{folder / name}.db"\n'
        for name, host in zip(("one", "two"), HOSTS, strict=True)
    )


async def seed(data: Path) -> int:
    """Ada on the first site with a post, Bob on the second; the id of Ada's post."""
    async with opened(data, "one") as ports:
        ada = await person(ports, "ada")
        post_id = (await posts.publish_post(ports, ada, posts.PublishPost(text="only-here #tag"))).post.id
    async with opened(data, "two") as ports:
        await person(ports, "bob")
    return post_id


async def test_nothing_of_one_site_is_reachable_from_the_other(make_data: MakeData, tmp_path: Path) -> None:
    data = make_data(configuration(tmp_path), sites=("one", "two"))
    post_id = await seed(data)
    with site_server(data, "--host", "127.0.0.1") as server:
        async with Browser(server.port, host=HOSTS[0]) as ada, Browser(server.port, host=HOSTS[1]) as bob:
            for path in ("/", "/public", "/tags/tag", "/@ada", f"/@ada/{post_id}"):
                # The first site's pages are asked for twice, so that they come from its cache.
                for _ in range(2):
                    assert "only-here" in (await ada.get(path)).text
                page = await bob.get(path)
                assert "only-here" not in page.text
                assert "Site one" not in page.text
            assert (await bob.get("/@ada")).status == 404
            assert (await bob.get(f"/@ada/{post_id}")).status == 404
            await _logs_in_only_at_home(ada, bob)
            await _uses_no_cookie_or_token_of_the_other(ada, bob, post_id)
        await _counts_and_hosts(server)


async def _logs_in_only_at_home(ada: Browser, bob: Browser) -> None:
    assert (await log_in(bob, "ada", PASSWORD)).status != 303
    assert (await log_in(ada, "ada", PASSWORD)).status == 303
    assert (await log_in(bob, "bob", PASSWORD)).status == 303


async def _uses_no_cookie_or_token_of_the_other(ada: Browser, bob: Browser, post_id: int) -> None:
    form = (await ada.get("/compose")).form("text")
    stolen = dict(ada.cookies)
    own, bob.cookies = bob.cookies, stolen
    assert (await bob.get("/notifications", follow=False)).status in {302, 303, 401}
    refused = await bob.post("/compose", {**form.fields, "text": "forged"})
    assert refused.status in {302, 303, 401, 403}
    bob.cookies = own
    forged = await bob.post("/compose", {**form.fields, "text": "forged"})
    assert forged.status == 403
    token = (await bob.get("/compose")).form("text").fields["csrf_token"]
    favourite = await bob.post(f"/posts/{post_id}/favourite", {"csrf_token": token})
    assert favourite.status == 404
    assert (await write(bob, "written by bob")).status == 303
    assert "forged" not in (await bob.get("/public")).text
    assert "written by bob" not in (await ada.get("/public")).text


async def _counts_and_hosts(server: ServerProcess) -> None:
    for host, expected in zip(HOSTS, (1, 1), strict=True):
        async with Browser(server.port, host=host) as browser:
            counted = json.loads((await browser.get("/nodeinfo/2.0")).body)
            assert counted["usage"]["users"]["total"] == expected
    async with Browser(server.port, host="three.example") as browser:
        assert (await browser.get("/public")).status == 421


@pytest.mark.parametrize("clash", [f'hosts = ["{HOSTS[0]}"]', ""])
async def test_sites_that_claim_one_host_are_refused_at_start(
    make_data: MakeData, tmp_path: Path, clash: str
) -> None:
    from microblog_core.testing.servers import ServerDidNotStart

    text = configuration(tmp_path) + f'[sites.three]\n{clash}\nstorage = "memory:"\n'
    data = make_data(text, sites=())
    with pytest.raises(ServerDidNotStart, match="three"), site_server(data):
        pass
