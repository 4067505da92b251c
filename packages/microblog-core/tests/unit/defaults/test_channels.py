"""Core's own channels keep the contract."""

from __future__ import annotations

import logging

import pytest

from microblog_core.defaults.console import ConsoleChannel
from microblog_core.domain.notifications import Message
from microblog_core.testing.channel_suite import ChannelSuite, Received


class ConsoleRig:
    """The log as the other side: it has no troubles."""

    account_id = 1
    troubles = frozenset()

    def __init__(self, log):
        self.channel = ConsoleChannel()
        self._log = log

    async def message(self, text):
        return Message(account_id=self.account_id, kind="mention", subject=text, text=text)

    async def received(self):
        told = [record for record in self._log.records if record.name == "microblog.console"]
        return [Received(str(record.args[0]), record.getMessage()) for record in told]

    async def trouble(self, trouble):
        assert trouble is None


class TestConsole(ChannelSuite):
    @pytest.fixture
    def rig(self, caplog):
        caplog.set_level(logging.INFO, "microblog.console")
        return ConsoleRig(caplog)
