"""Statistics beside the requests: one process counts by itself, by its schedule."""

from __future__ import annotations

from datetime import date

from microblog_core.config import Config, PluginsConfig, SiteConfig
from microblog_core.domain.permissions import ANONYMOUS
from microblog_core.plugins.settings import Secret
from microblog_core.runtime.jobs import JobRunner
from microblog_core.runtime.schedules import plant_schedules
from microblog_core.runtime.statistics import COMPUTE_SECONDS
from microblog_core.services.statistics import read_statistics
from microblog_core.site import compose_site
from microblog_core.testing.builder import Builder, FrozenClock

TODAY = date(2026, 1, 1)


async def test_one_process_without_a_broker_counts_days_every_few_minutes(tmp_path):
    clock = FrozenClock()
    chosen = SiteConfig(
        name="main", storage="memory:", timezone="Asia/Kathmandu", plugins=PluginsConfig(only=("runtime",))
    )
    site = compose_site(Config(data=tmp_path, secret_key=Secret("00" * 32)), chosen, clock=clock)
    async with site:
        build = Builder(site.ports.storage, clock)
        ada = await build.account("ada")

        async def posts():
            return (await read_statistics(site.ports, ANONYMOUS, TODAY, TODAY)).days[0].posts

        await plant_schedules(site.contributions.schedules, site.ports, site.contributions.jobs)
        runner = JobRunner(site)
        for count in (1, 2, 3):
            await build.post(ada)
            clock.advance(COMPUTE_SECONDS)
            await runner.run_due()
            assert await posts() == count
        assert runner.buried == 0
        since = (await read_statistics(site.ports, ANONYMOUS, TODAY, TODAY)).days[0].since
        assert since % (24 * 3600 * 1000) == (24 * 60 - 345) * 60_000
