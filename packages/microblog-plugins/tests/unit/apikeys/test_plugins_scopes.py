"""Keys that may do what other plugins add to the API, from the page and the command line to the resource."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import diary_face
import httpx
import pytest
from data_folder import on_site
from diary_face import PAGE, READ, WORDS, WRITE
from key_town import PATH, KeyTown
from litestar import get

from microblog_api.app import SURFACE
from microblog_api.contributions import ApiScope
from microblog_core.config import ServerConfig, load_config
from microblog_core.contributions import Manifest
from microblog_core.domain.timelines import Page
from microblog_core.hookspecs import hookimpl
from microblog_core.http.app import create_app
from microblog_core.site import compose_sites
from microblog_plugins.apikeys.keys import keys_of

ME = "/api/v1/accounts/verify_credentials"
OUTSIDE = "This action is outside the authorized scopes"


@pytest.fixture
async def town():
    async with KeyTown({"diary": {"api": diary_face}}) as made:
        yield made


async def test_a_key_with_a_plugins_scope_is_for_what_needs_that_one_and_for_nothing_else(town):
    shown = (await (await town.browser(town.ada)).get(PATH)).text
    assert WORDS in shown and f'name="scope-{READ}"' in shown and f'name="scope-{WRITE}"' in shown
    token, page = await town.made(town.ada, READ)
    assert page.status_code == 200 and f'<p class="what">{READ}</p>' in page.text
    program = await town.program(token)
    answer = await program.get(PAGE)
    assert (answer.status_code, answer.json()) == (200, {"of": "ada"})
    refused = (
        await program.put(PAGE),
        await program.get(ME),
        await program.get("/api/v1/timelines/home"),
        await program.get("/api/v1/timelines/public"),
        await program.post("/api/v1/statuses", data={"status": "hello"}),
    )
    assert [(each.status_code, each.json()["error"]) for each in refused] == [(403, OUTSIDE)] * len(refused)


async def test_cores_scopes_open_no_plugins_resource(town):
    token, _ = await town.made(town.ada, "read", "write", "follow", "profile")
    answer = await (await town.program(token)).get(PAGE)
    assert (answer.status_code, answer.json()["error"]) == (403, OUTSIDE)
    both, _ = await town.made(town.ada, "read", READ, WRITE)
    program = await town.program(both)
    assert [(await program.get(path)).status_code for path in (PAGE, ME)] == [200, 200]
    assert (await program.put(PAGE)).status_code == 200


async def test_what_was_chosen_stays_chosen_when_something_else_is_wrong(town):
    _, page = await town.made(town.ada, READ, name="")
    assert page.status_code == 422
    assert f'name="scope-{READ}" value="1" checked' in page.text
    assert f'name="scope-{WRITE}" value="1" checked' not in page.text


async def test_a_face_that_the_api_leaves_out_offers_no_scopes_for_keys():
    @get("/{x:nonsense}")
    async def malformed() -> None: ...

    broken = SimpleNamespace(
        PLUGIN=Manifest(name="broken"),
        register_resources=hookimpl(lambda: [malformed]),
        register_scopes=hookimpl(lambda: [ApiScope(name="broken:read", description="Read it")]),
    )
    async with KeyTown({"diary": {"api": diary_face}, "broken": {"api": broken}}) as town:
        shown = (await (await town.browser(town.ada)).get(PATH)).text
        assert READ in shown and "broken:read" not in shown
        token, page = await town.made(town.ada, "broken:read")
        assert token is None and "Choose what it may do." in page.text


async def test_a_website_without_the_api_in_its_process_offers_cores_scopes():
    async with KeyTown({"diary": {"api": diary_face}}, faces=("web",), installed=("api",)) as town:
        shown = (await (await town.browser(town.ada)).get(PATH)).text
        assert 'name="scope-read"' in shown and READ not in shown


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """The plugin as one that somebody has installed."""
    info = tmp_path / "diary-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: diary\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[microblog.api]\ndiary = diary_face\n")
    monkeypatch.syspath_prepend(tmp_path)


async def asked(tmp_path, token):
    """How the API of the data folder answers the key: the diary, and whose key it is."""
    config = load_config(tmp_path / "data", environ={})
    (site,) = compose_sites(config, faces=("api",))
    async with create_app([site], [SURFACE], server=ServerConfig()) as app:
        headers = {"authorization": f"Bearer {token}"}
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://blog", headers=headers) as api:
            return [(await api.get(path)).status_code for path in (PAGE, ME)]


@pytest.mark.usefixtures("installed")
def test_operators_make_keys_with_plugins_scopes_which_mean_nothing_without_the_plugin(microblog, tmp_path):
    microblog("users", "create", "ada", "--email", "ada@example.org", "--password", "correct horse")
    listed = microblog("apikeys", "scopes").output
    assert READ in listed and WORDS in listed and "read:statuses" in listed and "push" not in listed
    made = microblog("apikeys", "make", "ada", "A script", "--may", READ)
    assert made.exit_code == 0, made.output
    token = made.stdout.strip()
    assert asyncio.run(asked(tmp_path, token)) == [200, 403]
    assert READ in microblog("apikeys", "list", "ada").output
    (tmp_path / "data" / "microblog.toml").write_text('[plugins]\ndisabled = ["diary"]\n')
    assert asyncio.run(asked(tmp_path, token)) == [404, 403]
    assert READ in microblog("apikeys", "list", "ada").output
    gone = microblog("apikeys", "make", "ada", "A script", "--may", READ)
    assert gone.exit_code == 1 and f"does not offer the scope '{READ}'" in gone.stderr


def test_a_key_that_an_operator_makes_obeys_the_sites_bounds_and_is_in_the_audit_log(microblog, tmp_path):
    microblog("users", "create", "ada", "--email", "ada@example.org", "--password", "correct horse")
    (tmp_path / "data" / "microblog.toml").write_text("[plugins.apikeys]\nmost = 1\nlongest_days = 30\n")
    late = microblog("apikeys", "make", "ada", "A script", "--may", "read")
    assert late.exit_code == 1 and "Choose at most 30 days." in late.stderr
    made = microblog("apikeys", "make", "ada", "A script", "--may", "read", "--may", "write", "--days", "30")
    assert asyncio.run(asked(tmp_path, made.stdout.strip())) == [404, 200]
    more = microblog("apikeys", "make", "ada", "Another", "--may", "read", "--days", "30")
    assert more.exit_code == 1 and "all that you may have" in more.stderr
    assert microblog("apikeys", "make", "nobody", "A script", "--may", "read").exit_code == 1

    async def audited(site):
        (entry,) = await keys_of(site.ports, (await site.ports.storage.accounts.by_name("ada", "")).id)
        lines = (await site.ports.storage.audit(Page())).items
        return entry.key, [(line.action, line.subject, line.actor_id, line.detail) for line in lines]

    key, lines = on_site(tmp_path, audited)
    assert key.scopes == ("read", "write")
    assert ("apikeys.made", str(key.account_id), None, "system: A script") in lines
