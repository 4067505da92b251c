"""Both timelines keep the contract, the hybrid one in each of its ways."""

from __future__ import annotations

import pytest

from microblog_core.defaults.timelines import Chronological, Hybrid
from microblog_core.testing.timeline_suite import TimelineSuite

STRATEGIES = {
    "chronological": Chronological(),
    "rows at once": Hybrid(),
    "rows later": Hybrid(at_once=0),
    "rows, jobs and pulling": Hybrid(at_once=1, pulled=3),
}


class TestTimelines(TimelineSuite):
    @pytest.fixture(params=STRATEGIES)
    def strategy(self, request):
        return STRATEGIES[request.param]
