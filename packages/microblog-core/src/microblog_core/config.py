"""The configuration: one TOML file, the environment over it, and the secret key. Read once, frozen, handed to
composition.

    [server]                      how this process listens
    [jobs]                        who runs the jobs, and through which broker
    [plugins]                     only, disabled, required, time_budget: for every site
    [plugins.NAME]                settings of a plugin, for every site
    [sites.NAME]                  a site; where the file names none there is one called `main`
    [sites.NAME.plugins]          the same as [plugins], for this site; what is said here wins
    [sites.NAME.plugins.NAME]

`MICROBLOG_SERVER__PORT=8123` sets `server.port`, and so on at any depth; `_` stands for the `-` of a site's
or plugin's name. With `_FILE` at its end a variable names a file that holds the value. Plugins' tables are
decoded by `plugins.settings`.
"""

from __future__ import annotations

import ipaddress
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import msgspec

from microblog_core.config_checks import check_hosts, check_site
from microblog_core.config_environment import TABLES, put_environment
from microblog_core.config_payments import PaymentsConfig, spelled
from microblog_core.domain import site_texts
from microblog_core.domain.archives import ARCHIVE_BYTES
from microblog_core.domain.errors import ConfigurationError
from microblog_core.domain.media import UPLOAD_BYTES
from microblog_core.domain.rules import Rule
from microblog_core.domain.signing_up import Inviters, Registrations
from microblog_core.domain.statistics import StatisticsRules, zone_of
from microblog_core.keys import read_keys
from microblog_core.plugins.settings import Secret, decode_settings

FILE_NAME = "microblog.toml"
DEFAULT_DATA = Path("microblog-data")
DEFAULT_SITE = "main"
SAFE_MODE = "MICROBLOG_SAFE_MODE"

_NAME = re.compile(r"[a-z][a-z0-9-]{0,62}")
_HOST = re.compile(r"[a-z0-9._-]+(:\d{1,5})?|\[[0-9a-f:.]+\](:\d{1,5})?")


class PluginsConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Which plugins are used; `[sites.NAME.plugins]` says it of one site, key by key."""

    only: tuple[str, ...] | None = None
    """Names of plugins: all others are left out, but for core's own. Not set: every installed one is used."""
    disabled: tuple[str, ...] = ()
    """Names of plugins to leave out; `microblog plugins list` shows them all."""
    required: tuple[str, ...] = ()
    """Names of plugins without which the site must not open."""
    time_budget: float = 10.0
    """How long a plugin may take to import, in a hook, or to enter its lifespan (seconds; up to 600)."""


class RuleConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rule of a site with more than its text."""

    text: str
    """The rule."""
    hint: str = ""
    """What is meant by it, in a sentence or two."""
    id: str = ""
    """What reports know the rule by when rules are added or moved; empty: its number."""


class SiteConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A site; where the file names none there is one called `main`."""

    name: str
    """What the site is called in the configuration."""
    hosts: tuple[str, ...] = ()
    """The hosts that it answers, such as `["example.org"]`; empty: every one. Needed with several sites."""
    title: str = "Microblog"
    """The site's name on its pages. This and the other texts hold until operators write others."""
    description: str = ""
    """The site in a sentence or two."""
    base_url: str = ""
    """Its public address, such as `https://example.org`; empty: as each request names it."""
    storage: str = ""
    """Where everything is kept, such as `postgresql://user@host/database`; empty: SQLite in the data folder.
    May hold a password.
    """
    blobs: str = ""
    """Where files are kept, such as `s3://bucket?endpoint=https://host`; empty: in the data folder. May hold
    a password.
    """
    timeline: str = "hybrid"
    """How home timelines are made: `hybrid`, `chronological`, or what a plugin offers."""
    renderer: str = ""
    """The page renderer to use; empty: the one with the highest priority."""
    registrations: Registrations = Registrations.OPEN
    """Who may sign up."""
    invitations: Inviters = Inviters.MEMBERS
    """Who may invite."""
    signup_seconds: float = 3.0
    """A sign-up that comes sooner after its form is no person's (seconds; 0: any may)."""
    deletion_days: float = 14.0
    """How long an account that somebody deletes can come back (days)."""
    theme: str = ""
    """The plugin that the website's look comes from; empty: Microblog's own."""
    address_days: int = 30
    """How long people's network addresses are kept (days; 0: not at all)."""
    log_addresses: Literal["full", "network", "none"] = "network"
    """How much of visitors' addresses the access log has."""
    post_length: int = 500
    """How long a post may be (characters)."""
    poll_options: int = 4
    """How many options a poll may have, 2 to 10."""
    upload_bytes: int = UPLOAD_BYTES
    """How large an upload may be (bytes)."""
    archive_bytes: int = ARCHIVE_BYTES
    """How large an archive may be that people import (bytes)."""
    undo_seconds: float = 10.0
    """How long posts can be taken back, and brought back (seconds; 0 to 600, 0: never)."""
    rates: Mapping[str, tuple[int, float]] = {}
    """Rate limits of use cases by name (`publish`, `sign_up`, `log_in`, ...): how many times in how many
    seconds, such as `{publish = [30, 60]}`.
    """
    rules: tuple[str | RuleConfig, ...] = ()
    """What people here agree to, such as `["Be kind.", {text = "No spam.", hint = "Ask first."}]`."""
    about: str = ""
    """The page about the site."""
    contact_email: str = ""
    """The address that visitors can write to."""
    contact: str = ""
    """The username of who answers for the site."""
    terms: str = ""
    """The terms of service."""
    privacy: str = ""
    """The privacy policy."""
    media_cap_bytes: int = 0
    """How much room all uploads may take (bytes; 0: no limit)."""
    media_cap_per_person: int = 0
    """How much room one person's uploads may take (bytes; 0: no limit)."""
    timezone: str = "UTC"
    """An IANA name such as `Europe/Berlin`: in it statistics have their days."""
    statistics: Literal["public", "operators"] = "public"
    """Who may read statistics."""
    private_targets: tuple[str, ...] = ()
    """Hosts, addresses and networks that web hooks and pushes may go to although they aren't public."""
    campaign_grace: float = 60.0
    """How long a campaign that was started can be taken back before it begins (seconds)."""
    payments: PaymentsConfig = PaymentsConfig()
    """How it takes money."""
    plugins: PluginsConfig = PluginsConfig()
    """Which plugins it uses."""
    settings: Mapping[str, Mapping[str, Any]] = {}
    """The plugins' raw tables by plugin name; they may contain secrets."""

    def __repr__(self) -> str:
        # The URLs of storage and blob store and the plugins' tables may hold passwords.
        return f"SiteConfig(name={self.name!r}, hosts={self.hosts!r})"


class ServerConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the process listens."""

    host: str = "127.0.0.1"
    """The address to listen at; `0.0.0.0` is every network."""
    port: int = 8000
    """The port to listen at; 0: any that is free."""
    proxies: tuple[str, ...] = ()
    """Addresses and networks of reverse proxies whose forwarding headers are believed."""
    log_format: Literal["auto", "json", "text"] = "auto"
    """How the log is written; `auto` is text in a terminal and JSON elsewhere."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """The lowest level that is logged."""
    request_seconds: float = 30.0
    """How long a request may wait for its answer to begin, counted anew while its body comes; then it gets
    a 503 (seconds).
    """


class JobsConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who runs the jobs."""

    broker: Secret = Secret("")
    """The URL of what hands jobs to `microblog worker`, with its password, such as `redis://localhost`."""
    run: Literal["", "embedded", "external"] = ""
    """Whether `microblog serve` runs them (`embedded`) or leaves them to workers (`external`); empty: it
    leaves them where there is a broker.
    """

    @property
    def embedded(self) -> bool:
        """Whether `microblog serve` runs the jobs itself."""
        return self.run == "embedded" or (not self.run and not self.broker)


@dataclass(frozen=True, kw_only=True)
class Config:
    """Everything. `data` is the folder that files of the service lie in; `previous_keys` verify, but sign no
    more. `variables` are those of the environment that set something, by the path of the key.
    """

    data: Path
    secret_key: Secret
    server: ServerConfig = field(default_factory=ServerConfig)
    jobs: JobsConfig = field(default_factory=JobsConfig)
    sites: tuple[SiteConfig, ...] = (SiteConfig(name=DEFAULT_SITE),)
    previous_keys: tuple[Secret, ...] = ()
    safe_mode: bool = False
    file: Path | None = field(default=None, compare=False)
    variables: Mapping[tuple[str, ...], str] = field(default_factory=dict, compare=False)


def load_config(
    data: Path | None = None,
    file: Path | None = None,
    environ: Mapping[str, str] = os.environ,
    *,
    make_key: bool = False,
) -> Config:
    """Read the configuration from `file` (else `DATA/microblog.toml`, if there) and the environment.

    `make_key` makes the secret key where there is none yet. Raises `ConfigurationError` that names the key
    and says what to do.
    """
    folder = data or Path(environ.get("MICROBLOG_DATA") or DEFAULT_DATA)
    source = file or folder / FILE_NAME
    raw = _read_toml(source) if file is not None or source.is_file() else {}
    variables = put_environment(raw, environ)
    for key in raw.keys() - set(TABLES):
        raise ConfigurationError(
            f"{key}: there is no such key.",
            hint="Known here: [server], [jobs], [payments], [plugins] and [sites.NAME].",
        )
    server = decode_settings(_table(raw, "server"), ServerConfig, "server")
    _check_server(server)
    keys = read_keys(folder, environ, make=make_key)
    return Config(
        data=folder,
        server=server,
        jobs=decode_settings(_table(raw, "jobs"), JobsConfig, "jobs"),
        sites=_sites(raw),
        secret_key=keys[0],
        previous_keys=keys[1:],
        safe_mode=environ.get(SAFE_MODE, "").lower() in {"1", "true", "yes"},
        file=source if source.is_file() else None,
        variables=variables,
    )


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(
            f"{path} can't be read: {error.strerror}.", hint="Check the path and its permissions."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} is no TOML: {error}.", hint="Correct that line.") from error


def _table(raw: Mapping[str, Any], key: str, where: str = "") -> dict[str, Any]:
    value = raw.get(key, {})
    if not isinstance(value, dict):
        raise ConfigurationError(f"{where}{key} is a value.", hint=f"Make it a table: [{where}{key}].")
    return value


def _check_server(server: ServerConfig) -> None:
    if not 0 <= server.port <= 65535:
        raise ConfigurationError("server.port: there is no such port.", hint="Use a number from 0 to 65535.")
    for proxy in server.proxies:
        try:
            ipaddress.ip_network(proxy, strict=False)
        except ValueError:
            raise ConfigurationError(
                f"server.proxies: {proxy!r} is no address and no network.",
                hint="Write 10.0.0.1 or 10.0.0.0/8.",
            ) from None


def _sites(raw: Mapping[str, Any]) -> tuple[SiteConfig, ...]:
    common, common_settings = _split_plugins(_table(raw, "plugins"), "plugins")
    payments = _table(raw, "payments")
    tables = _table(raw, "sites") or {DEFAULT_SITE: {}}
    sites = tuple(
        _site(name, _table(tables, name, "sites."), common, common_settings, payments)
        for name in sorted(tables)
    )
    check_hosts(sites)
    return sites


def _site(
    name: str,
    raw: Mapping[str, Any],
    common: Mapping[str, Any],
    common_settings: Mapping[str, dict[str, Any]],
    payments: Mapping[str, Any],
) -> SiteConfig:
    where = f"sites.{name}"
    if not _NAME.fullmatch(name):
        raise ConfigurationError(
            f"{where}: this is no name for a site.", hint="Use lower case letters, digits and dashes."
        )
    table = dict(raw)
    for ours in {"name", "settings"} & table.keys():
        raise ConfigurationError(f"{where}.{ours}: there is no such setting.", hint="Remove it.")
    own, own_settings = _split_plugins(_table(table, "plugins", f"{where}."), f"{where}.plugins")
    table.pop("plugins", None)
    plugins = decode_settings({**common, **own}, PluginsConfig, f"{where}.plugins")
    settings = {
        plugin: _merged(common_settings.get(plugin, {}), own_settings.get(plugin, {}))
        for plugin in sorted(common_settings.keys() | own_settings.keys())
    }
    table["payments"] = spelled({**payments, **_table(table, "payments", f"{where}.")})
    decoded = decode_settings({"name": name, **table}, SiteConfig, where)
    site = msgspec.structs.replace(
        decoded,
        plugins=plugins,
        settings=settings,
        hosts=tuple(_host(host, where) for host in decoded.hosts),
        base_url=decoded.base_url.rstrip("/"),
    )
    check_site(site, where, rules_of(site))
    return site


def _merged(common: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """What holds for all sites, with what one says of itself over it, key by key at any depth."""
    merged = {**common, **own}
    for key in common.keys() & own.keys():
        if isinstance(common[key], dict) and isinstance(own[key], dict):
            merged[key] = _merged(common[key], own[key])
    return merged


def _split_plugins(table: Mapping[str, Any], where: str) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """What is said about plugins, and the tables of single plugins."""
    known = set(PluginsConfig.__struct_fields__)
    own = {key: value for key, value in table.items() if key in known and not isinstance(value, dict)}
    settings = {key: value for key, value in table.items() if isinstance(value, dict)}
    for key in table.keys() - own.keys() - settings.keys():
        raise ConfigurationError(
            f"{where}.{key}: there is no such setting.",
            hint=f"Known here: {', '.join(sorted(known))}, and a table [{where}.NAME] for each plugin.",
        )
    for key in settings.keys() & known:
        raise ConfigurationError(f"{where}.{key} is a table.", hint="It takes a value.")
    return own, settings


def _host(host: str, where: str) -> str:
    text = host.strip().lower().rstrip(".")
    if not _HOST.fullmatch(text):
        raise ConfigurationError(
            f"{where}.hosts: {host!r} is no host.",
            hint="Write example.org or example.org:8000, without https://.",
        )
    return text


def statistics_rules(site: SiteConfig) -> StatisticsRules:
    """In which time zone days are counted, and who may read it."""
    return StatisticsRules(zone_of(site.timezone), site.timezone, site.statistics == "public")


def rules_of(site: SiteConfig) -> tuple[Rule, ...]:
    """The rules of a site, each with an id."""
    given = (RuleConfig(text=rule) if isinstance(rule, str) else rule for rule in site.rules)
    return tuple(
        Rule(id=rule.id or str(number), text=rule.text, hint=rule.hint)
        for number, rule in enumerate(given, 1)
    )


def site_defaults(site: SiteConfig, *, safe_mode: bool = False) -> site_texts.SiteDefaults:
    """What the configuration has a site say of itself."""
    texts = {
        site_texts.TITLE: site.title,
        site_texts.DESCRIPTION: site.description,
        site_texts.ABOUT: site.about,
        site_texts.EMAIL: site.contact_email,
        site_texts.CONTACT: site.contact.lstrip("@"),
        site_texts.TERMS: site.terms,
        site_texts.PRIVACY: site.privacy,
    }
    return site_texts.SiteDefaults(texts=texts, rules=rules_of(site), safe_mode=safe_mode)
