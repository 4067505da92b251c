"""The migrations make the schema that `schema` draws, forward and back, on both databases."""

from __future__ import annotations

import pytest
import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from microblog_core.domain.errors import ConfigurationError
from microblog_core.ports.operations import PutValue
from microblog_core.testing.builder import Builder
from microblog_plugins.sql import revision, tools
from microblog_plugins.sql.errors import _GUARDS
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


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request):
    return Sqlite if request.param == "sqlite" else Postgres


@pytest.fixture
def url(kind, request, tmp_path):
    """An empty database of this kind."""
    if kind is Sqlite:
        return f"sqlite:///{tmp_path / 'fresh.db'}"
    return request.getfixturevalue("postgres_database")


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
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return compare_metadata(context, metadata)

    assert on_connection(kind, url, differences) == []


def test_partial_indexes_are_the_ones_that_are_drawn(kind, url):
    """Comparing metadata looks at an index's columns, not at its condition."""
    kind.tools(url).migrate()

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
    found = on_connection(kind, url, migrated)
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


def test_going_back_leaves_nothing_and_going_forward_again_works(kind, url):
    schema = kind.tools(url)
    schema.migrate()
    first = on_connection(kind, url, objects)
    schema.migrate("base")
    assert set(on_connection(kind, url, objects)) == {"alembic_version"}
    schema.migrate()
    assert on_connection(kind, url, objects) == first


async def filled(kind, url):
    """Put something into every kind of table; what can be read of it."""
    storage = kind.storage(url)
    await storage.open()
    build = Builder(storage)
    ada, ben = await build.people("ada", "ben")
    await build.follow(ben, ada)
    post = await build.post(ada, "hello", mentions=(ben,), tags=("tea",))
    await build.favourite(ben, post)
    await build.edit(post, "hello again")
    await build.medium(ada, description="a cat")
    await build.apply(PutValue(plugin="test", key="k", value=b"\x00\xff"))
    found = await contents(storage, ada, post)
    await storage.close()
    return ada, post, found


async def contents(storage, ada, post):
    entry = await storage.posts.get(ada.id, post.id)
    return entry, await storage.posts.edits(None, post.id), await storage.values("test")


async def test_migrating_what_is_migrated_already_leaves_the_data_alone(kind, url):
    kind.tools(url).migrate()
    ada, post, before = await filled(kind, url)
    kind.tools(url).migrate()
    storage = kind.storage(url)
    await storage.open()
    assert await contents(storage, ada, post) == before
    await storage.close()


async def test_data_survives_every_step_back_to_the_first_revision_and_forward_again(kind, url):
    """From the first released revision on no step may lose what an older version can hold."""
    kind.tools(url).migrate()
    ada, post, before = await filled(kind, url)
    kind.tools(url).migrate("0001")
    kind.tools(url).migrate("head")
    storage = kind.storage(url)
    await storage.open()
    assert await contents(storage, ada, post) == before
    await storage.close()


@pytest.mark.parametrize("wrong", ["9999", "-7", "nonsense"])
def test_an_unknown_revision_is_an_error_that_names_it(kind, url, wrong):
    kind.tools(url).migrate()
    with pytest.raises(ConfigurationError, match=wrong):
        kind.tools(url).migrate(wrong)
    assert kind.tools(url).status() == (revision.HEAD, revision.HEAD)


async def test_a_storage_without_its_schema_says_to_migrate(kind, url):
    schema = kind.tools(url)
    schema.migrate()
    schema.migrate("base")
    with pytest.raises(ConfigurationError) as error:
        await kind.storage(url).open()
    assert "microblog migrate" in error.value.hint


def test_a_migration_that_fails_leaves_everything_as_it_was(kind, url):
    """A table of somebody else's has the name of a late one of ours."""
    on_connection(
        kind, url, lambda connection: connection.exec_driver_sql("CREATE TABLE changes (x INTEGER)")
    )
    with pytest.raises(sqlalchemy.exc.DBAPIError):
        kind.tools(url).migrate()
    assert set(on_connection(kind, url, objects)) == {"changes"}


def test_every_unique_constraint_that_an_operation_can_meet_has_its_guard():
    never_met = {"home_rows_pkey", "post_mentions_pkey", "post_tags_pkey", "markers_pkey"}
    never_met |= {"account_notes_pkey", "account_tags_pkey"}
    never_met |= {"jobs_key", "plugin_values_pkey", "changes_pkey", "authorisations_pkey"}
    never_met |= {"list_members_pkey", "announcement_reads_pkey", "announcement_reactions_pkey"}
    never_met |= {"custom_emojis_pkey", "push_subscriptions_token", "dismissed_suggestions_pkey"}
    drawn = {}
    for table in metadata.tables.values():
        unique = [table.primary_key]
        unique += [each for each in table.constraints if isinstance(each, sqlalchemy.UniqueConstraint)]
        unique += [index for index in table.indexes if index.unique]
        for constraint in unique:
            name = constraint.name or f"{table.name}_pkey"
            drawn[str(name)] = ", ".join(f"{table.name}.{column.name}" for column in constraint.columns)
    mapped = {name: columns for name, (_, columns) in _GUARDS.items()}
    assert mapped == {name: columns for name, columns in drawn.items() if name not in never_met}
