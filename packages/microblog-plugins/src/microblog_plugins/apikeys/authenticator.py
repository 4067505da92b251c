"""Recognises keys in requests for the API."""

from __future__ import annotations

import logging
from collections.abc import Callable

from microblog_core.domain.accounts import Identity
from microblog_core.domain.errors import MicroblogError
from microblog_core.ports.auth import Request
from microblog_core.ports.context import Ports
from microblog_plugins.apikeys.keys import DAY, Key, note_use, resume_key

REMEMBERED = 10_000
"""Keys of which a process remembers that it noted their use today."""

_log = logging.getLogger("microblog.apikeys")


class KeyAuthenticator:
    """`Authorization: Bearer mbk_...`, on the API's paths alone.

    `ports` is called on first use: the site isn't open while plugins contribute.
    """

    below = ("/api/",)

    def __init__(self, ports: Callable[[], Ports]) -> None:
        self._ports = ports
        self._noted: dict[int, int] = {}

    async def authenticate(self, request: Request) -> Identity | None:
        """The owner of the key, with the scopes that they gave it. Raises `Unavailable`."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        known = await resume_key(self._ports(), token.strip())
        if known is None:
            return None
        await self._note(known.key)
        return Identity(
            account=known.account, scopes=known.scopes, method="apikey", credential=str(known.key.id)
        )

    async def _note(self, key: Key) -> None:
        """Once a day and process. A storage that takes no writes at the moment keeps nobody from reading."""
        ports = self._ports()
        now = ports.clock.now()
        day = now // DAY
        if self._noted.get(key.id) == day:
            return
        if len(self._noted) >= REMEMBERED:
            self._noted.clear()
        self._noted[key.id] = day
        try:
            await note_use(ports, key, now)
        except MicroblogError as error:
            _log.warning("when the key %s was used is not noted: %s", key.id, error.message)
