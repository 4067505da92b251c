"""Asking S3, and what its refusals mean. The only module that imports obstore.

What a server says is never quoted: to a wrong signature some answer with all that was signed.
"""

from __future__ import annotations

import atexit
import re
import time
from datetime import timedelta
from typing import Any

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from microblog_core.domain.errors import MicroblogError, NotFound, Unavailable
from microblog_plugins.s3.options import Options
from microblog_plugins.s3.settings import S3Settings

TRIES = 3
FIRST_DELAY = timedelta(milliseconds=100)
LONGEST_DELAY = timedelta(seconds=1)
LONGEST = timedelta(hours=6)
"""Of one answer with its whole body, however slowly somebody reads it."""
CONNECT_SECONDS = 3.0
LAST_WORDS_SECONDS = 0.25
"""How long a program that ends waits for obstore's threads."""

ERRORS = (BaseError, OSError)
"""All that obstore raises of a server: what isn't there is a `FileNotFoundError`."""

_CODE = re.compile(r"<Code>(\w{3,60})</Code>")
_STATUS = re.compile(r"status code: (\d{3})")
_MACHINE = re.compile(r"169\.254\.|/latest/api/token|fd00:ec2|credential", re.IGNORECASE)
_KEYS = "Correct plugins.s3.access_key_id and plugins.s3.secret_access_key, or the keys in the URL of blobs."
_REFUSALS = {
    "SignatureDoesNotMatch": ("it says that the secret key is wrong", _KEYS),
    "InvalidAccessKeyId": ("it does not know the access key", _KEYS),
    "InvalidToken": ("it does not take the session token", "Correct plugins.s3.session_token."),
    "ExpiredToken": ("the session token is over", "Give a new one."),
    "RequestTimeTooSkewed": ("the clocks differ by too much", "Set this machine's clock."),
    "NoSuchBucket": ("the bucket isn't there", "Make it, or correct the URL of blobs."),
    "PermanentRedirect": ("the bucket is elsewhere", "Correct region and endpoint in the URL of blobs."),
    "AuthorizationHeaderMalformed": ("the region is another one", "Correct region in the URL of blobs."),
}
_FORBIDDEN = (
    "it forbids that",
    "Allow the key s3:GetObject, s3:PutObject, s3:DeleteObject and s3:ListBucket; without the last a file"
    " that isn't there looks forbidden.",
)


# Who awaits a result may have it before the thread that gave it is done, and a thread that then asks an
# interpreter for its lock that is already ending kills the program (PyO3/pyo3-async-runtimes, issue 40).
# Asleep, this thread leaves them the lock.
atexit.register(time.sleep, LAST_WORDS_SECONDS)


def connect(options: Options, settings: S3Settings) -> S3Store:
    """A client for the bucket; nothing is asked yet."""
    wait = timedelta(seconds=settings.seconds)
    config: Any = {
        "region": options.region,
        "virtual_hosted_style_request": options.style == "virtual",
        # Not all that speak S3 know how to delete several at once.
        "disable_bulk_delete": True,
    }
    if options.endpoint:
        config["endpoint"] = options.address
    return S3Store(
        options.bucket,
        config=config,
        client_options={
            "allow_http": options.endpoint.startswith("http:"),
            "connect_timeout": timedelta(seconds=min(CONNECT_SECONDS, settings.seconds)),
            "read_timeout": wait,
            "timeout": LONGEST,
        },
        retry_config={
            "max_retries": TRIES - 1,
            "retry_timeout": wait,
            "backoff": {"init_backoff": FIRST_DELAY, "max_backoff": LONGEST_DELAY, "base": 2},
        },
        credential_provider=_keys(options, settings),
    )


def _keys(options: Options, settings: S3Settings) -> Any:
    """What gives the keys that were configured; None leaves it to the environment and the machine."""
    own = bool(options.access_key_id)
    access = options.access_key_id or settings.access_key_id
    if not access:
        return None
    secret = (options.secret_access_key if own else settings.secret_access_key).reveal()
    token = "" if own else settings.session_token.reveal()

    def given() -> Any:
        return {
            "access_key_id": access,
            "secret_access_key": secret,
            "token": token or None,
            "expires_at": None,
        }

    return given


async def put(store: S3Store, path: str, data: Any, attributes: dict[str, str], part: int | None) -> None:
    """Store a file: in one request, or in parts of `part` bytes, of which two are under way at a time."""
    more: dict[str, Any] = {"use_multipart": False}
    if part is not None:
        more = {"use_multipart": True, "chunk_size": part, "max_concurrency": 2}
    await obstore.put_async(store, path, data, attributes=attributes, **more)


async def get(store: S3Store, path: str) -> obstore.GetResult:
    """A file whose content is still to be read."""
    return await obstore.get_async(store, path)


async def delete(store: S3Store, path: str) -> None:
    """Remove a file."""
    await obstore.delete_async(store, path)


def explained(error: Exception, options: Options) -> MicroblogError:
    """What it means for who asked: `NotFound`, or `Unavailable` with what to do."""
    text = str(error)
    found = _CODE.search(text)
    code = found[1] if found is not None else ""
    if isinstance(error, FileNotFoundError) and code != "NoSuchBucket":
        return NotFound("There is no such file.")
    status = _STATUS.search(text)
    if code in _REFUSALS:
        what, hint = _REFUSALS[code]
    elif _MACHINE.search(text) and status is None:
        what, hint = (
            "there are no keys to ask it with",
            "Set plugins.s3.access_key_id and plugins.s3.secret_access_key.",
        )
    elif status is not None and status[1] in ("401", "403"):
        what, hint = _FORBIDDEN
    elif status is not None:
        what, hint = f"it answered {status[1]}", "Look at its log; it may be busy."
    else:
        what, hint = "it does not answer", "Start it, or correct endpoint in the URL of blobs."
    return Unavailable(f"Files can't be stored or read at {options.host}: {what}.", hint=hint)
