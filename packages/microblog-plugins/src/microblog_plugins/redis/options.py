"""What a broker's URL says: the server, or a cluster, and a few options behind the question mark."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import msgspec

from microblog_core.domain.errors import ConfigurationError

SCHEMES = ("redis", "rediss", "redis+cluster", "rediss+cluster")


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`server` is the URL without what is meant for us. `stream` names the stream, and is the same in all
    processes of an installation. `reclaim` is after how many seconds what a silent worker took is given to
    another. `length` is about how many messages the stream has at most.
    """

    server: str
    cluster: bool = False
    stream: str = "microblog"
    reclaim: float = 20.0
    length: int = 100_000

    @property
    def jobs_key(self) -> str:
        """The stream's key; the braces keep all keys on one node of a cluster."""
        return f"{{{self.stream}}}:jobs"

    @property
    def epoch_key(self) -> str:
        """The key that is gone when the stream is."""
        return f"{{{self.stream}}}:epoch"


def read_options(url: str) -> Options:
    """Read a URL such as `redis://:password@host:6379/0?stream=ours`. Raises `ConfigurationError`; no part of
    the URL is quoted.
    """
    parts = urlsplit(url)
    scheme, _, kind = parts.scheme.partition("+")
    given: dict[str, Any] = dict(parse_qsl(parts.query, keep_blank_values=True))
    own = {key: given.pop(key) for key in tuple(given) if key in ("stream", "reclaim", "length")}
    read: dict[str, Any] = {"cluster": kind == "cluster", **own}
    try:
        port = parts.port
    except ValueError:
        port = None
    if parts.scheme not in SCHEMES or not parts.hostname or (":" in parts.netloc[-6:] and port is None):
        raise ConfigurationError(
            "The broker's URL makes no sense.", hint="Write redis://host:6379/0 or redis+cluster://host:6379."
        )
    read["server"] = urlunsplit((scheme, parts.netloc, parts.path, urlencode(given), ""))
    try:
        options = msgspec.convert(read, type=Options, strict=False)
    except msgspec.ValidationError as error:
        raise ConfigurationError(
            "An option of the broker's URL makes no sense.",
            hint="reclaim is in seconds, length in messages: ?stream=ours&reclaim=20&length=100000",
        ) from error
    if not options.stream or options.reclaim < 1 or options.length < 1000:
        raise ConfigurationError(
            "An option of the broker's URL is out of range.",
            hint="stream isn't empty, reclaim is 1 or more seconds, length 1000 or more messages.",
        )
    return options
