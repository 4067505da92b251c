from __future__ import annotations

import pytest
from http_fakes import FakeSite, cookies_set, scope_for

from microblog_core.domain.errors import ConfigurationError
from microblog_core.http.cookies import delete_cookie, read_cookies, set_cookie
from microblog_core.http.errors import BadRequest, Misdirected
from microblog_core.http.hosts import Hosts
from microblog_core.http.limits import DRAIN_BYTES, drain
from microblog_core.http.pages import PlainPages
from microblog_core.http.proxy import Origin, Proxies
from microblog_core.http.scope import base_url_of, scrubbed
from microblog_core.http.security import add_security_headers
from microblog_core.ports.auth import Button, Field, FormPage, Line

# Hosts


def test_a_single_site_without_hosts_answers_to_all() -> None:
    site = FakeSite()
    hosts = Hosts([site])  # type: ignore[list-item]
    for host in ("localhost", "127.0.0.1:8000", "[::1]:8000", "Example.ORG."):
        assert hosts.find(host) is site


@pytest.mark.parametrize(
    "host", ["", " ", "a b", "a/b", "a@b", "-", "a:b", "a\r\nx", "[", "ä.example", "a" * 300]
)
def test_what_cannot_be_a_host_is_a_bad_request(host: str) -> None:
    with pytest.raises(BadRequest):
        Hosts([FakeSite()]).find(host)  # type: ignore[list-item]


def test_unknown_hosts_are_misdirected() -> None:
    with pytest.raises(Misdirected):
        Hosts([FakeSite(hosts=("a.example",))]).find("b.example")  # type: ignore[list-item]


def test_sites_must_not_share_a_host_nor_one_of_several_go_without() -> None:
    one = FakeSite("one", hosts=("a.example",))
    with pytest.raises(ConfigurationError, match=r"'one'.*'two'"):
        Hosts([one, FakeSite("two", hosts=("A.example:80",))])  # type: ignore[list-item]
    with pytest.raises(ConfigurationError, match="'two'"):
        Hosts([one, FakeSite("two")])  # type: ignore[list-item]


# Proxies

VISITOR = Origin("10.0.0.1", "http", "inside")


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("6.6.6.6, 192.0.2.7", "192.0.2.7"),
        ("6.6.6.6, 192.0.2.7, 10.9.9.9", "192.0.2.7"),
        ("192.0.2.7:4711", "192.0.2.7"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("unknown", "10.0.0.1"),
        ("192.0.2.7, <script>", "10.0.0.1"),
        ("", "10.0.0.1"),
        ("10.1.1.1", "10.1.1.1"),
    ],
)
def test_the_visitor_is_the_last_address_that_is_no_proxy(forwarded: str, address: str) -> None:
    assert Proxies(["10.0.0.0/8"]).resolve(VISITOR, forwarded, "", "").address == address


def test_of_scheme_and_host_the_nearest_proxys_word_counts() -> None:
    proxies = Proxies(["10.0.0.0/8"])
    assert proxies.resolve(VISITOR, "", "http, https", "evil.example, public.example") == Origin(
        "10.0.0.1", "https", "public.example"
    )
    assert proxies.resolve(VISITOR, "", "gopher", "") == VISITOR


def test_trust_is_by_address_or_network() -> None:
    proxies = Proxies(["127.0.0.1", "10.0.0.0/8", "2001:db8::/32"])
    for address, trusted in (
        ("127.0.0.1", True),
        ("127.0.0.2", False),
        ("10.200.0.1", True),
        ("::ffff:10.0.0.1", True),
        ("2001:db8::5", True),
        ("", False),
        ("unix:", False),
    ):
        assert proxies.trusts(address) is trusted
        assert proxies.trusts(address) is trusted


def test_a_proxy_that_is_no_address_is_a_configuration_error_that_names_it() -> None:
    with pytest.raises(ConfigurationError, match="nginx"):
        Proxies(["nginx"])


# Cookies


def test_cookies_are_read_once_and_see_what_was_set(site: FakeSite) -> None:
    scope = scope_for(site, cookie='a=1; b="2"; novalue; =x; a=9')
    assert read_cookies(scope) == {"a": "1", "b": "2", "": "x"}
    set_cookie(scope, "c", "3")
    delete_cookie(scope, "a")
    assert read_cookies(scope) == {"b": "2", "": "x", "c": "3"}
    assert cookies_set(scope) == {"c": "3", "a": ""}


@pytest.mark.parametrize("value", ["a b", "a;b", "a\r\nb", "ä", 'a"b', "a,b", "a\\b"])
def test_values_that_would_break_the_header_are_refused(site: FakeSite, value: str) -> None:
    with pytest.raises(ValueError, match="cookie"):
        set_cookie(scope_for(site), "name", value)


# Scope


def test_the_public_address_is_the_configured_one_or_the_one_asked_for(site: FakeSite) -> None:
    assert base_url_of(scope_for(site, scheme="https")) == "https://localhost:8000"
    configured = FakeSite(base_url="https://public.example/")
    assert base_url_of(scope_for(configured)) == "https://public.example"


@pytest.mark.parametrize(
    ("query", "clean"),
    [
        ("q=1&max_id=2", "q=1&max_id=2"),
        ("access_token=abc", "access_token=***"),
        ("a=1&code=abc&state=x&b=2", "a=1&code=***&state=***&b=2"),
        ("Password=abc&token=", "Password=***&token=***"),
        ("email=a%40b.example", "email=***"),
    ],
)
def test_secrets_in_queries_do_not_get_into_logs(query: str, clean: str) -> None:
    assert scrubbed(query) == clean


# Security headers


def test_a_surface_may_replace_a_security_header() -> None:
    headers = [(b"content-security-policy", b"default-src 'self' https://pay.example")]
    add_security_headers(headers, "http")
    assert [value for name, value in headers if name == b"content-security-policy"] == [
        b"default-src 'self' https://pay.example"
    ]
    assert (b"x-content-type-options", b"nosniff") in headers


# Pages


def test_the_plain_pages_escape_everything() -> None:
    evil = "<script>\"'&"
    page = FormPage(
        title=evil,
        action=f"/login?{evil}",
        fields=(Field(name="n", label=evil, value=evil, error=evil, hint=evil, kind="text"),),
        submit=evil,
        hidden={evil: evil},
        intro=evil,
        error=evil,
        links=((evil, evil),),
        lines=(Line(text=evil, note=evil, button=Button(label=evil, name=evil, value=evil)),),
        others=(Button(label=evil, name=evil, value=evil),),
    )
    for document in (PlainPages().form(page), PlainPages().message(evil, evil, ((evil, evil),))):
        assert b"<script>" not in document
        assert b"&lt;script&gt;&quot;&#x27;&amp;" in document


def test_the_plain_form_is_labelled_and_says_at_the_field_what_is_wrong() -> None:
    field = Field(
        name="password", label="Password", kind="password", autocomplete="current-password", error="Wrong"
    )
    document = (
        PlainPages()
        .form(FormPage(title="Log in", action="/x", fields=(field,), submit="Log in", hidden={"state": "s"}))
        .decode()
    )
    assert '<label for="password">Password</label>' in document
    assert 'type="password"' in document
    assert 'autocomplete="current-password"' in document
    assert 'aria-describedby="password-error" aria-invalid="true"' in document
    assert '<input type="hidden" name="state" value="s">' in document


def test_the_plain_form_has_lines_and_further_buttons_or_none_at_all() -> None:
    line = Line(text="Read", note="all of it", button=Button(label="End", name="id", value="7"))
    deny = Button(label="Deny", name="decision", value="deny")
    page = FormPage(title="Let in?", action="/x", fields=(), submit="Allow", lines=(line,), others=(deny,))
    document = PlainPages().form(page).decode()
    assert '<li>Read<br><small>all of it</small> <button name="id" value="7">End</button></li>' in document
    assert '<button>Allow</button> <button name="decision" value="deny">Deny</button>' in document
    code = Field(name="code", label="Code", value="abc", readonly=True)
    bare = PlainPages().form(FormPage(title="Code", action="", fields=(code,), submit="")).decode()
    assert 'value="abc" readonly' in bare
    assert "<button" not in bare


async def test_a_body_that_nobody_wants_is_read_away_as_far_as_it_is_reasonable():
    taken = []

    async def endless():
        taken.append(1 << 20)
        return {"type": "http.request", "body": b"a" * (1 << 20), "more_body": True}

    await drain(endless)
    assert sum(taken) == DRAIN_BYTES


async def test_who_leaves_while_a_body_is_read_away_ends_it():
    messages = [
        {"type": "http.request", "body": b"a", "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def leaving():
        return messages.pop(0)

    await drain(leaving)
    assert messages == []
