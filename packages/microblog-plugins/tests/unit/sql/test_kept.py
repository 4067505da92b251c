"""What readers keep of posts and accounts is what the database has, whoever changed it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import microblog_plugins.sql
from microblog_core.domain.timelines import Page
from microblog_core.ports.operations import AddFavourite, DeletePost, UpdateProfile
from microblog_core.testing.builder import NOON, Builder
from microblog_plugins.sql import kept

SOURCES = Path(microblog_plugins.sql.__file__).parent


def updates():
    """Every text of the package that changes rows of `posts` or `accounts`."""
    for path in sorted(SOURCES.rglob("*.py")):
        if "migrations" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant | ast.JoinedStr):
                text = ast.unparse(node)
                if re.search(r"UPDATE (posts|accounts) ", text):
                    yield f"{path.name}: {text}"


def test_every_change_of_a_post_or_an_account_makes_a_revision():
    # A text with values in it is found twice, as a whole and by its first part.
    found = {text.removeprefix("f") for text in updates()}
    assert len(found) > 10
    assert [text for text in found if "SET revision = revision + 1" not in text] == []


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(kept, "KEPT", 8)
    monkeypatch.setattr(kept, "_DROPPED", 1)


async def test_another_process_changes_what_is_kept(sqlite_storage, other_sqlite_storage):
    builder = Builder(other_sqlite_storage)
    ada, ben = await builder.account("ada"), await builder.account("ben")
    post = await builder.post(ada, "Tea")
    assert (await sqlite_storage.posts.get(ben.id, post.id)).post.favourites_count == 0
    favourite = AddFavourite(id=NOON << 16, account_id=ben.id, post_id=post.id, created_at=NOON)
    await other_sqlite_storage.commit([favourite])
    assert (await sqlite_storage.posts.get(ben.id, post.id)).post.favourites_count == 1
    changed = UpdateProfile(account_id=ada.id, version=ada.version, display_name="Ada L.")
    await other_sqlite_storage.commit([changed])
    entry = await sqlite_storage.posts.get(ben.id, post.id)
    assert entry.author.display_name == "Ada L."
    await other_sqlite_storage.commit([DeletePost(post=entry.post, deleted_at=NOON)])
    assert await sqlite_storage.posts.get(ben.id, post.id) is None


async def test_what_is_kept_is_bound(sqlite_storage, few):
    builder = Builder(sqlite_storage)
    ada = await builder.account("ada")
    for number in range(30):
        await builder.post(ada, f"{number}")
    shelf = sqlite_storage.timelines._kept.posts
    for _ in range(3):
        page = await sqlite_storage.timelines.public(None, Page(limit=20))
        assert [entry.post.text for entry in page.items] == [str(number) for number in range(29, 9, -1)]
        assert len(shelf._found) <= kept.KEPT


async def test_what_goes_between_two_statements_makes_no_entry(sqlite_storage, sqlite_connection, recorder):
    builder = Builder(sqlite_storage)
    ada = await builder.account("ada")
    gone, stays = await builder.post(ada, "gone"), await builder.post(ada, "stays")
    execute = recorder.execute

    def execute_late(statement, parameters=()):
        if statement.startswith("SELECT t.revision"):
            sqlite_connection.execute("DELETE FROM posts WHERE id = ?", (gone.id,))
        return execute(statement, parameters)

    recorder.execute = execute_late
    page = await sqlite_storage.timelines.public(None, Page(limit=20))
    assert [entry.id for entry in page.items] == [stays.id]
