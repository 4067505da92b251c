"""Mails about what moderators decided, and the page that they lead to, on a site that has no website."""

from __future__ import annotations

import re

import httpx

from microblog_core.config import ServerConfig
from microblog_core.domain.accounts import AccountState
from microblog_core.domain.moderation import AppealState, ModerationAct
from microblog_core.domain.permissions import SYSTEM
from microblog_core.http.app import create_app
from microblog_core.services.moderation import (
    DecisionCommand,
    ModerateAccount,
    moderate_account,
    overrule_decision,
    reject_appeal,
)


async def decide(town, act=ModerationAct.SUSPEND):
    command = ModerateAccount(account_id=town.ada.id, act=act, reason="No {adverts}.")
    return await moderate_account(town.ports, SYSTEM, command)


async def test_who_is_suspended_is_told_why_and_answers_by_the_link(town, mail_server):
    strike = await decide(town)
    await town.work()
    (mail,) = mail_server.mails
    assert "suspended your account @ada" in mail.text and "No {adverts}." in mail.text
    path = re.search(r"https://blog\.example(/decision\S*)", mail.text).group(1)
    app = create_app((town.site,), (), server=ServerConfig())
    async with app:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://blog.example") as client:
            page = await client.get(path)
            assert "<textarea" in page.text and "No {adverts}." in page.text
            answered = await client.post(path, data={"text": "Not mine."})
            assert answered.status_code == 200 and "You answered." in answered.text
        stored = await town.site.storage.moderation.strike(strike.id)
        assert (stored.strike.appeal, stored.strike.appeal_state) == ("Not mine.", AppealState.OPEN)
        await reject_appeal(town.ports, SYSTEM, DecisionCommand(strike_id=strike.id))
        await town.work()
        assert "appeal was rejected" in mail_server.mails[-1].text


async def test_a_decision_that_is_taken_back_before_its_mail_is_not_told(town, mail_server):
    strike = await decide(town)
    await overrule_decision(town.ports, SYSTEM, DecisionCommand(strike_id=strike.id))
    await town.work()
    (mail,) = mail_server.mails
    assert "took back" in mail.text
    account = await town.site.storage.accounts.get(town.ada.id)
    assert account.state is AccountState.ACTIVE


async def test_the_mail_speaks_its_readers_language(town, mail_server):
    await town.speak(town.ada, "de")
    await decide(town, ModerationAct.WARN)
    await town.work()
    (mail,) = mail_server.mails
    assert "verwarnt dich" in mail.text
