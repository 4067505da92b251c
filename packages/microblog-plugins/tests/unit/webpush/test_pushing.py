"""From what happens to somebody to a push that their app can read."""

from __future__ import annotations

import pytest
from push_town import PushTown, who_pushed

from microblog_api.vapid import public_key_of
from microblog_core.domain.push import PushPolicy
from microblog_core.services.notifications import MarkRead, mark_notifications_read
from microblog_core.services.posts import DeletePost, delete_post
from microblog_core.services.push import DeletePushSubscription, delete_push_subscription, read_push_key
from microblog_core.services.reactions import PostCommand, favourite_post
from microblog_core.services.relations import MuteCommand, RelationCommand, follow, mute
from microblog_core.testing.sites import report_of, site_with


@pytest.mark.parametrize("standard", [True, False])
async def test_a_mention_reaches_the_app_encrypted_and_as_mastodon_says_it(town, standard):
    app = await town.subscribe(town.bob, standard=standard)
    await town.post(town.ada, "Hello @bob, how are you?")
    (request,) = await town.work()
    assert request.path == "/one"
    payload = app.read(request)
    (told,) = await town.ports.storage.notifications.several(town.bob.id, [int(payload["notification_id"])])
    assert payload == {
        "access_token": "secret token of /one",
        "preferred_locale": "en",
        "notification_id": str(told.id),
        "notification_type": "mention",
        "icon": "",
        "title": "ada (@ada) mentioned you",
        "body": "Hello @bob, how are you?",
    }
    encoding = "aes128gcm" if standard else "aesgcm"
    assert request.headers["content-encoding"] == encoding
    assert (request.headers["ttl"], request.headers["urgency"]) == ("172800", "normal")
    assert b"Hello" not in request.body


@pytest.mark.parametrize("standard", [True, False])
async def test_the_push_service_knows_who_pushes(town, standard):
    await town.subscribe(town.bob, standard=standard)
    await town.post(town.ada, "Hello @bob")
    (request,) = await town.work()
    header, claims, key = who_pushed(request)
    assert header["alg"] == "ES256"
    assert claims["aud"] == town.service.url
    assert claims["sub"] == "https://blog.example"
    assert 0 < claims["exp"] - town.clock.now() // 1000 <= 24 * 3600
    assert key == public_key_of(await read_push_key(town.ports))


async def test_each_app_is_told_once_of_what_it_wants(town):
    await town.subscribe(town.bob, "/all")
    await town.subscribe(town.bob, "/follows", alerts=("follow",))
    await town.subscribe(town.bob, "/nothing", alerts=())
    await town.post(town.ada, "Hello @bob")
    assert [each.path for each in await town.work()] == ["/all"]
    await follow(town.ports, town.ada, RelationCommand(account_id=town.bob.id))
    assert sorted(each.path for each in await town.work()) == ["/all", "/follows"]
    assert await town.work(3600) == []


async def test_each_of_a_burst_is_a_push(town):
    app = await town.subscribe(town.bob)
    for number in range(60):
        await town.post(town.ada, f"@bob {number}")
    requests = await town.work(3600)
    assert len({app.read(each)["notification_id"] for each in requests}) == len(requests) == 60


async def test_policies_say_whose_doings_are_told(town):
    for policy in PushPolicy:
        await town.subscribe(town.bob, f"/{policy}", policy=policy)
    await town.post(town.ada, "@bob from a stranger")
    assert [each.path for each in await town.work()] == ["/all"]
    await follow(town.ports, town.bob, RelationCommand(account_id=town.ada.id))
    await town.post(town.ada, "@bob from one you follow")
    assert sorted(each.path for each in await town.work()) == ["/all", "/followed"]
    await follow(town.ports, town.cid, RelationCommand(account_id=town.bob.id))
    await town.work()
    await town.post(town.cid, "@bob from a follower")
    assert sorted(each.path for each in await town.work()) == ["/all", "/follower"]


async def test_preferences_hold_beside_what_the_app_wants(town):
    await town.subscribe(town.bob)
    await town.prefer(town.bob, mention="never")
    await town.post(town.ada, "Hello @bob")
    assert await town.work() == []
    await town.prefer(town.bob, mention="at_once")
    await town.prefer(town.bob, "site", mention="never")
    await town.post(town.ada, "Hello again @bob")
    assert len(await town.work()) == 1


@pytest.mark.parametrize("way", ["deleted", "muted", "read", "unsubscribed"])
async def test_what_is_not_to_be_told_any_more_is_not(town, way):
    """It waits for a push service that is busy, and is looked at again when it is tried again."""
    await town.subscribe(town.bob)
    town.service.status = 429
    post = await town.post(town.ada, "Hello @bob")
    assert len(await town.work()) == 1
    town.service.status = 201
    if way == "deleted":
        await delete_post(town.ports, town.ada, DeletePost(post_id=post.id))
    elif way == "muted":
        await mute(town.ports, town.bob, MuteCommand(account_id=town.ada.id))
    elif way == "read":
        await mark_notifications_read(town.ports, town.bob, MarkRead(up_to_id=1 << 62))
    else:
        (old,) = await town.subscriptions(town.bob)
        command = DeletePushSubscription(token_id=old.token_id)
        await delete_push_subscription(town.ports, town.bob, command)
    assert await town.work(3600) == []
    assert await town.dead() == 0


@pytest.mark.parametrize("status", [404, 410])
async def test_a_subscription_that_is_gone_goes(town, status):
    await town.subscribe(town.bob, "/gone")
    town.service.status = status
    await town.post(town.ada, "Hello @bob")
    assert len(await town.work()) == 1
    assert await town.subscriptions(town.bob) == []
    await town.post(town.ada, "Hello again @bob")
    assert await town.work(3600) == []
    assert await town.dead() == 0


async def test_a_busy_push_service_is_asked_again_when_it_said(town):
    await town.subscribe(town.bob)
    town.service.status, town.service.answer = 429, {"Retry-After": "600"}
    await town.post(town.ada, "Hello @bob")
    assert len(await town.work()) == 1
    town.service.status = 201
    assert await town.work(500) == []
    assert len(await town.work(101)) == 1


async def test_a_push_is_given_up_when_it_is_of_no_use_any_more(town):
    await town.subscribe(town.bob)
    town.service.status = 503
    await town.post(town.ada, "Hello @bob")
    assert len(await town.work()) == 1
    assert len(await town.work(47 * 3600)) == 1
    assert await town.work(24 * 3600) == []
    assert await town.dead() == 0 and len(await town.subscriptions(town.bob)) == 1


async def test_what_a_push_service_will_never_take_is_a_dead_job(town):
    await town.subscribe(town.bob)
    town.service.status = 413
    await town.post(town.ada, "Hello @bob")
    assert len(await town.work()) == 1
    assert await town.dead() == 1


async def test_an_endpoint_that_leads_inside_is_not_called_and_its_subscription_goes(service):
    async with PushTown(service) as town:
        await town.subscribe(town.bob)
        town.site._ports.limits.targets._networks.clear()
        await town.post(town.ada, "Hello @bob")
        assert await town.work() == []
        assert service.tried == 0
        assert await town.subscriptions(town.bob) == []


async def test_favourites_of_a_post_take_one_anothers_place_and_mentions_do_not(town):
    await town.subscribe(town.bob)
    post = await town.post(town.bob, "Mine")
    for who in (town.ada, town.cid):
        await favourite_post(town.ports, who, PostCommand(post_id=post.id))
    await town.post(town.ada, "Hello @bob")
    topics = [each.headers.get("topic", "") for each in await town.work()]
    assert len(topics) == 3 and sorted(set(topics)) == ["", topics[0] or topics[1]]
    assert all(len(topic) <= 32 for topic in topics)


async def test_long_posts_are_cut_and_what_is_behind_a_warning_stays_there(town):
    app = await town.subscribe(town.bob)
    await town.post(town.ada, "@bob " + "ä" * 400)
    await town.post(town.ada, "@bob secret", spoiler="Spiders")
    # Pushes leave side by side and arrive in any order.
    payloads = sorted(map(app.read, await town.work()), key=lambda each: int(each["notification_id"]))
    long, hidden = [each["body"] for each in payloads]
    assert len(long) == 140 and long.endswith("…")
    assert "Spiders" in hidden and "secret" not in hidden


async def test_without_a_subscription_nothing_is_queued(town):
    await town.post(town.ada, "Hello @bob")
    await town.work()
    assert {each.kind for each in await town.ports.storage.queue.count()} == set()


async def test_tokens_that_no_key_opens_any_more_are_left_out(town, monkeypatch):
    app = await town.subscribe(town.bob)
    monkeypatch.setattr(type(town.site), "secrets", lambda site, purpose: (bytes(32),))
    await town.post(town.ada, "Hello @bob")
    (request,) = await town.work()
    assert app.read(request)["access_token"] == ""


def test_settings_that_can_not_work_break_the_plugin_with_a_reason():
    for wrong in ({"contact": "me"}, {"seconds": 60.0}, {"ttl_seconds": -1}, {"at_once": 0}):
        report = report_of(site_with(installed=("webpush",), settings={"webpush": wrong}), "webpush")
        assert (report.state, next(iter(wrong)) in report.reason) == ("broken", True)
