"""Accounts, their log-ins and sessions, and the rules for names, addresses and passwords.

All moments are Unix milliseconds in UTC. An account is what everybody may see of a person; a `Login` is what
proves who it is; nothing of a `Login` is ever shown to others.
"""

from __future__ import annotations

import enum
import re
import unicodedata

import msgspec

from microblog_core.domain.errors import Invalid

USERNAME_LENGTH = 30
DISPLAY_NAME_LENGTH = 60
BIO_LENGTH = 500
EMAIL_LENGTH = 254
PASSWORD_MIN_LENGTH = 8
PASSWORD_MAX_LENGTH = 256
FIELDS_MAX = 4
LANGUAGE_LENGTH = 35
FIELD_NAME_LENGTH = 60
FIELD_VALUE_LENGTH = 255

LOCAL = ""
"""The domain of accounts of this site. Never NULL: SQL holds NULLs to be different from one another."""

# fmt: off
RESERVED_USERNAMES = frozenset(
    {
        "about", "abuse", "account", "accounts", "admin", "administrator", "administration", "anonymous",
        "api", "app", "apps", "auth", "authorize", "blog", "bot", "compose", "contact", "edit",
        "everyone", "explore", "feed", "feeds", "federation", "followers", "following", "guest", "health",
        "help", "here", "home", "host", "hostmaster", "hub", "inbox", "info", "instance", "live", "login",
        "log-in", "logout", "log-out", "mail", "mailer-daemon", "me", "media", "microblog", "moderation",
        "moderator", "moderators", "nobody", "nodeinfo", "noreply", "no-reply", "notifications", "null",
        "oauth", "official", "operator", "outbox", "owner", "postmaster", "privacy", "public", "register",
        "root", "rules", "search", "security", "self", "service", "settings", "signup", "sign-up",
        "staff", "static", "support", "sysadmin", "system", "tag", "tags", "terms", "test", "undefined",
        "unknown", "user", "users", "web", "webmaster", "well-known", "www", "you",
    }
)
# fmt: on

_USERNAME = re.compile(r"[A-Za-z0-9_]+")
_EMAIL = re.compile(r"[^\s@\"(),:;<>\[\]\\]+@[^\s@\"(),:;<>\[\]\\]+\.[^\s@\"(),:;<>\[\]\\.]{2,}")
_CONFUSABLE = str.maketrans({"0": "o", "1": "l", "5": "s", "_": ""})


class Role(enum.StrEnum):
    """What a person may do on the whole site; each role may do all that the ones before it may."""

    MEMBER = "member"
    MODERATOR = "moderator"
    ADMINISTRATOR = "administrator"
    OWNER = "owner"


class AccountState(enum.StrEnum):
    """`disabled` can't log in, `silenced` is not in public timelines. Not shown at all are `suspended` and
    `deleted`, `pending` (somebody has to approve the sign-up first) and `leaving` (to be deleted, and until
    then able to come back); none of them can act.
    """

    ACTIVE = "active"
    DISABLED = "disabled"
    SILENCED = "silenced"
    SUSPENDED = "suspended"
    DELETED = "deleted"
    PENDING = "pending"
    LEAVING = "leaving"


HIDDEN_STATES = (AccountState.SUSPENDED, AccountState.DELETED, AccountState.PENDING, AccountState.LEAVING)
"""Who is in one of these is shown to nobody."""


class ProfileField(msgspec.Struct, frozen=True):
    """A name and a value that people put on their profile; `html` is the rendered, sanitised value."""

    name: str
    value: str
    html: str


class Account(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True):
    """What everybody may see of a person.

    `username` keeps the spelling that was chosen; (`username_key`, `domain`) is unique. `posts_count` counts
    public and unlisted posts, boosts not included. `avatar` and `header` are keys of the blob store, empty
    for none. `version` grows with every change of what is shown. `locked`: who wants to follow has to ask.
    `discoverable`: may be recommended to others. `indexable`: public posts may be found by searching.
    `hide_collections`: others don't see whom the person follows or who follows them. `last_post_at` is when
    they last wrote a public or unlisted post (Unix milliseconds), which may be gone.
    """

    id: int
    username: str
    domain: str = LOCAL
    uri: str = ""
    display_name: str = ""
    bio: str = ""
    bio_html: str = ""
    fields: tuple[ProfileField, ...] = ()
    bot: bool = False
    avatar: str = ""
    avatar_description: str = ""
    header: str = ""
    header_description: str = ""
    locked: bool = False
    discoverable: bool = True
    indexable: bool = True
    hide_collections: bool = False
    role: Role = Role.MEMBER
    state: AccountState = AccountState.ACTIVE
    created_at: int
    posts_count: int = 0
    followers_count: int = 0
    following_count: int = 0
    last_post_at: int | None = None
    version: int = 1

    @property
    def name(self) -> str:
        """What to call this person: the display name, or the username where there is none."""
        return self.display_name or self.username

    @property
    def acct(self) -> str:
        """`ada` for a local account, `ada@example.org` for a remote one."""
        return f"{self.username}@{self.domain}" if self.domain else self.username

    @property
    def username_key(self) -> str:
        """The spelling under which the name is unique."""
        return username_key(self.username)


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """What proves who somebody is, and the preferences that nobody else sees. `email_confirmed_at` is 0 for
    an address that nobody has shown to be theirs. `timezone` is an IANA name; empty preferences are the
    site's or the browser's (`domain.appearance`).
    """

    account_id: int
    email: str
    password_hash: str
    locale: str = ""
    default_visibility: str = "public"
    default_sensitive: bool = False
    default_language: str = ""
    timezone: str = ""
    theme: str = ""
    density: str = ""
    motion: str = ""
    created_at: int
    password_changed_at: int = 0
    email_confirmed_at: int = 0


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A log-in in one browser. `token_hash` is SHA-256 in hex of the cookie's token, which is stored
    nowhere. `address` is the network address that it began from, empty where it is not kept, or no longer.
    """

    token_hash: str
    account_id: int
    created_at: int
    expires_at: int
    user_agent: str = ""
    address: str = ""


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """Who a request comes from, as an `Authenticator` says. `scopes` is None where everything is allowed.

    `method` names the kind of credentials, `credential` which one of that kind it was, so that limits count
    each by itself; it is no secret.
    """

    account: Account
    session: Session | None = None
    scopes: frozenset[str] | None = None
    method: str = "session"
    credential: str = ""


def username_key(username: str) -> str:
    """The spelling under which a name is unique: case folded."""
    return username.casefold()


def confusable_key(username: str) -> str:
    """The skeleton of a name: two names with the same skeleton look alike (`l`, `1` and `I`; `0` and `o`)."""
    return username.replace("I", "l").casefold().replace("i", "l").translate(_CONFUSABLE)


_RESERVED_SKELETONS = frozenset(confusable_key(name) for name in RESERVED_USERNAMES)


def check_username(username: str) -> str:
    """Return the name if a local account may have it.

    Raises `Invalid` with the field `username`.
    """
    problem = ""
    if not username:
        problem = "Choose a username."
    elif len(username) > USERNAME_LENGTH:
        problem = f"Use at most {USERNAME_LENGTH} characters."
    elif _USERNAME.fullmatch(username) is None:
        problem = "Use only the letters a to z, digits and underscores."
    elif username.strip("_") == "" or username.isdigit():
        problem = "Use at least one letter."
    elif confusable_key(username) in _RESERVED_SKELETONS:
        problem = "This name is reserved. Choose another one."
    if problem:
        raise Invalid(fields={"username": problem})
    return username


def email_key(email: str) -> str:
    """The spelling under which an address is unique: case folded."""
    return email.strip().casefold()


def check_email(email: str) -> str:
    """Return the address without surrounding space; raises `Invalid` with the field `email`."""
    email = email.strip()
    if not email:
        raise Invalid(fields={"email": "Enter your e-mail address."})
    if len(email) > EMAIL_LENGTH or _EMAIL.fullmatch(email) is None or not email.isprintable():
        raise Invalid(fields={"email": "Enter an address such as name@example.org."})
    return email


def check_password(password: str, *, username: str = "") -> str:
    """Return the password if it may be used; raises `Invalid` with the field `password`.

    Follows NIST SP 800-63B section 5.1.1.2: a minimum length, no composition rules.
    """
    problem = ""
    if len(password) < PASSWORD_MIN_LENGTH:
        problem = f"Use at least {PASSWORD_MIN_LENGTH} characters."
    elif len(password) > PASSWORD_MAX_LENGTH:
        problem = f"Use at most {PASSWORD_MAX_LENGTH} characters."
    elif username and password.casefold() == username.casefold():
        problem = "Don't use your username as the password."
    elif len(set(password)) == 1:
        problem = "Use more than one different character."
    if problem:
        raise Invalid(fields={"password": problem})
    return password


_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co"})
_JOINERS = frozenset("\u200c\u200d")
_FILLERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and symbols that are drawn as nothing."""
_NOT_CHARACTERS = ((0x2065, 0x2065), (0xFDD0, 0xFDEF), (0xFFF0, 0xFFF8), (0xE0000, 0xE0FFF))
"""Unassigned code points that are never drawn, beside the last two of each plane (Unicode, section 23.7)."""


def _is_invisible(character: str) -> bool:
    """Whether a character is drawn as nothing. What this Python's Unicode doesn't know may be an emoji."""
    if character.isprintable():
        return False
    category = unicodedata.category(character)
    if category != "Cn":
        return category in _INVISIBLE
    code = ord(character)
    return code & 0xFFFE == 0xFFFE or any(first <= code <= last for first, last in _NOT_CHARACTERS)


def is_blank(text: str) -> bool:
    """Whether nothing of a text can be seen: spaces, fillers, joiners, marks without a letter under them."""
    return all(
        character.isspace()
        or character in _FILLERS
        or _is_invisible(character)
        or unicodedata.category(character) in ("Mn", "Me")
        for character in text
    )


def _without_invisible(line: str) -> str:
    if line.isprintable():
        return line
    return "".join(
        character
        for character in line
        if character == "\t" or character in _JOINERS or not _is_invisible(character)
    )


def clean_line(text: str) -> str:
    """One line of text: normalised to NFC, control and invisible characters removed, spaces folded."""
    line = _without_invisible(text.replace("\n", " ").replace("\t", " "))
    return " ".join(unicodedata.normalize("NFC", line).split())


def clean_text(text: str) -> str:
    """Several lines of text: NFC, Unix line ends, control characters and direction overrides removed."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    cleaned = (unicodedata.normalize("NFC", _without_invisible(line)).rstrip() for line in lines)
    return "\n".join(cleaned).strip("\n")


def check_display_name(display_name: str) -> str:
    """Return the name on one clean line, empty if nothing of it can be seen.

    Raises `Invalid` with the field `display_name`.
    """
    display_name = clean_line(display_name)
    if is_blank(display_name):
        return ""
    if len(display_name) > DISPLAY_NAME_LENGTH:
        raise Invalid(fields={"display_name": f"Use at most {DISPLAY_NAME_LENGTH} characters."})
    return display_name


_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,7}")


def check_language(language: str, *, field: str = "language") -> str:
    """Return a BCP 47 tag, or empty for none; raises `Invalid` with this field."""
    if language and (len(language) > LANGUAGE_LENGTH or _LANGUAGE.fullmatch(language) is None):
        raise Invalid(fields={field: "Use a language tag such as en or pt-BR."})
    return language


def check_bio(bio: str) -> str:
    """Return the clean text; raises `Invalid` with the field `bio`."""
    bio = clean_text(bio).strip()
    if len(bio) > BIO_LENGTH:
        raise Invalid(fields={"bio": f"Use at most {BIO_LENGTH} characters; these are {len(bio)}."})
    return bio
