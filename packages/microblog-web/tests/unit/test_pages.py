"""What every page keeps: one strict policy, no other hosts, no inline script or style, sound HTML."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from microblog_core.domain.permissions import Actor
from microblog_core.domain.polls import NewPoll
from microblog_core.services.posts import PublishPost
from microblog_core.services.scheduled import SchedulePost, schedule_post
from microblog_web.drafts import SaveDraft, save_draft

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
VOID = {"meta", "link", "input", "br", "img", "use", "path", "circle", "rect", "hr"}


class Checker(HTMLParser):
    """Nesting, ids, labels, and what the policy forbids."""

    def __init__(self):
        super().__init__()
        self.stack, self.ids, self.problems = [], [], []
        self.inputs, self.labels, self.headings, self.forms = [], set(), [], 0

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag not in VOID:
            self.stack.append(tag)
        if "id" in attributes:
            self.ids.append(attributes["id"])
        for name, value in attrs:
            if name == "style" or name.startswith("on"):
                self.problems.append(f"{tag} {name}={value}")
            if name in ("href", "src", "action", "formaction") and re.match(
                r"(https?:)?//|javascript:|data:", value or ""
            ):
                self.problems.append(f"{tag} {name}={value}")
        if tag in ("script", "style") and "src" not in attributes:
            self.problems.append(f"inline {tag}")
        if tag in ("input", "textarea", "select") and attributes.get("type") not in ("hidden", "checkbox"):
            self.inputs.append(attributes)
        if tag == "label" and "for" in attributes:
            self.labels.add(attributes["for"])
        if tag == "h1":
            self.headings.append(tag)

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        if not self.stack or self.stack.pop() != tag:
            self.problems.append(f"unbalanced {tag}")


def check(page):
    checker = Checker()
    checker.feed(page.text)
    checker.close()
    assert not checker.problems, (page.path, checker.problems)
    assert not checker.stack, (page.path, checker.stack)
    assert len(checker.ids) == len(set(checker.ids)), (page.path, checker.ids)
    assert len(checker.headings) == 1, page.path
    for each in checker.inputs:
        assert each.get("id") in checker.labels or "aria-label" in each or "readonly" in each, (
            page.path,
            each,
        )
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    policy = page.headers["content-security-policy"]
    assert "default-src 'self'" in policy or "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert page.headers["x-content-type-options"] == "nosniff"
    assert '<a class="skip" href="#main">' in page.text
    assert "%(" not in page.text
    return page


async def own_places(ada, account, bob, entry):
    """What people keep and decide for themselves, with something hostile in it where that is possible."""
    title = EVIL[:60]
    made = await ada.submit((await ada.get("/lists")).form("title"), title=title)
    await ada.submit((await ada.get("/filters/new")).form("title"), title=title, words=title)
    act = (await ada.get("/")).form("csrf_token", "return_to")
    for path in (
        f"/accounts/{bob.id}/follow",
        f"{made.location.removesuffix('/edit')}/members/{bob.id}/add",
        f"/posts/{entry.post.id}/bookmark",
        "/tags/tag/follow",
    ):
        assert (await ada.submit(act, button=path)).status == 303, path
    edit = re.search(r'href="(/filters/\d+)"', (await ada.get("/filters")).text).group(1)
    return [
        *("/bookmarks", "/favourites", "/lists", "/tags", "/filters", "/filters/new", edit, f"{edit}/delete"),
        *(made.location, made.location.removesuffix("/edit"), made.location.replace("/edit", "/delete")),
        *("/mutes", "/blocks", "/follow_requests", "/conversations", "/notifications/follows"),
        *(f"/accounts/{bob.id}/{page}" for page in ("mute", "report", "lists")),
        f"/posts/{entry.post.id}/more",
    ]


async def everywhere(house):
    """All pages there are, for somebody anonymous and somebody logged in, with hostile texts on them."""
    account, ada = await house.person("ada", display_name=EVIL[:60], bio=EVIL)
    bob, _ = await house.person("bob")
    entry = await house.write(account, f"{EVIL} @bob #tag", spoiler=EVIL[:60])
    await house.write(bob, f"Plain {EVIL} @ada", in_reply_to_id=entry.post.id)
    await house.favourite(bob, entry.post)
    await house.follow(bob, account)
    post = f"/@ada/{entry.post.id}"
    open_pages = [
        "/",
        "/public",
        "/tags/tag",
        "/@ada",
        "/@ada/with_replies",
        "/@ada/followers",
        "/@ada/following",
        "/@ada/media",
        "/search",
        "/search?q=alert",
        "/search?q=tag&type=tags",
        "/directory",
        "/trends",
    ]
    open_pages += [
        post,
        f"{post}/history",
        "/about",
        "/about/statistics",
        "/about/statistics/months",
        "/shortcuts",
        "/login",
        "/signup",
        "/nope",
    ]
    own_pages = [
        "/compose",
        f"/compose?reply={entry.post.id}",
        f"/posts/{entry.post.id}/edit",
        "/notifications",
    ]
    poll = NewPoll(options=(EVIL[:50], "No"), expires_in=3600)
    asked = await house.write(bob, f"Asked {EVIL}", poll=poll, quoted_post_id=entry.post.id)
    mine = await house.write(account, EVIL, poll=poll)
    actor = Actor(account=account)
    waits = SchedulePost(post=PublishPost(text=EVIL, poll=poll), scheduled_at=house.clock.now() + 86_400_000)
    await schedule_post(house.site.ports, actor, waits)
    values = {"text": EVIL, "spoiler": EVIL, "option_0": EVIL, "visibility": "public", "scheduled_at": EVIL}
    draft = await save_draft(house.site.ports, actor, SaveDraft(values=values))
    own_pages += [
        "/scheduled",
        "/drafts",
        f"/compose?draft={draft.id}",
        f"/compose?quote={asked.post.id}",
        f"/posts/{mine.post.id}/edit",
        f"/posts/{entry.post.id}/delete",
        "/settings/profile",
        "/settings/account",
        "/settings/sessions",
        "/settings/feeds",
        "/@bob",
    ]
    own_pages += await own_places(ada, account, bob, entry)
    own_pages = [path for path in open_pages if path not in ("/login", "/signup")] + own_pages
    visitor = await house.visitor()
    for path in open_pages:
        yield await visitor.get(path)
    for path in own_pages:
        yield await ada.get(path)


async def test_every_page_is_sound_and_strict_whatever_people_write(house):
    pages = [check(page) async for page in everywhere(house)]
    assert len(pages) > 50
    for page in pages:
        assert "<script>alert" not in page.text, page.path
        assert "<img src=x" not in page.text, page.path


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing/here/at/all", 404),
        ("GET", "/x/nobody/", 404),
        ("GET", "/static/web/site.css", 404),
        ("GET", "/posts/1/boost", 405),
        ("POST", "/public", 405),
        ("DELETE", "/", 405),
        ("GET", "/logout", 405),
    ],
)
async def test_what_is_not_there_is_answered_in_the_sites_look(house, method, path, status):
    visitor = await house.visitor()
    answer = await visitor.http.request(method, path)
    assert answer.status_code == status
    assert 'class="brand"' in answer.text
    assert f'<p class="code" aria-hidden="true">{status}</p>' in answer.text
    if status == 405:
        assert answer.headers["allow"]


async def test_core_draws_its_own_refusals_in_the_sites_look_even_first_of_all(house):
    visitor = await house.visitor()
    answer = await visitor.http.post("/signup", content=b"x" * 300_000)
    assert answer.status_code == 413
    assert 'class="brand"' in answer.text


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"text=%ff%fe", "application/x-www-form-urlencoded"),
        (b"text=\xff", "application/x-www-form-urlencoded"),
        (b"text=%00", "application/x-www-form-urlencoded"),
        (b"&".join(b"a%d=1" % number for number in range(200)), "application/x-www-form-urlencoded"),
        (b"{}", "application/json"),
        (b"no parts", "multipart/form-data; boundary=x"),
        (b"--x--", "multipart/form-data"),
        (b"text=1", "text/plain"),
    ],
)
async def test_bodies_that_are_no_form_are_refused_and_change_nothing(house, body, kind):
    _, ada = await house.person("ada")
    for path in ("/compose", "/settings/profile", "/logout", "/signup"):
        answer = await ada.http.post(path, content=body, headers={"content-type": kind})
        assert answer.status_code == 400, path
        assert 'class="brand"' in answer.text
    assert "Log out" in (await ada.get("/public")).text


async def test_head_says_what_get_would_without_a_body(house):
    visitor = await house.visitor()
    for path, status in (("/public", 200), ("/public", 200), ("/login", 200), ("/nope", 404)):
        answer = await visitor.http.head(path)
        assert answer.status_code == status
        assert answer.content == b""
        assert int(answer.headers["content-length"]) > 1000


async def test_previews_name_the_post_and_say_nothing_that_was_folded(house):
    ada, _ = await house.person("ada")
    entry = await house.write(ada, "The butler did it", spoiler="Film ending")
    visitor = await house.visitor()
    head = (await visitor.get(f"/@ada/{entry.post.id}")).text.split("</head>")[0]
    assert "Film ending" in head
    assert "butler" not in head


async def test_the_address_of_the_site_is_told_only_where_it_is_configured(open_house):
    async with open_house(base_url="https://micro.example") as house:
        await house.person("ada")
        page = await (await house.visitor()).get("/@ada")
        assert '<link rel="canonical" href="https://micro.example/@ada">' in page.text
    async with open_house() as house:
        await house.person("ada")
        assert "canonical" not in (await (await house.visitor()).get("/@ada")).text


async def test_the_themed_renderer_draws_the_shared_pages(house):
    from microblog_core.ports.auth import Button, Field, FormPage, Line

    field = Field(name="code", label="Code <6>", error="Wrong & late", hint="From your app")
    page = FormPage(
        title="Second step",
        action="/x",
        fields=(field,),
        submit="Go",
        hidden={"a": '"b"'},
        links=(("Back", "/"),),
    )
    html = house.site.page_renderer.form(page).decode()
    assert 'class="brand"' in html
    assert "Code &lt;6&gt;" in html
    assert "Wrong &amp; late" in html
    assert 'value="&#34;b&#34;"' in html
    line = Line(text="Read <all>", note="since & then", button=Button(label="End", name="id", value="7"))
    deny = Button(label="Deny", name="decision", value="deny")
    code = Field(name="code", label="Code", value="abc", readonly=True)
    page = FormPage(title="In?", action="/x", fields=(code,), submit="", lines=(line,), others=(deny,))
    html = house.site.page_renderer.form(page).decode()
    assert "Read &lt;all&gt;" in html
    assert "since &amp; then" in html
    assert 'name="id" value="7"' in html
    assert 'name="decision" value="deny"' in html
    assert " readonly" in html
    assert html.partition("<main")[2].partition("</main>")[0].count('class="button') == 2
    assert "All done" in house.site.page_renderer.message("All done", "Well <done>").decode()


async def test_static_files_are_compressed_immutable_and_named_by_content(house):
    visitor = await house.visitor()
    page = await visitor.get("/about")
    paths = set(re.findall(r'"(/static/[^"]+)"', page.text))
    assert len(paths) == 4
    for path in paths:
        assert re.search(r"\.[0-9a-f]{12}\.\w+$", path)
        answer = await visitor.http.get(path, headers={"accept-encoding": "gzip"})
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
    assert (await visitor.get("/static/web/../plugin.py")).status == 404


@pytest.mark.parametrize("asked_by", ["same-origin", "none"])
async def test_a_page_for_one_reader_is_compressed_where_this_site_or_they_asked_for_it(house, asked_by):
    _, ada = await house.person("ada")
    fields = {"accept-encoding": "identity", "sec-fetch-site": asked_by}
    plain = await ada.get("/settings/profile", headers=fields)
    packed = await ada.get("/settings/profile", headers=fields | {"accept-encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) * 2 < int(plain.headers["content-length"])
    assert packed.text == plain.text


@pytest.mark.parametrize("fields", [{"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {}])
async def test_what_another_site_may_have_asked_for_does_not_tell_by_its_length(house, fields):
    _, ada = await house.person("ada")
    page = await ada.get("/settings/profile", headers={"accept-encoding": "gzip", **fields})
    assert page.status == 200
    assert "content-encoding" not in page.headers
