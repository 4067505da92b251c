"""`migrate`, `plugins`, `doctor` and `demo`, as an operator calls them."""

from __future__ import annotations

import json

import pytest

from microblog_core.cli.context import Invocation
from microblog_core.cli.demo_maker import PASSWORD
from microblog_core.cli.doctor import examine
from microblog_core.examining import Finding


def test_migrate_goes_forward_and_back_and_says_where_it_stands(microblog):
    assert microblog("migrate").exit_code == 0
    status = microblog("migrate", "--status")
    assert status.exit_code == 0
    needed = status.output.split()[-1]
    assert microblog("migrate", "--to", "base").exit_code == 0
    back = microblog("migrate", "--status")
    assert back.exit_code == 1
    assert "(empty)" in back.output
    assert needed in microblog("migrate").output


def test_a_storage_without_a_schema_has_nothing_to_migrate(microblog, monkeypatch):
    monkeypatch.setenv("MICROBLOG_SITES__MAIN__STORAGE", "memory:")
    result = microblog("migrate")
    assert result.exit_code == 0
    assert "nothing to migrate" in result.output


def test_plugins_list_names_every_plugin_with_its_state(microblog):
    result = microblog("plugins", "list", "--json")
    states = {each["name"]: each["state"] for each in json.loads(result.output)}
    assert states["core"] == states["runtime"] == states["sql"] == "active"
    table = microblog("plugins", "list")
    assert table.exit_code == 0
    assert all(name in table.output for name in states)


def test_a_plugin_is_shown_with_all_that_it_contributes(microblog):
    result = microblog("plugins", "show", "runtime")
    assert "timelines.fan_out" in result.output
    as_json = json.loads(microblog("plugins", "show", "runtime", "--json").output)
    assert as_json["contributions"]["register_subscribers"] == ["runtime.notifications"]


def test_a_disabled_plugin_says_why_and_an_unknown_one_names_the_known(microblog, data):
    data.mkdir()
    (data / "microblog.toml").write_text('[plugins]\ndisabled = ["tasks"]\n')
    assert "plugins.disabled" in microblog("plugins", "show", "tasks").output
    unknown = microblog("plugins", "show", "nope")
    assert unknown.exit_code == 1
    assert "runtime" in unknown.stderr


def lines_of(data) -> dict[str, Finding]:
    return {line.subject: line for line in examine(Invocation(data=data))}


def test_the_doctor_finds_a_fresh_site_well(microblog, data):
    microblog("users", "create", "ada", "--email", "ada@example.org", "--password", "correct horse")
    result = microblog("doctor")
    assert result.exit_code == 0, result.output
    assert "1 accounts" in result.output
    assert "FAIL" not in result.output
    assert lines_of(data)["clock"].level == "OK"


def test_the_doctor_says_what_to_do_about_each_trouble(microblog, data):
    microblog("users", "create", "ada", "--email", "ada@example.org", "--password", "correct horse")
    (data / "secret.key").chmod(0o644)
    (data / "microblog.toml").write_text(
        '[server]\nhost = "0.0.0.0"\n[sites.main]\nbase_url = "https://example.org"\n'
        '[plugins]\nrequired = ["missing"]\n'
    )
    lines = lines_of(data)
    assert lines["secret key"].level == "WARN"
    assert "chmod 600" in lines["secret key"].hint
    assert lines["address of main"].level == "WARN"
    assert "server.proxies" in lines["address of main"].hint
    assert lines["database of main"].level == "FAIL"
    assert "missing" in lines["database of main"].text
    assert microblog("doctor").exit_code == 1


def test_the_doctor_says_who_runs_the_jobs(microblog, data):
    microblog("users", "create", "ada", "--email", "ada@example.org", "--password", "correct horse")
    file = data / "microblog.toml"
    assert lines_of(data)["jobs"] == Finding("OK", "jobs", "`microblog serve` runs them")
    file.write_text('[jobs]\nrun = "external"\n')
    without = lines_of(data)["jobs"]
    assert (without.level, "no broker in common" in without.text) == ("WARN", True)
    file.write_text('[jobs]\nbroker = "carrier:pigeon"\n')
    assert lines_of(data)["jobs"].text == "`microblog worker` runs them, through the broker carrier:"
    file.write_text('[jobs]\nbroker = "carrier:pigeon"\nrun = "embedded"\n')
    assert lines_of(data)["jobs"].text == "`microblog serve` runs them, beside workers on carrier:"


def test_the_doctor_looks_at_where_files_are_stored(microblog, data, tmp_path):
    microblog("users", "create", "ada", "--email", "ada@example.org", "--password", "correct horse")
    assert lines_of(data)["media of main"].level == "OK"
    (data / "microblog.toml").write_text(f'[sites.main]\nblobs = "files:{tmp_path / "files"}"\n')
    assert "backup" in lines_of(data)["media of main"].text
    (tmp_path / "file").write_text("in the way")
    (data / "microblog.toml").write_text(f'[sites.main]\nblobs = "files:{tmp_path / "file"}"\n')
    assert lines_of(data)["media of main"].level == "FAIL"
    (data / "microblog.toml").write_text('[sites.main]\nblobs = "tape:1"\n')
    failed = lines_of(data)["database of main"]
    assert (failed.level, "blob store for tape" in failed.text) == ("FAIL", True)


@pytest.mark.parametrize(
    ("text", "problem"),
    [("[sites.main]\nnonsense = 1\n", "nonsense"), ("not toml at all", "no TOML"), (None, "secret key")],
)
def test_the_doctor_fails_on_a_configuration_that_can_not_be_read(microblog, data, text, problem):
    if text is not None:
        microblog("init")
        (data / "microblog.toml").write_text(text)
    result = microblog("doctor")
    assert result.exit_code == 1
    assert problem in result.output


def test_trusting_every_address_as_a_proxy_fails(microblog, data):
    microblog("init")
    (data / "microblog.toml").write_text('[server]\nproxies = ["0.0.0.0/0"]\n')
    assert lines_of(data)["proxies"].level == "FAIL"


def test_the_doctor_reports_an_empty_database_and_makes_none(microblog, data):
    microblog("init")
    assert lines_of(data)["database of main"].level == "WARN"
    assert not (data / "microblog.db").exists()


def test_the_demo_fills_a_site_that_its_people_can_log_in_to(microblog, data):
    result = microblog("demo", "--accounts", "20", "--posts", "150", "--follows", "5", "--seed", "3")
    assert result.exit_code == 0, result.stderr
    assert PASSWORD in result.output
    rows = [json.loads(line) for line in microblog("users", "list", "--json").output.splitlines()]
    assert len(rows) == 20
    assert sum(row["followers"] for row in rows) == 100
    assert 100 < sum(row["posts"] for row in rows) <= 150


def test_the_same_demo_twice_is_refused_with_what_to_do(microblog):
    options = ("demo", "--accounts", "5", "--posts", "5", "--follows", "2")
    assert microblog(*options).exit_code == 0
    again = microblog(*options)
    assert again.exit_code == 1
    assert "--seed" in again.stderr
