from __future__ import annotations

import pytest

from microblog_core.domain.errors import ConfigurationError
from microblog_plugins.s3.options import read_options

SECRET = "secret-that-nobody-may-see"


def test_a_bucket_is_all_that_aws_needs():
    options = read_options("s3://pictures")
    assert (options.bucket, options.prefix, options.region) == ("pictures", "", "us-east-1")
    assert (options.style, options.address, options.access_key_id) == ("virtual", "", "")
    assert options.host == "s3.us-east-1.amazonaws.com"


def test_everything_else_is_said_behind_it():
    url = f"s3://KEY:{SECRET}%2F%2B@pictures/town/one/?endpoint=https://s3.example.org:9000/&region=eu-central-1"
    options = read_options(f"{url}&public=https://cdn.example.org/pictures/")
    assert (options.prefix, options.region) == ("town/one/", "eu-central-1")
    assert (options.endpoint, options.host) == ("https://s3.example.org:9000", "s3.example.org:9000")
    assert (options.style, options.address) == ("path", "https://s3.example.org:9000")
    assert options.public == "https://cdn.example.org/pictures"
    assert (options.access_key_id, options.secret_access_key.reveal()) == ("KEY", f"{SECRET}/+")
    assert SECRET not in repr(options)


def test_the_bucket_is_in_the_host_where_that_is_the_style():
    options = read_options("s3://pictures?endpoint=https://s3.example.org&style=virtual")
    assert (options.address, options.host) == ("https://pictures.s3.example.org", "s3.example.org")


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("s3:", "names no bucket"),
        ("s3://", "names no bucket"),
        ("s3:///prefix", "names no bucket"),
        ("s3://Pictures", "names no bucket"),
        ("s3://pictures:9000/x", "names no bucket"),
        ("s3://p", "names no bucket"),
        ("s3://pictures#x", "names no bucket"),
        ("s3://[pictures", "can't be read"),
        ("s3://pictures?endpoint", "can't be read"),
        ("s3://pictures/a b", "prefix"),
        ("s3://pictures/../x", "prefix"),
        ("s3://pictures/a//b", "prefix"),
        ("s3://pictures?endpoint=s3.example.org", "no address in endpoint"),
        ("s3://pictures?endpoint=ftp://s3.example.org", "no address in endpoint"),
        ("s3://pictures?endpoint=https://s3.example.org:port", "no address in endpoint"),
        ("s3://pictures?endpoint=https://ada:x@s3.example.org", "no address in endpoint"),
        ("s3://pictures?public=cdn", "no address in public"),
        ("s3://pictures?public=https://cdn.example.org;script-src", "no address in public"),
        ("s3://pictures?style=odd", "style"),
        ("s3://pictures?region=", "region"),
        ("s3://pictures?region=eu%20central", "region"),
        ("s3://pictures?region=a&region=b", "twice"),
        ("s3://pictures?bucket=x", r"that there isn't \(bucket\)"),
        ("s3://KEY@pictures", "one key without the other"),
    ],
)
def test_what_makes_no_sense_is_refused_with_what_to_write(url, what):
    with pytest.raises(ConfigurationError, match=what) as caught:
        read_options(url)
    assert caught.value.hint.endswith(".") or "s3://" in caught.value.hint


@pytest.mark.parametrize(
    "rest", ["P", "pictures?endpoint=x", "pictures/..", "pictures?x=1", "[x", "pictures?y"]
)
def test_no_refusal_quotes_the_keys(rest):
    with pytest.raises(ConfigurationError) as caught:
        read_options(f"s3://KEY:{SECRET}@{rest}")
    assert SECRET not in f"{caught.value} {caught.value.hint} {caught.value.__cause__}"
