"""Pictures through the API: uploaded, described, attached, and refused where they are not what they say."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from microblog_core.services import media

FILE = ("cat.png", b"PIC a cat", "image/png")


async def upload(person: Any, file: Any = FILE, *, version: int = 2, expect: int = 200, **form: str) -> Any:
    path = f"/api/v{version}/media"
    return await person.ask("POST", path, expect=expect, files={"file": file}, data=form)


async def left(studio: Any, expected: set[str]) -> set[str]:
    """The keys of the site's files, once its jobs have removed all others than these, or had time to."""
    for _ in range(200):
        if set(studio.http.site.ports.blobs.files) == expected:
            break
        await asyncio.sleep(0.05)
    return set(studio.http.site.ports.blobs.files)


@pytest.mark.parametrize("version", [1, 2])
async def test_an_upload_is_a_picture_with_whole_addresses(studio: Any, version: int) -> None:
    (ada,) = await studio.people("ada")
    made = await upload(ada, version=version, description="A cat", focus="0.5,-2")
    assert made["type"] == "image" and made["id"].isdigit()
    assert (made["description"], made["blurhash"], made["remote_url"]) == ("A cat", "L9S?DV", None)
    assert made["meta"] == {
        "original": {"width": 30, "height": 20, "size": "30x20", "aspect": 1.5},
        "small": {"width": 3, "height": 2, "size": "3x2", "aspect": 1.5},
        "focus": {"x": 0.5, "y": -1.0},
    }
    for address, content in ((made["url"], b"a cat"), (made["preview_url"], b"small")):
        assert address.startswith("http://localhost:8000/media/")
        assert (await studio.http.get(address)).content == content
    assert await ada.get(f"/api/v1/media/{made['id']}") == made


async def test_a_picture_that_takes_long_is_asked_for_until_it_is_there(
    studio: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media, "WAIT_SECONDS", 0.0)
    (ada,) = await studio.people("ada")
    studio.sketcher.free.clear()
    made = await upload(ada, expect=202)
    assert (made["url"], made["preview_url"], made["meta"]) == (None, None, {})
    path = f"/api/v1/media/{made['id']}"
    assert (await ada.get(path, expect=206))["url"] is None
    refused = await ada.post("/api/v1/statuses", expect=422, **{"media_ids[]": made["id"]})
    assert "media_ids" in refused["details"]
    studio.sketcher.free.set()
    for _ in range(100):
        answer = await ada.http.get(path)
        if answer.status_code != 206:
            break
        await asyncio.sleep(0.05)
    assert answer.status_code == 200 and answer.json()["url"]


async def test_a_picture_that_failed_says_why(studio: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media, "WAIT_SECONDS", 0.0)
    (ada,) = await studio.people("ada")
    studio.sketcher.free.clear()
    made = await upload(ada, ("cat.png", b"PIC broken", "image/png"), expect=202)
    studio.sketcher.free.set()
    for _ in range(100):
        answer = await ada.http.get(f"/api/v1/media/{made['id']}")
        if answer.status_code != 206:
            break
        await asyncio.sleep(0.05)
    assert answer.status_code == 422 and "broken" in answer.json()["error"]


async def test_a_picture_is_described_until_a_status_has_it(studio: Any) -> None:
    ada, bob = await studio.people("ada", "bob")
    path = f"/api/v1/media/{(await upload(ada, description='A dog'))['id']}"
    await bob.ask("PUT", path, expect=404, data={"description": "Mine"})
    told = await ada.ask("PUT", path, data={"focus": "0.25,0.5"})
    assert (told["description"], told["meta"]["focus"]) == ("A dog", {"x": 0.25, "y": 0.5})
    told = await ada.ask("PUT", path, json={"description": "A cat"})
    assert (told["description"], told["meta"]["focus"]) == ("A cat", {"x": 0.25, "y": 0.5})
    for wrong in ({"focus": "left"}, {"description": "x" * 1501}):
        refused = await ada.ask("PUT", path, expect=422, data=wrong)
        assert refused["details"].keys() == wrong.keys()
    await ada.post("/api/v1/statuses", **{"media_ids[]": told["id"]})
    await ada.ask("PUT", path, expect=404, data={"description": "Late"})
    await ada.ask("DELETE", path, expect=422)


async def test_an_own_picture_is_deleted(studio: Any) -> None:
    ada, bob = await studio.people("ada", "bob")
    path = f"/api/v1/media/{(await upload(ada))['id']}"
    await bob.ask("DELETE", path, expect=404)
    assert await ada.ask("DELETE", path) == {}
    await ada.get(path, expect=404)


async def test_a_status_shows_its_pictures_in_order_and_needs_no_text(studio: Any) -> None:
    ada, bob = await studio.people("ada", "bob")
    first, second = await upload(ada), await upload(ada, description="Another")
    written = await ada.ask("POST", "/api/v1/statuses", json={"media_ids": [second["id"], first["id"]]})
    assert (written["content"], written["media_attachments"]) == ("", [second, first])
    plain = await ada.write("Words only")
    read = await bob.get(f"/api/v1/statuses/{written['id']}")
    assert read["media_attachments"] == [second, first]
    for path in ("/api/v1/timelines/public", f"/api/v1/accounts/{ada.id}/statuses"):
        shown = [each["id"] for each in await bob.get(path, only_media="true")]
        assert shown == [written["id"]]
        assert plain["id"] in [each["id"] for each in await bob.get(path)]


async def test_an_edit_describes_and_drops_pictures_and_history_keeps_them(studio: Any) -> None:
    (ada,) = await studio.people("ada")
    first, second = await upload(ada), await upload(ada)
    written = await ada.write("Two", **{"media_ids[]": [first["id"], second["id"]]})
    path = f"/api/v1/statuses/{written['id']}"
    edited = await ada.ask(
        "PUT",
        path,
        data={
            "status": "Two",
            "media_attributes[][id]": first["id"],
            "media_attributes[][description]": "A cat",
            "media_attributes[][focus]": "1,0",
        },
    )
    assert [each["description"] for each in edited["media_attachments"]] == ["A cat", None]
    assert edited["media_attachments"][0]["meta"]["focus"] == {"x": 1.0, "y": 0.0}
    edited = await ada.ask("PUT", path, json={"status": "One", "media_ids": [second["id"]]})
    assert [each["id"] for each in edited["media_attachments"]] == [second["id"]]
    edited = await ada.ask("PUT", path, json={"status": "Still one"})
    assert [each["id"] for each in edited["media_attachments"]] == [second["id"]]
    for none in ({"json": {"status": "None", "media_ids": []}}, {"data": {"status": "0", "media_ids[]": ""}}):
        edited = await ada.ask("PUT", path, **none)
        assert edited["media_attachments"] == []
    versions = await ada.get(path + "/history")
    assert [len(each["media_attachments"]) for each in versions] == [2, 2, 1, 1, 0, 0]
    assert versions[0]["media_attachments"][0]["description"] is None


async def test_a_deleted_status_gives_its_pictures_back_to_be_redrafted(studio: Any) -> None:
    (ada,) = await studio.people("ada")
    made = await upload(ada)
    written = await ada.write("Hello", **{"media_ids[]": made["id"]})
    deleted = await ada.ask("DELETE", f"/api/v1/statuses/{written['id']}")
    assert deleted["media_attachments"] == [made]
    again = await ada.write("Hello again", **{"media_ids[]": made["id"]})
    assert again["media_attachments"] == [made]


@pytest.mark.parametrize(
    "file",
    [
        ("cat.png", b"<svg onload=alert(1)>", "image/png"),
        ("cat.png", b"<script>alert(1)</script>", "image/png"),
        ("cat.png", b"", "image/png"),
        ("cat.exe", b"MZ\x90\x00", "application/octet-stream"),
        ("cat.png", b"PIC broken", "image/png"),
    ],
    ids=["svg", "html", "empty", "program", "broken"],
)
async def test_what_is_no_picture_is_refused_whatever_it_says(studio: Any, file: Any) -> None:
    (ada,) = await studio.people("ada")
    refused = await upload(ada, file, expect=422)
    assert refused["details"].keys() == {"file"}
    assert await left(studio, set()) == set()


@pytest.mark.parametrize("name", ["../../etc/passwd", "..\\..\\x.png", "/x.png", "a" * 1000, "%2e%2e%2fx"])
async def test_the_name_of_a_file_decides_nothing(studio: Any, name: str) -> None:
    (ada,) = await studio.people("ada")
    made = await upload(ada, (name, b"PIC a cat", "text/html"))
    answer = await studio.http.get(made["url"])
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    keys = {made[url].removeprefix("http://localhost:8000/media/") for url in ("url", "preview_url")}
    assert await left(studio, keys) == keys


async def test_too_much_is_refused_in_json(studio: Any) -> None:
    (ada,) = await studio.people("ada")
    too_large = await upload(ada, ("cat.png", b"PIC" + b"x" * 5000, "image/png"), expect=413)
    assert "MB" in too_large["error"]
    for method, path in (("POST", "/api/v2/media"), ("PATCH", "/api/v1/accounts/update_credentials")):
        body = b"x" * ((1 << 20) + 2 * 4096 + 1)
        headers = {"content-type": "multipart/form-data; boundary=x"}
        refused = await ada.ask(method, path, expect=413, content=body, headers=headers)
        assert "larger" in refused["error"]


async def test_other_peoples_and_unknown_pictures_are_not_attached(studio: Any) -> None:
    ada, bob = await studio.people("ada", "bob")
    hers = (await upload(ada))["id"]
    mine = [(await upload(bob))["id"] for _ in range(5)]
    await bob.get(f"/api/v1/media/{hers}", expect=404)
    for wrong in ([hers], ["12345"], ["../1"], mine, mine[:1] * 2):
        refused = await bob.ask(
            "POST", "/api/v1/statuses", expect=422, json={"status": "Hello", "media_ids": wrong}
        )
        assert any(name.startswith("media_ids") for name in refused["details"])
    taken = await ada.write("Hers", **{"media_ids[]": hers})
    refused = await ada.post("/api/v1/statuses", expect=422, **{"media_ids[]": hers})
    assert "media_ids" in refused["details"]
    assert await bob.get(f"/api/v1/accounts/{bob.id}/statuses") == []
    assert len((await ada.get(f"/api/v1/statuses/{taken['id']}"))["media_attachments"]) == 1


async def test_an_upload_needs_a_file_a_token_and_the_scope(studio: Any) -> None:
    (ada,) = await studio.people("ada")
    assert "file" in (await ada.post("/api/v2/media", expect=422))["details"]
    assert "file" in (await ada.post("/api/v2/media", expect=422, file="PIC a cat"))["details"]
    answer = await studio.http.post("/api/v2/media", files={"file": FILE})
    assert answer.status_code == 401
    reader = await studio.api.person("eve", scopes="read write:statuses")
    await upload(reader, expect=403)


async def test_a_site_without_a_processor_says_so(api: Any) -> None:
    (ada,) = await api.people("ada")
    refused = await upload(ada, expect=422)
    assert "takes no pictures" in refused["error"]
    configuration = (await api.anonymous("/api/v2/instance"))["configuration"]
    assert configuration["statuses"]["max_media_attachments"] == 0
    assert configuration["media_attachments"]["supported_mime_types"] == []


@pytest.mark.parametrize("version", [1, 2])
async def test_the_instance_tells_what_may_be_uploaded(studio: Any, version: int) -> None:
    configuration = (await studio.api.anonymous(f"/api/v{version}/instance"))["configuration"]
    assert configuration["statuses"]["max_media_attachments"] == 4
    pictures = configuration["media_attachments"]
    assert pictures["supported_mime_types"] == ["image/png"]
    assert (pictures["image_size_limit"], pictures["description_limit"]) == (4096, 1500)


async def test_a_picture_has_the_preview_that_comes_with_it(studio: Any) -> None:
    (ada,) = await studio.people("ada")
    files = {"file": FILE, "thumbnail": ("small.png", b"PIC-mine", "image/png")}
    made = await ada.ask("POST", "/api/v2/media", files=files)
    assert (await studio.http.get(made["url"])).content == b"a cat"
    assert (await studio.http.get(made["preview_url"])).content == b"small of mine"
    keys = {made[url].removeprefix("http://localhost:8000/media/") for url in ("url", "preview_url")}
    assert await left(studio, keys) == keys
    for thumbnail in (b"<svg>", b"", b"PIC broken"):
        sent = {"file": FILE, "thumbnail": ("small.png", thumbnail, "image/png")}
        refused = await ada.ask("POST", "/api/v2/media", expect=422, files=sent)
        assert refused["details"].keys() <= {"thumbnail", "file"}
    assert await left(studio, keys) == keys


async def test_a_picture_gets_another_preview_until_a_status_has_it(studio: Any) -> None:
    ada, bob = await studio.people("ada", "bob")
    made = await upload(ada, description="A cat")
    path = f"/api/v1/media/{made['id']}"
    mine = {"thumbnail": ("small.png", b"PIC-mine", "image/png")}
    await bob.ask("PUT", path, expect=404, files=mine)
    broken = {"thumbnail": ("small.png", b"PIC broken", "image/png")}
    refused = await ada.ask("PUT", path, expect=422, data={"description": "No"}, files=broken)
    assert refused["details"].keys() == {"thumbnail"}
    await ada.ask("PUT", path, expect=422, data={"focus": "left"}, files=mine)
    assert await ada.get(path) == made
    changed = await ada.ask("PUT", path, data={"focus": "1,0"}, files=mine)
    assert changed["preview_url"] != made["preview_url"]
    assert (changed["url"], changed["description"]) == (made["url"], "A cat")
    assert (await studio.http.get(changed["preview_url"])).content == b"small of mine"
    keys = {changed[url].removeprefix("http://localhost:8000/media/") for url in ("url", "preview_url")}
    assert await left(studio, keys) == keys
    written = await ada.write("Hello", **{"media_ids[]": made["id"]})
    assert written["media_attachments"] == [changed]
    await ada.ask("PUT", path, expect=404, files=mine)
    assert await left(studio, keys) == keys


async def test_a_scheduled_status_shows_the_pictures_that_wait_with_it(studio: Any) -> None:
    (ada,) = await studio.people("ada")
    made = await upload(ada)
    at = datetime.now(UTC) + timedelta(days=3)
    waiting = await ada.write("Later", scheduled_at=at.isoformat(), **{"media_ids[]": made["id"]})
    assert waiting["media_attachments"] == [made]
    assert waiting["params"]["media_ids"] == [made["id"]]
    assert await ada.get("/api/v1/scheduled_statuses") == [waiting]
    await ada.ask("DELETE", f"/api/v1/scheduled_statuses/{waiting['id']}")
    assert (await ada.write("Now", **{"media_ids[]": made["id"]}))["media_attachments"] == [made]
