"""Lists: who may do what with them, and what goes wrong in words."""

from __future__ import annotations

import pytest

from microblog_core.domain.errors import Invalid, NotFound, Unauthenticated
from microblog_core.domain.lists import LISTS_MAX, MEMBERS_AT_ONCE, RepliesPolicy, check_replies_policy
from microblog_core.domain.permissions import ANONYMOUS
from microblog_core.domain.timelines import Page
from microblog_core.services import lists, relations
from microblog_core.testing.world import World


async def people(world: World, *names: str):
    return [await world.actor(account) for account in await world.build.people(*names)]


async def test_somebody_makes_a_list_puts_people_on_it_and_reads_it(world: World) -> None:
    ada, bob, cy = await people(world, "ada", "bob", "cy")
    await world.build.follow(ada.account, bob.account, cy.account)
    made = await lists.create_list(world.ports, ada, lists.CreateList(title="  My\nfriends "))
    assert (made.title, made.replies_policy, made.exclusive) == ("My friends", RepliesPolicy.LIST, False)
    both = lists.ListMembers(list_id=made.id, account_ids=(bob.id, cy.id))
    await lists.add_list_members(world.ports, ada, both)
    post = await world.build.post(bob.account, "hello")
    timeline = await lists.read_list_timeline(world.ports, ada, made.id, Page())
    assert [entry.id for entry in timeline.items] == [post.id]
    members = await lists.read_list_members(world.ports, ada, made.id, Page(limit=1))
    assert [each.account.username for each in members.items] == ["cy"]
    assert members.older == members.items[0].id
    assert list(await lists.read_lists_containing(world.ports, ada, bob.id)) == [made]
    await lists.remove_list_members(
        world.ports, ada, lists.ListMembers(list_id=made.id, account_ids=(cy.id,))
    )
    await relations.unfollow(world.ports, ada, relations.RelationCommand(account_id=bob.id))
    assert (await lists.read_list_members(world.ports, ada, made.id, Page())).items == ()


async def test_what_is_not_given_stays(world: World) -> None:
    (ada,) = await people(world, "ada")
    made = await lists.create_list(
        world.ports, ada, lists.CreateList(title="A", replies_policy=RepliesPolicy.NONE, exclusive=True)
    )
    renamed = await lists.update_list(world.ports, ada, lists.UpdateList(list_id=made.id, title="B"))
    assert (renamed.title, renamed.replies_policy, renamed.exclusive) == ("B", RepliesPolicy.NONE, True)
    assert list(await lists.read_lists(world.ports, ada)) == [renamed]
    await lists.delete_list(world.ports, ada, lists.DeleteList(list_id=made.id))
    assert list(await lists.read_lists(world.ports, ada)) == []


async def test_a_list_of_somebody_else_is_as_if_it_was_not_there(world: World) -> None:
    ada, bob, cy = await people(world, "ada", "bob", "cy")
    await world.build.follow(bob.account, cy.account)
    await world.build.follow(ada.account, cy.account)
    made = await lists.create_list(world.ports, ada, lists.CreateList(title="A"))
    who = lists.ListMembers(list_id=made.id, account_ids=(cy.id,))
    for attempt in (
        lists.read_list(world.ports, bob, made.id),
        lists.read_list_members(world.ports, bob, made.id, Page()),
        lists.read_list_timeline(world.ports, bob, made.id, Page()),
        lists.update_list(world.ports, bob, lists.UpdateList(list_id=made.id, title="Mine")),
        lists.delete_list(world.ports, bob, lists.DeleteList(list_id=made.id)),
        lists.add_list_members(world.ports, bob, who),
        lists.remove_list_members(world.ports, bob, who),
    ):
        with pytest.raises(NotFound, match="no such list"):
            await attempt
    with pytest.raises(Unauthenticated):
        await lists.read_lists(world.ports, ANONYMOUS)
    with pytest.raises(Unauthenticated):
        await lists.create_list(world.ports, ANONYMOUS, lists.CreateList(title="A"))


@pytest.mark.parametrize("title", ["", "  ", "\u200b", "x" * 101])
async def test_a_list_needs_a_title_of_a_reasonable_length(world: World, title: str) -> None:
    (ada,) = await people(world, "ada")
    with pytest.raises(Invalid) as refused:
        await lists.create_list(world.ports, ada, lists.CreateList(title=title))
    assert set(refused.value.fields) == {"title"}


async def test_only_people_followed_and_not_too_many_at_once(world: World) -> None:
    ada, bob = await people(world, "ada", "bob")
    made = await lists.create_list(world.ports, ada, lists.CreateList(title="A"))
    with pytest.raises(NotFound, match="don't follow"):
        await lists.add_list_members(
            world.ports, ada, lists.ListMembers(list_id=made.id, account_ids=(bob.id,))
        )
    for number in (0, MEMBERS_AT_ONCE + 1):
        command = lists.ListMembers(list_id=made.id, account_ids=tuple(range(1, number + 1)))
        for change in (lists.add_list_members, lists.remove_list_members):
            with pytest.raises(Invalid) as refused:
                await change(world.ports, ada, command)
            assert set(refused.value.fields) == {"account_ids"}


async def test_there_is_an_end_of_lists(world: World) -> None:
    (ada,) = await people(world, "ada")
    for _ in range(LISTS_MAX):
        await lists.create_list(world.ports, ada, lists.CreateList(title="A"))
    with pytest.raises(Invalid, match=f"{LISTS_MAX} lists"):
        await lists.create_list(world.ports, ada, lists.CreateList(title="B"))


def test_policies_are_read_from_the_wire() -> None:
    assert check_replies_policy("none") is RepliesPolicy.NONE
    with pytest.raises(Invalid) as refused:
        check_replies_policy("some")
    assert set(refused.value.fields) == {"replies_policy"}
