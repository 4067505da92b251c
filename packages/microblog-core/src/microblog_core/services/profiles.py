"""Profiles and the own account: read a profile, change texts, password, address and preferences."""

from __future__ import annotations

from typing import Any

import msgspec

from microblog_core.domain.accounts import (
    FIELD_NAME_LENGTH,
    FIELD_VALUE_LENGTH,
    FIELDS_MAX,
    Account,
    Login,
    ProfileField,
    check_bio,
    check_display_name,
    check_email,
    check_language,
    check_password,
    clean_line,
)
from microblog_core.domain.appearance import check_appearance, check_timezone
from microblog_core.domain.errors import Conflict, Invalid, NotFound, Unauthenticated
from microblog_core.domain.events import AccountUpdated
from microblog_core.domain.permissions import Actor, require_account
from microblog_core.domain.posts import check_visibility
from microblog_core.domain.proving import LOG_IN_AGAIN, Proof, proof_wanted
from microblog_core.domain.timelines import Page
from microblog_core.patterns.decorators import audited, authorised, rate_limited
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import UpdateLogin, UpdateProfile
from microblog_core.ports.storage import Profile
from microblog_core.services.login import LogIn, log_in
from microblog_core.services.mail_blocks import check_mail_block
from microblog_core.services.mails import AccountMailKind, mail_job


class EditProfile(msgspec.Struct, frozen=True, kw_only=True):
    """What to change of the own profile; None leaves a value. `fields` are (name, value) pairs, empty ones
    are left out. What the others mean is said at `domain.accounts.Account`.
    """

    display_name: str | None = None
    bio: str | None = None
    fields: tuple[tuple[str, str], ...] | None = None
    bot: bool | None = None
    locked: bool | None = None
    discoverable: bool | None = None
    indexable: bool | None = None
    hide_collections: bool | None = None


class ChangePassword(msgspec.Struct, frozen=True, kw_only=True):
    """A new password, or the first one; the session with `keep_token_hash` stays, all others end."""

    current: str
    new: str
    keep_token_hash: str = ""


class ChangeEmail(msgspec.Struct, frozen=True, kw_only=True):
    """A new e-mail address; the session with `keep_token_hash` stays, all others end."""

    password: str
    email: str
    keep_token_hash: str = ""


class SetPreferences(msgspec.Struct, frozen=True, kw_only=True):
    """Preferences that nobody else sees; None leaves one. The defaults are those of new posts; the language
    is a BCP 47 tag or empty. What the others may be is said at `domain.appearance`.
    """

    locale: str | None = None
    default_visibility: str | None = None
    default_sensitive: bool | None = None
    default_language: str | None = None
    timezone: str | None = None
    theme: str | None = None
    density: str | None = None
    motion: str | None = None


async def read_profile(
    ports: Ports, actor: Actor, username: str, domain: str, page: Page, *, replies: bool = False
) -> Profile:
    """Somebody's profile with one page of posts. Raises `NotFound`."""
    profile = await ports.storage.timelines.profile(actor.id, username, domain, page, replies=replies)
    if profile is None:
        raise NotFound("There is nobody of this name here.")
    return profile


@authorised("account.write")
@rate_limited("profile", limit=60, per=3600)
async def update_profile(ports: Ports, actor: Actor, command: EditProfile) -> Account:
    """Change the own profile. Raises `Invalid`, `Conflict` (guard `version`: changed elsewhere at the same
    time).
    """
    account = require_account(actor)
    given = await profile_values(ports, command)
    if not given:
        return account
    changed = UpdateProfile(account_id=account.id, version=account.version, **given)
    now = ports.clock.now()
    unit = ports.unit()
    unit.accounts.update_profile(changed)
    unit.emit(
        AccountUpdated(id=ports.ids.at(now), at=now, account_id=account.id, version=account.version + 1)
    )
    await unit.commit()
    return msgspec.structs.replace(account, version=account.version + 1, **given)


async def profile_values(ports: Ports, command: EditProfile) -> dict[str, Any]:
    """The fields of an account that a command changes, with their new values. Raises `Invalid`."""
    display_name, bio, pairs = _check_profile(command)
    fields = None
    if pairs is not None:
        fields = tuple([ProfileField(name, value, await _html(ports, value)) for name, value in pairs])
    values = {
        "display_name": display_name,
        "bio": bio,
        "bio_html": await _html(ports, bio) if bio else bio,
        "fields": fields,
        "bot": command.bot,
        "locked": command.locked,
        "discoverable": command.discoverable,
        "indexable": command.indexable,
        "hide_collections": command.hide_collections,
    }
    return {name: value for name, value in values.items() if value is not None}


async def _html(ports: Ports, text: str) -> str:
    entities = tuple(entity for entity in ports.content.find(text) if entity.kind != "mention")
    return ports.content.render(text, entities, ())


def _check_profile(
    command: EditProfile,
) -> tuple[str | None, str | None, tuple[tuple[str, str], ...] | None]:
    errors: dict[str, str] = {}
    display_name, bio = command.display_name, command.bio
    try:
        display_name = None if display_name is None else check_display_name(display_name)
    except Invalid as error:
        errors.update(error.fields)
    try:
        bio = None if bio is None else check_bio(bio)
    except Invalid as error:
        errors.update(error.fields)
    pairs = tuple(
        (name, value)
        for name, value in ((clean_line(name), clean_line(value)) for name, value in command.fields or ())
        if name and value
    )
    if len(pairs) > FIELDS_MAX:
        errors["fields"] = f"Use at most {FIELDS_MAX} fields."
    elif any(len(name) > FIELD_NAME_LENGTH or len(value) > FIELD_VALUE_LENGTH for name, value in pairs):
        errors["fields"] = (
            f"Use at most {FIELD_NAME_LENGTH} characters for a field's name "
            f"and {FIELD_VALUE_LENGTH} for its value."
        )
    if errors:
        raise Invalid(fields=errors)
    return display_name, bio, None if command.fields is None else pairs


@authorised("account.write")
@audited("account.password", lambda command: "own")
async def change_password(ports: Ports, actor: Actor, command: ChangePassword) -> None:
    """Set a new password and end all other sessions and all tokens.

    Raises `Invalid` (fields `current`, `password`), `RateLimited`.
    """
    account = require_account(actor)
    check_password(command.new, username=account.username)
    await prove(ports, actor, command.current, field="current")
    password_hash = await ports.passwords.hash(command.new)
    unit = ports.unit()
    unit.accounts.update_login(
        UpdateLogin(account_id=account.id, password_hash=password_hash, password_changed_at=ports.clock.now())
    )
    unit.accounts.delete_sessions(account.id, keep_token_hash=command.keep_token_hash)
    unit.applications.delete_tokens(account.id)
    await unit.commit()


@authorised("account.write")
@audited("account.email", lambda command: "own")
async def change_email(ports: Ports, actor: Actor, command: ChangeEmail) -> None:
    """Set a new address, to be confirmed by mail, and end all other sessions and all tokens.

    Raises `Invalid` (fields `email`, `current`), `RateLimited`.
    """
    account = require_account(actor)
    email = check_email(command.email)
    await check_mail_block(ports, email)
    await prove(ports, actor, command.password, field="current")
    unit = ports.unit()
    unit.accounts.update_login(UpdateLogin(account_id=account.id, email=email))
    if ports.mails:
        unit.outbox.add(mail_job(ports, AccountMailKind.CONFIRM, account.id, ports.clock.now()))
    unit.accounts.delete_sessions(account.id, keep_token_hash=command.keep_token_hash)
    unit.applications.delete_tokens(account.id)
    try:
        await unit.commit()
    except Conflict as conflict:
        if conflict.guard == "email":
            raise Invalid(fields={"email": "There is an account with this address already."}) from conflict
        raise


@authorised("account.write")
async def set_preferences(ports: Ports, actor: Actor, command: SetPreferences) -> None:
    """Change what only the person sees. Raises `Invalid`."""
    account = require_account(actor)
    unit = ports.unit()
    unit.accounts.update_login(login_change(account, command))
    await unit.commit()


def login_change(account: Account, command: SetPreferences) -> UpdateLogin:
    """The operation that sets preferences. Raises `Invalid`."""
    if command.default_visibility is not None:
        check_visibility(command.default_visibility)
    if command.default_language is not None:
        check_language(command.default_language, field="default_language")
    if command.timezone is not None:
        check_timezone(command.timezone)
    appearance = {name: getattr(command, name) for name in ("theme", "density", "motion")}
    for name, value in appearance.items():
        if value is not None:
            check_appearance(name, value)
    return UpdateLogin(
        account_id=account.id,
        locale=command.locale,
        default_visibility=command.default_visibility,
        default_sensitive=command.default_sensitive,
        default_language=command.default_language,
        timezone=command.timezone,
        **appearance,
    )


async def read_login(ports: Ports, actor: Actor) -> Login:
    """The actor's own address and preferences."""
    login = await ports.storage.accounts.login_of(require_account(actor).id)
    if login is None:
        raise NotFound("This account has no log-in here.")
    return login


async def prove(ports: Ports, actor: Actor, password: str, *, field: str) -> None:
    """Ask for the password again, throttled as a log-in is. Who has none has to have logged in within the
    last ten minutes (`Actor.since`), and `password` is not looked at.

    Raises `Invalid` with this field, `RateLimited`.
    """
    account = require_account(actor)
    wanted = proof_wanted(await ports.storage.accounts.login_of(account.id), actor, ports.clock.now())
    if wanted is Proof.LOG_IN:
        raise Invalid(fields={field: LOG_IN_AGAIN})
    if wanted is Proof.FRESH:
        return
    try:
        await log_in(ports, actor, LogIn(name=account.username, password=password))
    except Unauthenticated:
        raise Invalid(fields={field: "This is not your current password."}) from None
