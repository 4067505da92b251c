"""The plugin `s3`: a store for files in a bucket. obstore is imported when the first file is asked for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from microblog_core import hookspecs
from microblog_core.contributions import BlobStoreFactory, HealthCheck, Manifest
from microblog_core.domain.errors import ConfigurationError
from microblog_core.plugins.marks import implements
from microblog_core.ports.blobs import BlobStore
from microblog_core.site import Site
from microblog_plugins.s3.blobs import S3Blobs
from microblog_plugins.s3.options import SCHEME, read_options
from microblog_plugins.s3.settings import S3Settings

PLUGIN = Manifest(
    name="s3",
    summary="Keeps pictures and archives in S3, or in what speaks its language.",
    settings=S3Settings,
)


def open_blobs(url: str, settings: Any = None) -> BlobStore:
    """The store for a URL; nothing is asked yet. Raises `ConfigurationError`."""
    read = settings if isinstance(settings, S3Settings) else S3Settings()
    if bool(read.access_key_id) != bool(read.secret_access_key):
        raise ConfigurationError(
            "Only one of plugins.s3.access_key_id and plugins.s3.secret_access_key is set.",
            hint="Set both, or neither.",
        )
    if not 1 <= read.seconds <= 600:
        raise ConfigurationError("plugins.s3.seconds is out of range.", hint="Use 1 to 600 seconds.")
    return S3Blobs(read_options(url), read)


@implements(hookspecs.register_blob_stores)
def register_blob_stores() -> Iterable[BlobStoreFactory]:
    """The blob store for the scheme `s3`."""
    return (BlobStoreFactory(name="s3", schemes=(SCHEME,), open=open_blobs, configured=open_blobs),)


@implements(hookspecs.register_health_checks)
def register_health_checks(site: Site) -> Iterable[HealthCheck]:
    """Whether files can be stored, where they are kept here. Reading and writing texts goes on without."""
    if not _is_here(site):
        return ()

    async def check() -> None:
        await site.ports.blobs.ping()

    return (HealthCheck(name="files", check=check),)


@implements(hookspecs.lifespan)
def lifespan(site: Site) -> AbstractAsyncContextManager[None] | None:
    """Let the site's observers see what is asked of the server."""
    return _observed(site) if _is_here(site) else None


@asynccontextmanager
async def _observed(site: Site) -> AsyncIterator[None]:
    blobs = site.ports.blobs
    if isinstance(blobs, S3Blobs):
        blobs.seen_by = site.observers
    yield


def _is_here(site: Site) -> bool:
    return site.blobs_url.startswith(f"{SCHEME}:")
