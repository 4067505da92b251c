"""The configuration: file and environment, errors that name the key."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from microblog_core.config import (
    Config,
    PluginsConfig,
    ServerConfig,
    SiteConfig,
    load_config,
    rules_of,
    statistics_rules,
)
from microblog_core.domain.errors import ConfigurationError
from microblog_core.domain.rules import Rule
from microblog_core.domain.statistics import StatisticsRules
from microblog_core.wiring import public_url

KEY = "ab" * 32


def load(tmp_path: Path, toml: str = "", **environ: str) -> Config:
    if toml:
        (tmp_path / "microblog.toml").write_text(dedent(toml))
    return load_config(tmp_path, environ={"MICROBLOG_SECRET_KEY": KEY, **environ})


def test_without_anything_there_is_one_site_called_main(tmp_path):
    config = load(tmp_path)
    assert config.server == ServerConfig()
    assert [site.name for site in config.sites] == ["main"]
    assert (config.sites[0].storage, config.sites[0].timeline) == ("", "hybrid")
    assert config.sites[0].plugins == PluginsConfig()
    assert config.file is None


def test_the_file_is_read_with_settings_for_all_sites_and_for_one(tmp_path):
    config = load(
        tmp_path,
        """
        [server]
        port = 9000
        proxies = ["10.0.0.0/8"]

        [plugins]
        disabled = ["web"]

        [plugins.mail]
        host = "mail.example"
        port = 25

        [sites.ada]
        hosts = ["Ada.example.", "ada.example:8443"]
        base_url = "https://ada.example/"
        storage = "memory:"

        [sites.ada.plugins]
        required = ["mail"]

        [sites.ada.plugins.mail]
        port = 26

        [sites.bob]
        hosts = ["bob.example"]
        rates = { publish = [5, 60] }
        """,
    )
    ada, bob = config.sites
    assert config.server.port == 9000
    assert (ada.hosts, ada.base_url) == (("ada.example", "ada.example:8443"), "https://ada.example")
    assert ada.plugins == PluginsConfig(disabled=("web",), required=("mail",))
    assert ada.settings == {"mail": {"host": "mail.example", "port": 26}}
    assert bob.settings == {"mail": {"host": "mail.example", "port": 25}}
    assert bob.rates == {"publish": (5, 60.0)}


def test_the_environment_is_above_the_file_at_any_depth(tmp_path):
    config = load(
        tmp_path,
        '[server]\nport = 9000\n[sites.the-club]\ntitle = "Old"\n',
        MICROBLOG_SERVER__PORT="9001",
        MICROBLOG_SITES__THE_CLUB__TITLE="New",
        MICROBLOG_SITES__THE_CLUB__HOSTS="a.example, b.example",
        MICROBLOG_SITES__THE_CLUB__PLUGINS__WEB_PUSH__SERVER__HOST="push.example",
        MICROBLOG_PLUGINS__DISABLED="web,api",
        MICROBLOG_SERVER__LOG_FORMAT="",
        MICROBLOG_CHROMIUM="/usr/bin/chromium",
    )
    (site,) = config.sites
    assert (config.server.port, config.server.log_format) == (9001, "auto")
    assert (site.title, site.hosts) == ("New", ("a.example", "b.example"))
    assert site.settings == {"web-push": {"server": {"host": "push.example"}}}
    assert site.plugins.disabled == ("web", "api")


def test_rules_have_their_number_for_an_id_or_one_of_their_own(tmp_path):
    toml = '[sites.main]\nrules = ["Be kind.", {text = "No spam.", hint = "Ask.", id = "spam"}, "Third."]\n'
    (site,) = load(tmp_path, toml).sites
    assert rules_of(site) == (
        Rule(id="1", text="Be kind."),
        Rule(id="spam", text="No spam.", hint="Ask."),
        Rule(id="3", text="Third."),
    )
    with pytest.raises(ConfigurationError, match="same id"):
        load(tmp_path, '[sites.main]\nrules = ["A", {text = "B", id = "1"}]\n')
    with pytest.raises(ConfigurationError, match="rules"):
        load(tmp_path, '[sites.main]\nrules = [{text = "B", hnit = "1"}]\n')


def test_a_site_counts_days_in_its_time_zone_for_everybody_unless_it_says_otherwise(tmp_path):
    (site,) = load(tmp_path).sites
    assert statistics_rules(site) == StatisticsRules()
    toml = '[sites.main]\ntimezone = "Europe/Berlin"\nstatistics = "operators"\n'
    rules = statistics_rules(load(tmp_path, toml).sites[0])
    assert (rules.name, str(rules.zone), rules.public) == ("Europe/Berlin", "Europe/Berlin", False)


def test_a_variable_that_ends_with_file_names_a_file_with_the_value(tmp_path):
    (tmp_path / "password").write_text("hunter2\n")
    config = load(tmp_path, MICROBLOG_PLUGINS__MAIL__PASSWORD_FILE=str(tmp_path / "password"))
    assert config.sites[0].settings == {"mail": {"password": "hunter2"}}


@pytest.mark.parametrize(
    ("toml", "environ", "message"),
    [
        ("[servers]\n", {}, "servers: there is no such key."),
        ("[server]\nprot = 1\n", {}, "server.prot: there is no such setting."),
        ("[server]\nport = 70000\n", {}, "server.port: there is no such port."),
        ('[server]\nport = "x"\n', {}, "server.port: expected int, got str."),
        ('[server]\nproxies = ["x"]\n', {}, "server.proxies: 'x' is no address and no network."),
        ("server = 1\n", {}, "server is a value."),
        ("[sites.Main]\n", {}, "sites.Main: this is no name for a site."),
        ('[sites.main]\nname = "x"\n', {}, "sites.main.name: there is no such setting."),
        ('[sites.main]\nhosts = ["https://x"]\n', {}, "sites.main.hosts: 'https://x' is no host."),
        ('[sites.main]\nbase_url = "x"\n', {}, "sites.main.base_url must be an address"),
        ('[sites.main]\nregistrations = "maybe"\n', {}, "sites.main.registrations: this is none of"),
        ("[sites.main]\npost_length = 0\n", {}, "sites.main.post_length is out of range."),
        (
            '[sites.main]\ntimezone = "Europe/Nowhere"\n',
            {},
            "sites.main.timezone: 'Europe/Nowhere' is no time",
        ),
        ('[sites.main]\nstatistics = "never"\n', {}, "sites.main.statistics: this is none of"),
        ("[sites.main]\nupload_bytes = 7\n", {}, "sites.main.upload_bytes is out of range."),
        ("[sites.a]\n[sites.b]\n", {}, "sites.a.hosts is empty."),
        (
            '[sites.a]\nhosts=["x"]\n[sites.b]\nhosts=["X"]\n',
            {},
            "sites.a.hosts and sites.b.hosts both name x.",
        ),
        (
            '[sites.a]\nhosts=["x"]\nstorage="s:1"\n[sites.b]\nhosts=["y"]\nstorage="s:1"\n',
            {},
            "sites.a.storage and sites.b.storage are the same.",
        ),
        (
            '[sites.a]\nhosts=["x"]\nblobs="files:m"\n[sites.b]\nhosts=["y"]\nblobs="files:m"\n',
            {},
            "sites.a.blobs and sites.b.blobs are the same.",
        ),
        ("[plugins]\nonli = []\n", {}, "plugins.onli: there is no such setting."),
        ("[plugins.only]\n", {}, "plugins.only is a table."),
        ('[plugins]\nrequired=["a"]\ndisabled=["a"]\n', {}, "a is both required and disabled."),
        ("[plugins]\ntime_budget = 0\n", {}, "sites.main.plugins.time_budget is out of range."),
        ("[server\n", {}, "is no TOML"),
        ("", {"MICROBLOG_SERVER__PROT": "1"}, "server.prot: there is no such setting."),
        (
            "",
            {"MICROBLOG_SERVER__PORT__X": "1", "MICROBLOG_SERVER__PORT": "1"},
            "port is a value, not a table.",
        ),
        ("", {"MICROBLOG_SERVER__HOST_FILE": "/nowhere"}, "The file that MICROBLOG_SERVER__HOST_FILE names"),
        ("", {"MICROBLOG_SECRET_KEY": "hunter2"}, "The secret key in MICROBLOG_SECRET_KEY is damaged."),
    ],
)
def test_an_error_names_the_key_says_what_to_do_and_tells_no_secret(tmp_path, toml, environ, message):
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path, toml, **environ)
    assert message in str(caught.value)
    assert caught.value.hint
    assert "hunter2" not in str(caught.value) + caught.value.hint


def test_two_variables_for_one_key_are_an_error(tmp_path):
    (tmp_path / "host").write_text("::1")
    with pytest.raises(ConfigurationError, match="set the same key"):
        load(tmp_path, MICROBLOG_SERVER__HOST="x", MICROBLOG_SERVER__HOST_FILE=str(tmp_path / "host"))


def test_a_file_that_was_asked_for_must_be_there(tmp_path):
    with pytest.raises(ConfigurationError, match=r"other\.toml can't be read"):
        load_config(tmp_path, tmp_path / "other.toml", {"MICROBLOG_SECRET_KEY": KEY})


def test_the_data_folder_may_come_from_the_environment(tmp_path):
    environ = {"MICROBLOG_DATA": str(tmp_path / "data"), "MICROBLOG_SAFE_MODE": "1"}
    config = load_config(environ=environ, make_key=True)
    assert config.data == tmp_path / "data"
    assert config.safe_mode


def test_nothing_secret_is_shown_when_the_configuration_is_printed(tmp_path):
    config = load(
        tmp_path,
        '[sites.main]\nstorage = "postgresql://u:hunter2@db/x"\n[plugins.mail]\npassword = "hunter2"\n',
    )
    assert "hunter2" not in repr(config)
    assert KEY not in repr(config)


@pytest.mark.parametrize(
    ("table", "embedded"),
    [
        ("", True),
        ('broker = "redis://h"', False),
        ('broker = "redis://h"\nrun = "embedded"', True),
        ('run = "external"', False),
    ],
)
def test_serve_runs_the_jobs_unless_there_is_a_broker_or_it_is_told_otherwise(tmp_path, table, embedded):
    file = tmp_path / "microblog.toml"
    file.write_text(f"[jobs]\n{table}\n")
    config = load_config(tmp_path, file, {"MICROBLOG_SECRET_KEY": "00" * 32})
    assert config.jobs.embedded is embedded


def test_the_broker_s_address_is_shown_nowhere(tmp_path):
    given = {"MICROBLOG_SECRET_KEY": "00" * 32, "MICROBLOG_JOBS__BROKER": "redis://:hunter22@host"}
    config = load_config(tmp_path, None, given)
    assert config.jobs.broker.reveal() == "redis://:hunter22@host"
    assert "hunter22" not in repr(config)


@pytest.mark.parametrize(
    ("site", "server", "url"),
    [
        ({"base_url": "https://ada.example"}, {"host": "0.0.0.0"}, "https://ada.example"),
        ({"hosts": ("ada.example", "bob.example")}, {}, "https://ada.example"),
        ({}, {"port": 8123}, "http://127.0.0.1:8123"),
        ({}, {"host": "::1"}, "http://[::1]:8000"),
        ({}, {"host": "0.0.0.0"}, ""),
    ],
)
def test_links_outside_of_requests_lead_to_where_the_site_is_known_to_be(site, server, url):
    assert public_url(SiteConfig(name="main", **site), ServerConfig(**server)) == url
