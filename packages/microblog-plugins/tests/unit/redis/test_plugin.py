from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from microblog_core.config import Config, JobsConfig, PluginsConfig, SiteConfig
from microblog_core.domain.errors import ConfigurationError, Unavailable
from microblog_core.plugins.settings import Secret
from microblog_core.site import compose_site
from microblog_plugins.redis import tasks
from microblog_tasks.broker import make_broker


def site_with_broker(url):
    site = SiteConfig(name="main", storage="memory:", plugins=PluginsConfig(only=("redis",)))
    config = Config(
        data=Path("nowhere"), secret_key=Secret("00" * 32), sites=(site,), jobs=JobsConfig(broker=Secret(url))
    )
    return compose_site(config, site)


async def test_a_site_whose_jobs_go_through_redis_says_whether_it_answers(redis_server):
    async with site_with_broker(redis_server.url) as site:
        (check,) = site.health_checks
        assert check.name == "redis.broker"
        assert not check.critical
        await check.check()
        redis_server.kill()
        with pytest.raises(Unavailable) as caught:
            await check.check()
        assert "jobs.broker" in caught.value.hint
        redis_server.start()
        await check.check()


def test_a_site_with_another_broker_is_not_asked_about_redis():
    assert [each.name for each in site_with_broker("memory:").health_checks] == []
    assert [each.name for each in site_with_broker("").health_checks] == []


def test_an_address_that_makes_no_sense_is_refused_when_the_broker_is_made():
    with pytest.raises(ConfigurationError):
        make_broker("redis:", {"redis": tasks})


def test_neither_the_plugin_nor_its_face_imports_redis_or_taskiq_before_a_broker_is_made():
    code = (
        "import sys\n"
        "import microblog_plugins.redis.plugin, microblog_plugins.redis.tasks, microblog_tasks.commands\n"
        "print(sorted({'redis', 'taskiq', 'pydantic'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
