from __future__ import annotations

import json
import subprocess
import sys
import urllib.request

import pytest

from microblog_core.testing.servers import free_port, microblog_command, site_server


def test_serve_makes_a_site_from_nothing_says_where_it_is_and_ends_with_zero(tmp_path):
    server = site_server(tmp_path / "data")
    server.start()
    try:
        with urllib.request.urlopen(f"{server.url}/health/ready", timeout=10) as answer:
            assert answer.status == 200
    finally:
        code = server.terminate()
    assert code == 0
    assert f"Microblog is at http://localhost:{server.port}" in server.output()
    assert (tmp_path / "data" / "microblog.db").exists()


def test_the_log_of_a_service_is_json_with_request_ids(tmp_path):
    server = site_server(tmp_path / "data")
    with server:
        urllib.request.urlopen(f"{server.url}/health/live?token=hunter22", timeout=10).close()
        server.terminate()
    lines = [json.loads(line) for line in server.output().splitlines() if line.startswith("{")]
    access = [line for line in lines if line["logger"] == "microblog.access"]
    assert access
    assert all(line["request_id"] for line in access)
    assert "hunter22" not in server.output()


def test_a_service_runs_jobs_that_another_process_queued(tmp_path, microblog):
    data = tmp_path / "data"
    microblog("users", "create", "ada", "--email", "ada@example.org", "--password", "correct horse")
    code = (
        "import asyncio, pathlib\n"
        "from microblog_core.cli.context import Invocation\n"
        "from microblog_core.domain.timelines import Page\n"
        "from microblog_core.ports.operations import Job\n"
        "async def main():\n"
        f"    async with Invocation(data=pathlib.Path({str(data)!r})).open_site() as site:\n"
        "        now = site.ports.clock.now()\n"
        "        unit = site.ports.unit()\n"
        "        unit.outbox.add(Job(id=site.ports.ids.at(now), kind='timelines.fan_out', key='1:0',\n"
        '            payload=b\'{"post_id":1,"author_id":1,"after":0}\', due_at=now, created_at=now))\n'
        "        await unit.commit()\n"
        "        async def waits():\n"
        "            pages = [await site.storage.queue.page(each, Page()) for each in ('queued', 'leased')]\n"
        "            return any(job.kind == 'timelines.fan_out' for page in pages for job in page.items)\n"
        "        while await waits():\n"
        "            await asyncio.sleep(0.05)\n"
        "asyncio.run(main())\n"
    )
    with site_server(data):
        subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_more_workers_are_refused_on_the_embedded_storage(microblog):
    result = microblog("serve", "--workers", "2")
    assert result.exit_code == 1
    assert "one process" in result.stderr
    assert "PostgreSQL" in result.stderr


def test_a_port_that_is_taken_is_named(tmp_path):
    with site_server(tmp_path / "first") as first:
        command = microblog_command("serve", "--data", str(tmp_path / "second"), "--port", str(first.port))
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert str(first.port) in done.stderr
    assert "Traceback" not in done.stderr


def test_no_key_is_made_for_a_database_that_other_machines_share(microblog, data):
    data.mkdir()
    (data / "microblog.toml").write_text('[sites.main]\nstorage = "postgresql://nobody@127.0.0.1:1/x"\n')
    result = microblog("serve", "--port", str(free_port()))
    assert result.exit_code == 1
    assert "secret key" in result.stderr
    assert not (data / "secret.key").exists()


@pytest.mark.parametrize("option", ["--data", "--config"])
def test_options_of_the_program_may_stand_behind_serve(microblog, option):
    assert option in microblog("serve", "--help").output
