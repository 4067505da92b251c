"""The profile of an archive: who its author is and how they show themselves."""

from __future__ import annotations

import asyncio
from typing import IO, Any, Literal

import msgspec

from microblog_core.domain.accounts import FIELDS_MAX, Account
from microblog_core.domain.errors import Conflict, DomainError, Invalid
from microblog_core.domain.permissions import Actor
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import UpdateProfile
from microblog_core.runtime.archives.items import ITEM_BYTES
from microblog_core.runtime.archives.opening import Unpacked
from microblog_core.runtime.archives.parsing import Owner
from microblog_core.runtime.archives.pictures import read_file
from microblog_core.runtime.archives.plans import Plan, RawEntry, here
from microblog_core.runtime.archives.texts import Names, host_of, text_of
from microblog_core.services.pictures import (
    ChangePicture,
    Picture,
    discard_pictures,
    make_picture,
    put_pictures,
)
from microblog_core.services.profiles import EditProfile, profile_values

Place = Literal["avatar", "header"]
PLACES: tuple[tuple[Place, str], ...] = (("avatar", "icon"), ("header", "image"))
_TRIES = 3


def read_person(unpacked: Unpacked) -> dict[str, Any]:
    """The archive's actor.json, empty where there is none that can be read."""
    if not unpacked.has("actor.json") or unpacked.size("actor.json") > ITEM_BYTES:
        return {}
    with unpacked.opened("actor.json") as stream:
        return _decoded(stream)


def _decoded(stream: IO[bytes]) -> dict[str, Any]:
    try:
        person = msgspec.json.decode(stream.read())
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return {}
    return person if isinstance(person, dict) else {}


def owner_of(ports: Ports, account: Account, person: dict[str, Any]) -> Owner:
    """Whose archive it is, by its actor.json."""
    uri = _text(person, "id")
    names = Names(_text(person, "preferredUsername"), host_of(uri), account.username, here(ports))
    return Owner(uri=uri, names=names)


async def plan_profile(
    ports: Ports, account: Account, entry: RawEntry, owner: Owner, unpacked: Unpacked
) -> Plan:
    """Take the profile over, at once: doing it again changes nothing. What can't be taken is left out."""
    person = read_person(unpacked)
    if not person:
        return Plan.refused(entry.place, "actor.json", "The profile can't be read.")
    plan = Plan(entry.place, source="actor.json")
    command = _command(person, owner.names)
    pictures = await _pictures(ports, account, person, unpacked, plan)
    for attempt in range(_TRIES):
        try:
            values = await profile_values(ports, command)
            await _put(ports, account.id, values, pictures)
            return plan
        except Invalid as error:
            if not error.fields or attempt == _TRIES - 1:
                break
            plan.reasons += [
                f"Of the profile {name} is left out: {why}" for name, why in error.fields.items()
            ]
            command = _without(command, tuple(error.fields))
        except Conflict as conflict:
            if conflict.guard != "version":
                raise
    await discard_pictures(ports, pictures)
    return Plan.refused(entry.place, "actor.json", " ".join(["The profile can't be taken.", *plan.reasons]))


async def _put(ports: Ports, account_id: int, values: dict[str, Any], pictures: tuple[Picture, ...]) -> None:
    account = await ports.storage.accounts.get(account_id)
    if account is None:
        return
    unit = ports.unit()
    unit.accounts.update_profile(UpdateProfile(account_id=account_id, version=account.version, **values))
    put_pictures(ports, unit, msgspec.structs.replace(account, version=account.version + 1), pictures)
    await unit.commit()


def _without(command: EditProfile, names: tuple[str, ...]) -> EditProfile:
    known = [name for name in names if name in EditProfile.__struct_fields__]
    rest = {"fields": ()} if not known else dict.fromkeys(known)
    return msgspec.structs.replace(command, **rest)


def _command(person: dict[str, Any], names: Names) -> EditProfile:
    written = person.get("source")
    source = written.get("content") if isinstance(written, dict) else None
    bio = source if isinstance(source, str) else text_of(_text(person, "summary"), names)
    return EditProfile(
        display_name=_text(person, "name"),
        bio=bio,
        fields=tuple(_fields(person.get("attachment"), names)),
        bot=_text(person, "type") in ("Service", "Application"),
        locked=_bool(person, "manuallyApprovesFollowers"),
        discoverable=_bool(person, "discoverable"),
        indexable=_bool(person, "indexable"),
    )


def _fields(given: object, names: Names) -> list[tuple[str, str]]:
    found = []
    for each in given if isinstance(given, list) else ():
        if isinstance(each, dict) and each.get("type") == "PropertyValue":
            source = each.get("source")
            value = source if isinstance(source, str) else text_of(_text(each, "value"), names)
            found.append((_text(each, "name"), value))
    return found[:FIELDS_MAX]


async def _pictures(
    ports: Ports, account: Account, person: dict[str, Any], unpacked: Unpacked, plan: Plan
) -> tuple[Picture, ...]:
    made = []
    for place, key in PLACES:
        given = person.get(key)
        url = given.get("url") if isinstance(given, dict) else None
        name = url.rpartition("/")[2] if isinstance(url, str) else ""
        if not name:
            continue
        try:
            data = await asyncio.to_thread(read_file, ports, unpacked, name)
            command = ChangePicture(data=data)
            made.append(await make_picture(ports, Actor(account=account), (place, command)))
        except DomainError as error:
            told = error.fields.get("file", error.message) if isinstance(error, Invalid) else error.message
            plan.reasons.append(f"A picture of the profile is left out: {told}")
    return tuple(made)


def _text(thing: dict[str, Any], key: str) -> str:
    value = thing.get(key)
    return value if isinstance(value, str) else ""


def _bool(thing: dict[str, Any], key: str) -> bool | None:
    value = thing.get(key)
    return value if isinstance(value, bool) else None
