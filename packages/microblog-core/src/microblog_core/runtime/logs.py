"""Logging of a process: one JSON object a line, or readable lines where somebody reads along. To standard
error.

A record may carry `fields`, a mapping of plain values (the access log's figures, a request's id); they
become keys of the object. Whatever looks like a secret is replaced before it is written, in messages,
fields and tracebacks; a record with the attribute `scrubbed` says that this was done already.
"""

from __future__ import annotations

import datetime
import functools
import json
import logging
import re
import sys
from collections.abc import Iterable, Mapping
from typing import Any, TextIO

import msgspec

HIDDEN = "***"

_SECRETS = re.compile(
    r"""(?ix)
    (?P<before>
        \b(?:proxy-)?authorization["']?\s*[:=]\s*["']?(?:\w+\s+)?      # header fields
      | \b(?:set-)?cookie["']?\s*[:=]\s*["']?
      | [\w-]*(?:password|passwd|secret|token|api_?key|csrf)[\w-]*["']?\s*[:=]\s*["']?
    )
    (?P<value>[^\s"',;&@]+)
    """
)
_ADDRESS_PASSWORDS = re.compile(r"(?P<before>://[^/\s:@]*:)[^/\s@]+(?=@)")
_SHORTEST = 8
"""Characters that a known secret has at least: shorter ones would tear holes into ordinary words."""
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_COLOURS = {"DEBUG": "2", "INFO": "32", "WARNING": "33", "ERROR": "31", "CRITICAL": "31;1"}
_OWN = ("microblog", *(f"microblog_{name}" for name in ("core", "web", "api", "tasks", "plugins")))


def configure_logging(form: str = "auto", level: str = "info", stream: TextIO | None = None) -> None:
    """Send the log of this process to `stream` (standard error): `json`, `text`, or `auto`.

    `auto` is `text` in a terminal and `json` elsewhere. `level` is the lowest that is written of our own
    loggers; of others warnings are, or everything at `debug`.
    """
    stream = stream or sys.stderr
    terminal = stream.isatty()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        TextFormatter(colour=terminal) if form == "text" or (form == "auto" and terminal) else JsonFormatter()
    )
    root = logging.getLogger()
    for old in list(root.handlers):
        if getattr(old, "microblog", False):
            root.removeHandler(old)
    handler.microblog = True  # type: ignore[attr-defined]
    root.addHandler(handler)
    own = getattr(logging, level.upper())
    root.setLevel(own if own == logging.DEBUG else max(own, logging.WARNING))
    for name in _OWN:
        logging.getLogger(name).setLevel(own)


class _Known:
    """The secrets of this process's configuration. There is one log in a process, whatever runs in it."""

    def __init__(self) -> None:
        self._texts: frozenset[str] = frozenset()
        self.pattern: re.Pattern[str] | None = None

    def add(self, texts: Iterable[str]) -> None:
        fresh = self._texts.union(text for text in texts if len(text) >= _SHORTEST)
        if fresh != self._texts:
            self._texts = fresh
            longest_first = sorted(fresh, key=len, reverse=True)
            self.pattern = re.compile("|".join(map(re.escape, longest_first)))


_KNOWN = _Known()


def never_write(secrets: Iterable[str]) -> None:
    """Have `scrub` replace these texts from now on, wherever they stand; those under 8 characters are not."""
    _KNOWN.add(secrets)


def scrub(text: str) -> str:
    """The text with everything replaced that looks like a secret, or is one of the configuration's."""
    if _KNOWN.pattern is not None:
        text = _KNOWN.pattern.sub(HIDDEN, text)
    for pattern in (_ADDRESS_PASSWORDS, _SECRETS):
        text = pattern.sub(lambda match: match["before"] + HIDDEN, text)
    return text


class JsonFormatter(logging.Formatter):
    """One JSON object a line: `time` (UTC, milliseconds), `level`, `logger`, `message`, fields,
    `exception`.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        if getattr(record, "scrubbed", False):
            return _ready_line(record)
        line: dict[str, Any] = {
            "time": _moment(record).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": scrub(record.getMessage()),
        }
        for key, value in _fields(record).items():
            line.setdefault(key, scrub(value) if isinstance(value, str) else value)
        if record.exc_info:
            line["exception"] = scrub(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False, default=str)


class TextFormatter(logging.Formatter):
    """A line for people: time of day, level, message, request id."""

    def __init__(self, *, colour: bool = False) -> None:
        super().__init__()
        self._colour = colour

    def format(self, record: logging.LogRecord) -> str:
        """The lines, without their end; control characters of messages are escaped."""
        level = f"{record.levelname.lower():8}"
        if self._colour:
            level = f"\x1b[{_COLOURS.get(record.levelname, '0')}m{level}\x1b[0m"
        text = record.getMessage()
        if not getattr(record, "scrubbed", False):
            text = scrub(text)
        message = _CONTROLS.sub(lambda found: repr(found[0])[1:-1], text.replace("\n", "\\n"))
        request_id = _fields(record).get("request_id")
        line = f"{_moment(record).astimezone():%H:%M:%S} {level} {message}"
        if request_id:
            line += f"  [{request_id}]"
        if record.exc_info:
            line += "\n" + scrub(self.formatException(record.exc_info))
        return line


def _ready_line(record: logging.LogRecord) -> str:
    """The line of a record that has no secrets left and only plain values: the access log's, once per
    request.
    """
    seconds, milliseconds = divmod(int(record.created * 1000), 1000)
    line = {
        "time": f"{_second(seconds)}.{milliseconds:03d}Z",
        "level": record.levelname.lower(),
        "logger": record.name,
        "message": record.getMessage(),
        **_fields(record),
    }
    return msgspec.json.encode(line).decode()


@functools.lru_cache(maxsize=4)
def _second(seconds: int) -> str:
    return datetime.datetime.fromtimestamp(seconds, tz=datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _moment(record: logging.LogRecord) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(record.created, tz=datetime.UTC)


def _fields(record: logging.LogRecord) -> Mapping[str, Any]:
    fields = getattr(record, "fields", None)
    return fields if isinstance(fields, Mapping) else {}
