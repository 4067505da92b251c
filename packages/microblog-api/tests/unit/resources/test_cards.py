"""What links show: in every status that an answer has, asked for once, and nothing where nobody knows any."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import pytest

from microblog_core.domain.events import LinkPreviewChanged
from microblog_core.domain.link_previews import LinkPreview, PreviewPicture
from microblog_core.domain.posts import Post

KEY = "ab/0123456789abcdef0123456789abcd-small.webp"
PREVIEW = LinkPreview(
    url="https://pages.example/otters",
    title="Otters & <rivers>",
    description="How they live.",
    language="en",
    author_name="Ida",
    author_url="https://pages.example/ida",
    provider_name="Pages",
    provider_url="https://pages.example/",
    published_at=1_777_622_400_000,
    picture=PreviewPicture(key=KEY, width=640, height=336, description="An otter", blurhash="L9S?DV"),
)
CARD = {
    "url": "https://pages.example/otters",
    "title": "Otters & <rivers>",
    "description": "How they live.",
    "language": "en",
    "type": "link",
    "author_name": "Ida",
    "author_url": "https://pages.example/ida",
    "authors": [{"name": "Ida", "url": "https://pages.example/ida", "account": None}],
    "provider_name": "Pages",
    "provider_url": "https://pages.example/",
    "html": "",
    "width": 640,
    "height": 336,
    "image": f"http://localhost:8000/media/{KEY}",
    "image_description": "An otter",
    "embed_url": "",
    "blurhash": "L9S?DV",
    "published_at": "2026-05-01T08:00:00.000Z",
}


class Known:
    """Knows one preview of every link, and who asked."""

    def __init__(self) -> None:
        self.preview: LinkPreview | None = PREVIEW
        self.asked: list[list[int]] = []

    async def of(self, posts: Sequence[Post]) -> Mapping[int, LinkPreview]:
        self.asked.append([post.id for post in posts])
        return {} if self.preview is None else {post.id: self.preview for post in posts}

    async def change(self, api: Any, status: Any, preview: LinkPreview | None) -> None:
        self.preview = preview
        unit, now = api.site.ports.unit(), api.site.ports.clock.now()
        post_id, account_id = int(status["id"]), int(status["account"]["id"])
        unit.emit(
            LinkPreviewChanged(id=api.site.ports.ids.at(now), at=now, post_id=post_id, account_id=account_id)
        )
        await unit.commit()


@pytest.fixture
def known() -> Known:
    return Known()


@pytest.fixture
async def linked(serving: Any, make_api: Any, known: Known) -> AsyncIterator[Any]:
    async with contextlib.AsyncExitStack() as stack:
        http = await stack.enter_async_context(serving(link_previews=(known,)))
        yield make_api(http, stack)


async def test_the_card_has_every_field_that_clients_know(linked: Any) -> None:
    ada = await linked.person("ada")
    status = await ada.write("https://pages.example/otters")
    assert status["card"] == CARD
    assert await linked.anonymous(f"/api/v1/statuses/{status['id']}/card") == CARD
    plain = await ada.write("No link")
    assert plain["card"] is None
    assert await linked.anonymous(f"/api/v1/statuses/{plain['id']}/card") == {}


async def test_what_is_not_known_of_a_page_is_empty_or_null(linked: Any, known: Known) -> None:
    ada = await linked.person("ada")
    known.preview = LinkPreview(url="https://pages.example/", title="Pages")
    card = (await ada.write("https://pages.example/"))["card"]
    nothing = {**dict.fromkeys(CARD, ""), "authors": [], "width": 0, "height": 0}
    nothing |= dict.fromkeys(("language", "image", "blurhash", "published_at"))
    assert card == {**nothing, "url": "https://pages.example/", "title": "Pages", "type": "link"}


async def test_it_is_in_every_answer_with_statuses_and_asked_for_once_each(linked: Any, known: Known) -> None:
    ada, bob = await linked.people("ada", "bob")
    await bob.post(f"/api/v1/accounts/{ada.id}/follow")
    first = await ada.write("Hello @bob https://pages.example/otters #tea")
    await ada.write("https://pages.example/otters", in_reply_to_id=first["id"])
    await ada.write("Only words #tea")
    await bob.post(f"/api/v1/statuses/{first['id']}/bookmark")
    await bob.post(f"/api/v1/statuses/{first['id']}/favourite")
    quote = await bob.write("See", quoted_status_id=first["id"])
    assert quote["quote"]["quoted_status"]["card"] == CARD and quote["card"] is None
    boost = await bob.post(f"/api/v1/statuses/{first['id']}/reblog")
    assert boost["reblog"]["card"] == CARD
    for path, number in (
        ("/api/v1/timelines/home", 4),
        ("/api/v1/timelines/public", 3),
        ("/api/v1/timelines/tag/tea", 1),
        (f"/api/v1/accounts/{ada.id}/statuses", 2),
        (f"/api/v1/accounts/{bob.id}/statuses", 2),
        ("/api/v1/bookmarks", 1),
        ("/api/v1/favourites", 1),
        ("/api/v1/notifications", 1),
        ("/api/v2/notifications", 1),
        (f"/api/v1/statuses/{first['id']}", 1),
        (f"/api/v1/statuses/{first['id']}/context", 1),
        ("/api/v2/search?q=otters", 2),
    ):
        for _ in range(2):
            known.asked.clear()
            answer = (await bob.http.get(path)).text
            assert answer.count('"title":"Otters & <rivers>"') == number, path
            assert len(known.asked) == 1, path


async def test_answers_that_are_kept_are_made_anew_when_a_card_comes_or_goes(
    linked: Any, known: Known
) -> None:
    ada = await linked.person("ada")
    known.preview = None
    status = await ada.write("https://pages.example/otters")
    for path in ("/api/v1/timelines/public", f"/api/v1/accounts/{ada.id}/statuses"):
        for preview, card in ((None, None), (PREVIEW, CARD), (None, None)):
            await known.change(linked, status, preview)
            for _ in range(2):
                assert (await linked.anonymous(path))[0]["card"] == card
                assert (await ada.get(path))[0]["card"] == card


async def test_where_nobody_knows_any_a_card_is_null(api: Any) -> None:
    ada = await api.person("ada")
    status = await ada.write("https://pages.example/otters")
    assert status["card"] is None
    assert (await ada.get("/api/v1/timelines/home"))[0]["card"] is None
    assert await api.anonymous(f"/api/v1/statuses/{status['id']}/card") == {}
