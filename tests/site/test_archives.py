"""An archive leaves one site and comes to another: what is the same afterwards, and what nobody hears of."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from microblog_core.domain.accounts import Account
from microblog_core.domain.archives import ExportState, ImportKind, ImportState
from microblog_core.domain.errors import NotFound, RateLimited
from microblog_core.domain.events import Event
from microblog_core.domain.permissions import Actor
from microblog_core.domain.polls import NewPoll
from microblog_core.domain.posts import Entry, Visibility
from microblog_core.domain.timelines import HomeSource, Page
from microblog_core.ports.operations import AddBookmark, AddFavourite
from microblog_core.services.exports import (
    ExportCommand,
    RequestExport,
    list_exports,
    read_export,
    request_export,
)
from microblog_core.services.media import UploadMedia, upload_media
from microblog_core.services.people_lists import export_list
from microblog_core.services.pictures import ChangePicture, set_avatar, set_header
from microblog_core.services.polls import Vote, vote
from microblog_core.services.posts import EditPost, PublishPost, edit_post, publish_post
from microblog_core.services.profiles import EditProfile, update_profile
from microblog_core.services.reactions import PostCommand, boost_post
from microblog_core.services.relations import RelationCommand, follow
from microblog_core.testing.payments import seed_tier

from .archive_towns import Town, picture, town


async def write(here: Town, text: str, **values: Any) -> Entry:
    return await publish_post(here.ports, here.actor, PublishPost(text=text, **values))


async def shown(here: Town, data: bytes) -> int:
    """Upload a picture; its id."""
    upload = await upload_media(here.ports, here.actor, UploadMedia(data=data, description="Red", wait=0))
    await here.jobs()
    return upload.id


async def live(here: Town) -> None:
    """A bit of everything that ada may have done."""
    ports, actor = here.ports, here.actor
    await update_profile(
        ports,
        actor,
        EditProfile(
            display_name="Ada L.",
            bio="Numbers & <machines>\n\nand #poetry",
            fields=(("Web", "https://a.example"),),
        ),
    )
    account = await ports.storage.accounts.get(here.ada.id)
    assert account is not None
    actor = here.actor = Actor(account=account)
    await set_avatar(ports, actor, ChangePicture(data=picture("red", size=(80, 80))))
    await set_header(ports, actor, ChangePicture(data=picture("blue", size=(300, 100))))
    first = await write(
        here, "Hello #World, see https://example.org/a/very/long/path?with=1&more=2\n\nBye <3"
    )
    await write(here, "And on", in_reply_to_id=first.post.id, language="en-GB")
    for kind, colour in (("JPEG", "green"), ("WEBP", "blue")):
        media_id = await shown(here, picture(colour, kind))
        await write(here, f"A {colour} picture", media_ids=(media_id,), spoiler="Colours")
    await write(here, "", media_ids=(await shown(here, picture("white")),), visibility=Visibility.UNLISTED)
    await seed_tier(ports.storage, here.ada.id)
    for visibility in (Visibility.FOLLOWERS, Visibility.MEMBERS, Visibility.DIRECT):
        await write(here, f"For {visibility} and @ada", visibility=visibility, sensitive=True)
    await write(here, "As I said", quoted_post_id=first.post.id)
    edited = await write(here, "Once")
    await edit_post(ports, actor, EditPost(post_id=edited.post.id, text="Twice"))
    asked = await write(here, "Tea?", poll=NewPoll(options=("Yes", "No"), expires_in=300, multiple=True))
    assert asked.poll is not None
    (ben,) = await here.build.people("ben")
    await vote(ports, Actor(account=ben), Vote(poll_id=asked.poll.id, choices=(0, 1)))
    await boost_post(ports, actor, PostCommand(post_id=first.post.id))
    now = ports.clock.now()
    for operation, entry in ((AddFavourite, first), (AddBookmark, edited), (AddBookmark, asked)):
        unit = ports.unit()
        unit.apply(
            operation(id=ports.ids.at(now), account_id=here.ada.id, post_id=entry.post.id, created_at=now)
        )
        await unit.commit()


def normalised(archive: bytes, host: str) -> dict[str, Any]:
    """What is in an archive, with its host, ids and moments of closing numbered in their order."""
    found: dict[str, Any] = {}
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        renamed = {
            name: f"media/{hashlib.sha256(opened.read(name)).hexdigest()}"
            for name in opened.namelist()
            if not name.endswith(".json")
        }
        numbers: dict[str, str] = {}
        for name in ("outbox.json", "actor.json", "likes.json", "bookmarks.json"):
            text = opened.read(name).decode().replace(host, "HOST")
            for old, new in renamed.items():
                text = text.replace(old, new)
            for number in re.findall(r"(?<=/)[0-9]{15,20}(?=[/\"])", text):
                numbers.setdefault(number, f"id{len(numbers)}")
            text = re.sub(r"(?<=/)[0-9]{15,20}(?=[/\"])", lambda match: numbers[match[0]], text)
            found[name] = json.loads(text)
        found["files"] = sorted(renamed.values())
    found["actor.json"].pop("published")
    for activity in found["outbox.json"]["orderedItems"]:
        if isinstance(activity["object"], dict) and "endTime" in activity["object"]:
            activity["object"]["endTime"] = "then"
    return found


@pytest.fixture
def heard() -> list[Event]:
    return []


async def test_an_archive_that_is_brought_elsewhere_is_the_same_when_it_leaves_again(
    tmp_path: Path, heard: list[Event]
) -> None:
    async with town(tmp_path, "first.example") as first, town(tmp_path, "second.example") as second:
        await live(first)
        archive = await first.archive()
        (fan,) = await second.build.people("fan")
        await follow(second.ports, Actor(account=fan), RelationCommand(account_id=second.ada.id))
        await second.jobs()
        before = await second.ports.storage.notifications.page(second.ada.id, Page())
        end = second.ports.bus.subscribe(Event, heard.append)
        item = await second.bring(archive)
        end()
        assert (item.state, item.refused, item.known) == (ImportState.DONE, 0, 0), await second.problems(item)
        assert item.taken == item.total == 1 + 12 + 1 + 2
        assert await second.problems(item) == {}
        again, once = (
            normalised(await second.archive(), "second.example"),
            normalised(archive, "first.example"),
        )
        for mine, theirs in zip(
            *(each["outbox.json"]["orderedItems"] for each in (again, once)), strict=True
        ):
            assert mine == theirs
        assert again == once
        assert len(again["files"]) == 5
        # Nobody heard of it.
        assert [event for event in heard if event.type.startswith(("post", "account", "poll"))] == []
        storage = second.ports.storage
        assert (await storage.timelines.home(fan.id, Page(), HomeSource.ROWS)).items == ()
        assert (await storage.notifications.page(fan.id, Page())).items == ()
        assert await storage.notifications.page(second.ada.id, Page()) == before
        here, there = await second.posts(), await first.posts()
        assert [each.post.created_at for each in here] == [each.post.created_at for each in there]
        assert [each.id >> 16 for each in here] == [each.id >> 16 for each in there]


async def test_what_was_imported_or_written_here_does_not_come_again(tmp_path: Path) -> None:
    async with town(tmp_path, "first.example") as first, town(tmp_path, "second.example") as second:
        await live(first)
        archive = await first.archive()
        back = await first.bring(archive)
        assert (back.taken, back.known, back.refused) == (1, back.total - 1, 0), await first.problems(back)
        await second.bring(archive)
        posts = len(await second.posts())
        item = await second.bring(archive)
        assert (item.taken, item.known, item.refused) == (1, item.total - 1, 0), await second.problems(item)
        assert len(await second.posts()) == posts


async def test_names_of_other_sites_are_nobody_here_and_direct_posts_are_for_their_author(
    tmp_path: Path,
) -> None:
    async with town(tmp_path, "first.example") as first, town(tmp_path, "second.example") as second:
        for place in (first, second):
            await place.build.people("ben")
        await write(first, "Hello @ben and @ada")
        await write(first, "A secret, @ben", visibility=Visibility.DIRECT)
        item = await second.bring(await first.archive())
        assert item.refused == 0
        public, direct = await second.posts()
        assert public.post.text == "Hello @ben@first.example and @ada"
        assert [each.username for each in public.post.mentions] == ["ada"]
        assert direct.post.visibility is Visibility.DIRECT
        assert direct.post.mentions == ()
        ben = await second.ports.storage.accounts.by_name("ben")
        assert ben is not None
        assert await second.ports.storage.posts.get(ben.id, direct.post.id) is None


async def test_an_export_is_asked_for_once_a_day_and_goes_when_its_time_is_over(tmp_path: Path) -> None:
    async with town(tmp_path, "first.example") as here:
        await write(here, "Hello")
        asked = await request_export(here.ports, here.actor, RequestExport())
        with pytest.raises(NotFound):
            await read_export(here.ports, here.actor, ExportCommand(export_id=asked.id))
        await here.jobs()
        (made,) = (await list_exports(here.ports, here.actor, Page())).items
        assert (made.state, made.posts) == (ExportState.READY, 1)
        blob = await read_export(here.ports, here.actor, ExportCommand(export_id=asked.id))
        data = b"".join([piece async for piece in blob.chunks])
        assert len(data) == blob.size == made.size
        assert zipfile.ZipFile(io.BytesIO(data)).testzip() is None
        with pytest.raises(RateLimited):
            await request_export(here.ports, here.actor, RequestExport())
        (ben,) = await here.build.people("ben")
        with pytest.raises(NotFound):
            await read_export(here.ports, Actor(account=ben), ExportCommand(export_id=asked.id))
        sweep = next(each for each in here.site.contributions.sweeps if each.name.endswith("exports"))
        assert await sweep.count(made.expires_at + 1, 10) == 1
        assert await sweep.remove(made.expires_at + 1, 10) == 1
        await here.jobs()
        assert await here.ports.storage.archives.export(asked.id) is None
        with pytest.raises(NotFound):
            await here.ports.blobs.get(made.key)


async def listed(here: Town, name: str) -> str:
    return b"".join([piece async for piece in await export_list(here.ports, here.actor, name)]).decode()


async def test_lists_of_people_and_posts_come_back_as_they_left(tmp_path: Path) -> None:
    async with town(tmp_path, "first.example") as here:
        ben, eve, joe = await here.build.people("ben", "eve", "joe")
        post = await write(here, "Hello")
        files = {
            ImportKind.FOLLOWING: (
                "following_accounts",
                "Account address,Show boosts,Notify on new posts,Languages\n"
                'ben@first.example,false,true,"de, en"\n',
            ),
            ImportKind.BLOCKS: ("blocked_accounts", "eve@first.example\n"),
            ImportKind.MUTES: (
                "muted_accounts",
                "Account address,Hide notifications\njoe@first.example,false\n",
            ),
            ImportKind.BOOKMARKS: ("bookmarks", f"{post.post.uri}\n"),
        }
        for kind, (name, text) in files.items():
            strangers = f"{text}nobody@elsewhere.example\nada\n" if kind is not ImportKind.BOOKMARKS else text
            item = await here.bring(strangers.encode(), kind)
            assert (item.state, item.taken) == (ImportState.DONE, 1), await here.problems(item)
            if kind is not ImportKind.BOOKMARKS:
                assert await here.problems(item) == {
                    2: "Nobody of this name is on this site.",
                    3: "That is you.",
                }
            assert await listed(here, name) == text
            assert (await here.bring(text.encode(), kind)).known == 1
        await here.jobs()
        for account in (ben, eve, joe):
            assert (await here.ports.storage.notifications.page(account.id, Page())).items == ()
        # What a list does not name goes, if that is wanted; of half a list nothing does.
        for kind, (name, text) in files.items():
            other = "nobody\n" if kind is not ImportKind.BOOKMARKS else "https://elsewhere.example/1\n"
            await here.bring(other.encode(), kind)
            assert await listed(here, name) == text
            await here.bring(other.encode(), kind, overwrite=True)
            assert await listed(here, name) == "".join(text.splitlines(keepends=True)[:-1]), kind


async def test_an_account_that_is_gone_gets_nothing(tmp_path: Path) -> None:
    async with town(tmp_path, "first.example") as here:
        stranger: Account = replace(here.ada, id=1)
        with pytest.raises(NotFound):
            await read_export(here.ports, Actor(account=stranger), ExportCommand(export_id=7))
