from __future__ import annotations

import io
import json
import stat
import tarfile

import pytest

from microblog_core.cli.archive import ArchiveError, unpack_archive


@pytest.fixture
def people(microblog):
    def names(*options):
        result = microblog(*options, "users", "list", "--json")
        assert result.exit_code == 0, result.stderr
        return sorted(json.loads(line)["username"] for line in result.output.splitlines())

    return names


@pytest.fixture
def create(microblog):
    def make(name):
        result = microblog(
            "users", "create", name, "--email", f"{name}@example.org", "--password", "a long word"
        )
        assert result.exit_code == 0, result.stderr

    return make


@pytest.fixture
def archive(microblog, create, data, tmp_path):
    create("ada")
    (data / "media" / "a").mkdir(parents=True)
    (data / "media" / "a" / "cat.png").write_bytes(b"\x89PNG")
    target = tmp_path / "copy.tar.gz"
    result = microblog("backup", str(target))
    assert result.exit_code == 0, result.stderr
    return target


def test_a_backup_comes_back_whole_in_another_folder(microblog, archive, people, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    result = microblog("restore", str(archive), "--data", str(elsewhere))
    assert result.exit_code == 0, result.stderr
    assert people("--data", str(elsewhere)) == ["ada"]
    assert (elsewhere / "media" / "a" / "cat.png").read_bytes() == b"\x89PNG"
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600


def test_an_archive_holds_a_manifest_and_no_key(archive):
    with tarfile.open(archive) as tar:
        names = tar.getnames()
        manifest = json.loads(tar.extractfile("manifest.json").read())
    assert set(names) == {"manifest.json", "sites/main/database", "media/a/cat.png"}
    assert set(manifest["files"]) == set(names) - {"manifest.json"}
    assert manifest["sites"]["main"]


def test_restore_refuses_to_replace_data_without_force(microblog, archive, create, people, data):
    create("grace")
    refused = microblog("restore", str(archive))
    assert refused.exit_code == 1
    assert "--force" in refused.stderr
    assert people() == ["ada", "grace"]
    (data / "media" / "b.png").write_bytes(b"x")
    forced = microblog("restore", str(archive), "--force")
    assert forced.exit_code == 0, forced.stderr
    assert people() == ["ada"]
    assert not (data / "media" / "b.png").exists()


def test_a_damaged_archive_is_refused_before_anything_is_touched(microblog, archive, people, tmp_path):
    body = bytearray(archive.read_bytes())
    body[len(body) // 2] ^= 0xFF
    damaged = tmp_path / "damaged.tar.gz"
    damaged.write_bytes(body)
    result = microblog("restore", str(damaged), "--force")
    assert result.exit_code == 1
    assert "Traceback" not in result.stderr
    assert people() == ["ada"]


def test_a_backup_never_overwrites_a_file(microblog, archive):
    result = microblog("backup", str(archive))
    assert result.exit_code == 1
    assert "exists already" in result.stderr


def test_a_site_without_data_has_nothing_to_back_up(microblog, tmp_path):
    microblog("init")
    result = microblog("backup", str(tmp_path / "x.tar"))
    assert result.exit_code == 1
    assert "no data yet" in result.stderr
    assert not (tmp_path / "x.tar").exists()


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "sites/../../evil", "elsewhere/evil"])
def test_nothing_is_unpacked_outside_the_folder(tmp_path, name):
    source = tmp_path / "evil.tar"
    with tarfile.open(source, "w") as tar:
        entry = tarfile.TarInfo(name)
        entry.size = 1
        tar.addfile(entry, io.BytesIO(b"x"))
    folder = tmp_path / "inside"
    folder.mkdir()
    with pytest.raises(ArchiveError):
        unpack_archive(source, folder)
    assert list(folder.iterdir()) == []


def test_links_and_devices_are_no_part_of_an_archive(tmp_path):
    source = tmp_path / "link.tar"
    with tarfile.open(source, "w") as tar:
        entry = tarfile.TarInfo("media/link")
        entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(entry)
    with pytest.raises(ArchiveError):
        unpack_archive(source, tmp_path / "inside")


def test_a_file_that_is_no_archive_is_refused_by_name(microblog, tmp_path):
    file = tmp_path / "note.tar"
    file.write_text("hello")
    result = microblog("restore", str(file))
    assert result.exit_code == 1
    assert "note.tar" in result.stderr
