"""The pages of those who run the site: who sees which, what they tell, and what they hide."""

from __future__ import annotations

import msgspec

from microblog_core.contributions import HealthCheck, Manifest
from microblog_core.domain.accounts import AccountState, Role
from microblog_core.domain.errors import Unavailable
from microblog_core.domain.reports import Report
from microblog_core.plugins.marks import hookimpl
from microblog_core.plugins.settings import Secret
from microblog_core.ports.operations import AddReport
from microblog_core.services.statistics import compute
from microblog_core.site import Site
from microblog_web.admin_nav import ENTRIES
from microblog_web.contributions import NavItem, Slot

OPERATORS = (Role.ADMINISTRATOR, Role.OWNER)
MODERATORS = {
    "/admin",
    "/admin/statistics",
    "/admin/reports",
    "/admin/appeals",
    "/admin/approvals",
    "/admin/accounts",
    "/admin/audit",
}


async def operator(house):
    return (await house.person("root", role=Role.ADMINISTRATOR))[1]


async def test_every_page_is_for_those_who_may_and_its_tabs_lead_to_nothing_else(shop):
    house = shop.house
    browsers = {role: (await house.person(str(role), role=role))[1] for role in Role}
    visitor = await house.visitor()
    for entry in ENTRIES:
        assert (await visitor.get(entry.path, follow=False)).status == 303, entry.path
        for role, browser in browsers.items():
            may = role in OPERATORS or (role is Role.MODERATOR and entry.path in MODERATORS)
            page = await browser.get(entry.path)
            assert page.status == (200 if may else 403), (entry.path, role)
            if not may:
                continue
            assert f'<a href="{entry.path}" aria-current="page">' in page.text
            assert len(page.body) < 100_000
            for other in ENTRIES:
                linked = f'<a href="{other.path}"' in page.text
                assert linked is (role in OPERATORS or other.path in MODERATORS), (role, other.path)


async def test_only_those_who_may_are_led_there(house):
    for role in Role:
        _, browser = await house.person(str(role), role=role)
        led = 'href="/admin"' in (await browser.get("/public")).text
        assert led is (role is not Role.MEMBER), role
    assert 'href="/admin"' not in (await (await house.visitor()).get("/public")).text


async def test_the_overview_tells_how_much_there_is_and_how_much_there_is_to_do(house):
    root = await operator(house)
    account, _ = await house.person("ada")
    await house.write(account, "counted")
    reports = [
        Report(id=house.build.next_id(), reporter_id=account.id, target_id=account.id, created_at=1)
        for _ in range(3)
    ]
    await house.build.apply(*(AddReport(report=report) for report in reports))
    for name in ("bob", "cleo"):
        await house.build.account(name, state=AccountState.PENDING)
    page = await root.get("/admin")
    assert '<dt>Open reports</dt><dd><a href="/admin/reports">3</a></dd>' in page.text
    assert '<dt>Waiting for approval</dt><dd><a href="/admin/approvals">2</a></dd>' in page.text
    assert "<dt>People</dt><dd>2</dd>" in page.text
    assert "Nothing is counted yet" in page.text
    await compute(house.site.ports, started=house.clock.now())
    for path, label in (("/admin", "Day"), ("/admin?by=weeks", "Week from")):
        page = await root.get(path)
        assert page.text.count('<svg class="chart"') == page.text.count("<details><summary>The numbers") == 3
        assert f'<th scope="col">{label}</th><th scope="col">Posts</th>' in page.text


async def test_plugins_draw_into_the_overview_and_add_pages_for_some(open_house):
    class Draws:
        async def render(self, context, items):
            return [f"drawn for {context.viewer.username}"]

    face = type("face", (), {})()
    face.PLUGIN = Manifest(name="weather")
    face.register_slots = hookimpl(specname="register_slots")(
        lambda site: [Slot(name="sky", place="admin.dashboard", renderer=Draws())]
    )
    face.register_nav_items = hookimpl(specname="register_nav_items")(
        lambda site: [
            NavItem(key="sky", label="Sky", href="/x/weather/sky", place="admin", permission="jobs.manage")
        ]
    )
    async with open_house({"weather": face}) as house:
        root = await operator(house)
        page = await root.get("/admin")
        assert "drawn for root" in page.text
        assert '<a href="/x/weather/sky">Sky</a>' in page.text
        _, moderator = await house.person("mod", role=Role.MODERATOR)
        assert "/x/weather/sky" not in (await moderator.get("/admin")).text


class SkySettings(msgspec.Struct, frozen=True):
    """Settings with a secret by its type and one by its name."""

    place: str = "Paris"
    key: Secret = Secret("")
    api_token: str = ""


def sky(**hooks):
    plugin = type("sky", (), {})()
    plugin.PLUGIN = Manifest(name="sky", summary="Looks up", settings=SkySettings)
    for name, function in hooks.items():
        setattr(plugin, name, hookimpl(specname=name)(function))
    return plugin


async def test_plugins_are_told_with_their_settings_but_for_secrets(open_house):
    settings = {"sky": {"place": "Rome", "key": "hunter2hunter2", "api_token": "tok_123456"}}
    async with open_house({}, given={"sky": sky()}, settings=settings) as house:
        page = await (await operator(house)).get("/admin/plugins")
        assert "plugins.sky.place</th><td>Rome" in page.text
        assert "plugins.sky.key</th><td>***" in page.text
        assert "plugins.sky.api_token</th><td>***" in page.text
        assert "hunter2" not in page.text and "tok_123456" not in page.text
        assert "Not in order" not in page.text


async def test_broken_plugins_stand_on_top_with_the_reason(open_house):
    def broken(site: Site):
        raise RuntimeError("no sky today")

    face = type("face", (), {})()
    face.PLUGIN = Manifest(name="web-less")
    face.register_nav_items = hookimpl(specname="register_nav_items")(lambda site: ["not an item"])
    given = {"sky": sky(register_channels=broken)}
    async with open_house({"web-less": face}, given=given) as house:
        root = await operator(house)
        page = await root.get("/admin/plugins")
        assert (
            page.text.index("Not in order") < page.text.index("no sky today") < page.text.index("Installed")
        )
        assert "The pages do without the plugin web-less" in page.text
        overview = (await root.get("/admin")).text
        assert "Plugins are not in order: sky, web-less." in overview


async def test_health_tells_what_is_not_well_first_and_what_to_do(open_house):
    async def check():
        raise Unavailable("The sky does not answer.", hint="Look up.")

    given = {"sky": sky(register_health_checks=lambda site: [HealthCheck(name="sky", check=check)])}
    async with open_house({}, given=given, base_url="https://example.org") as house:
        page = await (await operator(house)).get("/admin/health")
        assert "The sky does not answer. Look up." in page.text
        assert '<th scope="row">storage</th><td>Well</td>' in page.text
        assert "no proxy is trusted" in page.text
        assert "it came as http" in page.text
        assert "nothing sends mail" in page.text
        assert page.text.index("Look at it") < page.text.index(">Well</span>")
