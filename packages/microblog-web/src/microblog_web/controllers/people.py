"""How one stands to somebody: follow, block, mute, and back again. Buttons only; each leads back to its
page.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from litestar import Request, post
from litestar.params import FromPath

from microblog_core.domain.errors import NotFound
from microblog_core.domain.permissions import Actor
from microblog_core.domain.relations import Relationship
from microblog_core.ports.context import Ports
from microblog_core.services.relations import RelationCommand, block, follow, mute, unblock, unfollow, unmute
from microblog_web.requests import Sendable, back, needs_login, post_id_from, scope_of, sent_form, view_of

_Service = Callable[[Ports, Actor, RelationCommand], Awaitable[Relationship]]
VERBS: Mapping[str, _Service] = {
    "follow": follow,
    "unfollow": unfollow,
    "block": block,
    "unblock": unblock,
    "mute": mute,
    "unmute": unmute,
}


@post("/accounts/{account_id:str}/{verb:str}")
async def relate(request: Request[Any, Any, Any], account_id: FromPath[str], verb: FromPath[str]) -> Sendable:
    """Do what the button says."""
    service = VERBS.get(verb)
    if service is None:
        raise NotFound("There is no page at this address.", hint="Check the address.")
    values = await sent_form(request)
    view = await view_of(scope_of(request))
    needs_login(view)
    await service(view.ports, view.actor, RelationCommand(account_id=post_id_from(account_id)))
    return back(request, values)


HANDLERS = (relate,)
