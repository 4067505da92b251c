"""From a post with a link to what is shown of it."""

from __future__ import annotations

import shutil

import pytest
from link_town import LinkTown, begin, html, picture

from microblog_core.domain.errors import NotFound
from microblog_core.domain.events import LinkPreviewChanged
from microblog_core.domain.posts import Visibility
from microblog_core.services.file_copies import stored_files
from microblog_plugins.linkpreviews import tables


async def test_a_link_in_a_public_post_shows_what_its_page_says(town, pages):
    url = pages.put("/otters?a=1", html())
    heard = []
    town.ports.bus.subscribe(LinkPreviewChanged, heard.append)
    post = await town.post(f"Look @bob #otters https://blog.example/@ada and {url}#part, nice")
    shown = await town.preview(post)
    assert (shown.url, shown.title, shown.description) == (url, "Otters & rivers", "How otters live.")
    assert (shown.provider_name, shown.author_name, shown.language) == ("The River", "Ida", "en")
    assert shown.provider_url == f"{pages.url}/" and shown.picture is None
    assert [(each.post_id, each.account_id) for each in heard] == [(post.id, town.ada.id)]
    (asked,) = pages.requests
    assert asked.headers["user-agent"].startswith("Microblog/")
    assert "+https://blog.example" in asked.headers["user-agent"]
    assert not {"referer", "cookie"} & set(asked.headers)


@pytest.mark.parametrize("visibility", [Visibility.FOLLOWERS, Visibility.DIRECT])
async def test_nobody_is_told_of_links_that_are_not_for_everybody(town, pages, visibility):
    post = await town.post(f"@bob {pages.put('/secret', html())}", visibility=visibility)
    assert pages.requests == [] and await town.preview(post) is None
    # Nor is what is known already shown there: an edit must not tell who wrote it.
    await town.post(f"{pages.url}/secret", visibility=Visibility.UNLISTED)
    assert len(pages.requests) == 1 and await town.preview(post) is None


async def test_a_page_is_asked_once_for_all_its_posts_and_again_after_days(town, pages):
    url = pages.put("/", html())
    first = await town.post(url)
    second = await town.post(f"Again {pages.url}", who=town.bob)
    assert len(pages.requests) == 1
    shown = await town.preview(first)
    assert shown is not None and await town.preview(second) == shown
    pages.put(
        "/", html('<meta property="og:title" content="Second">').replace(b"Otters &amp; rivers", b"New")
    )
    town.clock.advance(13 * 24 * 3600)
    await town.post(url)
    assert len(pages.requests) == 1 and (await town.preview(first)).title == "Otters & rivers"
    town.clock.advance(2 * 24 * 3600)
    await town.post(url)
    assert len(pages.requests) == 2
    assert (await town.preview(first)).title == (await town.preview(second)).title == "New"


async def test_a_page_without_a_preview_is_left_alone_for_a_day(town, pages):
    for _ in range(3):
        post = await town.post(f"{pages.url}/missing")
    assert len(pages.requests) == 1 and await town.preview(post) is None and await town.dead() == 0
    pages.put("/missing", html())
    town.clock.advance(24 * 3600 + 1)
    post = await town.post(f"{pages.url}/missing")
    assert (await town.preview(post)).title == "Otters & rivers"


async def test_what_fails_for_now_is_tried_again_and_then_given_up_quietly(town, pages):
    url = pages.put("/", status=503)
    post = await town.post(url)
    await town.work(60)
    pages.put("/", html())
    await town.work(3600)
    assert (await town.preview(post)).title == "Otters & rivers"
    post = await town.post(pages.put("/never", status=429))
    for _ in range(5):
        await town.work(3600)
    assert len(pages.asked("/never")) == 4 and await town.preview(post) is None and await town.dead() == 0


async def test_what_was_shown_stays_when_the_page_is_away_and_goes_when_it_is_gone(town, pages):
    url = pages.put("/", html())
    post = await town.post(url)
    pages.put("/", status=503)
    town.clock.advance(15 * 24 * 3600)
    await town.post(url)
    for _ in range(5):
        await town.work(3600)
    assert (await town.preview(post)).title == "Otters & rivers"
    pages.put("/", status=410)
    town.clock.advance(15 * 24 * 3600)
    await town.post(url)
    assert await town.preview(post) is None


async def test_an_edit_changes_what_is_shown_and_a_post_without_links_shows_nothing(town, pages):
    one, two = pages.put("/one", html()), pages.put("/two", b"<title>Two</title>")
    post = await town.post(one)
    assert (await town.preview(post)).title == "Otters & rivers"
    post = await town.edit(post, f"Better: {two}")
    assert (await town.preview(post)).title == "Two"
    post = await town.edit(post, "No link, though https:// is one's beginning")
    assert await town.preview(post) is None
    assert await town.post("Just words") and len(pages.requests) == 2


async def test_one_person_makes_the_site_ask_for_so_many_pages_in_an_hour(pages, folder):
    async with LinkTown(pages, folder, settings={"per_hour": 2}) as town:
        posts = [await town.post(pages.put(f"/{number}", html())) for number in range(4)]
        assert [each.path for each in pages.requests] == ["/0", "/1"]
        # Not who is told of what is known already, and not somebody else.
        assert await town.preview(await town.post(f"{pages.url}/0")) is not None
        assert await town.preview(await town.post(f"{pages.url}/3", who=town.bob)) is not None
        assert await town.preview(posts[2]) is None


async def test_blocked_hosts_are_neither_asked_nor_shown_nor_led_to(pages, folder):
    url = pages.put("/", html())
    async with LinkTown(pages, folder) as town:
        post = await town.post(url)
        assert await town.preview(post) is not None
    async with LinkTown(pages, folder, settings={"blocked": ["127.0.0.1"]}) as town:
        assert await town.preview(post) is None
        pages.redirect("/away", url)
        post = await town.post(f"{pages.url}/other http://localhost:{pages.port}/away")
        assert await town.preview(post) is None
        assert [each.path for each in pages.requests] == ["/", "/away"]


async def test_redirects_lead_to_what_is_shown_and_never_inside(town, pages):
    there = pages.put("/there", html())
    shown = await town.preview(await town.post(pages.redirect("/short", "/there")))
    assert shown.url == there
    for number, inside in enumerate(
        ("http://127.0.0.2/", "http://169.254.169.254/", "http://[::1]/", "file:///x")
    ):
        assert await town.preview(await town.post(pages.redirect(f"/{number}", inside))) is None
    assert [each.path for each in pages.requests] == ["/short", "/there", "/0", "/1", "/2", "/3"]


async def test_private_addresses_are_not_asked(pages, folder):
    async with LinkTown(pages, folder, private_targets=()) as town:
        assert await town.preview(await town.post(pages.put("/", html()))) is None
        (kept,) = await town.previewer.latest(10, failed=True)
        assert pages.requests == [] and "not on the public internet" in kept.error


async def test_an_operator_forgets_a_page(town, pages):
    post = await town.post(pages.put("/a", html()))
    heard = []
    town.ports.bus.subscribe(LinkPreviewChanged, heard.append)
    await town.previewer.forget(f"{pages.url}/a#part")
    assert await town.preview(post) is None and [each.post_id for each in heard] == [post.id]
    with pytest.raises(NotFound):
        await town.previewer.forget(f"{pages.url}/a")
    assert await town.preview(await town.post(f"{pages.url}/a")) is not None


async def test_pages_go_with_their_last_post(town, pages):
    url = pages.put("/a", html())
    first, second = await town.post(url), await town.post(url, who=town.bob)

    async def swept():
        return await town.previewer.remove_unused(town.clock.now(), 100)

    assert await swept() == 0
    await town.delete(first)
    assert await swept() == 0 and await town.preview(second) is not None
    await town.delete(second, who=town.bob)
    assert await town.previewer.count_unused(town.clock.now(), 100) == 1
    assert await swept() == 1 and await swept() == 0
    assert await town.previewer.latest(10, failed=False) == []


async def test_a_post_that_is_gone_before_its_page_was_asked_leaves_nothing(town, pages):
    pages.put("/a", status=503)
    post = await town.post(f"{pages.url}/a")
    await town.delete(post)
    pages.put("/a", html())
    await town.work(3600)
    assert len(pages.requests) == 1 and await town.previewer.latest(10, failed=False) == []


async def test_pages_that_another_process_keeps_are_made_anew_there(town, pages, folder):
    async with LinkTown(pages, folder) as other:
        post = await town.post(f"{pages.url}/missing")
        assert await other.preview(post) is None
        town.clock.advance(25 * 3600)
        await town.post(pages.put("/missing", html()))
        # As each request of the other one begins.
        other.ports.freshen()
        assert (await other.preview(post)).title == "Otters & rivers"


@pytest.mark.postgresql
async def test_it_is_all_the_same_on_postgresql(pages, postgres_database):
    await begin(postgres_database)
    async with LinkTown(pages, None, storage=postgres_database) as town:
        url = pages.put("/a", html())
        first, second = await town.post(url), await town.post(url, who=town.bob)
        assert (await town.preview(first)).title == (await town.preview(second)).title == "Otters & rivers"
        town.clock.advance(15 * 24 * 3600)
        pages.put("/a", b"<title>Later</title>")
        first = await town.edit(first, f"Again {url}")
        assert (await town.preview(second)).title == "Later"
        failed = await town.post(f"{pages.url}/b")
        listed = await town.previewer.latest(10, failed=False)
        assert {(each.posts, each.error) for each in listed} == {(2, ""), (1, "127.0.0.1 said 404.")}
        assert [each.address for each in await town.previewer.latest(10, failed=True)] == [f"{pages.url}/b"]
        for post, who in ((first, town.ada), (failed, town.ada)):
            await town.delete(post, who=who)
        assert await town.previewer.remove_unused(town.clock.now(), 100) == 1
        await town.previewer.forget(url)
        assert await town.preview(second) is None and await town.previewer.latest(10, failed=False) == []


class TestPictures:
    @pytest.fixture
    async def town(self, pages, folder):
        async with LinkTown(pages, folder, installed=("sql", "linkpreviews", "media")) as made:
            yield made

    async def test_a_picture_is_made_anew_and_is_a_file_of_the_site(self, town, pages):
        pages.put("/otter.png", picture(), "image/png")
        more = (
            '<meta property="og:image" content="/otter.png"><meta property="og:image:alt" content="An otter">'
        )
        shown = (await town.preview(await town.post(pages.put("/", html(more))))).picture
        assert (shown.width, shown.height, shown.description) == (640, 336, "An otter")
        assert shown.blurhash
        data = await town.ports.blobs.get(shown.key)
        assert data != picture() and data[8:12] == b"WEBP"
        # What was to remove it had it not been kept finds that it is.
        await town.work(7200)
        assert await town.ports.blobs.get(shown.key) == data
        # Who copies all files of the site to another store takes it along.
        assert shown.key in [stored.key async for stored in stored_files(town.ports)]

    async def test_all_pictures_are_named_once_and_in_pieces(self, town, pages, monkeypatch):
        monkeypatch.setattr(tables, "AT_ONCE", 2)
        shown = set()
        for name in ("one", "two", "three", "four", "five"):
            pages.put(f"/{name}.png", picture(colour=(len(shown) * 40, 9, 9)), "image/png")
            more = f'<meta property="og:image" content="/{name}.png">'
            post = await town.post(pages.put(f"/{name}", html(more)))
            shown.add((await town.preview(post)).picture.key)
        named = [key async for key in town.previewer.files()]
        assert len(named) == 5 and set(named) == shown

    async def test_a_picture_goes_with_its_page(self, town, pages):
        pages.put("/otter.png", picture(), "image/png")
        post = await town.post(pages.put("/", html('<meta property="og:image" content="/otter.png">')))
        key = (await town.preview(post)).picture.key
        await town.delete(post)
        assert await town.previewer.remove_unused(town.clock.now(), 100) == 1
        await town.work()
        with pytest.raises(NotFound):
            await town.ports.blobs.get(key)

    async def test_a_file_whose_page_was_never_kept_goes(self, town, pages, monkeypatch):
        """As where the process dies between storing the one and the other."""
        pages.put("/otter.png", picture(), "image/png")
        stored = []
        put = town.ports.blobs.put

        async def noting(key, data, content_type):
            stored.append(key)
            await put(key, data, content_type)

        monkeypatch.setattr(town.ports.blobs, "put", noting)
        monkeypatch.setattr(tables, "put", lambda unit, kept: 1 / 0)
        await town.post(pages.put("/", html('<meta property="og:image" content="/otter.png">')))
        key = stored[0]
        assert await town.ports.blobs.get(key)
        for _ in range(5):
            await town.work(3600)
        assert set(stored) == {key} and await town.dead() == 1
        with pytest.raises(NotFound):
            await town.ports.blobs.get(key)

    async def test_another_picture_replaces_it_a_day_later(self, town, pages):
        pages.put("/otter.png", picture(), "image/png")
        url = pages.put("/", html('<meta property="og:image" content="/otter.png">'))
        post = await town.post(url)
        old = (await town.preview(post)).picture.key
        town.clock.advance(15 * 24 * 3600)
        await town.post(url)
        assert (await town.preview(post)).picture.key == old
        pages.put("/otter.png", picture(colour="blue"), "image/png")
        town.clock.advance(15 * 24 * 3600)
        await town.post(url)
        new = (await town.preview(post)).picture.key
        assert new != old and await town.ports.blobs.get(old)
        await town.work(25 * 3600)
        assert await town.ports.blobs.get(new)
        with pytest.raises(NotFound):
            await town.ports.blobs.get(old)

    @pytest.mark.parametrize(
        ("body", "kind"),
        [
            (b"<html><title>x</title></html>", "image/png"),
            (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "image/svg+xml"),
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/png"),
            (picture(20, 20), "image/png"),
            (picture()[:200], "image/png"),
            (picture(), "text/html"),
            (b"\x89PNG\r\n\x1a\n" + b"x" * 5_000_000, "image/png"),
            (None, "image/png"),
        ],
        ids=["html", "svg", "svg that lies", "dot", "broken", "wrong type", "too large", "bomb"],
    )
    async def test_what_is_no_picture_is_left_out_and_the_rest_is_shown(self, town, pages, body, kind):
        pages.put("/it", bomb() if body is None else body, kind)
        shown = await town.preview(
            await town.post(pages.put("/", html('<meta property="og:image" content="/it">')))
        )
        assert len(pages.asked("/it")) == 1
        assert shown.title == "Otters & rivers" and shown.picture is None

    @pytest.mark.parametrize(
        "where", ["http://127.0.0.2/x.png", "file:///etc/passwd", "data:image/png;base64,AA=="]
    )
    async def test_pictures_are_asked_for_where_pages_may_be(self, town, pages, where):
        shown = await town.preview(
            await town.post(pages.put("/", html(f'<meta property="og:image" content="{where}">')))
        )
        assert shown.title == "Otters & rivers" and shown.picture is None

    async def test_a_site_may_do_without_pictures(self, pages, folder):
        pages.put("/otter.png", picture(), "image/png")
        url = pages.put("/", html('<meta property="og:image" content="/otter.png">'))
        for number, options in enumerate(
            ({"settings": {"pictures": False}}, {"installed": ("sql", "linkpreviews")})
        ):
            shutil.copytree(folder, folder / str(number))
            given = {"installed": ("sql", "linkpreviews", "media"), **options}
            async with LinkTown(pages, folder / str(number), **given) as town:
                assert (await town.preview(await town.post(url))).picture is None
        assert pages.asked("/otter.png") == []


def bomb():
    """A small file that says that it has 100,000 by 100,000 pixels."""
    whole = bytearray(picture(64, 64))
    whole[16:24] = (100_000).to_bytes(4, "big") * 2
    return bytes(whole)
