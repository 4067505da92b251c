"""The page of all settings is what the installed plugins say, and every key there says what it means."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

from microblog_core.config import load_config
from microblog_core.config_reference import as_data, core_tables, plugin_tables
from microblog_core.plugins.discovery import OWN_DISTRIBUTIONS
from microblog_core.plugins.report import PluginState
from microblog_core.site import compose_sites

PLAIN_NUMBERS = {
    *("server.port", "sites.main.poll_options", "plugins.media.concurrency"),
    *("plugins.email.port", "plugins.email.connections", "plugins.prometheus.port"),
    *("plugins.prometheus.worker_port", "plugins.stripe.priority", "plugins.stripe.at_once"),
    *("plugins.razorpay.priority", "plugins.razorpay.at_once", "plugins.webhooks.at_once"),
    *(
        "plugins.webpush.at_once",
        "plugins.apikeys.most",
        "plugins.passkeys.most",
        "plugins.linkpreviews.per_hour",
    ),
    *(
        f"plugins.pace.{whose}per_{time}"
        for whose in ("", "newcomers.", "roles.NAME.")
        for time in ("minute", "hour", "day")
    ),
    *("plugins.spam.links", "plugins.spam.mentions", "plugins.spam.tags"),
    *("plugins.ranked.candidates", "plugins.ranked.favourites", "plugins.ranked.boosts"),
    *("plugins.ranked.replies", "plugins.ranked.closeness"),
}
"""Numbers that count things, or are numbers of things; every other one has a unit."""


def test_the_page_has_every_setting_of_every_plugin_of_ours(root: Path) -> None:
    check = [sys.executable, "-m", "tools.configuration", "--check"]
    ran = subprocess.run(check, cwd=root, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


def test_no_key_is_without_a_meaning_and_no_measure_without_a_unit() -> None:
    ours = [table for table in plugin_tables()[0] if table.distribution in OWN_DISTRIBUTIONS]
    keys = as_data([*core_tables(), *ours])
    assert len(keys) > 100
    assert [each["key"] for each in keys if not each["meaning"]] == []
    numbers = [each for each in keys if each["type"] in {"number", "whole number"}]
    assert {each["key"] for each in numbers if not each["unit"]} == PLAIN_NUMBERS


def test_the_page_uncommented_is_a_configuration_in_which_every_plugin_of_ours_works(
    root: Path, tmp_path: Path
) -> None:
    page = (root / "docs/configuration.md").read_text()
    block = page.partition("<!-- reference: begin -->\n```toml\n")[2].partition("```\n")[0]
    assert tomllib.loads(block) == {}
    (tmp_path / "microblog.toml").write_text(re.sub(r"^#(?=[^# ])", "", block, flags=re.M))
    config = load_config(tmp_path, environ={}, make_key=True)
    (site,) = compose_sites(config)
    ours = [report for report in site.report if report.distribution in OWN_DISTRIBUTIONS]
    assert {each.name: each.reason for each in ours if each.state is not PluginState.ACTIVE} == {}
    assert set(site.config.settings) >= {"core", "email", "stripe", "webpush"}
    assert site.doubts == ()
