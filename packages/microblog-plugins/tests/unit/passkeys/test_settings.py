"""For which addresses a site's passkeys are."""

from __future__ import annotations

import pytest
from key_ring_town import PATH, KeyRingTown
from plugin_town import send

from microblog_core.domain.errors import ConfigurationError
from microblog_core.domain.permissions import ANONYMOUS, Actor
from microblog_core.services.accounts import SignUpWithoutPassword, sign_up_without_password
from microblog_core.testing.sites import report_of
from microblog_plugins.passkeys.keys import passkeys_of
from microblog_plugins.passkeys.settings import Party, PasskeySettings, party_of


@pytest.mark.parametrize(
    ("address", "rp_id", "origin"),
    [
        ("https://example.org", "example.org", "https://example.org"),
        ("https://Social.Example.org:443", "social.example.org", "https://social.example.org"),
        ("https://example.org:8443", "example.org", "https://example.org:8443"),
        ("http://127.0.0.1:8000", "localhost", "http://localhost:8000"),
        ("http://[::1]:8000", "localhost", "http://localhost:8000"),
        ("http://blog.localhost:8000", "blog.localhost", "http://blog.localhost:8000"),
    ],
)
def test_without_settings_it_is_the_sites_own_address(address, rp_id, origin):
    assert party_of(PasskeySettings(), address) == Party(rp_id=rp_id, origins=(origin,))


@pytest.mark.parametrize(
    "address", ["", "http://192.0.2.7", "https://[2001:db8::1]:8000", "http://example.org"]
)
def test_where_there_is_no_domain_there_are_no_passkeys(address):
    assert party_of(PasskeySettings(), address) is None
    for settings in (PasskeySettings(rp_id="example.org"), PasskeySettings(origins=("https://example.org",))):
        with pytest.raises(ConfigurationError, match="needs the site's own address"):
            party_of(settings, address)


def test_a_domain_above_and_further_addresses_are_given():
    settings = PasskeySettings(
        rp_id="example.org", origins=("https://www.example.org/", "https://example.org:444")
    )
    assert party_of(settings, "https://social.example.org") == Party(
        rp_id="example.org",
        origins=("https://social.example.org", "https://www.example.org", "https://example.org:444"),
    )


@pytest.mark.parametrize(
    "rp_id", ["org", "example.net", "cial.example.org", "www.social.example.org", "https://x"]
)
def test_a_domain_that_is_not_the_sites_is_refused(rp_id):
    with pytest.raises(ConfigurationError, match="rp_id"):
        party_of(PasskeySettings(rp_id=rp_id), "https://social.example.org")


@pytest.mark.parametrize(
    "origin",
    ["http://example.org", "https://evil.example", "example.org", "https://example.org/x", "https://a:b"],
)
def test_an_address_that_is_not_below_the_domain_is_refused(origin):
    with pytest.raises(ConfigurationError, match="origins"):
        party_of(PasskeySettings(origins=(origin,)), "https://example.org")


def test_settings_that_can_not_work_are_said():
    for settings in ({"rp_id": "example.net"}, {"most": 0}, {"origins": ["http://social.example.org"]}):
        report = report_of(KeyRingTown(settings=settings).site, "passkeys")
        (name,) = settings
        assert report.state == "broken" and f"plugins.passkeys.{name}" in report.reason


async def test_who_has_no_password_is_asked_to_log_in_again():
    async with KeyRingTown() as town:
        command = SignUpWithoutPassword(username="eve", email="eve@people.example", beside=lambda number: ())
        eve = Actor(account=await sign_up_without_password(town.ports, ANONYMOUS, command))
        browser = await town.browser(eve)
        fresh = (await browser.get(PATH)).text
        assert 'type="password"' not in fresh and "again=1" not in fresh
        await town.enrol(eve, browser=browser)
        town.clock.advance(11 * 60 * 1000)
        late = await browser.get(PATH)
        assert 'type="password"' not in late.text
        assert 'href="/login?again=1&amp;next=/x/passkeys"' in late.text
        refused = await send(browser, late, f"{PATH}/add", name="Another")
        assert refused.status_code == 422 and "within ten minutes" in refused.text
        (entry,) = await passkeys_of(town.ports, eve.account.id)
        kept = await browser.get(f"{PATH}/key/{entry.passkey.id}")
        assert f"again=1&amp;next=/x/passkeys/key/{entry.passkey.id}" in kept.text
