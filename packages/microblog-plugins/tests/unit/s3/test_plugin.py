"""The plugin in a site: chosen by the URL, with keys from settings, seen by observers and by operators."""

from __future__ import annotations

import subprocess
import sys

import pytest
from click.testing import CliRunner

from microblog_core.cli.main import cli
from microblog_core.domain.errors import ConfigurationError, Unavailable
from microblog_core.testing.blob_suite import KEY, TYPE
from microblog_core.testing.s3 import ACCESS_KEY, BUCKET, SECRET_KEY
from microblog_core.testing.sites import site_with
from microblog_plugins.s3.blobs import S3Blobs

WRONG = "wrong-secret-that-nobody-may-see"


def site_on(url, **settings):
    return site_with(installed=("s3",), blobs=url, settings={"s3": settings})


async def test_a_site_takes_the_keys_from_its_settings(s3_server, prefix):
    url = f"s3://{BUCKET}/{prefix}?endpoint={s3_server.endpoint}"
    async with site_on(url, access_key_id=ACCESS_KEY, secret_access_key=SECRET_KEY) as site:
        blobs = site.ports.blobs
        assert isinstance(blobs, S3Blobs)
        await blobs.put(KEY, b"one", TYPE)
        assert await blobs.get(KEY) == b"one"
        assert blobs.seen_by is site.observers
        (check,) = site.health_checks
        assert (check.name, check.critical) == ("s3.files", False)
        await check.check()
    with pytest.raises(Unavailable, match="closed"):
        await blobs.get(KEY)


async def test_a_site_whose_keys_are_wrong_opens_and_says_so(s3_server, prefix):
    url = f"s3://{BUCKET}/{prefix}?endpoint={s3_server.endpoint}"
    async with site_on(url, access_key_id=ACCESS_KEY, secret_access_key=WRONG) as site:
        with pytest.raises(Unavailable, match="secret key is wrong"):
            await site.health_checks[0].check()


def test_a_site_with_files_elsewhere_is_not_asked_about_s3():
    assert site_on("memory:").health_checks == ()


@pytest.mark.parametrize(
    ("settings", "what"),
    [
        ({"access_key_id": "KEY"}, "Only one of"),
        ({"secret_access_key": WRONG}, "Only one of"),
        ({"seconds": 0.5}, "seconds is out of range"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, what):
    with pytest.raises(ConfigurationError, match=what):
        _ = site_on("s3://pictures", **settings).ports


def test_doctor_says_what_is_wrong_and_tells_no_secret(s3_server, prefix, tmp_path, monkeypatch):
    monkeypatch.setenv("MICROBLOG_SITES__MAIN__STORAGE", "memory:")
    monkeypatch.setenv("MICROBLOG_SITES__MAIN__BLOBS", s3_server.url_of(prefix, keys=f"{ACCESS_KEY}:{WRONG}"))
    run = CliRunner()
    run.invoke(cli, ["--data", str(tmp_path / "data"), "init"])
    said = run.invoke(cli, ["--data", str(tmp_path / "data"), "doctor"]).output
    assert "it says that the secret key is wrong" in said and "plugins.s3.secret_access_key" in said
    shown = run.invoke(cli, ["--data", str(tmp_path / "data"), "config", "show", "--all"]).output
    assert "s3://" in shown
    assert WRONG not in said + shown


def test_neither_plugin_nor_store_imports_obstore_before_a_file_is_asked_for():
    code = (
        "import sys\n"
        "from microblog_plugins.s3.plugin import open_blobs\n"
        "open_blobs('s3://pictures')\n"
        "print('obstore' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
