"""Core's own content filter keeps the contract."""

from __future__ import annotations

import pytest

from microblog_core.defaults.content import PlainText
from microblog_core.testing.content_suite import ContentFilterSuite


class TestPlainText(ContentFilterSuite):
    @pytest.fixture
    def content_filter(self):
        return PlainText()
