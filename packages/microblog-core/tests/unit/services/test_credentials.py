"""The own account, changed at once or not at all."""

from __future__ import annotations

import asyncio

import pytest
from media_fakes import FILE

from microblog_core.domain.accounts import AccountState
from microblog_core.domain.errors import Conflict, Invalid
from microblog_core.domain.events import AccountUpdated
from microblog_core.services.credentials import UpdateCredentials, update_credentials
from microblog_core.services.pictures import ChangePicture
from microblog_core.services.profiles import EditProfile, SetPreferences

ALL = UpdateCredentials(
    profile=EditProfile(display_name="Ada L.", fields=(("Pronouns", "she"),), locked=True),
    preferences=SetPreferences(default_visibility="followers", default_language="de"),
    avatar=ChangePicture(data=FILE),
    header=ChangePicture(data=b"PIC hills"),
)


async def test_everything_changes_in_one_unit_of_work(studio, ada):
    commits = []
    commit = studio.storage.commit

    async def counting(operations):
        commits.append([type(each).__name__ for each in operations])
        await commit(operations)

    studio.storage.commit = counting
    after = await update_credentials(studio.ports, await studio.actor(ada), ALL)
    assert await studio.storage.accounts.get(ada.id) == after
    assert (after.display_name, after.locked, after.version) == ("Ada L.", True, 4)
    login = await studio.storage.accounts.login_of(ada.id)
    assert (login.default_visibility, login.default_language) == ("followers", "de")
    assert studio.files == {after.avatar: b"a cat", after.header: b"hills"}
    assert [event.version for event in studio.bus.of(AccountUpdated)] == [4]
    assert [each for each in commits if {"UpdateProfile", "SetPicture", "UpdateLogin"} & {*each}] == [
        ["UpdateProfile", "SetPicture", "DeleteMedia", "SetPicture", "DeleteMedia", "UpdateLogin"]
    ]
    assert await studio.rows() == []


async def test_nothing_given_changes_nothing(studio, ada):
    actor = await studio.actor(ada)
    assert await update_credentials(studio.ports, actor, UpdateCredentials()) == actor.account
    assert studio.bus.of(AccountUpdated) == []


async def test_what_fails_at_the_commit_leaves_no_picture(studio, ada):
    actor = await studio.actor(ada)
    await studio.build.set_state(ada, AccountState.DELETED)
    with pytest.raises(Conflict):
        await update_credentials(studio.ports, actor, ALL)
    await studio.settle()
    assert (studio.files, await studio.rows()) == ({}, [])


async def test_a_second_picture_that_is_refused_takes_the_first_one_with_it(studio, ada):
    before = await studio.storage.accounts.get(ada.id)
    command = UpdateCredentials(
        profile=EditProfile(display_name="Ada L."),
        avatar=ChangePicture(data=FILE),
        header=ChangePicture(data=b"PIC broken"),
    )
    with pytest.raises(Invalid) as refused:
        await update_credentials(studio.ports, await studio.actor(ada), command)
    assert set(refused.value.fields) == {"header"}
    await studio.settle()
    assert (studio.files, await studio.rows()) == ({}, [])
    assert await studio.storage.accounts.get(ada.id) == before


async def test_two_at_the_same_time_keep_both_changes(studio, ada):
    actor = await studio.actor(ada)
    await asyncio.gather(
        update_credentials(studio.ports, actor, UpdateCredentials(avatar=ChangePicture(data=FILE))),
        update_credentials(studio.ports, actor, UpdateCredentials(profile=EditProfile(bot=True))),
    )
    now = await studio.storage.accounts.get(ada.id)
    assert (bool(now.avatar), now.bot, now.version) == (True, True, 3)
