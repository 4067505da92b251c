"""Mastodon.py: timelines, notifications, conversations, search."""

from __future__ import annotations

from typing import Any

from ..checks import People, eventually, word
from .setup import check, follows, ids, refuses


@check
def read_the_home_timeline(people: People) -> None:
    before = people.ann.status_post(word())
    with follows(people.ben, people.ann):
        written = people.ann.status_post(word())
        other = people.cem.status_post(word())
        home = eventually(lambda: (page := people.ben.timeline_home()) and written.id in ids(page) and page)
        assert before.id in ids(home) and other.id not in ids(home)
        assert ids(home) == sorted(ids(home), key=int, reverse=True)


@check
def read_the_public_timeline(people: People) -> None:
    written = people.ann.status_post(word())
    hidden = people.ann.status_post(word(), visibility="unlisted")
    assert ids(people.ben.timeline_public(limit=1)) == [written.id]
    assert hidden.id not in ids(people.ben.timeline_local())


@check
def page_through_a_timeline(people: People) -> None:
    written = ids([people.cem.status_post(word()) for _ in range(5)])
    page = people.ann.account_statuses(people.cem.me().id, limit=2)
    seen = ids(page)
    for _ in range(2):
        page = people.ann.fetch_next(page)
        seen += ids(page)
    assert seen[:5] == written[::-1]
    assert ids(people.ann.fetch_previous(page)) == seen[2:4]


@check
def read_what_is_newer(people: People) -> None:
    written = ids([people.cem.status_post(word()) for _ in range(4)])
    cem = people.cem.me().id
    assert ids(people.ann.account_statuses(cem, min_id=written[0], limit=2)) == [written[2], written[1]]
    assert ids(people.ann.account_statuses(cem, since_id=written[0], limit=2)) == [written[3], written[2]]


def _told(notifications: Any) -> set[tuple[str, str | None]]:
    return {(one.type, one.status.id if one.get("status") else None) for one in notifications}


@check
def read_notifications(people: People) -> None:
    written = people.ann.status_post(word())
    people.ben.status_favourite(written.id)
    people.ben.status_reblog(written.id)
    reply = people.ben.status_reply(written, word())
    with follows(people.ben, people.ann):
        kinds = [("favourite", written.id), ("reblog", written.id), ("mention", reply.id), ("follow", None)]
        eventually(lambda: _told(people.ann.notifications(limit=4)) == set(kinds))
        newest = people.ann.notifications(limit=4)
        assert people.ann.fetch_next(people.ann.notifications(limit=1))[0].id == newest[1].id
    assert {one.account.id for one in newest} == {people.ben.me().id}


@check
def choose_among_notifications(people: People) -> None:
    written = people.ann.status_post(word())
    people.cem.status_favourite(written.id)
    reply = people.cem.status_reply(written, word())
    eventually(lambda: ("mention", reply.id) in _told(people.ann.notifications(types=["mention"])))
    assert {one.type for one in people.ann.notifications(types=["mention"])} == {"mention"}
    without = people.ann.notifications(exclude_types=["mention"])
    assert ("favourite", written.id) in _told(without)
    assert "mention" not in {one.type for one in without}
    from_cem = people.ann.notifications(account_id=people.cem.me().id)
    assert {one.account.id for one in from_cem} == {people.cem.me().id}


def _favourited(people: People) -> Any:
    """What `ann` is told when `ben` favourites a new post of hers."""
    written = people.ann.status_post(word())
    people.ben.status_favourite(written.id)
    return eventually(
        lambda: [one for one in people.ann.notifications(types=["favourite"]) if one.status.id == written.id]
    )[0]


@check
def read_one_notification(people: People) -> None:
    newest = _favourited(people)
    assert people.ann.notifications(id=newest.id).status.id == newest.status.id
    refuses(404, lambda: people.ben.notifications(id=newest.id))


@check
def dismiss_a_notification(people: People) -> None:
    newest = _favourited(people)
    people.ann.notifications_dismiss(newest.id)
    assert newest.id not in ids(people.ann.notifications())


@check
def clear_notifications(people: People) -> None:
    _favourited(people)
    people.ann.notifications_clear()
    assert people.ann.notifications() == []


@check
def read_grouped_notifications(people: People) -> None:
    written = people.ann.status_post(word())
    people.ben.status_favourite(written.id)
    people.cem.status_favourite(written.id)

    def group() -> Any:
        found = people.ann.grouped_notifications(types=["favourite"])
        mine = [each for each in found.notification_groups if each.status_id == written.id]
        return mine and mine[0].notifications_count == 2 and (mine[0], found)

    newest, found = eventually(group)
    assert newest.type == "favourite"
    assert newest.sample_account_ids == [people.cem.me().id, people.ben.me().id]
    assert written.id in ids(found.statuses) and people.cem.me().id in ids(found.accounts)


@check
def keep_the_reading_position(people: People) -> None:
    first, second = people.ann.status_post(word()), people.ann.status_post(word())
    saved = people.ben.markers_set(["home", "notifications"], [first, second])
    assert saved["home"].last_read_id == first.id
    kept = people.ben.markers_get(["home", "notifications"])
    assert (kept["home"].last_read_id, kept["notifications"].last_read_id) == (first.id, second.id)
    assert people.ben.markers_set("home", second)["home"].version > saved["home"].version


def _conversation(people: People, last_status: str) -> Any:
    return eventually(
        lambda: [one for one in people.ben.conversations() if one.last_status.id == last_status]
    )[0]


@check
def read_conversations(people: People) -> None:
    written = people.ann.status_post(f"@{people.ben.me().acct} {word()}", visibility="direct")
    newest = _conversation(people, written.id)
    assert newest.unread is True and ids(newest.accounts) == [people.ann.me().id]


@check
def mark_a_conversation_as_read(people: People) -> None:
    written = people.ann.status_post(f"@{people.ben.me().acct} {word()}", visibility="direct")
    newest = _conversation(people, written.id)
    assert people.ben.conversations_read(newest).unread is False
    assert people.ben.conversations()[0].unread is False


@check
def search_for_people(people: People) -> None:
    ben = people.ben.me()
    found = people.ann.search(ben.username, result_type="accounts")
    assert ids(found.accounts)[0] == ben.id and found.statuses == [] and found.hashtags == []


@check
def search_for_posts(people: People) -> None:
    text = word()
    written = people.ann.status_post(f"something with {text} in it")
    found = eventually(lambda: people.ann.search(text, result_type="statuses").statuses)
    assert ids(found) == [written.id]


@check
def search_for_hashtags(people: People) -> None:
    tag = word("t")
    people.ann.status_post(f"#{tag}")
    found = eventually(lambda: people.ben.search(tag, result_type="hashtags").hashtags)
    assert [each.name for each in found] == [tag]


@check
def read_a_hashtag(people: People) -> None:
    tag = word("t")
    people.ann.status_post(f"#{tag}")
    found = people.ben.tag(tag)
    assert found.name == tag and found.following is False and isinstance(found.history, list)


@check
def follow_a_hashtag(people: People) -> None:
    tag = word("t")
    assert people.ben.tag_follow(tag).following is True
    assert tag in [each.name for each in people.ben.followed_tags()]
    written = people.ann.status_post(f"#{tag}")
    eventually(lambda: written.id in ids(people.ben.timeline_home()))
    assert people.ben.tag_unfollow(tag).following is False
    assert tag not in [each.name for each in people.ben.followed_tags()]


@check
def read_the_timeline_of_a_hashtag(people: People) -> None:
    tag = word("t")
    first = people.ann.status_post(f"#{tag}")
    second = people.cem.status_post(f"#{tag.upper()}")
    people.ann.status_post(tag)
    assert ids(people.ben.timeline_hashtag(tag)) == [second.id, first.id]
    assert first.tags[0].name == tag and 'rel="tag"' in first.content


@check
def read_trends(people: People) -> None:
    assert isinstance(people.ann.trending_statuses(), list)
    assert isinstance(people.ann.trending_tags(), list)
    assert isinstance(people.ann.trending_links(), list)


@check
def read_suggestions(people: People) -> None:
    assert people.ann.me().id not in [each.account.id for each in people.ann.suggestions_v2()]


@check
def read_announcements(people: People) -> None:
    assert people.ann.announcements() == []
