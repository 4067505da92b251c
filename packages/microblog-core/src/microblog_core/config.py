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
from microblog_core.config_payments import PaymentsConfig
from microblog_core.domain import site_texts
from microblog_core.domain.archives import ARCHIVE_BYTES
from microblog_core.domain.errors import ConfigurationError
from microblog_core.domain.media import UPLOAD_BYTES
from microblog_core.domain.rules import Rule
from microblog_core.domain.signing_up import Inviters, Registrations
from microblog_core.domain.statistics import StatisticsRules, zone_of
from microblog_core.keys import read_keys, read_secret_file
from microblog_core.plugins.settings import Secret, decode_settings

FILE_NAME = "microblog.toml"
DEFAULT_DATA = Path("microblog-data")
DEFAULT_SITE = "main"
PREFIX = "MICROBLOG_"
SAFE_MODE = "MICROBLOG_SAFE_MODE"

_NAME = re.compile(r"[a-z][a-z0-9-]{0,62}")
_HOST = re.compile(r"[a-z0-9._-]+(:\d{1,5})?|\[[0-9a-f:.]+\](:\d{1,5})?")


class PluginsConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Which plugins a site uses. `only` leaves all others out; `required` ones must work or the site does not
    open.

    `time_budget` is how many seconds a plugin may take to import, in a hook, or to enter its lifespan.
    """

    only: tuple[str, ...] | None = None
    disabled: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    time_budget: float = 10.0


class RuleConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rule with a hint and an id of its own, which reports keep when rules are added or moved."""

    text: str
    hint: str = ""
    id: str = ""


class SiteConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One site. `settings` holds the plugins' raw tables by plugin name; they may contain secrets.

    Empty: `hosts` take every host, `base_url` is taken from each request, `storage` is the embedded default,
    `blobs` are files in the data folder, `renderer` is the one with the highest priority, and `theme` (the
    plugin that the website's look comes from) is none. Network addresses of people are kept for
    `address_days` days, 0: not at all; the access log has `log_addresses`. `post_length` is in characters;
    `upload_bytes` is the size of an upload, `archive_bytes` that of an archive that people import, in bytes;
    `media_cap_bytes` and `media_cap_per_person` are how much room uploads may take (bytes, 0 for no limit).
    Posts can be taken back, and brought back, for `undo_seconds` (0: never). A poll
    has up to `poll_options` options (2 to 10). `rates` replaces rate limits of use cases by name (`publish`,
    `sign_up`, `log_in`, ...): how many times in how many seconds. `timezone` is an IANA name: in it
    statistics have their days; `statistics` says who may read them. `rules` are what people here agree to;
    one without an id has its number for it. Web hooks and pushes go to public addresses only, and to what
    `private_targets` names (hosts, addresses, networks). A campaign begins `campaign_grace` seconds after its
    start, and can be taken back until then. `registrations` says who may sign up and `invitations` who may
    invite; a sign-up that is sent within `signup_seconds` of its form is no person's. An account that
    somebody deletes can come back for `deletion_days`. Title, `description`, `rules`, `about`,
    `contact_email`, `contact` (a username), `terms` and `privacy` hold until somebody says something else on
    the website.
    """

    name: str
    hosts: tuple[str, ...] = ()
    title: str = "Microblog"
    description: str = ""
    base_url: str = ""
    storage: str = ""
    blobs: str = ""
    timeline: str = "hybrid"
    renderer: str = ""
    registrations: Registrations = Registrations.OPEN
    invitations: Inviters = Inviters.MEMBERS
    signup_seconds: float = 3.0
    deletion_days: float = 14.0
    theme: str = ""
    address_days: int = 30
    log_addresses: Literal["full", "network", "none"] = "network"
    post_length: int = 500
    poll_options: int = 4
    upload_bytes: int = UPLOAD_BYTES
    archive_bytes: int = ARCHIVE_BYTES
    undo_seconds: float = 10.0
    rates: Mapping[str, tuple[int, float]] = {}
    rules: tuple[str | RuleConfig, ...] = ()
    about: str = ""
    contact_email: str = ""
    contact: str = ""
    terms: str = ""
    privacy: str = ""
    media_cap_bytes: int = 0
    media_cap_per_person: int = 0
    timezone: str = "UTC"
    statistics: Literal["public", "operators"] = "public"
    private_targets: tuple[str, ...] = ()
    campaign_grace: float = 60.0
    payments: PaymentsConfig = PaymentsConfig()
    plugins: PluginsConfig = PluginsConfig()
    settings: Mapping[str, Mapping[str, Any]] = {}

    def __repr__(self) -> str:
        # The URLs of storage and blob store and the plugins' tables may hold passwords.
        return f"SiteConfig(name={self.name!r}, hosts={self.hosts!r})"


class ServerConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the process listens. `proxies` are the addresses and networks whose forwarding headers are
    believed. A request that isn't answered for `request_seconds` (nor sends anything) gets a 503.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    proxies: tuple[str, ...] = ()
    log_format: Literal["auto", "json", "text"] = "auto"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    request_seconds: float = 30.0


class JobsConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who runs the jobs. `broker` is the URL of what hands them to `microblog worker`, with its password.

    `run` says whether `microblog serve` runs them (`embedded`) or leaves them to workers (`external`); empty:
    it leaves them where there is a broker.
    """

    broker: Secret = Secret("")
    run: Literal["", "embedded", "external"] = ""

    @property
    def embedded(self) -> bool:
        """Whether `microblog serve` runs the jobs itself."""
        return self.run == "embedded" or (not self.run and not self.broker)


@dataclass(frozen=True, kw_only=True)
class Config:
    """Everything. `data` is the folder that files of the service lie in; `previous_keys` verify, but sign no
    more.
    """

    data: Path
    secret_key: Secret
    server: ServerConfig = field(default_factory=ServerConfig)
    jobs: JobsConfig = field(default_factory=JobsConfig)
    sites: tuple[SiteConfig, ...] = (SiteConfig(name=DEFAULT_SITE),)
    previous_keys: tuple[Secret, ...] = ()
    safe_mode: bool = False
    file: Path | None = field(default=None, compare=False)


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
    _put_environment(raw, environ)
    for key in raw.keys() - {"server", "jobs", "payments", "plugins", "sites"}:
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


def _put_environment(raw: dict[str, Any], environ: Mapping[str, str]) -> None:
    given: dict[tuple[str, ...], str] = {}
    for variable, value in sorted(environ.items()):
        inner = variable.removeprefix(PREFIX)
        if inner == variable or "__" not in inner or not value:
            continue
        parts = inner.lower().split("__")
        if parts[-1].endswith("_file"):
            parts[-1] = parts[-1].removesuffix("_file")
            value = read_secret_file(variable, value)
        path = _named(parts)
        if path in given:
            raise ConfigurationError(
                f"{variable} and {given[path]} set the same key.", hint="Set only one of the two."
            )
        given[path] = variable
        _put(raw, path, value, variable)


def _named(parts: list[str]) -> tuple[str, ...]:
    """Names of sites and plugins have dashes where a variable can only have underscores."""
    path = list(parts)
    plugins = 0
    if path[0] == "sites" and len(path) > 1:
        path[1] = path[1].replace("_", "-")
        plugins = 2
    if len(path) > plugins + 2 and path[plugins] == "plugins":
        path[plugins + 1] = path[plugins + 1].replace("_", "-")
    return tuple(path)


def _put(raw: dict[str, Any], path: tuple[str, ...], value: str, variable: str) -> None:
    table = raw
    for part in path[:-1]:
        inner = table.setdefault(part, {})
        if not isinstance(inner, dict):
            raise ConfigurationError(
                f"{variable}: {part} is a value, not a table.", hint="Set it without what follows its name."
            )
        table = inner
    table[path[-1]] = value


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
        plugin: {**common_settings.get(plugin, {}), **own_settings.get(plugin, {})}
        for plugin in sorted(common_settings.keys() | own_settings.keys())
    }
    table["payments"] = {**payments, **_table(table, "payments", f"{where}.")}
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
