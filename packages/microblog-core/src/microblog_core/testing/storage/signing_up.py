"""Signing up: who waits, who came by whose invitation, and from which addresses nobody comes."""

from __future__ import annotations

import asyncio
from typing import Any

from msgspec.structs import replace

from microblog_core.domain.accounts import Account, AccountState, Login
from microblog_core.domain.errors import Conflict
from microblog_core.domain.signing_up import Invitation, Invited, MailBlock
from microblog_core.domain.timelines import Page
from microblog_core.ports.operations import (
    AddAccount,
    AddInvitation,
    AddMailBlock,
    AddSignUp,
    DeleteMailBlock,
    RejectSignUp,
    RevokeInvitation,
    SetAccountState,
    UpdateLogin,
    UseInvitation,
)
from microblog_core.ports.storage import Storage
from microblog_core.testing.builder import Builder
from microblog_core.testing.storage.base import ALL, StorageTests, refused

AT_ONCE = 20


async def waiting(build: Builder, name: str, reason: str = "") -> Account:
    """Somebody who waits for approval."""
    account = await build.account(name, state=AccountState.PENDING)
    await build.apply(AddSignUp(account_id=account.id, reason=reason))
    return account


def invitation(build: Builder, by: Account, **changes: Any) -> Invitation:
    """An invitation that is not stored yet."""
    made = build.next_id()
    values: dict[str, Any] = {"code": f"code{made}", "created_at": build.clock.now(), **changes}
    return Invitation(id=made, account_id=by.id, **values)


class SignUpTests(StorageTests):
    """Approval, invitations, blocked addresses."""

    async def test_who_waits_is_listed_with_the_reason_and_seen_by_nobody(
        self, storage: Storage, build: Builder
    ) -> None:
        ada = await build.account("ada")
        counted = await storage.counts()
        people = [await waiting(build, name, f"I am {name}") for name in ("bob", "cid", "dan")]
        first = await storage.sign_ups.pending(Page(limit=2))
        assert [each.account for each in first.items] == people[:0:-1]
        assert [(each.email, each.reason, each.confirmed) for each in first.items] == [
            ("dan@example.org", "I am dan", False),
            ("cid@example.org", "I am cid", False),
        ]
        older = await storage.sign_ups.pending(Page(limit=2, max_id=first.older))
        assert [each.account for each in older.items] == people[:1]
        assert await storage.counts() == counted
        assert not await storage.accounts.by_names([("bob", "")])
        assert list(await storage.accounts.get_many(ada.id, [people[0].id])) == []
        approved = SetAccountState(
            account_id=people[0].id, state=AccountState.ACTIVE, only_from=AccountState.PENDING
        )
        await build.apply(approved)
        await refused(build, "state", approved)
        await refused(build, "exists", replace(approved, account_id=1))
        assert len((await storage.sign_ups.pending(ALL)).items) == 2
        assert len(list(await storage.accounts.get_many(ada.id, [people[0].id]))) == 1

    async def test_what_is_rejected_is_as_if_it_had_never_been(
        self, storage: Storage, build: Builder
    ) -> None:
        bob = await waiting(build, "bob")
        await build.apply(RejectSignUp(account_id=bob.id))
        assert await storage.accounts.get(bob.id) is None
        assert await storage.accounts.login("bob@example.org") is None
        assert (await storage.sign_ups.pending(ALL)).items == ()
        again = await build.account("bob", email="bob@example.org")
        assert again.state is AccountState.ACTIVE
        for account_id in (bob.id, again.id):
            await refused(build, "state", RejectSignUp(account_id=account_id))
        await refused(build, "exists", AddSignUp(account_id=bob.id))

    async def test_invitations_are_their_inviters(self, storage: Storage, build: Builder) -> None:
        ada, bob = await build.people("ada", "bob")
        one, two = invitation(build, ada), invitation(build, ada, uses_max=3, expires_at=9, follows=True)
        await build.apply(*(AddInvitation(invitation=each) for each in (one, two)))
        assert await storage.sign_ups.invitation(two.code) == Invited(two, ada)
        assert await storage.sign_ups.invitation("nothing") is None
        assert (await storage.sign_ups.invitations(ada.id, ALL)).items == (two, one)
        assert (await storage.sign_ups.invitations(ada.id, Page(limit=1, max_id=two.id))).items == (one,)
        assert (await storage.sign_ups.invitations(bob.id, ALL)).items == ()
        await refused(build, "id", AddInvitation(invitation=replace(one, code="other")))
        await refused(build, "code", AddInvitation(invitation=replace(one, id=build.next_id())))
        nobodys = replace(invitation(build, ada), account_id=1)
        await refused(build, "exists", AddInvitation(invitation=nobodys))
        # The second one is over, so it counts for nothing.
        await build.apply(AddInvitation(invitation=invitation(build, ada), limit=2))
        await refused(build, "limit", AddInvitation(invitation=invitation(build, ada), limit=2))
        revoked = RevokeInvitation(invitation_id=one.id, account_id=ada.id, at=7)
        await refused(build, "exists", replace(revoked, account_id=bob.id))
        await build.apply(revoked)
        await refused(build, "exists", revoked)
        found = await storage.sign_ups.invitation(one.code)
        assert found is not None and found.invitation == replace(one, revoked_at=7)

    async def test_who_came_by_an_invitation_is_told_to_whoever_made_it(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob, cid, dan = await build.people("ada", "bob", "cid", "dan")
        made = invitation(build, ada)
        await build.apply(AddInvitation(invitation=made))
        for each in (bob, cid, dan):
            await build.apply(AddSignUp(account_id=each.id, invitation_id=made.id))
        await build.set_state(dan, AccountState.SUSPENDED)
        came = await storage.sign_ups.came_by(ada.id, made.id, Page(limit=1))
        assert came is not None and [each.id for each in came.items] == [cid.id]
        rest = await storage.sign_ups.came_by(ada.id, made.id, Page(limit=5, max_id=came.older))
        assert rest is not None and [each.id for each in rest.items] == [bob.id]
        assert await storage.sign_ups.came_by(bob.id, made.id, ALL) is None
        assert await storage.sign_ups.came_by(ada.id, 1, ALL) is None

    async def test_an_invitation_is_used_as_often_as_it_says_and_not_when_it_is_over(
        self, storage: Storage, build: Builder
    ) -> None:
        ada = await build.account("ada")
        twice = invitation(build, ada, uses_max=2)
        often = invitation(build, ada)
        over = invitation(build, ada, expires_at=build.clock.now())
        gone = invitation(build, ada, revoked_at=1)
        await build.apply(*(AddInvitation(invitation=each) for each in (twice, often, over, gone)))
        for each in (twice, twice, often, often, often):
            await build.apply(UseInvitation(invitation_id=each.id, at=build.clock.now()))
        for each in (twice, over, gone):
            await refused(build, "invitation", UseInvitation(invitation_id=each.id, at=build.clock.now()))
        await refused(build, "invitation", UseInvitation(invitation_id=1, at=build.clock.now()))
        await build.apply(UseInvitation(invitation_id=over.id, at=build.clock.now() - 10_000))
        assert [each.uses for each in (await storage.sign_ups.invitations(ada.id, ALL)).items] == [0, 1, 3, 2]
        await build.set_state(ada, AccountState.SILENCED)
        await refused(build, "invitation", UseInvitation(invitation_id=often.id, at=build.clock.now()))

    async def test_of_many_who_use_the_last_use_at_once_one_comes(
        self, storage: Storage, build: Builder
    ) -> None:
        ada = await build.account("ada")
        made = invitation(build, ada, uses_max=1)
        await build.apply(AddInvitation(invitation=made))

        async def come(number: int) -> bool:
            account = Account(id=build.next_id(), username=f"new{number}", created_at=build.clock.now())
            login = Login(
                account_id=account.id, email=f"n{number}@example.org", password_hash="x", created_at=1
            )
            try:
                await storage.commit(
                    (
                        AddAccount(account=account, login=login),
                        UseInvitation(invitation_id=made.id, at=build.clock.now()),
                        AddSignUp(account_id=account.id, invitation_id=made.id),
                    )
                )
            except Conflict as conflict:
                return conflict.guard != "invitation"
            return True

        assert sum(await asyncio.gather(*(come(number) for number in range(AT_ONCE)))) == 1
        came = await storage.sign_ups.came_by(ada.id, made.id, ALL)
        assert came is not None and len(came.items) == 1
        assert (await storage.counts()).accounts == 2

    async def test_mail_blocks_are_found_by_any_of_their_patterns(
        self, storage: Storage, build: Builder
    ) -> None:
        first = MailBlock(id=build.next_id(), pattern="spam.example", note="robots", created_at=1)
        second = MailBlock(id=build.next_id(), pattern="eve@example.org", created_at=2)
        await build.apply(*(AddMailBlock(block=each) for each in (first, second)))
        assert (
            await storage.sign_ups.mail_block(["a@x.spam.example", "x.spam.example", "spam.example"]) == first
        )
        assert await storage.sign_ups.mail_block(["eve@example.org", "spam.example"]) in (first, second)
        assert await storage.sign_ups.mail_block(["adam@example.org", "example.org", "org"]) is None
        assert (await storage.sign_ups.mail_blocks(ALL)).items == (second, first)
        await refused(build, "pattern", AddMailBlock(block=replace(first, id=build.next_id())))
        await refused(build, "id", AddMailBlock(block=replace(first, pattern="other.example")))
        for _ in range(2):
            await build.apply(DeleteMailBlock(block_id=first.id))
        assert (await storage.sign_ups.mail_blocks(ALL)).items == (second,)

    async def test_appearance_is_kept_with_the_log_in(self, storage: Storage, build: Builder) -> None:
        ada = await build.account("ada")
        chosen = {"timezone": "Asia/Tokyo", "theme": "dark", "density": "compact", "motion": "reduced"}
        await build.apply(
            UpdateLogin(
                account_id=ada.id, timezone="Asia/Tokyo", theme="dark", density="compact", motion="reduced"
            )
        )
        await build.apply(UpdateLogin(account_id=ada.id, theme=""))
        login = await storage.accounts.login_of(ada.id)
        assert login is not None
        assert {name: getattr(login, name) for name in chosen} == chosen | {"theme": ""}
