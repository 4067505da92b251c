"""A table of the plugin's own, which the second version gave another column."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from microblog_core import hookspecs
from microblog_core.contributions import Manifest, Migration
from microblog_core.plugins import implements
from microblog_core.ports.tables import select
from microblog_core.testing.sites import site_with

PLUGIN = Manifest(name="garden", capabilities=("sql",))


@implements(hookspecs.register_migrations)
def migrations() -> Iterable[Migration]:
    return [
        Migration(
            version=1,
            up=("CREATE TABLE x_garden_beds (id BIGINT PRIMARY KEY)",),
            down=("DROP TABLE x_garden_beds",),
        ),
        Migration(
            version=2,
            up=("ALTER TABLE x_garden_beds ADD COLUMN label TEXT",),
            down=("ALTER TABLE x_garden_beds DROP COLUMN label",),
        ),
    ]


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'site.db'}"
        plugins = {"garden": sys.modules[__name__]}
        site = site_with(plugins, installed=("sql",), storage=url, blobs="memory:")
        # The database itself is made by `microblog migrate`, which does this.
        assert site.storage_factory.tools is not None
        site.storage_factory.tools(url).migrate()
        async with site:
            unit = site.ports.unit()
            insert = "INSERT INTO x_garden_beds (id, label) VALUES (:id, :label)"
            unit.plugins.sql(insert, id=7, label="roses")
            await unit.commit()
            rows = await select(site.storage, "SELECT id, label FROM x_garden_beds")
            assert [tuple(row) for row in rows] == [(7, "roses")]


if __name__ == "__main__":
    asyncio.run(main())
