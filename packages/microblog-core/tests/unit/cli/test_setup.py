from __future__ import annotations

import stat
import tomllib

from microblog_core.config import load_config


def test_init_makes_a_key_only_its_owner_reads_and_a_configuration_that_loads(microblog, data):
    result = microblog("init")
    assert result.exit_code == 0, result.output
    assert stat.S_IMODE((data / "secret.key").stat().st_mode) == 0o600
    assert tomllib.loads((data / "microblog.toml").read_text())
    assert load_config(data, environ={}).sites[0].name == "main"


def test_every_setting_that_the_configuration_mentions_exists(microblog, data):
    microblog("init")
    file = data / "microblog.toml"
    lines = []
    for line in file.read_text().splitlines():
        plain = line.removeprefix("# ")
        lines.append(plain if line.startswith("# ") and (" = " in plain or plain.startswith("[")) else line)
    file.write_text("\n".join(lines))
    config = load_config(data, environ={})
    assert config.server.port == 8000
    assert config.sites[0].post_length == 500


def test_init_overwrites_nothing(microblog, data):
    data.mkdir()
    (data / "microblog.toml").write_text("# mine")
    result = microblog("init")
    assert result.exit_code == 1
    assert "exists already" in result.stderr
    assert (data / "microblog.toml").read_text() == "# mine"
    assert not (data / "secret.key").exists()


def test_rotating_keeps_the_previous_key_valid(microblog, data):
    microblog("init")
    before = load_config(data, environ={})
    assert microblog("keys", "rotate").exit_code == 0
    after = load_config(data, environ={})
    assert after.secret_key != before.secret_key
    assert after.previous_keys == (before.secret_key,)


def test_a_key_from_the_environment_is_not_rotated_behind_its_back(microblog, monkeypatch):
    monkeypatch.setenv("MICROBLOG_SECRET_KEY", "ab" * 32)
    result = microblog("keys", "rotate")
    assert result.exit_code == 1
    assert "MICROBLOG_SECRET_KEY" in result.stderr
