"""Guards of posts: asked once the post is valid, told where it isn't stored, never in the way otherwise."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest

from microblog_core.contributions import Manifest
from microblog_core.domain.errors import Invalid, RateLimited
from microblog_core.domain.permissions import SYSTEM, Actor
from microblog_core.hookspecs import hookimpl
from microblog_core.services import content
from microblog_core.services.accounts import CreateAccount, create_account
from microblog_core.services.posts import EditPost, PublishPost, check_publishable, edit_post, publish_post
from microblog_core.testing.sites import report_of, site_with


class Gate:
    """Lets everything pass, or raises, and writes down what it sees."""

    def __init__(self, name="gate", entering=None, leaving=None):
        self.name, self.entering, self.leaving, self.seen = name, entering, leaving, []

    @asynccontextmanager
    async def admit(self, draft):
        self.seen.append(draft.text)
        if self.entering is not None:
            raise self.entering
        try:
            yield
        except Exception as error:
            self.seen.append(type(error).__name__)
            raise
        self.seen.append("stored")
        if self.leaving is not None:
            raise self.leaving


def guarded_by(*gates):
    plugin = SimpleNamespace(
        PLUGIN=Manifest(name="sample"), register_post_guards=hookimpl(lambda site: list(gates))
    )
    site = site_with({"sample": plugin})
    assert report_of(site, "sample").state == "active"
    return site


async def ada_of(site):
    command = CreateAccount(username="ada", email="ada@example.org", password="a long pass phrase")
    return Actor(account=await create_account(site.ports, SYSTEM, command))


async def test_register_post_guards():
    gate = Gate()
    async with guarded_by(gate) as site:
        ada = await ada_of(site)
        entry = await publish_post(site.ports, ada, PublishPost(text="see https://x.example/a"))
        assert gate.seen == ["see https://x.example/a", "stored"]
        await edit_post(site.ports, ada, EditPost(post_id=entry.post.id, text="other"))
        await check_publishable(site.ports, ada, PublishPost(text="later"))
        with pytest.raises(Invalid):
            await publish_post(site.ports, ada, PublishPost(text=""))
        assert len(gate.seen) == 2


@pytest.mark.parametrize(
    "refusal", [Invalid(fields={"text": "No."}), RateLimited("Too often.", retry_after=1)]
)
async def test_what_one_refuses_those_before_it_hear_of_and_those_after_it_do_not(refusal):
    first, last = Gate("first"), Gate("last")
    async with guarded_by(first, Gate(entering=refusal), last) as site:
        with pytest.raises(type(refusal)) as refused:
            await publish_post(site.ports, await ada_of(site), PublishPost(text="hello"))
        assert refused.value is refusal
    assert first.seen == ["hello", type(refusal).__name__]
    assert last.seen == []


async def test_one_that_fails_refuses_the_post(caplog):
    async with guarded_by(Gate(entering=KeyError("oops"))) as site:
        with pytest.raises(Invalid, match="can't be checked right now"):
            await publish_post(site.ports, await ada_of(site), PublishPost(text="hello"))
    assert "post guard Gate failed" in caplog.text


async def test_one_that_hangs_refuses_the_post(monkeypatch, caplog):
    class Hanging:
        @asynccontextmanager
        async def admit(self, draft):
            await asyncio.Event().wait()
            yield

    monkeypatch.setattr(content, "GUARD_SECONDS", 0.01)
    async with guarded_by(Hanging()) as site:
        with pytest.raises(Invalid, match="can't be checked right now"):
            await publish_post(site.ports, await ada_of(site), PublishPost(text="hello"))
    assert "Hanging failed; the post is refused" in caplog.text


async def test_one_that_fails_after_the_post_takes_nothing_back(caplog):
    async with guarded_by(Gate(leaving=KeyError("oops"))) as site:
        entry = await publish_post(site.ports, await ada_of(site), PublishPost(text="hello"))
        assert await site.ports.storage.posts.get(None, entry.post.id) is not None
    assert "failed after the post" in caplog.text


async def test_the_same_request_again_is_answered_although_the_same_post_would_be_refused():
    class Once(Gate):
        @asynccontextmanager
        async def admit(self, draft):
            if self.seen:
                raise Invalid(fields={"text": "Again?"})
            self.seen.append(draft.text)
            # Meanwhile the same request comes again, and both find nothing stored yet.
            self.again = asyncio.create_task(publish_post(site.ports, ada, command))
            yield

    gate = Once()
    async with guarded_by(gate) as site:
        ada = await ada_of(site)
        command = PublishPost(text="hello", idempotency_key="k")
        entry = await publish_post(site.ports, ada, command)
        assert (await gate.again).id == entry.id
        with pytest.raises(Invalid, match="Again"):
            await publish_post(site.ports, ada, PublishPost(text="hello", idempotency_key="other"))
