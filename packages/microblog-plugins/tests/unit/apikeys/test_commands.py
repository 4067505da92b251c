"""`microblog apikeys`: somebody's keys from the command line, and that all processes of a site hear of it."""

from __future__ import annotations

import asyncio

from data_folder import composed, on_site

from microblog_core.domain.permissions import Actor
from microblog_core.services.accounts import find_account
from microblog_plugins.apikeys.keys import MakeKey, keys_of, make_key, resume_key, revoke_own_key


async def made(site):
    actor = Actor(account=await find_account(site.ports, "ada"))
    return await make_key(site.ports, actor, MakeKey(name="A script", scopes=("read",), days=0))


def test_operators_list_and_revoke_somebodys_keys(microblog, tmp_path):
    microblog("users", "create", "ada", "--email", "ada@example.org", "--password", "correct horse")
    assert "ada has none." in microblog("apikeys", "list", "ada").output

    new = on_site(tmp_path, made)
    listed = microblog("apikeys", "list", "ada").output
    assert "A script" in listed and new.key.begins in listed and new.token not in listed
    assert microblog("apikeys", "revoke", "nobody", "1").exit_code == 1
    wrong = microblog("apikeys", "revoke", "ada", "1")
    assert wrong.exit_code == 1 and "There is no such key." in wrong.stderr
    assert "Revoked." in microblog("apikeys", "revoke", "ada", str(new.key.id)).output
    assert "ada has none." in microblog("apikeys", "list", "ada").output


def test_a_key_that_another_process_revoked_is_refused_by_the_next_request(microblog, tmp_path):
    microblog("users", "create", "ada", "--email", "ada@example.org", "--password", "correct horse")

    async def work():
        async with composed(tmp_path) as here, composed(tmp_path) as there:
            new = await made(here)
            for site in (here, there):
                site.ports.freshen()
                assert await resume_key(site.ports, new.token) is not None
            assert len(await keys_of(there.ports, new.key.account_id)) == 1
            actor = Actor(account=await find_account(here.ports, "ada"))
            await revoke_own_key(here.ports, actor, new.key.id)
            # What each request does first.
            there.ports.freshen()
            assert await resume_key(there.ports, new.token) is None

    asyncio.run(work())
