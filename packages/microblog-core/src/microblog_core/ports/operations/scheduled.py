"""Operations on scheduled posts."""

from __future__ import annotations

from microblog_core.domain.scheduled import DAY_MAX, TOTAL_MAX, ScheduledPost
from microblog_core.ports.operations.base import Operation


class AddScheduledPost(Operation, frozen=True, kw_only=True):
    """A post that waits for its time with these media, which nothing else may have or sweep away until then.

    Guards: `media` (one is gone, is somebody else's, isn't ready, belongs to a post or waits already); `id`;
    `exists` (the account is gone); `scheduled_total` (`total_max` wait already); `scheduled_day` (`day_max`
    of them for that day in UTC).
    """

    scheduled: ScheduledPost
    media_ids: tuple[int, ...] = ()
    total_max: int = TOTAL_MAX
    day_max: int = DAY_MAX


class MoveScheduledPost(Operation, frozen=True, kw_only=True):
    """Another time; its error is forgotten. Guards: `exists` (it is gone, or of somebody else),
    `scheduled_day`.
    """

    id: int
    account_id: int
    scheduled_at: int
    day_max: int = DAY_MAX


class FailScheduledPost(Operation, frozen=True, kw_only=True):
    """It could not be published, for this reason; nothing where it is gone or waits for another time."""

    id: int
    scheduled_at: int
    error: str


class DeleteScheduledPost(Operation, frozen=True, kw_only=True):
    """It is published or cancelled. Guard: `scheduled` (it is gone, of somebody else, or waits for another
    time than `scheduled_at`; None takes any).

    Its media belong to no post from `released_at` (Unix milliseconds) on.
    """

    id: int
    account_id: int
    scheduled_at: int | None = None
    released_at: int = 0
