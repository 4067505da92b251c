"""Applications, codes and tokens."""

from __future__ import annotations

import functools
from collections.abc import Collection

import msgspec

from microblog_core.domain.applications import AccessToken, Application, Authorisation, AuthorizationCode
from microblog_core.domain.timelines import Listing, Page
from microblog_core.ports.applications import TokenRow
from microblog_plugins.sql.dialect import Dialect
from microblog_plugins.sql.paging import Source, mapped, read_page
from microblog_plugins.sql.rows import ACCOUNT, ACCOUNT_WIDTH, LOGIN, account_of, columns, login_of
from microblog_plugins.sql.steps import Reader, Row, Steps, reads

APPLICATION = "id client_id name website redirect_uris scopes secret_hash created_at".split()
CODE = (
    "code_hash application_id account_id scopes redirect_uri code_challenge created_at expires_at used_at"
).split()
TOKEN = "id token_hash application_id account_id scopes code_hash created_at".split()

_texts_of = msgspec.json.Decoder(tuple[str, ...]).decode
_TUPLES = ("redirect_uris", "scopes")

_BY_CLIENT_ID = f"SELECT {columns(APPLICATION, 'p')} FROM applications p WHERE p.client_id = :client_id"
_CODE = f"SELECT {columns(CODE, 'c')} FROM authorization_codes c WHERE c.code_hash = :code_hash"
_TOKENS = (
    "access_tokens t JOIN applications p ON p.id = t.application_id"
    " LEFT JOIN accounts a ON a.id = t.account_id LEFT JOIN logins l ON l.account_id = t.account_id"
)
_GOOD = "(t.account_id IS NULL OR (a.state IN ('active', 'silenced') AND l.account_id IS NOT NULL))"
_TOKEN = (
    f"SELECT {columns(TOKEN, 't')}, {columns(APPLICATION, 'p')}, {columns(ACCOUNT, 'a')},"
    f" {columns(LOGIN, 'l')}"
    f" FROM {_TOKENS} WHERE t.token_hash = :token_hash AND {_GOOD}"
)


@functools.cache
def _authorised(dialect: Dialect) -> Source:
    return Source(
        f"r.id, r.scopes, r.first_at, r.last_at, {columns(APPLICATION, 'p')}",
        f"authorisations r{dialect.indexed('authorisations_order')} CROSS JOIN applications p"
        " WHERE r.account_id = :owner AND p.id = r.application_id",
        "r.id",
    )


def _values(names: list[str], row: Row, start: int) -> dict[str, object]:
    values = dict(zip(names, row[start : start + len(names)], strict=True))
    return {name: _texts_of(value) if name in _TUPLES else value for name, value in values.items()}


def application_of(row: Row, start: int = 0) -> Application:
    """An application of the columns `APPLICATION` that begin at `start`."""
    return Application(**_values(APPLICATION, row, start))  # type: ignore[arg-type]


def _authorisation_of(row: Row) -> Authorisation:
    return Authorisation(
        id=row[0],
        scopes=_texts_of(row[1]),
        first_at=row[2],
        last_at=row[3],
        application=application_of(row, 4),
    )


class Applications(Reader):
    """The contract's `ApplicationReader`."""

    @reads
    def by_client_id(self, client_id: str) -> Steps[Application | None]:
        """The application that calls itself so."""
        rows = yield _BY_CLIENT_ID, {"client_id": client_id}
        return application_of(rows[0]) if rows else None

    @reads
    def code(self, code_hash: str) -> Steps[AuthorizationCode | None]:
        """The code, whether it was used or has expired."""
        rows = yield _CODE, {"code_hash": code_hash}
        return AuthorizationCode(**_values(CODE, rows[0], 0)) if rows else None  # type: ignore[arg-type]

    @reads
    def token(self, token_hash: str) -> Steps[TokenRow | None]:
        """The token, if it is the application's own or its account may log in."""
        rows = yield _TOKEN, {"token_hash": token_hash}
        if not rows:
            return None
        token = AccessToken(**_values(TOKEN, rows[0], 0))  # type: ignore[arg-type]
        account_at = len(TOKEN) + len(APPLICATION)
        own = token.account_id is None
        return TokenRow(
            token=token,
            application=application_of(rows[0], len(TOKEN)),
            account=None if own else account_of(rows[0], account_at),
            login=None if own else login_of(rows[0], account_at + ACCOUNT_WIDTH),
        )

    @reads
    def living(self, token_ids: Collection[int]) -> Steps[frozenset[int]]:
        """Those of these tokens that `token` would still find."""
        statement = f"SELECT t.id FROM {_TOKENS} WHERE {self._dialect.among('t.id', 'ids')} AND {_GOOD}"
        rows = yield statement, {"ids": self._dialect.ids(token_ids)}
        return frozenset([row[0] for row in rows])

    @reads
    def authorised(self, account_id: int, page: Page) -> Steps[Listing[Authorisation]]:
        """The applications that have tokens of this account, newest authorisation first."""
        source = _authorised(self._dialect)
        return mapped((yield from read_page(source, {"owner": account_id}, page)), _authorisation_of)
