"""What administrators say of the site, and what everybody sees of it."""

from __future__ import annotations

import io
import subprocess

from PIL import Image

from microblog_core.testing.servers import microblog_command

PASSWORD = "correct horse battery"


def _picture() -> bytes:
    output = io.BytesIO()
    Image.new("RGBA", (200, 160), (200, 90, 30, 255)).save(output, "PNG")
    return output.getvalue()


def _administrator(server, username):
    data = server.command[server.command.index("--data") + 1]
    given = ("--email", f"{username}@example.org", "--password", PASSWORD, "--role", "administrator")
    subprocess.run(microblog_command("--data", data, "users", "create", username, *given), check=True)


def test_an_emoji_is_uploaded_and_written_and_an_announcement_dismissed(people, name, server, javascript):
    boss, ada = people(), people()
    _administrator(server, name("boss"))
    boss.log_in(name("boss"))
    boss.page.get_by_role("link", name="Administration").click()
    boss.page.get_by_role("link", name="Emojis", exact=True).first.click()
    code = f"tea_{boss.name}"
    boss.page.get_by_label("Shortcode").fill(code)
    picture = {"name": "tea.png", "mimeType": "image/png", "buffer": _picture()}
    boss.page.locator("main").get_by_label("Picture", exact=True).set_input_files(picture)
    boss.page.get_by_role("button", name="Add", exact=True).click()
    assert boss.sees(f":{code}: is there.")

    boss.page.get_by_role("link", name="Announcements").first.click()
    boss.page.get_by_role("link", name="New announcement").click()
    boss.page.get_by_label("What there is to say").fill(f"Tea at five, says {boss.name}")
    boss.page.get_by_role("button", name="Save").click()
    assert boss.sees("Shown now")

    ada.sign_up(name("ada"))
    assert ada.sees(f"Tea at five, says {boss.name}")
    box = ada.page.get_by_role("article").filter(has_text=boss.name).first
    box.get_by_role("button", name="Dismiss").click()
    assert not ada.sees(f"Tea at five, says {boss.name}")
    ada.page.get_by_label("What's on your mind?").fill("I had")
    if javascript:
        ada.page.get_by_text("Emojis", exact=True).first.click()
        ada.page.get_by_role("button", name=f":{code}:").click()
        assert ada.page.get_by_label("What's on your mind?").input_value() == f"I had :{code}: "
    else:
        ada.page.get_by_label("What's on your mind?").fill(f"I had :{code}:")
    ada.page.get_by_role("button", name="Post", exact=True).click()
    drawn = ada.post("I had").get_by_alt_text(f":{code}:")
    assert drawn.evaluate("image => image.complete || image.loading === 'lazy'")
    boss.page.goto(f"{boss.base}/admin/announcements")
    boss.page.get_by_role("button", name="Withdraw").first.click()
    assert boss.sees("Draft")
