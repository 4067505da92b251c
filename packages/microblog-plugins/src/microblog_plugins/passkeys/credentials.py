"""What is known of passkeys: what one is, what it was when it was made, and what it said."""

from __future__ import annotations

import msgspec


class Credential(msgspec.Struct, frozen=True):
    """The public part of a passkey: what authenticators call it, and its attested data (section 6.5.1)."""

    id: bytes
    data: bytes
    transports: tuple[str, ...] = ()


class Created(msgspec.Struct, frozen=True, kw_only=True):
    """A passkey just made. `may_sync`: it may leave its device; `synced`: it has. `verified`: the person was
    recognised by a finger or a PIN; `discoverable`: it may be asked for without a name.
    """

    credential: Credential
    counter: int
    may_sync: bool
    synced: bool
    verified: bool
    discoverable: bool


class Asserted(msgspec.Struct, frozen=True, kw_only=True):
    """An answer that is right: `handle` is the user's, empty where the authenticator gave none."""

    handle: bytes
    counter: int
    may_sync: bool
    synced: bool
