from __future__ import annotations

import pytest

from microblog_core.domain.errors import ConfigurationError
from microblog_plugins.redis.options import read_options


def test_what_is_meant_for_us_is_taken_out_and_the_rest_goes_on():
    options = read_options("redis+cluster://:pw@host:7000/?stream=ours&reclaim=7.5&ssl_cert_reqs=none")
    assert options.server == "redis://:pw@host:7000/?ssl_cert_reqs=none"
    assert (options.cluster, options.stream, options.reclaim) == (True, "ours", 7.5)
    assert options.jobs_key == "{ours}:jobs"


def test_a_plain_address_has_the_defaults():
    options = read_options("rediss://host")
    assert (options.server, options.cluster, options.stream) == ("rediss://host", False, "microblog")


@pytest.mark.parametrize(
    "url",
    [
        "redis:",
        "redis://:secret@",
        "redis://:secret@host:port",
        "redis://:secret@host:99999",
        "redis://:secret@host?reclaim=soon",
        "redis://:secret@host?reclaim=0",
        "redis://:secret@host?stream=",
        "redis://:secret@host?length=5",
        "http://:secret@host",
    ],
)
def test_what_makes_no_sense_is_refused_and_not_quoted(url):
    with pytest.raises(ConfigurationError) as caught:
        read_options(url)
    assert "secret" not in f"{caught.value} {caught.value.hint}"
    assert caught.value.hint
