"""Sending one chunk of a campaign: several mails at once, and what each outcome means.

Whatever ends it, everything that is known is in `outcomes`; what is in none of them and not in `left` was on
its way, so that nobody knows.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable

from microblog_core.domain.campaigns import Addressee, Outcome, RecipientState
from microblog_core.ports.channels import AddressGone, Permanent, Temporary, Unclear, Unreachable

SEND_SECONDS = 20.0
"""After this no other mail is begun: what is left has its turn in another chunk."""
FLUSH_SECONDS = 0.2
"""So often what is known is written while others are being sent."""
LAST_SECONDS = 0.3
"""What is on its way when the process stops gets so long to arrive."""
AWAY_SECONDS = 30.0
TRIES = 12
FIRST_DELAY = 60.0
MAX_DELAY = 4 * 3600.0

ERROR_LENGTH = 500

logger = logging.getLogger(__name__)

Deliver = Callable[[Addressee], Awaitable[None]]


class Sending:
    """Sends to these, at most `parallel` at a time. `now` is the site's clock; `pauses` says how many seconds
    to leave the mail server alone, `gone` who has an address that takes no mail any more.
    """

    def __init__(
        self, addressees: Iterable[Addressee], deliver: Deliver, *, parallel: int, now: Callable[[], int]
    ) -> None:
        self.left = deque(addressees)
        self.outcomes: list[Outcome] = []
        self.gone: list[Addressee] = []
        self.pauses: float | None = None
        self._deliver = deliver
        self._parallel = max(1, min(parallel, len(self.left)))
        self._now = now
        self._stopped = False

    async def run(self, flush: Callable[[], Awaitable[None]]) -> None:
        """Send until nobody is left, the time is over or the server is away; calls `flush` now and then."""
        self._until = asyncio.get_running_loop().time() + SEND_SECONDS
        workers = {asyncio.create_task(self._work()) for _ in range(self._parallel)}
        try:
            while workers:
                done, workers = await asyncio.wait(workers, timeout=FLUSH_SECONDS)
                for worker in done:
                    worker.result()
                if workers and self.outcomes:
                    await flush()
        except BaseException:
            self._stopped = True
            if workers:
                _, late = await asyncio.wait(workers, timeout=LAST_SECONDS)
                for worker in late:
                    worker.cancel()
            raise

    def take(self) -> tuple[Outcome, ...]:
        """What is known and not written yet."""
        outcomes, self.outcomes = tuple(self.outcomes), []
        return outcomes

    def give_back(self) -> None:
        """Those whose mail was not begun wait for another turn."""
        now = self._now()
        while self.left:
            self._note(self.left.popleft(), RecipientState.WAITING, due_at=now)

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        while self.left and not self._stopped and loop.time() < self._until:
            await self._one(self.left.popleft())

    async def _one(self, to: Addressee) -> None:
        try:
            await self._deliver(to)
        except Unreachable as away:
            self._stopped = True
            self.pauses = max(self.pauses or 0.0, away.retry_after or AWAY_SECONDS)
            self._note(to, RecipientState.WAITING, due_at=self._now(), error=str(away))
        except Unclear as unclear:
            self._note(to, RecipientState.UNCLEAR, tried=1, error=str(unclear))
        except Temporary as later:
            self._later(to, later)
        except AddressGone as gone:
            self.gone.append(to)
            self._note(to, RecipientState.FAILED, tried=1, error=str(gone))
        except Permanent as refused:
            self._note(to, RecipientState.FAILED, tried=1, error=str(refused))
        except Exception as problem:
            logger.exception("A mail of a campaign to account %s failed", to.account.id)
            self._note(to, RecipientState.UNCLEAR, tried=1, error=f"{type(problem).__name__}: {problem}")
        else:
            self._note(to, RecipientState.SENT, tried=1)

    def _later(self, to: Addressee, problem: Temporary) -> None:
        if to.attempts + 1 >= TRIES:
            self._note(to, RecipientState.FAILED, tried=1, error=str(problem))
            return
        seconds = max(min(FIRST_DELAY * 2**to.attempts, MAX_DELAY), problem.retry_after or 0.0)
        due_at = self._now() + round(seconds * 1000)
        self._note(to, RecipientState.WAITING, tried=1, due_at=due_at, error=str(problem))

    def _note(
        self, to: Addressee, state: RecipientState, *, tried: int = 0, due_at: int = 0, error: str = ""
    ) -> None:
        self.outcomes.append(
            Outcome(
                account_id=to.account.id,
                state=state,
                attempts=to.attempts + tried,
                due_at=due_at,
                error=error.replace("\0", "")[:ERROR_LENGTH],
            )
        )
