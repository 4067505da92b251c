"""The secret key: read, made with care, rotated."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from microblog_core.config import load_config
from microblog_core.domain.errors import ConfigurationError
from microblog_core.keys import make_secret_key, rotate_secret_key
from microblog_core.plugins import Secret

KEY = "ab" * 32


def test_without_a_key_the_error_says_how_to_make_one(tmp_path):
    with pytest.raises(ConfigurationError) as caught:
        load_config(tmp_path, environ={})
    assert caught.value.code == "no_secret_key"
    assert "microblog init" in caught.value.hint


def test_a_key_is_made_once_and_only_its_owner_can_read_it(tmp_path):
    path = make_secret_key(tmp_path / "data")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    text = path.read_text()
    assert len(bytes.fromhex(text)) == 32
    make_secret_key(tmp_path / "data")
    assert path.read_text() == text


def test_many_that_make_a_key_at_once_make_one_and_leave_nothing_else(tmp_path):
    with ThreadPoolExecutor(16) as pool:
        keys = {pool.submit(lambda: make_secret_key(tmp_path).read_text()) for _ in range(50)}
    assert len({key.result() for key in keys}) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]


def test_rotation_puts_a_new_key_before_the_earlier_ones(tmp_path):
    first = load_config(tmp_path, environ={}, make_key=True).secret_key
    for _ in range(3):
        path = rotate_secret_key(tmp_path)
    config = load_config(tmp_path, environ={})
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(config.previous_keys) == 2
    assert len({config.secret_key, first, *config.previous_keys}) == 4


def test_a_key_may_come_from_a_file_that_the_environment_names(tmp_path):
    (tmp_path / "key").write_text(f"{KEY}\n{'cd' * 32}\n")
    config = load_config(tmp_path, environ={"MICROBLOG_SECRET_KEY_FILE": str(tmp_path / "key")})
    assert (config.secret_key, config.previous_keys) == (Secret(KEY), (Secret("cd" * 32),))
