"""The site that this process serves."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any

from microblog_core.domain.errors import MicroblogError
from microblog_core.embedding import load_site
from microblog_core.ports.context import Ports
from microblog_core.runtime.background import run_jobs
from microblog_core.sync import Portal


@functools.cache
def portal() -> Portal:
    """The way to core, opened with the first request.

    Ends the program with a sentence where the configuration has to be changed.
    """
    try:
        return Portal(load_site(), background=(run_jobs,))
    except MicroblogError as error:
        sys.exit(f"{error.message} {error.hint}".strip())


def call(function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """Run something of core's in the event loop of the site, and wait for it."""
    return portal().call(function, *arguments, **named)


def ports() -> Ports:
    """The site as its use cases see it."""
    return portal().site.ports
