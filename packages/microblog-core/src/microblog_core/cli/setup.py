"""`microblog init` and `microblog keys rotate`."""

from __future__ import annotations

import click

from microblog_core.cli.context import Invocation, data_options, pass_invocation
from microblog_core.domain.errors import ConfigurationError

CONFIGURATION = """\
# The configuration of a Microblog service. Everything is optional; what is commented out shows the default.
# `microblog config reference` prints every setting there is, also of plugins; `microblog config show` prints
# what is set.
# Environment variables come before this file: MICROBLOG_SERVER__PORT=8123, MICROBLOG_SITES__MAIN__TITLE=Ours.
# One that ends in _FILE names a file with the value: MICROBLOG_SITES__MAIN__STORAGE_FILE=/run/secrets/url.

[server]
# host = "127.0.0.1"        # "0.0.0.0" listens on every network
# port = 8000
# proxies = []              # addresses or networks of reverse proxies whose forwarding headers are believed
# log_format = "auto"       # "json", "text", or text in a terminal and JSON elsewhere
# log_level = "info"        # "debug", "info", "warning", "error"
# request_seconds = 30.0    # what is not answered by then gets a 503

[jobs]
# broker = ""               # for example "redis://localhost": then `microblog worker` runs the jobs
# run = ""                  # "embedded": `microblog serve` runs them, too; "external": only workers do

[payments]
# gateways = []             # for example ["sandbox"], which takes no real money; empty: nobody pays anything
# country_default = ""      # for example "DE": for payers whose country isn't known
# grace_days = 3.0          # for how long members keep their access while a renewal is late

[sites.main]
# title = "Microblog"
# description = ""
# base_url = ""             # for example "https://example.org"; empty: as each request names it
# hosts = []                # for example ["example.org"]; empty: every host; needed with several sites
# storage = ""              # empty: SQLite in this folder; or "postgresql://user@host/database"
# registrations = "open"    # or "approval", "invitation", "closed"
# invitations = "members"   # or "operators": who may invite
# signup_seconds = 3.0      # a sign-up that is sent sooner is no person's; 0: any may
# deletion_days = 14.0      # for how long an account that somebody deletes can come back
# post_length = 500         # characters
# undo_seconds = 10         # how long posts can be taken back, and brought back; 0 to 600
# timeline = "hybrid"       # or "chronological"
# timezone = "UTC"          # for example "Europe/Berlin": where statistics have their days
# statistics = "public"     # or "operators": who may read them
# campaign_grace = 60.0     # seconds in which a campaign that was started can be taken back
# rules = []                # for example ["Be kind.", { text = "No spam.", hint = "Ask first." }]

[plugins]
# disabled = []             # names of plugins to leave out; `microblog plugins list` shows them
# required = []             # plugins without which the service must not start

# [plugins.core]
# console = false           # write notifications to the log
"""


@click.command()
@data_options
@pass_invocation
def init(invocation: Invocation) -> None:
    """Make a data folder with a secret key and a commented configuration.

    Nothing that exists is overwritten.
    """
    from microblog_core.config import DEFAULT_DATA, FILE_NAME
    from microblog_core.keys import KEY_NAME, make_secret_key

    data = invocation.data or DEFAULT_DATA
    file = invocation.file or data / FILE_NAME
    for path in (file, data / KEY_NAME):
        if path.exists():
            raise ConfigurationError(
                f"{path} exists already.",
                hint="Choose another folder with --data, or remove the file yourself.",
            )
    make_secret_key(data)
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("x", encoding="utf-8") as stream:
        stream.write(CONFIGURATION)
    click.echo(f"Made {data / KEY_NAME} and {file}.")
    click.echo(f"Next: microblog --data {data} serve")


@click.group()
def keys() -> None:
    """Rotate the secret key."""


@keys.command()
@data_options
@pass_invocation
def rotate(invocation: Invocation) -> None:
    """Make a new secret key; what earlier ones signed stays valid until they are rotated out.

    Running processes go on with the old key until they are restarted.
    """
    import os

    from microblog_core.keys import KEY_NAME, rotate_secret_key

    for variable in ("MICROBLOG_SECRET_KEY", "MICROBLOG_SECRET_KEY_FILE"):
        if os.environ.get(variable):
            raise ConfigurationError(
                f"The secret key comes from {variable}.",
                hint="Put a new one there, followed by a space and the present one.",
            )
    config = invocation.config()
    path = rotate_secret_key(config.data)
    click.echo(f"Made a new key in {path.parent / KEY_NAME}. Restart what is running.")
