"""From what happens to a request that its receiver can verify."""

from __future__ import annotations

import asyncio

import pytest
from hook_town import HookTown, verified
from standardwebhooks import WebhookVerificationError

from microblog_core.domain.permissions import SYSTEM
from microblog_core.domain.webhooks import FAILURES_MAX, ROTATION_MILLISECONDS, WebhookState
from microblog_core.services.notifications import MarkRead, mark_notifications_read
from microblog_core.services.posts import DeletePost, EditPost, delete_post, edit_post
from microblog_core.services.relations import MuteCommand, RelationCommand, follow, mute
from microblog_core.services.reports import ReportAccount, report_account
from microblog_core.services.webhooks import (
    WebhookCommand,
    pause_webhook,
    ping_webhook,
    remove_webhook,
    resume_webhook,
    rotate_webhook,
)
from microblog_core.testing.sites import report_of, site_with
from microblog_plugins.webhooks.verify import verify

DAY = 24 * 3600


async def test_a_mention_is_told_signed_and_with_its_version(town):
    target = await town.target(town.bob)
    post = await town.post(town.ada, "Hello @bob")
    (request,) = await town.work()
    body = verified(request, target.secret)
    assert request.path == "/hook" and request.headers["content-type"] == "application/json"
    assert verify(request.headers, request.body, [target.secret]) == request.headers["webhook-id"]
    data = body["data"]
    assert body["type"] == "notification.mention" and body["timestamp"].endswith("Z")
    assert (data["kind"], data["account_id"]) == ("mention", str(town.bob.id))
    assert data["actor"] == {"id": str(town.ada.id), "acct": "ada", "display_name": ""}
    assert (data["post"]["id"], data["post"]["version"]) == (str(post.id), 1)
    assert "Hello" in data["post"]["text"]
    assert await town.work(DAY) == []
    (kept,) = await town.targets(town.bob)
    assert (kept.last_status, kept.last_error, kept.last_at > 0) == (204, "", True)


async def test_another_secret_does_not_verify(town):
    await town.target(town.bob)
    other = await town.target(town.ada)
    await town.post(town.ada, "Hello @bob")
    (request,) = await town.work()
    with pytest.raises(WebhookVerificationError):
        verified(request, other.secret)


async def test_a_try_again_has_the_same_id_and_tells_what_is_so_by_then(town):
    target = await town.target(town.bob)
    town.receiver.status = 500
    post = await town.post(town.ada, "Hello @bob")
    (first,) = await town.work()
    town.receiver.status = 204
    await edit_post(town.ports, town.ada, EditPost(post_id=post.id, text="Goodbye @bob"))
    (second,) = await town.work(10)
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.headers["webhook-timestamp"] != second.headers["webhook-timestamp"]
    data = verified(second, target.secret)["data"]
    assert (data["post"]["version"], "Goodbye" in data["post"]["text"]) == (2, True)


@pytest.mark.parametrize("way", ["deleted", "muted", "read", "unwanted", "paused", "removed"])
async def test_what_is_not_to_be_told_any_more_is_not(town, way):
    target = await town.target(town.bob)
    town.receiver.status = 500
    post = await town.post(town.ada, "Hello @bob")
    assert len(await town.work()) == 1
    town.receiver.status = 204
    command = WebhookCommand(webhook_id=target.id)
    if way == "deleted":
        await delete_post(town.ports, town.ada, DeletePost(post_id=post.id))
    elif way == "muted":
        await mute(town.ports, town.bob, MuteCommand(account_id=town.ada.id))
    elif way == "read":
        await mark_notifications_read(town.ports, town.bob, MarkRead(up_to_id=1 << 62))
    elif way == "unwanted":
        await town.prefer(town.bob, mention="never")
    elif way == "paused":
        await pause_webhook(town.ports, town.bob, command)
    else:
        await remove_webhook(town.ports, town.bob, command)
    assert await town.work(DAY) == []
    assert await town.dead() == 0


async def test_each_target_is_told_for_itself(town):
    one, two = await town.target(town.bob, "/one"), await town.target(town.bob, "/two")
    await pause_webhook(town.ports, town.bob, WebhookCommand(webhook_id=two.id))
    await town.post(town.ada, "@bob first")
    assert [each.path for each in await town.work()] == ["/one"]
    await resume_webhook(town.ports, town.bob, WebhookCommand(webhook_id=two.id))
    await follow(town.ports, town.ada, RelationCommand(account_id=town.bob.id))
    requests = {each.path: each for each in await town.work()}
    assert set(requests) == {"/one", "/two"}
    for target, path in ((one, "/one"), (two, "/two")):
        body = verified(requests[path], target.secret)
        assert (body["type"], body["data"]["post"]) == ("notification.follow", None)


async def test_for_a_day_after_a_rotation_both_secrets_sign(town):
    target = await town.target(town.bob)
    turned = await rotate_webhook(town.ports, town.bob, WebhookCommand(webhook_id=target.id))
    assert turned.secret != target.secret
    await town.post(town.ada, "Hello @bob")
    (request,) = await town.work()
    verified(request, target.secret, turned.secret)
    town.clock.advance(ROTATION_MILLISECONDS / 1000)
    await town.post(town.ada, "Hello again @bob")
    (request,) = await town.work()
    assert len(request.headers["webhook-signature"].split()) == 1
    now = town.clock.now() / 1000
    assert verify(request.headers, request.body, [turned.secret], now=now)


async def test_a_target_that_wants_no_more_is_told_no_more(town):
    await town.target(town.bob)
    town.receiver.status = 410
    await town.post(town.ada, "Hello @bob")
    assert len(await town.work()) == 1
    (kept,) = await town.targets(town.bob)
    assert (kept.state, kept.last_status) == (WebhookState.GONE, 410)
    town.receiver.status = 204
    await town.post(town.ada, "Hello again @bob")
    assert await town.work(DAY) == []
    assert await town.dead() == 0


@pytest.mark.parametrize("status", [302, 404, 500])
async def test_a_target_that_fails_for_long_is_paused_and_its_owner_can_see_why(town, status):
    target = await town.target(town.bob)
    town.receiver.status = status
    town.receiver.answer = {"Location": f"{town.receiver.url}/elsewhere"}
    await town.post(town.ada, "Hello @bob")
    await town.work()
    for _ in range(FAILURES_MAX + 2):
        await town.work(4 * 3600)
    (kept,) = await town.targets(town.bob)
    assert kept.state is WebhookState.FAILING
    assert str(status) in kept.last_error
    tried = town.receiver.tried
    assert tried >= FAILURES_MAX and {each.path for each in town.receiver.requests} == {"/hook"}
    await town.post(town.ada, "Hello again @bob")
    assert await town.work(DAY) == []
    await resume_webhook(town.ports, town.bob, WebhookCommand(webhook_id=target.id))
    town.receiver.status = 204
    await town.post(town.ada, "And again @bob")
    assert len(await town.work()) == 1


async def test_a_target_that_is_busy_is_asked_again_when_it_said(town):
    await town.target(town.bob)
    town.receiver.status, town.receiver.answer = 429, {"Retry-After": "600"}
    await town.post(town.ada, "Hello @bob")
    assert len(await town.work()) == 1
    town.receiver.status = 204
    assert await town.work(500) == []
    assert len(await town.work(101)) == 1


async def test_a_target_that_leads_inside_is_never_called_and_says_so(receiver):
    async with HookTown(receiver) as town:
        await town.target(town.bob)
        town.ports.limits.targets._networks.clear()
        await town.post(town.ada, "Hello @bob")
        assert await town.work(DAY) == [] and receiver.tried == 0
        (kept,) = await town.targets(town.bob)
        assert kept.state is WebhookState.FAILING and "public internet" in kept.last_error
        assert await town.dead() == 0


async def test_a_ping_says_that_it_works(town):
    target = await town.target(town.bob)
    await ping_webhook(town.ports, town.bob, WebhookCommand(webhook_id=target.id))
    (request,) = await town.work()
    body = verified(request, target.secret)
    assert (body["type"], body["data"]) == ("webhook.ping", {})


async def test_the_sites_targets_are_told_of_public_events(town):
    target = await town.target(SYSTEM, "/site")
    await town.target(SYSTEM, "/reports", events=("report.created",))
    for level in ("followers", "direct"):
        await town.post(town.ada, "Nobody's business", visibility=level)
    assert await town.work() == []
    post = await town.post(town.ada, "Good morning", visibility="unlisted")
    (created,) = await town.work()
    data = verified(created, target.secret)["data"]
    assert data["url"] == f"https://blog.example/@ada/{post.id}"
    assert (data["text"], data["version"], data["account"]["acct"]) == ("Good morning", 1, "ada")
    await edit_post(town.ports, town.ada, EditPost(post_id=post.id, text="Good evening"))
    (edited,) = await town.work()
    body = verified(edited, target.secret)
    assert (body["type"], body["data"]["version"]) == ("post.edited", 2)
    await delete_post(town.ports, town.ada, DeletePost(post_id=post.id))
    (deleted,) = await town.work()
    body = verified(deleted, target.secret)
    assert body["type"] == "post.deleted"
    assert body["data"] == {"id": str(post.id), "account_id": str(town.ada.id)}
    await town.person("dee")
    (created,) = await town.work()
    assert verified(created, target.secret)["data"]["acct"] == "dee"
    await report_account(town.ports, town.ada, ReportAccount(account_id=town.bob.id, comment="spam"))
    requests = {each.path: verified(each) for each in await town.work()}
    assert set(requests) == {"/site", "/reports"}
    assert requests["/site"]["type"] == "report.created" and "spam" not in str(requests)


async def test_a_post_that_is_gone_when_it_is_to_be_told_is_not_told(town):
    target = await town.target(SYSTEM)
    post = await town.post(town.ada, "Oops")
    await delete_post(town.ports, town.ada, DeletePost(post_id=post.id))
    bodies = [verified(each, target.secret) for each in await town.work()]
    assert [body["type"] for body in bodies] == ["post.deleted"]


async def test_health_says_that_a_target_of_the_site_is_lost(town):
    await town.target(SYSTEM)
    (check,) = town.site.health_checks
    await check.check()
    town.receiver.status = 410
    await town.post(town.ada, "Hello")
    await town.work()
    with pytest.raises(Exception, match="1 web hooks"):
        await check.check()


async def test_what_is_not_switched_on_costs_no_job(receiver):
    async with HookTown(receiver, site_events=False) as town:
        await town.target(SYSTEM)
        await town.post(town.ada, "Hello @bob")
        assert await town.work() == []
        assert await town.ports.storage.queue.count() == ()
        assert town.site.health_checks == ()


async def test_one_target_that_hangs_keeps_neither_others_nor_posting_waiting(town):
    from microblog_core.testing.receiver import Receiver

    with Receiver() as slow:
        town.receiver, fast = slow, town.receiver
        await town.target(town.bob, "/slow")
        town.receiver = fast
        await town.target(town.cid, "/fast")
        slow.hangs = True
        for number in range(30):
            await town.post(town.ada, f"@bob {number}")
        stop = asyncio.Event()
        running = asyncio.create_task(town.runner.run(stop))
        await asyncio.to_thread(slow.wait_for_tries, 4)
        await town.post(town.ada, "Hello @cid")
        await asyncio.to_thread(fast.wait_for, 1, 2.0)
        assert slow.requests == [] and slow.most_inside <= 4
        slow.hangs = False
        stop.set()
        await running


def test_settings_that_can_not_work_break_the_plugin_with_a_reason():
    for wrong in ({"seconds": 60.0}, {"at_once": 0}):
        report = report_of(site_with(installed=("webhooks",), settings={"webhooks": wrong}), "webhooks")
        assert (report.state, next(iter(wrong)) in report.reason) == ("broken", True)
