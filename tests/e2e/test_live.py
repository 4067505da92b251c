"""What happens without a new page where there is JavaScript; without it the same is done by links and forms,
as the other tests of this folder show.
"""

from __future__ import annotations

import re

import pytest

SCRIPT_MOST = 60_000
"""Bytes of script on a page, as a browser runs them."""

WRITE = """async texts => {
    for (const text of texts) {
        const body = new FormData(document.querySelector("#compose"));
        body.set("text", text);
        body.set("once", "once for " + text);
        await fetch("/compose", {method: "POST", body, redirect: "manual"});
    }
}"""
"""Sends the form of the page that is open, once for each text."""

SHIFTS = """
    window.shifts = 0;
    new PerformanceObserver(list => {
        for (const each of list.getEntries()) if (!each.hadRecentInput) window.shifts += each.value;
    }).observe({type: "layout-shift", buffered: true});
"""
"""Adds up how far what one sees was moved by something else than oneself, as web.dev/cls does."""


@pytest.fixture
def javascript() -> bool:
    return True


def stays(page):
    """Leave a mark that a new page would not have; the function says whether it is still there."""
    page.evaluate("window.stayed = true")
    return lambda: page.evaluate("window.stayed === true")


def test_new_posts_are_offered_on_top_and_loaded_in_place_in_order_and_once(people, name):
    ada, reader = people(), people()
    ada.sign_up(name("ada"))
    ada.write("The first of all")
    with reader.page.expect_response("**/live/public**"):
        reader.open("/public")
    same = stays(reader.page)
    for number in (1, 2):
        ada.write(f"Fresh {number} from {ada.name}")
    offer = reader.page.get_by_role("link", name="2 new posts")
    offer.wait_for()
    assert not reader.sees(f"Fresh 1 from {ada.name}")
    offer.click()
    reader.post(f"Fresh 1 from {ada.name}").wait_for()
    texts = reader.page.locator("main .feed .text").all_text_contents()
    assert texts[:3] == [f"Fresh 2 from {ada.name}", f"Fresh 1 from {ada.name}", "The first of all"]
    assert len(texts) == len(set(texts))
    assert reader.page.locator("main .feed article").first.evaluate("post => post == document.activeElement")
    assert not offer.is_visible()
    assert same()


def test_who_is_blocked_is_never_announced_and_what_is_gone_no_more(people, name):
    ada, eve, bob = people(), people(), people()
    for person, stem in ((ada, "ada"), (eve, "eve"), (bob, "bob")):
        person.sign_up(name(stem))
    bob.write("Something to begin with")
    ada.open(f"/@{eve.name}")
    ada.page.locator(".menu summary").click()
    ada.page.get_by_role("button", name="Block").click()
    ada.page.get_by_role("button", name="Unblock").wait_for()
    with ada.page.expect_response("**/live/public**"):
        ada.open("/public")
    eve.write("Not for her")
    bob.write("In a hurry")
    bob.write("For her")
    ada.page.get_by_role("link", name="2 new posts").wait_for()
    bob.post("In a hurry").get_by_role("link", name="Delete", exact=True).click()
    bob.page.get_by_role("main").get_by_role("button", name="Delete", exact=True).click()
    ada.page.get_by_role("link", name="1 new post", exact=True).wait_for()


def test_notifications_are_counted_while_a_page_is_open(people, name):
    ada, bob = people(), people()
    ada.sign_up(name("ada"))
    bob.sign_up(name("bob"))
    with ada.page.expect_response("**/live/me"):
        ada.open("/settings/profile")
    bob.write(f"@{ada.name} hello")
    ada.page.get_by_role("link", name="Notifications 1 unread").wait_for()
    assert ada.page.title().startswith("(1) ")
    ada.open("/about")
    assert ada.page.title().startswith("(1) ")


def test_buttons_change_what_they_are_about_and_keep_the_focus(people, name):
    ada, bob = people(), people()
    ada.sign_up(name("ada"))
    bob.sign_up(name("bob"))
    bob.write(f"Nice weather, says {bob.name}")
    ada.open(f"/@{bob.name}")
    same, post = stays(ada.page), ada.post("Nice weather")
    for press, undo, count in (
        ("Favourite the post", "Undo the favourite", "favourites: 1"),
        ("Boost the post", "Undo the boost", "boosts: 1"),
        ("Bookmark the post", "Remove the bookmark", ""),
    ):
        post.get_by_role("button", name=press).click()
        button = post.get_by_role("button", name=re.compile(f"{undo}.*{count}"))
        button.wait_for()
        assert button.evaluate("button => button == document.activeElement")
    ada.page.get_by_role("button", name="Follow", exact=True).click()
    ada.page.get_by_role("button", name="Unfollow").wait_for()
    assert same()
    ada.open(f"/@{bob.name}")
    assert post.get_by_role("button", name="Undo the favourite").is_visible()
    assert ada.page.get_by_role("button", name="Unfollow").is_visible()


def test_a_menu_that_is_opened_while_a_button_works_stays_open(people, name):
    ada, bob = people(), people()
    ada.sign_up(name("ada"))
    bob.sign_up(name("bob"))
    ada.open(f"/@{bob.name}")
    page, held = ada.page, []
    menu = page.locator("summary", has_text="More about")
    page.route("**/follow", lambda route: held.append(route))
    with page.expect_request("**/follow"):
        page.get_by_role("button", name="Follow", exact=True).click()
    menu.click()
    held.pop().continue_()
    page.get_by_role("button", name="Unfollow").wait_for()
    page.get_by_role("button", name="Block @").click()
    page.get_by_role("button", name="Unblock").wait_for()
    assert page.locator("details.menu").get_attribute("open") is None


def test_a_deletion_is_asked_done_and_undone_where_the_post_is(people, name):
    ada = people()
    ada.sign_up(name("ada"))
    ada.write("Said too much")
    same, post = stays(ada.page), ada.post("Said too much")
    post.get_by_role("link", name="Delete", exact=True).click()
    post.get_by_role("link", name="Keep it").click()
    assert post.get_by_role("button", name="Delete", exact=True).count() == 0
    post.get_by_role("link", name="Delete", exact=True).click()
    post.get_by_role("button", name="Delete", exact=True).click()
    ada.page.get_by_role("main").get_by_role("button", name="Undo").last.click()
    post.wait_for()
    ada.page.get_by_text("The post is back.").wait_for()
    assert same()


def test_a_vote_counts_where_the_poll_is(people, name):
    ada, bob = people(), people()
    ada.sign_up(name("ada"))
    bob.sign_up(name("bob"))
    ada.open("/compose")
    ada.page.get_by_label("What's on your mind?").fill("Tea?")
    ada.page.get_by_text("Poll", exact=True).click()
    ada.page.get_by_label("Option 1").fill("Yes")
    ada.page.get_by_label("Option 2").fill("No")
    ada.page.get_by_role("button", name="Post", exact=True).click()
    bob.open(f"/@{ada.name}")
    same = stays(bob.page)
    bob.page.get_by_role("button", name="Vote").click()
    bob.page.get_by_text("Choose at least one").or_(bob.page.locator("#say:not(:empty)")).first.wait_for()
    bob.page.get_by_label("Yes").check()
    bob.page.get_by_role("button", name="Vote").click()
    bob.page.get_by_text("100 %").wait_for()
    assert bob.sees("Your vote counts.", within="#say")
    assert same()


def test_older_posts_come_below_and_the_way_back_leads_to_where_one_was(people, name):
    ada = people()
    ada.sign_up(name("ada"))
    ada.page.evaluate(WRITE, [f"Number {number:02}." for number in range(1, 31)])
    ada.open(f"/@{ada.name}")
    page = ada.page
    assert page.locator("article").count() == 20
    page.get_by_role("link", name="Older").scroll_into_view_if_needed()
    ada.post("Number 10.").wait_for()
    ada.post("Number 05.").evaluate("post => post.scrollIntoView()")
    page.wait_for_url("**max_id=*")
    texts = page.locator("main .feed .text").all_text_contents()
    assert texts == [f"Number {number:02}." for number in range(30, 0, -1)]
    ada.open_post("Number 05.")
    page.get_by_role("heading", name="Post").wait_for()
    page.go_back()
    ada.post("Number 05.").wait_for()
    assert ada.post("Number 05.").is_visible()
    page.reload()
    assert ada.post("Number 05.").is_visible()


def test_older_posts_come_before_their_place_is_in_sight_and_move_nothing(people, name):
    ada = people(viewport={"width": 360, "height": 740})
    ada.sign_up(name("ada"))
    ada.page.evaluate(WRITE, [f"Number {number:02}." for number in range(1, 46)])
    ada.page.add_init_script(SHIFTS)
    ada.open(f"/@{ada.name}")
    older = ada.page.get_by_role("link", name="Older")
    for last in ("Number 06.", "Number 01."):
        # Somebody reads downwards, until the foot of the page is nearly there.
        older.evaluate("link => scrollBy(0, link.getBoundingClientRect().top - innerHeight - 300)")
        ada.post(last).wait_for()
        foot = ada.page.locator("main > .pages").bounding_box()
        assert foot["y"] > 740
    ada.page.get_by_text("That's everything.").scroll_into_view_if_needed()
    ada.page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
    assert ada.page.evaluate("window.shifts") < 0.01


def test_keys_work_until_they_are_switched_off(people, name):
    ada = people()
    ada.sign_up(name("ada"))
    ada.write("Below")
    ada.write("Above")
    ada.open(f"/@{ada.name}")
    page = ada.page
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("f")
    ada.post("Below").get_by_role("button", name="Undo the favourite").wait_for()
    page.keyboard.press("?")
    page.get_by_role("heading", name="Keyboard shortcuts").wait_for()
    page.get_by_role("button", name="Switch them off").click()
    assert ada.sees("off in this browser")
    page.keyboard.press("g")
    page.keyboard.press("h")
    page.get_by_role("button", name="Switch them on").click()
    assert ada.path == "/shortcuts"
    page.get_by_role("button", name="Switch them off").wait_for()
    page.wait_for_load_state()
    page.keyboard.press("g")
    page.keyboard.press("h")
    page.wait_for_url(ada.base + "/")


def test_a_picture_opens_in_full_size_with_its_description(people, name):
    ada = people()
    ada.sign_up(name("ada"))
    ada.open("/compose")
    area = ada.page.get_by_label("What's on your mind?")
    area.fill("Two of them")
    area.evaluate("""async area => {
        for (const colour of ["red", "green"]) {
            const canvas = document.createElement("canvas");
            const blob = await new Promise(done => { canvas.getContext("2d").fillStyle = colour;
                canvas.getContext("2d").fillRect(0, 0, 300, 150); canvas.toBlob(done); });
            const data = new DataTransfer();
            data.items.add(new File([blob], colour + ".png", {type: "image/png"}));
            area.dispatchEvent(new DragEvent("drop", {dataTransfer: data, bubbles: true, cancelable: true}));
        }
    }""")
    ada.page.get_by_label("What picture 1 shows").fill("All red")
    ada.page.get_by_label("What picture 2 shows").fill("All green")
    ada.page.get_by_role("button", name="Post", exact=True).click()
    ada.open(f"/@{ada.name}")
    ada.page.get_by_role("link", name="All red").click()
    viewer = ada.page.get_by_role("dialog")
    assert viewer.get_by_role("img", name="All red").is_visible()
    ada.page.keyboard.press("ArrowRight")
    assert viewer.get_by_role("img", name="All green").is_visible()
    viewer.get_by_role("button", name="Next").click()
    assert ada.sees("All red", within="dialog")
    ada.page.keyboard.press("Escape")
    assert not viewer.is_visible()


def test_names_are_offered_and_characters_counted_while_one_writes(people, name):
    ada, bob = people(), people()
    ada.sign_up(name("ada"))
    bob.sign_up(name("bob"))
    ada.open("/compose")
    area = ada.page.get_by_label("What's on your mind?")
    area.fill("🌸" * 10)
    assert ada.page.locator("[data-left]").inner_text() == "490"
    area.fill("")
    area.press_sequentially(f"Hello @{bob.name[:7]}")
    ada.page.get_by_role("option", name=f"@{bob.name}").wait_for()
    area.press("Enter")
    assert area.input_value() == f"Hello @{bob.name} "
    ada.page.reload()
    assert area.input_value() == f"Hello @{bob.name} "


def test_what_goes_wrong_is_said_on_the_page(people, name):
    ada, bob = people(), people()
    ada.sign_up(name("ada"))
    bob.sign_up(name("bob"))
    bob.write("Here for a moment")
    ada.page.route("**/live/**", lambda route: route.abort())
    ada.open(f"/@{bob.name}")
    ada.page.get_by_text("The connection is lost.").wait_for()
    ada.page.unroute("**/live/**")
    bob.post("Here for a moment").get_by_role("link", name="Delete", exact=True).click()
    bob.page.get_by_role("main").get_by_role("button", name="Delete", exact=True).click()
    bob.page.get_by_role("button", name="Undo").wait_for()
    ada.page.get_by_text("The connection is lost.").wait_for(state="hidden")
    ada.page.get_by_role("button", name="Favourite the post").click()
    ada.page.get_by_text("This post does not exist").wait_for()
    # The browser and htmx log what was meant to go wrong.
    ada.problems.clear()


def test_no_page_has_more_script_than_it_may(people, name):
    ada = people()
    ada.sign_up(name("ada"))
    ada.write("Something")
    for path in ("/", "/compose", f"/@{ada.name}", "/notifications"):
        ada.open(path)
        scripts = ada.page.locator("script[src]").evaluate_all("all => all.map(each => each.src)")
        bodies = [len(ada.page.request.get(url).body()) for url in scripts]
        assert scripts and sum(bodies) <= SCRIPT_MOST, path
