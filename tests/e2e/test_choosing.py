"""Whom and what somebody wants to see: pinned posts, hashtags, muting, blocking, conversations, notices."""

from __future__ import annotations


def act(person, name, then):
    """Press a button of the page, which is another one afterwards: at once, or on the new page."""
    person.page.get_by_role("main").get_by_role("button", name=name).first.click()
    person.page.get_by_role("main").get_by_role("button", name=then).first.wait_for()


def test_a_post_is_pinned_and_unpinned(people, name):
    ada, visitor = people(), people()
    ada.sign_up(name("ada"))
    ada.write("Who I am, in short")
    ada.write("What I had for lunch")
    ada.open(f"/@{ada.name}")
    ada.post("Who I am").get_by_role("link", name="More about the post by").click()
    act(ada, "Pin to your profile", "Unpin from your profile")
    visitor.open(f"/@{ada.name}")
    assert visitor.sees("On top")
    assert visitor.page.locator("main .feed .text").all_inner_texts()[0] == "Who I am, in short"
    act(ada, "Unpin from your profile", "Pin to your profile")
    visitor.open(f"/@{ada.name}")
    assert not visitor.sees("On top")


def test_a_hashtag_is_followed_and_left(people, name):
    ada, eve = people(), people()
    ada.sign_up(name("ada"))
    eve.sign_up(name("eve"))
    tag = f"tea{eve.name}"
    eve.write(f"Leaves of #{tag}")
    ada.open(f"/tags/{tag}")
    act(ada, f"Follow #{tag}", f"Unfollow #{tag}")
    eve.write(f"More leaves of #{tag}")
    ada.open("/")
    assert ada.sees("More leaves of")
    ada.open("/tags")
    ada.page.get_by_role("button", name=f"Unfollow #{tag}").click()
    ada.waits_for("You follow no hashtags")
    ada.page.get_by_label("Hashtag").fill(f"#{tag}")
    ada.page.get_by_role("button", name="Follow", exact=True).click()
    ada.page.get_by_role("link", name=f"#{tag}").wait_for()


def test_who_is_muted_is_not_seen_and_who_is_blocked_does_not_see(people, name):
    ada, eve = people(), people()
    ada.sign_up(name("ada"))
    eve.sign_up(name("eve"))
    eve.write(f"Buy watches from {eve.name}")
    ada.write(f"Thoughts of {ada.name}")
    more = ada.page.locator("summary", has_text="More about")

    ada.open(f"/@{eve.name}")
    more.click()
    ada.page.get_by_role("link", name="Mute for a while").click()
    ada.page.get_by_label("How long").select_option(index=1)
    ada.page.get_by_label("Hide notifications from them, too").check()
    ada.page.get_by_role("button", name="Mute", exact=True).click()
    assert ada.sees(f"You muted @{eve.name}.")
    ada.open("/public")
    assert not ada.sees(f"Buy watches from {eve.name}")
    ada.open("/mutes")
    assert ada.page.locator("main .list time").count() == 1, "it says when it ends"
    ada.page.get_by_role("button", name="Unmute").first.click()
    ada.page.locator("section.empty").wait_for()
    ada.open("/public")
    assert ada.sees(f"Buy watches from {eve.name}")

    ada.open(f"/@{eve.name}")
    more.click()
    act(ada, f"Block @{eve.name}", "Unblock")
    ada.open("/public")
    assert not ada.sees(f"Buy watches from {eve.name}")
    eve.open("/public")
    assert not eve.sees(f"Thoughts of {ada.name}")
    ada.open("/blocks")
    ada.page.get_by_role("button", name="Unblock").first.click()
    ada.page.locator("section.empty").wait_for()
    eve.open("/public")
    assert eve.sees(f"Thoughts of {ada.name}")


def test_a_conversation_is_new_opened_answered_and_taken_off_the_list(people, name):
    ada, eve = people(), people()
    ada.sign_up(name("ada"))
    eve.sign_up(name("eve"))
    eve.write(f"@{ada.name} are you there?", "direct")
    ada.open("/")
    ada.page.get_by_role("link", name="Conversations").click()
    assert ada.sees("New") and ada.sees("are you there?")
    ada.page.get_by_role("button", name="Open the conversation with").click()
    ada.page.get_by_label("Your answer to").fill(f"@{eve.name} I am")
    ada.page.get_by_role("button", name="Reply", exact=True).click()
    assert ada.page.locator(".post.direct").count() == 2, "an answer to a direct post is one"
    ada.open("/conversations")
    assert ada.sees("You: ") and not ada.sees("New")
    eve.open("/conversations")
    assert eve.sees("I am")
    eve.page.get_by_role("button", name="Mark as read").click()
    eve.page.get_by_text("New", exact=True).wait_for(state="detached")
    eve.page.get_by_role("button", name="Take off the list").click()
    eve.waits_for("No conversations yet")


def test_notifications_by_kind(people, name):
    ada, eve = people(), people()
    ada.sign_up(name("ada"))
    eve.sign_up(name("eve"))
    ada.write(f"Look at this, {ada.name}")
    eve.open(f"/@{ada.name}")
    act(eve, "Follow", "Unfollow")
    act(eve, "Favourite the post by", "Undo the favourite")
    act(eve, "Boost the post by", "Undo the boost")
    eve.write(f"@{ada.name} I did")
    ada.open("/notifications")
    for words in ("favourited your post", "boosted your post", "follows you now", "I did"):
        assert ada.sees(words), words
    kinds = ada.page.get_by_role("navigation", name="Kinds of notifications")
    for tab, words in (
        ("Mentions", "I did"),
        ("Favourites", "favourited your post"),
        ("Boosts", "boosted your post"),
        ("Follows", "follows you now"),
    ):
        kinds.get_by_role("link", name=tab, exact=True).click()
        assert ada.page.locator("section.notice").count() == 1, tab
        assert ada.sees(words), tab
    kinds.get_by_role("link", name="Polls").click()
    assert ada.sees("Nothing of this kind")


def test_what_several_people_do_about_one_post_is_one_notification(people, name):
    ada, bob, eve = people(), people(), people()
    for person, stem in ((ada, "ada"), (bob, "bob"), (eve, "eve")):
        person.sign_up(name(stem))
    ada.write(f"Look at this, {ada.name}")
    for person in (bob, eve):
        person.open(f"/@{ada.name}")
        act(person, "Favourite the post by", "Undo the favourite")
    ada.open("/notifications")
    notice = ada.page.locator("section.notice")
    assert notice.count() == 1
    for person in (bob, eve):
        assert notice.get_by_role("link", name=person.name).count() == 1


def test_a_thread_is_muted(people, name):
    ada, eve = people(), people()
    ada.sign_up(name("ada"))
    eve.sign_up(name("eve"))
    ada.write(f"Cats or dogs, asks {ada.name}")
    ada.open(f"/@{ada.name}")
    ada.page.get_by_role("link", name="More about the post by").click()
    act(ada, "Mute this thread", "Unmute this thread")
    eve.open(f"/@{ada.name}")
    eve.open_post("Cats or dogs")
    eve.page.get_by_label("Your answer to").fill(f"@{ada.name} cats")
    eve.page.get_by_role("button", name="Reply", exact=True).click()
    ada.open("/notifications")
    assert not ada.sees("cats")
