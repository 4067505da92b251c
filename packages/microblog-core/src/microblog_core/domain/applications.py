"""Applications that people let into their accounts, what they were let do, and the rules for it (OAuth 2, RFC
6749).

Secrets, codes and tokens are random and told once; what is kept of them is SHA-256 in hex. Moments are Unix
milliseconds in UTC. Scopes are Mastodon's; plugins may add more (`offered`), namespaced by their name.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from urllib.parse import urlsplit

import msgspec

from microblog_core.domain.accounts import clean_line, is_blank
from microblog_core.domain.errors import Invalid

NAME_LENGTH = 60
WEBSITE_LENGTH = 2000
REDIRECT_LENGTH = 2000
REDIRECTS_MAX = 20
CODE_MILLISECONDS = 10 * 60 * 1000

OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
"""The redirect address of an application that has none: the code is shown, and people copy it."""

DEFAULT_SCOPE = "read"
FAMILIES = frozenset({"read", "write", "follow", "push", "profile", "admin"})
"""First parts of scopes that belong to core, so that no plugin may take them."""

# fmt: off
SCOPES: Mapping[str, str] = MappingProxyType(
    {
        "profile": "See who you are: your name and your public profile",
        "read": "Read everything in your account",
        "read:accounts": "See accounts, your own included",
        "read:blocks": "See whom you block",
        "read:bookmarks": "See your bookmarks",
        "read:favourites": "See your favourites",
        "read:filters": "See your filters",
        "read:follows": "See whom you follow and who follows you",
        "read:lists": "See your lists",
        "read:mutes": "See whom you mute",
        "read:notifications": "See your notifications",
        "read:payments": "See what you pay and what you are paid",
        "read:search": "Search for you",
        "read:statuses": "See all posts that you may see",
        "write": "Change everything in your account",
        "write:accounts": "Change your profile",
        "write:blocks": "Block people and take it back",
        "write:bookmarks": "Bookmark posts",
        "write:conversations": "Mute and delete conversations",
        "write:favourites": "Favourite posts",
        "write:filters": "Change your filters",
        "write:follows": "Follow and unfollow people",
        "write:lists": "Change your lists",
        "write:media": "Upload files",
        "write:mutes": "Mute people and conversations",
        "write:notifications": "Clear your notifications",
        "write:payments": "Begin payments for you, end memberships and give back what you were paid",
        "write:reports": "Report people and posts",
        "write:statuses": "Publish, edit and delete posts",
        "follow": "Change whom you follow, block and mute",
        "push": "Receive your notifications",
    }
)
"""Every scope of core with what it lets an application do, in words for people."""
# fmt: on

APART = frozenset({"read:payments", "write:payments"})
"""Scopes that no other one contains: who let an application read and write did not mean their money."""

_FOLLOW = frozenset(f"{verb}:{what}" for verb in ("read", "write") for what in ("follows", "blocks", "mutes"))
_CONTAINED: Mapping[str, frozenset[str]] = {
    **{
        family: frozenset(scope for scope in SCOPES.keys() - APART if scope.startswith(f"{family}:"))
        for family in ("read", "write")
    },
    "follow": _FOLLOW,
}

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+._-]*):")
_UNSAFE_SCHEMES = frozenset(
    {"javascript", "data", "vbscript", "file", "blob", "filesystem", "about", "view-source", "urn"}
)
"""Addresses that run code, show content of their own, or lead nowhere."""
_UNSAFE_CHARACTERS = frozenset('#\\"<>`{}|^')
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


class Application(msgspec.Struct, frozen=True, kw_only=True):
    """A registered client. `secret_hash` is empty for a public client (RFC 6749 section 2.1)."""

    id: int
    client_id: str
    name: str
    website: str = ""
    redirect_uris: tuple[str, ...]
    scopes: tuple[str, ...]
    secret_hash: str = ""
    created_at: int

    @property
    def confidential(self) -> bool:
        """Whether it can keep a secret, and so has to prove itself by it."""
        return bool(self.secret_hash)


class AuthorizationCode(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody allowed, until the application has exchanged it for a token.

    `code_challenge` is the S256 challenge (RFC 7636), empty without one. `used_at` is when it was exchanged,
    None before.
    """

    code_hash: str
    application_id: int
    account_id: int
    scopes: tuple[str, ...]
    redirect_uri: str
    code_challenge: str = ""
    created_at: int
    expires_at: int
    used_at: int | None = None


class AccessToken(msgspec.Struct, frozen=True, kw_only=True):
    """What an application shows with each request; it does not expire.

    `account_id` is None for a token of the application itself. `code_hash` is the code that it came from.
    """

    id: int
    token_hash: str
    application_id: int
    account_id: int | None
    scopes: tuple[str, ...]
    code_hash: str = ""
    created_at: int


class Authorisation(msgspec.Struct, frozen=True, kw_only=True):
    """An application that somebody let into their account; `id` is the relation's, by which lists page.

    `scopes` are those of the last time.
    """

    id: int
    application: Application
    scopes: tuple[str, ...]
    first_at: int
    last_at: int


def expanded(scopes: Iterable[str]) -> frozenset[str]:
    """All scopes that these contain: `read` contains `read:statuses`, `follow` reads and writes follows,
    blocks and mutes.
    """
    found: set[str] = set()
    for scope in scopes:
        found.add(scope)
        found |= _CONTAINED.get(scope, frozenset())
    if found >= _FOLLOW:
        found.add("follow")
    return frozenset(found)


def split_scopes(scopes: str | Sequence[str]) -> tuple[str, ...]:
    """Scopes as they are written (separated by spaces, RFC 6749 section 3.3), each once and in order."""
    text = scopes if isinstance(scopes, str) else " ".join(scopes)
    return tuple(dict.fromkeys(text.split()))


def check_scopes(scopes: str | Sequence[str], offered: Collection[str] = SCOPES) -> tuple[str, ...]:
    """The scopes that an application asks for, `read` where it names none.

    Raises `Invalid` with the field `scopes` for one that is not offered.
    """
    wanted = split_scopes(scopes) or (DEFAULT_SCOPE,)
    unknown = [scope for scope in wanted if scope not in offered]
    if unknown:
        named = ", ".join(repr(scope[:60]) for scope in unknown[:5])
        raise Invalid(fields={"scopes": f"This site does not offer the scope {named}."})
    return wanted


def narrowed_scopes(scopes: str, allowed: Collection[str]) -> tuple[str, ...] | None:
    """The scopes that are asked for, if `allowed` contains them all; None if it doesn't.

    Where none is asked for it is `read`, or everything allowed where `read` isn't.
    """
    contained = expanded(allowed)
    wanted = split_scopes(scopes)
    if not wanted:
        return (DEFAULT_SCOPE,) if DEFAULT_SCOPE in contained else tuple(allowed)
    return wanted if contained.issuperset(wanted) else None


def check_application_name(name: str) -> str:
    """Return the name on one clean line; raises `Invalid` with the field `client_name`."""
    name = clean_line(name)
    if is_blank(name):
        raise Invalid(fields={"client_name": "Say what the application is called."})
    if len(name) > NAME_LENGTH:
        raise Invalid(fields={"client_name": f"Use at most {NAME_LENGTH} characters."})
    return name


def check_website(website: str) -> str:
    """Return the address of the application's page, empty for none.

    Raises `Invalid` with the field `website`.
    """
    website = website.strip()
    if not website:
        return ""
    if len(website) > WEBSITE_LENGTH or not website.isprintable() or not _is_web_address(website):
        raise Invalid(fields={"website": "Use an address such as https://example.org."})
    return website


def _is_web_address(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and " " not in address


def check_redirect_uris(addresses: str | Sequence[str]) -> tuple[str, ...]:
    """The addresses that people may be sent back to: a list, or a text with one on each line.

    Allowed are https and http, private-use schemes (RFC 8252 section 7.1) in any spelling that clients have,
    and `OUT_OF_BAND`. Raises `Invalid` with the field `redirect_uris`.
    """
    given = addresses.split() if isinstance(addresses, str) else [address.strip() for address in addresses]
    wanted = tuple(dict.fromkeys(address for address in given if address))
    if not wanted:
        raise Invalid(fields={"redirect_uris": "Name at least one address to come back to."})
    if len(wanted) > REDIRECTS_MAX:
        raise Invalid(fields={"redirect_uris": f"Use at most {REDIRECTS_MAX} addresses."})
    for address in wanted:
        problem = _problem_of(address)
        if problem:
            raise Invalid(fields={"redirect_uris": f"{address[:100]!r}: {problem}"})
    return wanted


def _problem_of(address: str) -> str:
    """What is wrong with a redirect address, empty for a good one."""
    if address == OUT_OF_BAND:
        return ""
    if len(address) > REDIRECT_LENGTH:
        return f"Use at most {REDIRECT_LENGTH} characters."
    if not (address.isascii() and address.isprintable()) or " " in address:
        return "Use plain letters, and percent-encode all others."
    if "#" in address:
        return "An address to come back to has no fragment."
    if _UNSAFE_CHARACTERS.intersection(address):
        return "Percent-encode quotes, brackets and backslashes."
    scheme = _SCHEME.match(address)
    if scheme is None:
        return "Use a whole address, with its scheme."
    name = scheme.group(1).lower()
    if name in _UNSAFE_SCHEMES:
        return "This kind of address can't be come back to."
    if name in ("http", "https") and not _is_web_address(address):
        return "Use an address such as https://example.org/callback."
    return ""


def check_code_challenge(challenge: str) -> str:
    """Return an S256 challenge (RFC 7636 section 4.2), or the empty text for none.

    Raises `Invalid` with the field `code_challenge`.
    """
    if challenge and _CHALLENGE.fullmatch(challenge) is None:
        raise Invalid(fields={"code_challenge": "Send the base64url of a SHA-256, without padding."})
    return challenge
