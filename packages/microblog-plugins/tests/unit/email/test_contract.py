"""Mail keeps the contract of channels, with a real server at the other end."""

from __future__ import annotations

import asyncio

import pytest

from microblog_core.domain.notifications import Message
from microblog_core.patterns.resources import Resources
from microblog_core.testing.channel_suite import ChannelSuite, Received, Trouble
from microblog_plugins.email.channel import EmailChannel
from microblog_plugins.email.connections import Connections
from microblog_plugins.email.letters import LetterWriter
from microblog_plugins.email.settings import EmailSettings, check_settings


class MailRig:
    account_id = 1
    troubles = frozenset(Trouble)

    def __init__(self, server):
        self.server = server
        settings = EmailSettings(
            host="127.0.0.1", port=server.port, tls="none", sender="a@blog.example", seconds=1.0
        )
        self.resources = Resources()
        self.channel = EmailChannel(
            settings,
            writer=LetterWriter(sender=check_settings(settings), host="blog.example"),
            sender="a@blog.example",
            connections=self.resources.add("c", lambda: Connections(settings), lambda made: made.close()),
        )

    async def message(self, text):
        subject = " ".join(text.split())[:80]
        return Message(
            account_id=1, kind="reset_password", subject=subject, text=text, address="ada@people.example"
        )

    async def received(self):
        return [Received(mail.message["Message-ID"], mail.text) for mail in self.server.mails]

    async def trouble(self, trouble):
        server = self.server
        server.rcpt = "550 5.1.1 No such user" if trouble is Trouble.GONE else ""
        server.data = {Trouble.BUSY: "451 4.7.1 Later", Trouble.REFUSED: "554 5.7.1 Spam"}.get(trouble, "")
        server.drop, server.hangs = trouble is Trouble.BROKEN, trouble is Trouble.HANGING
        server.drop_content = trouble is Trouble.UNANSWERED
        if trouble is Trouble.AWAY:
            await asyncio.to_thread(server.stop)
        elif server._thread is None:
            await asyncio.to_thread(server.start)


class TestEmail(ChannelSuite):
    @pytest.fixture
    async def rig(self, mail_server):
        made = MailRig(mail_server)
        yield made
        await made.resources.close()
