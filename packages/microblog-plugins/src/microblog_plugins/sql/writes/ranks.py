"""Who may act on whom, asked of what is stored while it is locked: roles may change at the same time."""

from __future__ import annotations

from microblog_core.domain.accounts import AccountState, Role
from microblog_core.domain.errors import Conflict
from microblog_core.domain.ranks import Standing, check_owner_left, check_rank, check_role_change
from microblog_core.ports.operations import SetAccountState
from microblog_plugins.sql.dialect import Dialect
from microblog_plugins.sql.steps import Steps

# Whoever writes a state or a role locks all owners, in one order: of two owners who give up their role at the
# same time the second sees that the first has.
_OWNERS = "SELECT o.id FROM accounts o WHERE o.domain = '' AND o.role = 'owner' AND o.role <> 'member'"
_ALL = f"{_OWNERS} UNION SELECT CAST(:subject AS BIGINT) UNION SELECT CAST(:actor AS BIGINT)"
_STANDINGS = f"SELECT a.id, a.role, a.state, a.version FROM accounts a WHERE a.id IN ({_ALL}) ORDER BY a.id"
_TWO = "SELECT a.id, a.role, a.state FROM accounts a WHERE a.id = :subject OR a.id = :actor ORDER BY a.id"


def _standing(row: tuple[int, str, str]) -> Standing:
    return Standing(id=row[0], role=Role(row[1]), state=AccountState(row[2]))


def check_acts_on(dialect: Dialect, actor_id: int | None, subject_id: int) -> Steps[None]:
    """Whether the actor (None for the system) may decide about the subject; guards `exists`, `rank`."""
    rows = yield f"{_TWO}{dialect.locked()}", {"subject": subject_id, "actor": actor_id}
    found = {row[0]: _standing((row[0], row[1], row[2])) for row in rows}
    if subject_id not in found:
        raise Conflict("The account is gone.", guard="exists")
    if actor_id is not None:
        check_rank(found.get(actor_id), found[subject_id])


def check_standing(dialect: Dialect, operation: SetAccountState) -> Steps[None]:
    """Whether an account may change so; guards `exists`, `version`, `rank`, `owner`."""
    parameters = {"subject": operation.account_id, "actor": operation.by}
    rows = yield f"{_STANDINGS}{dialect.locked()}", parameters
    found = {row[0]: _standing((row[0], row[1], row[2])) for row in rows}
    subject = found.pop(operation.account_id, None)
    if subject is None:
        raise Conflict("The account is gone.", guard="exists")
    (version,) = (row[3] for row in rows if row[0] == subject.id)
    if operation.version not in (None, version):
        raise Conflict("The account changed in between.", guard="version")
    if operation.by is not None:
        actor = subject if operation.by == subject.id else found.get(operation.by)
        if operation.role is not None:
            check_role_change(actor, subject, operation.role)
        if operation.state is not None:
            check_rank(actor, subject)
    after = Standing(
        id=subject.id,
        role=subject.role if operation.role is None else operation.role,
        state=subject.state if operation.state is None else operation.state,
    )
    check_owner_left(subject, after, found.values())
