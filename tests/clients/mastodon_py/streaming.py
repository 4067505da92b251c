"""Mastodon.py: streams, by WebSocket as the browser's apps do, and by server-sent events."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from ..checks import PATIENCE, People, word
from .setup import check, follows

TRIES = 4
SECONDS = 2.0


class _Heard:
    """The events of a stream, in order."""

    def __init__(self) -> None:
        self._events: queue.Queue[tuple[str, Any]] = queue.Queue()

    def hear(self, name: str, data: Any) -> None:
        self._events.put((name, data))

    def next(self, name: str, *, seconds: float = PATIENCE) -> Any:
        """The payload of the next event of this name. Raises `queue.Empty`."""
        while True:
            heard, data = self._events.get(timeout=seconds)
            if heard == name:
                return data

    def answer(self, act: Callable[[], Any], name: str) -> tuple[Any, list[Any]]:
        """The payload of the event that `act` causes, and the ids of all that `act` made.

        The site says nowhere when a subscription has begun, so the first may come too early to be heard.
        """
        made: list[Any] = []
        for _ in range(TRIES):
            made.append(act().id)
            with suppress(queue.Empty):
                return self.next(name, seconds=SECONDS), made
        raise AssertionError(f"no {name} was heard in {TRIES * SECONDS} seconds")


def _listener(heard: _Heard) -> Any:
    from mastodon import StreamListener

    class Listener(StreamListener):
        def on_any_event(self, name: str, data: Any = None, for_stream: Any = None) -> None:
            heard.hear(name, data)

    return Listener()


@contextmanager
def _stream(person: Any, stream: str, **params: str) -> Iterator[_Heard]:
    heard = _Heard()
    handle = person.stream_open_websocket(_listener(heard))
    try:
        handle.subscribe(stream, **params)
        yield heard
    finally:
        handle.close()
        handle.join(PATIENCE)


@check
def ask_whether_streaming_is_up(people: People) -> None:
    assert people.ann.stream_healthy() is True


@check
def stream_the_home_timeline(people: People) -> None:
    with follows(people.ben, people.ann), _stream(people.ben, "user") as heard:
        update, made = heard.answer(lambda: people.ann.status_post(word()), "update")
    assert update.id in made and update.account.id == people.ann.me().id


@check
def stream_notifications(people: People) -> None:
    with _stream(people.ben, "user:notification") as heard:
        written = people.ben.status_post(word()).id
        told, _ = heard.answer(
            lambda: people.ann.status_reply(people.ben.status(written), word()), "notification"
        )
    assert told.type == "mention" and told.status.in_reply_to_id == written


@check
def stream_the_public_timeline(people: People) -> None:
    with _stream(people.ben, "public:local") as heard:
        people.ann.status_post(word(), visibility="unlisted")
        update, made = heard.answer(lambda: people.ann.status_post(word()), "update")
    assert update.id in made


@check
def stream_a_hashtag(people: People) -> None:
    tag = word("t")
    with _stream(people.ben, "hashtag", tag=tag) as heard:
        people.ann.status_post(word())
        update, made = heard.answer(lambda: people.ann.status_post(f"#{tag}"), "update")
    assert update.id in made


@check
def stream_a_list(people: People) -> None:
    made = people.ben.list_create(word("l"))
    try:
        with follows(people.ben, people.ann), _stream(people.ben, "list", list=made.id) as heard:
            people.ben.list_accounts_add(made, [people.ann.me().id])
            update, written = heard.answer(lambda: people.ann.status_post(word()), "update")
        assert update.id in written
    finally:
        people.ben.list_delete(made)


@check
def stream_conversations(people: People) -> None:
    text = f"@{people.ben.me().acct} {word()}"
    with _stream(people.ben, "direct") as heard:
        told, made = heard.answer(lambda: people.ann.status_post(text, visibility="direct"), "conversation")
    assert told.last_status.id in made and told.unread is True


@check
def stream_edits_and_deletions(people: People) -> None:
    with follows(people.ben, people.ann), _stream(people.ben, "user") as heard:
        update, made = heard.answer(lambda: people.ann.status_post(word()), "update")
        assert update.id in made
        text = word()
        people.ann.status_update(update.id, text)
        assert text in heard.next("status.update").content
        people.ann.status_delete(update.id)
        assert str(heard.next("delete")) == update.id


@check
def stream_by_server_sent_events(people: People) -> None:
    heard = _Heard()
    with follows(people.ben, people.ann):
        handle = people.ben.stream_user(_listener(heard), run_async=True)
        try:
            update, made = heard.answer(lambda: people.ann.status_post(word()), "update")
            assert update.id in made
        finally:
            handle.close()
