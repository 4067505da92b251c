"""`microblog media`: how much room pictures take, and copying files."""

from __future__ import annotations

import asyncio
import json

from microblog_core.config import load_config
from microblog_core.site import compose_sites
from microblog_core.testing.builder import Builder


def test_usage_tells_what_there_is_and_what_may_be(microblog, migrated):
    told = microblog("media", "usage")
    assert told.exit_code == 0, told.stderr
    assert "of no post" in told.output and "0 bytes" in told.output
    assert "The site may use any amount." in told.output
    assert "person  " not in told.output


def test_files_are_copied_to_another_store_and_back(microblog, data, tmp_path):
    keys = [f"ab/{letter * 30}.webp" for letter in "cd"]

    async def people():
        (site,) = compose_sites(load_config(data))
        async with site:
            build = Builder(site.storage)
            for name, key in zip(("ada", "bob"), keys, strict=True):
                await build.account(name, avatar=key)
            await site.ports.blobs.put(keys[0], b"Ada", "image/webp")

    microblog("init")
    microblog("migrate")
    asyncio.run(people())
    other = f"files:{tmp_path / 'other'}"
    told = microblog("media", "copy", "--to", other, "--json")
    assert told.exit_code == 0, told.stderr
    assert json.loads(told.stdout) == {"copied": 1, "bytes": 3, "present": 0, "missing": 1, "keys": [keys[1]]}
    assert (tmp_path / "other" / keys[0]).read_bytes() == b"Ada"
    again = microblog("media", "copy", "--to", other)
    assert "0 copied (0 bytes), 1 there already, 1 missing." in again.stdout
    assert f"Missing: {keys[1]}" in again.stdout
    (tmp_path / "other" / keys[1]).write_bytes(b"Bob")
    assert "1 copied" in microblog("media", "copy", "--from", other).stdout
    assert (data / "media" / "main" / keys[1]).read_bytes() == b"Bob"


def test_the_other_store_must_be_named_and_take_files(microblog, data):
    microblog("migrate")
    for arguments in ((), ("--to", "memory:", "--from", "memory:")):
        told = microblog("media", "copy", *arguments)
        assert told.exit_code == 1 and "--from URL" in told.stderr
    told = microblog("media", "copy", "--to", f"files:{data / 'media' / 'main'}")
    assert told.exit_code == 1 and "own store" in told.stderr
    told = microblog("media", "copy", "--to", "files:/dev/null/nowhere")
    assert told.exit_code == 1 and "can't be stored" in told.stderr
    told = microblog("media", "copy", "--to", "tape:")
    assert told.exit_code == 1 and "No active plugin offers a blob store for tape" in told.stderr
