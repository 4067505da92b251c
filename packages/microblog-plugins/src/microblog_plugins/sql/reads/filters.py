"""Filters: three statements for all of an account's, which are bound in number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from microblog_core.domain.filters import Filter, FilterAction, FilterContext, FilterKeyword, FilterStatus
from microblog_plugins.sql.steps import Reader, Steps, reads

_FILTERS = (
    "SELECT f.id, f.account_id, f.title, f.context, f.action, f.expires_at FROM filters f"
    " WHERE f.account_id = :account ORDER BY f.id"
)
_KEYWORDS = (
    "SELECT k.filter_id, k.id, k.keyword, k.whole_word FROM filters f CROSS JOIN filter_keywords k"
    " WHERE f.account_id = :account AND k.filter_id = f.id ORDER BY f.id, k.id"
)
_STATUSES = (
    "SELECT s.filter_id, s.id, s.post_id FROM filters f CROSS JOIN filter_statuses s"
    " WHERE f.account_id = :account AND s.filter_id = f.id ORDER BY f.id, s.id"
)


class Filters(Reader):
    """The contract's `FilterReader`."""

    @reads
    def of(self, account_id: int) -> Steps[Sequence[Filter]]:
        """All filters of the account with their keywords and posts, each oldest first."""
        keywords: dict[int, list[FilterKeyword]] = defaultdict(list)
        statuses: dict[int, list[FilterStatus]] = defaultdict(list)
        filters = yield _FILTERS, {"account": account_id}
        if not filters:
            return ()
        for owner, keyword_id, keyword, whole in (yield _KEYWORDS, {"account": account_id}):
            keywords[owner].append(FilterKeyword(id=keyword_id, keyword=keyword, whole_word=whole == 1))
        for owner, status_id, post_id in (yield _STATUSES, {"account": account_id}):
            statuses[owner].append(FilterStatus(id=status_id, post_id=post_id))
        return tuple(
            [
                Filter(
                    id=row[0],
                    account_id=row[1],
                    title=row[2],
                    context=tuple(map(FilterContext, row[3].split())),
                    action=FilterAction(row[4]),
                    expires_at=row[5],
                    keywords=tuple(keywords[row[0]]),
                    statuses=tuple(statuses[row[0]]),
                )
                for row in filters
            ]
        )
