"""`microblog greet hello`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable

import click
from click.testing import CliRunner

from microblog_core import hookspecs
from microblog_core.contributions import Manifest
from microblog_core.plugins import implements
from microblog_core.testing.sites import site_with

PLUGIN = Manifest(name="greet")


@click.command()
@click.option("--name", default="you")
def hello(name: str) -> None:
    """Say hello."""
    click.echo(f"Hello, {name}!")


@implements(hookspecs.register_commands)
def commands() -> Iterable[click.Command]:
    return [hello]


async def main() -> None:
    (command,) = site_with({"greet": sys.modules[__name__]}).contributions.commands["greet"]
    ran = CliRunner().invoke(command, ["--name", "Ada"])
    assert (ran.exit_code, ran.output) == (0, "Hello, Ada!\n")


if __name__ == "__main__":
    asyncio.run(main())
