"""Applications, codes and tokens: guards, single use, and what ends with what."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from microblog_core.domain.accounts import HIDDEN_STATES, Account, AccountState
from microblog_core.domain.applications import (
    CODE_MILLISECONDS,
    AccessToken,
    Application,
    AuthorizationCode,
)
from microblog_core.domain.errors import Conflict
from microblog_core.domain.timelines import Page
from microblog_core.ports.operations import (
    AddApplication,
    AddCode,
    AddToken,
    DeleteToken,
    DeleteTokens,
    DeleteTokensOfCode,
    RedeemCode,
    SweepApplications,
    UpdateLogin,
)
from microblog_core.ports.storage import Storage
from microblog_core.testing.builder import Builder
from microblog_core.testing.storage.base import ALL, StorageTests, refused

LOGGED_OUT = [AccountState.DISABLED, *HIDDEN_STATES]
AT_ONCE = 50
SWEPT = 2


async def make_application(build: Builder, name: str = "Elephant", **changes: object) -> Application:
    """A confidential application that has registered everything."""
    application_id = build.next_id()
    application = Application(
        id=application_id,
        client_id=f"client {name} {application_id}",
        name=name,
        website="https://elephant.example",
        redirect_uris=("https://elephant.example/back", "elephant://"),
        scopes=("read", "write:statuses", "push"),
        secret_hash="hash of a secret",
        created_at=build.clock.now(),
    )
    application = msgspec.structs.replace(application, **changes)
    await build.apply(AddApplication(application=application))
    return application


def make_code(build: Builder, application: Application, account: Account, name: str) -> AuthorizationCode:
    """A code that nobody has stored yet; its hash is `name`."""
    now = build.clock.advance(1)
    return AuthorizationCode(
        code_hash=name,
        application_id=application.id,
        account_id=account.id,
        scopes=("read", "write:statuses"),
        redirect_uri="elephant://",
        code_challenge="challenge",
        created_at=now,
        expires_at=now + CODE_MILLISECONDS,
    )


def make_redemption(build: Builder, code: AuthorizationCode, name: str) -> RedeemCode:
    """The exchange of a code for a token whose hash is `name`."""
    token = AccessToken(
        id=build.next_id(),
        token_hash=name,
        application_id=code.application_id,
        account_id=code.account_id,
        scopes=code.scopes,
        code_hash=code.code_hash,
        created_at=build.clock.now(),
    )
    return RedeemCode(token=token, authorisation_id=build.next_id())


async def allow(build: Builder, application: Application, account: Account, name: str) -> RedeemCode:
    """Somebody lets an application in: the code is `code of NAME`, the token `NAME`."""
    code = make_code(build, application, account, f"code of {name}")
    redemption = make_redemption(build, code, name)
    await build.apply(AddCode(code=code), redemption)
    return redemption


class ApplicationTests(StorageTests):
    """Applications and their tokens."""

    async def test_an_application_comes_back_as_it_was_stored(self, storage: Storage, build: Builder) -> None:
        application = await make_application(build)
        assert await storage.applications.by_client_id(application.client_id) == application
        assert await storage.applications.by_client_id("nobody") is None
        public = await make_application(build, "Mouse", secret_hash="", website="")
        assert await storage.applications.by_client_id(public.client_id) == public

    async def test_ids_of_applications_are_unique(self, build: Builder) -> None:
        application = await make_application(build)
        again = msgspec.structs.replace(application, client_id="another")
        await refused(build, "id", AddApplication(application=again))
        again = msgspec.structs.replace(application, id=build.next_id())
        await refused(build, "client_id", AddApplication(application=again))

    async def test_a_code_is_kept_and_says_when_it_was_used(self, storage: Storage, build: Builder) -> None:
        application, account = await make_application(build), await build.account("ada")
        code = make_code(build, application, account, "code")
        await build.apply(AddCode(code=code))
        assert await storage.applications.code("code") == code
        assert await storage.applications.code("other") is None
        redemption = make_redemption(build, code, "token")
        await build.apply(redemption)
        used = msgspec.structs.replace(code, used_at=redemption.token.created_at)
        assert await storage.applications.code("code") == used

    async def test_a_code_needs_an_application_and_somebody_who_may_log_in(self, build: Builder) -> None:
        application, ada, bob = await make_application(build), *await build.people("ada", "bob")
        await build.set_state(bob, AccountState.DISABLED)
        code = make_code(build, application, ada, "code")
        await refused(build, "exists", AddCode(code=msgspec.structs.replace(code, application_id=1)))
        await refused(build, "exists", AddCode(code=msgspec.structs.replace(code, account_id=1)))
        await refused(build, "exists", AddCode(code=msgspec.structs.replace(code, account_id=bob.id)))

    async def test_a_token_tells_all_that_a_request_needs(self, storage: Storage, build: Builder) -> None:
        application, account = await make_application(build), await build.account("ada")
        redemption = await allow(build, application, account, "token")
        row = await storage.applications.token("token")
        assert row is not None
        assert (row.token, row.application, row.account) == (redemption.token, application, account)
        assert row.login == await storage.accounts.login_of(account.id)
        await build.apply(UpdateLogin(account_id=account.id, locale="de"))
        row = await storage.applications.token("token")
        assert row is not None
        assert row.login is not None
        assert row.login.locale == "de"
        assert await storage.applications.token("other") is None

    async def test_a_code_is_good_for_one_token(self, storage: Storage, build: Builder) -> None:
        application, account = await make_application(build), await build.account("ada")
        code = make_code(build, application, account, "code")
        await build.apply(AddCode(code=code), make_redemption(build, code, "first"))
        await refused(build, "code", make_redemption(build, code, "second"))
        assert await storage.applications.token("first") is not None
        assert await storage.applications.token("second") is None

    async def test_of_many_at_once_one_redeems_a_code(self, storage: Storage, build: Builder) -> None:
        application, account = await make_application(build), await build.account("ada")
        code = make_code(build, application, account, "code")
        await build.apply(AddCode(code=code))
        attempts = [make_redemption(build, code, f"token {number}") for number in range(AT_ONCE)]
        results = await asyncio.gather(*map(build.apply, attempts), return_exceptions=True)
        lost = [result for result in results if result is not None]
        assert all(isinstance(result, Conflict) and result.guard == "code" for result in lost), lost
        assert len(lost) == AT_ONCE - 1
        rows = [await storage.applications.token(attempt.token.token_hash) for attempt in attempts]
        assert sum(row is not None for row in rows) == 1
        (listed,) = (await storage.applications.authorised(account.id, ALL)).items
        assert listed.application == application

    async def test_a_code_is_good_for_its_own_application_and_account_until_its_time(
        self, build: Builder
    ) -> None:
        application, other = await make_application(build), await make_application(build, "Mouse")
        ada, bob = await build.people("ada", "bob")
        code = make_code(build, application, ada, "code")
        await build.apply(AddCode(code=code))
        good = make_redemption(build, code, "token")
        for changes in (
            {"code_hash": "no code"},
            {"application_id": other.id},
            {"account_id": bob.id},
            {"account_id": None},
            {"created_at": code.expires_at},
        ):
            token = msgspec.structs.replace(good.token, **changes)
            await refused(build, "code", msgspec.structs.replace(good, token=token))
        in_time = msgspec.structs.replace(good.token, created_at=code.expires_at - 1)
        await build.apply(msgspec.structs.replace(good, token=in_time))

    async def test_expired_codes_go_when_new_ones_come_but_used_ones_stay(
        self, storage: Storage, build: Builder
    ) -> None:
        application, account = await make_application(build), await build.account("ada")
        await build.apply(AddCode(code=make_code(build, application, account, "unused")))
        await allow(build, application, account, "token")
        build.clock.advance(CODE_MILLISECONDS / 1000)
        await build.apply(AddCode(code=make_code(build, application, account, "new")))
        assert await storage.applications.code("unused") is None
        assert await storage.applications.code("code of token") is not None
        assert await storage.applications.code("new") is not None

    async def test_an_application_has_tokens_of_its_own(self, storage: Storage, build: Builder) -> None:
        application = await make_application(build)
        token = AccessToken(
            id=build.next_id(),
            token_hash="own",
            application_id=application.id,
            account_id=None,
            scopes=("read",),
            created_at=build.clock.now(),
        )
        await build.apply(AddToken(token=token))
        row = await storage.applications.token("own")
        assert row is not None
        assert (row.token, row.application, row.account, row.login) == (token, application, None, None)
        await refused(build, "id", AddToken(token=msgspec.structs.replace(token, token_hash="other")))
        await refused(build, "id", AddToken(token=msgspec.structs.replace(token, id=build.next_id())))
        gone = msgspec.structs.replace(token, id=build.next_id(), token_hash="other", application_id=1)
        await refused(build, "exists", AddToken(token=gone))
        await build.apply(DeleteToken(token_hash="own"), DeleteToken(token_hash="never there"))
        assert await storage.applications.token("own") is None

    async def test_the_applications_of_an_account_come_with_first_and_last_time(
        self, storage: Storage, build: Builder
    ) -> None:
        elephant, mouse = await make_application(build), await make_application(build, "Mouse")
        ada, bob = await build.people("ada", "bob")
        first = await allow(build, elephant, ada, "first")
        await allow(build, mouse, ada, "mouse")
        await allow(build, mouse, bob, "bob's")
        code = msgspec.structs.replace(make_code(build, elephant, ada, "code"), scopes=("push",))
        last = make_redemption(build, code, "last")
        await build.apply(AddCode(code=code), last)
        listed = (await storage.applications.authorised(ada.id, ALL)).items
        assert [each.application for each in listed] == [mouse, elephant]
        assert listed[1].id == first.authorisation_id
        assert (listed[1].first_at, listed[1].last_at) == (first.token.created_at, last.token.created_at)
        assert listed[1].scopes == ("push",)
        assert len((await storage.applications.authorised(ada.id, Page(limit=1))).items) == 1

    async def test_a_token_ends_alone_and_the_last_one_ends_the_authorisation(
        self, storage: Storage, build: Builder
    ) -> None:
        application, ada = await make_application(build), await build.account("ada")
        await allow(build, application, ada, "first")
        await allow(build, application, ada, "second")
        await build.apply(DeleteToken(token_hash="first"))
        assert await storage.applications.token("first") is None
        assert await storage.applications.code("code of first") is None
        assert await storage.applications.token("second") is not None
        assert len((await storage.applications.authorised(ada.id, ALL)).items) == 1
        await build.apply(DeleteToken(token_hash="second"))
        assert (await storage.applications.authorised(ada.id, ALL)).items == ()

    async def test_what_a_code_gave_ends_with_it(self, storage: Storage, build: Builder) -> None:
        application, (ada, bob) = await make_application(build), await build.people("ada", "bob")
        await allow(build, application, ada, "stolen")
        await allow(build, application, ada, "other")
        await build.apply(DeleteTokensOfCode(code_hash="code of stolen", account_id=bob.id))
        assert await storage.applications.token("stolen") is not None
        await build.apply(DeleteTokensOfCode(code_hash="code of stolen", account_id=ada.id))
        assert await storage.applications.token("stolen") is None
        assert await storage.applications.code("code of stolen") is None
        assert await storage.applications.token("other") is not None

    async def test_an_account_ends_one_application_or_all(self, storage: Storage, build: Builder) -> None:
        elephant, mouse = await make_application(build), await make_application(build, "Mouse")
        ada, bob = await build.people("ada", "bob")
        await allow(build, elephant, ada, "elephant")
        await allow(build, mouse, ada, "mouse")
        await allow(build, elephant, bob, "bob's")
        pending = make_code(build, elephant, ada, "pending")
        await build.apply(AddCode(code=pending))
        await build.apply(DeleteTokens(account_id=ada.id, application_id=elephant.id))
        assert await storage.applications.token("elephant") is None
        assert await storage.applications.code("pending") is None
        await refused(build, "code", make_redemption(build, pending, "too late"))
        (left,) = (await storage.applications.authorised(ada.id, ALL)).items
        assert left.application == mouse
        await build.apply(DeleteTokens(account_id=ada.id))
        assert await storage.applications.token("mouse") is None
        assert (await storage.applications.authorised(ada.id, ALL)).items == ()
        assert await storage.applications.token("bob's") is not None

    @pytest.mark.parametrize("state", LOGGED_OUT)
    async def test_who_may_not_log_in_has_no_tokens_and_never_gets_them_back(
        self, storage: Storage, build: Builder, state: AccountState
    ) -> None:
        application, (ada, bob) = await make_application(build), await build.people("ada", "bob")
        await allow(build, application, ada, "token")
        await allow(build, application, bob, "bob's")
        pending = make_code(build, application, ada, "pending")
        await build.apply(AddCode(code=pending))
        await build.set_state(ada, state)
        assert await storage.applications.token("token") is None
        await refused(build, "code", make_redemption(build, pending, "in between"))
        await build.set_state(ada, AccountState.ACTIVE)
        assert await storage.applications.token("token") is None
        assert await storage.applications.code("pending") is None
        assert (await storage.applications.authorised(ada.id, ALL)).items == ()
        assert await storage.applications.token("bob's") is not None

    async def test_silenced_people_keep_their_tokens(self, storage: Storage, build: Builder) -> None:
        application, account = await make_application(build), await build.account("ada")
        await allow(build, application, account, "token")
        await build.set_state(account, AccountState.SILENCED)
        row = await storage.applications.token("token")
        assert row is not None
        assert row.account is not None
        assert row.account.state is AccountState.SILENCED

    async def test_old_applications_that_nobody_used_are_swept_a_few_at_a_time(
        self, storage: Storage, build: Builder
    ) -> None:
        account = await build.account("ada")
        allowed, asked, own = [await make_application(build, name) for name in ("allowed", "asked", "own")]
        old = [await make_application(build, f"old {number}") for number in range(SWEPT + 1)]
        await allow(build, allowed, account, "token")
        await build.apply(DeleteToken(token_hash="token"))
        await build.apply(AddCode(code=make_code(build, asked, account, "pending")))
        token = make_redemption(build, make_code(build, own, account, ""), "own").token
        await build.apply(AddToken(token=msgspec.structs.replace(token, account_id=None)))
        before = build.clock.advance(1)
        young = await make_application(build, "young")

        async def left() -> set[str]:
            everything = (allowed, asked, own, *old, young)
            found = [await storage.applications.by_client_id(each.client_id) for each in everything]
            return {each.name for each in found if each is not None}

        await build.apply(SweepApplications(before=before, limit=SWEPT))
        assert await left() == {"allowed", "asked", "own", f"old {SWEPT}", "young"}
        await build.apply(SweepApplications(before=before, limit=SWEPT))
        assert await left() == {"allowed", "asked", "own", "young"}
