"""The reference of the configuration: complete, valid, and true."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest

from microblog_core.config import load_config
from microblog_core.config_reference import as_data, as_toml, core_tables, plugin_tables, toml_value
from microblog_core.contributions import Manifest
from microblog_core.plugins.settings import Secret, decode_settings


class Retry(msgspec.Struct, frozen=True):
    times: int
    """How often it is tried."""
    seconds: float = 2.0
    """How long each try may take (seconds)."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[plugins.weather]`. Tells of the weather."""

    place: str
    """Where."""
    retry: Retry = Retry(times=3)
    key: Secret = Secret("planted-secret")
    """What to ask with."""
    stations: dict[str, Retry] = {}
    """Stations by name."""


PLUGIN = SimpleNamespace(PLUGIN=Manifest(name="weather", settings=Settings))


def uncommented(text: str) -> str:
    """As somebody would have it who takes one # away from each table and key."""
    return re.sub(r"^#(?=[^# ])", "", text, flags=re.M)


@pytest.fixture(scope="module")
def reference() -> str:
    tables, unknown = plugin_tables({"weather": PLUGIN})
    assert unknown == []
    return as_toml([*core_tables(), *tables], unknown)


def test_as_it_is_printed_it_says_nothing(reference):
    assert tomllib.loads(reference) == {}


def test_uncommented_it_loads_and_is_what_holds_anyway(reference, tmp_path):
    text = uncommented(reference)
    assert 'title = "Microblog"' in text.splitlines()
    (tmp_path / "microblog.toml").write_text(text)
    environ = {"MICROBLOG_SECRET_KEY": "ab" * 32}
    config = load_config(tmp_path, environ=environ)
    default = load_config(tmp_path / "nowhere", environ=environ)
    assert (config.server, config.jobs) == (default.server, default.jobs)
    (site,) = config.sites
    assert msgspec.structs.replace(site, settings={}) == default.sites[0]


def test_every_plugin_s_table_decodes_with_its_defaults(reference):
    plugins = tomllib.loads(uncommented(reference))["plugins"]
    assert decode_settings(plugins["weather"], Settings, "plugins.weather") == Settings(
        place="", retry=Retry(times=0), key=Secret("planted-secret")
    )
    (core,) = (each for each in plugin_tables()[0] if each.plugin == "core")
    assert plugins["core"] == {".".join(each.path): each.default for each in core.settings}


def test_every_key_of_core_says_what_it_means():
    assert [each["key"] for each in as_data(list(core_tables())) if not each["meaning"]] == []


def test_a_required_key_a_nested_one_and_a_secret_are_told_apart(reference):
    tables, _ = plugin_tables({"weather": PLUGIN})
    found = {each["key"]: each for each in as_data(tables)}
    assert found["plugins.weather.place"]["required"]
    retry = found["plugins.weather.retry.seconds"]
    assert (retry["variable"], retry["unit"]) == ("MICROBLOG_PLUGINS__WEATHER__RETRY__SECONDS", "seconds")
    assert found["plugins.weather.key"]["secret"]
    assert "planted-secret" not in reference
    assert "##   text; secret; not set; MICROBLOG_PLUGINS__WEATHER__KEY_FILE" in reference
    # Under a name that somebody has to choose nothing can be uncommented as it is.
    assert "##[plugins.weather.stations.NAME]\n" in reference


def test_a_plugin_that_can_not_be_asked_is_named_and_takes_nothing_away():
    tables, unknown = plugin_tables({"odd": SimpleNamespace(PLUGIN="no manifest"), "weather": PLUGIN})
    assert "weather" in {each.plugin for each in tables}
    (said,) = unknown
    assert said.startswith("The plugin odd can't be asked for its settings: ")
    assert tomllib.loads(as_toml(tables, unknown)) == {}


@pytest.mark.parametrize(
    "value", ["", 'a "b"\\\n\x7f\u2028é', 1, -2.5, float("inf"), True, [1, "a"], {"EUR:DE": ["x"], "a-b": {}}]
)
def test_values_are_written_as_toml(value):
    assert tomllib.loads(f"key = {toml_value(value)}")["key"] == value


def test_the_reference_does_not_depend_on_where_it_is_printed(tmp_path: Path, monkeypatch):
    before = as_toml(list(core_tables()))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MICROBLOG_SERVER__PORT", "1")
    assert as_toml(list(core_tables())) == before
