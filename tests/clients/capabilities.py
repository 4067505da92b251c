"""What an app does with a site, one entry for each thing that may work or fail on its own.

A client's check bears the capability's name. To add one: an entry here, and a check in each client that
offers it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Capability:
    """`name` is lower-case words; `calls` are the endpoints that decide it, for whoever reads the table.

    The first tier is what an app needs to log in, read and post; the second is everyday use.
    """

    name: str
    tier: Literal["T1", "T2"]
    calls: str


CAPABILITIES = (
    Capability("log in", "T1", "POST /api/v1/apps, GET /oauth/authorize, POST /oauth/token"),
    Capability("log in by redirect", "T1", "GET /oauth/authorize with a redirect_uri and a state"),
    Capability("log in as an application", "T1", "POST /oauth/token with client_credentials"),
    Capability("ask about the application", "T1", "GET /api/v1/apps/verify_credentials"),
    Capability("find the endpoints", "T1", "GET /.well-known/oauth-authorization-server"),
    Capability("log out", "T1", "POST /oauth/revoke"),
    Capability("recognise the software", "T1", "GET /.well-known/nodeinfo"),
    Capability("read the instance", "T1", "GET /api/v1/instance"),
    Capability("read the instance in its second shape", "T1", "GET /api/v2/instance"),
    Capability("list custom emoji", "T1", "GET /api/v1/custom_emojis"),
    Capability("read the preferences", "T1", "GET /api/v1/preferences"),
    Capability("write a post", "T1", "POST /api/v1/statuses, GET /api/v1/statuses/:id"),
    Capability("write a post only once", "T1", "POST /api/v1/statuses with an Idempotency-Key"),
    Capability("write behind a warning", "T1", "POST /api/v1/statuses with spoiler_text"),
    Capability("write for followers only", "T1", "POST /api/v1/statuses with visibility=private"),
    Capability("write to one person", "T1", "POST /api/v1/statuses with visibility=direct"),
    Capability("mention somebody", "T1", "POST /api/v1/statuses, mentions[]"),
    Capability("reply and read the thread", "T1", "GET /api/v1/statuses/:id/context"),
    Capability("delete a post", "T1", "DELETE /api/v1/statuses/:id"),
    Capability("boost and take it back", "T1", "POST /api/v1/statuses/:id/reblog, unreblog"),
    Capability("favourite and take it back", "T1", "POST /api/v1/statuses/:id/favourite, unfavourite"),
    Capability("read an account", "T1", "GET /api/v1/accounts/:id"),
    Capability("read the posts of an account", "T1", "GET /api/v1/accounts/:id/statuses"),
    Capability("read the home timeline", "T1", "GET /api/v1/timelines/home"),
    Capability("read the public timeline", "T1", "GET /api/v1/timelines/public"),
    Capability("page through a timeline", "T1", "GET /api/v1/accounts/:id/statuses, its Link header"),
    Capability("read what is newer", "T1", "GET /api/v1/accounts/:id/statuses with min_id and since_id"),
    Capability("follow and unfollow", "T1", "POST /api/v1/accounts/:id/follow, unfollow"),
    Capability("ask for relationships", "T1", "GET /api/v1/accounts/relationships"),
    Capability("read notifications", "T1", "GET /api/v1/notifications"),
    Capability("choose among notifications", "T1", "GET /api/v1/notifications with types[], exclude_types[]"),
    Capability("search for people", "T1", "GET /api/v2/search with type=accounts"),
    Capability("search for posts", "T1", "GET /api/v2/search with type=statuses"),
    Capability("search for hashtags", "T1", "GET /api/v2/search with type=hashtags"),
    Capability("keep the reading position", "T1", "GET and POST /api/v1/markers"),
    Capability("attach a picture", "T1", "POST /api/v2/media, GET /api/v1/media/:id"),
    Capability("describe a picture", "T1", "PUT /api/v1/media/:id"),
    Capability("list the lists", "T1", "GET /api/v1/lists"),
    Capability("list filters", "T1", "GET /api/v2/filters"),
    Capability("list filters of the first version", "T1", "GET /api/v1/filters"),
    Capability("edit a post", "T2", "PUT /api/v1/statuses/:id"),
    Capability("read the history of a post", "T2", "GET /api/v1/statuses/:id/history"),
    Capability("read the source of a post", "T2", "GET /api/v1/statuses/:id/source"),
    Capability("hold a poll", "T2", "POST /api/v1/polls/:id/votes, GET /api/v1/polls/:id"),
    Capability("edit the profile", "T2", "PATCH /api/v1/accounts/update_credentials"),
    Capability("change the avatar", "T2", "PATCH /api/v1/accounts/update_credentials with a file"),
    Capability("list followers and followed", "T2", "GET /api/v1/accounts/:id/followers, following"),
    Capability("block and unblock", "T2", "POST /api/v1/accounts/:id/block, unblock, GET /api/v1/blocks"),
    Capability("mute and unmute", "T2", "POST /api/v1/accounts/:id/mute, unmute, GET /api/v1/mutes"),
    Capability("mute a thread", "T2", "POST /api/v1/statuses/:id/mute, unmute"),
    Capability(
        "bookmark and take it back", "T2", "POST /api/v1/statuses/:id/bookmark, GET /api/v1/bookmarks"
    ),
    Capability("list favourites", "T2", "GET /api/v1/favourites"),
    Capability("pin and unpin", "T2", "POST /api/v1/statuses/:id/pin, unpin"),
    Capability("accept a follow request", "T2", "POST /api/v1/follow_requests/:id/authorize"),
    Capability("reject a follow request", "T2", "POST /api/v1/follow_requests/:id/reject"),
    Capability("list who boosted", "T2", "GET /api/v1/statuses/:id/reblogged_by"),
    Capability("list who favourited", "T2", "GET /api/v1/statuses/:id/favourited_by"),
    Capability("read a hashtag", "T2", "GET /api/v1/tags/:id"),
    Capability("follow a hashtag", "T2", "POST /api/v1/tags/:id/follow, unfollow, GET /api/v1/followed_tags"),
    Capability("read the timeline of a hashtag", "T2", "GET /api/v1/timelines/tag/:id"),
    Capability("list featured hashtags", "T2", "GET /api/v1/accounts/:id/featured_tags"),
    Capability("list familiar followers", "T2", "GET /api/v1/accounts/familiar_followers"),
    Capability("look up an account", "T2", "GET /api/v1/accounts/lookup"),
    Capability("complete the name of an account", "T2", "GET /api/v1/accounts/search"),
    Capability("note something about an account", "T2", "POST /api/v1/accounts/:id/note"),
    Capability("subscribe to push", "T2", "POST, GET, PUT, DELETE /api/v1/push/subscription"),
    Capability("report an account", "T2", "POST /api/v1/reports"),
    Capability("read conversations", "T2", "GET /api/v1/conversations"),
    Capability("mark a conversation as read", "T2", "POST /api/v1/conversations/:id/read"),
    Capability("delete a conversation", "T2", "DELETE /api/v1/conversations/:id"),
    Capability("manage a list", "T2", "POST /api/v1/lists, PUT, GET, DELETE /api/v1/lists/:id"),
    Capability("fill a list", "T2", "POST, GET, DELETE /api/v1/lists/:id/accounts"),
    Capability("read the timeline of a list", "T2", "GET /api/v1/timelines/list/:id"),
    Capability("list the lists of an account", "T2", "GET /api/v1/accounts/:id/lists"),
    Capability("schedule a post", "T2", "POST /api/v1/statuses with scheduled_at, GET scheduled_statuses"),
    Capability("change a scheduled post", "T2", "PUT, DELETE /api/v1/scheduled_statuses/:id"),
    Capability("read one notification", "T2", "GET /api/v1/notifications/:id"),
    Capability("dismiss a notification", "T2", "POST /api/v1/notifications/:id/dismiss"),
    Capability("clear notifications", "T2", "POST /api/v1/notifications/clear"),
    Capability("read grouped notifications", "T2", "GET /api/v2/notifications"),
    Capability("manage a filter", "T2", "POST /api/v2/filters, GET, PUT, DELETE /api/v2/filters/:id"),
    Capability("filter posts", "T2", "GET /api/v1/timelines/home, filtered[]"),
    Capability("read trends", "T2", "GET /api/v1/trends/statuses, tags, links"),
    Capability("read suggestions", "T2", "GET /api/v2/suggestions"),
    Capability("read announcements", "T2", "GET /api/v1/announcements"),
    Capability("ask whether streaming is up", "T2", "GET /api/v1/streaming/health"),
    Capability("stream the home timeline", "T2", "GET /api/v1/streaming/user"),
    Capability("stream notifications", "T2", "GET /api/v1/streaming/user/notification"),
    Capability("stream the public timeline", "T2", "GET /api/v1/streaming/public"),
    Capability("stream a hashtag", "T2", "GET /api/v1/streaming/hashtag"),
    Capability("stream a list", "T2", "GET /api/v1/streaming/list"),
    Capability("stream conversations", "T2", "GET /api/v1/streaming/direct"),
    Capability("stream edits and deletions", "T2", "GET /api/v1/streaming/user, status.update and delete"),
    Capability("stream by server sent events", "T2", "GET /api/v1/streaming/user, text/event-stream"),
)

NAMES = frozenset(capability.name for capability in CAPABILITIES)
