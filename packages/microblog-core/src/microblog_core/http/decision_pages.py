"""The page that a mail about a decision leads to: what was decided and why, and a field for one answer.

Who is suspended can't log in, so the signed link is all that they need. Drawn by the site's page renderer.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from microblog_core.domain.errors import Conflict, Invalid, NotFound, RateLimited
from microblog_core.domain.moderation import AppealState, ModerationAct, Strike
from microblog_core.domain.permissions import Actor
from microblog_core.http.scope import Scope, query_of, site_of
from microblog_core.ports.auth import Field, FormPage
from microblog_core.runtime.links import DECISION_PATH, Links
from microblog_core.services.moderation import AppealDecision, appeal_decision, read_decision

TITLE = "What the moderators decided"
WORDS = {
    ModerationAct.WARN: "You were warned.",
    ModerationAct.MARK_SENSITIVE: "Posts of yours were marked as sensitive.",
    ModerationAct.DELETE_POSTS: "Posts of yours were deleted.",
    ModerationAct.SILENCE: "Your account was silenced: its posts are not in public timelines.",
    ModerationAct.DISABLE: "Your account was disabled: nobody can log in.",
    ModerationAct.SUSPEND: "Your account was suspended: nobody sees it or its posts.",
}
STANDS = {
    AppealState.OPEN: "You answered. A moderator looks at it again.",
    AppealState.REJECTED: "You answered, and the decision stands.",
}


async def answer_decision(scope: Scope, fields: Mapping[str, str] | None) -> tuple[bytes, int]:
    """The page, or what becomes of an answer, with its status. Raises `NotFound`."""
    site, token = site_of(scope), query_of(scope).get("token", "")
    link = Links(site).read_decision(token)
    account = None if link is None else await site.ports.storage.accounts.get(link.account_id)
    if link is None or account is None:
        raise NotFound("This link is too old, or is not whole.", hint="Use the newest mail.")
    actor = Actor(account=account, address=scope["state"]["client"])
    strike = await read_decision(site.ports, actor, link.strike_id)
    status, error, problem = 200, "", ""
    if fields is not None:
        try:
            command = AppealDecision(strike_id=strike.id, text=fields.get("text", ""))
            strike = await appeal_decision(site.ports, actor, command)
        except Invalid as invalid:
            status, problem = invalid.status, invalid.fields.get("text", invalid.message)
        except (Conflict, RateLimited) as refused:
            status, error = refused.status, f"{refused.message} {refused.hint}".strip()
    intro = _intro(strike)
    if strike.overruled_at is not None or strike.appeal_state is not AppealState.NONE:
        return site.page_renderer.message(TITLE, intro), status
    text = Field(
        name="text",
        label="Your answer",
        kind="textarea",
        value=(fields or {}).get("text", ""),
        hint="You may answer once. A moderator looks at it again.",
        error=problem,
    )
    page = FormPage(
        title=TITLE,
        action=f"{DECISION_PATH}?{urlencode({'token': token})}",
        fields=(text,),
        submit="Ask for another look",
        intro=intro,
        error=error,
    )
    return site.page_renderer.form(page), status


def _intro(strike: Strike) -> str:
    parts = [WORDS[strike.act], f"The reason: {strike.reason}"]
    if strike.overruled_at is not None:
        parts.append("This decision was taken back.")
    elif strike.appeal_state in STANDS:
        parts.append(STANDS[strike.appeal_state])
    return " ".join(parts)
