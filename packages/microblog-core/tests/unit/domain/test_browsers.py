from __future__ import annotations

from microblog_core.domain.browsers import browser_name


def test_what_browsers_call_themselves():
    assert (
        browser_name("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
        == "Firefox on Linux"
    )
    assert browser_name("curl/8") == "curl/8"
    assert browser_name("") == ""
