"""What a site says of itself: from the configuration, and what administrators say instead."""

from __future__ import annotations

import dataclasses

import pytest
from media_fakes import FILE, Studio

from microblog_core.domain.accounts import Role
from microblog_core.domain.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from microblog_core.domain.permissions import ANONYMOUS, SYSTEM
from microblog_core.domain.rules import Rule
from microblog_core.domain.site_texts import SiteDefaults
from microblog_core.domain.timelines import Page
from microblog_core.services import site_texts
from microblog_core.services.site_texts import SetRules, SetSitePicture, SetStyle, SetTexts
from microblog_core.testing.world import World, make_ports

SAID = SiteDefaults(
    texts={"title": "Teatime", "description": "Tea.", "terms": "Be kind."},
    rules=(Rule(id="kind", text="Be kind."), Rule(id="2", text="No ads.")),
)


@pytest.fixture
def world() -> World:
    return World(make_ports(said=SAID))


async def test_the_configuration_holds_until_somebody_says_something_else(world: World) -> None:
    face = await site_texts.read_face(world.ports)
    assert (face.title, face.description, face.rules) == ("Teatime", "Tea.", SAID.rules)
    terms = await site_texts.read_document(world.ports, "terms")
    assert (terms.html, terms.since, terms.version_id) == ("<p>Be kind.</p>", None, 0)
    boss = await world.actor(await world.build.account("boss", role=Role.ADMINISTRATOR))
    texts = {"title": " High  tea ", "terms": "Be *very* kind.\n\nhttps://example.org", "description": "Tea."}
    assert list(await site_texts.set_texts(world.ports, boss, SetTexts(texts=texts))) == ["title", "terms"]
    face = await site_texts.read_face(world.ports)
    assert (face.title, site_texts.known_face(world.ports).title) == ("High tea", "High tea")
    terms = await site_texts.read_document(world.ports, "terms")
    assert terms.html.startswith("<p>Be *very* kind.</p>")
    assert 'href="https://example.org"' in terms.html
    assert terms.since == world.clock.now()
    audit = (await world.storage.audit(Page())).items
    assert [(line.action, line.subject, line.actor_id) for line in audit] == [
        ("site.texts", "description terms title", boss.id)
    ]


async def test_terms_keep_their_earlier_versions_and_nothing_else_is_read_by_anybody(world: World) -> None:
    first = SetTexts(texts={"terms": "One."})
    await site_texts.set_texts(world.ports, SYSTEM, first)
    one = await site_texts.read_document(world.ports, "terms")
    world.clock.advance(60_000)
    await site_texts.set_texts(
        world.ports, SYSTEM, SetTexts(texts={"terms": "Two.", "about": "x"}, seen={"terms": one.version_id})
    )
    versions = (await site_texts.read_versions(world.ports, "terms", Page())).items
    assert [each.text for each in versions] == ["Two.", "One."]
    assert (await site_texts.read_version(world.ports, "terms", one.version_id)).text == "One."
    about = await site_texts.read_document(world.ports, "about")
    for attempt in (
        site_texts.read_version(world.ports, "about", about.version_id),
        site_texts.read_version(world.ports, "privacy", one.version_id),
        site_texts.read_versions(world.ports, "style", Page()),
        site_texts.read_style(world.ports, one.version_id),
    ):
        with pytest.raises(NotFound):
            await attempt


async def test_who_changes_what_somebody_else_changed_meanwhile_is_told(world: World) -> None:
    await site_texts.set_texts(world.ports, SYSTEM, SetTexts(texts={"terms": "One."}))
    with pytest.raises(Conflict, match="in between"):
        await site_texts.set_texts(world.ports, SYSTEM, SetTexts(texts={"terms": "Other."}))
    assert (await site_texts.read_document(world.ports, "terms")).text == "One."


async def test_only_administrators_change_it(world: World) -> None:
    mod = await world.actor(await world.build.account("mod", role=Role.MODERATOR))
    for actor, error in ((mod, Forbidden), (ANONYMOUS, Unauthenticated)):
        for attempt in (
            site_texts.set_texts(world.ports, actor, SetTexts(texts={"title": "Mine"})),
            site_texts.set_rules(world.ports, actor, SetRules(rules=())),
            site_texts.set_style(world.ports, actor, SetStyle(text="")),
            site_texts.set_picture(world.ports, actor, SetSitePicture(place="icon", data=None)),
        ):
            with pytest.raises(error):
                await attempt


@pytest.mark.parametrize(
    ("name", "text"), [("title", " "), ("title", "x" * 61), ("email", "nowhere"), ("terms", "x" * 100_001)]
)
async def test_what_can_not_be_said_is_refused_at_its_field(world: World, name: str, text: str) -> None:
    with pytest.raises(Invalid) as refused:
        await site_texts.set_texts(world.ports, SYSTEM, SetTexts(texts={name: text, "description": "New"}))
    assert set(refused.value.fields) == {name}
    assert (await site_texts.read_face(world.ports)).description == "Tea."


async def test_a_rule_keeps_its_id_and_no_id_is_given_twice(world: World) -> None:
    kind, ads = SAID.rules
    rules = (ads, Rule(id="", text="No spam."), Rule(id="", text=" "), kind)
    made = await site_texts.set_rules(world.ports, SYSTEM, SetRules(rules=rules))
    assert [(rule.id, rule.text) for rule in made] == [
        ("2", "No ads."),
        ("3", "No spam."),
        ("kind", "Be kind."),
    ]
    seen = (await site_texts.read_face(world.ports)).texts["rules"].id
    made = await site_texts.set_rules(world.ports, SYSTEM, SetRules(rules=(kind,), seen=seen))
    seen = (await site_texts.read_face(world.ports)).texts["rules"].id
    more = SetRules(rules=(kind, Rule(id="9", text="New.")), seen=seen)
    assert [rule.id for rule in await site_texts.set_rules(world.ports, SYSTEM, more)] == ["kind", "4"]
    with pytest.raises(Invalid) as refused:
        await site_texts.set_rules(
            world.ports,
            SYSTEM,
            SetRules(rules=(kind, Rule(id="", text="", hint="?"), Rule(id="", text="x" * 301))),
        )
    assert set(refused.value.fields) == {"rule_1", "rule_2"}


async def test_a_style_sheet_is_off_in_safe_mode_and_where_it_is_empty(world: World) -> None:
    await site_texts.set_style(world.ports, SYSTEM, SetStyle(text="p { margin: 0 }"))
    face = await site_texts.read_face(world.ports)
    assert await site_texts.read_style(world.ports, face.style_id) == "p { margin: 0 }"
    safe = dataclasses.replace(world.ports, said=SiteDefaults(safe_mode=True))
    safe.cache.clear()
    assert (await site_texts.read_face(safe)).style_id == 0
    with pytest.raises(NotFound):
        await site_texts.read_style(safe, face.style_id)
    safe.cache.clear()
    await site_texts.set_style(world.ports, SYSTEM, SetStyle(text="", seen=face.style_id))
    assert (await site_texts.read_face(world.ports)).style_id == 0


async def test_a_picture_of_the_site_replaces_the_one_before_it(studio: Studio) -> None:
    boss = await studio.actor(await studio.build.account("boss", role=Role.ADMINISTRATOR))
    await site_texts.set_picture(studio.ports, boss, SetSitePicture(place="icon", data=FILE))
    first = (await site_texts.read_face(studio.ports)).icon
    studio.clock.advance(1000)
    await site_texts.set_picture(studio.ports, boss, SetSitePicture(place="icon", data=FILE))
    second = (await site_texts.read_face(studio.ports)).icon
    assert {first, second} == set(studio.files)
    studio.clock.advance(site_texts.REPLACED_MILLISECONDS)
    await studio.work()
    assert set(studio.files) == {second}
    assert await studio.rows() == []
    await site_texts.set_picture(studio.ports, boss, SetSitePicture(place="icon", data=None))
    assert (await site_texts.read_face(studio.ports)).icon == ""
    with pytest.raises(Invalid):
        await site_texts.set_picture(studio.ports, boss, SetSitePicture(place="icon", data=b"PIC broken"))
