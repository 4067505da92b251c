"""The streams that clients can listen to, under Mastodon's names, and what each one needs."""

from __future__ import annotations

import msgspec

from microblog_core.http.errors import BadRequest

PREFIX = "/api/v1/streaming"
TAG_LENGTH = 100

POSTS = "read:statuses"
NOTIFICATIONS = "read:notifications"

USER, USER_NOTIFICATION, DIRECT, LIST = "user", "user:notification", "direct", "list"
HASHTAG, HASHTAG_LOCAL = "hashtag", "hashtag:local"
PUBLIC, LOCAL, REMOTE = "public", "public:local", "public:remote"
_MEDIA = ":media"

_PUBLIC = frozenset(name + ending for name in (PUBLIC, LOCAL, REMOTE) for ending in ("", _MEDIA))
_TAGGED = frozenset({HASHTAG, HASHTAG_LOCAL})
_OWN = frozenset({USER, USER_NOTIFICATION, DIRECT, LIST})
STREAMS = _PUBLIC | _TAGGED | _OWN


class Asked(msgspec.Struct, frozen=True):
    """What a client asks for: the name of a stream, and what it takes. All are texts in some client."""

    stream: str = ""
    tag: str = ""
    list: str = ""
    only_media: bool = False


class Stream(msgspec.Struct, frozen=True):
    """One stream: its name, and the tag or list as the client wrote it, since clients look for it again.

    `tag` is what posts have; `media` leaves out posts without pictures.
    """

    name: str
    value: str = ""
    tag: str = ""
    media: bool = False

    @property
    def label(self) -> list[str]:
        """How messages name it."""
        return [self.name, self.value] if self.value else [self.name]

    @property
    def needs(self) -> str:
        """The scope that a token needs."""
        return NOTIFICATIONS if self.name == USER_NOTIFICATION else POSTS

    @property
    def own(self) -> bool:
        """Whether it is somebody's own, not for everybody."""
        return self.name in _OWN

    @property
    def empty(self) -> bool:
        """Whether nothing ever comes: a site knows only its own posts."""
        return self.name.startswith(REMOTE)


def stream_of(asked: Asked) -> Stream:
    """The stream that is asked for. Raises `BadRequest`."""
    name = asked.stream
    if name not in STREAMS:
        raise BadRequest("Unknown stream type")
    if name in _TAGGED:
        tag = asked.tag.strip().removeprefix("#").casefold()
        if not tag or len(tag) > TAG_LENGTH:
            raise BadRequest("Missing tag name parameter")
        return Stream(name, asked.tag, tag, asked.only_media)
    if name == LIST:
        if not asked.list:
            raise BadRequest("Missing list name parameter")
        return Stream(name, asked.list)
    media = name in _PUBLIC and (asked.only_media or name.endswith(_MEDIA))
    return Stream(name, media=media)


def name_of(path: str) -> str | None:
    """The stream that an address of its own is for; empty where a parameter names it, None where there is
    none.
    """
    rest = path.removeprefix(PREFIX).strip("/").replace("/", ":")
    return rest if not rest or rest in STREAMS else None
