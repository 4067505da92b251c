"""The pictures of accounts: make an avatar and a header out of uploads, and take them away.

A picture is stored before the account has it. A row holds its place until then: should this process die in
between, the row goes after a day, with its files.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from microblog_core.domain.accounts import Account
from microblog_core.domain.errors import NotFound
from microblog_core.domain.events import AccountUpdated
from microblog_core.domain.media import CENTRE, Attachment, Focus, check_description, check_focus, small_key
from microblog_core.domain.permissions import Actor, require_account
from microblog_core.patterns.decorators import authorised, retried
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import SetPicture
from microblog_core.ports.unit import UnitOfWork
from microblog_core.services.uploads import Render, discard, remove_files, render

REPLACED_MILLISECONDS = 24 * 3600 * 1000
"""How long a picture that was replaced is still there, for pages that show it."""

Place = Literal["avatar", "header"]


class ChangePicture(msgspec.Struct, frozen=True, kw_only=True):
    """A file, as it was sent, to become the own avatar or header; `focus` is what stays in sight of it, since
    only what is shown is kept.
    """

    data: bytes
    description: str = ""
    focus: Focus = CENTRE


class Picture(msgspec.Struct, frozen=True):
    """A picture for a place, stored under `key`; an empty key takes what is there away. `reserved` is the row
    that holds its place.
    """

    place: Place
    key: str = ""
    description: str = ""
    reserved: Attachment | None = None


async def set_avatar(ports: Ports, actor: Actor, command: ChangePicture) -> Account:
    """Make a file the own avatar. Raises `Invalid` (fields `file`, `description`, `focus`), `TooLarge`,
    `RateLimited`.
    """
    return await _set_picture(ports, actor, ("avatar", command))


async def set_header(ports: Ports, actor: Actor, command: ChangePicture) -> Account:
    """Make a file the own header. Raises as `set_avatar`."""
    return await _set_picture(ports, actor, ("header", command))


@authorised("account.write")
async def remove_avatar(ports: Ports, actor: Actor) -> Account:
    """Take the own avatar away; the account as it is then."""
    return await _put(ports, actor, Picture("avatar"))


@authorised("account.write")
async def remove_header(ports: Ports, actor: Actor) -> Account:
    """Take the own header away; the account as it is then."""
    return await _put(ports, actor, Picture("header"))


@authorised("account.write")
async def _set_picture(ports: Ports, actor: Actor, wanted: tuple[Place, ChangePicture]) -> Account:
    picture = await make_picture(ports, actor, wanted)
    try:
        return await _put(ports, actor, picture)
    except Exception:
        await discard_pictures(ports, (picture,))
        raise


async def make_picture(ports: Ports, actor: Actor, wanted: tuple[Place, ChangePicture]) -> Picture:
    """Store a picture that the actor's account does not have yet. Raises as `set_avatar`; of what is refused
    nothing is kept.
    """
    place, command = wanted
    description = check_description(command.description)
    focus = check_focus(command.focus)
    made = await render(ports, actor, Render(data=command.data, purpose=place, focus=focus, small=True))
    return Picture(place, made.key, description, made.reserved)


async def discard_pictures(ports: Ports, pictures: Sequence[Picture]) -> None:
    """Remove pictures that no account took over."""
    for picture in pictures:
        if picture.reserved is not None:
            await discard(ports, picture.reserved)


def put_pictures(ports: Ports, unit: UnitOfWork, account: Account, pictures: Sequence[Picture]) -> Account:
    """Give the account these pictures, in this unit; the account as it is then. What it had is removed later,
    and a place that is empty already stays so.
    """
    for picture in pictures:
        place, key = picture.place, picture.key
        before = account.avatar if place == "avatar" else account.header
        if before == key:
            continue
        unit.apply(
            SetPicture(
                account_id=account.id,
                version=account.version,
                place=place,
                key=key,
                description=picture.description,
            )
        )
        if picture.reserved is not None:
            unit.media.delete(picture.reserved.id)
        if before:
            unit.outbox.add(remove_files(ports, before, _files(before), REPLACED_MILLISECONDS))
        changed = {place: key, f"{place}_description": picture.description}
        account = msgspec.structs.replace(account, version=account.version + 1, **changed)
    return account


def _files(key: str) -> tuple[str, ...]:
    """The keys of a picture and of the small one beside it, if there is one."""
    return tuple(dict.fromkeys((key, small_key(key))))


@retried("version", tries=5)
async def _put(ports: Ports, actor: Actor, picture: Picture) -> Account:
    account = await ports.storage.accounts.get(require_account(actor).id)
    if account is None:
        raise NotFound("There is no such account.")
    unit = ports.unit()
    after = put_pictures(ports, unit, account, (picture,))
    if after.version == account.version:
        return account
    now = ports.clock.now()
    unit.emit(AccountUpdated(id=ports.ids.at(now), at=now, account_id=after.id, version=after.version))
    await unit.commit()
    return after
