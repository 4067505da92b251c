"""How pages look and in which time zone they speak, for one reader and for nobody else."""

from __future__ import annotations

from microblog_web.times import full, read_in

LOOKS = {"theme": "dark", "density": "compact", "motion": "reduced"}


async def test_what_is_chosen_is_on_every_page_of_the_reader_and_on_no_kept_one(house):
    ada, browser = await house.person("ada")
    post = (await house.write(ada, "tea")).post
    form = (await browser.get("/settings/preferences")).form("theme", "timezone")
    answer = await browser.submit(form, **LOOKS, timezone="Asia/Tokyo", default_language="de")
    assert answer.status == 303
    looks = 'data-theme="dark" data-density="compact" data-motion="reduced"'
    page = await browser.get(f"/@ada/{post.id}")
    assert f'<html lang="en" dir="ltr" {looks}>' in page.text
    assert "1 Jan 2026, 21:00 JST" in page.text
    visitor = await house.visitor()
    for _ in range(2):
        kept = await visitor.get(f"/@ada/{post.id}")
        assert '<html lang="en" dir="ltr">' in kept.text and "1 Jan 2026, 12:00 UTC" in kept.text
    _, other = await house.person("bob")
    seen = await other.get(f"/@ada/{post.id}")
    assert '<html lang="en" dir="ltr">' in seen.text and "12:00 UTC" in seen.text
    page = await browser.get("/settings/preferences")
    assert "<option selected>Asia/Tokyo" in page.text


async def test_what_there_is_not_is_refused_at_its_field(house):
    _, browser = await house.person("ada")
    form = (await browser.get("/settings/preferences")).form("theme", "timezone")
    for field in (
        "theme",
        "density",
        "motion",
        "timezone",
        "locale",
        "default_visibility",
        "default_language",
    ):
        answer = await browser.submit(form, **{field: "!nonsense"})
        assert answer.status == 422, field
        assert f'id="e-{field}"' in answer.text, field


async def test_an_account_is_deleted_by_password_and_kept_by_logging_in(house):
    visitor = await house.visitor()
    form = (await visitor.get("/signup")).form("username", "email", "password")
    account = {"username": "ada", "email": "ada@example.org", "password": "correct horse"}
    await visitor.submit(form, **account)
    assert 'href="/settings/account/delete"' in (await visitor.get("/settings/account")).text
    form = (await visitor.get("/settings/account/delete")).form("password")
    assert (await visitor.submit(form, password="wrong")).status == 422
    assert (await visitor.submit(form, password="correct horse")).status == 303
    home = await visitor.get("/")
    assert "Your account is hidden." in home.text and "2026-01-15" in home.text
    assert (await visitor.get("/@ada")).status == 404
    form = (await visitor.get("/login")).form("name", "password")
    offer = await visitor.submit(form, name="ada", password="correct horse")
    assert "Keep your account?" in offer.text
    kept = await visitor.submit(offer.form("login_state"))
    assert kept.status == 303
    assert (await visitor.get("/@ada")).status == 200


def test_moments_are_read_in_a_zone_and_unknown_ones_are_utc():
    for zone, said in (("Asia/Kolkata", "1 Jan 2026, 17:30 IST"), ("No/Where", "1 Jan 2026, 12:00 UTC")):
        read_in(zone)
        assert full(1_767_268_800_000) == said
    read_in("")
    assert full(1_767_268_800_000) == "1 Jan 2026, 12:00 UTC"
