"""A site that moves its files from the disk to S3: pictures go on being shown, and while the server is away
everything else goes on.
"""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path

from click.testing import CliRunner

from microblog_core.cli.main import cli
from microblog_core.domain.permissions import Actor
from microblog_core.ports.operations.media import SetPicture
from microblog_core.testing.browser import Browser, log_in
from microblog_core.testing.s3 import ACCESS_KEY, BUCKET, SECRET_KEY, S3Server
from microblog_core.testing.servers import site_server

from .conftest import MakeData
from .seeding import PASSWORD, opened, person
from .test_pictures import PHOTO, post_pictures, stored

KEY = f"ab/{'c' * 30}.jpg"


async def microblog(data: Path, *arguments: str, env: dict[str, str]) -> str:
    command = ["--data", str(data), *arguments]
    ended = await asyncio.to_thread(CliRunner(env=env).invoke, cli, command)
    assert ended.exit_code == 0, ended.output
    return ended.stdout


async def test_files_move_to_s3_and_back(make_data: MakeData, s3_server: S3Server, tmp_path: Path) -> None:
    data = make_data()
    async with opened(data) as ports:
        ada: Actor = await person(ports, "ada")
        assert ada.account is not None
        await ports.blobs.put(KEY, PHOTO, "image/jpeg")
        id_, version = ada.account.id, ada.account.version
        await ports.storage.commit([SetPicture(account_id=id_, version=version, place="avatar", key=KEY)])
    (secret := tmp_path / "secret").write_text(SECRET_KEY)
    url = f"s3://{BUCKET}/moved?endpoint={s3_server.endpoint}"
    keys = {
        "MICROBLOG_PLUGINS__S3__ACCESS_KEY_ID": ACCESS_KEY,
        "MICROBLOG_PLUGINS__S3__SECRET_ACCESS_KEY_FILE": str(secret),
    }
    told = json.loads(await microblog(data, "media", "copy", "--to", url, "--json", env=keys))
    assert (told["copied"], told["missing"]) == (1, 0)

    env = {**keys, "MICROBLOG_SITES__MAIN__BLOBS": url}
    with site_server(data, env=env) as server:
        async with Browser(server.port) as browser:
            assert (await log_in(browser, "ada", PASSWORD)).status == 303
            assert (await browser.get(f"/media/{KEY}")).body == PHOTO
            assert (await post_pictures(browser, "Look", ("b.jpg", "image/jpeg", PHOTO))).status == 303
            (small,) = re.findall(r'src="(/media/[^"]+-small.webp)"', (await browser.get("/@ada")).text)
            assert (await browser.get(small)).headers["content-type"] == "image/webp"
            s3_server.kill()
            assert (await browser.get(small)).status == 503
            refused = await post_pictures(browser, "While it is away", ("c.jpg", "image/jpeg", PHOTO))
            assert refused.status == 503
            assert (await browser.get("/@ada")).status == 200
            assert (await browser.get("/health/ready")).status == 200
            s3_server.start()
            async with asyncio.timeout(30):
                while (await browser.get(small)).status != 200:
                    await asyncio.sleep(0.1)
        assert server.terminate() == 0
        assert "Traceback" not in server.output() and SECRET_KEY not in server.output()

    back = await microblog(data, "media", "copy", "--from", url, env=keys)
    assert "2 copied" in back and "1 there already" in back
    assert len(stored(data)) == 3
