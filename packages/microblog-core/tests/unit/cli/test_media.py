"""`microblog media`: how much room pictures take."""

from __future__ import annotations


def test_usage_tells_what_there_is_and_what_may_be(microblog, migrated):
    told = microblog("media", "usage")
    assert told.exit_code == 0, told.stderr
    assert "of no post" in told.output and "0 bytes" in told.output
    assert "The site may use any amount." in told.output
    assert "person  " not in told.output
