"""Polls: written with the form, voted in, shown."""

from __future__ import annotations

import pytest

from microblog_core.domain.polls import NewPoll


async def asked(house, author, options=("Tea", "Coffee"), **values):
    poll = NewPoll(options=options, expires_in=3600, **values)
    return await house.write(author, "What now?", poll=poll)


async def test_a_poll_is_written_in_the_form_and_voted_in_below_the_post(house):
    _, ada = await house.person("ada")
    _, ben = await house.person("ben")
    form = (await ada.get("/compose")).form("text", "option_0")
    answer = await ada.submit(form, text="What now?", option_0="Tea", option_1="<Coffee>", poll_lasts="3600")
    assert answer.status == 303
    page = await ben.get("/@ada")
    ballot = page.form("choice")
    voted = await ben.submit(ballot, choice="1")
    assert voted.location.startswith("/@ada#p")
    shown = await ben.get(voted.location)
    assert "Your vote counts." in shown.text
    assert "100 %</b> &lt;Coffee&gt;" in shown.text and "your choice" in shown.text
    assert 'name="choice"' not in shown.text


async def test_several_options_may_be_chosen_where_the_author_said_so(house):
    ada, _ = await house.person("ada")
    _, ben = await house.person("ben")
    entry = await asked(house, ada, ("Tea", "Coffee", "Water"), multiple=True)
    path = f"/@ada/{entry.post.id}"
    await ben.submit((await ben.get(path)).form("choice_0"), choice_0="1", choice_2="1")
    text = (await (await house.visitor()).get(path)).text
    assert text.count("100 %") == 2 and "0 %" in text and "1 person voted." in text


@pytest.mark.parametrize(("fields", "told"), [({}, "Choose an option."), ({"choice": "7"}, "Choose among")])
async def test_a_vote_for_nothing_says_so_and_changes_nothing(house, fields, told):
    ada, _ = await house.person("ada")
    _, ben = await house.person("ben")
    entry = await asked(house, ada)
    ballot = (await ben.get(f"/@ada/{entry.post.id}")).form("choice")
    await ben.post(ballot.action, {**ballot.fields, **fields})
    page = await ben.get(f"/@ada/{entry.post.id}")
    assert told in page.text and page.form("choice")


async def test_nobody_votes_twice_or_in_their_own_poll_or_after_the_end(house):
    ada, own = await house.person("ada")
    _, ben = await house.person("ben")
    entry = await asked(house, ada)
    path = f"/@ada/{entry.post.id}"
    ballot = (await ben.get(path)).form("choice")
    for told in ("Your vote counts.", "You voted already."):
        await ben.submit(ballot, choice="0")
        assert told in (await ben.get(path)).text
    assert 'name="choice"' not in (await own.get(path)).text
    token = (await own.get("/compose")).form("csrf_token", "text").fields["csrf_token"]
    await own.post(ballot.action, {"csrf_token": token, "choice": "0"})
    assert "This is your own poll." in (await own.get(path)).text
    _, late = await house.person("late")
    ballot = (await late.get(path)).form("choice")
    house.clock.advance(3601)
    await late.submit(ballot, choice="0")
    page = await late.get(path)
    assert "This poll has ended." in page.text and 'name="choice"' not in page.text


async def test_hidden_results_are_shown_at_the_end_even_where_the_page_was_kept(house):
    ada, _ = await house.person("ada")
    _, ben = await house.person("ben")
    entry = await asked(house, ada, hide_totals=True)
    path, visitor = f"/@ada/{entry.post.id}", await house.visitor()
    await ben.submit((await ben.get(path)).form("choice"), choice="0")
    before = (await visitor.get(path)).text
    assert "Results are shown at its end." in before and " %</b>" not in before
    house.clock.advance(3601)
    shown = (await visitor.get(path)).text
    assert "100 %</b> Tea" in shown and "Results are shown at its end." not in shown
    assert "100 %</b> Tea" in (await visitor.get("/@ada")).text


async def test_a_page_with_hidden_results_is_kept_until_its_first_poll_ends(house):
    ada, _ = await house.person("ada")
    await asked(house, ada, hide_totals=True)
    poll = NewPoll(options=("Now", "Later"), expires_in=600, hide_totals=True)
    await house.write(ada, "When?", poll=poll)
    visitor = await house.visitor()
    first = await visitor.get("/@ada")
    assert first.text.count("Results are shown at its end.") == 2
    house.clock.advance(599)
    assert (await visitor.get("/@ada")).headers["etag"] == first.headers["etag"]
    house.clock.advance(2)
    assert (await visitor.get("/@ada")).text.count("Results are shown at its end.") == 1


async def test_without_the_token_no_vote_counts(house):
    ada, _ = await house.person("ada")
    _, ben = await house.person("ben")
    entry = await asked(house, ada)
    assert (await ben.post(f"/polls/{entry.poll.id}/vote", {"choice": "0"})).status == 403
    assert "0 people voted." in (await ben.get(f"/@ada/{entry.post.id}")).text


async def test_polls_of_posts_that_somebody_may_not_see_are_not_there(house):
    ada, _ = await house.person("ada")
    _, ben = await house.person("ben")
    poll = NewPoll(options=("a", "b"), expires_in=3600)
    entry = await house.write(ada, "secret", poll=poll, visibility="followers")
    token = (await ben.get("/compose")).form("csrf_token", "text").fields["csrf_token"]
    answer = await ben.post(f"/polls/{entry.poll.id}/vote", {"csrf_token": token, "choice": "0"})
    assert answer.status == 404


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"option_0": "Only one"}, "Give at least 2 options."),
        ({"option_0": "a", "option_1": "A"}, "Give each option once."),
        ({"option_0": "a", "option_1": "b" * 51}, "at most 50 characters"),
    ],
)
async def test_a_poll_that_is_none_is_marked_and_nothing_is_lost(house, values, told):
    _, ada = await house.person("ada")
    answer = await ada.submit((await ada.get("/compose")).form("option_0"), text="Which?", **values)
    assert answer.status == 422 and told in answer.text
    form = answer.form("option_0")
    assert {name: form.fields[name] for name in values} == values


async def test_how_long_a_poll_lasts_is_one_of_the_choices(house):
    _, ada = await house.person("ada")
    form = (await ada.get("/compose")).form("option_0")
    for wrong in ("1", "a", "-300", "9" * 30):
        answer = await ada.submit(form, text="x", option_0="a", option_1="b", poll_lasts=wrong)
        assert answer.status == 422 and "Choose how long it lasts." in answer.text


async def test_an_edit_keeps_votes_where_it_asks_the_same_and_may_remove_the_poll(house):
    ada, own = await house.person("ada")
    _, ben = await house.person("ben")
    entry = await asked(house, ada)
    path = f"/@ada/{entry.post.id}"
    await ben.submit((await ben.get(path)).form("choice"), choice="0")
    edit = f"/posts/{entry.post.id}/edit"
    await own.submit((await own.get(edit)).form("option_0"), text="What now, then?")
    assert "1 person voted." in (await ben.get(path)).text
    await own.submit((await own.get(edit)).form("option_0"), option_1="Cocoa")
    assert (await ben.get(path)).form("choice") and "Cocoa" in (await ben.get(path)).text
    await own.submit((await own.get(edit)).form("option_0"), option_0="", option_1="")
    assert 'class="poll"' not in (await ben.get(path)).text
