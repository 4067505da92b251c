"""A mail server, and a site that sends by it, with a clock that stands still."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from microblog_core.testing.mail import MailServer

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def mail_server():
    with MailServer() as server:
        yield server


@pytest.fixture
async def town(mail_server):
    """An open site with ada, bob and cid, whose addresses are confirmed."""
    from mail_town import MailTown

    async with MailTown(mail_server) as made:
        yield made


@pytest.fixture
def campaigns(town):
    """An operator's hands on the campaigns of this town."""
    from campaign_hands import Campaigns

    return Campaigns(town)
