"""toot: timelines, notifications, search, hashtags, and what the site says of itself."""

from __future__ import annotations

from ..checks import People, eventually, word
from .setup import check, follows, shown


@check
def read_the_instance(people: People) -> None:
    assert people.ann.json("instance")["uri"] == people.site.url.partition("://")[2]
    assert "Microblog" in people.ann("instance", people.site.url)


@check
def read_the_home_timeline(people: People) -> None:
    text = word()
    with follows(people.ben, people.ann):
        people.ann.post(text)
        eventually(lambda: text in str(people.ben.ask("/api/v1/timelines/home")))
        assert text in people.ben(*shown("home"))
        assert text in people.ben("timeline", "--once")


@check
def read_the_public_timeline(people: People) -> None:
    text = word()
    people.ann.post(text)
    assert text in people.ben(*shown("public", "--local"))
    assert text in people.ben(*shown("public", "--instance", people.site.url))


@check
def read_what_is_newer(people: People) -> None:
    first, second, third = (people.cem.post(word()) for _ in range(3))
    above = ("timelines", "account", people.cem.username, "--limit", "1")
    assert [one["id"] for one in people.ann.json(*above, "--min-id", first)] == [second]
    assert [one["id"] for one in people.ann.json(*above, "--since-id", first)] == [third]


@check
def read_notifications(people: People) -> None:
    text = word()
    written = people.ann.post(text)
    people.ben.ask(f"/api/v1/statuses/{written}/favourite", "POST", unused="1")
    eventually(lambda: text in str(people.ann.ask("/api/v1/notifications?limit=1")))
    told = people.ann("notifications")
    assert people.ben.username in told and text in told


@check
def choose_among_notifications(people: People) -> None:
    written = people.ann.post(word())
    reply = people.ben.post(f"@{people.ann.username} {word()}", in_reply_to_id=written)
    eventually(lambda: reply in str(people.ann.ask("/api/v1/notifications?limit=1")))
    assert {one["type"] for one in people.ann.json("notifications", "--type", "mention")} == {"mention"}
    others = people.ann.json("notifications", "--exclude-type", "mention")
    assert "mention" not in {one["type"] for one in others}


@check
def clear_notifications(people: People) -> None:
    written = people.cem.post(word())
    people.ben.ask(f"/api/v1/statuses/{written}/favourite", "POST", unused="1")
    eventually(lambda: people.cem.ask("/api/v1/notifications"))
    people.cem("notifications", "--clear")
    assert "no notifications" in people.cem("notifications")


@check
def search_for_people(people: People) -> None:
    assert people.ben.username in people.ann("search", people.ben.username, "--type", "accounts")


@check
def search_for_posts(people: People) -> None:
    text = word()
    written = people.ann.post(f"something with {text} in it")
    eventually(lambda: people.ann.ask(f"/api/v2/search?q={text}&type=statuses")["statuses"])
    assert [one["id"] for one in people.ann.json("search", text)["statuses"]] == [written]


@check
def search_for_hashtags(people: People) -> None:
    tag = word("t")
    people.ann.post(f"#{tag}")
    eventually(lambda: people.ann.ask(f"/api/v2/search?q={tag}&type=hashtags")["hashtags"])
    assert f"#{tag}" in people.ben("search", tag, "--type", "hashtags")


@check
def read_a_hashtag(people: People) -> None:
    tag = word("t")
    people.ann.post(f"#{tag}")
    eventually(lambda: people.ann.ask(f"/api/v2/search?q={tag}&type=hashtags")["hashtags"])
    assert "Not followed" in people.ben("tags", "info", tag)


@check
def follow_a_hashtag(people: People) -> None:
    tag = word("t")
    assert people.ben.json("tags", "follow", f"#{tag}")["following"] is True
    assert tag in people.ben("tags", "followed")
    assert people.ben.json("tags", "unfollow", tag)["following"] is False
    assert tag not in people.ben("tags", "followed")


@check
def read_the_timeline_of_a_hashtag(people: People) -> None:
    tag, text = word("t"), word()
    people.ann.post(f"{text} #{tag}")
    assert text in people.ben(*shown("tag", tag))


@check
def read_trends(people: People) -> None:
    assert isinstance(people.ann.json("timelines", "trending"), list)
