"""Posts are read nowhere but through the one predicate of who may see them.

In SQL every function whose statement reads the table of posts asks `sql.visibility`; in memory every function
that goes through the posts asks `memory.visibility`; and everybody else reads through the use cases.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

SQL = "packages/microblog-plugins/src/microblog_plugins/sql"
MEMORY = "packages/microblog-core/src/microblog_core/memory"

SQL_PREDICATES = {
    "post_seen",
    "entry_seen",
    "entry_listed",
    "post_listed",
    "post_public",
    "entry_home",
    "told",
}
SQL_PREDICATES |= {
    "post_of_deleted",
    "entry_in_list",
    "entry_found",
    "post_found",
    "post_hidden",
    "post_moderated",
}
MEMORY_PREDICATES = {"may_see", "in_listing", "in_tag", "in_public", "in_home", "in_profile", "is_heard"}
MEMORY_PREDICATES |= {"in_list", "in_search", "shown_to_moderators"}
HARMLESS = {
    "dialect.py: top": "joins the ids that an inner statement chose, and that one asks",
    "rows.py: entry_columns": "the viewer's own boost of a post that is chosen already",
}
"""Functions outside the reads whose statements name the table of posts, and why they show none."""

READS_POSTS = re.compile(r"(?:\b(?:FROM|JOIN)|,)\s+posts\s+[a-z]", re.IGNORECASE)


def functions(path: Path) -> Iterator[tuple[str, ast.AST]]:
    """The functions of a module by name, and what stands outside of them as `module`."""
    tree = ast.parse(path.read_text())
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    # A function within another belongs to that one.
    inside = [node for room in (tree, *classes) for node in room.body if isinstance(node, kinds)]
    yield from ((node.name, node) for node in inside)
    rest = ast.Module([node for node in tree.body if isinstance(node, ast.Assign | ast.AnnAssign)], [])
    yield "module", rest


def text_of(node: ast.AST) -> str:
    """The string constants of a piece of code, f-strings included, without docstrings."""
    docs = {
        id(each.value)
        for each in ast.walk(node)
        if isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant)
    }
    return " ".join(
        each.value
        for each in ast.walk(node)
        if isinstance(each, ast.Constant) and isinstance(each.value, str) and id(each) not in docs
    )


def names_in(node: ast.AST) -> set[str]:
    """Every name and attribute that a piece of code uses."""
    names = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
    return names | {each.attr for each in ast.walk(node) if isinstance(each, ast.Attribute)}


def unasked_sql(folder: Path) -> list[str]:
    """Functions that read posts by SQL and ask no predicate."""
    return [
        f"{path.name}: {name}"
        for path in sorted(folder.glob("**/*.py"))
        for name, node in functions(path)
        if READS_POSTS.search(text_of(node)) and not names_in(node) & SQL_PREDICATES
    ]


def unasked_memory(path: Path) -> list[str]:
    """Functions that go through all posts and ask no predicate, neither by themselves nor by what they
    call.
    """
    found = dict(functions(path))
    asking = {name for name, node in found.items() if names_in(node) & MEMORY_PREDICATES}
    while True:
        more = {name for name, node in found.items() if names_in(node) & asking} - asking
        if not more:
            break
        asking |= more
    return [name for name, node in found.items() if "posts" in names_in(node) and name not in asking]


def test_every_statement_that_reads_posts_asks_the_predicate(root: Path) -> None:
    # `PostReader.boost_of` says whether somebody boosted a post, and shows none.
    # Neither do the figures of a day.
    assert set(unasked_sql(root / SQL / "reads")) <= {"posts.py: module", "statistics.py: module"}


def test_statements_outside_the_reads_give_no_posts_to_anybody(root: Path) -> None:
    others = [path for path in (root / SQL).glob("*.py") if path.name not in {"schema.py", "visibility.py"}]
    reading = {
        f"{path.name}: {name}"
        for path in others
        for name, node in functions(path)
        if READS_POSTS.search(text_of(node))
    }
    assert reading <= HARMLESS.keys()


@pytest.mark.parametrize(
    "module", ["post_reads", "reports", "moderation", "search", "conversations", "polls", "streaming"]
)
def test_the_storage_in_memory_asks_the_predicate(module: str, root: Path) -> None:
    assert unasked_memory(root / MEMORY / f"{module}.py") == []


def test_marks_in_memory_show_no_post_without_asking_the_predicate(root: Path) -> None:
    # How often a tag is used shows no post.
    assert set(unasked_memory(root / MEMORY / "mark_reads.py")) <= {"get", "_used", "featured", "uses"}


@pytest.mark.parametrize("package", ["web", "api", "tasks"])
def test_surfaces_read_through_use_cases(package: str, root: Path) -> None:
    reading = [
        f"{path.relative_to(root)}: {found[0]}"
        for path in sorted((root / f"packages/microblog-{package}/src").glob("**/*.py"))
        for found in re.finditer(r"storage\s*\.\s*(posts|timelines|notifications)\b", path.read_text())
    ]
    assert reading == []


def test_the_check_sees_a_statement_that_asks_nobody(tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text('def leak(): return f"SELECT p.text FROM posts p WHERE p.id = {1}"\n')
    (tmp_path / "good.py").write_text('def fine(): return f"SELECT 1 FROM posts p WHERE {post_seen()}"\n')
    assert unasked_sql(tmp_path) == ["bad.py: leak"]
    (tmp_path / "memory.py").write_text(
        "def leak(t): return list(t.posts.rows)\n"
        "def fine(t): return help(t.posts)\n"
        "def help(p): return may_see(p)\n"
    )
    assert unasked_memory(tmp_path / "memory.py") == ["leak"]
