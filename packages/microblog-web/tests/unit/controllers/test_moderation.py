"""The pages of moderators: who sees what, the queue, decisions and what becomes of them, the audit log."""

from __future__ import annotations

import pytest

from microblog_core.domain.accounts import AccountState, Role
from microblog_core.domain.moderation import ModerationAct
from microblog_core.domain.permissions import Actor
from microblog_core.domain.posts import Visibility
from microblog_core.ports.operations import SetAccountState
from microblog_core.services.moderation import ModerateAccount, moderate_account
from microblog_core.services.moderation_mails import DecisionLink
from microblog_core.services.reports import ReportAccount, report_account

MODERATORS = ("/admin/reports", "/admin/appeals", "/admin/accounts", "/admin/audit", "/admin/audit.csv")


async def moderator(house, name="mod", role=Role.MODERATOR):
    return await house.person(name, role=role)


async def reported(house, *, text="buy this <b>now</b>", visibility=Visibility.FOLLOWERS):
    """Somebody reported a post: its author with their browser, the post, and the report."""
    ada, _ = await house.person("ada")
    bob, browser = await house.person("bob", display_name="Bob <i>B")
    entry = await house.write(bob, text, visibility=visibility)
    await house.follow(ada, bob)
    command = ReportAccount(account_id=bob.id, post_ids=(entry.post.id,), comment="look & see")
    return bob, browser, entry.post, await report_account(house.site.ports, Actor(account=ada), command)


async def decided(house, mod, account, act=ModerationAct.WARN):
    command = ModerateAccount(account_id=account.id, act=act, reason="Be <kind>.")
    return await moderate_account(house.site.ports, Actor(account=mod), command)


async def state_of(house, account):
    return (await house.site.ports.storage.accounts.get(account.id)).state


@pytest.mark.parametrize("path", MODERATORS)
async def test_only_moderators_see_moderation(house, path):
    for role, status in ((Role.MEMBER, 403), (Role.MODERATOR, 200), (Role.OWNER, 200)):
        _, browser = await house.person(str(role), role=role)
        assert (await browser.get(path)).status == status
    assert (await (await house.visitor()).get(path, follow=False)).status == 303


async def test_everybody_sees_what_their_role_allows_in_the_frame(house):
    _, member = await house.person("member")
    _, mod = await moderator(house)
    _, root = await moderator(house, "root", Role.OWNER)
    assert 'href="/admin"' not in (await member.get("/notifications")).text
    assert 'href="/admin"' in (await mod.get("/notifications")).text
    page = (await mod.get("/admin/reports")).text
    assert "No report waits" in page and 'href="/admin/audit"' in page and 'href="/admin/jobs"' not in page
    page = (await root.get("/admin/jobs")).text
    assert 'href="/admin/jobs" aria-current="page"' in page and 'href="/admin/campaigns"' in page


async def test_a_report_goes_from_the_queue_to_a_decision(house):
    _bob, _, post, report = await reported(house)
    _mod, browser = await moderator(house)
    queue = await browser.get("/admin/reports")
    assert f'href="/admin/reports/{report.id}"' in queue.text and "look &amp; see" in queue.text
    page = await browser.get(f"/admin/reports/{report.id}")
    assert "buy this &lt;b&gt;now&lt;/b&gt;" in page.text and "for followers" in page.text
    assert await took(browser, page, report, "assign")
    assert str(report.id) in (await browser.get("/admin/reports?queue=mine")).text
    values = {"act": "delete_posts", "reason": "", f"post_{post.id}": "1"}
    form = page.form("act", "reason")
    refused = await browser.post(form.action, {**form.fields, **values})
    assert refused.status == 422 and "Say why" in refused.text and "checked" in refused.text
    done = await browser.post(form.action, {**form.fields, **values, "reason": "spam"})
    assert done.status == 303
    after = await browser.get(done.headers["location"])
    assert "Done: Posts deleted." in after.text and "All posts that it named are gone." in after.text
    assert str(report.id) not in (await browser.get("/admin/reports?queue=mine")).text
    assert str(report.id) in (await browser.get("/admin/reports?queue=resolved")).text
    assert await took(browser, after, report, "reopen")
    assert str(report.id) in (await browser.get("/admin/reports")).text


async def took(browser, page, report, doing):
    fields = page.form("csrf_token", "text").fields
    answer = await browser.post(f"/admin/reports/{report.id}/{doing}", {"csrf_token": fields["csrf_token"]})
    return answer.status == 303


async def test_notes_are_for_moderators(house):
    _, _, _, report = await reported(house)
    _, browser = await moderator(house)
    page = await browser.get(f"/admin/reports/{report.id}")
    form = page.form("text")
    assert (await browser.submit(form, text=" ")).status == 422
    assert (await browser.submit(form, text="seen <before>")).status == 303
    assert "seen &lt;before&gt;" in (await browser.get(f"/admin/reports/{report.id}")).text


async def test_accounts_are_found_and_decided_about(house):
    bob, bobs = await house.person("bob")
    _mod, browser = await moderator(house)
    assert "@bob" in (await browser.get("/admin/accounts?q=bo")).text
    assert "Nobody found" in (await browser.get("/admin/accounts?q=bob@example.org")).text
    assert "@mod" in (await browser.get("/admin/accounts?role=moderator")).text
    assert "Nobody found" in (await browser.get("/admin/accounts?state=suspended")).text
    page = await browser.get(f"/admin/accounts/{bob.id}")
    assert "@example.org" not in page.text and 'name="role"' not in page.text
    done = await browser.submit(page.form("act", "reason"), act="suspend", reason="spam")
    assert done.status == 303 and await state_of(house, bob) is AccountState.SUSPENDED
    assert (await bobs.get("/notifications", follow=False)).status == 303
    assert (await browser.get("/@bob")).status == 404
    page = await browser.get(f"/admin/accounts/{bob.id}")
    assert "spam" in page.text and 'value="silence"' not in page.text
    token = page.form("act", "reason").fields["csrf_token"]
    again = await browser.post(
        page.form("act", "reason").action, {"csrf_token": token, "act": "suspend", "reason": "again"}
    )
    assert again.status == 422 and "already" in again.text
    assert (await browser.post(f"/admin/accounts/{bob.id}/restore", {"csrf_token": token})).status == 303
    assert await state_of(house, bob) is AccountState.ACTIVE


async def test_roles_and_addresses_are_for_administrators(house):
    bob, _ = await house.person("bob", email="bob@example.org")
    _, mod = await moderator(house)
    chief, browser = await moderator(house, "chief", Role.ADMINISTRATOR)
    page = await browser.get(f"/admin/accounts/{bob.id}")
    assert "bob@example.org" in page.text and 'value="administrator"' not in page.text
    assert (await browser.submit(page.form("role"), role="moderator")).status == 303
    assert (await house.site.ports.storage.accounts.get(bob.id)).role is Role.MODERATOR
    token = page.form("role").fields["csrf_token"]
    await browser.post(f"/admin/accounts/{bob.id}/role", {"csrf_token": token, "role": "owner"})
    assert "You can&#39;t give this role." in (await browser.get(f"/admin/accounts/{bob.id}")).text
    await browser.post(f"/admin/accounts/{bob.id}/role", {"csrf_token": token, "role": "king"})
    assert "Choose one of" in (await browser.get(f"/admin/accounts/{bob.id}")).text
    page = await mod.get(f"/admin/accounts/{chief.id}")
    assert 'name="reason"' not in page.text and "same or a higher role" in page.text
    own = (await mod.get("/compose")).form("csrf_token").fields["csrf_token"]
    answer = await mod.post(f"/admin/accounts/{bob.id}/role", {"csrf_token": own, "role": "member"})
    assert answer.status == 303 and "may not do this" in (await mod.get("/admin/accounts")).text


async def test_somebody_sees_a_decision_and_answers_once(house):
    bob, bobs = await house.person("bob")
    _, eves = await house.person("eve")
    mod, browser = await moderator(house)
    assert "Nothing was decided" in (await bobs.get("/settings/decisions")).text
    strike = await decided(house, mod, bob)
    path = f"/settings/decisions/{strike.id}"
    assert path in (await bobs.get("/settings/decisions")).text
    page = await bobs.get(path)
    assert "Be &lt;kind&gt;." in page.text and "@mod" not in page.text
    assert (await eves.get(path)).status == 404
    assert (await bobs.submit(page.form("text"), text="")).status == 422
    assert (await bobs.submit(page.form("text"), text="I was <kind>.")).status == 303
    assert (await bobs.submit(page.form("text"), text="again")).status == 409
    assert 'name="text"' not in (await bobs.get(path)).text
    queue = await browser.get("/admin/appeals")
    assert "I was &lt;kind&gt;." in queue.text
    token = queue.form("return_to", "csrf_token").fields["csrf_token"]
    decide = f"/admin/decisions/{strike.id}"
    assert (await browser.post(f"{decide}/overrule", {"csrf_token": token})).status == 303
    assert "No appeal waits" in (await browser.get("/admin/appeals")).text
    assert (await browser.post(f"{decide}/reject", {"csrf_token": token})).status == 303
    assert "There is no open appeal." in (await browser.get("/admin/appeals")).text
    assert "Taken back" in (await bobs.get(path)).text


async def test_who_cannot_log_in_answers_by_the_link_of_their_mail(house):
    from microblog_core.runtime.links import Links

    bob, _ = await house.person("bob")
    mod, _ = await moderator(house)
    strike = await decided(house, mod, bob, ModerationAct.SUSPEND)
    link = Links(house.site).decision(DecisionLink(account_id=bob.id, strike_id=strike.id))
    path = link[link.index("/decision") :]
    visitor = await house.visitor()
    page = await visitor.get(path)
    assert "Your account was suspended" in page.text and "Be &lt;kind&gt;." in page.text
    assert (await visitor.submit(page.form("text"), text=" ")).status == 422
    assert "You answered" in (await visitor.submit(page.form("text"), text="no")).text
    assert "<textarea" not in (await visitor.get(path)).text
    assert (await visitor.get(path[:-3])).status == 404


async def test_the_audit_log_is_filtered_and_downloaded(house):
    bob, _ = await house.person("bob")
    mod, browser = await moderator(house)
    await decided(house, mod, bob)
    for query, found in (
        ("", True),
        ("?actor=mod", True),
        ("?actor=bob", False),
        ("?actor=nobody", False),
        ("?action=moderation.warn&about=@bob", True),
        (f"?about={mod.id}", False),
        ("?since=2026-01-01&until=2026-01-01", True),
        ("?until=2025-12-31", False),
        ("?since=2026-01-02", False),
    ):
        page = await browser.get(f"/admin/audit{query}")
        assert ("Be &lt;kind&gt;." in page.text) is found, query
        text = (await browser.get(f"/admin/audit.csv{query}")).text
        assert ("Be <kind>." in text) is found, query
    page = await browser.get("/admin/audit?since=tomorrow")
    assert page.status == 422 and "2026-01-31" in page.text
    assert (await browser.get("/admin/audit.csv?since=tomorrow")).status == 404


async def test_what_is_not_there_is_not_found(house):
    _, browser = await moderator(house)
    token = (await browser.get("/compose")).form("csrf_token").fields["csrf_token"]
    for path in ("/admin/reports/1", "/admin/reports/x", "/admin/accounts/1", "/admin/accounts/x"):
        assert (await browser.get(path)).status == 404
        for doing in ("act", "note", "assign", "restore", "role", "nothing"):
            answer = await browser.post(f"{path}/{doing}", {"csrf_token": token, "act": "warn", "text": "x"})
            assert answer.status in (404, 303, 422), (path, doing)
    assert (await browser.post("/admin/decisions/1/overrule", {"csrf_token": token})).status == 404
    assert (await browser.post("/admin/decisions/1/other", {"csrf_token": token})).status == 404


@pytest.mark.parametrize(
    ("state", "words"), [(AccountState.PENDING, "Waits for approval"), (AccountState.LEAVING, "Leaves")]
)
async def test_accounts_that_wait_or_leave_are_listed_and_shown(house, state, words):
    bob, _ = await house.person("bob")
    _, browser = await moderator(house)
    await house.site.ports.storage.commit([SetAccountState(account_id=bob.id, state=state)])
    for path in ("/admin/accounts", f"/admin/accounts/{bob.id}"):
        page = await browser.get(path)
        assert page.status == 200 and words in page.text and "/restore" not in page.text


async def test_only_who_may_block_mail_is_led_there(house):
    for role, led in ((Role.MODERATOR, False), (Role.ADMINISTRATOR, True)):
        _, browser = await house.person(str(role), role=role)
        page = (await browser.get("/admin/approvals")).text
        assert ('href="/admin/mail-blocks">Blocked mail addresses' in page) is led
