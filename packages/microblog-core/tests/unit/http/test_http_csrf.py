from __future__ import annotations

import pytest
from http_fakes import FakeSite, follow_up, scope_for

from microblog_core.http.csrf import Forged, check
from microblog_core.http.sessions import ANONYMOUS_COOKIE, identify, log_in


async def _logged_in(site: FakeSite, name: str = "ada") -> dict[str, object]:
    scope = scope_for(site)
    await log_in(scope, await site.world.sign_up(name))
    return scope


async def test_a_session_accepts_its_own_token_from_field_or_header(site: FakeSite) -> None:
    scope = await _logged_in(site)
    token = (await identify(follow_up(scope))).csrf
    await check(follow_up(scope), token)
    await check(follow_up(scope, x_csrf_token=token))


@pytest.mark.parametrize("token", ["", "x", "0" * 64, "ä\ud800", "\0"])
async def test_missing_and_forged_tokens_are_refused(site: FakeSite, token: str) -> None:
    with pytest.raises(Forged):
        await check(follow_up(await _logged_in(site)), token)


async def test_the_token_of_one_session_is_nothing_to_another(site: FakeSite) -> None:
    ada, bob = await _logged_in(site, "ada"), await _logged_in(site, "bob")
    token = (await identify(follow_up(ada))).csrf
    with pytest.raises(Forged):
        await check(follow_up(bob), token)


async def test_the_token_of_one_site_is_nothing_to_another(site: FakeSite) -> None:
    other = FakeSite("other")
    scope = scope_for(site)
    token = (await identify(scope)).csrf
    elsewhere = follow_up(scope)
    elsewhere["state"]["site"] = other
    with pytest.raises(Forged):
        await check(elsewhere, token)


async def test_anonymous_forms_are_bound_to_a_cookie_of_the_browser(site: FakeSite) -> None:
    scope = scope_for(site)
    token = (await identify(scope)).csrf
    assert len(scope["state"]["cookies"][ANONYMOUS_COOKIE]) >= 16
    await check(follow_up(scope), token)
    with pytest.raises(Forged):
        await check(scope_for(site), token)
    with pytest.raises(Forged):
        await check(scope_for(site, cookie=f"{ANONYMOUS_COOKIE}="), token)


async def test_a_form_from_before_logging_in_is_refused_after_it(site: FakeSite) -> None:
    before = scope_for(site)
    token = (await identify(before)).csrf
    after = follow_up(before)
    await log_in(after, await site.world.sign_up("ada"))
    with pytest.raises(Forged):
        await check(follow_up(after), token)


@pytest.mark.parametrize(
    "fields",
    [
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"sec_fetch_site": "nonsense"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://localhost:8001"},
        {"origin": "https://localhost:8000"},
        {"origin": "http://localhost:notaport"},
        {"origin": "http://localhost:8000.evil.example"},
        {"origin": "https://evil.example", "sec_fetch_site": "same-origin"},
    ],
)
async def test_forms_of_other_sites_are_refused_even_with_the_right_token(
    site: FakeSite, fields: dict[str, str]
) -> None:
    scope = scope_for(site)
    token = (await identify(scope)).csrf
    with pytest.raises(Forged):
        await check(follow_up(scope, **fields), token)


@pytest.mark.parametrize(
    "fields",
    [
        {"sec_fetch_site": "same-origin", "origin": "http://localhost:8000"},
        {"sec_fetch_site": "none"},
        {"origin": "http://LOCALHOST:8000"},
        {"sec_fetch_site": "same-origin", "origin": "https://localhost"},
    ],
)
async def test_our_own_forms_pass(site: FakeSite, fields: dict[str, str]) -> None:
    scope = scope_for(site)
    token = (await identify(scope)).csrf
    await check(follow_up(scope, **fields), token)


async def test_the_configured_public_address_is_ours_too() -> None:
    site = FakeSite(base_url="https://public.example")
    scope = scope_for(site)
    token = (await identify(scope)).csrf
    await check(follow_up(scope, origin="https://public.example"), token)


async def test_tokens_survive_the_rotation_of_the_secret_key(site: FakeSite) -> None:
    scope = scope_for(site)
    token = (await identify(scope)).csrf
    site.keys = [b"new", b"key"]
    await check(follow_up(scope), token)
    site.keys = [b"newer", b"new"]
    with pytest.raises(Forged):
        await check(follow_up(scope), token)
