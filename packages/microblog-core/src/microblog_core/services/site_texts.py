"""What the site says of itself: reading it, and what administrators say instead of the configuration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from microblog_core.domain.accounts import LOCAL, Account, Role
from microblog_core.domain.emojis import Emojis
from microblog_core.domain.errors import Conflict, Invalid, NotFound
from microblog_core.domain.media import Attachment
from microblog_core.domain.permissions import Actor, has_role, require_account
from microblog_core.domain.rules import Rule
from microblog_core.domain.site_texts import (
    ICON,
    LENGTHS,
    PRIVACY,
    RENDERED,
    RULES,
    STYLE,
    TERMS,
    THUMBNAIL,
    SiteFace,
    SiteText,
    check_rules,
    check_site_text,
    face_of,
    rules_from,
    stored_rules,
)
from microblog_core.domain.styles import check_style
from microblog_core.domain.timelines import PAGE_MAX, Listing, Page
from microblog_core.patterns.decorators import audited, authorised, retried
from microblog_core.ports.context import Ports
from microblog_core.ports.media import Purpose
from microblog_core.ports.operations import PutSiteText
from microblog_core.ports.unit import UnitOfWork
from microblog_core.services.uploads import Render, discard, remove_files, render

FACE = "site:face"
"""The key under which the face is kept in the cache."""
FACE_SIZE = 16 << 10
PUBLISHED = frozenset({TERMS, PRIVACY})
"""Texts whose earlier versions anybody may read."""
PICTURES: Mapping[str, Purpose] = {ICON: "avatar", THUMBNAIL: "header"}
REPLACED_MILLISECONDS = 24 * 3600 * 1000
"""How long a picture that was replaced is still there, for pages that show it."""


class SetTexts(msgspec.Struct, frozen=True, kw_only=True):
    """New texts by their name (`domain.site_texts.LENGTHS`); `seen` are the ids of the versions that their
    author saw, 0 or nothing for what nobody wrote yet.
    """

    texts: Mapping[str, str]
    seen: Mapping[str, int] = {}


class SetRules(msgspec.Struct, frozen=True, kw_only=True):
    """All rules in their order; one without an id that is known gets a new one. `seen` as in `SetTexts`."""

    rules: tuple[Rule, ...]
    seen: int = 0


class SetStyle(msgspec.Struct, frozen=True, kw_only=True):
    """A style sheet that every page gets after the site's own; empty for none. `seen` as in `SetTexts`."""

    text: str
    seen: int = 0


class SetSitePicture(msgspec.Struct, frozen=True, kw_only=True):
    """A file, as it was sent, to become the site's `icon` or `thumbnail`; None takes it away."""

    place: str
    data: bytes | None


class SiteDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A text with its HTML; `since` is when it was written (Unix milliseconds), None for what the
    configuration says. `version_id` is 0 for that, too.
    """

    name: str
    text: str
    html: str
    since: int | None = None
    version_id: int = 0


async def read_face(ports: Ports) -> SiteFace:
    """What the site says of itself. Kept until something of it changes, so it costs nothing to ask."""
    kept = ports.cache.get(FACE)
    if isinstance(kept, SiteFace):
        return kept
    fill = ports.cache.fill()
    texts = await ports.storage.site_texts.current()
    face = face_of(ports.said, texts, Emojis(await ports.storage.announcements.emojis()))
    size = FACE_SIZE + sum(len(text.text) + len(text.html) for text in texts)
    fill.put(FACE, face, ("site",), size=size)
    return face


def known_face(ports: Ports) -> SiteFace:
    """The same where nothing can be awaited: as it was read last, else as the configuration says."""
    kept = ports.cache.get(FACE)
    return kept if isinstance(kept, SiteFace) else face_of(ports.said, (), Emojis())


def known_text(ports: Ports, face: SiteFace, name: str) -> str:
    """One of the texts as it is written, in the configuration where nobody wrote another; empty for none."""
    stored = face.texts.get(name)
    return stored.text if stored is not None else ports.said.texts.get(name, "")


async def read_contact(ports: Ports, face: SiteFace) -> Account | None:
    """Whom people may ask; None where nobody is named, or who is named isn't shown."""
    found = await ports.storage.accounts.by_name(face.contact, LOCAL) if face.contact else None
    return found if found is not None and has_role(found, Role.MEMBER) else None


async def read_document(ports: Ports, name: str) -> SiteDocument:
    """One of the texts that are `RENDERED`, empty where there is none."""
    stored = (await read_face(ports)).texts.get(name)
    if stored is not None:
        return _document(stored)
    text = ports.said.texts.get(name, "")
    return SiteDocument(name=name, text=text, html=_html(ports, text))


async def read_versions(ports: Ports, name: str, page: Page) -> Listing[SiteText]:
    """Every version of a text that anybody may read, newest first. Raises `NotFound`."""
    if name not in PUBLISHED:
        raise NotFound("There is no such text.")
    return await ports.storage.site_texts.versions(name, page)


async def read_version(ports: Ports, name: str, version_id: int) -> SiteDocument:
    """One version of a text that anybody may read. Raises `NotFound`."""
    stored = await ports.storage.site_texts.version(version_id) if name in PUBLISHED else None
    if stored is None or stored.name != name:
        raise NotFound("There is no such version.")
    return _document(stored)


async def read_style(ports: Ports, version_id: int) -> str:
    """The style sheet of this version. Raises `NotFound`, in safe mode always."""
    stored = None if ports.said.safe_mode else await ports.storage.site_texts.version(version_id)
    if stored is None or stored.name != STYLE:
        raise NotFound("There is no such style sheet.")
    return stored.text


@authorised("site.manage")
async def read_settings(ports: Ports, actor: Actor) -> SiteFace:
    """The site's face, for those who change it."""
    return await read_face(ports)


@authorised("site.manage")
@audited("site.texts", lambda command: " ".join(sorted(command.texts)))
@retried("id")
async def set_texts(ports: Ports, actor: Actor, command: SetTexts) -> Sequence[str]:
    """Say something else; the names of what changed. Raises `Invalid` (the names as fields), `Conflict` where
    somebody else changed one of them in between.
    """
    clean: dict[str, str] = {}
    fields: dict[str, str] = {}
    for name, text in command.texts.items():
        if name not in LENGTHS:
            raise Invalid(f"There is no text {name!r}.")
        try:
            clean[name] = check_site_text(name, text)
        except Invalid as error:
            fields |= error.fields
    if fields:
        raise Invalid(fields=fields)
    newest = await _newest(ports)
    unit = ports.unit()
    changed = []
    for name, text in clean.items():
        before = newest[name].text if name in newest else ports.said.texts.get(name, "")
        if before != text:
            html = _html(ports, text) if name in RENDERED else ""
            _put(
                ports,
                unit,
                actor,
                SiteText(id=0, name=name, text=text, html=html, created_at=0),
                command.seen.get(name, 0),
            )
            changed.append(name)
    if changed:
        await _commit(unit)
    return changed


@authorised("site.manage")
@audited("site.rules", lambda command: len(command.rules))
@retried("id")
async def set_rules(ports: Ports, actor: Actor, command: SetRules) -> tuple[Rule, ...]:
    """Have these rules. Ids of rules that are gone are never given again. Raises `Invalid` (fields `rule_0`,
    `hint_0` ...), `Conflict` where somebody else changed them in between.
    """
    earlier = await ports.storage.site_texts.versions(RULES, Page(limit=PAGE_MAX))
    used = [*ports.said.rules, *(rule for each in earlier.items for rule in rules_from(each.text))]
    rules = check_rules(command.rules, used)
    unit = ports.unit()
    text = SiteText(id=0, name=RULES, text=stored_rules(rules), created_at=0)
    _put(ports, unit, actor, text, command.seen)
    await _commit(unit)
    return rules


@authorised("site.manage")
@audited("site.style", lambda command: f"{len(command.text)} characters")
@retried("id")
async def set_style(ports: Ports, actor: Actor, command: SetStyle) -> None:
    """Let every page look so. Raises `Invalid` (field `style`), `Conflict`."""
    style = check_style(command.text)
    unit = ports.unit()
    _put(ports, unit, actor, SiteText(id=0, name=STYLE, text=style, created_at=0), command.seen)
    await _commit(unit)


class _Made(msgspec.Struct, frozen=True):
    """The key of a picture for a place, empty for none, and the row that holds it."""

    place: str
    key: str = ""
    reserved: Attachment | None = None


@authorised("site.manage")
async def set_picture(ports: Ports, actor: Actor, command: SetSitePicture) -> None:
    """Give the site a picture, or take it away. Raises `Invalid` (field `file`), `TooLarge`, `Conflict`."""
    place = command.place
    if place not in PICTURES:
        raise NotFound("There is no such picture.")
    require_account(actor)
    if command.data is None:
        await _put_picture(ports, actor, _Made(place))
        return
    made = await render(ports, actor, Render(data=command.data, purpose=PICTURES[place]))
    try:
        await _put_picture(ports, actor, _Made(place, made.key, made.reserved))
    except Exception:
        await discard(ports, made.reserved)
        raise


# The audit line belongs into the one transaction that changes the site: storing the picture takes others.
@audited("site.picture", lambda made: made.place)
@retried("version")
async def _put_picture(ports: Ports, actor: Actor, made: _Made) -> None:
    before = (await _newest(ports)).get(made.place)
    unit = ports.unit()
    text = SiteText(id=0, name=made.place, text=made.key, created_at=0)
    _put(ports, unit, actor, text, before.id if before is not None else 0)
    if made.reserved is not None:
        unit.media.delete(made.reserved.id)
    if before is not None and before.text:
        unit.outbox.add(remove_files(ports, before.text, (before.text,), REPLACED_MILLISECONDS))
    await _commit(unit)


def _document(stored: SiteText) -> SiteDocument:
    return SiteDocument(
        name=stored.name,
        text=stored.text,
        html=stored.html,
        since=stored.created_at,
        version_id=stored.id,
    )


def _html(ports: Ports, text: str) -> str:
    if not text:
        return ""
    entities = tuple(each for each in ports.content.find(text) if each.kind != "mention")
    return ports.content.render(text, entities, ())


async def _newest(ports: Ports) -> dict[str, SiteText]:
    return {text.name: text for text in await ports.storage.site_texts.current()}


def _put(ports: Ports, unit: UnitOfWork, actor: Actor, text: SiteText, previous_id: int) -> None:
    """The next version of a text; its id is above that of the one before, whatever the clocks say."""
    now = ports.clock.now()
    text_id = max(ports.ids.at(now), previous_id + 1)
    made = msgspec.structs.replace(text, id=text_id, account_id=actor.id, created_at=now)
    unit.apply(PutSiteText(text=made, previous_id=previous_id))


async def _commit(unit: UnitOfWork) -> None:
    try:
        await unit.commit()
    except Conflict as conflict:
        if conflict.guard != "version":
            raise
        raise Conflict(
            "Somebody else changed this in between.",
            hint="Copy what you wrote, reload the page, and put it in again.",
            guard="version",
        ) from conflict
