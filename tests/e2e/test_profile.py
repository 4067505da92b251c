"""What somebody shows of themselves, and whom they let into their account."""

from __future__ import annotations

import io
from urllib.parse import parse_qs, urlencode, urlsplit

from PIL import Image


def picture(colour, width=300, height=200):
    output = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(output, "PNG")
    return {"name": f"{colour}.png", "mimeType": "image/png", "buffer": output.getvalue()}


def save(person):
    person.page.get_by_role("main").get_by_role("button", name="Save", exact=True).click()


def widths(person, selector):
    """How wide each picture is that the selector finds, once it is loaded; 0 for one that can't be."""
    loaded = """async images => {
        for (const image of images) { image.loading = "eager"; await image.decode().catch(() => {}); }
        return images.map(image => image.naturalWidth);
    }"""
    return person.page.locator(selector).evaluate_all(loaded)


def test_a_picture_a_header_and_fields_are_shown_and_taken_off(people, name):
    ada, visitor = people(), people()
    ada.sign_up(name("ada"))
    ada.open("/settings/profile")
    ada.page.get_by_label("Your picture", exact=True).set_input_files(picture("green"))
    ada.page.get_by_label("A wide picture for the top of your profile", exact=True).set_input_files(
        picture("red", 900)
    )
    ada.page.get_by_label("Name of field 1").fill("Pronouns")
    ada.page.get_by_label("Content of field 1").fill("she/her")
    save(ada)
    assert ada.sees("Your profile is saved.")
    visitor.open(f"/@{ada.name}")
    assert visitor.page.locator("dl", has_text="Pronouns").get_by_text("she/her").is_visible()
    assert all(widths(visitor, "main img.banner"))
    face = visitor.page.locator(".profile img.av").first.get_attribute("src")
    assert all(widths(visitor, "main img"))

    ada.open("/settings/profile")
    for box in ada.page.get_by_label("Remove it").all():
        box.check()
    save(ada)
    visitor.open(f"/@{ada.name}")
    assert not visitor.page.locator("main img.banner").count()
    assert not visitor.page.locator(f"main img[src='{face}']").count()


def test_what_is_no_picture_is_refused_and_nothing_else_is_lost(people, name):
    ada = people()
    ada.sign_up(name("ada"))
    ada.open("/settings/profile")
    ada.page.get_by_label("Display name").fill("Countess")
    wrong = {"name": "not.png", "mimeType": "image/png", "buffer": b"not a picture"}
    ada.page.get_by_label("Your picture", exact=True).set_input_files(wrong)
    with ada.refusal(422):
        save(ada)
    assert ada.page.get_by_label("Your picture", exact=True).get_attribute("aria-invalid") == "true"
    assert ada.page.get_by_label("Display name").input_value() == "Countess"


def test_what_stays_in_sight_of_a_picture_is_chosen(people, name):
    ada, visitor = people(), people()
    ada.sign_up(name("ada"))
    ada.open("/compose")
    ada.page.get_by_label("What's on your mind?").fill("A tall tree")
    ada.page.locator("main details", has_text="Pictures").locator("summary").first.click()
    ada.page.get_by_label("Picture 1", exact=True).set_input_files(picture("green", 200, 900))
    ada.page.get_by_label("What picture 1 shows").fill("A tree")
    ada.page.get_by_role("button", name="Upload and go on writing").click()
    ada.page.get_by_text("What stays in sight").click()
    ada.page.locator(".focus-grid input").first.check()
    ada.page.get_by_role("main").get_by_role("button", name="Post", exact=True).click()
    assert ada.sees("Published.")
    visitor.open(f"/@{ada.name}")
    shown = visitor.page.get_by_role("img", name="A tree")
    assert shown.evaluate("image => getComputedStyle(image).objectPosition") == "12.5% 12.5%"


def test_an_application_is_let_in_listed_and_put_out(people, name):
    ada = people()
    ada.sign_up(name("ada"))
    # The application's own page: any of this host will do.
    back, asked = f"{ada.base}/about", ada.page.request
    known = asked.post(
        f"{ada.base}/api/v1/apps",
        form={"client_name": f"Elephant of {ada.name}", "redirect_uris": back, "scopes": "read"},
    ).json()
    query = {"response_type": "code", "client_id": known["client_id"], "redirect_uri": back, "scope": "read"}
    ada.open(f"/oauth/authorize?{urlencode(query)}")
    assert ada.sees(f"Let Elephant of {ada.name} in?")
    ada.page.get_by_role("button", name="Allow").click()
    assert ada.path.startswith("/about?")
    code = parse_qs(urlsplit(ada.path).query)["code"][0]
    secrets = {name: known[name] for name in ("client_id", "client_secret")}
    granted = asked.post(
        f"{ada.base}/oauth/token",
        form={"grant_type": "authorization_code", "code": code, "redirect_uri": back, **secrets},
    ).json()
    headers = {"Authorization": f"Bearer {granted['access_token']}"}
    verify = f"{ada.base}/api/v1/accounts/verify_credentials"
    assert asked.get(verify, headers=headers).json()["username"] == ada.name

    ada.open("/settings/profile")
    ada.page.get_by_role("link", name="Applications").first.click()
    assert ada.sees(f"Elephant of {ada.name}")
    ada.page.get_by_role("button", name="End access").click()
    assert ada.sees("No application has access to your account.")
    assert asked.get(verify, headers=headers).status == 401
