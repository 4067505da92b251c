"""Markdown on a site: nothing before it is switched on, and the source is what everything else works with."""

from __future__ import annotations

from microblog_core.domain.permissions import SYSTEM, Actor
from microblog_core.domain.timelines import Page
from microblog_core.services.accounts import CreateAccount, create_account
from microblog_core.services.notifications import read_notifications
from microblog_core.services.posts import EditPost, PublishPost, edit_post, publish_post
from microblog_core.services.search import Search, search
from microblog_core.services.timelines import read_tag
from microblog_core.testing.sites import report_of, site_with

TEXT = "*Hello* @bob, `@cid #code` #word"


def house(**markdown):
    return site_with(installed=["markdown"], settings={"markdown": markdown})


async def person(site, name):
    command = CreateAccount(username=name, email=f"{name}@example.org", password="a long pass phrase")
    return Actor(account=await create_account(site.ports, SYSTEM, command))


async def test_installed_alone_it_changes_nothing():
    async with house() as site:
        assert report_of(site, "markdown").state == "active"
        entry = await publish_post(site.ports, await person(site, "ada"), PublishPost(text="*a* `#b`"))
        assert entry.post.html.startswith("<p>*a* `<a href=")
        assert entry.post.tags == ("b",)


async def test_the_source_is_kept_for_editing_searching_and_counting_and_code_names_nobody():
    async with house(enabled=True) as site:
        ada, bob, cid = [await person(site, name) for name in ("ada", "bob", "cid")]
        post = (await publish_post(site.ports, ada, PublishPost(text=TEXT, spoiler="*not* here"))).post
        assert post.html.startswith('<p><em>Hello</em> <span class="h-card">')
        assert "<code>@cid #code</code>" in post.html
        assert (post.text, post.spoiler) == (TEXT, "*not* here")
        assert [mention.username for mention in post.mentions] == ["bob"]
        assert post.tags == ("word",)
        told = [len((await read_notifications(site.ports, each, Page())).items) for each in (bob, cid)]
        assert told == [1, 0]
        assert len((await read_tag(site.ports, ada, "code", Page())).items) == 0
        assert [each.id for each in (await search(site.ports, ada, Search(q="hello"))).posts] == [post.id]
        edited = await edit_post(site.ports, ada, EditPost(post_id=post.id, text="**Bye**"))
        assert (edited.post.text, edited.post.html) == ("**Bye**", "<p><strong>Bye</strong></p>")


async def test_marks_count_as_characters():
    site = site_with(installed=["markdown"], settings={"markdown": {"enabled": True}}, post_length=7)
    async with site:
        ada = await person(site, "ada")
        assert (await publish_post(site.ports, ada, PublishPost(text="**abc**"))).post.html == (
            "<p><strong>abc</strong></p>"
        )
