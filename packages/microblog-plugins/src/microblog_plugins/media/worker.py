"""The process that decodes one file: it reads it from its standard input and writes what became of it to its
output.

    python -m microblog_plugins.media.worker PURPOSE BYTES SECONDS X Y

BYTES and SECONDS limit its own memory and processor time; X and Y are the focus.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, cast

import msgspec

from microblog_core.domain.media import Focus
from microblog_core.ports.media import ProcessedMedia

if TYPE_CHECKING:
    from microblog_core.ports.media import Purpose


class Outcome(msgspec.Struct, frozen=True):
    """What was made, or why nothing was."""

    made: ProcessedMedia | None = None
    refused: str = ""


def main(arguments: list[str]) -> None:
    """Decode one file. Raises what nobody expected."""
    purpose, memory, seconds, x, y = arguments
    data = sys.stdin.buffer.read()
    from microblog_plugins.media import pictures

    _limit(int(memory), int(seconds))
    try:
        outcome = Outcome(made=pictures.make(data, cast("Purpose", purpose), Focus(float(x), float(y))))
    except pictures.Refused as refused:
        outcome = Outcome(refused=str(refused))
    sys.stdout.buffer.write(msgspec.msgpack.encode(outcome))


def _limit(memory: int, seconds: int) -> None:
    try:
        import resource
    except ImportError:
        # There are no such limits on Windows; the time limit of who started this holds everywhere.
        return
    for what, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        limit = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (limit, limit))


if __name__ == "__main__":
    main(sys.argv[1:])
