"""What a mail server receives of what happens on a site, rule by rule."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

import pytest
from mail_town import DAY_SECONDS, FOLD_SECONDS, MailTown

from microblog_core.domain.accounts import AccountState
from microblog_core.domain.posts import Visibility
from microblog_core.domain.timelines import Page
from microblog_core.ports.operations import SetAccountState, UpdateLogin
from microblog_core.services.deliveries import read_delivery_preferences
from microblog_core.services.notifications import (
    Dismiss,
    MarkRead,
    dismiss_notification,
    mark_notifications_read,
    read_notifications,
)
from microblog_core.services.posts import DeletePost, EditPost, delete_post, edit_post
from microblog_core.services.reactions import PostCommand, boost_post, favourite_post
from microblog_core.services.relations import FollowCommand, RelationCommand, block, follow, mute


async def test_a_mention_is_one_mail_with_all_that_a_mail_has(town):
    post = await town.post(town.ada, "Hello @bob, 1 < 2 <b>really</b>")
    (mail,) = await town.work()
    head = mail.message
    assert (mail.sender, mail.recipient) == ("noreply@blog.example", "bob@people.example")
    assert head["From"] == '"ada (Blog)" <noreply@blog.example>'
    assert head["To"] == "bob@people.example"
    assert head["Subject"] == "ada (@ada) mentioned you"
    assert head["Message-ID"] == f"<post-{post.id}.{town.bob.id}@blog.example>"
    assert head["References"] is None
    assert head["Auto-Submitted"] == "auto-generated"
    assert head["Content-Language"] == "en"
    assert re.fullmatch(r"<https://blog\.example/unsubscribe\?token=[\w.-]+>", head["List-Unsubscribe"])
    assert head["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "Hello @bob, 1 < 2 <b>really</b>" in mail.text
    assert f"https://blog.example/@ada/{post.id}" in mail.text
    assert "1 &lt; 2 &lt;b&gt;really&lt;/b&gt;" in mail.html
    assert 'href="https://blog.example/@bob"' in mail.html
    assert "https://blog.example/settings/notifications" in mail.text


async def test_answers_stand_in_the_thread_of_what_they_answer(town):
    first = await town.post(town.ada, "Hello @bob")
    (to_bob,) = await town.work()
    own = await town.post(town.bob, "Hi @ada", in_reply_to_id=first.id)
    (to_ada,) = await town.work()
    assert to_ada.recipient == "ada@people.example"
    assert to_ada.message["In-Reply-To"] == f"<post-{first.id}.{town.ada.id}@blog.example>"
    await town.post(town.ada, "@bob How are you?", in_reply_to_id=own.id)
    (again,) = await town.work()
    assert again.message["References"].split() == [
        to_bob.message["Message-ID"],
        f"<post-{own.id}.{town.bob.id}@blog.example>",
    ]
    assert again.message["In-Reply-To"] == f"<post-{own.id}.{town.bob.id}@blog.example>"


async def test_a_burst_is_one_mail_and_what_comes_later_another(town):
    for number in range(3):
        await town.post(town.ada, f"@bob number {number}")
    (mail,) = await town.work()
    assert mail.message["Subject"] == "ada (@ada): 3 notifications"
    assert all(f"number {each}" in mail.text and f"number {each}" in mail.html for each in range(3))
    await town.post(town.cid, "@bob and one more")
    (later,) = await town.work()
    assert later.message["Subject"] == "cid (@cid) mentioned you"
    assert later.message["Message-ID"] != mail.message["Message-ID"]


async def test_nothing_is_sent_before_the_window_ends(town):
    await town.post(town.ada, "@bob now")
    assert await town.work(FOLD_SECONDS - 5) == []
    assert len(await town.work(5)) == 1


async def test_nobody_is_mailed_about_what_they_may_not_see(town):
    secret = await town.post(town.ada, "@bob now you see it")
    await block(town.ports, town.ada, RelationCommand(account_id=town.bob.id))
    assert await town.work() == []
    await town.post(town.cid, "@ada for ada and not for bob", visibility=Visibility.DIRECT)
    assert [mail.recipient for mail in await town.work()] == ["ada@people.example"]
    assert secret.text not in "".join(mail.text for mail in town.server.mails)


async def test_nobody_is_mailed_about_people_they_muted_meanwhile(town):
    await town.post(town.ada, "@bob hello")
    await mute(town.ports, town.bob, RelationCommand(account_id=town.ada.id))
    assert await town.work() == []


async def test_nobody_is_mailed_about_what_they_have_read_or_dismissed(town):
    await town.post(town.ada, "@bob read this")
    await town.runner.run_due()
    (told,) = (await read_notifications(town.ports, town.bob, Page())).items
    await mark_notifications_read(town.ports, town.bob, MarkRead(up_to_id=told.id))
    assert await town.work() == []
    await town.post(town.ada, "@bob dismiss this")
    await town.runner.run_due()
    told = (await read_notifications(town.ports, town.bob, Page())).items[0]
    await dismiss_notification(town.ports, town.bob, Dismiss(notification_id=told.id))
    assert await town.work() == []


async def test_edits_and_deletes_before_sending_are_respected(town):
    edited = await town.post(town.ada, "@bob frist")
    gone = await town.post(town.ada, "@bob oops")
    await edit_post(town.ports, town.ada, EditPost(post_id=edited.id, text="@bob first"))
    await delete_post(town.ports, town.ada, DeletePost(post_id=gone.id))
    (mail,) = await town.work()
    assert mail.message["Subject"] == "ada (@ada) mentioned you"
    assert "@bob first" in mail.text and "frist" not in mail.text + mail.html and "oops" not in mail.text


async def test_what_stands_behind_a_warning_stays_there(town):
    await town.post(town.ada, "@bob the butler did it", spoiler="Ending <told>")
    (mail,) = await town.work()
    assert "Content warning: Ending <told>" in mail.text
    assert "Ending &lt;told&gt;" in mail.html
    assert "butler" not in mail.text + mail.html


async def test_never_is_never_and_counts_for_what_waits_already(town):
    await town.post(town.ada, "@bob one")
    await town.runner.run_due()
    await town.prefer(town.bob, mention="never")
    await town.post(town.ada, "@bob two")
    assert await town.work() == []


async def test_a_daily_digest_comes_at_its_hour_with_all_of_the_day(town):
    await town.prefer(town.bob, mention="daily")
    await town.post(town.ada, "@bob in the morning")
    assert await town.work(6 * 3600) == []
    await town.post(town.cid, "@bob in the evening")
    (mail,) = await town.work(DAY_SECONDS)
    assert mail.message["Subject"] == "2 notifications"
    assert "in the morning" in mail.text and "in the evening" in mail.text
    assert mail.message["From"] == "Blog <noreply@blog.example>"
    assert await town.work(2 * DAY_SECONDS) == []


async def test_follows_boosts_and_favourites_come_weekly_on_monday_morning(town):
    post = await town.post(town.bob, "Look")
    await follow(town.ports, town.ada, FollowCommand(account_id=town.bob.id))
    await boost_post(town.ports, town.ada, PostCommand(post_id=post.id))
    await favourite_post(town.ports, town.cid, PostCommand(post_id=post.id))
    due = datetime(2026, 1, 5, 7, tzinfo=UTC).timestamp()
    assert await town.work(due - town.clock.now() / 1000 - 1) == []
    (mail,) = await town.work(1)
    assert mail.message["Subject"] == "3 notifications"
    for line in ("ada (@ada) follows you", "ada (@ada) boosted your post", "cid (@cid) favourited your post"):
        assert line in mail.text and line in mail.html


async def test_a_mail_speaks_the_readers_language(town):
    await town.speak(town.bob, "de")
    await town.post(town.ada, "@bob Hallo")
    (mail,) = await town.work()
    assert mail.message["Subject"] == "ada (@ada) hat dich erwähnt"
    assert mail.message["Content-Language"] == "de"
    assert "Keine solchen Mails mehr" in mail.text and "Zur Unterhaltung" in mail.html


async def test_only_confirmed_addresses_get_notifications(mail_server):
    async with MailTown(mail_server) as town:
        unit = town.ports.unit()
        unit.accounts.update_login(UpdateLogin(account_id=town.bob.id, email="new@people.example"))
        await unit.commit()
        await town.post(town.ada, "@bob hello")
        assert await town.work() == []
    async with MailTown(mail_server, unconfirmed=True) as town:
        unit = town.ports.unit()
        unit.accounts.update_login(UpdateLogin(account_id=town.bob.id, email="new@people.example"))
        await unit.commit()
        await town.post(town.ada, "@bob hello")
        assert [mail.recipient for mail in await town.work()] == ["new@people.example"]


async def test_a_bounced_address_is_paused_until_there_is_another(town):
    town.server.rcpt = "550 5.1.1 No such user"
    await town.post(town.ada, "@bob one")
    assert await town.work() == []
    tried = town.server.tried
    town.server.rcpt = ""
    await town.post(town.ada, "@bob two")
    assert await town.work() == []
    assert (town.server.tried, await town.dead()) == (tried, 0)
    defaults = {"email": town.channel.defaults}
    (wanted,) = await read_delivery_preferences(town.ports, town.bob, defaults)
    assert wanted.paused
    unit = town.ports.unit()
    unit.accounts.update_login(UpdateLogin(account_id=town.bob.id, email="bob2@people.example"))
    await unit.commit()
    (wanted,) = await read_delivery_preferences(town.ports, town.bob, defaults)
    assert not wanted.paused


async def test_what_is_temporary_is_tried_again_and_what_is_permanent_is_kept_with_the_dead(town):
    town.server.data = "451 4.3.0 Later"
    await town.post(town.ada, "@bob hello")
    assert await town.work() == []
    assert town.runner.retried == 1
    town.server.data = ""
    (mail,) = await town.work(3600)
    assert "hello" in mail.text
    town.server.data = "554 5.7.1 Spam"
    await town.post(town.ada, "@bob again")
    assert await town.work() == []
    assert await town.dead() == 1


async def test_several_that_wait_for_the_same_are_taken_once_however_many_look(town):
    for number in range(5):
        await town.post(town.ada, f"@bob {number}")
    await town.runner.run_due()
    town.clock.advance(FOLD_SECONDS)
    jobs = await town.site.storage.queue.claim(town.ports.clock.now(), limit=50, lease=1)
    gathering = [job for job in jobs if job.kind == "notifications.gather"]
    assert len(gathering) == 5
    payloads = {json.loads(job.payload)["account_id"] for job in gathering}
    assert payloads == {town.bob.id}
    town.clock.advance(1)
    await town.runner.run_due()
    assert len(town.server.mails) == 1


@pytest.mark.parametrize("kind", ["suspended", "deleted"])
async def test_nobody_who_is_gone_is_mailed_nor_mailed_about(town, kind):
    await town.post(town.ada, "@bob hello")
    await town.post(town.bob, "@cid hello")
    unit = town.ports.unit()
    unit.accounts.set_state(SetAccountState(account_id=town.bob.id, state=AccountState(kind)))
    await unit.commit()
    assert await town.work() == []


async def test_a_long_digest_shows_the_first_and_says_how_many_more_there_are(town):
    await town.prefer(town.bob, mention="daily")
    for number in range(53):
        await town.post(town.ada, f"@bob number {number:02}")
    (mail,) = await town.work(DAY_SECONDS)
    assert mail.message["Subject"] == "ada (@ada): 53 notifications"
    assert "number 49" in mail.text and "number 50" not in mail.text
    assert "And 3 more." in mail.text and "And 3 more." in mail.html
