"""Ten jobs run at the same time."""

import asyncio
import time
import unittest

from pattern_primer.concurrency import JOBS, SECONDS, at_once, deliver


class AtOnce(unittest.IsolatedAsyncioTestCase):
    async def test_ten_jobs_take_about_the_time_of_one(self):
        began = time.perf_counter()
        results = await at_once(deliver)
        self.assertEqual(results, [f"delivered {number}" for number in range(JOBS)])
        self.assertLess(time.perf_counter() - began, SECONDS * JOBS / 2)

    async def test_all_of_them_are_under_way_before_one_ends(self):
        everybody = asyncio.Barrier(JOBS)

        async def meets(number):
            # Lets nobody through before all are there: one after the other they would wait for ever.
            async with asyncio.timeout(10), everybody:
                return number

        self.assertEqual(await at_once(meets), list(range(JOBS)))

    async def test_one_that_fails_stops_the_others(self):
        ended = []

        async def fails_at_three(number):
            if number == 3:
                raise ValueError("three")
            try:
                await asyncio.Event().wait()
            finally:
                ended.append(number)

        with self.assertRaises(ExceptionGroup) as raised:
            await at_once(fails_at_three)
        self.assertEqual([str(error) for error in raised.exception.exceptions], ["three"])
        self.assertEqual(sorted(ended), [number for number in range(JOBS) if number != 3])
