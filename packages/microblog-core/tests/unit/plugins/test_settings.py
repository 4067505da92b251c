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
from microblog_core.plugins.settings import Secret, decode_settings, scrub, secrets_in


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
