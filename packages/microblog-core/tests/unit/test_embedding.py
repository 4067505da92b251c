from __future__ import annotations

from pathlib import Path

import pytest

from microblog_core.domain.errors import ConfigurationError
from microblog_core.embedding import load_site, read_config


def memory(folder: Path, more: str = "") -> Path:
    (folder / "microblog.toml").write_text(f'[sites.main]\nstorage = "memory:"\n{more}')
    return folder


async def test_a_program_finds_the_site_of_a_folder_and_opens_it(tmp_path: Path) -> None:
    site = load_site(memory(tmp_path))
    assert (tmp_path / "secret.key").is_file()
    async with site:
        assert (await site.storage.counts()).accounts == 0


def test_the_environment_names_the_folder_where_the_program_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MICROBLOG_DATA", str(memory(tmp_path)))
    assert load_site().secret("x") == load_site(tmp_path).secret("x")


def test_of_several_sites_one_is_named(tmp_path: Path) -> None:
    hosts = 'hosts = ["main.example"]\n'
    folder = memory(tmp_path, f'{hosts}[sites.other]\nstorage = "memory:"\nhosts = ["other.example"]\n')
    with pytest.raises(ConfigurationError) as refused:
        load_site(folder)
    assert refused.value.hint == "Name one of: main, other."
    with pytest.raises(ConfigurationError, match="no site 'third'"):
        load_site(folder, name="third")
    assert load_site(folder, name="other").name == "other"


def test_the_key_of_a_site_that_other_machines_share_is_not_made(tmp_path: Path) -> None:
    (tmp_path / "microblog.toml").write_text('[sites.main]\nstorage = "postgresql://db.example/x"\n')
    with pytest.raises(ConfigurationError, match="no secret key"):
        load_site(tmp_path)
    assert not (tmp_path / "secret.key").exists()


def test_reading_the_configuration_alone_makes_nothing(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no secret key"):
        read_config(memory(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["microblog.toml"]
