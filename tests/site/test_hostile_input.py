"""Hostile input over HTTP: clear 4xx in the page's own format, nothing leaked, nothing stored, nothing
redirected away.
"""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import AsyncIterator, Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote

import pytest

from microblog_core.domain.posts import Visibility
from microblog_core.services import posts
from microblog_core.testing.browser import Browser, Page, log_in, write
from microblog_core.testing.servers import ServerProcess, site_server

from .conftest import MakeData
from .seeding import PASSWORD, opened, person

SCRIPTS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg onload=alert(1)>",
    "</textarea><script>alert(1)</script>",
    "{{ 7919 * 7907 }}{% raw %}",
    "javascript:alert(1)",
    "%00%0d%0aset-cookie: a=b",
)
CONFIGURATION = """
[sites.main.rates]
publish = [1000, 60]
profile = [1000, 60]
sign_up = [1000, 60]
log_in_address = [1000, 60]
"""


class Markup(HTMLParser):
    """What a browser would run or load of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.scripts: list[str] = []
        self.handlers: list[str] = []
        self.outside: list[str] = []
        self._in_script = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_script = tag == "script"
        for name, value in attrs:
            if name.startswith("on") or name == "style":
                self.handlers.append(f"{tag} {name}")
            if name in {"href", "src", "action", "formaction"} and re.match(
                r"\s*(javascript|data|vbscript):", value or "", re.IGNORECASE
            ):
                self.handlers.append(f"{tag} {name}={value}")
            if name == "src" and re.match(r"(https?:)?//", value or ""):
                self.outside.append(value or "")

    def handle_endtag(self, tag: str) -> None:
        self._in_script = self._in_script and tag != "script"

    def handle_data(self, data: str) -> None:
        if self._in_script and data.strip():
            self.scripts.append(data)


def assert_harmless(page: Page) -> None:
    """Nothing in the page runs or loads anything of a stranger's."""
    markup = Markup(page.text)
    assert (markup.scripts, markup.handlers, markup.outside) == ([], [], [])
    assert str(7919 * 7907) not in page.text


def assert_refused(page: Page, *statuses: int) -> None:
    """A clear 4xx as a page of the site that names no internals."""
    assert page.status in (statuses or range(400, 500)), f"{page.path}: {page.status}\n{page.text[:500]}"
    assert page.headers["content-type"].startswith("text/html")
    assert "</html>" in page.text
    assert not re.search(r"Traceback|sqlite3|sqlalchemy|litestar|\.py\b", page.text, re.IGNORECASE)
    assert_harmless(page)


@pytest.fixture(scope="module")
def data(make_data: MakeData) -> Path:
    return make_data(CONFIGURATION)


@pytest.fixture(scope="module")
def people(data: Path) -> dict[str, int]:
    """Ada and Bob, and a post of Ada's that Bob may not see; the ids of both kinds of posts."""

    async def seed() -> dict[str, int]:
        async with opened(data) as ports:
            ada, _ = await person(ports, "ada"), await person(ports, "bob")
            hidden = posts.PublishPost(text="hidden-text", visibility=Visibility.FOLLOWERS)
            shown = posts.PublishPost(text="shown-text")
            return {
                "hidden": (await posts.publish_post(ports, ada, hidden)).post.id,
                "shown": (await posts.publish_post(ports, ada, shown)).post.id,
            }

    return asyncio.run(seed())


@pytest.fixture(scope="module")
def server(data: Path, people: dict[str, int]) -> Iterator[ServerProcess]:
    with site_server(data) as server:
        yield server
        assert "Traceback" not in server.output()


@pytest.fixture
async def bob(server: ServerProcess) -> AsyncIterator[Browser]:
    async with Browser(server.port) as browser:
        assert (await log_in(browser, "bob", PASSWORD)).status == 303
        yield browser


@pytest.fixture
async def visitor(server: ServerProcess) -> AsyncIterator[Browser]:
    async with Browser(server.port) as browser:
        yield browser


async def token_of(browser: Browser) -> str:
    return (await browser.get("/compose")).form("text").fields["csrf_token"]


async def test_scripts_in_every_text_field_are_shown_as_text(bob: Browser, visitor: Browser) -> None:
    pages: list[Page] = []
    for script in SCRIPTS:
        pages.append(await write(bob, f"{script} #tag{script}", spoiler=script[:100], language="en"))
        assert pages[-1].status == 303
        form = (await bob.get("/settings/profile")).form("display_name", "bio")
        values = {"display_name": script, "bio": script}
        values |= {name: script for name in form.names if re.fullmatch(r"(name|value)_\d", name)}
        saved = await bob.submit(form, **values)
        assert saved.status == 303, saved.text
        for path in ("/", "/public", "/@bob", "/settings/profile", "/notifications", "/tags/tag"):
            pages += [await bob.get(path), await visitor.get(path)]
    for page in pages:
        if page.status == 200:
            assert_harmless(page)
    public = (await visitor.get("/public")).text
    assert all(html.escape(script, quote=False) in html.unescape(public) or script in html.unescape(public)
               for script in SCRIPTS[:5])  # fmt: skip


async def test_what_was_typed_comes_back_harmless_when_it_is_refused(bob: Browser, visitor: Browser) -> None:
    for script in SCRIPTS:
        refused = await write(bob, script + "x" * 600, spoiler=script)
        assert_refused(refused, 422)
        form = (await visitor.get("/signup")).form("username", "email", "password")
        names = {name: script for name in form.names if not name.startswith("csrf")}
        assert_refused(await visitor.submit(form, **names), 422)
        login = (await visitor.get("/login")).form("name", "password")
        assert_refused(await visitor.submit(login, name=script, password=script), 401, 422)
        for path in (f"/login?next={script}", f"/compose?text={script}", f"/tags/{script}"):
            page = await visitor.get(path.replace(" ", "%20"))
            assert page.status < 500
            assert_harmless(page)


@pytest.mark.parametrize("token", ["", "forged", "0" * 64])
async def test_forged_and_missing_tokens_are_refused_and_change_nothing(
    bob: Browser, people: dict[str, int], token: str
) -> None:
    fields = {"csrf_token": token, "text": "forged", "visibility": "public"} if token else {"text": "forged"}
    for path in ("/compose", f"/posts/{people['shown']}/favourite", "/logout", "/settings/profile"):
        assert_refused(await bob.post(path, fields), 403)
    assert "forged" not in (await bob.get("/public")).text
    assert (await bob.get("/notifications", follow=False)).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
async def test_a_form_sent_by_another_site_is_refused_even_with_the_right_token(
    bob: Browser, headers: dict[str, str]
) -> None:
    fields = {"csrf_token": await token_of(bob), "text": "from elsewhere", "visibility": "public"}
    assert_refused(await bob.post("/compose", fields, headers=headers), 403)
    assert "from elsewhere" not in (await bob.get("/public")).text


async def test_ids_of_posts_that_one_may_not_see_are_as_if_they_were_none(
    bob: Browser, visitor: Browser, people: dict[str, int]
) -> None:
    hidden, none = people["hidden"], people["hidden"] + 1
    token = {"csrf_token": await token_of(bob), "text": "x", "visibility": "public"}
    forms = ("/posts/{}/edit", "/posts/{}/delete", "/compose?reply={}", "/compose?quote={}")
    for path in ("/@ada/{}", "/@ada/{}/history", *forms):
        answers = [await bob.get(path.format(post_id)) for post_id in (hidden, none)]
        assert_refused(answers[0], 404)
        assert re.sub(r"\d{10,}", "", answers[0].text) == re.sub(r"\d{10,}", "", answers[1].text)
        assert "hidden-text" not in (await visitor.get(path.format(hidden))).text
    for path in ("boost", "favourite", "unboost", "unfavourite", "edit", "delete", "redraft"):
        assert_refused(await bob.post(f"/posts/{hidden}/{path}", token), 404)
    for path in ("", "/preview", "/form", "/draft", "/next"):
        for field in ("in_reply_to_id", "quoted_post_id"):
            page = await bob.post(f"/compose{path}", {**token, field: str(hidden)})
            assert "hidden-text" not in page.text
    reply = await bob.post("/compose", {**token, "in_reply_to_id": str(hidden)})
    assert reply.status in {404, 422} or "hidden-text" not in reply.text


async def test_posts_of_others_are_neither_edited_nor_deleted(bob: Browser, people: dict[str, int]) -> None:
    token = {"csrf_token": await token_of(bob), "text": "taken over", "visibility": "public"}
    for path in ("edit", "delete"):
        assert_refused(await bob.get(f"/posts/{people['shown']}/{path}"), 403)
        assert_refused(await bob.post(f"/posts/{people['shown']}/{path}", token), 403)
    assert "shown-text" in (await bob.get("/public")).text


NONSENSE = [
    "0",
    "-1",
    "1e9",
    "99999999999999999999999",
    "9223372036854775808",
    "0x10",
    "%00",
    "١٢٣",
    "' OR 1=1",
]


@pytest.mark.parametrize("text", NONSENSE)
async def test_ids_that_are_none_are_not_found(visitor: Browser, text: str) -> None:
    given = text if text.startswith("%") else quote(text)
    for path in (
        f"/@ada/{given}",
        f"/public?max_id={given}",
        f"/@ada?min_id={given}",
        f"/compose?reply={given}",
    ):
        page = await visitor.get(path, follow=False)
        assert page.status < 500
        if path.startswith("/@ada/"):
            assert_refused(page, 400, 404)


@pytest.mark.parametrize("text", NONSENSE)
async def test_fields_of_the_form_that_are_nonsense_break_nothing(bob: Browser, text: str) -> None:
    names = ("draft", "quoted_post_id", "media", "scheduled_at", "poll_lasts", "quote_policy", "option_0")
    for path in ("", "/preview", "/form", "/draft", "/next"):
        token = {"csrf_token": await token_of(bob), "visibility": "public"}
        for name in names:
            page = await bob.post(f"/compose{path}", {**token, "text": "precious", name: text})
            assert page.status < 500
            assert page.status == 303 or "precious" in page.text
        for field in ("about_{}", "focus_{}", "place_{}", "remove_{}"):
            fields = {**token, "text": "precious", "media": "1", field.format(1): text}
            assert (await bob.post(f"/compose{path}", fields)).status < 500
    for path in ("/scheduled/{}/move", "/scheduled/{}/cancel", "/drafts/{}/delete", "/polls/{}/vote"):
        page = await bob.post(path.format(quote(text)), {"csrf_token": await token_of(bob), "choice": text})
        assert page.status < 500


async def test_oversized_bodies_are_refused_with_their_limit(bob: Browser) -> None:
    fields = {"csrf_token": await token_of(bob), "visibility": "public", "text": "x" * (3 << 20)}
    assert_refused(await bob.post("/compose", fields), 413)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/x-www-form-urlencoded", b"text=%ff%fe&csrf_token=x"),
        ("application/x-www-form-urlencoded", b"text=\xff\xfe"),
        ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % number for number in range(20_000))),
        ("multipart/form-data; boundary=x", b"--x\r\nbroken"),
        ("multipart/form-data", b"no boundary"),
        ("application/json", b'{"text": "json"}'),
        ("application/json", b"{" * 5000),
        ("text/plain", b"text=1"),
        ("\xff\xfe", b"text=1"),
        ("", b"text=1"),
    ],
)
async def test_malformed_bodies_are_refused(bob: Browser, content_type: str, body: bytes) -> None:
    page = await bob._request("POST", "/compose", body, {"content-type": content_type, "origin": bob.origin})
    assert_refused(page, 400, 403, 413, 415, 422)


@pytest.mark.parametrize(
    "path",
    [
        "/%ff%fe",
        "/@%ff",
        "/tags/%c3%28",
        "/public?max_id=%ff",
        "/%00",
        "/..%2f..%2fetc%2fpasswd",
        "/static/..%2f..%2fpyproject.toml",
        "/static/web/%2e%2e/%2e%2e/plugin.py",
        "/" + "a" * 20_000,
        "//evil.example/",
        "/@ada/1/2/3",
        "/live",
    ],
)
async def test_malformed_addresses_are_refused(visitor: Browser, path: str) -> None:
    page = await visitor.get(path, follow=False)
    assert 400 <= page.status < 500, (page.status, page.headers)
    assert "Traceback" not in page.text


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/%09/evil.example",
        "http:evil.example",
        "/@ada\r\nset-cookie: a=b",
    ],
)
async def test_logging_in_never_leads_to_another_site(server: ServerProcess, target: str) -> None:
    async with Browser(server.port) as browser:
        form = (await browser.get(f"/login?next={quote(target)}")).form("name", "password")
        answer = await browser.submit(form, name="bob", password=PASSWORD)
        location = answer.headers["location"]
        assert answer.status == 303
        assert location.startswith("/")
        assert not re.match(r"/[/\\\s]", location)
        assert "set-cookie: a=b" not in str(answer.headers)


async def test_the_session_cookie_is_kept_from_scripts_rotated_and_dead_after_log_out(
    server: ServerProcess,
) -> None:
    async with Browser(server.port) as browser:
        first = await log_in(browser, "bob", PASSWORD)
        cookie = first.headers["set-cookie"]
        before = dict(browser.cookies)
        assert re.search(r";\s*httponly", cookie, re.IGNORECASE)
        assert re.search(r";\s*samesite=lax", cookie, re.IGNORECASE)
        token = await token_of(browser)
        assert (await browser.post("/logout", {"csrf_token": token})).status == 303
        browser.cookies = before
        assert (await browser.get("/notifications", follow=False)).status in {302, 303, 401}
        browser.cookies = {}
        await log_in(browser, "bob", PASSWORD)
        assert browser.cookies["microblog_session"] != before["microblog_session"]


async def test_a_session_given_to_the_browser_beforehand_is_not_taken_over(server: ServerProcess) -> None:
    async with Browser(server.port) as browser:
        browser.cookies["microblog_session"] = "fixed-by-somebody-else"
        assert (await log_in(browser, "bob", PASSWORD)).status == 303
        assert browser.cookies["microblog_session"] != "fixed-by-somebody-else"


async def test_every_page_forbids_scripts_frames_and_other_hosts(
    bob: Browser, people: dict[str, int]
) -> None:
    for path in ("/", "/public", "/@ada", "/login", "/nowhere", f"/@ada/{people['shown']}"):
        headers = (await bob.get(path, follow=False)).headers
        policy = headers["content-security-policy"]
        assert "default-src 'self'" in policy or "default-src 'none'" in policy
        assert "unsafe-inline" not in policy
        assert "unsafe-eval" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"


async def test_the_cookie_is_secure_where_a_trusted_proxy_says_https(
    data: Path, people: dict[str, int]
) -> None:
    with (data / "microblog.toml").open("a") as file:
        file.write('\n[server]\nproxies = ["127.0.0.1"]\n')
    with site_server(data) as server:
        async with Browser(server.port) as browser:
            headers = {"x-forwarded-proto": "https", "x-forwarded-host": "site.example"}
            page = await browser._request("GET", "/login", b"", headers)
            form = page.form("name", "password")
            sent = {**form.fields, "name": "bob", "password": PASSWORD}
            answer = await browser.post(
                form.action, sent, headers={**headers, "origin": "https://site.example"}
            )
            assert answer.status == 303, answer.text
            assert re.search(r";\s*secure", answer.headers["set-cookie"], re.IGNORECASE)
