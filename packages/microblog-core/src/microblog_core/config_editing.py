"""Changes one list in the configuration file and leaves everything else as it is: comments, order, spaces.

Every edit is parsed and compared with what was meant before it is written. Where the file says the list in a
way that isn't edited here (a table in one line, a list with several items a line), nothing is written, and
the error has the line to write.
"""

from __future__ import annotations

import copy
import os
import re
import shutil
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from microblog_core.domain.errors import ConfigurationError

_ONE_LINE = re.compile(r"^([^=]*=\s*)\[[^\[\]]*\]")


class NotEdited(ConfigurationError):
    """The file can't be edited safely; `hint` says what to write."""

    code = "configuration_not_edited"


def with_list(text: str, table: tuple[str, ...], key: str, values: Sequence[str]) -> str:
    """The text of a TOML file in which `key` of `table` is this list. Raises `NotEdited`."""
    before = tomllib.loads(text)
    wanted = copy.deepcopy(before)
    inner: Any = wanted
    for part in table:
        inner = inner.setdefault(part, {}) if isinstance(inner, dict) else None
    if isinstance(inner, dict):
        inner[key] = list(values)
        if wanted == before:
            return text
        for edited in _edits(text, table, key, values):
            if _says(edited, wanted):
                return edited
    raise NotEdited(
        f"The file says {'.'.join((*table, key))} in a way that is left to you; nothing was written.",
        hint=f"Write it yourself, below [{'.'.join(map(_key, table))}]: {_line(key, values)}",
    )


def write_whole(file: Path, text: str) -> None:
    """Replace a file at once, or make it, so that nobody ever reads half of it; its rights stay. Raises
    `OSError`.
    """
    target = file.resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        if target.exists():
            shutil.copymode(target, name)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _edits(text: str, table: tuple[str, ...], key: str, values: Sequence[str]) -> Iterator[str]:
    """What the text could become, the least change first; the caller looks which one says what is meant."""
    lines = text.splitlines(keepends=True)
    end = "\r\n" if "\r\n" in text else "\n"
    shown = ", ".join(map(_text, values))
    for first, last in _sections(lines, table):
        for start in range(first, last):
            if not _gives(lines[start], key):
                continue
            stop = _value_end(lines, start, last)
            if stop == start + 1:
                changed = _ONE_LINE.sub(lambda found: f"{found[1]}[{shown}]", lines[start], count=1)
                yield "".join((*lines[:start], changed, *lines[stop:]))
            else:
                item = _item_edit(lines[start:stop], values, end)
                yield "".join((*lines[:start], *item, *lines[stop:]))
            return
        place = next((at for at in range(first, last) if _suggests(lines[at], key)), first - 1)
        ended = lines[place] if lines[place].endswith("\n") else f"{lines[place]}{end}"
        yield "".join((*lines[:place], ended, f"{_line(key, values)}{end}", *lines[place + 1 :]))
    gap = "" if not text else end if text.endswith("\n") else end * 2
    yield f"{text}{gap}[{'.'.join(map(_key, table))}]{end}{_line(key, values)}{end}"


def _sections(lines: Sequence[str], table: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    """Where the lines of a table are, without its header."""
    headers = [at for at, line in enumerate(lines) if line.lstrip().startswith("[")]
    for at in headers:
        if _header(lines[at]) == table:
            yield (
                at + 1,
                next((other for other in headers if other > at and _header(lines[other])), len(lines)),
            )


def _header(line: str) -> tuple[str, ...]:
    """The name of the table that a line begins; empty for any other line."""
    if line.lstrip().startswith("[["):
        return ("[[",)
    try:
        found: Any = tomllib.loads(line)
    except tomllib.TOMLDecodeError:
        return ()
    path: list[str] = []
    while isinstance(found, dict) and len(found) == 1:
        name, found = next(iter(found.items()))
        path.append(name)
    return tuple(path) if found == {} else ()


def _gives(line: str, key: str) -> bool:
    return re.match(rf"\s*([\"']?){re.escape(key)}\1\s*=", line) is not None


def _suggests(line: str, key: str) -> bool:
    return re.match(rf"\s*#\s*{re.escape(key)}\s*=", line) is not None


def _value_end(lines: Sequence[str], start: int, last: int) -> int:
    for stop in range(start + 1, last + 1):
        try:
            tomllib.loads("".join(lines[start:stop]))
        except tomllib.TOMLDecodeError:
            continue
        return stop
    return last


def _item_edit(lines: Sequence[str], values: Sequence[str], end: str) -> list[str]:
    """A list with an item a line: lines of what goes are left out, what comes is added at the end."""
    kept, there = [], set()
    for line in lines[1:-1]:
        item = re.match(r"\s*(\"[^\"]*\"|'[^']*')\s*(,?)", line)
        if item is None or item[1][1:-1] in values:
            there.add(item[1][1:-1] if item is not None else "")
            # The last item may have had no comma.
            kept.append(line if item is None or item[2] else f"{line[: item.end(1)]},{line[item.end(1) :]}")
    indent = next((re.match(r"\s*", line)[0] for line in lines[1:-1] if line.strip()), "    ")  # type: ignore[index]
    added = [f"{indent}{_text(value)},{end}" for value in values if value not in there]
    return [lines[0], *kept, *added, lines[-1]]


def _says(text: str, wanted: dict[str, Any]) -> bool:
    try:
        return tomllib.loads(text) == wanted
    except tomllib.TOMLDecodeError:
        return False


def _line(key: str, values: Sequence[str]) -> str:
    return f"{key} = [{', '.join(map(_text, values))}]"


def _text(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _key(part: str) -> str:
    return part if re.fullmatch(r"[A-Za-z0-9_-]+", part) else _text(part)
