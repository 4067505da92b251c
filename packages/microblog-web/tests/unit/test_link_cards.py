"""What links show on pages: a card that loads nothing from elsewhere, and words that stay words."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from microblog_core.contributions import Manifest
from microblog_core.domain.events import LinkPreviewChanged
from microblog_core.domain.link_previews import LinkPreview, PreviewPicture
from microblog_core.hookspecs import hookimpl
from microblog_core.testing.browser import Page

KEY = "ab/0123456789abcdef0123456789abcd-small.webp"
PREVIEW = LinkPreview(
    url="https://pages.example/otters",
    title="Otters",
    description="How they live.",
    provider_name="Pages",
    picture=PreviewPicture(key=KEY, width=640, height=336, description="An otter"),
)


class Known:
    def __init__(self, preview: LinkPreview | None = PREVIEW) -> None:
        self.preview = preview
        self.asked: list[list[int]] = []

    async def of(self, posts: Any) -> dict[int, LinkPreview]:
        self.asked.append([post.id for post in posts])
        return {} if self.preview is None else {post.id: self.preview for post in posts}


@pytest.fixture
def known() -> Known:
    return Known()


@pytest.fixture
async def linked(open_house: Any, known: Known) -> Any:
    plugin = SimpleNamespace(
        PLUGIN=Manifest(name="known"), register_link_previews=hookimpl(lambda site: [known])
    )
    async with open_house(given={"known": plugin}) as house:
        yield house


async def text_of(visitor: Any, path: str = "/public") -> str:
    page: Page = await visitor.get(path)
    assert page.status == 200
    return page.text


async def test_a_card_leads_where_the_link_does_and_its_picture_is_the_site_s_own(linked, known):
    ada, member = await linked.person("ada")
    for number in range(3):
        await linked.write(ada, f"{number} https://pages.example/otters")
    await linked.write(ada, "Only words")
    for visitor in (await linked.visitor(), member):
        known.asked.clear()
        html = await text_of(visitor)
        assert html.count('<a class="link-card broad" href="https://pages.example/otters"') == 3
        assert html.count(f'src="/media/{KEY}" alt="An otter" width="640" height="336"') == 3
        assert (
            "<span><span>pages.example · Pages</span><b>Otters</b><span>How they live.</span></span></a>"
            in html
        )
        assert 'rel="nofollow noopener noreferrer"' in html
        assert [len(asked) for asked in known.asked] == [3]


async def test_words_of_strangers_are_escaped(linked, known):
    hostile = '"><script>alert(1)</script>&'
    known.preview = LinkPreview(
        url='https://x.example/"><script>',
        title=hostile,
        description=hostile,
        author_name=hostile,
        provider_name=hostile,
        language='"><b>',
        picture=PreviewPicture(key='"><script>', width=1, height=1, description=hostile),
    )
    ada, _ = await linked.person("ada")
    await linked.write(ada, "https://x.example/")
    html = await text_of(await linked.visitor())
    card = html[html.index('<a class="link-card"') : html.index("</article>")]
    assert "<script" not in card and card.count("<b>") == 1
    assert card.count("&lt;script&gt;alert(1)") == 4


async def test_there_is_none_beside_a_quote_and_it_folds_with_what_it_stands_in(linked):
    ada, _ = await linked.person("ada")
    entry = await linked.write(ada, "https://x.example/", spoiler="Otters ahead")
    html = await text_of(await linked.visitor())
    folded = html[html.index('<details class="cw">') :]
    assert "link-card" in folded[: folded.index("</details>")]
    await linked.write(ada, "See https://x.example/", quoted_post_id=entry.post.id)
    assert (await text_of(await linked.visitor())).count("link-card") == 1


async def test_a_card_says_where_it_leads_whatever_its_page_says(linked, known):
    known.preview = msgspec.structs.replace(PREVIEW, provider_name="", author_name="Ida", picture=None)
    ada, _ = await linked.person("ada")
    await linked.write(ada, "https://x.example/")
    html = await text_of(await linked.visitor())
    assert "<span>pages.example · Ida</span>" in html and '<img src="/media/' not in html


async def test_pages_that_are_kept_are_made_anew_when_a_card_comes_and_goes(linked, known):
    ada, member = await linked.person("ada")
    known.preview = None
    entry = await linked.write(ada, "https://x.example/")
    visitor, ports = await linked.visitor(), linked.site.ports
    for path in ("/public", "/@ada", f"/@ada/{entry.post.id}"):
        for preview in (None, PREVIEW, None):
            known.preview = preview
            unit, now = ports.unit(), ports.clock.now()
            unit.emit(
                LinkPreviewChanged(id=ports.ids.at(now), at=now, post_id=entry.post.id, account_id=ada.id)
            )
            await unit.commit()
            for reader in (visitor, visitor, member):
                assert ("link-card" in await text_of(reader, path)) is (preview is not None), path
