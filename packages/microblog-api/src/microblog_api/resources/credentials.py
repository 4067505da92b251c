"""The own profile: texts, pictures and defaults, all at once
(https://docs.joinmastodon.org/methods/accounts/#update_credentials).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping

import msgspec

from microblog_api.decoding import Upload
from microblog_api.endpoints import Call, delete, get, patch
from microblog_api.entities import CredentialAccount, Field, Profile
from microblog_api.names import VISIBILITIES
from microblog_api.resources.tags import featured_tag
from microblog_core.domain.accounts import Account, check_language
from microblog_core.domain.errors import Invalid
from microblog_core.services import credentials, pictures, profiles, tags

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
    """Change the own profile and the own defaults. Where anything is refused, nothing is changed."""
    return await _own(call, await _updated(call, given))


async def _updated(call: Call, given: GivenProfile) -> Account:
    fields = given.fields_attributes
    profile = profiles.EditProfile(
        display_name=given.display_name,
        bio=given.note,
        fields=None if fields is None else tuple([(each.name, each.value) for each in fields]),
        bot=given.bot,
        locked=given.locked,
        discoverable=given.discoverable,
        indexable=given.indexable,
        hide_collections=given.hide_collections,
    )
    command = credentials.UpdateCredentials(
        profile=profile,
        preferences=_preferences(given.source),
        avatar=_picture(given.avatar),
        header=_picture(given.header),
    )
    with _named({"bio": "note", "fields": "fields_attributes"}):
        return await credentials.update_credentials(call.ports, call.actor, command)


def _picture(sent: Upload | None) -> pictures.ChangePicture | None:
    return None if sent is None else pictures.ChangePicture(data=sent.data)


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
    return await _own(call, await pictures.remove_avatar(call.ports, call.actor))


@delete("/api/v1/profile/header", needs="write:accounts")
async def remove_header(call: Call, given: None) -> CredentialAccount:
    """Take the own header away."""
    return await _own(call, await pictures.remove_header(call.ports, call.actor))


@get("/api/v1/profile", needs="read:accounts profile")
async def read_profile(call: Call, given: None) -> Profile:
    """View the own profile as it was written."""
    return await _profile(call, call.me)


@patch("/api/v1/profile", needs="write:accounts")
async def update_profile(call: Call, given: GivenProfile) -> Profile:
    """Change the own profile, as `update_credentials` does."""
    return await _profile(call, await _updated(call, given))


async def _profile(call: Call, account: Account) -> Profile:
    featured = await tags.read_featured_tags(call.ports, call.actor, account.id)
    avatar = call.present.file(account.avatar) if account.avatar else None
    header = call.present.file(account.header) if account.header else None
    return Profile(
        id=str(account.id),
        display_name=account.display_name,
        note=account.bio,
        fields=[Field(name=each.name, value=each.value) for each in account.fields],
        avatar=avatar,
        avatar_static=avatar,
        avatar_description=account.avatar_description,
        header=header,
        header_static=header,
        header_description=account.header_description,
        locked=account.locked,
        bot=account.bot,
        hide_collections=account.hide_collections,
        discoverable=account.discoverable,
        indexable=account.indexable,
        featured_tags=[featured_tag(call, each) for each in featured],
    )


async def _own(call: Call, account: Account) -> CredentialAccount:
    return call.present.own_account(account, await profiles.read_login(call.ports, call.actor))


ENDPOINTS = (read_profile, update_profile, update_credentials, remove_avatar, remove_header)
