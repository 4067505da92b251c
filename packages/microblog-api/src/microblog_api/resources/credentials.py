"""The own profile: texts, pictures and defaults, all at once
(https://docs.joinmastodon.org/methods/accounts/#update_credentials).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping

import msgspec

from microblog_api.decoding import Upload
from microblog_api.endpoints import Call, delete, patch
from microblog_api.entities import CredentialAccount
from microblog_api.names import VISIBILITIES
from microblog_core.domain.accounts import Account, check_language
from microblog_core.domain.errors import Invalid
from microblog_core.services import media, profiles

UPLOADS = 2
"""How many pictures one request may bring."""


class GivenField(msgspec.Struct, frozen=True):
    """A field of the profile; an empty one is left out."""

    name: str = ""
    value: str = ""


class GivenSource(msgspec.Struct, frozen=True):
    """Defaults for new statuses; what is not given stays."""

    privacy: str = ""
    sensitive: bool | None = None
    language: str | None = None


class GivenProfile(msgspec.Struct, frozen=True):
    """What to change of the own profile; what is not given stays."""

    display_name: str | None = None
    note: str | None = None
    locked: bool | None = None
    bot: bool | None = None
    discoverable: bool | None = None
    indexable: bool | None = None
    hide_collections: bool | None = None
    fields_attributes: list[GivenField] | None = None
    source: GivenSource = GivenSource()
    avatar: Upload | None = None
    header: Upload | None = None


@patch("/api/v1/accounts/update_credentials", needs="write:accounts")
async def update_credentials(call: Call, given: GivenProfile) -> CredentialAccount:
    """Change the own profile and the own defaults. Where a text, a default or the type of a picture is
    refused, nothing is changed.
    """
    preferences = _preferences(given.source)
    pictures = (("avatar", given.avatar, media.set_avatar), ("header", given.header, media.set_header))
    for name, sent, _ in pictures:
        if sent is not None:
            with _named({"file": name}):
                media.processor_for(call.ports, sent.data)
    fields = given.fields_attributes
    command = profiles.EditProfile(
        display_name=given.display_name,
        bio=given.note,
        fields=None if fields is None else tuple([(each.name, each.value) for each in fields]),
        bot=given.bot,
        locked=given.locked,
        discoverable=given.discoverable,
        indexable=given.indexable,
        hide_collections=given.hide_collections,
    )
    with _named({"bio": "note", "fields": "fields_attributes"}):
        account = await profiles.update_profile(call.ports, call.actor, command)
    await profiles.set_preferences(call.ports, call.actor, preferences)
    actor = msgspec.structs.replace(call.actor, account=account)
    for name, sent, change in pictures:
        if sent is not None:
            with _named({"file": name}):
                account = await change(call.ports, actor, media.ChangePicture(data=sent.data))
    return await _own(call, account)


def _preferences(source: GivenSource) -> profiles.SetPreferences:
    level = VISIBILITIES.get(source.privacy) if source.privacy else None
    if source.privacy and level is None:
        raise Invalid(fields={"source[privacy]": f"Choose one of {', '.join(VISIBILITIES)}."})
    if source.language:
        check_language(source.language, field="source[language]")
    return profiles.SetPreferences(
        default_visibility=level,
        default_sensitive=source.sensitive,
        default_language=source.language,
    )


@contextlib.contextmanager
def _named(names: Mapping[str, str]) -> Iterator[None]:
    """Say what is wrong under the names of the API's own parameters."""
    try:
        yield
    except Invalid as error:
        fields = {names.get(field, field): told for field, told in error.fields.items()}
        raise Invalid(error.message, fields=fields, hint=error.hint, code=error.code) from error


@delete("/api/v1/profile/avatar", needs="write:accounts")
async def remove_avatar(call: Call, given: None) -> CredentialAccount:
    """Take the own avatar away."""
    return await _own(call, await media.remove_avatar(call.ports, call.actor))


@delete("/api/v1/profile/header", needs="write:accounts")
async def remove_header(call: Call, given: None) -> CredentialAccount:
    """Take the own header away."""
    return await _own(call, await media.remove_header(call.ports, call.actor))


async def _own(call: Call, account: Account) -> CredentialAccount:
    return call.present.own_account(account, await profiles.read_login(call.ports, call.actor))


ENDPOINTS = (update_credentials, remove_avatar, remove_header)
