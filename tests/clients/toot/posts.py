"""toot: writing, and what is done with a post."""

from __future__ import annotations

from ..checks import People, eventually, picture, word
from .setup import check, follows, shown


@check
def write_a_post(people: People) -> None:
    text = word()
    written = people.ann.json("post", f"{text} & more", "--language", "en")
    assert people.ann.username in people.ben("status", written["id"])
    read = people.ben.ask(f"/api/v1/statuses/{written['id']}")
    assert read["content"] == f"<p>{text} &amp; more</p>" and read["visibility"] == "public"


@check
def write_behind_a_warning(people: People) -> None:
    written = people.ann.json("post", word(), "--spoiler-text", "Wasps", "--sensitive")
    read = people.ben.json("status", written["id"])
    assert (read["spoiler_text"], read["sensitive"]) == ("Wasps", True)


@check
def write_for_followers_only(people: People) -> None:
    written = people.ann.json("post", word(), "--visibility", "private")
    assert people.cem("status", written["id"], fails=True)
    with follows(people.ben, people.ann):
        assert people.ben.json("status", written["id"])["visibility"] == "private"


@check
def write_to_one_person(people: People) -> None:
    written = people.ann.json("post", f"@{people.ben.username} {word()}", "--visibility", "direct")
    assert people.ben.json("status", written["id"])["visibility"] == "direct"
    assert people.cem("status", written["id"], fails=True)


@check
def mention_somebody(people: People) -> None:
    written = people.ann.json("post", f"Hello @{people.ben.username}!")
    assert [one["id"] for one in written["mentions"]] == [people.ben.id]


@check
def reply_and_read_the_thread(people: People) -> None:
    first, second, third = word(), word(), word()
    root = people.ann.post(first)
    reply = people.ben.json("post", second, "--reply-to", root)
    people.ann.post(third, in_reply_to_id=reply["id"])
    thread = people.cem("thread", reply["id"])
    assert thread.index(first) < thread.index(second) < thread.index(third)


@check
def delete_a_post(people: People) -> None:
    text = word()
    written = people.ann.post(text)
    assert people.ann.json("delete", written)["text"] == text
    assert people.ann("status", written, fails=True)


@check
def boost_and_take_it_back(people: People) -> None:
    written = people.ann.post(word())
    assert people.ben.json("reblog", written)["reblog"]["id"] == written
    assert people.ann.ask(f"/api/v1/statuses/{written}")["reblogs_count"] == 1
    assert people.ben.json("unreblog", written)["reblogged"] is False
    assert people.ann.ask(f"/api/v1/statuses/{written}")["reblogs_count"] == 0


@check
def favourite_and_take_it_back(people: People) -> None:
    written = people.ann.post(word())
    assert people.ben.json("favourite", written)["favourited"] is True
    assert people.ann.ask(f"/api/v1/statuses/{written}")["favourites_count"] == 1
    assert people.ben.json("unfavourite", written)["favourited"] is False


@check
def attach_a_picture(people: People) -> None:
    file = people.ann.folder / "colour.png"
    file.write_bytes(picture())
    written = people.ann.json("post", word(), "--media", str(file), "--description", "A colour")
    (attached,) = people.ben.ask(f"/api/v1/statuses/{written['id']}")["media_attachments"]
    assert attached["type"] == "image" and attached["description"] == "A colour" and attached["url"]
    assert "Successfully uploaded" in people.ann("upload", str(file))
    assert attached["url"] in people.ben("status", written["id"]).replace("\n", "")


@check
def hold_a_poll(people: People) -> None:
    options = ("--poll-option", "yes", "--poll-option", "no", "--poll-expires-in", "1h")
    written = people.ann.json("post", word(), *options)
    poll = people.ben.ask(f"/api/v1/statuses/{written['id']}")["poll"]["id"]
    assert people.ben.json("polls", "vote", poll, "1")["own_votes"] == [1]
    assert [one["votes_count"] for one in people.ann.json("polls", "show", poll)["options"]] == [0, 1]
    assert "yes" in people.cem("polls", "show", poll)


@check
def bookmark_and_take_it_back(people: People) -> None:
    text = word()
    written = people.ann.post(text)
    assert people.ben.json("bookmark", written)["bookmarked"] is True
    assert text in people.ben("bookmarks", "--once", "--count", "1")
    assert people.ben.json("unbookmark", written)["bookmarked"] is False
    assert text not in people.ben("bookmarks", "--once")


@check
def list_favourites(people: People) -> None:
    text = word()
    written = people.ann.post(text)
    people.ben.ask(f"/api/v1/statuses/{written}/favourite", "POST", unused="1")
    assert text in people.ben(*shown("favourites"))


@check
def pin_and_unpin(people: People) -> None:
    written = people.ann.post(word())
    assert people.ann.json("pin", written)["pinned"] is True
    pinned = people.ben.ask(f"/api/v1/accounts/{people.ann.id}/statuses?pinned=true")
    assert [one["id"] for one in pinned] == [written]
    assert people.ann.json("unpin", written)["pinned"] is False


@check
def list_who_boosted(people: People) -> None:
    written = people.ann.post(word())
    people.ben.ask(f"/api/v1/statuses/{written}/reblog", "POST", visibility="public")
    assert people.ben.username in people.ann("reblogged-by", written)


@check
def schedule_a_post(people: People) -> None:
    text = word()
    scheduled = people.ann.json("post", text, "--scheduled-in", "30m")
    assert scheduled["params"]["text"] == text
    kept = people.ann.ask(f"/api/v1/scheduled_statuses/{scheduled['id']}")
    assert kept["scheduled_at"] == scheduled["scheduled_at"]
    assert "scheduled for" in people.ann("post", word(), "--scheduled-in", "1h")
    assert eventually(lambda: len(people.ann.ask("/api/v1/scheduled_statuses")) >= 2)
