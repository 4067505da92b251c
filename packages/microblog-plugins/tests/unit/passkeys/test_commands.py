"""`microblog passkeys`, and what two processes make of one answer."""

from __future__ import annotations

import asyncio
import json

import pytest
from data_folder import composed, on_site
from soft_authenticator import SoftAuthenticator

from microblog_core.domain.permissions import Actor
from microblog_core.domain.timelines import Page
from microblog_core.services.accounts import find_account
from microblog_core.services.second_factors import second_factors_of
from microblog_plugins.passkeys.ceremonies import ask_to_create, check_created
from microblog_plugins.passkeys.challenges import new_challenge, state_of
from microblog_plugins.passkeys.keys import AddPasskey, add_passkey, switch_second_step
from microblog_plugins.passkeys.login import answered
from microblog_plugins.passkeys.plugin import party

PASSWORD = "correct horse"
ORIGIN = "http://localhost:8000"


@pytest.fixture
def microblog(microblog, tmp_path):
    """The command line, with ada who has a passkey and is asked for it after her password."""
    microblog("users", "create", "ada", "--email", "ada@example.org", "--password", PASSWORD)
    microblog.key = SoftAuthenticator(synced=True, counts=False)

    async def enrol(site):
        actor = Actor(account=await find_account(site.ports, "ada"))
        challenge, handle = new_challenge(site.ports.clock.now()), b"h" * 32
        asked = ask_to_create(party(site), challenge, (handle, "ada", "Ada"), (), "A site")
        command = AddPasskey(
            name="Phone",
            rp_id="localhost",
            handle=handle,
            challenge=challenge,
            created=check_created(party(site), challenge, microblog.key.create(asked, ORIGIN)),
            most=20,
        )
        microblog.passkey = await add_passkey(site.ports, actor, command)
        await switch_second_step(site.ports, actor, PASSWORD, on=True)

    on_site(tmp_path, enrol)
    return microblog


def test_operators_list_and_remove_passkeys_and_the_audit_log_says_so(microblog, tmp_path):
    shown = microblog("passkeys", "list", "ada").output
    assert "Phone" in shown and "localhost" in shown and "after any other way to log in" in shown
    assert microblog("passkeys", "remove", "ada", "7").exit_code == 1
    done = microblog("passkeys", "remove", "ada", str(microblog.passkey.id))
    assert done.exit_code == 0 and "Removed." in done.output
    assert "ada has none." in microblog("passkeys", "list", "ada").output
    assert microblog("passkeys", "list", "nobody").exit_code == 1

    async def look(site):
        lines = (await site.ports.storage.audit(Page())).items
        ada = await find_account(site.ports, "ada")
        return {(line.action, line.actor_id) for line in lines}, await second_factors_of(site.ports, ada.id)

    audit, factors = on_site(tmp_path, look)
    assert {("passkeys.removed", None), ("second_factor.off", None)} <= audit and factors == frozenset()


def test_an_answer_that_is_shown_to_two_processes_at_once_lets_in_once(microblog, tmp_path):
    async def work(here):
        async with composed(tmp_path) as there:
            challenge = new_challenge(here.ports.clock.now())
            options = {"challenge": challenge.text, "rpId": "localhost"}
            answer = microblog.key.get(json.dumps({"kind": "get", "publicKey": options}), ORIGIN)
            tries = [
                answered(site.ports, party(site), {"answer": answer}, state_of(challenge), verified=True)
                for site in (here, there, here, there)
            ]
            return await asyncio.gather(*tries, return_exceptions=True)

    results = on_site(tmp_path, work)
    assert sorted(type(each).__name__ for each in results) == ["Account"] + ["Invalid"] * 3
