"""The frozen structs that hooks return, and the manifest that a plugin declares itself by.

Where a contract of `ports` is all that is needed (a `Channel`, a `Policy`, ...) a hook returns objects of
that contract; here is what has a name, a choice or a factory beside it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from microblog_core.domain.errors import MicroblogError
from microblog_core.domain.events import Event
from microblog_core.ports.auth import PageRenderer
from microblog_core.ports.blobs import BlobStore
from microblog_core.ports.bus import Bus
from microblog_core.ports.cache import Cache
from microblog_core.ports.gateways import Gateway
from microblog_core.ports.limits import RateLimiter
from microblog_core.ports.storage import SchemaTools, Storage
from microblog_core.ports.timelines import TimelineStrategy

HOOK_API = 1
"""The number of the hook API. A plugin that was made for another is left out and told so; `docs/plugins.md`
says what raises it.
"""

AsgiApp = Callable[..., Awaitable[None]]
"""An ASGI 3 application: `await app(scope, receive, send)`."""


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a plugin says of itself, as `PLUGIN` in the module that its entry point names.

    `name` is the entry point's name: lower case letters, digits and `-`. `hook_api` is the number of the hook
    API that the plugin was made for; who names none was made for the first. `after` and `before` name plugins
    whose contributions come earlier or later; `requires` names plugins without which this one is left out.
    `settings` is a msgspec Struct type that `[plugins.NAME]` of the configuration is decoded into.
    `capabilities` are those of the storage that the plugin can't do without. `translations` is a folder of
    gettext catalogues, `<locale>/LC_MESSAGES/microblog.mo`, for what the plugin says on pages and in errors:
    `Path(__file__).parent / "locale"`.
    """

    name: str
    version: str = "0"
    hook_api: int = 1
    summary: str = ""
    requires: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    settings: type[msgspec.Struct] | None = None
    capabilities: tuple[str, ...] = ()
    translations: Path | None = None


class StorageFactory(msgspec.Struct, frozen=True, kw_only=True):
    """Opens storages whose URL has one of these schemes (`sqlite`, `postgresql`, ...), without connecting
    yet.

    `tools` makes the schema tools for a URL, None where there is no schema. `embedded` says that the storage
    is one file or less, that `serve` may migrate it by itself, and that one web process is all it takes.
    """

    name: str
    schemes: tuple[str, ...]
    open: Callable[[str], Storage]
    tools: Callable[[str], SchemaTools] | None = None
    embedded: bool = False


class Migration(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a plugin's own tables: statements that are run in one transaction, forward and back.

    `version` counts from 1, without gaps. Tables and indexes are called `x_<plugin>_...` (dashes become
    underscores), and each statement makes, changes, drops or fills one of them. Write column types that
    both databases know: BIGINT, TEXT, BOOLEAN, DOUBLE PRECISION. No foreign keys into core's tables: what
    goes is told by events. An empty `down` says that there is no way back.
    """

    version: int
    up: tuple[str, ...]
    down: tuple[str, ...] = ()


class BlobStoreFactory(msgspec.Struct, frozen=True, kw_only=True):
    """Opens blob stores whose URL has one of these schemes (`files`, ...), without connecting yet.

    One that needs the plugin's settings as well (keys, time limits) has `configured`, which is then called
    instead of `open`: with the URL, and what `site.settings` has of the plugin.
    """

    name: str
    schemes: tuple[str, ...]
    open: Callable[[str], BlobStore]
    configured: Callable[[str, Any], BlobStore] | None = None


class GatewayFactory(msgspec.Struct, frozen=True, kw_only=True):
    """Makes a payment gateway. Empty `currencies` or `countries` mean all; a higher `priority` is tried
    first.

    `capabilities` are among `refunds`, `partial_refunds`, `capture`, `subscriptions`, `disputes`
    (`domain.payments.CAPABILITIES`); one with `subscriptions` makes a `SubscriptionGateway`.
    """

    name: str
    make: Callable[[], Gateway]
    currencies: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()
    capabilities: frozenset[str] = frozenset()
    priority: int = 0


class Subscriber(msgspec.Struct, frozen=True, kw_only=True):
    """An observer of an event type and its subtypes. `name` is unique within the plugin. `having` names a
    field of the event: of events in which it is empty, zero or false nobody is told, which costs nothing.

    A durable one gets every event at least once, whatever is killed when, with the key (event id, name): it
    must be idempotent. One that isn't is told right after the commit, in this process only, at most once.
    """

    name: str
    event: type[Event]
    handler: Callable[[Any], Awaitable[None]]
    durable: bool = False
    having: str = ""


class Timeline(msgspec.Struct, frozen=True, kw_only=True):
    """A home timeline strategy by name; the configuration chooses one."""

    name: str
    strategy: TimelineStrategy


class Renderer(msgspec.Struct, frozen=True, kw_only=True):
    """A page renderer by name; the configuration chooses one, else the one with the highest `priority` is
    used.
    """

    name: str
    renderer: PageRenderer
    priority: int = 0


class SharedPorts(msgspec.Struct, frozen=True, kw_only=True):
    """What processes of a site do together instead of each for itself. Each function is called once, with the
    port that the process has by itself, and returns one around it; None leaves it alone.

    They must work while what ties the processes together is away, as well as one process can.
    """

    name: str
    bus: Callable[[Bus], Bus] | None = None
    cache: Callable[[Cache], Cache] | None = None
    limiter: Callable[[RateLimiter], RateLimiter] | None = None


class HealthCheck(msgspec.Struct, frozen=True, kw_only=True):
    """`check` returns when all is well and raises otherwise; it is given two seconds. `critical` ones make
    the site not ready.
    """

    name: str
    check: Callable[[], Awaitable[None]]
    critical: bool = False


class Rejection(msgspec.Struct, frozen=True, kw_only=True):
    """How a surface answers what core refuses for it: status, header pairs, body."""

    status: int
    headers: Sequence[tuple[bytes, bytes]]
    body: bytes


class Surface(msgspec.Struct, frozen=True, kw_only=True):
    """An ASGI application with its place, found as `SURFACE` by the entry point group `microblog.surfaces`.

    `make_app` gets the web plugins' modules of one distinct set (see `site.Site.faces`) and builds the
    application; the site is in the ASGI scope under `scope["state"]["site"]`, never in a closure, beside what
    the application put into the state of its lifespan. `mounts` are path prefixes; the longest wins, and two
    surfaces with the same prefix are an error. `body_limit` is in bytes; at the paths in `uploads`, and below
    them, a form with files may be larger by as many uploads (of the site's size), and at those in `archives`
    by an archive. `render_error` draws in the surface's own format what core answers itself (400, 404, 413,
    421, 429, 500, 503).
    """

    name: str
    mounts: tuple[str, ...]
    make_app: Callable[[Mapping[str, Any]], AsgiApp]
    render_error: Callable[[Mapping[str, Any], MicroblogError], Rejection]
    body_limit: int = 1 << 20
    uploads: Mapping[str, int] = {}
    archives: tuple[str, ...] = ()
    browser: bool = False


class Broken(msgspec.Struct, frozen=True, kw_only=True):
    """Why a plugin is left out: the stage at which it failed, the message, and the traceback if there is
    one.
    """

    stage: str
    message: str
    traceback: str = ""
