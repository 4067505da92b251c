"""Variables of the environment, at any depth, and what is said of those that set nothing."""

from __future__ import annotations

import pytest

from microblog_core.config import load_config
from microblog_core.config_environment import overlooked
from microblog_core.domain.errors import ConfigurationError

KEY = {"MICROBLOG_SECRET_KEY": "ab" * 32}


@pytest.mark.parametrize(
    ("variable", "hint"),
    [
        ("MICROBLOG_SERVR__PORT", "Did you mean MICROBLOG_SERVER__PORT?"),
        ("MICROBLOG_PLUGIN__MAIL__HOST", "Did you mean MICROBLOG_PLUGINS__MAIL__HOST?"),
        ("MICROBLOG_WHATEVER__X", "After MICROBLOG_ comes one of SERVER, JOBS, PAYMENTS, PLUGINS, SITES"),
        ("MICROBLOG_SERVER____PORT", "After MICROBLOG_ comes one of"),
    ],
)
def test_a_variable_that_sets_nothing_is_named_with_what_was_meant(tmp_path, variable, hint):
    with pytest.raises(ConfigurationError) as caught:
        load_config(tmp_path, environ={**KEY, variable: "hunter2"})
    assert variable in caught.value.message
    assert hint in caught.value.hint
    assert "hunter2" not in caught.value.message + caught.value.hint


def test_a_wrong_key_names_its_variable_and_the_right_one(tmp_path):
    with pytest.raises(ConfigurationError) as caught:
        load_config(tmp_path, environ={**KEY, "MICROBLOG_SITES__MAIN__TITEL": "x"})
    assert caught.value.message == "sites.main.titel: there is no such setting."
    assert (
        "MICROBLOG_SITES__MAIN__TITEL sets it. Did you mean MICROBLOG_SITES__MAIN__TITLE?"
        in caught.value.hint
    )


def test_free_tables_are_set_key_by_key_or_whole(tmp_path):
    environ = {
        **KEY,
        "MICROBLOG_PAYMENTS__GATEWAYS": "sandbox",
        "MICROBLOG_PAYMENTS__MINIMUM__EUR": "150",
        "MICROBLOG_PAYMENTS__ROUTES": '{"EUR:DE": ["sandbox"]}',
        "MICROBLOG_SITES__MAIN__RATES__PUBLISH": '[5, "60"]',
        "MICROBLOG_SITES__MAIN__RULES": '["Be kind.", {"text": "No spam.", "id": "spam"}]',
    }
    (site,) = load_config(tmp_path, environ=environ).sites
    assert site.payments.minimum == {"EUR": 150}
    assert site.payments.routes == {"EUR:DE": ("sandbox",)}
    assert site.rates == {"publish": (5, 60.0)}
    assert [getattr(rule, "id", rule) for rule in site.rules] == ["Be kind.", "spam"]


def test_a_secret_file_works_at_any_depth(tmp_path):
    (tmp_path / "secret").write_text("hunter2\n")
    environ = {**KEY, "MICROBLOG_SITES__MAIN__PLUGINS__WEB_PUSH__A__B__KEY_FILE": str(tmp_path / "secret")}
    (site,) = load_config(tmp_path, environ=environ).sites
    assert site.settings == {"web-push": {"a": {"b": {"key": "hunter2"}}}}


def test_a_secret_that_was_put_where_its_file_belongs_is_not_quoted(tmp_path):
    with pytest.raises(ConfigurationError) as caught:
        load_config(tmp_path, environ={**KEY, "MICROBLOG_PLUGINS__MAIL__PASSWORD_FILE": "hunter2"})
    assert "MICROBLOG_PLUGINS__MAIL__PASSWORD_FILE" in caught.value.message
    assert "hunter2" not in f"{caught.value.message}{caught.value.hint}{caught.value.__cause__}"


def test_what_a_site_says_of_a_plugin_is_laid_over_what_holds_for_all_at_any_depth(tmp_path):
    (tmp_path / "microblog.toml").write_text(
        "[plugins.mail.retry]\ntimes = 3\nseconds = 5\n[sites.main.plugins.mail.retry]\ntimes = 4\n"
    )
    environ = {**KEY, "MICROBLOG_SITES__MAIN__PLUGINS__MAIL__RETRY__JITTER": "1"}
    (site,) = load_config(tmp_path, environ=environ).sites
    assert site.settings == {"mail": {"retry": {"times": 4, "seconds": 5, "jitter": "1"}}}


def test_a_variable_with_a_single_underscore_is_no_error_but_is_overlooked(tmp_path):
    environ = {**KEY, "MICROBLOG_SERVER_PORT": "tcp://10.0.0.1:80", "MICROBLOG_CHROMIUM": "/usr/bin/chromium"}
    assert load_config(tmp_path, environ=environ).server.port == 8000
    assert list(overlooked(environ)) == [("MICROBLOG_SERVER_PORT", "MICROBLOG_SERVER__PORT")]


def test_it_is_known_which_variable_set_what(tmp_path):
    config = load_config(tmp_path, environ={**KEY, "MICROBLOG_SERVER__PORT": "1"})
    assert config.variables == {("server", "port"): "MICROBLOG_SERVER__PORT"}
