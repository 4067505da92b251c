"""The settings of the plugin `s3`: who asks, and how patiently. Where the files are the URL says."""

from __future__ import annotations

import msgspec

from microblog_core.plugins.settings import Secret


class S3Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[plugins.s3]`. Keys that aren't here are taken from the environment or the machine, as AWS has it."""

    access_key_id: str = ""
    """The access key's id. One in the URL of `blobs` comes first."""
    secret_access_key: Secret = Secret("")
    """The secret key that belongs to it."""
    session_token: Secret = Secret("")
    """The token of keys that hold for a while; empty for others."""
    seconds: float = 10.0
    """How long the server may be silent, also while it takes five megabytes (seconds; 1 to 600)."""
