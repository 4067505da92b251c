"""Who is told what: from an event of the bus to messages for those whom it is for.

An event costs one statement that says whom it is for, a read of it, and one encoding; only who has filters
that match, or may not see what a post quotes, gets an encoding of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from types import MappingProxyType

import msgspec

from microblog_api.entities import Status
from microblog_api.filtered import filter_result
from microblog_api.names import OWN_KINDS
from microblog_api.presenters import Presenter
from microblog_api.streaming.hub import Hub, Listener, Tell
from microblog_api.streaming.messages import Message
from microblog_core.domain.events import (
    AnnouncementChanged,
    AnnouncementDeleted,
    Event,
    FiltersChanged,
    LinkPreviewChanged,
    NotificationCreated,
    PostBoosted,
    PostDeleted,
    PostEdited,
    PostPublished,
    PostUnboosted,
    QuoteRevoked,
)
from microblog_core.domain.filters import FilterContext
from microblog_core.domain.link_previews import LinkPreview
from microblog_core.domain.posts import Entry, Visibility
from microblog_core.ports.streaming import Audience, Listening, Shown
from microblog_core.services import announcements, streaming
from microblog_core.services.link_previews import posts_in, read_link_previews
from microblog_core.services.site_texts import known_face

_encode = msgspec.json.Encoder().encode
_FILTERS_CHANGED = Message("filters_changed", None)


async def tell_published(hub: Hub, event: PostPublished) -> None:
    """A new post is an `update`; a direct one is also a `conversation` of everybody in it."""
    await _tell_line(hub, "update", event.account_id, event.post_id)
    if event.visibility == Visibility.DIRECT:
        for viewer in dict.fromkeys((event.account_id, *event.mention_ids)):
            if viewer in hub.direct:
                await _tell_talk(hub, viewer, event.post_id)


async def tell_boosted(hub: Hub, event: PostBoosted) -> None:
    """A boost is an `update` with the boost around the post."""
    await _tell_line(hub, "update", event.account_id, event.boost_id)


async def tell_edited(hub: Hub, event: PostEdited) -> None:
    """A `status.update`, wherever a new post would come now."""
    await _tell_line(hub, "status.update", event.account_id, event.post_id)


async def tell_revoked(hub: Hub, event: QuoteRevoked) -> None:
    """A `status.update`, without what it quoted."""
    await _tell_line(hub, "status.update", event.account_id, event.post_id)


async def tell_previewed(hub: Hub, event: LinkPreviewChanged) -> None:
    """A `status.update` with the preview; the status says by itself that nobody edited it."""
    await _tell_line(hub, "status.update", event.account_id, event.post_id)


async def tell_deleted(hub: Hub, event: PostDeleted) -> None:
    """A `delete` for those whom the post may have been for."""
    await _tell_gone(hub, event, event.post_id)


async def tell_unboosted(hub: Hub, event: PostUnboosted) -> None:
    """A `delete` of the boost."""
    if event.boost_id is not None:
        await _tell_gone(hub, event, event.boost_id)


async def tell_notification(hub: Hub, event: NotificationCreated) -> None:
    """A `notification`, as the listing of notifications would show it, if it would without being asked."""
    listeners = hub.told.of(event.account_id)
    if not listeners:
        return
    told = await streaming.read_told(hub.site.ports, event.account_id, event.notification_id)
    if told is not None and told.kind not in OWN_KINDS:
        previews = await read_link_previews(hub.site.ports, posts_in([told.entry] if told.entry else []))
        for base, those in _by_base(listeners):
            present = _presenter(hub, base, event.account_id)
            present.previews = previews
            shown = present.notification(told)
            _send(those, Message("notification", _encode(shown)))


async def tell_filters(hub: Hub, event: FiltersChanged) -> None:
    """`filters_changed`: clients read them anew."""
    _send(hub.home.of(event.account_id), _FILTERS_CHANGED)


async def tell_announcement(hub: Hub, event: AnnouncementChanged) -> None:
    """An `announcement` for everybody who is logged in, if it is shown now."""
    everybody = [listener for viewer in hub.home for listener in hub.home.of(viewer)]
    if not everybody:
        return
    ports = hub.site.ports
    found = await streaming.read_announced(ports, event.announcement_id)
    if found is None:
        return
    tags = announcements.tags_in(ports, found.announcement)
    for base, those in _by_base(everybody):
        shown = _presenter(hub, base).announcement(found, tags)
        _send(those, Message("announcement", _encode(shown)))


async def tell_announcement_deleted(hub: Hub, event: AnnouncementDeleted) -> None:
    """An `announcement.delete` for everybody who is logged in."""
    message = Message("announcement.delete", b"%d" % event.announcement_id)
    for viewer in hub.home:
        _send(hub.home.of(viewer), message)


TELLS: Mapping[type[Event], Tell] = MappingProxyType(
    {
        PostPublished: tell_published,
        PostBoosted: tell_boosted,
        PostEdited: tell_edited,
        PostDeleted: tell_deleted,
        QuoteRevoked: tell_revoked,
        LinkPreviewChanged: tell_previewed,
        PostUnboosted: tell_unboosted,
        NotificationCreated: tell_notification,
        FiltersChanged: tell_filters,
        AnnouncementChanged: tell_announcement,
        AnnouncementDeleted: tell_announcement_deleted,
    }
)


class _Letter:
    """A post or boost for many readers, encoded once for each way in which it is read."""

    def __init__(self, hub: Hub, name: str, entry: Entry, previews: Mapping[int, LinkPreview]) -> None:
        self._hub = hub
        self._name = name
        self._entry = entry
        self._previews = previews
        self._plain: dict[tuple[str, bool], Message] = {}

    async def send(
        self, listeners: Iterable[Listener], viewer: int | None, shown: Shown, context: FilterContext
    ) -> None:
        """Send it to this viewer's listeners as it is for them."""
        wanted = [each for each in listeners if not each.stream.media or self._entry.post.attachments]
        if not wanted:
            return
        entry: Entry | None = self._entry
        if viewer is not None and shown.filters:
            entry = await streaming.filtered(self._hub.site.ports, viewer, self._entry, context)
        if entry is None:
            return
        for listener in wanted:
            base = listener.client.base
            if entry.filtered:
                listener.tell(Message(self._name, self._encoded(base, shown.quote, entry)))
                continue
            message = self._plain.get((base, shown.quote))
            if message is None:
                message = Message(self._name, self._encoded(base, shown.quote, entry))
                self._plain[base, shown.quote] = message
            listener.tell(message)

    def _encoded(self, base: str, quote: bool, entry: Entry) -> bytes:
        if not quote:
            entry = msgspec.structs.replace(entry, quoted=None)
        present = _presenter(self._hub, base)
        present.previews = self._previews
        status = present.status(entry)
        if entry.filtered:
            results = [filter_result(match) for match in entry.filtered]
            status.filtered = results
            if isinstance(status.reblog, Status):
                status.reblog.filtered = results
        return _encode(status)


async def _tell_line(hub: Hub, name: str, account_id: int, line_id: int) -> None:
    if not (hub.home or hub.lists or hub.public or hub.tags):
        return
    ports = hub.site.ports
    entry = await streaming.read_line(ports, account_id, line_id)
    if entry is None:
        return
    tags = () if entry.boosted_by is not None else entry.post.tags
    listening = _listening(hub, tags)
    if not listening:
        return
    audience = await streaming.read_audience(ports, line_id, listening)
    letter = _Letter(hub, name, entry, await read_link_previews(ports, posts_in([entry])))
    for viewer, shown in audience.home.items():
        await letter.send(hub.home.of(viewer), viewer, shown, FilterContext.HOME)
    for list_id, shown in audience.lists.items():
        await letter.send(hub.lists.of(list_id), hub.owners.get(list_id), shown, FilterContext.HOME)
    post = entry.post
    listed = post.in_reply_to_account_id in (None, post.account_id)
    for public, shown in _public(audience):
        listeners = [listener for tag in tags if tag in hub.tags for listener in hub.tags[tag].of(public)]
        if listed:
            listeners.extend(hub.public.of(public))
        await letter.send(listeners, public, shown, FilterContext.PUBLIC)


async def _tell_gone(hub: Hub, event: PostDeleted | PostUnboosted, line_id: int) -> None:
    tags = event.tags if isinstance(event, PostDeleted) else ()
    audience = await streaming.read_reach(hub.site.ports, event, _listening(hub, tags))
    message = Message("delete", b"%d" % line_id)
    for viewer in audience.home:
        _send(hub.home.of(viewer), message)
    for list_id in audience.lists:
        _send(hub.lists.of(list_id), message)
    for public, _ in _public(audience):
        _send(hub.public.of(public), message)
        for tag in tags:
            if tag in hub.tags:
                _send(hub.tags[tag].of(public), message)


async def _tell_talk(hub: Hub, viewer: int, post_id: int) -> None:
    talk = await streaming.read_talk(hub.site.ports, viewer, post_id)
    if talk is not None:
        for base, listeners in _by_base(hub.direct.of(viewer)):
            shown = _presenter(hub, base, viewer).conversation(talk)
            _send(listeners, Message("conversation", _encode(shown)))


def _listening(hub: Hub, tags: Iterable[str]) -> Listening:
    """Who listens to anything where a post with these tags may come."""
    public: Set[int | None] = {*hub.public}.union(*(hub.tags[tag] for tag in tags if tag in hub.tags))
    return Listening(
        home=tuple(hub.home),
        public=tuple([viewer for viewer in public if viewer is not None]),
        anonymous=None in public,
        lists=dict(hub.owners),
    )


def _public(audience: Audience) -> Iterable[tuple[int | None, Shown]]:
    yield from audience.public.items()
    if audience.anonymous is not None:
        yield None, audience.anonymous


def _by_base(listeners: Iterable[Listener]) -> Iterable[tuple[str, list[Listener]]]:
    """The listeners by where the addresses that they are sent begin: nearly always the same for all."""
    found: dict[str, list[Listener]] = {}
    for listener in listeners:
        found.setdefault(listener.client.base, []).append(listener)
    return found.items()


def _send(listeners: Iterable[Listener], message: Message) -> None:
    for listener in listeners:
        listener.tell(message)


def _presenter(hub: Hub, base: str, viewer: int | None = None) -> Presenter:
    ports = hub.site.ports
    emojis = known_face(ports).emojis
    return Presenter(base, viewer, ports.clock.now(), ports.blobs.url, emojis=emojis)
