"""`python -m benchmarks resilience`: what guarding a call costs when all is well, beside other libraries.

Microseconds a call around a coroutine that does nothing, and how often the bare call fits into it. Each is
timed in turn, several rounds; the median counts.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable

import pyresilience
import stamina
import tenacity

from microblog_core.patterns.admission import Breaker, Bulkhead
from microblog_core.patterns.resilience import Retry, resilient

ROUNDS = 15
CALLS = 4000
Call = Callable[[], Awaitable[None]]


async def _nothing() -> None:
    pass


def _contenders() -> dict[str, Call]:
    """The same guards by each library that has them."""
    return {
        "bare": _nothing,
        "retry: ours": resilient("x", retry=Retry(on=(OSError,)))(_nothing),
        "retry: tenacity": tenacity.retry(
            stop=tenacity.stop_after_attempt(3), retry=tenacity.retry_if_exception_type(OSError)
        )(_nothing),
        "retry: stamina": stamina.retry(on=OSError, attempts=3)(_nothing),
        "retry: pyresilience": pyresilience.resilient(
            retry=pyresilience.RetryConfig(retry_on=(OSError,)),
        )(_nothing),
        "retry, timeout, breaker, bulkhead: ours": resilient(
            "x", timeout=30, retry=Retry(on=(OSError,)), breaker=Breaker(), bulkhead=Bulkhead()
        )(_nothing),
        "retry, timeout, breaker, bulkhead: pyresilience": pyresilience.resilient(
            retry=pyresilience.RetryConfig(retry_on=(OSError,)),
            timeout=pyresilience.TimeoutConfig(),
            circuit_breaker=pyresilience.CircuitBreakerConfig(),
            bulkhead=pyresilience.BulkheadConfig(),
        )(_nothing),
    }


async def _measured() -> dict[str, float]:
    contenders = _contenders()
    costs: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(ROUNDS):
        for name, call in contenders.items():
            began = time.process_time()
            for _ in range(CALLS):
                await call()
            costs[name].append((time.process_time() - began) / CALLS * 1e6)
    return {name: statistics.median(each) for name, each in costs.items()}


def main() -> int:
    """Measure and print."""
    costs = asyncio.run(_measured())
    print(f"{'guards':<50} {'us a call':>10} {'by bare':>8}")
    for name, cost in costs.items():
        print(f"{name:<50} {cost:>10.2f} {cost / costs['bare']:>8.1f}")
    return 0
