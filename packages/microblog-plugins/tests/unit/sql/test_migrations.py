"""The migrations make the schema that `schema` draws, forward and back, on both databases."""

from __future__ import annotations

import pytest
import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from microblog_core.domain.accounts import AccountState
from microblog_core.domain.errors import ConfigurationError
from microblog_core.domain.moderation import AuditFilter
from microblog_core.domain.notifications import NotificationKind
from microblog_core.domain.posts import ReplyPolicy
from microblog_core.domain.search import PostSearch, Term
from microblog_core.domain.timelines import Page
from microblog_core.ports.operations import (
    AddListTag,
    HidePost,
    MarkNotificationsRead,
    PutValue,
    UpdateProfile,
)
from microblog_core.testing.builder import NOON, Builder
from microblog_core.testing.storage.conversations import say
from microblog_core.testing.storage.lists import make_list
from microblog_plugins.sql import revision, tools
from microblog_plugins.sql.postgres import PostgresStorage
from microblog_plugins.sql.postgres_tools import PostgresTools
from microblog_plugins.sql.schema import metadata
from microblog_plugins.sql.sqlite import SqliteStorage
from microblog_plugins.sql.sqlite_tools import SqliteTools


class Sqlite:
    storage = SqliteStorage
    tools = SqliteTools


class Postgres:
    storage = PostgresStorage
    tools = PostgresTools


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def kind(request):
    return Sqlite if request.param == "sqlite" else Postgres


@pytest.fixture
def url(kind, request, tmp_path):
    """An empty database of this kind."""
    if kind is Sqlite:
        return f"sqlite:///{tmp_path / 'fresh.db'}"
    return request.getfixturevalue("postgres_database")


@pytest.fixture
def migrated_url(kind, request):
    """A database of this kind with the schema, a copy: whoever isn't about making it needn't make it."""
    return request.getfixturevalue("sqlite_url" if kind is Sqlite else "postgres_own")


def on_connection(kind, url, work):
    """Run something of SQLAlchemy's on a connection to the database."""
    tools_of_it = kind.tools(url)
    if kind is Postgres:
        return tools_of_it._on_connection(work)
    with tools_of_it._connection() as connection:
        return work(connection)


def objects(connection):
    """All tables and indexes."""
    inspector = sqlalchemy.inspect(connection)
    return {
        table: {index["name"] for index in inspector.get_indexes(table)}
        for table in inspector.get_table_names()
    }


def test_the_constant_is_the_newest_revision():
    assert tools.head() == revision.HEAD


def test_migrating_brings_exactly_the_schema_that_is_drawn(kind, url):
    kind.tools(url).migrate()

    def differences(connection):
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "include_object": tools.is_drawn}
        )
        return compare_metadata(context, metadata)

    assert on_connection(kind, url, differences) == []


def test_partial_indexes_are_the_ones_that_are_drawn(kind, migrated_url):
    """Comparing metadata looks at an index's columns, not at its condition."""

    def migrated(connection):
        if kind is Sqlite:
            statement = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql LIKE '% WHERE %'"
        else:
            statement = "SELECT indexname, indexdef FROM pg_indexes WHERE indexdef LIKE '% WHERE %'"
        found = connection.exec_driver_sql(statement.replace("%", "%%")).fetchall()
        return {name: text.partition(" WHERE ")[2] for name, text in found}

    drawn = {
        index.name: index.dialect_options["sqlite"]["where"].text
        for table in metadata.tables.values()
        for index in table.indexes
        if index.dialect_options["sqlite"].get("where") is not None
    }
    found = on_connection(kind, migrated_url, migrated)
    assert set(found) == set(drawn)
    if kind is Sqlite:
        assert found == drawn


def test_status_tells_what_is_stored_and_what_is_needed(kind, url):
    schema = kind.tools(url)
    assert schema.status() == ("", revision.HEAD)
    schema.migrate()
    assert schema.status() == (revision.HEAD, revision.HEAD)
    schema.migrate("base")
    assert schema.status() == ("", revision.HEAD)


def test_going_back_leaves_nothing_and_going_forward_again_works(kind, migrated_url):
    schema = kind.tools(migrated_url)
    first = on_connection(kind, migrated_url, objects)
    schema.migrate("base")
    assert set(on_connection(kind, migrated_url, objects)) == {"alembic_version"}
    schema.migrate()
    assert on_connection(kind, migrated_url, objects) == first


async def filled(kind, url):
    """Put something into every kind of table; what can be read of it."""
    storage = kind.storage(url)
    await storage.open()
    build = Builder(storage)
    ada, ben = await build.people("ada", "ben")
    await build.follow(ben, ada)
    post = await build.post(ada, "hello", mentions=(ben,), tags=("tea",))
    await build.favourite(ben, post)
    post = await build.edit(post, "hello again", tags=("coffee",))
    await build.medium(ada, description="a cat")
    await build.apply(PutValue(plugin="test", key="k", value=b"\x00\xff"))
    await build.apply(UpdateProfile(account_id=ada.id, version=1, display_name="ÄDA"))
    told = [await build.notify(ada, NotificationKind.FAVOURITE, ben, post) for _ in range(2)]
    await build.apply(MarkNotificationsRead(account_id=ada.id, up_to_id=told[0].id))
    found = await contents(storage, ada, post)
    assert (found[3], len(found[4].items), found[5].history[0].accounts, len(found[6])) == (1, 1, 1, 1)
    await storage.close()
    return ada, post, found


async def contents(storage, ada, post):
    entry = await storage.posts.get(ada.id, post.id)
    return (
        entry,
        await storage.posts.edits(None, post.id),
        await storage.values("test"),
        await storage.notifications.unread(ada.id),
        await storage.timelines.account_posts(None, ada.id, Page(), tag="coffee"),
        await storage.tags.get(None, "coffee", NOON),
        await storage.accounts.search(None, ["ad"], limit=5),
    )


async def test_migrating_what_is_migrated_already_leaves_the_data_alone(kind, migrated_url):
    ada, post, before = await filled(kind, migrated_url)
    kind.tools(migrated_url).migrate()
    storage = kind.storage(migrated_url)
    await storage.open()
    assert await contents(storage, ada, post) == before
    await storage.close()


async def test_data_survives_every_step_back_to_the_first_revision_and_forward_again(kind, migrated_url):
    """From the first released revision on no step may lose what an older version can hold."""
    ada, post, before = await filled(kind, migrated_url)
    kind.tools(migrated_url).migrate("0001")
    kind.tools(migrated_url).migrate("head")
    storage = kind.storage(migrated_url)
    await storage.open()
    assert await contents(storage, ada, post) == before
    await storage.close()


async def found(storage, ada, now):
    """What search, trends and conversations make of what is stored."""
    search = PostSearch(wanted=(Term(("东京",)),), unwanted=(Term(("never",)),))
    posts = await storage.search.posts(ada.id, search, Page())
    people = await storage.accounts.search(None, ["vel"], limit=5)
    tags = await storage.search.tags("te", now, limit=5)
    trending = await storage.trends.tags(now, limit=5), await storage.trends.posts(None, now, limit=5)
    talks = (await storage.conversations.page(ada.id, Page())).items
    lines = [(talk.last.id, [other.username for other in talk.accounts]) for talk in talks]
    return [entry.id for entry in posts], [one.username for one in people], tags, trending, lines


async def test_what_was_there_before_search_and_conversations_is_in_them(kind, migrated_url):
    storage = kind.storage(migrated_url)
    await storage.open()
    build = Builder(storage)
    ada = await build.account("ada", display_name="Lovelace")
    ben, eve = await build.people("ben", "eve")
    for author in (ada, ben, ben):
        post = await build.post(author, "我爱东京 it's", tags=("tea",), spoiler="'quoted'")
    await build.favourite(ada, post)
    await build.boost(ada, post)
    await build.post(eve, "silenced", tags=("tea",))
    await build.set_state(eve, AccountState.SILENCED)
    first = await say(build, ben, ada)
    await say(build, ada, ben, answers=first)
    await say(build, ben, ada, eve)
    now = build.clock.now()
    before = await found(storage, ada, now)
    await storage.close()
    kind.tools(migrated_url).migrate("0001")
    kind.tools(migrated_url).migrate("head")
    storage = kind.storage(migrated_url)
    await storage.open()
    after = await found(storage, ada, now)
    fresh = await build_again(storage, ben, "东京 again")
    assert (await found(storage, ada, now))[0][0] == fresh.id
    await storage.close()
    assert after == before
    assert [len(part) for part in before] == [3, 1, 1, 2, 2]


async def test_days_from_before_statistics_are_counted_with_the_log_ins_of_sessions(kind, migrated_url):
    storage = kind.storage(migrated_url)
    await storage.open()
    build = Builder(storage)
    ada, ben = await build.people("ada", "ben")
    post = await build.post(ada, tags=("tea",))
    await build.favourite(ben, post)
    await build.session(ben, "token")
    before = await storage.statistics.count(NOON, build.clock.now() + 1)
    await storage.close()
    kind.tools(migrated_url).migrate("0001")
    kind.tools(migrated_url).migrate("head")
    storage = kind.storage(migrated_url)
    await storage.open()
    # The log-in is noted for its quarter of an hour.
    assert await storage.statistics.count(NOON, build.clock.now() + 1) == before
    assert (before.posts, before.favourites, before.log_ins) == (1, 1, 1)
    await storage.close()


async def build_again(storage, author, text):
    """A post by somebody, an hour later."""
    build = Builder(storage)
    build.clock.advance(3600)
    return await build.post(author, text)


async def test_a_post_that_is_hidden_does_not_come_back_where_nothing_can_be_undone(kind, migrated_url):
    schema = kind.tools(migrated_url)
    storage = kind.storage(migrated_url)
    await storage.open()
    build = Builder(storage)
    ada, ben = await build.people("ada", "ben")
    kept, gone = await build.post(ada, "kept"), await build.post(ada, "gone")
    await build.favourite(ben, gone)
    await build.apply(HidePost(post=gone, hidden_at=1))
    await storage.close()
    schema.migrate("0016")
    schema.migrate()
    await storage.open()
    assert (await storage.posts.get(ada.id, gone.id), await storage.hidden.before(1 << 60, 5)) == (None, ())
    assert (await storage.posts.get(None, kept.id)).post.text == "kept"
    await storage.close()

    def favourites(connection):
        return connection.exec_driver_sql("SELECT COUNT(*) FROM favourites").fetchall()[0][0]

    assert on_connection(kind, migrated_url, favourites) == 0


async def test_posts_from_before_reply_controls_may_be_answered_by_everybody(kind, migrated_url):
    storage = kind.storage(migrated_url)
    await storage.open()
    build = Builder(storage)
    ada, ben = await build.people("ada", "ben")
    post = await build.post(ada, reply_policy=ReplyPolicy.NOBODY)
    made = await make_list(build, ada, ben)
    await build.apply(
        AddListTag(id=build.next_id(), account_id=ada.id, list_id=made.id, tag="tea", created_at=NOON)
    )
    await storage.close()
    kind.tools(migrated_url).migrate("0017")
    kind.tools(migrated_url).migrate()
    storage = kind.storage(migrated_url)
    await storage.open()
    entry = await storage.posts.get(ben.id, post.id)
    assert entry is not None and entry.post.reply_policy is ReplyPolicy.PUBLIC
    assert list(await storage.lists.tags(ada.id, made.id)) == []
    assert len((await storage.lists.members(ada.id, made.id, Page())).items) == 1
    await storage.close()


async def test_sessions_stay_where_addresses_can_not(kind, migrated_url):
    schema = kind.tools(migrated_url)
    storage = kind.storage(migrated_url)
    await storage.open()
    build = Builder(storage)
    ada = await build.account("ada")
    session = await build.session(ada, "hash")
    assert session.address
    await storage.close()
    schema.migrate("0017")
    schema.migrate()
    await storage.open()
    (kept,) = await storage.sessions.of(ada.id, session.created_at)
    assert (kept.token_hash, kept.address) == ("hash", "")
    await storage.close()


def test_what_processes_told_one_another_before_there_were_events_tells_of_none(kind, url):
    tools_of_it = kind.tools(url)
    tools_of_it.migrate("0007")
    told = "INSERT INTO changes (origin, keys) VALUES ('another', '[\"accounts\"]')"
    on_connection(kind, url, lambda connection: connection.exec_driver_sql(told))
    tools_of_it.migrate()

    def stored(connection):
        return connection.exec_driver_sql("SELECT keys, events FROM changes").fetchall()

    assert on_connection(kind, url, stored) == [('["accounts"]', "[]")]
    tools_of_it.migrate("0007")
    assert on_connection(kind, url, lambda connection: len(objects(connection)["changes"])) == 0


@pytest.mark.parametrize("wrong", ["9999", "-99", "nonsense"])
def test_an_unknown_revision_is_an_error_that_names_it(kind, migrated_url, wrong):
    with pytest.raises(ConfigurationError, match=wrong):
        kind.tools(migrated_url).migrate(wrong)
    assert kind.tools(migrated_url).status() == (revision.HEAD, revision.HEAD)


async def test_a_storage_without_its_schema_says_to_migrate(kind, migrated_url):
    schema = kind.tools(migrated_url)
    schema.migrate("base")
    with pytest.raises(ConfigurationError) as error:
        await kind.storage(migrated_url).open()
    assert "microblog migrate" in error.value.hint


def test_a_migration_that_fails_leaves_everything_as_it_was(kind, url):
    """A table of somebody else's has the name of a late one of ours."""
    on_connection(
        kind, url, lambda connection: connection.exec_driver_sql("CREATE TABLE changes (x INTEGER)")
    )
    with pytest.raises(sqlalchemy.exc.DBAPIError):
        kind.tools(url).migrate()
    assert set(on_connection(kind, url, objects)) == {"changes"}


async def test_lines_of_the_audit_log_from_before_are_found_by_what_they_are_about(kind, url):
    kind.tools(url).migrate("0017")
    rows = [(1 << 20, "12 suspended"), (2 << 20, "12"), (3 << 20, "123"), (4 << 20, "")]

    def write(connection):
        for line_id, subject in rows:
            connection.execute(
                sqlalchemy.text(
                    "INSERT INTO audit (id, action, subject, detail, created_at)"
                    " VALUES (:id, 'account.state', :subject, '', 1)"
                ),
                {"id": line_id, "subject": subject},
            )
        connection.commit()

    on_connection(kind, url, write)
    kind.tools(url).migrate()
    storage = kind.storage(url)
    await storage.open()
    found = await storage.moderation.audit(AuditFilter(about="12"), Page())
    assert [each.subject for each in found.items] == ["12", "12 suspended"]
    await storage.close()
