"""The pictures of people."""

from __future__ import annotations

import io

from PIL import Image


def _flag():
    """Red at the left, blue at the right, three times as wide as it is high."""
    image = Image.new("RGB", (900, 300), (255, 0, 0))
    image.paste((0, 0, 255), (450, 0, 900, 300))
    output = io.BytesIO()
    image.save(output, "PNG")
    return {"name": "flag.png", "mimeType": "image/png", "buffer": output.getvalue()}


def _drawn(person, selector):
    """How wide the one picture there is in pixels, and its colours at the left and at the right."""
    source = person.page.locator(selector).get_attribute("src")
    image = Image.open(io.BytesIO(person.page.request.get(person.base + source).body())).convert("RGB")
    return image.width, image.getpixel((5, 5)), image.getpixel((image.width - 5, 5))


def test_what_stays_in_sight_of_a_picture_is_chosen_with_it(people, name):
    ada = people()
    ada.sign_up(name("ada"))
    ada.open("/settings/profile")
    main = ada.page.get_by_role("main")
    main.get_by_label("Your picture", exact=True).set_input_files(_flag())
    main.get_by_text("What stays in sight").first.click()
    main.get_by_label("Your picture: right", exact=True).check()
    main.get_by_role("button", name="Save").click()
    assert ada.sees("Your profile is saved.")

    ada.open(f"/@{ada.name}")
    for selector, side in ((".profile img.av", 300), ("a.you img.av", 112)):
        width, left, right = _drawn(ada, selector)
        assert width == side
        assert all(colour[2] > 200 and colour[0] < 80 for colour in (left, right))

    ada.open("/settings/profile")
    main.get_by_text("What stays in sight").first.click()
    main.get_by_label("Your picture: left", exact=True).check()
    with ada.refusal(422):
        main.get_by_role("button", name="Save").click()
    assert ada.sees("Choose the file, too")
    assert main.get_by_label("Your picture: left", exact=True).is_checked()
