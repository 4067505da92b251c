"""`microblog linkpreviews`, and settings that can't work."""

from __future__ import annotations

import asyncio

import pytest
from click.testing import CliRunner
from link_town import LinkTown, html

from microblog_core.cli.main import cli
from microblog_core.testing.sites import report_of, site_with


def test_an_operator_sees_pages_and_forgets_one(pages, folder, monkeypatch):
    async def link() -> None:
        async with LinkTown(pages, folder) as town:
            await town.post(pages.put("/a", html()))
            await town.post(f"{pages.url}/b")

    asyncio.run(link())
    for name in ("MICROBLOG_DATA", "MICROBLOG_SECRET_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MICROBLOG_SECRET_KEY", "00" * 32)
    (folder / "links.db").rename(folder / "microblog.db")

    def microblog(*arguments):
        return CliRunner().invoke(cli, ["--data", str(folder), "linkpreviews", *arguments])

    listed = microblog("list").output
    assert "Otters & rivers" in listed and "none: 127.0.0.1 said 404." in listed
    failed = microblog("list", "--failed").output
    assert "Otters" not in failed and f"{pages.url}/b" in failed
    assert "Forgotten" in microblog("forget", f"{pages.url}/a#part").output
    assert "Otters" not in microblog("list").output
    again = microblog("forget", f"{pages.url}/a")
    assert again.exit_code == 1 and "no preview" in again.stderr
    assert microblog("forget", "nonsense").exit_code == 1


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"seconds": 0}, "seconds is out of range"),
        ({"page_bytes": 1 << 30}, "page_bytes is out of range"),
        ({"blocked": ["https://example.org/"]}, "which is no host's name"),
        ({"unheard": 1}, "unheard"),
    ],
)
def test_settings_that_cannot_work_are_refused_with_the_key(settings, said, tmp_path):
    site = site_with(
        installed=("sql", "linkpreviews"),
        settings={"linkpreviews": settings},
        storage=f"sqlite:///{tmp_path}/x.db",
    )
    report = report_of(site, "linkpreviews")
    assert report.state == "broken" and said in report.reason


def test_a_storage_without_statements_leaves_it_out_and_says_so():
    report = report_of(site_with(installed=("linkpreviews",)), "linkpreviews")
    assert report.state == "unavailable" and "sql" in report.reason
