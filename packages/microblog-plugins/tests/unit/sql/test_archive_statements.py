"""What exports and imports cost on SQLite: as many statements whatever there is, by indexes."""

from __future__ import annotations

from microblog_core.domain.archives import ImportProblem
from microblog_core.domain.timelines import Page
from microblog_core.ports.operations import (
    AddExport,
    AddImport,
    AddImported,
    AdvanceImport,
    BeginImport,
    EndImport,
)
from microblog_core.testing.builder import NOON, Builder
from microblog_core.testing.storage.archives import an_import, export


async def filled(storage, count):
    """Somebody with so many exports, imports and problems; the last import."""
    build = Builder(storage)
    (ada,) = await build.people("ada")
    for _ in range(count):
        item = an_import(build, ada)
        await build.apply(
            AddExport(export=export(build, ada), since=build.clock.now()),
            AddImport(item=item),
            BeginImport(import_id=item.id, total=count),
            AddImported(account_id=ada.id, source=f"source {item.id}", result_id=1),
        )
        problems = [
            ImportProblem(id=build.next_id(), import_id=item.id, place=place, source="x", reason="y")
            for place in range(count)
        ]
        await build.apply(
            AdvanceImport(import_id=item.id, cursor=0, to=count, problems=tuple(problems), limit=count),
            EndImport(import_id=item.id, state="done", at=1),
        )
    return ada, item


async def test_a_page_takes_two_statements_by_the_index_of_its_order(sqlite_storage, recorder):
    ada, item = await filled(sqlite_storage, 24)
    read = sqlite_storage.archives
    pages = {
        "exports_account": lambda page: read.exports(ada.id, page),
        "imports_account": lambda page: read.imports(ada.id, page),
        "import_problems_import": lambda page: read.problems(item.id, page),
    }
    for index, listed in pages.items():
        for limit in (5, 20):
            recorder.statements.clear()
            found = await listed(Page(limit=limit, max_id=(await listed(Page(limit=1))).items[0].id))
            assert len(found.items) == limit
            assert len(recorder.statements) == 3, index
        for statement, parameters in recorder.statements:
            plan = sqlite_storage._reader.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
            assert not any("SCAN e" in row[3] or "TEMP B-TREE" in row[3] for row in plan), plan
            assert any(index in row[3] for row in plan), plan
    recorder.statements.clear()
    await read.old_exports(NOON, 5)
    await read.old_imports(NOON, 5)
    for (statement, parameters), index in zip(
        recorder.statements, ("exports_expired", "imports_created"), strict=True
    ):
        plan = sqlite_storage._reader.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
        assert len(plan) == 1 and index in plan[0][3], plan


async def test_what_was_imported_is_known_by_one_statement(sqlite_storage, recorder):
    ada, item = await filled(sqlite_storage, 3)
    recorder.statements.clear()
    sources = [f"source {item.id}", *(f"other {number}" for number in range(60))]
    assert await sqlite_storage.archives.imported(ada.id, sources) == {f"source {item.id}": 1}
    assert len(recorder.statements) == 1
