"""`microblog totp reset`, and the way out where the plugin is gone, from the command line."""

from __future__ import annotations

import asyncio

import pyotp
import pytest
from data_folder import composed, on_site

from microblog_core.domain.permissions import Actor
from microblog_core.domain.timelines import Page
from microblog_core.services.accounts import find_account
from microblog_core.services.second_factors import second_factors_of
from microblog_plugins.totp.codes import new_secret
from microblog_plugins.totp.enrolment import SwitchOn, keys_of, show_code, switch_on

PASSWORD = "correct horse"


@pytest.fixture
def microblog(microblog, tmp_path):
    """The command line, with ada who logs in by two steps."""
    microblog("users", "create", "ada", "--email", "ada@example.org", "--password", PASSWORD)

    async def enrol(site):
        actor = Actor(account=await find_account(site.ports, "ada"))
        secret = new_secret()
        code = pyotp.TOTP(secret).generate_otp(site.ports.clock.now() // 30_000)
        command = SwitchOn(secret=secret, password=PASSWORD, code=code)
        microblog.codes = await switch_on(site.ports, actor, keys_of(site), command)

    on_site(tmp_path, enrol)
    return microblog


async def factors(site):
    return await second_factors_of(site.ports, (await find_account(site.ports, "ada")).id)


async def audited(site):
    return [(line.action, line.actor_id) for line in (await site.ports.storage.audit(Page())).items]


def test_operators_take_it_away_and_the_audit_log_says_so(microblog, tmp_path):
    assert on_site(tmp_path, factors) == {"totp"}
    done = microblog("totp", "reset", "ada")
    assert done.exit_code == 0 and "logs in without a code" in done.output
    assert on_site(tmp_path, factors) == frozenset()
    assert ("second_factor.off", None) in on_site(tmp_path, audited)
    again = microblog("totp", "reset", "ada")
    assert again.exit_code == 1 and "not set up" in again.stderr
    assert microblog("totp", "reset", "nobody").exit_code == 1


def test_the_way_out_is_for_factors_whose_plugin_is_gone_alone(microblog, tmp_path):
    kept = microblog("users", "forget-second-factors", "ada")
    assert "no second factor whose plugin is gone" in kept.output
    assert on_site(tmp_path, factors) == {"totp"}
    (tmp_path / "data" / "microblog.toml").write_text('[plugins]\ndisabled = ["totp"]\n')
    gone = microblog("users", "forget-second-factors", "ada")
    assert "ada logs in without totp from now on." in gone.output
    assert on_site(tmp_path, factors) == frozenset()


def test_a_code_that_is_shown_to_two_processes_at_once_lets_in_once(microblog, tmp_path):
    async def work(here):
        async with composed(tmp_path) as there:
            ada = await find_account(here.ports, "ada")
            tries = [
                show_code(site.ports, keys_of(site), ada, microblog.codes[0], "192.0.2.1")
                for site in (here, there, here, there)
            ]
            return await asyncio.gather(*tries, return_exceptions=True)

    results = on_site(tmp_path, work)
    assert sorted(type(each).__name__ for each in results) == ["Invalid"] * 3 + ["NoneType"]
