"""Pages of statuses as ready JSON: the hottest answer of the API.

The same posts are in the timelines of many readers. What they have in common is written once and kept by its
values, so that nothing has to be told when it changes: another value is another key. What differs (the
author's counts, the reader's marks) is put in between.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from itertools import product
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import msgspec
from msgspec import UNSET
from msgspec.structs import replace

from microblog_api import entities
from microblog_core.domain.accounts import Account
from microblog_core.domain.posts import Entry, ReplyPolicy, may_quote
from microblog_core.domain.replies import may_reply
from microblog_core.http.kept import KeptPages

if TYPE_CHECKING:
    from microblog_api.presenters import Presenter

KEPT = 2000
"""How many accounts, and how many posts, are kept for each site and address."""
ADDRESSES = 4

_encode = msgspec.json.Encoder().encode
_GAP = b'"reblog":null,"account":0'
"""Where the boosted post and the author go. People's own quotes are escaped, so this is there only once."""
_NO_BOOST = b'"reblog":null,"account":'
_MARKS = ("favourited", "reblogged", "muted", "bookmarked")


def _marks(values: tuple[bool, ...], pinned: str) -> bytes:
    said = "".join(f',"{name}":{_word(value)}' for name, value in zip(_MARKS, values, strict=True))
    return f'{said}{pinned},"filtered":[]}}'.encode()


def _word(value: bool) -> str:
    return "true" if value else "false"


_OTHERS = {values: _marks(values, "") for values in product((False, True), repeat=4)}
"""How a status ends for a reader, by their marks."""
_OWN = {
    (*values, pinned): _marks(values, f',"pinned":{_word(pinned)}')
    for values in _OTHERS
    for pinned in (False, True)
}
"""The same for the author."""


class Kept:
    """What the presenters of a site share, who all write the same addresses."""

    __slots__ = ("accounts", "pages", "posts", "written")

    def __init__(self) -> None:
        self.accounts: dict[Account, entities.Account] = {}
        self.written: dict[Account, bytes] = {}
        self.pages = KeptPages()
        self.posts: dict[Hashable, tuple[bytes, bytes]] = {}


_by_site: WeakKeyDictionary[object, dict[tuple[str, str], Kept]] = WeakKeyDictionary()


def kept_for(site: object, base_url: str, version: str = "") -> Kept:
    """What is kept of a site under this address; `version` is that of its emojis, which are in nearly
    everything that is kept.
    """
    by_address = _by_site.setdefault(site, {})
    known = by_address.get((base_url, version))
    if known is None:
        bounded(by_address, ADDRESSES)
        known = by_address[base_url, version] = Kept()
    return known


def bounded(kept: dict[Any, Any], limit: int) -> None:
    """Start anew with what has grown too large."""
    if len(kept) >= limit:
        kept.clear()


def write_statuses(present: Presenter, kept: Kept, entries: Iterable[Entry]) -> msgspec.Raw:
    """A JSON array with what `present.statuses` gives."""
    chunks: list[bytes] = [b"["]
    for entry in entries:
        _write(chunks, present, kept, entry)
        chunks.append(b",")
    if len(chunks) > 1:
        chunks.pop()
    chunks.append(b"]")
    return msgspec.Raw(b"".join(chunks))


def _write(chunks: list[bytes], present: Presenter, kept: Kept, entry: Entry) -> None:
    """Append what `present.status` gives, in pieces."""
    post, author, booster = entry.post, entry.author, entry.boosted_by
    if entry.filtered or entry.poll is not None or post.quote_of_id is not None:
        chunks.append(_encode(present.status(entry)))
        return
    if present.viewer is None:
        ending = own_ending = b"}"
    else:
        marks = (entry.favourited, entry.boosted, entry.muted, entry.bookmarked)
        ending = own_ending = _OTHERS[marks]
        if author.id == present.viewer:
            own_ending = _OWN[*marks, entry.pinned]
    if booster is None:
        before, after = _parts(present, kept, entry, author)
        chunks += (before, _NO_BOOST, _author(present, kept, author), after, own_ending)
        return
    before, after = _parts(present, kept, entry, booster)
    chunks += (before, b'"reblog":')
    _write(chunks, present, kept, replace(entry, id=post.id, boosted_by=None, boosted_at=None))
    chunks += (b',"account":', _author(present, kept, booster), after, ending)


def _may_reply(viewer: int | None, entry: Entry) -> bool | None:
    if entry.post.reply_policy is ReplyPolicy.PUBLIC:
        return True
    return None if viewer is None else may_reply(viewer, entry)


def _author(present: Presenter, kept: Kept, account: Account) -> bytes:
    written = kept.written.get(account)
    if written is None:
        bounded(kept.written, KEPT)
        written = kept.written[account] = _encode(present.account(account))
    return written


def _parts(present: Presenter, kept: Kept, entry: Entry, by: Account) -> tuple[bytes, bytes]:
    """What comes before what is boosted and the author, and what comes after, for everybody who may quote it
    and reply, or everybody who may not.
    """
    may = (may_quote(present.viewer, entry), _may_reply(present.viewer, entry))
    other = None if entry.boosted_by is None else entry.author.acct
    preview = present.previews.get(entry.post.id) if present.previews else None
    key = (entry.id, by.acct, other, may, entry.application, entry.post, preview)
    parts = kept.posts.get(key)
    if parts is None:
        bounded(kept.posts, KEPT)
        unset = dict.fromkeys((*_MARKS, "pinned", "filtered"), UNSET)
        common = replace(present.status(entry), account=msgspec.Raw(b"0"), reblog=None, **unset)
        before, _, after = _encode(common).partition(_GAP)
        parts = kept.posts[key] = (before, after[:-1])
    return parts
