"""Accounts, log-ins and sessions: guards, spellings, states."""

from __future__ import annotations

import msgspec
import pytest

from microblog_core.domain.accounts import HIDDEN_STATES, Account, AccountState, Login, ProfileField, Role
from microblog_core.domain.posts import Visibility
from microblog_core.ports.operations import (
    AddAccount,
    AddSession,
    DeleteSession,
    DeleteSessions,
    SetAccountState,
    UpdateLogin,
    UpdateProfile,
)
from microblog_core.ports.storage import Storage
from microblog_core.testing.builder import Builder
from microblog_core.testing.storage.base import ALL, StorageTests, refused


def _another(
    build: Builder, username: str, email: str = "other@example.org", **changes: object
) -> AddAccount:
    account = Account(id=build.next_id(), username=username, created_at=build.clock.now())
    account = msgspec.structs.replace(account, **changes)
    login = Login(account_id=account.id, email=email, password_hash="hash", created_at=build.clock.now())
    return AddAccount(account=account, login=login)


class AccountTests(StorageTests):
    """Accounts and their log-ins."""

    async def test_an_account_comes_back_as_it_was_stored(self, storage: Storage, build: Builder) -> None:
        account = await build.account(
            "Ada",
            display_name="Ada Löwe \N{CAT FACE}",
            bio="First\nsecond 'quoted' \\ line",
            bio_html="<p>First</p>",
            fields=(ProfileField("Site", "https://example.org", "<a>x</a>"), ProfileField("a", "", "")),
            bot=True,
            role=Role.MODERATOR,
            uri="https://microblog.example/@Ada",
        )
        assert await storage.accounts.get(account.id) == account
        assert await storage.accounts.get(account.id + 1) is None

    async def test_a_name_is_found_in_any_spelling(self, storage: Storage, build: Builder) -> None:
        account = await build.account("Ada")
        for spelling in ("Ada", "ada", "ADA"):
            assert await storage.accounts.by_name(spelling) == account
        assert await storage.accounts.by_name("ad") is None
        assert await storage.accounts.by_name("ada", "example.org") is None

    async def test_a_log_in_is_found_by_name_and_by_address_in_any_spelling(
        self, storage: Storage, build: Builder
    ) -> None:
        account = await build.account("Ada", email="Ada.L@Example.org")
        for given in ("ada", "ADA", "Ada.L@Example.org", "ada.l@example.ORG", " ada.l@example.org "):
            found = await storage.accounts.login(given)
            assert found is not None, given
            assert found[0] == account
            assert found[1].email == "Ada.L@Example.org"
            assert found[1].password_hash == "hash of Ada's password"
            assert found[1] == await storage.accounts.login_of(account.id)
        assert await storage.accounts.login("nobody") is None
        assert await storage.accounts.login("nobody@example.org") is None
        assert await storage.accounts.login_of(1) is None

    async def test_a_name_is_taken_in_every_spelling_and_look_alike(self, build: Builder) -> None:
        await build.account("lodo5")
        for username in ("lodo5", "LODO5", "l0do5", "1odo5", "IodoS", "lo_do5"):
            await refused(build, "username", _another(build, username))
        await build.apply(_another(build, "lodo6"))

    async def test_the_name_of_a_deleted_account_is_never_given_again(self, build: Builder) -> None:
        account = await build.account("ada")
        await build.set_state(account, AccountState.DELETED)
        await refused(build, "username", _another(build, "ada"))
        await refused(build, "username", _another(build, "Ada_"))

    async def test_the_same_name_may_live_at_another_domain(self, storage: Storage, build: Builder) -> None:
        here = await build.account("ada")
        there = await build.account("ada", domain="example.org")
        assert await storage.accounts.by_name("ada") == here
        assert await storage.accounts.by_name("Ada", "example.org") == there
        assert await storage.accounts.login_of(there.id) is None
        remote = Account(id=build.next_id(), username="Ada", domain="example.org", created_at=1)
        await refused(build, "username", AddAccount(account=remote))

    async def test_ids_and_addresses_are_unique(self, build: Builder) -> None:
        account = await build.account("ada", email="ada@example.org")
        await refused(build, "email", _another(build, "bob", "ADA@example.org"))
        await refused(build, "id", _another(build, "bob", id=account.id))

    async def test_two_of_one_unit_clash_like_any_others(self, build: Builder) -> None:
        await refused(build, "username", _another(build, "ada"), _another(build, "Ada", "b@example.org"))
        await refused(build, "email", _another(build, "ada"), _another(build, "bob"))

    async def test_names_are_resolved_to_people_who_are_shown(self, storage: Storage, build: Builder) -> None:
        ada, bob, cy, dan = await build.people("ada", "bob", "cy", "dan")
        remote = await build.account("ada", domain="example.org")
        for account, state in (
            (bob, AccountState.SUSPENDED),
            (cy, AccountState.DELETED),
            (dan, AccountState.SILENCED),
        ):
            await build.set_state(account, state)
        names = [("ADA", ""), ("ada", "example.org"), ("bob", ""), ("cy", ""), ("dan", ""), ("eve", "")]
        found = await storage.accounts.by_names(names)
        assert {account.id for account in found} == {ada.id, remote.id, dan.id}
        assert list(await storage.accounts.by_names([])) == []

    async def test_a_profile_changes_and_its_version_grows(self, storage: Storage, build: Builder) -> None:
        account = await build.account("ada")
        change = UpdateProfile(
            account_id=account.id,
            version=1,
            display_name="Ada",
            bio="Hello",
            bio_html="<p>Hello</p>",
            fields=(ProfileField("a", "b", "b"),),
            bot=True,
        )
        await build.apply(change)
        changed = await storage.accounts.get(account.id)
        assert changed == msgspec.structs.replace(
            account,
            version=2,
            display_name="Ada",
            bio="Hello",
            bio_html="<p>Hello</p>",
            fields=(ProfileField("a", "b", "b"),),
            bot=True,
        )
        await refused(build, "version", change)
        await refused(build, "exists", msgspec.structs.replace(change, account_id=1))

    async def test_state_and_role_change_alone_and_the_version_grows(
        self, storage: Storage, build: Builder
    ) -> None:
        account = await build.account("ada")
        await build.apply(SetAccountState(account_id=account.id, role=Role.OWNER))
        await build.apply(SetAccountState(account_id=account.id, state=AccountState.SILENCED))
        assert await storage.accounts.get(account.id) == msgspec.structs.replace(
            account, version=3, role=Role.OWNER, state=AccountState.SILENCED
        )
        await refused(build, "exists", SetAccountState(account_id=1, role=Role.OWNER))

    async def test_deleting_an_account_frees_its_address(self, storage: Storage, build: Builder) -> None:
        account = await build.account("ada", email="ada@example.org")
        await build.set_state(account, AccountState.DELETED)
        assert await storage.accounts.login("ada@example.org") is None
        other = await build.account("bob", email="ada@example.org")
        found = await storage.accounts.login("ada@example.org")
        assert found is not None
        assert found[0] == other

    async def test_log_in_data_changes_one_by_one(self, storage: Storage, build: Builder) -> None:
        account = await build.account("ada", email="ada@example.org")
        await build.account("bob", email="bob@example.org")
        before = await storage.accounts.login_of(account.id)
        assert before is not None
        changes: dict[str, str | int] = {
            "email": "Ada@New.example",
            "password_hash": "another hash",
            "password_changed_at": 5,
            "locale": "de",
            "default_visibility": "followers",
        }
        for name, value in changes.items():
            await build.apply(msgspec.structs.replace(UpdateLogin(account_id=account.id), **{name: value}))
            before = msgspec.structs.replace(before, **{name: value})
            assert await storage.accounts.login_of(account.id) == before
        assert await storage.accounts.login("ada@example.org") is None
        assert await storage.accounts.login("ada@new.example") is not None
        await build.apply(UpdateLogin(account_id=account.id, email="ADA@new.example"))
        await refused(build, "email", UpdateLogin(account_id=account.id, email="BOB@example.org"))
        await refused(build, "exists", UpdateLogin(account_id=1, locale="de"))
        assert await storage.accounts.login("ada@new.example") is not None

    async def test_operators_see_all_local_accounts_newest_first(
        self, storage: Storage, build: Builder
    ) -> None:
        ada = await build.account("ada")
        await build.account("bob", domain="example.org")
        cy = await build.account("cy")
        await build.set_state(cy, AccountState.SUSPENDED)
        assert [account.id for account in (await storage.accounts.page(ALL)).items] == [cy.id, ada.id]

    async def test_what_there_is_is_counted(self, storage: Storage, build: Builder) -> None:
        counts = await storage.counts()
        assert (counts.accounts, counts.posts, counts.dead_jobs) == (0, 0, 0)
        ada, bob = await build.people("ada", "bob")
        remote = await build.account("cy", domain="example.org")
        for author in (ada, ada, bob, remote):
            await build.post(author)
        await build.post(ada, visibility=Visibility.FOLLOWERS)
        await build.boost(bob, await build.post(ada, visibility=Visibility.UNLISTED))
        counts = await storage.counts()
        assert (counts.accounts, counts.posts) == (2, 4)
        await build.set_state(bob, AccountState.DELETED)
        counts = await storage.counts()
        assert (counts.accounts, counts.posts) == (1, 3)


LOGGED_OUT = [AccountState.DISABLED, *HIDDEN_STATES]


class SessionTests(StorageTests):
    """Log-ins in browsers."""

    async def test_a_session_tells_all_that_a_request_needs(self, storage: Storage, build: Builder) -> None:
        account = await build.account("ada")
        session = await build.session(account, "hash")
        row = await storage.sessions.get("hash", build.clock.now())
        assert row is not None
        assert (row.session, row.account) == (session, account)
        assert row.login == await storage.accounts.login_of(account.id)
        assert await storage.sessions.get("other", build.clock.now()) is None

    async def test_a_session_ends_at_its_time(self, storage: Storage, build: Builder) -> None:
        account = await build.account("ada")
        session = await build.session(account, "hash", seconds=60)
        assert await storage.sessions.get("hash", session.expires_at - 1) is not None
        assert await storage.sessions.get("hash", session.expires_at) is None
        assert list(await storage.sessions.of(account.id, session.expires_at - 1)) == [session]
        assert list(await storage.sessions.of(account.id, session.expires_at)) == []

    @pytest.mark.parametrize("state", LOGGED_OUT)
    async def test_who_may_not_log_in_has_no_sessions_and_never_gets_them_back(
        self, storage: Storage, build: Builder, state: AccountState
    ) -> None:
        ada, bob = await build.people("ada", "bob")
        await build.session(ada, "hash")
        await build.session(bob, "bob's")
        await build.set_state(ada, state)
        assert await storage.sessions.get("hash", build.clock.now()) is None
        await build.session(ada, "made in between")
        assert await storage.sessions.get("made in between", build.clock.now()) is None
        await build.set_state(ada, AccountState.ACTIVE)
        assert await storage.sessions.get("hash", build.clock.now()) is None
        assert await storage.sessions.get("bob's", build.clock.now()) is not None

    async def test_silenced_people_stay_logged_in(self, storage: Storage, build: Builder) -> None:
        account = await build.account("ada")
        await build.session(account, "hash")
        await build.set_state(account, AccountState.SILENCED)
        row = await storage.sessions.get("hash", build.clock.now())
        assert row is not None
        assert row.account.state is AccountState.SILENCED

    async def test_sessions_are_ended_one_all_or_all_but_one(self, storage: Storage, build: Builder) -> None:
        ada, bob = await build.people("ada", "bob")
        for name in "abcd":
            await build.session(ada, name)
        await build.session(bob, "bob's")

        async def left() -> list[str]:
            now = build.clock.now()
            return [session.token_hash for session in await storage.sessions.of(ada.id, now)]

        assert await left() == ["d", "c", "b", "a"]
        await build.apply(DeleteSession(token_hash="b"), DeleteSession(token_hash="never there"))
        assert await left() == ["d", "c", "a"]
        await build.apply(DeleteSessions(account_id=ada.id, keep_token_hash="c"))
        assert await left() == ["c"]
        await build.apply(DeleteSessions(account_id=ada.id))
        assert await left() == []
        assert await storage.sessions.get("bob's", build.clock.now()) is not None

    async def test_a_session_of_nobody_is_not_kept(self, storage: Storage, build: Builder) -> None:
        session = await build.session(await build.account("ada"), "hash")
        nobodys = msgspec.structs.replace(session, account_id=1, token_hash="nobody's")
        await build.apply(AddSession(session=nobodys))
        assert await storage.sessions.get("nobody's", build.clock.now()) is None
