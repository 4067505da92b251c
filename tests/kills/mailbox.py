"""The mailbox of everybody in town, which knows from which process each mail came."""

from __future__ import annotations

import contextlib
import os
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from microblog_core.testing.mail import MailServer

_ESTABLISHED = "01"
_MARKER = re.compile(r"\b(m\d+) hello\b")


@dataclass(frozen=True)
class Delivery:
    """One mail about a post: the process that it came from, and when it was taken (Unix seconds)."""

    process: int
    taken: float


class Mailbox:
    """A mail server; `settings` is the configuration of a site that sends to it."""

    def __init__(self) -> None:
        self._processes: dict[int, int] = {}
        self._server = MailServer(on_connection=self._remember)

    def __enter__(self) -> Mailbox:
        self._server.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.stop()

    @property
    def settings(self) -> str:
        return (
            f'[plugins.email]\nhost = "127.0.0.1"\nport = {self._server.port}\ntls = "none"\n'
            'sender = "Town <noreply@town.example>"\nfold_seconds = 0.3\nunconfirmed = true\n'
        )

    def deliveries(self) -> Mapping[str, Sequence[Delivery]]:
        """All mails so far by the marker of the post that they tell of, in order; mails that tell of several
        are there several times.
        """
        found: dict[str, list[Delivery]] = defaultdict(list)
        for mail in list(self._server.mails):
            delivery = Delivery(self._processes[mail.connection], mail.moment)
            for marker in dict.fromkeys(_MARKER.findall(mail.text)):
                found[marker].append(delivery)
        return found

    def _remember(self, connection: int, port: int) -> None:
        self._processes[connection] = process_at(port)


def process_at(port: int) -> int:
    """The process whose connection to this machine comes from the port; 0 where it is gone already."""
    socket = _socket_at(port)
    for process in Path("/proc").iterdir():
        if socket and process.name.isdecimal():
            # Processes end, and some are somebody else's.
            with contextlib.suppress(OSError):
                for handle in (process / "fd").iterdir():
                    if os.readlink(handle) == f"socket:[{socket}]":
                        return int(process.name)
    return 0


def _socket_at(port: int) -> str:
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, local, _, state, _, _, _, _, _, inode, *_ = line.split()
        if state == _ESTABLISHED and int(local.rpartition(":")[2], 16) == port:
            return inode
    return ""
