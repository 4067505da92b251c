"""What this site has none of is an empty answer, not an error."""

from __future__ import annotations

from typing import Any


async def test_what_is_not_there_is_empty_for_everybody(api: Any) -> None:
    for path in ("trends/links", "instance/peers", "instance/domain_blocks"):
        assert await api.anonymous(f"/api/v1/{path}") == [], path
    assert await api.anonymous("/api/v1/instance/translation_languages") == {}
    assert (await api.anonymous("/api/v1/instance/extended_description"))["content"] == ""
    for path in ("instance/privacy_policy", "instance/terms_of_service"):
        assert (await api.anonymous(f"/api/v1/{path}"))["content"] == "", path


async def test_what_is_not_there_is_empty_for_whom_it_is_about_alone(api: Any) -> None:
    (ada,) = await api.people("ada")
    for path in ("domain_blocks", "endorsements", "notifications/requests"):
        assert await ada.get(f"/api/v1/{path}") == [], path
        await api.anonymous(f"/api/v1/{path}", expect=401)
    policy = await ada.get("/api/v2/notifications/policy")
    assert policy["for_not_following"] == "accept"
    assert policy["summary"] == {"pending_requests_count": 0, "pending_notifications_count": 0}
    assert (await ada.get("/api/v1/notifications/policy"))["filter_not_following"] is False
    assert await ada.get("/api/v1/notifications/requests/merged") == {"merged": True}
    assert (await ada.get("/api/v1/annual_reports"))["annual_reports"] == []


async def test_only_what_may_be_seen_has_nothing(api: Any) -> None:
    ada, bob = await api.people("ada", "bob")
    for path in ("endorsements", "identity_proofs"):
        assert await api.anonymous(f"/api/v1/accounts/{ada.id}/{path}") == []
        await api.anonymous(f"/api/v1/accounts/1/{path}", expect=404)
    secret = await ada.write("Secret", visibility="private")
    assert await ada.get(f"/api/v1/statuses/{secret['id']}/card") == {}
    await bob.get(f"/api/v1/statuses/{secret['id']}/card", expect=404)
