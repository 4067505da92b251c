"""toot, imported once: runs each command line that it reads in a fork of itself.

Importing toot takes longer than what any of its commands does. It is a program, so this is one too: a line of
JSON `{"arguments", "environment", "output", "errors"}` on its input, the exit code on its output.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from toot.cli import cli


def run(job: dict[str, Any]) -> None:
    """Be toot with these arguments; this never returns."""
    os.environ.update(job["environment"])
    for number, name in ((0, os.devnull), (1, job["output"]), (2, job["errors"])):
        os.dup2(os.open(name, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), number)
    code = 1
    try:
        cli(job["arguments"], prog_name="toot")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def main() -> None:
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            run(json.loads(line))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
