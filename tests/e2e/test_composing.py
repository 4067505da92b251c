"""Each field of the form for a post, a thread written in one go, taking back, and what settings add to it."""

from __future__ import annotations

import io

from PIL import Image


def _png(colour):
    output = io.BytesIO()
    Image.new("RGB", (80, 60), colour).save(output, "PNG")
    return output.getvalue()


def press(person, label):
    person.page.get_by_role("main").get_by_role("button", name=label, exact=True).click()


def unfold(person, label):
    person.page.locator("main details", has_text=label).locator("summary").first.click()


def test_every_field_reaches_the_readers(people, name):
    ada, visitor = people(), people()
    ada.sign_up(name("ada"))
    ada.open("/compose")
    ada.page.get_by_label("What's on your mind?").fill("Ein Hügel am Abend")
    unfold(ada, "Content warning, language")
    ada.page.get_by_label("Content warning", exact=True).fill("Holiday pictures")
    ada.page.get_by_label("Language", exact=True).fill("de")
    unfold(ada, "Pictures")
    for number, colour in ((1, "green"), (2, "red")):
        picture = {"name": f"{colour}.png", "mimeType": "image/png", "buffer": _png(colour)}
        ada.page.get_by_label(f"Picture {number}", exact=True).set_input_files(picture)
        ada.page.get_by_label(f"What picture {number} shows").fill(f"A {colour} hill")
    press(ada, "Upload and go on writing")
    assert ada.sees("These pictures are uploaded already.")
    ada.page.get_by_label("What picture 2 shows").first.fill("A hill in the evening sun")
    ada.page.get_by_label("Place of picture 2").select_option("1")
    ada.page.get_by_label("Who can see it").select_option("unlisted")
    press(ada, "Post")
    assert ada.sees("Published.")

    visitor.open("/public")
    assert not visitor.sees("Holiday pictures")
    visitor.open(f"/@{ada.name}/media")
    assert visitor.sees("Unlisted")
    post = visitor.post("Holiday pictures")
    words = post.get_by_text("Ein Hügel am Abend")
    assert not words.is_visible()
    post.get_by_text("Holiday pictures").click()
    assert words.is_visible()
    assert post.locator(".text").get_attribute("lang") == "de"
    shown = post.get_by_role("img").evaluate_all("all => all.map(each => each.alt).filter(alt => alt)")
    assert shown == ["A hill in the evening sun", "A green hill"]


def test_a_thread_is_written_in_one_go(people, name):
    ada, visitor = people(), people()
    ada.sign_up(name("ada"))
    ada.open("/compose")
    ada.page.get_by_label("What's on your mind?").fill(f"First of {ada.name}")
    press(ada, "Publish and go on with the thread")
    box = ada.page.get_by_label("Your answer to")
    box.fill("Second, about the first")
    press(ada, "Reply")
    visitor.open(f"/@{ada.name}")
    visitor.open_post(f"First of {ada.name}")
    assert visitor.page.locator(".thread .text").all_inner_texts() == [
        f"First of {ada.name}",
        "Second, about the first",
    ]


def test_a_post_is_taken_back_and_a_deletion_too(people, name):
    ada, visitor = people(), people()
    ada.sign_up(name("ada"))
    ada.write("Tae time")
    ada.page.get_by_role("main").locator(".flash").get_by_role("button", name="Undo").click()
    box = ada.page.get_by_label("What's on your mind?")
    assert box.input_value() == "Tae time"
    visitor.open(f"/@{ada.name}")
    assert not visitor.sees("Tae time")
    box.fill("Tea time")
    press(ada, "Post")
    ada.open(f"/@{ada.name}")
    ada.post("Tea time").get_by_role("link", name="Delete", exact=True).click()
    press(ada, "Delete")
    ada.page.get_by_role("main").get_by_role("button", name="Undo").last.click()
    ada.waits_for("The post is back.")
    visitor.open(f"/@{ada.name}")
    assert visitor.sees("Tea time")


def test_a_draft_is_thrown_away_and_a_scheduled_post_cancelled(people, name):
    ada = people()
    ada.sign_up(name("ada"))
    ada.open("/compose")
    ada.page.get_by_label("What's on your mind?").fill("Not so sure about this")
    press(ada, "Save as a draft")
    ada.open("/drafts")
    ada.page.get_by_role("button", name="Throw away").click()
    ada.waits_for("No drafts")
    ada.open("/compose")
    ada.page.get_by_label("What's on your mind?").fill("Next year")
    unfold(ada, "Time, who can reply and quote")
    ada.page.get_by_label("Publish it later").fill(
        f"{ada.page.evaluate('new Date().getUTCFullYear() + 1')}-01-31T18:00"
    )
    press(ada, "Post")
    press(ada, "Cancel the post")
    assert ada.sees("Nothing waits")


def test_settings_shape_the_form_the_profile_and_the_language(people, name):
    ada, visitor = people(), people()
    ada.sign_up(name("ada"))
    tag = f"tea{ada.name}"
    ada.write(f"Leaves of #{tag}")
    ada.open("/settings/featured_tags")
    ada.page.get_by_role("button", name=f"#{tag}", exact=True).click()
    assert ada.page.get_by_role("button", name=f"Take off #{tag}").count() == 1
    visitor.open(f"/@{ada.name}")
    visitor.page.get_by_role("group").get_by_role("link", name=f"#{tag}").click()
    assert visitor.sees("Leaves of")

    ada.open("/settings/preferences")
    ada.page.get_by_label("They begin as").select_option("followers")
    ada.page.get_by_label("Language of pages and mails").select_option("de")
    ada.page.get_by_role("main").get_by_role("button", name="Save").click()
    assert ada.page.locator("html").get_attribute("lang") == "de"
    assert ada.page.get_by_role("link", name="Einstellungen").count() >= 1
    ada.open("/compose")
    assert ada.page.locator("#f-visibility").input_value() == "followers"


def test_the_home_timeline_goes_to_a_feed_reader(people, name):
    ada = people()
    ada.sign_up(name("ada"))
    ada.write("For readers elsewhere")
    ada.open("/settings/feeds")
    ada.page.get_by_role("button", name="Make an address").click()
    address = ada.page.get_by_label("Secret address").input_value()
    reader = people().page.request
    assert "For readers elsewhere" in reader.get(address).text()
    ada.page.get_by_role("button", name="End the feed").click()
    assert reader.get(address).status in (401, 403, 404)
