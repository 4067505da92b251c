"""For tests of brokers: their contract as a suite (`broker_suite`). Needs the extra `testing`."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("microblog_tasks.testing.broker_suite")
