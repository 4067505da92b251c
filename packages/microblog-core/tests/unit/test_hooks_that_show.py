from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest

from microblog_core.contributions import Manifest, Subscriber
from microblog_core.domain.events import LinkPreviewChanged, PostPublished
from microblog_core.domain.link_previews import LinkPreview
from microblog_core.hookspecs import hookimpl
from microblog_core.plugins import link_previews as module
from microblog_core.plugins.guard import Breaker
from microblog_core.services.link_previews import posts_in, read_link_previews
from microblog_core.services.posts import PublishPost, publish_post
from microblog_core.testing.sites import report_of


class Source:
    """Knows what `say` makes of a post."""

    def __init__(self, say):
        self.say = say
        self.asked = []

    async def of(self, posts):
        self.asked.append([post.id for post in posts])
        return {post.id: said for post in posts if (said := self.say(post)) is not None}


def titled(title):
    return LinkPreview(url="https://example.org/", title=title)


def plugin_of(name, *sources):
    return SimpleNamespace(PLUGIN=Manifest(name=name), register_link_previews=hookimpl(lambda site: sources))


async def posts_on(site, people, *texts):
    (ada,) = await people(site, "ada")
    return [(await publish_post(site.ports, ada, PublishPost(text=text))).post for text in texts]


async def test_register_link_previews(make_site, people):
    first = Source(lambda post: titled("first") if "/one" in post.text else None)
    second = Source(lambda post: titled("second"))
    site = await make_site({"a": plugin_of("a", first), "b": plugin_of("b", second)})
    one, two, plain = await posts_on(site, people, "https://x.example/one", "https://x.example/two", "Words")
    found = await read_link_previews(site.ports, [one, two, plain, one])
    assert {post_id: each.title for post_id, each in found.items()} == {one.id: "first", two.id: "second"}
    # One question for all; nobody is asked about what is known, and about posts without links.
    assert (first.asked, second.asked) == ([[one.id, two.id]], [[two.id]])
    assert await read_link_previews(site.ports, [plain]) == {} and len(first.asked) == 1


async def test_a_source_that_answers_anything_else_is_left_out(make_site, people, caplog):
    wrong = Source(lambda post: "a preview")
    good = Source(lambda post: titled("good"))
    site = await make_site({"wrong": plugin_of("wrong", wrong), "good": plugin_of("good", good)})
    (post,) = await posts_on(site, people, "https://x.example/")
    assert (await read_link_previews(site.ports, [post]))[post.id].title == "good"
    assert "link previews of the plugin wrong failed" in caplog.text


async def test_a_source_that_hangs_is_left_out(make_site, people, monkeypatch):
    monkeypatch.setattr(module, "SECONDS", 0.02)

    class Hanging(Source):
        async def of(self, posts):
            await asyncio.Event().wait()

    site = await make_site({"hangs": plugin_of("hangs", Hanging(None))})
    (post,) = await posts_on(site, people, "https://x.example/")
    assert await read_link_previews(site.ports, [post]) == {}


async def test_a_source_that_fails_again_and_again_rests(make_site, people):
    failing = Source(lambda post: 1 / 0)
    site = await make_site({"fails": plugin_of("fails", failing)})
    (post,) = await posts_on(site, people, "https://x.example/")
    for _ in range(8):
        assert await read_link_previews(site.ports, [post]) == {}
    assert len(failing.asked) == 5


async def test_what_is_made_while_a_source_fails_is_not_kept_but_while_it_rests_it_is(make_site, people):
    failing = Source(lambda post: 1 / 0)
    site = await make_site({"fails": plugin_of("fails", failing)})
    (post,) = await posts_on(site, people, "https://x.example/")
    for calls in range(1, 7):
        fill = site.ports.cache.fill()
        await read_link_previews(site.ports, [post])
        fill.put("page", b"made", (f"post:{post.id}",))
        assert (site.ports.cache.get("page") is None) is (calls <= 5)


async def test_a_source_that_rested_is_asked_again(make_site, people):
    (post,) = await posts_on(await make_site({}), people, "https://x.example/")
    now = [0.0]
    source = Source(lambda post: titled("back") if now[0] else 1 / 0)
    previews = module.Previews([("rests", source)], lambda: Breaker(rest=30, now=lambda: now[0]))
    for _ in range(6):
        assert (await previews.ask([post]))[0] == {}
    now[0] = 31.0
    assert (await previews.ask([post]))[0][post.id].title == "back" and len(source.asked) == 6


async def test_pictures_of_every_source_that_keeps_some_are_named(make_site):
    class Keeping(Source):
        async def files(self):
            yield "ab/one.webp"
            yield "ab/two.webp"

    class Broken(Source):
        async def files(self):
            raise RuntimeError("gone")
            yield ""

    sites = {"plain": plugin_of("plain", Source(None)), "keeps": plugin_of("keeps", Keeping(None))}
    site = await make_site(sites)
    assert [key async for key in site.ports.link_previews.files()] == ["ab/one.webp", "ab/two.webp"]
    # A copy of all files stops here, rather than leave some out.
    site = await make_site({"breaks": plugin_of("breaks", Broken(None))})
    with pytest.raises(RuntimeError, match="gone"):
        [key async for key in site.ports.link_previews.files()]


async def test_without_plugins_nothing_is_asked(make_site, people):
    site = await make_site({})
    (post,) = await posts_on(site, people, "https://x.example/")
    assert not site.ports.link_previews.active and await read_link_previews(site.ports, [post]) == {}


async def test_what_is_kept_of_a_post_goes_when_its_preview_changes(make_site):
    site = await make_site({})
    cache = site.ports.cache
    for post_id in (7, 8):
        cache.fill().put(f"page:{post_id}", b"kept", (f"post:{post_id}",))
    unit = site.ports.unit()
    unit.emit(LinkPreviewChanged(id=1, at=0, post_id=7, account_id=1))
    await unit.commit()
    assert (cache.get("page:7"), cache.get("page:8")) == (None, b"kept")


async def test_quoted_posts_have_links_too(make_site, people):
    site = await make_site({})
    ada, bob = await people(site, "ada", "bob")
    quoted = await publish_post(site.ports, ada, PublishPost(text="https://x.example/"))
    entry = await publish_post(site.ports, bob, PublishPost(text="Look", quoted_post_id=quoted.post.id))
    assert [post.id for post in posts_in([entry])] == [entry.post.id, quoted.post.id]


@pytest.mark.parametrize(("text", "jobs"), [("https://x.example/", 1), ("Words", 0)])
async def test_who_observes_what_has_a_field_costs_other_events_nothing(make_site, people, text, jobs):
    heard = []

    async def hear(event):
        heard.append(event.post_id)

    def subscribers(site):
        kept = Subscriber(name="kept", event=PostPublished, handler=hear, durable=True, having="linked")
        return [kept, Subscriber(name="told", event=PostPublished, handler=hear, having="linked")]

    plugin = SimpleNamespace(PLUGIN=Manifest(name="linked"), register_subscribers=hookimpl(subscribers))
    site = await make_site({"linked": plugin})
    (post,) = await posts_on(site, people, text)
    found = await site.ports.storage.queue.claim(site.ports.clock.now(), limit=10, lease=1000)
    assert [job.kind for job in found if "linked" in job.kind] == ["events.linked.kept"] * jobs
    await site._observers.settled()
    assert heard == [post.id] * jobs


async def test_a_subscriber_to_a_field_that_there_is_not_is_broken(make_site):
    async def hear(event):
        raise AssertionError

    wrong = Subscriber(name="wrong", event=PostPublished, handler=hear, having="links")
    plugin = SimpleNamespace(
        PLUGIN=Manifest(name="wrong"), register_subscribers=hookimpl(lambda site: [wrong])
    )
    report = report_of(await make_site({"wrong": plugin}), "wrong")
    assert report.state == "broken" and "has no field 'links'" in report.reason
    assert "linked" in report.hint
