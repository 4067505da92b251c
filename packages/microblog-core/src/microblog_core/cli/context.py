"""What commands share: the options before the command, the configuration, and an open site to work on.

Imports of everything that takes time are in the functions, so that `microblog --help` answers at once.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from microblog_core.domain.errors import ConfigurationError

if TYPE_CHECKING:
    from microblog_core.config import Config
    from microblog_core.ports.storage import SchemaTools
    from microblog_core.site import Site

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])


@dataclass
class Invocation:
    """The options before the command; those of the command itself replace them (`data_options`)."""

    data: Path | None = None
    file: Path | None = None
    site_name: str = ""
    debug: bool = False

    def config(self, *, make_key: bool = False) -> Config:
        """Read the configuration. Raises `ConfigurationError`.

        `make_key` makes a missing secret key where all storages are embedded: then no other machine needs
        the same.
        """
        from microblog_core.embedding import read_config

        self._check_file()
        return read_config(self.data, self.file, make_key=make_key)

    def config_or_default(self) -> Config:
        """The configuration; where there is no secret key yet, with one that nothing is signed with."""
        from microblog_core.embedding import read_config_or_default

        self._check_file()
        return read_config_or_default(self.data, self.file)

    def _check_file(self) -> None:
        if self.file is not None and not self.file.is_file():
            raise ConfigurationError(f"There is no file {self.file}.", hint="Correct --config.")

    def compose(self, config: Config, *, faces: tuple[str, ...] = (), check_faces: bool = False) -> Site:
        """The site that `--site` names, or the only one; nothing is opened. `check_faces` as in `site`."""
        from microblog_core.site import compose_site

        names = [site.name for site in config.sites]
        wanted = self.site_name or (names[0] if len(names) == 1 else "")
        chosen = next((site for site in config.sites if site.name == wanted), None)
        if chosen is None:
            problem = f"There is no site {wanted!r}." if wanted else "The configuration names several sites."
            raise ConfigurationError(
                problem, hint=f"Put --site NAME before the command; there are {', '.join(names)}."
            )
        return compose_site(config, chosen, faces=faces, check_faces=check_faces)

    @asynccontextmanager
    async def open_site(self, *, make: bool = False, faces: tuple[str, ...] = ()) -> AsyncIterator[Site]:
        """The site, open, its schema checked. With `make`, an embedded one is made where there is none;
        `faces` as in `site`.

        Raises `ConfigurationError` that says which command comes first.
        """
        config = self.config(make_key=make)
        site = self.compose(config, faces=faces)
        prepare(site, make=make)
        async with site:
            yield site


def prepare(site: Site, *, make: bool = False, forward: bool = False) -> str:
    """As `embedding.prepare`, which takes time to import."""
    from microblog_core import embedding

    return embedding.prepare(site, make=make, forward=forward)


def schema_tools(site: Site) -> SchemaTools | None:
    """As `embedding.schema_tools`."""
    from microblog_core import embedding

    return embedding.schema_tools(site)


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a command's coroutine in a loop of its own."""
    import asyncio

    return asyncio.run(coroutine)


def data_options(command: F) -> F:
    """Let `--data` and `--config` be written after the command, too."""

    def put(field: str) -> Callable[[click.Context, click.Parameter, Path | None], None]:
        def callback(ctx: click.Context, parameter: click.Parameter, value: Path | None) -> None:
            if value is not None:
                setattr(ctx.ensure_object(Invocation), field, value)

        return callback

    folder, file = click.Path(path_type=Path, file_okay=False), click.Path(path_type=Path, dir_okay=False)
    command = click.option(
        "--config", type=file, expose_value=False, callback=put("file"), help="As before the command."
    )(command)
    return click.option(
        "--data", type=folder, expose_value=False, callback=put("data"), help="As before the command."
    )(command)


def quiet_logs(*, debug: bool) -> None:
    """The log of short commands: warnings only, readable, unless `--debug` asks for everything."""
    from microblog_core.runtime.logs import configure_logging

    configure_logging("text", "debug" if debug else "error")
    logging.captureWarnings(True)


pass_invocation = click.make_pass_decorator(Invocation, ensure=True)
"""Hands the `Invocation` to a command as its first argument."""
