"""The secret key of a service: where it is read from, how it is made and changed.

It is the root of everything that is signed; `Site.secret` derives a key of its own for each site and purpose.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import re
import secrets
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from microblog_core.domain.errors import ConfigurationError
from microblog_core.plugins.settings import Secret

KEY_NAME = "secret.key"
KEY_BYTES = 32


def read_keys(data: Path, environ: Mapping[str, str], *, make: bool = False) -> tuple[Secret, ...]:
    """The present key, then the earlier ones. Raises `ConfigurationError` where there is none, or a damaged
    one.
    """
    path = data / KEY_NAME
    where = str(path)
    if environ.get("MICROBLOG_SECRET_KEY"):
        where, text = "MICROBLOG_SECRET_KEY", environ["MICROBLOG_SECRET_KEY"]
    elif environ.get("MICROBLOG_SECRET_KEY_FILE"):
        where = "MICROBLOG_SECRET_KEY_FILE"
        text = read_secret_file(where, environ[where])
    else:
        if make:
            make_secret_key(data)
        if not path.is_file():
            raise ConfigurationError(
                f"There is no secret key at {path}.",
                hint="`microblog init` makes one; or set MICROBLOG_SECRET_KEY_FILE.",
                code="no_secret_key",
            )
        text = read_secret_file(KEY_NAME, str(path))
    found = text.replace(",", " ").split()
    if not found or any(not re.fullmatch(r"[0-9a-fA-F]{64}", key) for key in found):
        raise ConfigurationError(
            f"The secret key in {where} is damaged.",
            hint=f"It must be {2 * KEY_BYTES} hexadecimal digits; `microblog init` makes a good one.",
        )
    return tuple(Secret(key) for key in found)


def make_secret_key(data: Path) -> Path:
    """Make `DATA/secret.key`, readable by its owner only; an existing one is left as it is."""
    path = data / KEY_NAME
    if not path.exists():
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = _written(path, [secrets.token_hex(KEY_BYTES)])
        # A link appears at once with its whole content, and only one of several processes makes it.
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(fresh)
        fresh.unlink()
    return path


def rotate_secret_key(data: Path, *, keep: int = 2) -> Path:
    """Put a new key first in `DATA/secret.key`; `keep` earlier ones still verify what they signed."""
    path = make_secret_key(data)
    earlier = path.read_text().split()[:keep]
    _written(path, [secrets.token_hex(KEY_BYTES), *earlier]).replace(path)
    return path


def _written(path: Path, keys: Sequence[str]) -> Path:
    """A new file beside `path`, on the disk, that its owner only can read."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    with os.fdopen(descriptor, "w") as stream:
        stream.write("\n".join(keys) + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    return Path(name)


def read_secret_file(variable: str, path: str) -> str:
    """The content of the file that a variable names, without the space around it. Raises
    `ConfigurationError`.
    """
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        # The path is not quoted: somebody may have put the secret itself there.
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        raise ConfigurationError(
            f"The file that {variable} names can't be read: {why}.",
            hint=f"Correct {variable}, or the file's permissions; without _FILE it takes the value itself.",
        ) from None


def derived_secret(key: Secret, site: str, purpose: str) -> bytes:
    """32 bytes that only this site has for this purpose."""
    message = f"microblog:{site}:{purpose}".encode()
    return hmac.new(bytes.fromhex(key.reveal()), message, hashlib.sha256).digest()
