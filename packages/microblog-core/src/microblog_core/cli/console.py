"""How commands write: tables, and a bar for long work. With rich in a terminal, plain text elsewhere."""

from __future__ import annotations

import importlib.util
import shutil
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Protocol

import click

from microblog_core.domain.errors import Invalid


class Progress(Protocol):
    """Told how much of the work is done."""

    def advance(self, count: int) -> None:
        """Another `count` of the total are done."""
        ...


def table(headings: Sequence[str], rows: Sequence[Sequence[str]], *, width: int = 0) -> None:
    """Write rows in columns; texts of users are stripped of control characters. With a `width` (columns of a
    terminal) the last column is cut where a line would be longer.
    """
    cells = [list(headings), *([printable(cell) for cell in row] for row in rows)]
    widths = [max(_width(row[column]) for row in cells) for column in range(len(headings))]
    for number, row in enumerate(cells):
        line = "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True))
        line = _cut(line.rstrip(), width) if width else line.rstrip()
        click.echo(click.style(line, bold=True) if number == 0 else line)


def day_of(moment: int, otherwise: str = "-") -> str:
    """The day (UTC) of a moment (Unix milliseconds), for a table; `otherwise` where there is none, 0."""
    return datetime.fromtimestamp(moment / 1000, UTC).strftime("%Y-%m-%d") if moment else otherwise


def terminal_width() -> int:
    """The columns of the terminal that standard output goes to; 0 where it goes elsewhere."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else 0


def printable(text: str) -> str:
    """The text on one line, with nothing in it that a terminal would obey."""
    return "".join(character if character.isprintable() else " " for character in text)


@contextmanager
def progress(title: str, total: int) -> Iterator[Progress]:
    """A bar in a terminal; elsewhere a line for every tenth, on standard error."""
    if not sys.stderr.isatty() or importlib.util.find_spec("rich") is None:
        yield _Lines(title, total)
        return
    with _bar(title, total) as bar:
        yield bar


def ask(label: str, option: str, *, hidden: bool = False) -> str:
    """Ask for a value in a terminal. Raises `Invalid` that names the option where nobody can answer."""
    if not sys.stdin.isatty():
        raise Invalid(f"{label} is missing.", hint=f"Give it with {option}.")
    answer: str = click.prompt(label, hide_input=hidden, confirmation_prompt=hidden)
    return answer


class _Lines:
    def __init__(self, title: str, total: int) -> None:
        self._title = title
        self._total = max(total, 1)
        self._done = 0
        self._told = 0

    def advance(self, count: int) -> None:
        self._done += count
        tenth = self._done * 10 // self._total
        if tenth > self._told:
            self._told = tenth
            click.echo(f"{self._title}: {self._done} of {self._total}", err=True)


def _cut(line: str, width: int) -> str:
    if _width(line) <= width:
        return line
    while line and _width(line) >= width:
        line = line[:-1]
    return f"{line.rstrip()}…"


def _width(text: str) -> int:
    """Columns in a terminal: East Asian wide characters take two, combining marks none (UAX #11)."""
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )


@contextmanager
def _bar(title: str, total: int) -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as RichProgress

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with RichProgress(*columns, console=Console(stderr=True)) as rich_progress:
        task = rich_progress.add_task(title, total=total)

        class Bar:
            def advance(self, count: int) -> None:
                rich_progress.advance(task, count)

        yield Bar()
