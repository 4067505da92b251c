"""A site within somebody else's program: its configuration read, and its database made or migrated, as
`microblog serve` does it. Opening it is left to the program, in the event loop that uses it.

    site = load_site(Path("microblog-data"))
    async with site:
        ...

Programs without an event loop hand the site to `sync.Portal`; `http.middleware` and `http.wsgi` put it around
web applications.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from microblog_core.config import Config, load_config
from microblog_core.domain.errors import ConfigurationError
from microblog_core.keys import KEY_BYTES

if TYPE_CHECKING:
    from microblog_core.ports.storage import SchemaTools
    from microblog_core.site import Site

_EMBEDDED = ("", "sqlite", "memory")
"""Schemes of storages that one machine has for itself; empty is the embedded default."""


def load_site(
    data: Path | None = None,
    *,
    file: Path | None = None,
    name: str = "",
    faces: Collection[str] = (),
    plugins: Mapping[str, object] | None = None,
) -> Site:
    """The site of a data folder (else of `MICROBLOG_DATA`, else of `microblog-data` here), not open yet.

    Where storages are embedded, the secret key, the folder and the database are made if they aren't there,
    and an older database is brought to this version. `name` chooses among several sites; `faces` and
    `plugins` are as in `compose_site`. Raises `ConfigurationError` that says what to change.
    """
    # Commands that only read the configuration are spared this.
    from microblog_core.site import compose_site

    config = read_config(data, file, make_key=True)
    names = [site.name for site in config.sites]
    wanted = name or (names[0] if len(names) == 1 else "")
    chosen = next((site for site in config.sites if site.name == wanted), None)
    if chosen is None:
        problem = f"There is no site {wanted!r}." if wanted else "The configuration names several sites."
        raise ConfigurationError(problem, hint=f"Name one of: {', '.join(names)}.")
    site = compose_site(config, chosen, faces=faces, plugins=plugins)
    prepare(site, make=True, forward=True)
    return site


def read_config(data: Path | None = None, file: Path | None = None, *, make_key: bool = False) -> Config:
    """Read the configuration. Raises `ConfigurationError`.

    `make_key` makes a missing secret key where all storages are embedded: then no other machine needs the
    same.
    """
    if make_key:
        sites = read_config_or_default(data, file).sites
        make_key = all(site.storage.partition(":")[0] in _EMBEDDED for site in sites)
    return load_config(data, file, make_key=make_key)


def read_config_or_default(data: Path | None = None, file: Path | None = None) -> Config:
    """The configuration; where there is no secret key yet, with one that nothing is signed with."""
    try:
        return load_config(data, file)
    except ConfigurationError as error:
        if error.code != "no_secret_key":
            raise
    environ = {**os.environ, "MICROBLOG_SECRET_KEY": secrets.token_hex(KEY_BYTES)}
    return load_config(data, file, environ)


def prepare(site: Site, *, make: bool = False, forward: bool = False) -> str:
    """Check the site's schema before it is opened, and return what was done about it, in words.

    An embedded storage is made with `make` where it is empty and migrated with `forward`; nothing else is
    touched. Raises `ConfigurationError` for a schema that does not fit.
    """
    tools = schema_tools(site)
    if tools is None:
        return ""
    stored, needed = tools.status()
    embedded = site.storage_factory.embedded
    if stored == needed:
        return ""
    if not stored and not (make and embedded):
        raise ConfigurationError(
            f"The database of the site {site.name} is empty.", hint="`microblog migrate` makes its tables."
        )
    if stored and not (forward and embedded):
        raise ConfigurationError(
            f"The database of the site {site.name} is at revision {stored}; this version needs {needed}.",
            hint="Make a backup (`microblog backup`), then run `microblog migrate`.",
        )
    tools.migrate()
    return f"migrated the database from {stored} to {needed}" if stored else "made the database"


def schema_tools(site: Site) -> SchemaTools | None:
    """The schema tools of the site's storage; None where there is no schema."""
    make = site.storage_factory.tools
    return make(site.storage_url) if make is not None else None
