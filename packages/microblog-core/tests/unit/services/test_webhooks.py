"""Web hooks: whose they are, and what may be added."""

from __future__ import annotations

import pytest

from microblog_core.domain.errors import Forbidden, Invalid, NotFound, Unauthenticated
from microblog_core.domain.permissions import ANONYMOUS, SYSTEM, Actor
from microblog_core.domain.webhooks import WEBHOOK_JOB, WEBHOOKS_MAX, WebhookState
from microblog_core.services.webhooks import (
    AddWebhook,
    ListWebhooks,
    WebhookCommand,
    add_webhook,
    count_lost,
    list_webhooks,
    pause_webhook,
    ping_webhook,
    remove_webhook,
    resume_webhook,
    rotate_webhook,
)

URL = "https://hooks.example.org/x"


@pytest.fixture
async def ada(studio):
    return Actor(account=await studio.sign_up("ada"))


@pytest.fixture
async def bob(studio):
    return Actor(account=await studio.sign_up("bob"))


async def test_targets_are_their_owners_alone(studio, ada, bob):
    made = await add_webhook(studio.ports, ada, AddWebhook(url=f" {URL} "))
    assert made.url == URL and made.secret.startswith("whsec_")
    assert await list_webhooks(studio.ports, ada, ListWebhooks()) == (made,)
    assert await list_webhooks(studio.ports, bob, ListWebhooks()) == ()
    command = WebhookCommand(webhook_id=made.id)
    for use_case in (rotate_webhook, pause_webhook, resume_webhook, ping_webhook):
        with pytest.raises(NotFound):
            await use_case(studio.ports, bob, command)
        with pytest.raises(Unauthenticated):
            await use_case(studio.ports, ANONYMOUS, command)
    await remove_webhook(studio.ports, bob, command)
    assert await list_webhooks(studio.ports, ada, ListWebhooks()) == (made,)
    assert await studio.ports.storage.queue.count() == ()


async def test_the_sites_targets_are_the_operators(studio, ada):
    wanted = AddWebhook(url=URL, site=True, events=("post.deleted", "post.created"))
    with pytest.raises(Forbidden):
        await add_webhook(studio.ports, ada, wanted)
    with pytest.raises(Forbidden):
        await list_webhooks(studio.ports, ada, ListWebhooks(site=True))
    made = await add_webhook(studio.ports, SYSTEM, wanted)
    assert (made.account_id, made.events) == (None, ("post.created", "post.deleted"))
    with pytest.raises(NotFound):
        await pause_webhook(studio.ports, ada, WebhookCommand(webhook_id=made.id))
    with pytest.raises(Invalid) as refused:
        await add_webhook(studio.ports, SYSTEM, AddWebhook(url=URL, site=True, events=("post.read",)))
    assert set(refused.value.fields) == {"events"}


async def test_what_can_not_be_told_is_refused_and_so_is_one_too_many(studio, ada):
    for url in (
        "",
        "http://hooks.example.org/",
        "https://127.0.0.1/",
        "https://localhost/",
        URL + "x" * 3000,
    ):
        with pytest.raises(Invalid) as refused:
            await add_webhook(studio.ports, ada, AddWebhook(url=url))
        assert set(refused.value.fields) == {"url"}
    for _ in range(WEBHOOKS_MAX):
        await add_webhook(studio.ports, ada, AddWebhook(url=URL))
    with pytest.raises(Invalid, match=r"."):
        await add_webhook(studio.ports, ada, AddWebhook(url=URL))
    assert len(await list_webhooks(studio.ports, ada, ListWebhooks())) == WEBHOOKS_MAX


async def test_a_paused_target_gets_no_test_until_it_goes_on(studio, ada):
    made = await add_webhook(studio.ports, ada, AddWebhook(url=URL))
    command = WebhookCommand(webhook_id=made.id)
    await pause_webhook(studio.ports, ada, command)
    with pytest.raises(Invalid, match="paused"):
        await ping_webhook(studio.ports, ada, command)
    assert await count_lost(studio.ports, ada) == 0
    await resume_webhook(studio.ports, ada, command)
    await ping_webhook(studio.ports, ada, command)
    assert [each.kind for each in await studio.ports.storage.queue.count()] == [WEBHOOK_JOB]
    (kept,) = await list_webhooks(studio.ports, ada, ListWebhooks())
    assert kept.state is WebhookState.ACTIVE


async def test_a_new_secret_leaves_the_one_before_for_a_while(studio, ada):
    made = await add_webhook(studio.ports, ada, AddWebhook(url=URL))
    turned = await rotate_webhook(studio.ports, ada, WebhookCommand(webhook_id=made.id))
    assert turned.previous_secret == made.secret != turned.secret
    assert turned.secrets(turned.rotated_at) == (turned.secret, made.secret)
    assert turned.secrets(turned.rotated_at + 24 * 3600 * 1000) == (turned.secret,)
