"""Text and numbers that no database takes: a clear answer, and nothing half written."""

from __future__ import annotations

import pytest

from microblog_core.domain.errors import Invalid, MicroblogError
from microblog_core.domain.timelines import Page
from microblog_core.ports.operations import AddAudit, PutValue
from microblog_core.testing.builder import Builder

TEXTS = [
    "'; DROP TABLE posts; --",
    "%",
    "_",
    "\\",
    '"',
    ":viewer",
    "$1",
    "?",
    "\N{PILE OF POO}",
    "x" * 10_000,
]
UNSTORABLE = ["lone \ud800 surrogate"]


@pytest.fixture(params=["sqlite", "postgresql"])
def storage(request):
    return request.getfixturevalue("sqlite_storage" if request.param == "sqlite" else "postgres_storage")


@pytest.mark.parametrize("text", TEXTS)
async def test_any_text_comes_back_as_it_was(storage, text):
    build = Builder(storage)
    ada = await build.account("ada", display_name=text)
    post = await build.post(ada, text, tags=(text,), spoiler=text)
    entry = await storage.posts.get(None, post.id)
    assert (entry.post.text, entry.post.spoiler, entry.author.display_name) == (text, text, text)
    assert len((await storage.timelines.tag(None, text, Page())).items) == 1
    assert (await storage.timelines.tag(None, text + "x", Page())).items == ()


@pytest.mark.parametrize("text", [*TEXTS, *UNSTORABLE, "nul \x00 byte"])
async def test_looking_for_any_name_finds_nobody_or_is_refused(storage, text):
    await Builder(storage).account("ada")
    for look in (
        lambda: storage.accounts.by_name(text),
        lambda: storage.accounts.by_names([(text, text)]),
        lambda: storage.accounts.login(text),
        lambda: storage.timelines.tag(None, text, Page()),
        lambda: storage.timelines.profile(None, text, text, Page(), replies=True),
        lambda: storage.sessions.get(text, 0),
        lambda: storage.idempotent_result(1, text, 0),
    ):
        try:
            found = await look()
        except Invalid:
            continue
        assert not getattr(found, "items", found)


@pytest.mark.parametrize("text", UNSTORABLE)
async def test_what_cannot_be_stored_is_refused_whole(storage, text):
    line = AddAudit(id=1, actor_id=None, action=text, subject="", created_at=0)
    with pytest.raises(Invalid):
        await storage.commit([PutValue(plugin="test", key="k", value=b""), line])
    assert await storage.values("test") == {}


@pytest.mark.parametrize("number", [2**63, 2**80, -(2**70)])
async def test_numbers_that_are_too_large_are_refused(storage, number):
    with pytest.raises(MicroblogError):
        await storage.posts.get(None, number)
    with pytest.raises(Invalid):
        await storage.commit([AddAudit(id=number, actor_id=None, action="a", subject="", created_at=0)])
    assert (await storage.timelines.public(None, Page(max_id=2**62))).items == ()
