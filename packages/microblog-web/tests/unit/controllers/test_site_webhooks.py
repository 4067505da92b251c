"""The operators' page for the site's web hooks."""

from __future__ import annotations

import pytest

from microblog_core.contributions import Manifest
from microblog_core.domain.accounts import Role
from microblog_core.domain.timelines import Page
from microblog_core.domain.webhooks import WebhookState
from microblog_core.plugins.marks import hookimpl

PATH = "/admin/webhooks"


class Channel:
    """Stands for the channel of the plugin `webhooks`; nothing is delivered here."""

    name = "webhooks"

    async def deliver(self, message, *, key):
        raise AssertionError("nothing runs jobs in this test")


def plugin():
    made = type("webhooks", (), {})()
    made.PLUGIN = Manifest(name="webhooks")
    made.register_channels = hookimpl(specname="register_channels")(lambda site: [Channel()])
    return made


@pytest.fixture
async def town(open_house):
    async with open_house({}, given={"webhooks": plugin()}) as house:
        yield house


async def operator(house):
    return (await house.person("root", role=Role.ADMINISTRATOR))[1]


async def targets(house):
    return list(await house.site.ports.storage.webhooks.of(None))


async def audit(house):
    return [line.action for line in (await house.site.ports.storage.audit(Page(limit=20))).items][::-1]


async def test_a_site_that_tells_nobody_says_how_to(house):
    root = await operator(house)
    page = await root.get(PATH)
    assert "Web hooks are not set up" in page.text
    token = (await root.get("/compose")).form("csrf_token").fields["csrf_token"]
    fields = {"csrf_token": token, "url": "https://hooks.example.org/1"}
    assert (await root.post(PATH, fields)).status == 404


async def test_a_target_is_added_tested_turned_paused_and_removed_and_all_of_it_is_audited(town):
    root = await operator(town)
    page = await root.get(PATH)
    form = page.form("url")
    answer = await root.post(
        PATH, {**form.fields, "url": "https://hooks.example.org/1", "report.created": "1"}
    )
    (made,) = await targets(town)
    assert made.events == ("report.created",)
    assert made.secret in answer.text
    assert made.secret not in (await root.get(PATH)).text

    async def press(button):
        form = (await root.get(PATH)).form("webhook")
        return await root.post(f"{PATH}/change", {**form.fields, "do": button})

    await press("ping")
    page = await root.get(PATH)
    assert "webhook.ping" in page.text and "waits" in page.text
    turned = await press("rotate")
    assert (await targets(town))[0].secret in turned.text
    await press("pause")
    assert (await targets(town))[0].state is WebhookState.PAUSED
    await press("ping")
    assert "paused" in (await root.get(PATH)).text
    await press("resume")
    await press("remove")
    assert await targets(town) == []
    done = ("added", "tested", "rotated", "paused", "resumed", "removed")
    assert await audit(town) == [f"webhook.{each}" for each in done]


async def test_a_wrong_address_is_told_at_its_field_with_what_was_chosen(town):
    root = await operator(town)
    form = (await root.get(PATH)).form("url")
    answer = await root.post(PATH, {**form.fields, "url": "http://127.0.0.1/", "post.created": "1"})
    assert answer.status == 422
    assert 'value="http://127.0.0.1/"' in answer.text
    assert 'name="post.created" value="1" checked' in answer.text
    assert await targets(town) == []


async def test_only_operators_press_its_buttons_and_own_web_hooks_are_nobodys_business(town):
    _, ada = await town.person("ada")
    form = (await ada.get("/settings/webhooks")).form("url")
    assert (await ada.post(PATH, {**form.fields, "url": "https://hooks.example.org/2"})).status == 403
    await ada.post("/settings/webhooks", {**form.fields, "url": "https://hooks.example.org/3"})
    assert await audit(town) == []
    assert await targets(town) == []
    assert "hooks.example.org" not in (await (await operator(town)).get(PATH)).text
