"""Settings: typed, with errors that name the key, and secrets that nobody sees."""

from __future__ import annotations

import copy
import json
import logging
import pickle
from pathlib import Path
from typing import Literal

import msgspec
import pytest

from microblog_core.domain.errors import ConfigurationError
from microblog_core.plugins.settings import (
    FromVariable,
    Secret,
    check_ranges,
    decode_settings,
    scrub,
    secrets_in,
)


class Server(msgspec.Struct, frozen=True):
    host: str
    port: int = 25
    password: Secret = Secret("")


class Mail(msgspec.Struct, frozen=True, rename="kebab"):
    server: Server | None = None
    tags: tuple[str, ...] = ()
    ports: list[int] = []
    enabled: bool = False
    every: float = 1.0
    mode: Literal["fast", "slow"] = "fast"
    tokens: tuple[Secret, ...] = ()
    api_key: Secret | None = None
    folder: Path = Path()


def decode(raw: dict) -> Mail:
    return decode_settings(raw, Mail, "plugins.mail")


def test_texts_from_the_environment_become_what_is_wanted():
    settings = decode(
        {
            "enabled": "true",
            "every": "2.5",
            "tags": "a, b,",
            "ports": '["1", 2]',
            "server": {"host": "h", "port": "26"},
        }
    )
    assert (settings.enabled, settings.every, settings.tags) == (True, 2.5, ("a", "b"))
    assert settings.ports == [1, 2]
    assert settings.server == Server(host="h", port=26)


def test_values_of_a_file_stay_as_they_are():
    settings = decode({"tags": ["a, b"], "ports": [1], "api-key": "s3cret", "folder": "a/b"})
    assert (settings.tags, settings.ports, settings.api_key) == (("a, b",), [1], Secret("s3cret"))
    assert settings.folder == Path("a/b")


@pytest.mark.parametrize(
    ("raw", "message", "hint"),
    [
        ({"serve": {}}, "plugins.mail.serve: there is no such setting.", "Did you mean server?"),
        ({"server": {"host": "h", "prt": 1}}, "plugins.mail.server.prt: there is no such setting.", "port"),
        (
            {"server": {}},
            "plugins.mail.server: the setting host is missing.",
            "MICROBLOG_PLUGINS__MAIL__SERVER",
        ),
        (
            {"every": "often"},
            "plugins.mail.every: expected float, got str.",
            "MICROBLOG_PLUGINS__MAIL__EVERY",
        ),
        ({"ports": "1,x"}, "plugins.mail.ports[1]: expected int, got str.", "[plugins.mail]"),
        ({"mode": "hunter2"}, "plugins.mail.mode: this is none of the possible values.", "[plugins.mail]"),
        ({"folder": 5}, "plugins.mail.folder: expected a text.", "[plugins.mail]"),
        ({"api-key": 5}, "plugins.mail.api-key: expected a text.", "MICROBLOG_PLUGINS__MAIL__API_KEY"),
    ],
)
def test_errors_name_the_key_and_the_place(raw, message, hint):
    with pytest.raises(ConfigurationError) as caught:
        decode(raw)
    assert str(caught.value) == message
    assert hint in caught.value.hint


def test_the_first_setting_that_is_out_of_range_is_named():
    check_ranges("mail", {"port": True})
    with pytest.raises(ConfigurationError, match=r"^plugins\.mail\.every is out of range\.") as caught:
        check_ranges("mail", {"port": True, "every": False, "mode": False})
    assert caught.value.hint


def test_a_secret_shows_nowhere(caplog):
    secret = Secret("hunter2")
    struct = Server(host="h", password=secret)
    with caplog.at_level(logging.INFO):
        logging.getLogger("x").info("%s %r %s", secret, secret, struct)
    shown = f"{secret} {secret!r} {secret!s:>20} {struct} {[secret]}"
    assert "hunter2" not in shown + caplog.text
    for encode in (msgspec.json.encode, json.dumps, pickle.dumps):
        with pytest.raises(TypeError):
            encode(secret)
    assert secret.reveal() == "hunter2"


def test_secrets_compare_hash_and_copy_as_values():
    assert Secret("a") == Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a")}) == 1
    assert copy.deepcopy({"key": Secret("a")}) == {"key": Secret("a")}
    assert not Secret("")


def test_secrets_are_found_in_raw_tables_by_type_and_by_name():
    raw = {"server": {"host": "h", "password": "one"}, "api-key": "two", "tags": "no"}
    assert sorted(secrets_in(raw, Mail)) == ["one", "two"]
    assert sorted(secrets_in({"password": "a", "dsn": "b", "host": "c"}, None)) == ["a", "b"]


def test_scrubbing_replaces_the_longest_first_and_leaves_short_words():
    assert scrub("secret and secretly at sea", ["secret", "secretly", "sea"]) == "*** and *** at sea"


class Limit(msgspec.Struct, frozen=True):
    times: int = 1
    secret_word: str = ""


class Deep(msgspec.Struct, frozen=True):
    limits: dict[str, Limit] = {}
    servers: tuple[Server, ...] = ()
    one: Limit = Limit()
    numbers: dict[str, int] = {}
    headers: dict[str, Secret] = {}
    ca_file: str = ""


def deep(raw: dict) -> Deep:
    return decode_settings(raw, Deep, "plugins.deep")


def test_tables_and_lists_of_tables_may_come_as_one_text():
    settings = deep(
        {
            "limits": '{"read": {"times": "3"}}',
            "servers": '[{"host": "a", "password": "p"}, {"host": "b"}]',
            "one": '{"times": 5}',
            "numbers": {"a": "1"},
            "headers": '{"x": "y"}',
        }
    )
    assert settings.limits == {"read": Limit(times=3)}
    assert settings.servers == (Server(host="a", password=Secret("p")), Server(host="b"))
    assert (settings.one, settings.numbers) == (Limit(times=5), {"a": 1})
    assert settings.headers == {"x": Secret("y")}


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({"limits": {"read": {"tmes": 1}}}, "plugins.deep.limits.read.tmes: there is no such setting."),
        (
            {"servers": [{"host": "a"}, {"hst": "b"}]},
            "plugins.deep.servers[1].hst: there is no such setting.",
        ),
        ({"one": '{"tmes": 1}'}, "plugins.deep.one.tmes: there is no such setting."),
        ({"one": '{"times": '}, "plugins.deep.one: expected table, got str."),
        ({"limits": "many"}, "plugins.deep.limits: expected table, got str."),
    ],
)
def test_an_unknown_key_is_found_at_any_depth(raw, message):
    with pytest.raises(ConfigurationError) as caught:
        deep(raw)
    assert str(caught.value) == message


def test_an_error_names_the_variable_that_set_the_key_and_the_one_that_was_meant():
    with pytest.raises(ConfigurationError) as caught:
        deep({"one": {"tmes": FromVariable.of("1", "MICROBLOG_PLUGINS__DEEP__ONE__TMES")}})
    assert "MICROBLOG_PLUGINS__DEEP__ONE__TMES sets it." in caught.value.hint
    assert "Did you mean MICROBLOG_PLUGINS__DEEP__ONE__TIMES?" in caught.value.hint


def test_a_key_that_ends_with_file_is_set_by_its_own_name():
    named = FromVariable.of("the content", "MICROBLOG_PLUGINS__DEEP__CA_FILE", "/etc/ca.pem")
    assert deep({"ca": named}).ca_file == "/etc/ca.pem"


class Inner(msgspec.Struct, frozen=True, rename="camel"):
    max_size: int = 0


class Renamed(msgspec.Struct, frozen=True, rename="kebab"):
    api_key: Secret = Secret("")
    inner_one: Inner = Inner()


def test_a_variable_finds_keys_with_dashes_and_capitals():
    raw = {
        "api_key": FromVariable.of("k", "MICROBLOG_PLUGINS__X__API_KEY"),
        "inner_one": {"maxsize": FromVariable.of("5", "MICROBLOG_PLUGINS__X__INNER_ONE__MAXSIZE")},
    }
    found = decode_settings(raw, Renamed, "plugins.x")
    assert (found.api_key, found.inner_one) == (Secret("k"), Inner(max_size=5))
    assert list(secrets_in(raw, Renamed)) == ["k"]
    # A file has to write them as they are.
    with pytest.raises(ConfigurationError, match="there is no such setting"):
        decode_settings({"api_key": "k"}, Renamed, "plugins.x")


def test_secrets_are_found_at_any_depth_and_where_the_type_is_wrong():
    raw = {
        "limits": {"a": {"secret_word": "one"}},
        "servers": '[{"host": "h", "password": "two"}]',
        "headers": {"x": "three", "y": ["four"]},
        "one": {"secret_word": {"nested": "five"}},
    }
    assert sorted(secrets_in(raw, Deep)) == sorted(["one", "two", "three", "four", "five"])
    assert list(secrets_in({"servers": [{"password": "six"}]}, None)) == ["six"]
    assert sorted(secrets_in(raw, Deep, by_name=False)) == ["four", "three", "two"]
