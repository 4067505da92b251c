"""The tables of applications, what people allowed them, and their tokens; `schema` says how tables are
drawn.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from microblog_plugins.sql.schema import Id, _only, metadata

applications = Table(
    "applications",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("client_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("website", Text, nullable=False),
    Column("redirect_uris", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("secret_hash", Text, nullable=False),
    Column("created_at", Id, nullable=False),
    # Whether anybody ever allowed it anything, or it had a token: what never was is swept.
    Column("used", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("client_id", name="applications_client"),
)
Index("applications_unused", applications.c.created_at, **_only("NOT used"))

authorization_codes = Table(
    "authorization_codes",
    metadata,
    Column("code_hash", Text, primary_key=True),
    Column("application_id", Id, ForeignKey("applications.id"), nullable=False),
    Column("account_id", Id, ForeignKey("accounts.id"), nullable=False),
    Column("scopes", Text, nullable=False),
    Column("redirect_uri", Text, nullable=False),
    Column("code_challenge", Text, nullable=False),
    Column("created_at", Id, nullable=False),
    Column("expires_at", Id, nullable=False),
    # Used ones stay as long as what they gave, so that using one again is noticed.
    Column("used_at", Id),
    sqlite_with_rowid=False,
)
Index("authorization_codes_unused", authorization_codes.c.expires_at, **_only("used_at IS NULL"))
Index("authorization_codes_account", authorization_codes.c.account_id, authorization_codes.c.application_id)

access_tokens = Table(
    "access_tokens",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("id", Id, nullable=False),
    Column("application_id", Id, ForeignKey("applications.id"), nullable=False),
    Column("account_id", Id, ForeignKey("accounts.id")),
    Column("scopes", Text, nullable=False),
    Column("code_hash", Text, nullable=False),
    Column("created_at", Id, nullable=False),
    UniqueConstraint("id", name="access_tokens_id"),
    sqlite_with_rowid=False,
)
Index(
    "access_tokens_account",
    access_tokens.c.account_id,
    access_tokens.c.application_id,
    access_tokens.c.code_hash,
    **_only("account_id IS NOT NULL"),
)

authorisations = Table(
    "authorisations",
    metadata,
    Column("account_id", Id, ForeignKey("accounts.id"), nullable=False),
    Column("application_id", Id, ForeignKey("applications.id"), nullable=False),
    Column("id", Id, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("first_at", Id, nullable=False),
    Column("last_at", Id, nullable=False),
    PrimaryKeyConstraint("account_id", "application_id"),
    sqlite_with_rowid=False,
)
Index("authorisations_order", authorisations.c.account_id, authorisations.c.id)
