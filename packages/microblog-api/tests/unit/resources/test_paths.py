"""Every path that Mastodon clients are known to ask for is there, and none of them fails. Streams have a test
of their own; what only moderators ask for, what Mastodon no longer has and collections of people, which have
lists in their place, are left out.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from microblog_core.domain.permissions import SYSTEM
from microblog_core.services import announcements

PATHS = """
GET /.well-known/oauth-authorization-server
GET POST /api/v1/accounts
GET /api/v1/accounts/:id
POST /api/v1/accounts/:id/block
POST /api/v1/accounts/:id/endorse
GET /api/v1/accounts/:id/endorsements
GET /api/v1/accounts/:id/featured_tags
POST /api/v1/accounts/:id/follow
GET /api/v1/accounts/:id/followers
GET /api/v1/accounts/:id/following
GET /api/v1/accounts/:id/identity_proofs
GET /api/v1/accounts/:id/lists
POST /api/v1/accounts/:id/mute
POST /api/v1/accounts/:id/note
POST /api/v1/accounts/:id/pin
POST /api/v1/accounts/:id/remove_from_followers
GET /api/v1/accounts/:id/statuses
POST /api/v1/accounts/:id/unblock
POST /api/v1/accounts/:id/unendorse
POST /api/v1/accounts/:id/unfollow
POST /api/v1/accounts/:id/unmute
POST /api/v1/accounts/:id/unpin
GET /api/v1/accounts/familiar_followers
GET /api/v1/accounts/lookup
GET /api/v1/accounts/relationships
GET /api/v1/accounts/search
PATCH /api/v1/accounts/update_credentials
GET /api/v1/accounts/verify_credentials
GET /api/v1/announcements
POST /api/v1/announcements/:id/dismiss
DELETE PUT /api/v1/announcements/:id/reactions/:id
GET /api/v1/annual_reports
GET /api/v1/annual_reports/:id
POST /api/v1/annual_reports/:id/generate
POST /api/v1/annual_reports/:id/read
GET /api/v1/annual_reports/:id/state
POST /api/v1/apps
GET /api/v1/apps/verify_credentials
GET /api/v1/blocks
GET /api/v1/bookmarks
POST /api/v1/collections
GET /api/v1/conversations
DELETE /api/v1/conversations/:id
POST /api/v1/conversations/:id/read
GET /api/v1/custom_emojis
GET /api/v1/directory
DELETE GET POST /api/v1/domain_blocks
POST /api/v1/emails/confirmations
GET /api/v1/endorsements
GET /api/v1/favourites
GET POST /api/v1/featured_tags
DELETE /api/v1/featured_tags/:id
GET /api/v1/featured_tags/suggestions
GET /api/v1/filters
DELETE GET PUT /api/v1/filters/:id
GET /api/v1/follow_requests
POST /api/v1/follow_requests/:id/authorize
POST /api/v1/follow_requests/:id/reject
GET /api/v1/followed_tags
GET /api/v1/instance
GET /api/v1/instance/activity
GET /api/v1/instance/domain_blocks
GET /api/v1/instance/extended_description
GET /api/v1/instance/peers
GET /api/v1/instance/privacy_policy
GET /api/v1/instance/rules
GET /api/v1/instance/terms_of_service
GET /api/v1/instance/terms_of_service/:id
GET /api/v1/instance/translation_languages
GET POST /api/v1/lists
GET PUT DELETE /api/v1/lists/:id
GET POST DELETE /api/v1/lists/:id/accounts
GET POST /api/v1/markers
POST /api/v1/media
GET PUT /api/v1/media/:id
GET /api/v1/mutes
GET /api/v1/notifications
GET /api/v1/notifications/:id
POST /api/v1/notifications/:id/dismiss
POST /api/v1/notifications/clear
POST /api/v1/notifications/dismiss
GET /api/v1/notifications/requests
GET /api/v1/notifications/requests/:id
POST /api/v1/notifications/requests/:id/accept
POST /api/v1/notifications/requests/:id/dismiss
POST /api/v1/notifications/requests/accept
POST /api/v1/notifications/requests/dismiss
GET /api/v1/notifications/requests/merged
GET /api/v1/notifications/unread_count
GET /api/v1/polls/:id
POST /api/v1/polls/:id/votes
GET /api/v1/preferences
GET PATCH /api/v1/profile
DELETE /api/v1/profile/avatar
DELETE /api/v1/profile/header
POST GET PUT DELETE /api/v1/push/subscription
POST /api/v1/reports
GET /api/v1/scheduled_statuses
GET PUT DELETE /api/v1/scheduled_statuses/:id
GET /api/v1/search
POST /api/v1/statuses
GET DELETE PUT /api/v1/statuses/:id
POST /api/v1/statuses/:id/bookmark
GET /api/v1/statuses/:id/card
GET /api/v1/statuses/:id/context
POST /api/v1/statuses/:id/favourite
GET /api/v1/statuses/:id/favourited_by
GET /api/v1/statuses/:id/history
PUT /api/v1/statuses/:id/interaction_policy
POST /api/v1/statuses/:id/mute
POST /api/v1/statuses/:id/pin
GET /api/v1/statuses/:id/quotes
POST /api/v1/statuses/:id/quotes/:id/revoke
POST /api/v1/statuses/:id/reblog
GET /api/v1/statuses/:id/reblogged_by
GET /api/v1/statuses/:id/source
POST /api/v1/statuses/:id/translate
POST /api/v1/statuses/:id/unbookmark
POST /api/v1/statuses/:id/unfavourite
POST /api/v1/statuses/:id/unmute
POST /api/v1/statuses/:id/unpin
POST /api/v1/statuses/:id/unreblog
GET /api/v1/suggestions
DELETE /api/v1/suggestions/:id
GET /api/v1/tags/:id
POST /api/v1/tags/:id/feature
POST /api/v1/tags/:id/follow
POST /api/v1/tags/:id/unfeature
POST /api/v1/tags/:id/unfollow
GET /api/v1/timelines/direct
GET /api/v1/timelines/home
GET /api/v1/timelines/link
GET /api/v1/timelines/list/:id
GET /api/v1/timelines/public
GET /api/v1/timelines/tag/:id
GET /api/v1/trends/links
GET /api/v1/trends/statuses
GET /api/v1/trends/tags
GET /api/v1_alpha/async_refreshes/:id
GET POST /api/v2/filters
GET PUT DELETE /api/v2/filters/:id
POST /api/v2/filters/:id/keywords
GET POST /api/v2/filters/:id/statuses
DELETE GET PUT /api/v2/filters/keywords/:id
DELETE GET /api/v2/filters/statuses/:id
GET /api/v2/instance
POST /api/v2/media
GET /api/v2/notifications
GET /api/v2/notifications/:id
GET /api/v2/notifications/:id/accounts
POST /api/v2/notifications/:id/dismiss
GET PATCH /api/v2/notifications/policy
GET /api/v2/notifications/unread_count
GET /api/v2/search
GET /api/v2/suggestions
GET /api/v2_alpha/notifications
GET /api/v2_alpha/notifications/:id
POST /api/v2_alpha/notifications/:id/dismiss
GET /api/v2_alpha/notifications/unread_count
GET /oauth/authorize
POST /oauth/revoke
POST /oauth/token
GET /oauth/userinfo
"""
QUERIES = {
    "/api/v1/accounts/lookup": {"acct": "bob"},
    "/api/v1/search": {"q": "tea"},
    "/api/v2/search": {"q": "tea"},
}
NOTHING_THERE = {
    "/api/v1/annual_reports/:id",
    "/api/v1/annual_reports/:id/read",
    "/api/v1/notifications/requests/:id",
    "/api/v1/notifications/requests/:id/accept",
    "/api/v1/notifications/requests/:id/dismiss",
    "/api/v1/instance/terms_of_service/:id",
    "/api/v1_alpha/async_refreshes/:id",
    "/api/v1/statuses/:id/translate",
}
"""What there is none of: for a single one 404 is the documented answer."""
ORDER = ("GET", "POST", "PUT", "PATCH", "DELETE")


def asked() -> list[tuple[str, str]]:
    """Methods and paths: what reads first, what deletes last; what is below another path before that."""
    lines = [line.split() for line in PATHS.split("\n") if line]
    pairs = [(method, line[-1]) for line in lines for method in line[:-1]]
    return sorted(pairs, key=lambda pair: (ORDER.index(pair[0]), -pair[1].count("/"), pair[1]))


async def things(studio: Any, ada: Any, bob: Any) -> dict[str, str]:
    """What stands for `:id`, by how a path begins; the longest beginning counts."""
    await bob.post(f"/api/v1/accounts/{ada.id}/follow")
    await ada.ask("PATCH", "/api/v1/accounts/update_credentials", json={"locked": True})
    asking, other = await studio.people("asking", "other")
    for person in (asking, other):
        await person.post(f"/api/v1/accounts/{ada.id}/follow")
    post = await ada.write("#tea?", **{"poll[options][]": ["a", "b"], "poll[expires_in]": "3600"})
    quoting = await bob.write("see", quoted_status_id=post["id"])
    at = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    waiting = await ada.write("later", scheduled_at=at)
    made = await ada.post("/api/v1/lists", title="Friends")
    wanted = {"title": "No", "context": ["home"], "keywords_attributes": [{"keyword": "x"}]}
    filtered = await ada.ask("POST", "/api/v2/filters", json=wanted)
    status = await ada.post(f"/api/v2/filters/{filtered['id']}/statuses", status_id=post["id"])
    files = {"file": ("a.png", b"PIC a cat", "image/png")}
    medium = await ada.ask("POST", "/api/v2/media", files=files)
    await ada.write("@bob hi", visibility="direct")
    (conversation,) = await ada.get("/api/v1/conversations")
    told = (await ada.get("/api/v1/notifications"))[0]
    featured = await ada.post("/api/v1/featured_tags", name="coffee")
    command = announcements.AddAnnouncement(text="Hear, hear")
    announced = await announcements.add_announcement(studio.http.site.ports, SYSTEM, command)
    keys = {"p256dh": "BA" + "A" * 85, "auth": "A" * 22}
    subscribed = {"subscription": {"endpoint": "https://push.example.org/x", "keys": keys}}
    await ada.ask("POST", "/api/v1/push/subscription", json=subscribed)
    older = await ada.ask("POST", "/api/v1/filters", json={"phrase": "y", "context": ["home"]})
    return {
        "/api/v1/statuses": post["id"],
        "quotes": quoting["id"],
        "reactions": "\N{THUMBS UP SIGN}",
        "/api/v1/polls": post["poll"]["id"],
        "/api/v1/accounts": bob.id,
        "/api/v1/announcements": str(announced.id),
        "/api/v1/follow_requests": asking.id,
        "/api/v1/follow_requests/:id/reject": other.id,
        "/api/v1/suggestions": bob.id,
        "/api/v1/lists": made["id"],
        "/api/v1/timelines/list": made["id"],
        "/api/v1/timelines/tag": "tea",
        "/api/v1/tags": "tea",
        "/api/v1/filters": older["id"],
        "/api/v2/filters/keywords": filtered["keywords"][0]["id"],
        "/api/v2/filters/statuses": status["id"],
        "/api/v2/filters": filtered["id"],
        "/api/v1/media": medium["id"],
        "/api/v1/conversations": conversation["id"],
        "/api/v1/notifications": told["id"],
        "/api/v2/notifications": told["group_key"],
        "/api/v2_alpha/notifications": told["group_key"],
        "/api/v1/scheduled_statuses": waiting["id"],
        "/api/v1/featured_tags": featured["id"],
    }


def address(path: str, ids: dict[str, str]) -> str:
    """The path with ids in it."""
    while ":id" in path:
        before, _, after = path.partition("/:id")
        known = [path] if path in ids else [beginning for beginning in ids if before.startswith(beginning)]
        first = ids[max(known, key=len)] if known else "1"
        if before.endswith(("/quotes", "/reactions")):
            first = ids[before.rpartition("/")[2]]
        path = f"{before}/{first}{after}"
    return path


async def test_every_path_that_clients_ask_for_is_there(studio: Any) -> None:
    ada, bob = await studio.people("ada", "bob")
    ids = await things(studio, ada, bob)
    wrong = []
    for method, path in asked():
        target = address(path, ids)
        answer = await ada.http.request(method, target, params=QUERIES.get(path, {}))
        if path in NOTHING_THERE:
            good = answer.status_code == 404 and answer.json()["error"]
        elif method == "GET" and not path.startswith("/oauth/"):
            good = answer.status_code == 200
        else:
            good = answer.status_code not in (404, 405) and answer.status_code < 500
        if not good:
            wrong.append((method, target, answer.status_code, answer.text[:80]))
    assert wrong == []
