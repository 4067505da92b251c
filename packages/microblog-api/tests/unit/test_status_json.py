"""Ready JSON says, byte for byte, what the structs say."""

from __future__ import annotations

import itertools

import msgspec
import pytest
from msgspec.structs import replace

from microblog_api import status_json
from microblog_api.presenters import Presenter
from microblog_api.status_json import Kept
from microblog_core.domain.accounts import Account
from microblog_core.domain.filters import Filter, FilterAction, FilterMatch
from microblog_core.domain.polls import Poll, PollOption
from microblog_core.domain.posts import (
    Entry,
    Mention,
    Post,
    QuotePolicy,
    ReplyPolicy,
    Visibility,
    WrittenWith,
)

NOW = 1_800_000_000_000
BASE = "https://ada.example"
ADA = Account(id=7, username="ada", created_at=NOW, bio_html='<p><a href="/@bob">Bob</a></p>')
BOB = Account(id=8, username="bob", display_name='"reblog":null,"account":0', created_at=NOW)
GAP = '"reblog":null,"account":0'
POST = Post(
    id=1,
    account_id=7,
    thread_id=1,
    created_at=NOW,
    text=GAP,
    html=f"<p>{GAP}</p>",
    spoiler=GAP,
    language="en",
    visibility=Visibility.FOLLOWERS,
    tags=("tea", "käse"),
    mentions=(Mention(account_id=8, username="bob"),),
    edited_at=NOW + 1,
)
ENTRY = Entry(id=1, post=POST, author=ADA)
POLL = Poll(id=3, post_id=1, options=(PollOption("a", 1), PollOption("b", 2)), expires_at=NOW)
FILTER = Filter(id=5, account_id=8, title="Tea", context=(), action=FilterAction.WARN)
ENTRIES = {
    "plain": ENTRY,
    "boost": replace(ENTRY, id=2, boosted_by=BOB, boosted_at=NOW + 5),
    "own boost": replace(ENTRY, id=4, boosted_by=ADA, boosted_at=NOW + 5),
    "answer": replace(ENTRY, post=replace(POST, in_reply_to_id=9, in_reply_to_account_id=8)),
    "poll": replace(ENTRY, post=replace(POST, poll_id=3), poll=POLL),
    "quote": replace(ENTRY, post=replace(POST, quote_of_id=1), quoted=ENTRY),
    "quotable by followers": replace(ENTRY, post=replace(POST, quote_policy=QuotePolicy.FOLLOWERS)),
    "quotable by this follower": replace(
        ENTRY, post=replace(POST, quote_policy=QuotePolicy.FOLLOWERS), quotes_as_follower=True
    ),
    "for followers to answer": replace(ENTRY, post=replace(POST, reply_policy=ReplyPolicy.FOLLOWERS)),
    "for this follower to answer": replace(
        ENTRY, post=replace(POST, reply_policy=ReplyPolicy.FOLLOWERS), replies_as_chosen=True
    ),
    "written with an app": replace(ENTRY, application=WrittenWith(name="Tea", website="")),
    "quote of nothing": replace(ENTRY, post=replace(POST, quote_of_id=1)),
    "filtered": replace(ENTRY, filtered=(FilterMatch(filter=FILTER, keywords=("tea",)),)),
}


def presenter(viewer: int | None, kept: Kept) -> Presenter:
    return Presenter(BASE, viewer, NOW, lambda key: f"/media/{key}", kept)


@pytest.mark.parametrize("kind", ENTRIES)
@pytest.mark.parametrize("viewer", [None, 7, 8])
def test_every_kind_of_entry_is_written_as_its_struct_is(kind: str, viewer: int | None) -> None:
    kept = Kept()
    for marks in itertools.product((False, True), repeat=5):
        named = dict(zip(("favourited", "boosted", "muted", "bookmarked", "pinned"), marks, strict=True))
        entries = [replace(ENTRIES[kind], **named), ENTRY]
        present = presenter(viewer, kept)
        assert bytes(present.written(entries)) == msgspec.json.encode(present.statuses(entries))


@pytest.mark.parametrize("viewers", [(7, 8), (8, 7), (None, 7), (8, None)])
def test_what_depends_on_the_reader_is_never_anothers(viewers: tuple[int | None, int | None]) -> None:
    kept = Kept()
    for viewer in viewers:
        for entry in ENTRIES.values():
            public = replace(entry, post=replace(entry.post, visibility=Visibility.PUBLIC))
            present = presenter(viewer, kept)
            assert bytes(present.written([public])) == msgspec.json.encode(present.statuses([public]))


def test_readers_share_what_is_kept_and_see_their_own_marks() -> None:
    kept = Kept()
    for viewer, liked in ((7, False), (8, True), (None, False), (7, True)):
        present = presenter(viewer, kept)
        entry = replace(ENTRY, favourited=liked)
        assert bytes(present.written([entry])) == msgspec.json.encode(present.statuses([entry]))
    assert len(kept.posts) == 1


def test_what_changed_is_written_anew() -> None:
    kept = Kept()
    before = bytes(presenter(8, kept).written([ENTRY]))
    for changed in (
        replace(ENTRY, post=replace(POST, favourites_count=1)),
        replace(ENTRY, post=replace(POST, html="<p>New</p>")),
        replace(ENTRY, author=replace(ADA, followers_count=1)),
    ):
        after = bytes(presenter(8, kept).written([changed]))
        assert after != before
        assert after == msgspec.json.encode(presenter(8, Kept()).statuses([changed]))


def test_no_more_is_kept_than_has_a_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status_json, "KEPT", 10)
    kept = Kept()
    for number in range(25):
        entry = Entry(
            id=number + 1,
            post=replace(POST, id=number + 1),
            author=replace(ADA, id=number + 1, username=f"a{number}"),
        )
        presenter(None, kept).written([entry])
        assert max(len(kept.posts), len(kept.written)) <= 10
