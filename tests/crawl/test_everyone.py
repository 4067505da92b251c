"""Every kind of page in a real browser: no serious or critical finding of axe-core in any theme, everything
within reach of a keyboard, nothing wider than a small window, no error, no request to another host.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from microblog_core.http.sessions import SESSION_COOKIE

from . import looking
from .routes import template_of
from .town import Town
from .walking import Walk

THEMES = ("dark", "contrast")
SMALL = {"width": 320, "height": 640}
WIDE = {"width": 1280, "height": 900}
MORE_FOR_OWNERS = {"/admin", "/admin/accounts/N", "/admin/approvals", "/admin/statistics"}
WALKED: dict[str, list[str]] = {}


def kind_of(path: str) -> str:
    """Pages of one kind look alike, whatever is asked of them."""
    return template_of(path).partition("?")[0]


def kinds_of_pages(town: Town, role: str) -> list[str]:
    """An address of each kind of page that somebody of this role finds."""
    if role not in WALKED:
        with town.client(role) as client:
            walk = Walk(town, role, client)
            walk.everywhere()
        first: dict[str, str] = {}
        for path in walk.pages:
            first.setdefault(kind_of(path), path)
        WALKED[role] = sorted(first.values())
    return WALKED[role]


@pytest.fixture
def window(chromium: Any, town: Town) -> Iterator[Any]:
    """A function that opens a window for a role; what goes wrong in any of them is told at the end."""
    contexts: list[Any] = []
    problems: list[str] = []

    def opened(role: str, **options: Any) -> Any:
        context = chromium.new_context(base_url=town.url, **options)
        if role != "anonymous":
            context.add_cookies([{"name": SESSION_COOKIE, "value": town.tokens[role], "url": town.url}])
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: message.type == "error" and problems.append(message.text))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on(
            "request",
            lambda request: (
                request.url.startswith((town.url, "data:", "about:"))
                or problems.append(f"a request to another host: {request.url}")
            ),
        )
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not problems


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("role", "others"),
    [("anonymous", ()), ("member", ()), ("moderator", ("member",)), ("owner", ("member", "moderator"))],
)
def test_every_kind_of_page_is_accessible_in_every_theme(
    window: Any, town: Town, role: str, others: tuple[str, ...]
):
    seen = {kind_of(path) for other in others for path in kinds_of_pages(town, other)} - MORE_FOR_OWNERS
    paths = [path for path in kinds_of_pages(town, role) if kind_of(path) not in seen]
    page = window(role, viewport=WIDE, reduced_motion="reduce")
    problems = []
    for path in paths:
        page.goto(path, wait_until="load")
        found = [f"light: {each}" for each in looking.audit(page)]
        for name in THEMES:
            looking.theme(page, name)
            found += [f"{name}: {each}" for each in looking.audit(page, looking.COLOURS)]
        found += [f"keyboard: {each}" for each in looking.unreachable(page)]
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        found += [f"large text: {each}" for each in looking.too_wide(page)]
        page.set_viewport_size(SMALL)
        page.evaluate("document.documentElement.style.fontSize = ''")
        found += [f"narrow: {each}" for each in looking.too_wide(page)]
        page.set_viewport_size(WIDE)
        problems += [f"{path}: {each}" for each in found]
    assert not problems, "\n".join(problems)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_from_the_right_are_accessible_and_narrow(window: Any, town: Town, scheme: str):
    page = window("member", viewport=SMALL, locale="ar", color_scheme=scheme, forced_colors="none")
    problems = []
    for path in kinds_of_pages(town, "member")[:: 3 if scheme == "dark" else 1]:
        page.goto(path, wait_until="load")
        assert page.evaluate("document.dir + document.documentElement.lang") == "rtlar", path
        found = looking.too_wide(page)
        if scheme == "dark" or path in ("/", "/notifications", "/settings/profile"):
            found += looking.audit(page)
        problems += [f"{path}: {each}" for each in found]
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("path", ["/", "/@bob", "/settings/profile", "/compose", "/notifications", "/login"])
def test_tab_comes_by_everything_and_its_focus_is_seen(window: Any, town: Town, path: str):
    page = window("anonymous" if path == "/login" else "member", viewport=WIDE)
    page.goto(path, wait_until="load")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip", "the first stop skips to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.goto(path, wait_until="load")
    problems = looking.tab_through(page)
    assert not problems, "\n".join(problems)


def test_paper_shows_the_words_and_nothing_to_press(window: Any, town: Town):
    page = window("member", viewport=WIDE)
    page.goto("/@bob", wait_until="load")
    page.emulate_media(media="print")
    assert page.locator("article .text").first.is_visible()
    for hidden in ("header.side", ".acts", ".tabs-row", "button"):
        assert page.locator(hidden).first.is_hidden(), hidden


def test_colours_that_the_system_forces_leave_states_visible(window: Any, town: Town):
    page = window("member", viewport=WIDE, forced_colors="active")
    page.goto("/notifications", wait_until="load")
    border = "() => getComputedStyle(document.querySelector('.button')).borderTopStyle"
    assert page.evaluate(border) == "solid"
    current = "() => getComputedStyle(document.querySelector('.side [aria-current]')).outlineStyle"
    assert page.evaluate(current) == "solid"
