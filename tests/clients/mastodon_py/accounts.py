"""Mastodon.py: accounts, and how people stand to each other."""

from __future__ import annotations

from ..checks import People, eventually, picture, word
from .setup import check, follows, ids, locked, refuses


@check
def read_an_account(people: People) -> None:
    ann = people.ben.account(people.ann.me().id)
    assert ann.acct == ann.username == people.ann.me().username
    assert ann.url.startswith(people.site.url) and ann.avatar and ann.header and ann.avatar_static
    assert ann.locked is False and ann.bot is False and ann.emojis == [] and ann.fields == []


@check
def read_the_posts_of_an_account(people: People) -> None:
    first = people.cem.status_post(word())
    reply = people.cem.status_reply(people.ann.status_post(word()), word())
    boost = people.cem.status_reblog(people.ann.status_post(word()).id)
    cem = people.cem.me().id
    assert ids(people.ben.account_statuses(cem, limit=3)) == [boost.id, reply.id, first.id]
    assert ids(people.ben.account_statuses(cem, limit=1, exclude_replies=True, exclude_reblogs=True)) == [
        first.id
    ]
    assert boost.id not in ids(people.ben.account_statuses(cem, only_media=True))


@check
def follow_and_unfollow(people: People) -> None:
    ann = people.ann.me().id
    assert people.ben.account_follow(ann, reblogs=False, notify=True).following is True
    (now,) = people.ben.account_relationships(ann)
    assert (now.following, now.showing_reblogs, now.notifying) == (True, False, True)
    assert people.ann.me().followers_count == 1
    assert people.ben.account_unfollow(ann).following is False
    assert people.ann.me().followers_count == 0


@check
def ask_for_relationships(people: People) -> None:
    ann, ben, cem = (person.me().id for person in (people.ann, people.ben, people.cem))
    with follows(people.ben, people.ann):
        found = people.ann.account_relationships([cem, ben])
    assert {each.id: each.followed_by for each in found} == {ben: True, cem: False}
    assert [each.id for each in people.ben.account_relationships(ann)] == [ann]


@check
def list_followers_and_followed(people: People) -> None:
    ann = people.ann.me().id
    with follows(people.ben, people.ann), follows(people.cem, people.ann):
        page = people.cem.account_followers(ann, limit=1)
        assert ids(page) == [people.cem.me().id], "who followed last comes first"
        assert ids(people.cem.fetch_next(page)) == [people.ben.me().id]
        assert ids(people.ann.account_following(people.ben.me().id)) == [ann]


@check
def block_and_unblock(people: People) -> None:
    ben = people.ben.me().id
    written = people.ann.status_post(word())
    with follows(people.ben, people.ann):
        assert people.ann.account_block(ben).blocking is True
        try:
            assert ids(people.ann.blocks()) == [ben]
            (seen,) = people.ben.account_relationships(people.ann.me().id)
            assert seen.blocked_by is True and seen.following is False
            refuses(404, people.ben.status, written.id)
        finally:
            assert people.ann.account_unblock(ben).blocking is False
    assert people.ben.status(written.id).id == written.id and people.ann.blocks() == []


@check
def mute_and_unmute(people: People) -> None:
    ann = people.ann.me().id
    assert people.ben.account_mute(ann, notifications=False).muting is True
    try:
        (now,) = people.ben.account_relationships(ann)
        assert now.muting is True and now.muting_notifications is False
        assert ids(people.ben.mutes()) == [ann]
        written = people.ann.status_post(word())
        assert written.id not in ids(people.ben.timeline_public())
    finally:
        assert people.ben.account_unmute(ann).muting is False
    assert people.ben.mutes() == [] and written.id in ids(people.ben.timeline_public())


@check
def accept_a_follow_request(people: People) -> None:
    ann, ben = people.ann.me().id, people.ben.me().id
    with locked(people.ann):
        asked = people.ben.account_follow(ann)
        assert asked.requested is True and asked.following is False
        assert ids(people.ann.follow_requests()) == [ben]
        assert people.ann.me().source.follow_requests_count == 1
        assert people.ann.follow_request_authorize(ben).followed_by is True
        assert people.ben.account_relationships(ann)[0].following is True
        assert people.ann.follow_requests() == []
        people.ben.account_unfollow(ann)


@check
def reject_a_follow_request(people: People) -> None:
    ann, ben = people.ann.me().id, people.ben.me().id
    with locked(people.ann):
        people.ben.account_follow(ann)
        told = eventually(lambda: people.ann.notifications(types=["follow_request"], limit=1))
        assert told[0].account.id == ben
        assert people.ann.follow_request_reject(ben).followed_by is False
        now = people.ben.account_relationships(ann)[0]
        assert now.requested is False and now.following is False


@check
def edit_the_profile(people: People) -> None:
    name, note = word("N"), word()
    people.cem.account_update_credentials(
        display_name=name, note=note, bot=True, fields=[("Home", "here"), ("Pronouns", "any")],
        default_privacy="unlisted", default_language="de",
    )  # fmt: skip
    seen = people.ann.account(people.cem.me().id)
    assert seen.display_name == name and note in seen.note and seen.bot is True
    assert [(field.name, field.value) for field in seen.fields] == [("Home", "here"), ("Pronouns", "any")]
    source = people.cem.me().source
    assert (source.note, source.privacy, source.language) == (note, "unlisted", "de")
    assert people.cem.status_post(word()).visibility == "unlisted"
    people.cem.account_update_credentials(bot=False, default_privacy="public", default_language="en")
    assert people.ann.account(people.cem.me().id).display_name == name


@check
def change_the_avatar(people: People) -> None:
    before = people.cem.me()
    after = people.cem.account_update_credentials(
        avatar=picture(side=32), avatar_mime_type="image/png", header=picture(), header_mime_type="image/png"
    )
    assert after.avatar != before.avatar and after.header != before.header
    assert people.ann.account(after.id).avatar == after.avatar
    assert people.ann.session.get(after.avatar, timeout=10).headers["content-type"].startswith("image/")


@check
def look_up_an_account(people: People) -> None:
    ben = people.ben.me()
    assert people.ann.account_lookup(ben.acct).id == ben.id
    assert people.ann.account_lookup(f"@{ben.acct}").id == ben.id
    assert people.ann.account_lookup(f"{ben.acct}@{people.ann.instance_v2().domain}").id == ben.id
    refuses(404, people.ann.account_lookup, word())


@check
def complete_the_name_of_an_account(people: People) -> None:
    ben = people.ben.me()
    assert ids(people.ann.account_search(ben.username[:-1]))[:1] == [ben.id]
    assert people.ann.account_search(ben.username, following=True) == []


@check
def note_something_about_an_account(people: People) -> None:
    ben, text = people.ben.me().id, word()
    assert people.ann.account_note_set(ben, text).note == text
    assert people.ann.account_relationships(ben)[0].note == text
    assert people.cem.account_relationships(ben)[0].note == ""


@check
def list_familiar_followers(people: People) -> None:
    ann = people.ann.me().id
    with follows(people.ben, people.ann), follows(people.cem, people.ben):
        (found,) = people.cem.account_familiar_followers(ann)
    assert found.id == ann and ids(found.accounts) == [people.ben.me().id]


@check
def list_featured_hashtags(people: People) -> None:
    assert people.ann.account_featured_tags(people.ben.me().id) == []


@check
def report_an_account(people: People) -> None:
    written = people.cem.status_post(word())
    report = people.ann.report(people.cem.me().id, [written.id], comment="Look", category="spam")
    assert report.id and report.comment == "Look" and report.category == "spam"
    assert report.target_account.id == people.cem.me().id and report.status_ids == [written.id]


@check
def subscribe_to_push(people: People) -> None:
    keys = {"pubkey": b"\x04" + bytes(range(64)), "auth": bytes(16)}
    endpoint = f"https://push.example/{word()}"
    made = people.ann.push_subscription_set(endpoint, keys, mention_events=True, follow_events=False)
    assert made.endpoint == endpoint and made.alerts.mention is True and made.alerts.follow is False
    assert made.server_key
    assert people.ann.push_subscription().endpoint == endpoint
    assert people.ann.push_subscription_update(follow_events=True).alerts.follow is True
    people.ann.push_subscription_delete()
    refuses(404, people.ann.push_subscription)
