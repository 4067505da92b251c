"""toot: accounts, lists, and how people stand to each other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

from ..checks import People, eventually, picture, word
from .setup import Toot, check, follows, shown


def _relationship(person: Toot, other: Toot) -> dict[str, object]:
    (found,) = person.ask(f"/api/v1/accounts/relationships?id[]={other.id}")
    assert isinstance(found, dict)
    return found


@check
def log_in_(people: People) -> None:
    assert people.ann.username in people.ann("whoami")
    config = json.loads((people.ann.folder / "toot" / "config.json").read_text())
    host = people.site.url.partition("://")[2]
    assert config["active_user"] == f"{people.ann.username}@{host}"


@check
def read_an_account(people: People) -> None:
    assert people.ann.username in people.ben("whois", people.ann.username)
    assert people.ben.json("whois", f"@{people.ann.username}")["id"] == people.ann.id


@check
def read_the_posts_of_an_account(people: People) -> None:
    text = word()
    people.cem.post(text)
    assert text in people.ben(*shown("account", people.cem.username))
    assert text in people.ben("timeline", "--account", people.cem.username, "--once")


@check
def look_up_an_account(people: People) -> None:
    people.cem.post(word())
    assert people.ben.json("timelines", "account", people.cem.username)[0]["account"]["id"] == people.cem.id


@check
def follow_and_unfollow(people: People) -> None:
    assert people.ben.json("follow", people.ann.username)["following"] is True
    assert _relationship(people.ann, people.ben)["followed_by"] is True
    assert people.ben.json("unfollow", f"@{people.ann.username}")["following"] is False


@check
def list_followers_and_followed(people: People) -> None:
    with follows(people.ben, people.ann), follows(people.cem, people.ann):
        followers = people.ann("followers")
        assert people.ben.username in followers and people.cem.username in followers
        assert people.ann.username in people.cem("following", people.ben.username)


@check
def block_and_unblock(people: People) -> None:
    assert people.ann.json("block", people.ben.username)["blocking"] is True
    try:
        assert people.ben.username in people.ann("blocked")
        assert _relationship(people.ben, people.ann)["blocked_by"] is True
    finally:
        assert people.ann.json("unblock", people.ben.username)["blocking"] is False
    assert "No accounts blocked" in people.ann("blocked")


@check
def mute_and_unmute(people: People) -> None:
    assert people.ben.json("mute", people.ann.username)["muting"] is True
    try:
        assert people.ann.username in people.ben("muted")
    finally:
        assert people.ben.json("unmute", people.ann.username)["muting"] is False
    assert "No accounts muted" in people.ben("muted")


@contextmanager
def _locked(person: Toot) -> Iterator[None]:
    person("update-account", "--locked")
    try:
        yield
    finally:
        person("update-account", "--no-locked")


@check
def accept_a_follow_request(people: People) -> None:
    with _locked(people.ann), follows(people.ben, people.ann):
        assert people.ben.username in people.ann("follow-requests", "list")
        people.ann("follow-requests", "accept", people.ben.username)
        assert _relationship(people.ben, people.ann)["following"] is True


@check
def reject_a_follow_request(people: People) -> None:
    with _locked(people.ann), follows(people.ben, people.ann):
        people.ann("follow-requests", "reject", people.ben.username)
        now = _relationship(people.ben, people.ann)
        assert now["following"] is False and now["requested"] is False


@check
def edit_the_profile(people: People) -> None:
    name, note = word("N"), word()
    options = ("--display-name", name, "--note", note, "--bot", "--privacy", "unlisted", "--language", "de")
    people.cem("update-account", *options)
    seen = people.ann("whois", people.cem.username)
    assert name in seen and note in seen
    source = people.cem.ask("/api/v1/accounts/verify_credentials")["source"]
    assert (source["privacy"], source["language"], source["note"]) == ("unlisted", "de", note)
    people.cem("update-account", "--no-bot", "--privacy", "public", "--language", "en")


@check
def change_the_avatar(people: People) -> None:
    before = people.cem.ask("/api/v1/accounts/verify_credentials")["avatar"]
    file = people.cem.folder / "me.png"
    file.write_bytes(picture(side=32))
    after = people.cem.json("update-account", "--avatar", str(file))["avatar"]
    assert after != before and people.ann.ask(f"/api/v1/accounts/{people.cem.id}")["avatar"] == after


@check
def list_featured_hashtags(people: People) -> None:
    assert "don't have any featured" in people.ann("tags", "featured")


@contextmanager
def _list(person: Toot) -> Iterator[str]:
    title = word("l")
    person("lists", "create", title)
    try:
        yield title
    finally:
        person("lists", "delete", title)


@check
def list_the_lists(people: People) -> None:
    assert "no lists" in people.cem("lists", "list")


@check
def manage_a_list(people: People) -> None:
    with _list(people.ben) as title:
        assert title in people.ben("lists", "list")
    assert title not in people.ben("lists", "list")


@check
def fill_a_list(people: People) -> None:
    with follows(people.ben, people.ann), _list(people.ben) as title:
        people.ben("lists", "add", title, people.ann.username)
        assert people.ann.username in people.ben("lists", "accounts", title)
        people.ben("lists", "remove", title, people.ann.username)
        assert people.ann.username not in people.ben("lists", "accounts", title)


@check
def read_the_timeline_of_a_list(people: People) -> None:
    text = word()
    with follows(people.ben, people.ann), _list(people.ben) as title:
        people.ben("lists", "add", title, people.ann.username)
        people.ann.post(text)
        assert eventually(lambda: text in people.ben(*shown("list", title)))
