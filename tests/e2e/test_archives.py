"""Taking everything along and bringing it, in a real browser."""

from __future__ import annotations

import json
import zipfile

NARROW = {"viewport": {"width": 320, "height": 640}}


def archive(path):
    me = "https://old.example/users/ada"
    note = {
        "id": f"{me}/statuses/1",
        "type": "Note",
        "attributedTo": me,
        "published": "2019-05-01T10:00:00Z",
        "to": ["as:Public"],
        "content": "<p>From long ago</p>",
    }
    with zipfile.ZipFile(path, "w") as opened:
        opened.writestr("actor.json", json.dumps({"id": me, "preferredUsername": "ada"}))
        entries = [{"type": "Create", "object": note}, {"type": "Like", "id": f"{me}#likes/1"}]
        opened.writestr("outbox.json", json.dumps({"orderedItems": entries}))


def until(person, path, text):
    """Look again until the page says it."""
    for _ in range(60):
        person.open(path)
        if person.sees(text):
            return
        person.page.wait_for_timeout(250)
    raise AssertionError(f"{path} never said {text!r}")


def test_an_archive_is_brought_and_another_taken_away(people, name, tmp_path):
    ada = people(**NARROW)
    ada.sign_up(name("ada"))
    ada.open("/settings/import")
    archive(tmp_path / "mine.zip")
    ada.page.get_by_label("The file").set_input_files(str(tmp_path / "mine.zip"))
    ada.page.get_by_role("main").get_by_role("button", name="Import", exact=True).click()
    assert ada.sees("Your file is here")
    until(ada, ada.path, "Taken: 1. There already: 0. Not taken: 1.")
    width = "main => main.ownerDocument.documentElement.scrollWidth"
    assert ada.page.locator("main").evaluate(width) <= 320
    ada.open(f"/@{ada.name}")
    assert ada.sees("From long ago") and ada.sees("1 May 2019")
    ada.open("/settings/export")
    ada.page.get_by_role("button", name="Ask for an archive").click()
    until(ada, "/settings/export", "1 post,")
    assert ada.page.locator("main").evaluate(width) <= 320
    with ada.page.expect_download() as download:
        ada.page.get_by_role("link", name="Download").click()
    with zipfile.ZipFile(download.value.path()) as opened:
        assert "From long ago" in opened.read("outbox.json").decode()


def test_a_list_of_people_is_taken_away_and_brought_again(people, name, tmp_path):
    ada, bob = people(**NARROW), people()
    ada.sign_up(name("ada"))
    bob.sign_up(name("bob"))
    ada.open(f"/@{bob.name}")
    ada.page.get_by_role("button", name="Follow", exact=True).click()
    ada.page.get_by_role("button", name="Unfollow").wait_for()
    ada.open("/settings/export")
    with ada.page.expect_download() as download:
        ada.page.get_by_role("link", name="Whom you follow").click()
    download.value.save_as(tmp_path / "following.csv")
    assert bob.name in (tmp_path / "following.csv").read_text()
    ada.open(f"/@{bob.name}")
    ada.page.get_by_role("button", name="Unfollow").click()
    ada.page.get_by_role("button", name="Follow", exact=True).wait_for()
    ada.open("/settings/import")
    ada.page.get_by_label("What is it?").select_option(label="Whom you follow (CSV)")
    ada.page.get_by_label("The file").set_input_files(str(tmp_path / "following.csv"))
    ada.page.get_by_role("main").get_by_role("button", name="Import", exact=True).click()
    assert ada.sees("Your file is here")
    until(ada, ada.path, "Taken: 1.")
    ada.open(f"/@{bob.name}")
    assert ada.page.get_by_role("button", name="Unfollow").is_visible()
