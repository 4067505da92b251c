"""Random histories: whatever happens, a storage shows what the storage in memory shows, to everybody,
everywhere.
"""

from __future__ import annotations

import pytest

from microblog_core.ports.storage import Storage
from microblog_core.testing.storage.base import StorageTests
from microblog_core.testing.storage.life import LOOK_EVERY, STEPS, Life


class HistoryTests(StorageTests):
    """Random histories beside the reference."""

    @pytest.mark.parametrize("seed", range(8))
    async def test_everybody_sees_what_the_reference_shows(self, storage: Storage, seed: int) -> None:
        life = Life(seed, storage)
        await life.begin()
        for number in range(1, STEPS + 1):
            await life.step()
            if number % LOOK_EVERY == 0:
                await life.compare()
