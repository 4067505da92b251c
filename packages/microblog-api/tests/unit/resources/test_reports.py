"""Reports through the API."""

from __future__ import annotations

from typing import Any

from microblog_core.domain.timelines import Page


async def _told(api: Any) -> Any:
    return (await api.site.ports.storage.reports.page(None, Page())).items


async def test_moderators_get_what_was_told(api: Any) -> None:
    ada, eve = await api.people("ada", "eve")
    bad = await eve.write("Buy this")
    form = {"account_id": eve.id, "status_ids[]": bad["id"], "comment": "Ads", "category": "spam"}
    report = await ada.post("/api/v1/reports", forward="true", **form)
    assert (report["category"], report["comment"], report["status_ids"]) == ("spam", "Ads", [bad["id"]])
    assert (report["forwarded"], report["action_taken"], report["rule_ids"]) == (False, False, [])
    assert report["target_account"]["id"] == eve.id
    (entry,) = await _told(api)
    assert (str(entry.id), str(entry.report.reporter_id)) == (report["id"], ada.id)


async def test_whoever_blocks_somebody_may_be_reported_by_them(api: Any) -> None:
    ada, eve = await api.people("ada", "eve")
    await eve.post(f"/api/v1/accounts/{ada.id}/block")
    report = await ada.post("/api/v1/reports", account_id=eve.id)
    assert report["target_account"]["username"] == "eve"


async def test_a_report_that_cannot_be_is_refused_and_nothing_kept(api: Any) -> None:
    ada, bob, eve = await api.people("ada", "bob", "eve")
    path = "/api/v1/reports"
    assert "account_id" in (await ada.post(path, expect=422))["details"]
    for field, value in (("category", "ugly"), ("comment", "x" * 1001), ("rule_ids[]", "99")):
        answer = await ada.post(path, expect=422, account_id=eve.id, **{field: value})
        assert field.removesuffix("[]") in answer["details"]
    await ada.post(path, expect=422, account_id=ada.id)
    await ada.post(path, expect=404, account_id="1")
    others = await bob.write("Not hers")
    await ada.post(path, expect=404, account_id=eve.id, **{"status_ids[]": others["id"]})
    secret = await eve.write("For @bob", visibility="direct")
    await ada.post(path, expect=404, account_id=eve.id, **{"status_ids[]": secret["id"]})
    assert list(await _told(api)) == []
