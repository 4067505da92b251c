"""What the site knows of a viewer is what clients are told, field by field."""

from __future__ import annotations

import msgspec
import pytest
from msgspec import UNSET

from microblog_api.presenters import Presenter
from microblog_core.domain.accounts import Account
from microblog_core.domain.media import Attachment, MediaState
from microblog_core.domain.posts import Entry, Post
from microblog_core.domain.relations import FollowOptions, Relationship

NOW = 1_800_000_000_000
BASE = "https://ada.example"
ADA = Account(id=7, username="ada", created_at=NOW)
ENTRY = Entry(id=1, post=Post(id=1, account_id=7, thread_id=1, created_at=NOW), author=ADA)


def presenter(viewer: int | None = 7, store: str = "/media/") -> Presenter:
    return Presenter(BASE, viewer, 0, lambda key: store + key)


@pytest.mark.parametrize("mark", ["bookmarked", "pinned", "muted"])
def test_each_mark_of_the_viewer_is_told_alone(mark: str) -> None:
    status = presenter().status(msgspec.structs.replace(ENTRY, **{mark: True}))
    told = {name: getattr(status, name) for name in ("bookmarked", "pinned", "muted", "favourited")}
    assert told == {name: name == mark for name in told}


def test_what_is_pinned_is_told_to_its_author_alone() -> None:
    pinned = msgspec.structs.replace(ENTRY, pinned=True)
    assert presenter(8).status(pinned).pinned is presenter(None).status(pinned).pinned is UNSET


def test_a_follow_is_told_with_its_options() -> None:
    options = FollowOptions(boosts=False, notify=True, languages=("en",))
    told = presenter().relationship(Relationship(account_id=8, following=True, options=options, note="Nice"))
    assert (told.showing_reblogs, told.notifying, told.languages, told.note) == (False, True, ["en"], "Nice")
    plain = presenter().relationship(Relationship(account_id=8, requested=True, options=FollowOptions()))
    assert (plain.following, plain.requested, plain.showing_reblogs, plain.languages) == (
        False,
        True,
        True,
        None,
    )
    stranger = presenter().relationship(Relationship(account_id=8))
    assert not (stranger.showing_reblogs or stranger.notifying or stranger.requested)


def test_a_mute_is_told_with_its_end() -> None:
    mute = Relationship(account_id=8, muting=True, mute_expires_at=NOW)
    told = presenter().relationship(mute)
    assert (told.muting, told.muting_notifications) == (True, False)
    assert told.muting_expires_at == "2027-01-15T08:00:00.000Z"


@pytest.mark.parametrize("store", ["/media/", "https://files.example/"])
def test_files_have_whole_addresses_wherever_they_are(store: str) -> None:
    whole = BASE + store if store.startswith("/") else store
    present = presenter(store=store)
    account = present.account(msgspec.structs.replace(ADA, id=9, avatar="ab/c.png"))
    assert account.avatar == account.avatar_static == whole + "ab/c.png"
    assert account.header == f"{BASE}/api/pictures/header.png"
    made = present.attachment(
        Attachment(
            id=1,
            account_id=7,
            stem="ab/c",
            created_at=NOW,
            state=MediaState.READY,
            key="ab/c.png",
            preview_key="ab/c-small.webp",
        )
    )
    assert (made.url, made.preview_url) == (whole + "ab/c.png", whole + "ab/c-small.webp")
