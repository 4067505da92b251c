"""Links to a glossary show what the word means; nobody has to be asked for that."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable, Mapping, Sequence

from microblog_core import hookspecs
from microblog_core.contributions import Manifest
from microblog_core.domain.link_previews import LinkPreview
from microblog_core.domain.permissions import SYSTEM, Actor
from microblog_core.domain.posts import Post
from microblog_core.plugins import implements
from microblog_core.ports.link_previews import LinkPreviews
from microblog_core.services.accounts import CreateAccount, create_account
from microblog_core.services.link_previews import read_link_previews
from microblog_core.services.posts import PublishPost, publish_post
from microblog_core.site import Site
from microblog_core.testing.sites import site_with

PLUGIN = Manifest(name="glossary")
GLOSSARY = "https://glossary.example/"
WORDS = {"holt": "The den of an otter."}


class Meanings:
    """A `LinkPreviews`: the meanings of all words that a page's posts link to."""

    async def of(self, posts: Sequence[Post]) -> Mapping[int, LinkPreview]:
        found = {}
        for post in posts:
            for word, meaning in WORDS.items():
                if GLOSSARY + word in post.text:
                    found[post.id] = LinkPreview(url=GLOSSARY + word, title=word, description=meaning)
        return found


@implements(hookspecs.register_link_previews)
def link_previews(site: Site) -> Iterable[LinkPreviews]:
    return [Meanings()]


async def main() -> None:
    async with site_with({"glossary": sys.modules[__name__]}) as site:
        ada = await create_account(
            site.ports,
            SYSTEM,
            CreateAccount(username="ada", email="ada@example.org", password="a long pass phrase"),
        )
        text = "What is a https://glossary.example/holt?"
        post = (await publish_post(site.ports, Actor(account=ada), PublishPost(text=text))).post
        found = await read_link_previews(site.ports, [post])
        assert found[post.id].description == "The den of an otter."


if __name__ == "__main__":
    asyncio.run(main())
