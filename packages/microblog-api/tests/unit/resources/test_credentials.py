"""The own profile through the API, in each of the spellings that clients use."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

PATH = "/api/v1/accounts/update_credentials"
FIELDS = [{"name": "Site", "value": "example.org"}, {"name": "Pronouns", "value": "she"}]


async def test_every_part_of_a_profile_is_changed_and_the_rest_stays(api: Any) -> None:
    (ada,) = await api.people("ada")
    before = await ada.get("/api/v1/accounts/verify_credentials")
    changes = {
        "locked": True,
        "bot": True,
        "discoverable": False,
        "indexable": False,
        "hide_collections": True,
    }
    told = await ada.ask("PATCH", PATH, json={"display_name": "Ada L.", "note": "I <b> #tea", **changes})
    assert {name: told[name] for name in changes} == changes
    assert (told["display_name"], told["source"]["note"]) == ("Ada L.", "I <b> #tea")
    assert "&lt;b&gt;" in told["note"]
    assert (told["source"]["discoverable"], told["source"]["hide_collections"]) == (False, True)
    assert (told["avatar"], told["fields"]) == (before["avatar"], [])
    told = await ada.ask("PATCH", PATH, data={"note": "", "locked": "false"})
    assert (told["note"], told["display_name"], told["locked"], told["bot"]) == ("", "Ada L.", False, True)
    seen = await api.anonymous(f"/api/v1/accounts/{ada.id}")
    assert (seen["display_name"], seen["bot"], seen["discoverable"]) == ("Ada L.", True, False)


@pytest.mark.parametrize(
    "sent",
    [
        {"json": {"fields_attributes": FIELDS}},
        {"json": {"fields_attributes": {"0": FIELDS[0], "1": FIELDS[1]}}},
        {
            "data": {
                f"fields_attributes[{number}][{name}]": value
                for number, field in enumerate(FIELDS)
                for name, value in field.items()
            }
        },
    ],
    ids=["list", "indexed in JSON", "indexed in a form"],
)
async def test_fields_come_as_a_list_or_by_their_numbers(api: Any, sent: dict[str, Any]) -> None:
    (ada,) = await api.people("ada")
    told = await ada.ask("PATCH", PATH, **sent)
    assert [(each["name"], each["value"]) for each in told["source"]["fields"]] == [
        (each["name"], each["value"]) for each in FIELDS
    ]
    told = await ada.ask("PATCH", PATH, json={"fields_attributes": []})
    assert told["fields"] == []


async def test_the_own_defaults_are_set_and_used(api: Any) -> None:
    (ada,) = await api.people("ada")
    form = {"source[privacy]": "private", "source[sensitive]": "true", "source[language]": "pt-BR"}
    told = (await ada.ask("PATCH", PATH, data=form))["source"]
    assert (told["privacy"], told["sensitive"], told["language"]) == ("private", True, "pt-BR")
    told = await ada.get("/api/v1/preferences")
    assert [told[f"posting:default:{name}"] for name in ("visibility", "sensitive", "language")] == [
        "private",
        True,
        "pt-BR",
    ]
    written = await ada.write("Hello")
    assert (written["visibility"], written["sensitive"], written["language"]) == ("private", True, "pt-BR")
    written = await ada.write("Hello", visibility="public", sensitive="false", language="en")
    assert (written["visibility"], written["sensitive"], written["language"]) == ("public", False, "en")
    await ada.ask("PATCH", PATH, json={"source": {"language": ""}})
    assert (await ada.get("/api/v1/preferences"))["posting:default:language"] is None


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"display_name": "x" * 61}, "display_name"),
        ({"note": "x" * 501}, "note"),
        ({"fields_attributes": [{"name": str(n), "value": "x"} for n in range(5)]}, "fields_attributes"),
        ({"source": {"privacy": "everybody"}}, "source[privacy]"),
        ({"source": {"language": "no language"}}, "source[language]"),
        ({"avatar": "data:image/png;base64,AAAA"}, "avatar"),
    ],
)
async def test_what_is_refused_is_said_at_its_field_and_changes_nothing(
    api: Any, sent: dict[str, Any], field: str
) -> None:
    (ada,) = await api.people("ada")
    before = await ada.get("/api/v1/accounts/verify_credentials")
    refused = await ada.ask("PATCH", PATH, expect=422, json={"bot": True, **sent})
    assert refused["details"].keys() == {field}
    assert await ada.get("/api/v1/accounts/verify_credentials") == before


async def test_pictures_are_set_and_taken_away(studio: Any) -> None:
    (ada,) = await studio.people("ada")
    before = await ada.get("/api/v1/accounts/verify_credentials")
    told = await ada.ask(
        "PATCH",
        PATH,
        data={"display_name": "Ada L."},
        files={
            "avatar": ("../a.png", b"PIC face", "text/html"),
            "header": ("b", b"PIC hills", "image/png"),
        },
    )
    assert told["display_name"] == "Ada L."
    for name, content in (("avatar", b"face"), ("header", b"hills")):
        assert told[name] == told[f"{name}_static"]
        assert told[name].startswith("http://localhost:8000/media/")
        assert (await studio.http.get(told[name])).content == content
    assert (await ada.write("Hello"))["account"]["avatar"] == told["avatar"]
    bare = await ada.ask("DELETE", "/api/v1/profile/avatar")
    assert (bare["avatar"], bare["header"]) == (before["avatar"], told["header"])
    bare = await ada.ask("DELETE", "/api/v1/profile/header")
    assert (bare["avatar"], bare["header"]) == (before["avatar"], before["header"])
    assert bare["display_name"] == "Ada L."


async def test_a_file_that_is_no_picture_is_named_and_changes_nothing(studio: Any) -> None:
    (ada,) = await studio.people("ada")
    before = await ada.get("/api/v1/accounts/verify_credentials")
    refused = await ada.ask(
        "PATCH",
        PATH,
        expect=422,
        data={"display_name": "Ada L."},
        files={
            "avatar": ("a.png", b"PIC face", "image/png"),
            "header": ("b.png", b"<svg>", "image/png"),
        },
    )
    assert refused["details"].keys() == {"header"}
    assert await ada.get("/api/v1/accounts/verify_credentials") == before


@pytest.mark.parametrize(
    ("form", "header", "field"),
    [
        ({"source[language]": "no language"}, b"PIC hills", "source[language]"),
        ({"note": "x" * 501}, b"PIC hills", "note"),
        ({}, b"PIC broken", "header"),
    ],
)
async def test_what_is_refused_beside_a_good_picture_changes_nothing_and_keeps_no_file(
    studio: Any, form: dict[str, str], header: bytes, field: str
) -> None:
    (ada,) = await studio.people("ada")
    before = await ada.get("/api/v1/accounts/verify_credentials")
    refused = await ada.ask(
        "PATCH",
        PATH,
        expect=422,
        data={"display_name": "Ada L.", "source[privacy]": "private", **form},
        files={"avatar": ("a.png", b"PIC face", "image/png"), "header": ("b.png", header, "image/png")},
    )
    assert refused["details"].keys() == {field}
    assert await ada.get("/api/v1/accounts/verify_credentials") == before
    for _ in range(200):
        if not studio.http.site.ports.blobs.files:
            break
        await asyncio.sleep(0.05)
    assert set(studio.http.site.ports.blobs.files) == set()


async def test_the_profile_needs_its_scope(api: Any) -> None:
    ada = await api.person("ada", scopes="read write:statuses")
    await ada.ask("PATCH", PATH, expect=403, data={"display_name": "Ada L."})
    await ada.ask("DELETE", "/api/v1/profile/avatar", expect=403)


async def test_the_profile_is_read_as_it_was_written_and_changed_there(studio: Any) -> None:
    (ada,) = await studio.people("ada")
    told = await ada.get("/api/v1/profile")
    assert (told["id"], told["avatar"], told["header"], told["note"]) == (ada.id, None, None, "")
    told = await ada.ask(
        "PATCH",
        "/api/v1/profile",
        data={
            "note": "I <b>",
            "fields_attributes[0][name]": "Site",
            "fields_attributes[0][value]": "a.example",
        },
        files={"avatar": ("a.png", b"PIC face", "image/png")},
    )
    assert (told["note"], told["fields"][0]["value"]) == ("I <b>", "a.example")
    assert (await studio.http.get(told["avatar"])).content == b"face"
    await ada.post("/api/v1/featured_tags", name="tea")
    told = await ada.get("/api/v1/profile")
    assert [each["name"] for each in told["featured_tags"]] == ["tea"]
