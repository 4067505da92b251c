"""Who may reply and quote, lists with hashtags, and what one notes about others, on a small screen."""

from __future__ import annotations

NARROW = {"viewport": {"width": 320, "height": 640}}


def fits(person):
    """Whether nothing of the page lies beside a window of 320 pixels."""
    return (
        person.page.locator("main").evaluate("main => main.ownerDocument.documentElement.scrollWidth") <= 320
    )


def test_an_author_says_who_may_reply_and_takes_a_quote_back(people, name):
    ada, eve = people(**NARROW), people(**NARROW)
    ada.sign_up(name("ada"))
    eve.sign_up(name("eve"))
    ada.open("/compose")
    ada.page.get_by_label("What's on your mind?").fill(f"For my followers, {ada.name}")
    ada.page.get_by_text("Time, who can reply and quote").click()
    ada.page.get_by_label("Who may reply").select_option("followers")
    ada.page.get_by_role("main").get_by_role("button", name="Post", exact=True).click()

    eve.open(f"/@{ada.name}")
    post = eve.page.get_by_role("article")
    assert post.get_by_text("Followers can reply").is_visible()
    assert fits(eve)
    post.locator("a.when").click()
    assert eve.sees("Only followers of")
    assert not eve.page.get_by_label("Your answer to").count()
    eve.page.get_by_role("link", name="Quote the post by").first.click()
    eve.page.get_by_label("What's on your mind?").fill(f"Look, says {eve.name}")
    eve.page.get_by_role("main").get_by_role("button", name="Post", exact=True).click()

    ada.open(f"/@{ada.name}")
    ada.page.get_by_role("link", name="More about the post by").click()
    ada.page.get_by_role("link", name="Who quotes this post").click()
    assert ada.sees(f"Look, says {eve.name}")
    assert fits(ada)
    ada.page.get_by_role("link", name="No longer be quoted here").click()
    ada.page.get_by_role("button", name="No longer be quoted here").click()
    assert ada.sees("Nobody quotes this post")
    ada.page.get_by_role("link", name="Who can quote it").click()
    ada.page.get_by_label("Who may reply").select_option("public")
    ada.page.get_by_role("button", name="Save", exact=True).click()

    eve.open(f"/@{ada.name}")
    eve.page.get_by_role("article").locator("a.when").click()
    eve.page.get_by_label("Your answer to").fill("Now I may")
    eve.page.get_by_role("main").get_by_role("button", name="Reply", exact=True).click()
    assert eve.sees("Now I may")


def test_a_list_has_hashtags_and_somebody_a_note(people, name):
    ada, eve = people(**NARROW), people(**NARROW)
    ada.sign_up(name("ada"))
    eve.sign_up(name("eve"))
    tag = f"tea{eve.name}"
    eve.write(f"About #{tag}")

    ada.open("/lists")
    ada.page.get_by_label("Title").fill("Drinks")
    ada.page.get_by_role("button", name="Make the list").click()
    ada.page.get_by_label("Hashtag").fill(f"#{tag}")
    ada.page.get_by_role("button", name="Add the hashtag").click()
    assert fits(ada)
    ada.page.get_by_role("link", name="The list", exact=True).click()
    assert ada.page.get_by_role("article").get_by_text(f"About #{tag}").is_visible()

    ada.open(f"/@{eve.name}")
    ada.page.get_by_role("button", name="Follow", exact=True).click()
    ada.page.locator("summary", has_text="More about").click()
    ada.page.get_by_role("link", name="Posts, boosts, your note").click()
    ada.page.get_by_label("Notify me of each of their posts").check()
    ada.page.get_by_role("button", name="Save", exact=True).click()
    assert ada.sees("Saved.")
    ada.page.locator("summary", has_text="More about").click()
    ada.page.get_by_role("link", name="Posts, boosts, your note").click()
    assert ada.page.get_by_label("Notify me of each of their posts").is_checked()
    ada.page.get_by_label("About @").fill("Knows her tea")
    assert fits(ada)
    ada.page.get_by_role("button", name="Save the note").click()
    assert ada.sees("Knows her tea")
    assert fits(ada)
