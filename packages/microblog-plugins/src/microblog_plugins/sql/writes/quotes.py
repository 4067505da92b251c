"""Taking quotes back, and who may quote a post."""

from __future__ import annotations

from microblog_core.domain.errors import Conflict
from microblog_core.domain.posts import OPEN_VISIBILITIES
from microblog_core.ports.operations import RevokeQuote, SetQuotePolicy
from microblog_plugins.sql.dialect import Dialect
from microblog_plugins.sql.steps import Steps

_REVOKE = (
    "UPDATE posts SET revision = revision + 1, quote_state = 'revoked'"
    " WHERE id = :id AND quote_state = 'accepted' RETURNING visibility"
)
_UNCOUNT = "UPDATE posts SET revision = revision + 1, quotes_count = quotes_count - 1 WHERE id = :quoted"
_SET = "UPDATE posts SET revision = revision + 1, quote_policy = :policy WHERE id = :id RETURNING id"


def revoke_quote(dialect: Dialect, operation: RevokeQuote) -> Steps[None]:
    """Nobody is shown any more what a post quotes; guard `exists`."""
    values: dict[str, object] = {
        "id": operation.post.id,
        "quoted": operation.post.quote_of_id,
        "account": operation.account_id,
    }
    # Locked in the order in which deleting the quoting post does it.
    quoting = f"SELECT id FROM posts WHERE id = :id AND quote_of_id = :quoted{dialect.locked()}"
    quoted = f"SELECT id FROM posts WHERE id = :quoted AND account_id = :account{dialect.locked()}"
    if not (yield quoting, values) or not (yield quoted, values):
        raise Conflict("There is no such quote.", guard="exists")
    revoked = yield _REVOKE, values
    if revoked and revoked[0][0] in OPEN_VISIBILITIES:
        yield _UNCOUNT, values


def set_quote_policy(dialect: Dialect, operation: SetQuotePolicy) -> Steps[None]:
    """Who may quote a post from now on; guard `exists`."""
    if not (yield _SET, {"id": operation.post.id, "policy": str(operation.policy)}):
        raise Conflict("The post is gone.", guard="exists")
