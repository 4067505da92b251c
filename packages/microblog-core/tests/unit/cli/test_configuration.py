"""`microblog config`: what there is, and what is set by whom."""

from __future__ import annotations

import json
import tomllib


def test_the_reference_is_a_file_that_says_nothing_and_names_every_variable(microblog):
    result = microblog("config", "reference")
    assert result.exit_code == 0, result.output
    assert tomllib.loads(result.stdout) == {}
    assert "MICROBLOG_SITES__MAIN__UNDO_SECONDS" in result.stdout
    assert "#[plugins.core]" in result.stdout


def test_the_reference_of_one_plugin(microblog):
    result = microblog("config", "reference", "--plugin", "core")
    assert "#console = false" in result.stdout
    assert "#[server]" not in result.stdout
    refused = microblog("config", "reference", "--plugin", "cor")
    assert refused.exit_code == 1
    assert "There is no plugin 'cor' with settings." in refused.stderr


def test_the_reference_as_json_has_an_object_for_each_key(microblog):
    keys = {each["key"]: each for each in json.loads(microblog("config", "reference", "--json").stdout)}
    port = keys["server.port"]
    assert (port["type"], port["default"], port["variable"]) == (
        "whole number",
        8000,
        "MICROBLOG_SERVER__PORT",
    )


def test_what_is_set_is_shown_with_where_it_comes_from(microblog, data, monkeypatch):
    data.mkdir()
    file = data / "microblog.toml"
    toml = "[server]\nport = 9000\n[payments]\ngrace_days = 2\n[sites.main.payments]\ngrace_days = 1\n"
    file.write_text(toml)
    monkeypatch.setenv("MICROBLOG_JOBS__BROKER", "redis://:hunter22@h")
    monkeypatch.setenv("MICROBLOG_SITES__MAIN__STORAGE", "memory:")
    monkeypatch.setenv("MICROBLOG_PLUGINS__CORE__CONSOLE", "true")
    monkeypatch.setenv("MICROBLOG_SITES__MAIN__BLOBS", "memory:")
    result = microblog("config", "show", "--json")
    assert result.exit_code == 0, result.output
    assert {each["key"]: (each["value"], each["origin"]) for each in json.loads(result.stdout)} == {
        "server.port": ("9000", str(file)),
        "jobs.broker": ("***", "MICROBLOG_JOBS__BROKER"),
        "sites.main.storage": ('"memory:"', "MICROBLOG_SITES__MAIN__STORAGE"),
        "sites.main.blobs": ('"memory:"', "MICROBLOG_SITES__MAIN__BLOBS"),
        "sites.main.payments.grace_days": ("1.0", str(file)),
        "plugins.core.console": ("true", "MICROBLOG_PLUGINS__CORE__CONSOLE"),
    }
    assert "hunter22" not in result.output


def test_without_anything_set_it_says_so_and_shows_the_defaults_when_asked(microblog):
    assert "Nothing is set" in microblog("config", "show").stdout
    assert "server.port" in microblog("config", "show", "--all").stdout


def test_settings_that_can_not_be_in_force_are_told_on_standard_error(microblog, monkeypatch):
    monkeypatch.setenv("MICROBLOG_PLUGINS__CORR__CONSOLE", "true")
    monkeypatch.setenv("MICROBLOG_PLUGINS__CORE__CONSOL", "true")
    said = microblog("config", "show").stderr
    assert "MICROBLOG_PLUGINS__CORR__CONSOLE sets them. Did you mean plugins.core?" in said
    assert "MICROBLOG_PLUGINS__CORE__CONSOL sets it." in said
