"""Server-sent events: which stream gets what."""

from __future__ import annotations

import pytest
from stream_readers import Events

from microblog_core.domain.permissions import SYSTEM
from microblog_core.services import announcements


async def test_health_says_ok_in_plain_text(api):
    for path in ("/api/v1/streaming/health", "/api/v1/streaming/health/"):
        answer = await api.http.get(path)
        assert (answer.status_code, answer.text) == (200, "OK")
        assert answer.headers["content-type"].startswith("text/plain")
        assert answer.headers["access-control-allow-origin"] == "*"


async def test_a_home_stream_has_posts_boosts_edits_and_deletions_of_who_is_followed(town):
    ann, ben, eve = await town.api.people("ann", "ben", "eve")
    await ben.post(f"/api/v1/accounts/{ann.id}/follow")
    stream = await town.events("/user/", ben)
    await eve.write("a stranger's")
    written = await ann.write("first")
    name, status = await stream.event()
    assert (name, status["id"]) == ("update", written["id"])
    assert "favourited" not in status and "filtered" not in status
    await ann.ask("PUT", f"/api/v1/statuses/{written['id']}", data={"status": "second"})
    name, status = await stream.event()
    assert (name, status["content"]) == ("status.update", "<p>second</p>")
    theirs = await eve.write("boosted")
    wrapper = await ann.post(f"/api/v1/statuses/{theirs['id']}/reblog")
    name, status = await stream.event()
    assert (name, status["id"], status["reblog"]["id"]) == ("update", wrapper["id"], theirs["id"])
    await ann.post(f"/api/v1/statuses/{theirs['id']}/unreblog")
    assert await stream.event() == ("delete", int(wrapper["id"]))
    await ann.ask("DELETE", f"/api/v1/statuses/{written['id']}")
    assert await stream.event() == ("delete", int(written["id"]))


async def test_the_payload_of_a_deletion_is_the_ids_digits(town):
    ann = await town.api.person("ann")
    stream = await town.events("/user", ann)
    written = await ann.write("x")
    await stream.event()
    await ann.ask("DELETE", f"/api/v1/statuses/{written['id']}")
    assert (await stream.message())["body"] == f"event: delete\ndata: {written['id']}\n\n".encode()


async def test_notifications_come_to_both_streams_that_have_them(town):
    ann, ben = await town.api.people("ann", "ben")
    own = await town.events("/user", ben)
    only = await town.events("/user/notification", ben)
    await ann.write("hello @ben")
    for stream in (own, only):
        name, told = await stream.event()
        assert (name, told["type"], told["account"]["id"]) == ("notification", "mention", ann.id)
        assert told["status"]["content"].startswith("<p>hello")


@pytest.mark.parametrize("path", ["/public", "/public/local", "/public/local/", ""])
async def test_public_streams_have_public_posts_that_answer_nobody(town, path):
    ann, ben = await town.api.people("ann", "ben")
    query = {} if path else {"stream": "public:local"}
    streams = [await town.events(path, person, **query) for person in (None, ben)]
    written = await ann.write("for all")
    await ben.write("an answer", in_reply_to_id=written["id"])
    await ann.write("hidden", visibility="unlisted")
    last = await ben.write("more")
    for stream in streams:
        assert [(await stream.event())[1]["id"] for _ in range(2)] == [written["id"], last["id"]]


async def test_a_hashtags_stream_has_its_posts_answers_too(town):
    ann = await town.api.person("ann")
    streams = [await town.events(path, tag="Tea") for path in ("/hashtag", "/hashtag/local")]
    first = await ann.write("#tea")
    await ann.write("#coffee")
    second = await ann.write("#TEA", in_reply_to_id=first["id"])
    for stream in streams:
        assert [(await stream.event())[1]["id"] for _ in range(2)] == [first["id"], second["id"]]
    await ann.ask("DELETE", f"/api/v1/statuses/{second['id']}")
    for stream in streams:
        assert await stream.event() == ("delete", int(second["id"]))


async def test_a_tag_in_a_form_counts_as_some_clients_send_it(town):
    ann = await town.api.person("ann")
    stream = await town.events("/hashtag", form=b"tag=tea")
    written = await ann.write("#tea")
    assert (await stream.event())[1]["id"] == written["id"]


async def test_a_lists_stream_has_what_its_members_write(town):
    ann, ben, eve = await town.api.people("ann", "ben", "eve")
    await ben.post(f"/api/v1/accounts/{ann.id}/follow")
    made = await ben.post("/api/v1/lists", title="friends")
    await ben.post(f"/api/v1/lists/{made['id']}/accounts", **{"account_ids[]": ann.id})
    stream = await town.events("/list", ben, list=made["id"])
    await eve.write("a stranger's")
    written = await ann.write("a friend's")
    assert (await stream.event())[1]["id"] == written["id"]
    await ann.ask("DELETE", f"/api/v1/statuses/{written['id']}")
    assert await stream.event() == ("delete", int(written["id"]))


async def test_conversations_come_to_everybody_in_them(town):
    ann, ben, eve = await town.api.people("ann", "ben", "eve")
    streams = [await town.events("/direct", person) for person in (ann, ben)]
    stranger = await town.events("/direct", eve)
    written = await ann.write("psst @ben", visibility="direct")
    for stream, other, unread in zip(streams, (ben, ann), (False, True), strict=True):
        name, talk = await stream.event()
        assert (name, talk["last_status"]["id"], talk["unread"]) == ("conversation", written["id"], unread)
        assert [account["id"] for account in talk["accounts"]] == [other.id]
    last = await eve.write("only me", visibility="direct")
    assert (await stranger.event())[1]["last_status"]["id"] == last["id"]


async def test_a_direct_posts_deletion_reaches_nobody_who_was_not_in_it(town):
    ann, ben, eve = await town.api.people("ann", "ben", "eve")
    for person in (ben, eve):
        await person.post(f"/api/v1/accounts/{ann.id}/follow")
    named, follower, public = (
        await town.events("/user", ben),
        await town.events("/user", eve),
        await town.events("/public"),
    )
    written = await ann.write("psst @ben", visibility="direct")
    assert {(await named.event())[0] for _ in range(2)} == {"notification", "update"}
    await ann.ask("DELETE", f"/api/v1/statuses/{written['id']}")
    assert await named.event() == ("delete", int(written["id"]))
    last = await ann.write("for all")
    for stream in (follower, public):
        assert (await stream.event())[1]["id"] == last["id"]


async def test_members_only_posts_come_to_their_author_and_to_members_alone(town):
    from microblog_core.domain.permissions import Actor
    from microblog_core.domain.posts import Visibility
    from microblog_core.services.posts import DeletePost, PublishPost, delete_post, publish_post
    from microblog_core.testing.payments import seed_member, seed_tier

    ann, ben, eve = await town.api.people("ann", "ben", "eve")
    await seed_member(town.ports.storage, eve.account.id, await seed_tier(town.ports.storage, ann.account.id))
    for person in (ben, eve):
        await person.post(f"/api/v1/accounts/{ann.id}/follow")
    own, follower = await town.events("/user", ann), await town.events("/user", ben)
    member = await town.events("/user", eve)
    author = Actor(account=ann.account)
    entry = await publish_post(
        town.ports, author, PublishPost(text="for members", visibility=Visibility.MEMBERS)
    )
    assert (await own.event())[1]["id"] == str(entry.id)
    assert (await member.event())[1]["id"] == str(entry.id)
    await delete_post(town.ports, author, DeletePost(post_id=entry.id))
    assert await own.event() == ("delete", entry.id)
    last = await ann.write("for all")
    assert (await follower.event())[1]["id"] == last["id"]


async def test_filters_that_hide_hide_and_filters_that_warn_are_named(town):
    ann, ben, eve = await town.api.people("ann", "ben", "eve")
    for person in (ben, eve):
        await person.post(f"/api/v1/accounts/{ann.id}/follow")
    filtering, other = await town.events("/user", ben), await town.events("/user", eve)
    for word, action in (("tea", "hide"), ("coffee", "warn")):
        await ben.post(
            "/api/v2/filters",
            title=word,
            filter_action=action,
            **{"context[]": "home", "keywords_attributes[][keyword]": word},
        )
        assert await filtering.event() == ("filters_changed", None)
    texts = ["some tea", "some coffee", "some water"]
    made = [(await ann.write(text))["id"] for text in texts]
    assert [(await other.event())[1]["id"] for _ in made] == made
    (_, warned), (_, plain) = await filtering.event(), await filtering.event()
    assert [warned["id"], plain["id"]] == made[1:]
    assert [each["filter"]["title"] for each in warned["filtered"]] == ["coffee"]
    assert "filtered" not in plain
    assert "favourited" not in warned


async def test_only_posts_with_pictures_come_where_only_those_are_wanted(town):
    from microblog_core.testing.builder import Builder

    ann = await town.api.person("ann")
    streams = [
        await town.events("/public", only_media="true"),
        await town.events("", stream="public:local:media"),
    ]
    build = Builder(town.ports.storage)
    medium = await build.medium(ann.account)
    await ann.write("without")
    written = await ann.post("/api/v1/statuses", status="with", **{"media_ids[]": str(medium.id)})
    for stream in streams:
        assert (await stream.event())[1]["id"] == written["id"]


async def test_who_may_not_see_what_a_post_quotes_is_not_shown_it(town):
    ann, ben, eve = await town.api.people("ann", "ben", "eve")
    await ben.post(f"/api/v1/accounts/{eve.id}/block")
    quoted = await ben.write("quoted")
    streams = [await town.events("/public", person) for person in (None, eve)]
    await ann.write("look", quoted_status_id=quoted["id"])
    states = [(await stream.event())[1]["quote"]["state"] for stream in streams]
    assert states == ["accepted", "unauthorized"]


async def test_what_is_announced_comes_to_who_is_logged_in(town):
    ann = await town.api.person("ann")
    stream, public = await town.events("/user", ann), await town.events("/public")
    added = await announcements.add_announcement(
        town.ports, SYSTEM, announcements.AddAnnouncement(text="Tonight #tea")
    )
    name, told = await stream.event()
    assert (name, told["id"], [tag["name"] for tag in told["tags"]]) == (
        "announcement",
        str(added.id),
        ["tea"],
    )
    command = announcements.AnnouncementCommand(announcement_id=added.id)
    await announcements.remove_announcement(town.ports, SYSTEM, command)
    assert await stream.event() == ("announcement.delete", added.id)
    last = await ann.write("for all")
    assert (await public.event())[1]["id"] == last["id"]


async def test_addresses_begin_where_each_client_asks(town):
    ann = await town.api.person("ann")
    stream = await town.events("/public")
    await ann.write("x")
    assert (await stream.event())[1]["url"].startswith("http://localhost:8000/@ann/")


async def test_nothing_is_ever_sent_of_other_sites(town):
    ann = await town.api.person("ann")
    remote, public = await town.events("/public/remote"), await town.events("/public")
    await ann.write("x")
    await public.event()
    assert remote.sent.empty()


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("/nothing", {}, 404),
        ("/user/nothing", {}, 404),
        ("", {}, 400),
        ("", {"stream": "nothing"}, 400),
        ("/hashtag", {}, 400),
        ("/hashtag", {"tag": "x" * 200}, 400),
        ("/list", {}, 400),
        ("/list", {"list": "x"}, 404),
        ("/list", {"list": "1"}, 404),
    ],
)
async def test_what_there_is_not_is_an_error_in_json(town, path, query, status):
    ann = await town.api.person("ann")
    token = ann.http.headers["authorization"].removeprefix("Bearer ")
    assert (await town.reading(Events(town.app, path, token, **query)).refused())[0] == status


async def test_somebody_elses_list_cannot_be_heard(town):
    ann, ben = await town.api.people("ann", "ben")
    made = await ann.post("/api/v1/lists", title="friends")
    token = ben.http.headers["authorization"].removeprefix("Bearer ")
    assert (await town.reading(Events(town.app, "/list", token, list=made["id"])).refused())[0] == 404


@pytest.mark.parametrize(
    ("scopes", "allowed", "refused"),
    [
        ("read", {"/user", "/user/notification", "/direct", "/public"}, set()),
        ("read:statuses", {"/user", "/direct", "/public"}, {"/user/notification"}),
        ("read:notifications", {"/user/notification"}, {"/user", "/direct", "/public"}),
        ("write", set(), {"/user", "/user/notification", "/direct", "/public"}),
    ],
)
async def test_streams_need_the_scopes_of_what_they_send(town, scopes, allowed, refused):
    ann = await town.api.person("ann", scopes=scopes)
    for path in allowed:
        await town.events(path, ann)
    token = ann.http.headers["authorization"].removeprefix("Bearer ")
    for path in refused:
        status, error = await town.reading(Events(town.app, path, token)).refused()
        assert (status, error) == (403, "This action is outside the authorized scopes")


async def test_without_the_scope_a_home_stream_has_no_notifications(town):
    ann = await town.api.person("ann", scopes="read:statuses write")
    ben = await town.api.person("ben")
    stream = await town.events("/user", ann)
    await ben.write("hello @ann")
    last = await ann.write("own")
    assert (await stream.event())[1]["id"] == last["id"]


async def test_a_bad_token_is_401_wherever_it_stands_and_nobody_hears_what_is_somebodys(town):
    for path in ("/user", "/user/notification", "/direct", "/list?list=1"):
        path, _, query = path.partition("?")
        more = {"list": "1"} if query else {}
        assert (await town.reading(Events(town.app, path, None, **more)).refused())[0] == 401
    assert (await town.reading(Events(town.app, "/public", "wrong")).refused())[0] == 401
    wrong = town.reading(Events(town.app, "/public", None, access_token="wrong"))
    assert await wrong.refused() == (401, "The access token is invalid")
    ann = await town.api.person("ann")
    token = ann.http.headers["authorization"].removeprefix("Bearer ")
    await town.events("/user", None, access_token=token)


async def test_streams_can_only_be_read(api):
    for method in ("POST", "HEAD", "DELETE"):
        answer = await api.http.request(method, "/api/v1/streaming/public")
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET")


async def test_streams_hear_that_a_quote_is_taken_back(town):
    ann, ben = await town.api.people("ann", "ben")
    quoted = await ben.write("quoted")
    quoting = await ann.write("look", quoted_status_id=quoted["id"])
    stream = await town.events("/public")
    await ben.post(f"/api/v1/statuses/{quoted['id']}/quotes/{quoting['id']}/revoke")
    name, told = await stream.event()
    assert (name, told["id"], told["quote"]["state"]) == ("status.update", quoting["id"], "revoked")
