"""The own account at once: profile, preferences and pictures, all of them or none."""

from __future__ import annotations

from typing import Any

import msgspec

from microblog_core.domain.accounts import Account
from microblog_core.domain.errors import NotFound
from microblog_core.domain.events import AccountUpdated
from microblog_core.domain.permissions import Actor, require_account
from microblog_core.patterns.decorators import authorised, rate_limited, retried
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import UpdateLogin, UpdateProfile
from microblog_core.services.pictures import (
    ChangePicture,
    Picture,
    Place,
    discard_pictures,
    make_picture,
    put_pictures,
)
from microblog_core.services.profiles import EditProfile, SetPreferences, login_change, profile_values
from microblog_core.services.uploads import at_field, processor_for


class UpdateCredentials(msgspec.Struct, frozen=True, kw_only=True):
    """What to change of the own account. None leaves a picture; empty parts of the others leave what is
    there.
    """

    profile: EditProfile = EditProfile()
    preferences: SetPreferences = SetPreferences()
    avatar: ChangePicture | None = None
    header: ChangePicture | None = None


class _Changes(msgspec.Struct, frozen=True):
    """What was checked and stored, ready to be committed."""

    profile: dict[str, Any]
    login: UpdateLogin
    pictures: tuple[Picture, ...]


@authorised("account.write")
@rate_limited("profile", limit=60, per=3600)
async def update_credentials(ports: Ports, actor: Actor, command: UpdateCredentials) -> Account:
    """Change the own account in one unit of work; the account as it is then.

    Raises `Invalid` (fields as `update_profile`, `set_preferences`; those of pictures are `avatar` and
    `header`), `TooLarge`, `RateLimited`. Where anything is refused nothing is changed, and no picture kept.
    """
    account = require_account(actor)
    profile = await profile_values(ports, command.profile)
    login = login_change(account, command.preferences)
    given: tuple[tuple[Place, ChangePicture | None], ...] = (
        ("avatar", command.avatar),
        ("header", command.header),
    )
    wanted = [(place, picture) for place, picture in given if picture is not None]
    # What a look at their first bytes refuses costs no decoding of the other one.
    for place, picture in wanted:
        with at_field(place):
            processor_for(ports, picture.data)
    made: list[Picture] = []
    try:
        for place, picture in wanted:
            with at_field(place):
                made.append(await make_picture(ports, actor, (place, picture)))
        return await _commit(ports, actor, _Changes(profile, login, tuple(made)))
    except Exception:
        await discard_pictures(ports, made)
        raise


@retried("version", tries=5)
async def _commit(ports: Ports, actor: Actor, changes: _Changes) -> Account:
    account = await ports.storage.accounts.get(require_account(actor).id)
    if account is None:
        raise NotFound("There is no such account.")
    unit, after = ports.unit(), account
    if changes.profile:
        unit.accounts.update_profile(
            UpdateProfile(account_id=account.id, version=account.version, **changes.profile)
        )
        after = msgspec.structs.replace(account, version=account.version + 1, **changes.profile)
    after = put_pictures(ports, unit, after, changes.pictures)
    unit.accounts.update_login(changes.login)
    if after.version > account.version:
        now = ports.clock.now()
        unit.emit(AccountUpdated(id=ports.ids.at(now), at=now, account_id=after.id, version=after.version))
    await unit.commit()
    return after
