"""Which addresses of others the site may call."""

from __future__ import annotations

import pytest

from microblog_core.domain.addresses import NOTHING, Allowed, check_url, is_public
from microblog_core.domain.errors import Invalid


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "2606:4700::1111", "::ffff:93.184.216.34", "64:ff9b::5db8:d822"]
)
def test_addresses_of_the_internet_are_public(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.9.1",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "192.0.0.1",
        "198.18.0.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.1.1.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd12::1",
        "fec0::1",
        "ff02::1",
        "ff0e::1",
        "2001:db8::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:7f00:1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2002:5db8:d822::",
        "2001:0:4136:e378::1",
        "x",
        "",
    ],
)
def test_everything_else_is_not(address):
    assert not is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.org/",
        "ftp://hooks.example.org/",
        "https:///x",
        "https://",
        "hooks.example.org",
        "https://localhost/",
        "https://LOCALHOST./",
        "https://printer/",
        "https://a.internal/",
        "https://a.local/",
        "https://127.0.0.1/",
        "https://127.1/",
        "https://0x7f.1/",
        "https://2130706433/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[fe80::1%25eth0]/",
        "https://169.254.169.254/latest",
        "https://ada@hooks.example.org/",
        "https://a:b@hooks.example.org/",
        "https://hooks.example.org/#x",
        "https://hooks.example.org:99999/",
        "https://[::1/",
        "https://hooks.example.org/a b",
        "https://hooks.example.org/\r\nX: y",
        "https://hööks.example.org/",
        "https://hooks.example.org/" + "x" * 2048,
    ],
)
def test_what_is_no_address_on_the_internet_is_refused(url):
    with pytest.raises(Invalid) as refused:
        check_url(url, example="https://example.org/hook")
    assert set(refused.value.fields) == {"url"}


def test_what_the_settings_allow_is_allowed_also_without_tls():
    allowed = Allowed(["127.0.0.1", "10.1.0.0/16", "Hooks.Intra"])
    for url in (
        "http://127.0.0.1:8080/x",
        "https://10.1.2.3/",
        "http://hooks.intra/",
        "http://HOOKS.intra./x",
    ):
        assert check_url(url, allowed=allowed, example="") == url
        with pytest.raises(Invalid):
            check_url(url, allowed=NOTHING, example="")
    for url in ("http://127.0.0.2/", "http://10.2.0.1/", "http://xhooks.intra/", "http://example.org/"):
        with pytest.raises(Invalid):
            check_url(url, allowed=allowed, example="")
    assert allowed.address("10.1.255.1") and not allowed.address("10.2.0.1")
