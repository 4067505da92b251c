from __future__ import annotations

from http_fakes import FakeSite, cookies_set, follow_up, scope_for

from microblog_core.http.flash import FLASH_COOKIE, Flash, add_flash, take_flashes


def test_messages_are_shown_once_in_order(site: FakeSite) -> None:
    scope = scope_for(site)
    add_flash(scope, "Saved; tschüß", "success")
    add_flash(scope, "Second")
    shown = follow_up(scope)
    assert take_flashes(shown) == (Flash("Saved; tschüß", "success"), Flash("Second", "info"))
    assert cookies_set(shown)[FLASH_COOKIE] == ""
    assert take_flashes(follow_up(shown)) == ()


def test_the_last_three_are_kept_and_long_ones_are_cut(site: FakeSite) -> None:
    scope = scope_for(site)
    for text in ("one", "two", "three", "f" * 1000):
        add_flash(scope, text)
    assert [message.text for message in take_flashes(scope)] == ["two", "three", "f" * 400]
    assert len(scope["state"]["set_cookies"][FLASH_COOKIE]) < 4096


def test_forged_and_old_messages_are_not_shown(site: FakeSite) -> None:
    scope = scope_for(site)
    add_flash(scope, "Saved")
    value = cookies_set(scope)[FLASH_COOKIE]
    assert take_flashes(scope_for(site, cookie=f"{FLASH_COOKIE}=x{value}")) == ()
    assert take_flashes(scope_for(FakeSite("other"), cookie=f"{FLASH_COOKIE}={value}")) == ()
    site.world.clock.advance(301_000)
    assert take_flashes(follow_up(scope)) == ()
