"""Kill the site at random moments while it mails many people: nobody gets it twice, nobody is forgotten."""

from __future__ import annotations

import asyncio
import os
import random
import re
import time
from collections import Counter

import pytest

from microblog_core.config import load_config
from microblog_core.domain.accounts import Account, Login
from microblog_core.domain.campaigns import Campaign
from microblog_core.domain.permissions import SYSTEM
from microblog_core.ports.operations import AddAccount
from microblog_core.runtime.campaigns import CHUNK
from microblog_core.services.campaigns import read_campaign
from microblog_core.site import compose_site
from microblog_core.testing.mail import MailServer

from .conftest import Install
from .harness import BUILT_IN, Installation

KILLS = int(os.environ.get("MICROBLOG_KILLS", "12")) // 4
PEOPLE = 400 * (KILLS + 1)
CONNECTIONS = 4
AT_LEAST = 50
"""So many mails arrive before the next kill, and up to a chunk more."""
DONE_SECONDS = 240
SETTINGS = """
[plugins.email]
host = "127.0.0.1"
port = {port}
tls = "none"
sender = "Town <noreply@town.example>"
connections = {connections}
"""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


async def people(installation: Installation) -> None:
    """Add people whose addresses are confirmed."""
    config = load_config(installation.data)
    async with compose_site(config, config.sites[0]) as site:
        now = site.ports.clock.now()
        added = []
        for number in range(PEOPLE):
            account = Account(id=site.ports.ids.at(now), username=f"person{number}", created_at=now)
            login = Login(
                account_id=account.id,
                email=f"person{number}@people.example",
                password_hash="none",
                created_at=now,
                email_confirmed_at=now,
            )
            added.append(AddAccount(account=account, login=login))
        for start in range(0, PEOPLE, 500):
            await site.storage.commit(added[start : start + 500])


async def look(installation: Installation, campaign_id: int) -> Campaign:
    """The campaign as the database has it."""
    config = load_config(installation.data)
    async with compose_site(config, config.sites[0]) as site:
        return await read_campaign(site.ports, SYSTEM, campaign_id)


def test_nobody_is_mailed_twice_and_nobody_forgotten_whatever_dies(new_site: Install, tmp_path) -> None:
    chance = random.Random(7)
    with MailServer() as mails:
        installation = new_site(BUILT_IN)
        installation.configure(SETTINGS.format(port=mails.port, connections=CONNECTIONS))
        configuration = installation.data / "microblog.toml"
        text = configuration.read_text().replace("[sites.main]\n", "[sites.main]\ncampaign_grace = 0.0\n", 1)
        configuration.write_text(text)
        if installation.is_sqlite:
            installation.command("migrate")
        asyncio.run(people(installation))
        source = tmp_path / "campaign.toml"
        source.write_text('name = "May"\nsubject = "News"\nbody = "Hello"\n')
        made = re.search(r"Draft (\d+)", installation.command("campaigns", "create", "--file", str(source)))
        assert made is not None
        campaign_id = int(made[1])
        server = installation.server()
        server.start()
        try:
            installation.command("campaigns", "start", str(campaign_id))
            for _ in range(KILLS):
                mails.wait_for(len(mails.mails) + AT_LEAST, 90)
                time.sleep(chance.uniform(0.0, 0.8))
                server.kill()
                server.start()
            deadline = time.monotonic() + DONE_SECONDS
            while (campaign := asyncio.run(look(installation, campaign_id))).state != "finished":
                assert time.monotonic() < deadline, f"{campaign}\n{server.output()[-3000:]}"
                time.sleep(1.0)
        finally:
            server.kill()
    got = Counter(mail.recipient for mail in mails.mails)
    assert max(got.values()) == 1
    counts = campaign.counts
    assert counts.sent + counts.unclear == PEOPLE
    assert counts.failed == counts.skipped == counts.waiting == counts.sending == 0
    # Whoever is said to have it has it; of those that are unclear some do.
    assert counts.sent <= len(got) <= PEOPLE
    assert counts.unclear <= KILLS * CHUNK
