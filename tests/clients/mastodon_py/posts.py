"""Mastodon.py: writing, and what is done with a post."""

from __future__ import annotations

import datetime
import time

from ..checks import People, eventually, picture, word
from .setup import FORBIDDEN, check, follows, ids, refuses


@check
def write_a_post(people: People) -> None:
    text = word()
    written = people.ann.status_post(f"{text} & <b>more</b>\nsecond line", language="en")
    read = people.ben.status(written.id)
    assert read.content.startswith(f"<p>{text} &amp; &lt;b&gt;more&lt;/b&gt;<br")
    assert (read.visibility, read.language, read.sensitive) == ("public", "en", False)
    assert read.account.id == people.ann.me().id
    assert abs((read.created_at - datetime.datetime.now(datetime.UTC)).total_seconds()) < 60


@check
def write_a_post_only_once(people: People) -> None:
    text, key = word(), word()
    first = people.ann.status_post(text, idempotency_key=key)
    assert people.ann.status_post(text, idempotency_key=key).id == first.id
    assert people.ann.status_post(text, idempotency_key=word()).id != first.id


@check
def write_behind_a_warning(people: People) -> None:
    written = people.ann.status_post(word(), spoiler_text="Wasps", sensitive=True)
    read = people.ben.status(written.id)
    assert read.spoiler_text == "Wasps" and read.sensitive is True


@check
def write_for_followers_only(people: People) -> None:
    with follows(people.ben, people.ann):
        written = people.ann.status_post(word(), visibility="private")
        assert people.ben.status(written.id).visibility == "private"
        refuses(404, people.cem.status, written.id)


@check
def write_to_one_person(people: People) -> None:
    written = people.ann.status_post(f"@{people.ben.me().acct} {word()}", visibility="direct")
    assert people.ben.status(written.id).visibility == "direct"
    refuses(404, people.cem.status, written.id)


@check
def mention_somebody(people: People) -> None:
    ben = people.ben.me()
    written = people.ann.status_post(f"Hello @{ben.acct}!")
    assert [(mention.id, mention.acct) for mention in written.mentions] == [(ben.id, ben.acct)]
    assert 'class="u-url mention"' in written.content


@check
def reply_and_read_the_thread(people: People) -> None:
    first = people.ann.status_post(word())
    second = people.ben.status_reply(first, word())
    third = people.ann.status_reply(second, word())
    assert second.in_reply_to_id == first.id and second.in_reply_to_account_id == people.ann.me().id
    thread = people.cem.status_context(second.id)
    assert ids(thread.ancestors) == [first.id] and ids(thread.descendants) == [third.id]
    assert people.cem.status(first.id).replies_count == 1


@check
def delete_a_post(people: People) -> None:
    text = word()
    written = people.ann.status_post(text)
    refuses(FORBIDDEN, people.ben.status_delete, written.id)
    assert people.ann.status_delete(written.id).text == text
    refuses(404, people.ann.status, written.id)


@check
def boost_and_take_it_back(people: People) -> None:
    written = people.ann.status_post(word())
    boost = people.ben.status_reblog(written.id)
    assert boost.id != written.id and boost.reblog.id == written.id and boost.reblog.reblogged is True
    assert people.cem.status(written.id).reblogs_count == 1
    assert people.ben.status_unreblog(written.id).reblogged is False
    assert people.cem.status(written.id).reblogs_count == 0


@check
def favourite_and_take_it_back(people: People) -> None:
    written = people.ann.status_post(word())
    assert people.ben.status_favourite(written.id).favourited is True
    assert people.ben.status_favourite(written.id).favourites_count == 1
    assert people.cem.status(written.id).favourited is False
    assert people.ben.status_unfavourite(written.id).favourited is False
    assert people.cem.status(written.id).favourites_count == 0


@check
def attach_a_picture(people: People) -> None:
    media = people.ann.media_post(picture(), mime_type="image/png", description="A colour", focus=(0.5, -0.5))
    media = eventually(lambda: (found := people.ann.media(media)).url and found)
    written = people.ann.status_post(word(), media_ids=[media])
    (attached,) = people.ben.status(written.id).media_attachments
    assert (attached.id, attached.type, attached.description) == (media.id, "image", "A colour")
    assert attached.meta.original.width == 16 and attached.meta.focus.x == 0.5
    assert people.ben.session.get(attached.url, timeout=10).content.startswith(
        (b"\x89PNG", b"RIFF", b"\xff\xd8")
    )


@check
def describe_a_picture(people: People) -> None:
    media = people.ann.media_post(picture(), mime_type="image/png")
    assert people.ann.media_update(media, description="Grey", focus=(0, 0)).description == "Grey"
    assert people.ann.media(media).description == "Grey"


@check
def edit_a_post(people: People) -> None:
    written = people.ann.status_post(word(), spoiler_text="Before")
    assert written.edited_at is None
    text = word()
    people.ann.status_update(written.id, text, spoiler_text="After")
    read = people.ben.status(written.id)
    assert text in read.content and read.spoiler_text == "After" and read.edited_at is not None
    refuses(FORBIDDEN, people.ben.status_update, written.id, "mine now")


@check
def read_the_history_of_a_post(people: People) -> None:
    before, after = word(), word()
    written = people.ann.status_post(before)
    people.ann.status_update(written.id, after)
    first, second = people.ben.status_history(written.id)
    assert before in first.content and after in second.content and first.created_at < second.created_at
    assert first.account.id == people.ann.me().id


@check
def read_the_source_of_a_post(people: People) -> None:
    text = f"{word()} <&>\n\n#{word('t')}"
    written = people.ann.status_post(text, spoiler_text="Mind")
    source = people.ann.status_source(written.id)
    assert (source.id, source.text, source.spoiler_text) == (written.id, text, "Mind")


@check
def hold_a_poll(people: People) -> None:
    poll = people.ann.make_poll(["yes", "no", "why"], expires_in=3600, multiple=True)
    written = people.ann.status_post(word(), poll=poll)
    asked = people.ben.status(written.id).poll
    assert [option.title for option in asked.options] == ["yes", "no", "why"]
    assert asked.multiple is True and asked.expired is False and asked.voted is False
    voted = people.ben.poll_vote(asked.id, [0, 2])
    assert voted.voted is True and sorted(voted.own_votes) == [0, 2]
    counted = people.cem.poll(asked.id)
    assert [option.votes_count for option in counted.options] == [1, 0, 1]
    assert (counted.votes_count, counted.voters_count) == (2, 1)
    refuses(422, people.ben.poll_vote, asked.id, [1])


@check
def mute_a_thread(people: People) -> None:
    written = people.ann.status_post(word())
    assert people.ann.status_mute(written.id).muted is True
    assert people.ann.status(written.id).muted is True
    assert people.ann.status_unmute(written.id).muted is False


@check
def bookmark_and_take_it_back(people: People) -> None:
    written = people.ann.status_post(word())
    assert people.ben.status_bookmark(written.id).bookmarked is True
    assert ids(people.ben.bookmarks(limit=1)) == [written.id]
    assert people.ann.status(written.id).bookmarked is False
    assert people.ben.status_unbookmark(written.id).bookmarked is False
    assert written.id not in ids(people.ben.bookmarks())


@check
def list_favourites(people: People) -> None:
    first, second = people.ann.status_post(word()), people.ann.status_post(word())
    people.ben.status_favourite(second.id)
    people.ben.status_favourite(first.id)
    page = people.ben.favourites(limit=1)
    assert ids(page) == [first.id], "the one that was favourited last comes first"
    assert ids(people.ben.fetch_next(page)) == [second.id]


@check
def pin_and_unpin(people: People) -> None:
    written = people.ann.status_post(word())
    me = people.ann.me().id
    assert people.ann.status_pin(written.id).pinned is True
    assert ids(people.ben.account_statuses(me, pinned=True)) == [written.id]
    assert people.ann.status_unpin(written.id).pinned is False
    assert people.ben.account_statuses(me, pinned=True) == []


@check
def list_who_boosted(people: People) -> None:
    written = people.ann.status_post(word())
    people.ben.status_reblog(written.id)
    people.cem.status_reblog(written.id)
    assert ids(people.ann.status_reblogged_by(written.id)) == [people.cem.me().id, people.ben.me().id]


@check
def list_who_favourited(people: People) -> None:
    written = people.ann.status_post(word())
    people.ben.status_favourite(written.id)
    assert ids(people.cem.status_favourited_by(written.id)) == [people.ben.me().id]


def _in_minutes(minutes: int) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(int(time.time()) + 60 * minutes, datetime.UTC)


@check
def schedule_a_post(people: People) -> None:
    text, when = word(), _in_minutes(30)
    scheduled = people.ann.status_post(text, scheduled_at=when, visibility="unlisted")
    assert scheduled.scheduled_at == when and scheduled.params.text == text
    assert scheduled.params.visibility == "unlisted"
    assert scheduled.id in ids(people.ann.scheduled_statuses())
    assert people.ben.scheduled_statuses() == []
    refuses(422, lambda: people.ann.status_post(word(), scheduled_at=_in_minutes(1)))
    people.ann.scheduled_status_delete(scheduled)


@check
def change_a_scheduled_post(people: People) -> None:
    scheduled = people.ann.status_post(word(), scheduled_at=_in_minutes(30))
    assert people.ann.scheduled_status_update(scheduled, _in_minutes(60)).scheduled_at == _in_minutes(60)
    assert people.ann.scheduled_status(scheduled).id == scheduled.id
    refuses(404, people.ben.scheduled_status, scheduled)
    people.ann.scheduled_status_delete(scheduled)
    refuses(404, people.ann.scheduled_status, scheduled)
