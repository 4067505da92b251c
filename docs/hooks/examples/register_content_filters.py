"""Three dots become one character."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable

import msgspec

from microblog_core import hookspecs
from microblog_core.contributions import Manifest
from microblog_core.domain.permissions import SYSTEM, Actor
from microblog_core.plugins import implements
from microblog_core.ports.content import Content, ContentFilter
from microblog_core.services.accounts import CreateAccount, create_account
from microblog_core.services.posts import PublishPost, publish_post
from microblog_core.site import Site
from microblog_core.testing.sites import site_with

PLUGIN = Manifest(name="dots")


class Dots:
    """A `ContentFilter`: it comes after core's own, so the HTML is there."""

    name = "dots"

    def apply(self, content: Content) -> Content:
        return msgspec.structs.replace(content, html=content.html.replace("...", "\N{HORIZONTAL ELLIPSIS}"))


@implements(hookspecs.register_content_filters)
def content_filters(site: Site) -> Iterable[ContentFilter]:
    return [Dots()]


async def main() -> None:
    async with site_with({"dots": sys.modules[__name__]}) as site:
        ada = await create_account(
            site.ports,
            SYSTEM,
            CreateAccount(username="ada", email="ada@example.org", password="a long pass phrase"),
        )
        entry = await publish_post(site.ports, Actor(account=ada), PublishPost(text="Well..."))
        assert "Well\N{HORIZONTAL ELLIPSIS}" in entry.post.html


if __name__ == "__main__":
    asyncio.run(main())
