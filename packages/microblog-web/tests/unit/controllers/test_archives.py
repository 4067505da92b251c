"""Taking everything along, and bringing it."""

from __future__ import annotations

import io
import json
import re
import zipfile

from microblog_core.runtime.jobs import JobRunner

BROKEN = "https://old.example/users/ada/statuses/2"


def archive(*entries):
    output = io.BytesIO()
    person = {"id": "https://old.example/users/ada", "type": "Person", "preferredUsername": "ada"}
    with zipfile.ZipFile(output, "w") as opened:
        opened.writestr("actor.json", json.dumps(person))
        opened.writestr("outbox.json", json.dumps({"orderedItems": list(entries)}))
    return output.getvalue()


def note(number, content, **changes):
    uri = f"https://old.example/users/ada/statuses/{number}"
    inner = {
        "id": uri,
        "type": "Note",
        "published": f"2019-05-0{number}T10:00:00Z",
        "attributedTo": "https://old.example/users/ada",
        "to": ["https://www.w3.org/ns/activitystreams#Public"],
        "content": content,
        **changes,
    }
    return {"id": f"{uri}/activity", "type": "Create", "object": inner}


async def send(browser, path, data, **values):
    """Send the form for imports as a browser does."""
    form = (await browser.get(path)).form("kind")
    fields = {name: value for name, value in {**form.fields, **values}.items() if name != "file"}
    return await browser.http.post(
        path, data=fields, files={"file": ("mine.zip", data)}, headers={"origin": "http://localhost:8000"}
    )


async def test_an_archive_is_asked_for_made_and_taken_away_by_its_owner(house):
    ada_account, ada = await house.person("ada")
    _, eve = await house.person("eve")
    await house.write(ada_account, "Hello")
    page = await ada.get("/settings/export")
    assert "There is no archive yet" in page.text
    assert (
        await ada.submit(page.form("csrf_token"), button="/settings/export")
    ).location == "/settings/export"
    page = await ada.get("/settings/export")
    assert "is being made" in page.text and "archive.zip" not in page.text
    await JobRunner(house.site).run_due()
    page = await ada.get("/settings/export")
    (path,) = set(re.findall(r"/settings/export/[0-9]+/archive\.zip", page.text))
    assert "1 post" in page.text
    got = await ada.get(path)
    assert got.headers["content-type"] == "application/zip"
    assert "attachment" in got.headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(got.body)) as opened:
        assert json.loads(opened.read("outbox.json"))["totalItems"] == 1
    assert (await eve.get(path)).status == 404
    assert (await (await house.visitor()).get(path)).path.startswith("/login")
    await ada.submit(page.form("csrf_token"), button="/settings/export")
    assert "within the last day" in (await ada.get("/settings/export")).text


async def test_lists_are_there_as_csv(house):
    ada_account, ada = await house.person("ada")
    bob_account, _ = await house.person("bob")
    await house.follow(ada_account, bob_account)
    page = await ada.get("/settings/export")
    paths = re.findall(r"/settings/export/[a-z_]+\.csv", page.text)
    assert len(paths) == 6
    for path in paths:
        got = await ada.get(path)
        assert (got.status, got.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    assert "bob,true,false," in (await ada.get("/settings/export/following_accounts.csv")).text
    for name in ("following_accounts", "passwords.csv", "..csv"):
        assert (await ada.get(f"/settings/export/{name}")).status == 404


async def test_an_archive_comes_with_its_dates_and_what_it_lacks_is_said(house):
    _, ada = await house.person("ada")
    data = archive(note(1, "<p>Long ago</p>"), note(2, ""), {"id": "x", "type": "Like"})
    answer = await send(ada, "/settings/import", data)
    assert answer.status_code == 303
    path = answer.headers["location"]
    page = await ada.get(path)
    assert "waits" in page.text and "Cancel" in page.text
    assert "One file at a time" in (await ada.get("/settings/import")).text
    await JobRunner(house.site).run_due()
    page = await ada.get(path)
    assert "Taken: 1. There already: 0. Not taken: 2." in page.text
    assert BROKEN in page.text and "Nothing of the post is left." in page.text
    csv = (await ada.get(f"{path}/problems.csv")).text
    assert csv.splitlines()[0] == "Place,Entry,Problem" and csv.count("\n") == 3
    assert "mine.zip" in (await ada.get("/settings/import")).text
    profile = (await ada.get("/@ada")).text
    assert "Long ago" in profile and "1 May 2019" in profile
    _, eve = await house.person("eve")
    assert (await eve.get(path)).status == 404
    assert (await eve.get(f"{path}/problems.csv")).status == 404


async def test_what_can_not_be_brought_is_refused_at_its_field(house):
    _, ada = await house.person("ada")
    for data, values, status, said in (
        (b"", {}, 422, "Choose a file that is not empty."),
        (b"x", {"kind": "everything"}, 422, "Choose what the file is."),
        (
            b"x",
            {"part_posts": "", "part_favourites": "", "part_bookmarks": ""},
            422,
            "Choose what is wanted of the archive.",
        ),
    ):
        answer = await send(ada, "/settings/import", data, **values)
        assert (answer.status_code, said in answer.text) == (status, True), answer.text
    assert (await send(ada, "/settings/import", b"no archive at all")).status_code == 303
    await JobRunner(house.site).run_due()
    assert (
        "can&#39;t be read" in (await ada.get("/settings/import")).text
        or "failed" in (await ada.get("/settings/import")).text
    )


async def test_a_file_that_is_too_large_is_refused_and_strangers_are_not_listened_to(open_house):
    async with open_house(archive_bytes=1 << 20) as house:
        _, ada = await house.person("ada")
        answer = await send(ada, "/settings/import", b"x" * ((1 << 20) + 1))
        assert answer.status_code == 413
        answer = await send(ada, "/settings/import", b"x" * (3 << 20))
        assert answer.status_code == 413
        stranger = await house.visitor()
        answer = await stranger.http.post(
            "/settings/import", files={"file": b"x"}, headers={"origin": "http://localhost:8000"}
        )
        assert answer.status_code in (303, 401)
        answer = await ada.http.post("/settings/import", files={"file": b"x"})
        assert answer.status_code == 403


async def test_an_import_is_called_off_and_its_file_goes(house):
    _, ada = await house.person("ada")
    path = (await send(ada, "/settings/import", archive(note(1, "Hello")))).headers["location"]
    page = await ada.get(path)
    assert (await ada.submit(page.form("csrf_token"), button=f"{path}/cancel")).location == path
    await JobRunner(house.site).run_due()
    page = await ada.get(path)
    assert "cancelled" in page.text
    assert "Hello" not in (await ada.get("/@ada")).text
    await ada.post(
        f"{path}/cancel",
        {"csrf_token": (await ada.get("/settings/export")).form("csrf_token").fields["csrf_token"]},
    )
    assert "has ended already" in (await ada.get(path)).text
