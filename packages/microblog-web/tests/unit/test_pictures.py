"""Pictures in posts, people's own pictures, and the forms that take them."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import msgspec
import pytest

import microblog_web
from microblog_core.domain.accounts import Account
from microblog_core.domain.errors import Invalid
from microblog_core.domain.media import CENTRE, Attachment, Focus, MediaKind, MediaState
from microblog_core.domain.permissions import Actor
from microblog_core.domain.posts import Entry, Post
from microblog_core.domain.timelines import Page
from microblog_core.ports.media import MediaFacts, ProcessedMedia, Rendition
from microblog_core.ports.operations import SetPicture
from microblog_core.runtime.background import run_jobs
from microblog_core.testing.browser import Page as BrowserPage
from microblog_web.fragments import draw_each
from microblog_web.pictures import draw_pictures
from microblog_web.views import View

NOW = 1_800_000_000_000
KEY = f"ab/{'c' * 30}.png"
SMALL = f"ab/{'c' * 30}-small.webp"
FILE = ("cat.png", "image/png", b"PIC cat")


def picture(**changes):
    plain = Attachment(
        id=1, account_id=7, stem="ab/c", created_at=NOW, state=MediaState.READY, key=KEY, preview_key=SMALL,
        preview_width=640, preview_height=480,
    )  # fmt: skip
    return msgspec.structs.replace(plain, **changes)


def view_of(house):
    return View(web=house.app_website(), ports=house.site.ports, actor=Actor(), locale="en", now=NOW)


async def test_a_post_shows_its_pictures_with_size_and_words(house):
    drawn = draw_pictures(view_of(house), (picture(description='A "cat"'), picture()))
    assert drawn.startswith('<div class="pics n2">')
    assert (
        f'<a href="/media/{KEY}"><img src="/media/{SMALL}" alt="A &#34;cat&#34;" width="640" height="480"'
        in drawn
    )
    assert drawn.count('loading="lazy"') == 2
    assert 'alt="Picture without a description"' in drawn
    assert "style" not in drawn
    assert draw_pictures(view_of(house), ()) == ""


@pytest.mark.parametrize(
    ("focus", "classes"),
    [((0, 0), "fx4 fy4"), ((-1, 1), "fx0 fy0"), ((1, -1), "fx8 fy8"), ((0.5, 0.25), "fx6 fy3")],
)
async def test_the_focus_becomes_classes_that_the_style_sheet_knows(house, focus, classes):
    drawn = draw_pictures(view_of(house), (picture(focus=Focus(*focus)),))
    assert f'class="u-photo {classes}"' in drawn
    css = Path(microblog_web.__file__).with_name("static").joinpath("site.css").read_text()
    for name in classes.split():
        assert f".{name} {{" in css


async def test_pictures_are_folded_with_the_text_where_that_is(house):
    by = Account(id=7, username="ada", created_at=0)
    plain = Post(id=1, account_id=7, thread_id=1, created_at=NOW, attachments=(picture(),))
    folded = msgspec.structs.replace(plain, id=2, sensitive=True)
    warned = msgspec.structs.replace(plain, id=3, spoiler="Cats")
    posts = [Entry(id=each.id, post=each, author=by) for each in (plain, folded, warned)]
    shown, *hidden = await draw_each(view_of(house), posts)
    assert "<details" not in shown
    for piece in hidden:
        inside = piece[piece.index("<details") : piece.index("</details>")]
        assert 'class="pics n1"' in inside
        assert piece.count('class="pics') == 1


async def test_people_with_a_picture_are_shown_by_it_everywhere(house):
    ada, visitor = await house.person("ada", display_name="Ada")
    await house.write(ada, "hello")
    key = f"ad/{'a' * 30}.jpg"
    for version, place in enumerate(("avatar", "header"), 1):
        description = "Ada on a boat" if place == "header" else ""
        change = SetPicture(account_id=ada.id, version=version, place=place, key=key, description=description)
        unit = house.site.ports.unit()
        unit.apply(change)
        await unit.commit()
    page = await visitor.get("/@ada")
    assert f'<img class="av" src="/media/{key}" alt=""' in page.text
    assert f'<img class="banner" src="/media/{key}" alt="Ada on a boat"' in page.text
    home = (await visitor.get("/")).text
    assert re.search(rf'class="face"[^>]*><img class="av" src="/media/{key}"', home)
    assert '<svg class="av"' not in home


async def test_small_pictures_are_shown_where_people_are_small(house):
    ada, visitor = await house.person("ada", display_name="Ada")
    await house.write(ada, "hello")
    stem = f"ad/{'a' * 30}"
    unit = house.site.ports.unit()
    for version, place in enumerate(("avatar", "header"), 1):
        key = f"{stem}-large.jpg"
        unit.apply(SetPicture(account_id=ada.id, version=version, place=place, key=key, description=""))
    await unit.commit()
    page = (await visitor.get("/@ada")).text
    assert f'<div class="top">\n<img class="av" src="/media/{stem}-large.jpg"' in page
    assert re.search(rf'class="face"[^>]*><img class="av" src="/media/{stem}-small.webp"', page)
    assert re.search(rf'class="you"[^>]*><img class="av" src="/media/{stem}-small.webp"', page)
    phone = f'<source media="(max-width: 30em)" type="image/webp" srcset="/media/{stem}-small.webp">'
    assert f'<picture>{phone}<img class="banner" src="/media/{stem}-large.jpg"' in page


async def test_a_site_without_a_processor_offers_no_pictures(house):
    _, ada = await house.person("ada")
    for path in ("/compose", "/settings/profile"):
        page = (await ada.get(path)).text
        assert 'type="file"' not in page
        assert "multipart" not in page


# Forms with files


class Sketcher:
    """A media processor whose pictures begin with `PIC`."""

    name = "sketcher"
    content_types = ("image/png", "image/webp")

    def probe(self, data):
        return MediaFacts(kind=MediaKind.IMAGE, content_type="image/png") if data[:3] == b"PIC" else None

    async def process(self, data, purpose, focus=CENTRE):
        self.focus = focus
        if b"broken" in data:
            raise Invalid(fields={"file": "This file is broken."})
        made = Rendition(content_type="image/png", data=data, width=30, height=20)
        small = Rendition(content_type="image/webp", data=b"small", width=3, height=2)
        return ProcessedMedia(kind=MediaKind.IMAGE, picture=made, preview=small)


@pytest.fixture
async def studio(open_house):
    """A house whose site takes pictures and runs its jobs."""
    async with open_house(upload_bytes=2000) as house:
        house.site._ports = dataclasses.replace(house.site.ports, processors=(Sketcher(),))
        async with run_jobs(house.site):
            yield house


async def send(browser, path, values, files):
    form = (await browser.get(path)).form(
        "csrf_token", *(("text",) if path != "/settings/profile" else ("bio",))
    )
    return await browser.http.post(
        form.action,
        data={**form.fields, **values},
        files={name: (called, data, kind) for name, (called, kind, data) in files.items()},
        headers={"origin": "http://localhost:8000"},
    )


async def newest(house):
    (entry, *_) = (await house.site.ports.storage.timelines.public(None, Page())).items
    return entry.post


async def test_a_post_is_written_with_pictures_and_no_words(studio):
    _, ada = await studio.person("ada")
    files = {"picture_0": FILE, "picture_2": ("../../dog", "text/html", b"PIC dog")}
    answer = await send(ada, "/compose", {"description_0": "A cat", "description_2": "A dog"}, files)
    assert answer.status_code == 303, answer.text
    post = await newest(studio)
    assert [each.description for each in post.attachments] == ["A cat", "A dog"]
    page = await ada.get("/")
    assert 'class="pics n2"' in page.text
    served = await ada.http.get(f"/media/{post.attachments[1].key}")
    assert (served.content, served.headers["content-type"]) == (b"PIC dog", "image/png")


async def test_a_picture_that_is_none_is_marked_and_the_others_are_kept(studio):
    _, ada = await studio.person("ada")
    wrong = ("page.png", "image/png", b"<html>")
    values = {"text": "two", "description_0": "A cat", "description_1": "Not"}
    answer = await send(ada, "/compose", values, {"picture_0": FILE, "picture_1": wrong})
    assert answer.status_code == 422
    assert "This is no picture" in answer.text
    assert ">\ntwo</textarea>" in answer.text
    kept = re.search(r'name="media" value="(\d+)"', answer.text)[1]
    assert "picture_3" in answer.text
    assert "picture_0" not in answer.text
    answer = await send(ada, "/compose", {"text": "two", "media": kept}, {"picture_1": FILE})
    assert answer.status_code == 303
    first, second = (await newest(studio)).attachments
    assert first.id == int(kept) != second.id


async def test_pictures_of_others_can_not_be_smuggled_in_by_their_ids(studio):
    ben, _ = await studio.person("ben")
    _, ada = await studio.person("ada")
    theirs = await studio.build.medium(ben)
    answer = await send(ada, "/compose", {"text": "mine", "media": f"{theirs.id},x,-1"}, {})
    assert answer.status_code == 422
    assert theirs.preview_key not in answer.text


async def test_an_edit_describes_and_removes_pictures(studio):
    _, ada = await studio.person("ada")
    await send(ada, "/compose", {"text": "both"}, {"picture_0": FILE, "picture_1": FILE})
    post = await newest(studio)
    one, two = post.attachments
    page = await ada.get(f"/posts/{post.id}/edit")
    form = page.form("version")
    answer = await ada.submit(form, **{f"about_{one.id}": "A cat", f"remove_{two.id}": "1"})
    assert answer.status == 303
    assert [(each.id, each.description) for each in (await newest(studio)).attachments] == [(one.id, "A cat")]
    history = (await ada.get(f"/@ada/{post.id}/history")).text
    assert history.index('class="pics n1"') < history.index('class="pics n2"')


async def test_avatar_and_header_come_and_go_in_the_settings(studio):
    account, ada = await studio.person("ada")
    files = {"avatar": FILE, "header": FILE}
    answer = await send(ada, "/settings/profile", {"bio": "Hello"}, files)
    assert answer.status_code == 303, answer.text
    now = await studio.site.ports.storage.accounts.get(account.id)
    assert now.avatar
    assert now.header
    assert now.bio == "Hello"
    answer = await send(
        ada, "/settings/profile", {"bio": "Again"}, {"avatar": ("x", "image/png", b"PIC broken")}
    )
    assert answer.status_code == 422
    assert "This file is broken." in answer.text
    answer = await send(ada, "/settings/profile", {"remove_avatar": "1"}, {})
    now = await studio.site.ports.storage.accounts.get(account.id)
    assert (now.avatar, bool(now.header), now.bio) == ("", True, "Hello")


async def test_what_stays_in_sight_of_an_avatar_is_chosen_with_the_file(studio):
    account, ada = await studio.person("ada")
    (sketcher,) = studio.site.ports.processors
    page = await ada.get("/settings/profile")
    assert page.form("bio").fields["focus_avatar"] == "0.0,0.0"
    chosen = {"focus_avatar": "-0.8,0.8"}
    assert (await send(ada, "/settings/profile", chosen, {"avatar": FILE})).status_code == 303
    assert sketcher.focus == Focus(-0.8, 0.8)
    before = await studio.site.ports.storage.accounts.get(account.id)
    answer = await send(ada, "/settings/profile", {**chosen, "bio": "Hello"}, {})
    assert answer.status_code == 422
    assert "Choose the file, too" in answer.text
    assert 'value="-0.8,0.8" aria-label="Your picture: top left" autocomplete="off" checked' in answer.text
    assert re.search(r">\s*Hello</textarea>", answer.text)
    wrong = await send(ada, "/settings/profile", {"focus_header": "middle"}, {"header": FILE})
    assert wrong.status_code == 422
    assert "Use two numbers" in wrong.text
    assert await studio.site.ports.storage.accounts.get(account.id) == before


async def test_large_files_are_read_from_people_who_are_logged_in_only(studio):
    visitor = await studio.visitor()
    big = ("big", "image/png", b"PIC" + b"x" * 262_500)
    answer = await visitor.http.post("/compose", files={"picture_0": (big[0], big[2], big[1])})
    assert answer.status_code == 401
    _, ada = await studio.person("ada")
    answer = await send(
        ada, "/compose", {"text": "big"}, {"picture_0": ("b", "image/png", b"PIC" + b"x" * 2500)}
    )
    assert answer.status_code == 413
    assert "larger than" in answer.text


async def kept_form(browser, names=("cat", "dog", "owl")):
    files = {f"picture_{at}": (name, "image/png", b"PIC " + name.encode()) for at, name in enumerate(names)}
    form = (await browser.get("/compose")).form("csrf_token", "text", "option_0")
    answer = await browser.http.post(
        "/compose/form",
        data={**form.fields, "text": "Animals", "description_1": "A dog"},
        files={name: (called, data, kind) for name, (called, kind, data) in files.items()},
        headers={"origin": "http://localhost:8000"},
    )
    assert answer.status_code == 200, answer.text
    page = BrowserPage("/compose/form", answer.status_code, dict(answer.headers), answer.content)
    return page.form("media", "text")


async def test_pictures_are_uploaded_described_moved_and_removed_before_anything_is_published(studio):
    _, ada = await studio.person("ada")
    form = await kept_form(ada)
    cat, dog, owl = form.fields["media"].split(",")
    assert (form.fields["text"], form.fields[f"about_{dog}"]) == ("Animals", "A dog")
    assert "Nothing here yet" in (await ada.get("/public")).text
    changes = {
        f"place_{cat}": "3", f"about_{owl}": "An <owl>", f"focus_{owl}": "-0.8,0.8", f"remove_{dog}": "1",
    }  # fmt: skip
    page = await ada.submit(form, button="/compose/form", **changes)
    assert "An &lt;owl&gt;" in page.text and 'fx1 fy1"' in page.text
    again = page.form("media", "text")
    assert again.fields["media"] == f"{owl},{cat}"
    assert again.fields[f"focus_{owl}"] == "-0.8,0.8"
    assert (await ada.submit(again)).status == 303
    first, second = (await newest(studio)).attachments
    assert [str(first.id), str(second.id)] == [owl, cat]
    assert (first.description, first.focus) == ("An <owl>", Focus(-0.8, 0.8))


async def test_a_description_that_is_too_long_is_marked_at_its_picture(studio):
    _, ada = await studio.person("ada")
    form = await kept_form(ada, ("cat",))
    cat = form.fields["media"]
    for wrong in ({f"about_{cat}": "x" * 1501}, {f"focus_{cat}": "middle"}):
        answer = await ada.submit(form, **wrong)
        assert answer.status == 422 and 'aria-invalid="true"' in answer.text
        assert answer.form("media", "text").fields["text"] == "Animals"


async def test_pictures_of_others_are_not_described_by_a_form(studio):
    ben, _ = await studio.person("ben")
    _, ada = await studio.person("ada")
    theirs = await studio.build.medium(ben, description="Theirs")
    form = (await ada.get("/compose")).form("csrf_token", "text", "option_0")
    await ada.post("/compose/form", {**form.fields, "media": str(theirs.id), f"about_{theirs.id}": "Mine"})
    assert (await studio.site.ports.storage.media.get(theirs.id)).description == "Theirs"


async def test_pictures_come_back_with_a_draft_and_with_what_is_written_anew(studio):
    _, ada = await studio.person("ada")
    form = await kept_form(ada, ("cat", "dog"))
    saved = await ada.submit(form, button="/compose/draft")
    again = (await ada.get(saved.location)).form("media", "text")
    assert again.fields["media"] == form.fields["media"]
    await ada.submit(again)
    post = await newest(studio)
    page = await ada.get(f"/posts/{post.id}/delete")
    form = next(form for form in page.forms() if form.action.endswith("/delete"))
    answer = await ada.submit(form, button=f"/posts/{post.id}/redraft")
    assert (await ada.get(answer.location)).form("media", "text").fields["media"] == again.fields["media"]


async def test_an_edit_moves_pictures_and_what_stays_in_sight(studio):
    _, ada = await studio.person("ada")
    await send(ada, "/compose", {"text": "both"}, {"picture_0": FILE, "picture_1": FILE})
    post = await newest(studio)
    one, two = post.attachments
    form = (await ada.get(f"/posts/{post.id}/edit")).form("version")
    await ada.submit(form, **{f"place_{two.id}": "1", f"focus_{two.id}": "0.8,0.0"})
    moved = (await newest(studio)).attachments
    assert [each.id for each in moved] == [two.id, one.id]
    assert moved[0].focus == Focus(0.8, 0.0)


async def test_an_edit_adds_pictures_and_a_poll_and_what_is_refused_keeps_them(studio):
    _, ada = await studio.person("ada")
    await send(ada, "/compose", {"text": "one"}, {"picture_0": FILE})
    post = await newest(studio)
    (one,) = post.attachments
    path = f"/posts/{post.id}/edit"
    kept = await send(ada, f"{path}", {"text": "", "remove_0": ""}, {"picture_1": ("x", "text/html", b"<p>")})
    assert kept.status_code == 422 and "This is no picture" in kept.text
    form = (await ada.get(path)).form("text", "version")
    assert form.buttons and f"{path}/form" in form.buttons
    again = await ada.http.post(
        f"{path}/form",
        data={**form.fields, "description_1": "A dog", f"about_{one.id}": "A cat", "text": "two"},
        files={"picture_1": ("dog.png", b"PIC dog", "image/png")},
        headers={"origin": "http://localhost:8000"},
    )
    assert again.status_code == 200 and 'value="A dog"' in again.text and 'value="A cat"' in again.text
    media = re.search(r'name="media" value="([\d,]+)"', again.text)[1]
    assert (await newest(studio)).attachments == post.attachments
    two = int(media.split(",")[1])
    values = {**form.fields, "text": "two", "media": media, f"about_{one.id}": "A cat", f"place_{two}": "1"}
    values |= {"option_0": "Tea", "option_1": "Coffee"}
    answer = await ada.post(path, values)
    assert answer.status == 303
    edited = await newest(studio)
    assert [(each.id, each.description) for each in edited.attachments] == [(two, "A dog"), (one.id, "A cat")]
    assert edited.poll_id is not None and edited.text == "two"
    ben = await studio.build.account("ben")
    theirs = await studio.build.medium(ben)
    version = (await ada.get(path)).form("version").fields["version"]
    smuggled = await ada.post(path, {**values, "media": str(theirs.id), "version": version})
    assert smuggled.status == 422 and theirs.preview_key not in smuggled.text
