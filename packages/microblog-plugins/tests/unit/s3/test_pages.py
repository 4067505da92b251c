"""Pages of a site whose pictures browsers get from where the store is."""

from __future__ import annotations

import re

import pytest
from plugin_town import PluginTown, send

from microblog_core.domain.site_texts import SiteText
from microblog_core.ports.operations.site_texts import PutSiteText

ICON = f"ab/{'c' * 30}.webp"
CDN = "https://cdn.example.org"


class CdnTown(PluginTown):
    plugin = "s3"

    def __init__(self):
        super().__init__(
            settings={"access_key_id": "key", "secret_access_key": "secret"},
            blobs=f"s3://pictures?endpoint=http://127.0.0.1:1&public={CDN}/pictures",
        )

    async def __aenter__(self):
        await super().__aenter__()
        unit = self.ports.unit()
        text = SiteText(id=1, name="icon", text=ICON, created_at=1)
        unit.apply(PutSiteText(text=text, previous_id=0))
        await unit.commit()
        # Whoever comes first has the site read what it says of itself.
        await (await self.visitor()).get("/")
        return self


@pytest.fixture
async def town():
    async with CdnTown() as made:
        yield made


def shown_and_allowed(page):
    """Where the page's pictures are, and where its policy lets them be."""
    policy = dict(part.split(" ", 1) for part in page.headers["content-security-policy"].split("; "))
    pictures = re.findall(r'<link rel="icon" href="([^"]+)"|<img[^>]* src="([^"]+)"', page.text)
    return ["".join(each) for each in pictures], policy["img-src"].split()


async def test_the_consent_page_may_show_the_sites_icon_from_the_store_and_lead_to_any_app(town):
    page = await town.consent(town.ada)
    assert page.status_code == 200 and "Let Elephant in?" in page.text
    assert shown_and_allowed(page) == ([f"{CDN}/pictures/{ICON}"], ["'self'", "data:", CDN])
    policy = page.headers["content-security-policy"]
    other = (await (await town.visitor()).get("/oauth/login")).headers["content-security-policy"]
    assert policy == other.replace("form-action 'self'; ", "") != other


async def test_every_other_page_about_logging_in_may_show_it_too(town):
    browser, visitor = await town.browser(town.ada), await town.visitor()
    asked = await visitor.get("/oauth/login")
    pages = [
        asked,
        await send(visitor, asked, "/oauth/login/password", name="ada", password="not it"),
        await visitor.get("/oauth/authorize?client_id=nobody"),
        await visitor.get("/login"),
        await visitor.get("/confirm?token=x"),
        await visitor.get("/password/reset?token=x"),
        await visitor.get("/unsubscribe?token=x"),
        await browser.get("/oauth/authorized_applications"),
    ]
    for page in pages:
        assert shown_and_allowed(page) == ([f"{CDN}/pictures/{ICON}"], ["'self'", "data:", CDN]), page.url
