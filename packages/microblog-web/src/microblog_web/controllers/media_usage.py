"""How much room pictures take, for administrators."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from litestar import Request, get, post

from microblog_core.services import media_usage as services
from microblog_core.services.media_usage import PEOPLE_SHOWN, CleanUp, Growth
from microblog_web import times
from microblog_web.admin_nav import admin_view, answer_tab
from microblog_web.charts import bars
from microblog_web.exploring import cut, page_number
from microblog_web.requests import Sendable, flash, scope_of, sent_form
from microblog_web.responses import see_other
from microblog_web.views import View

PATH = "/admin/media"
PERMISSION = "media.manage"
_DAY_SECONDS = 24 * 3600


@get(PATH)
async def overview(request: Request[Any, Any, Any]) -> Sendable:
    """What there is, who uses most, and how it grew."""
    view = await admin_view(request, PERMISSION)
    number = page_number(scope_of(request))
    growth = await services.read_usage(view.ports, view.actor)
    found = await services.read_largest(
        view.ports, view.actor, limit=PEOPLE_SHOWN + 1, offset=(number - 1) * PEOPLE_SHOWN
    )
    people, around = cut(found, PEOPLE_SHOWN, PATH, number)
    days = [(_label(view, each.day), each) for each in growth.days]
    main = view.web.render(
        "web/admin/media.html",
        view.locale,
        usage=growth.usage,
        caps=growth.caps,
        kinds=_kinds(view, growth),
        people=people,
        days=days[::-1],
        chart=_chart(view, growth),
        takes=bool(view.ports.processors),
        csrf=view.csrf,
        **around,
    )
    return await answer_tab(view, "media", main)


@post(f"{PATH}/clean-up")
async def clean_up(request: Request[Any, Any, Any]) -> Sendable:
    """Have what belongs to no post removed now."""
    await sent_form(request)
    view = await admin_view(request, PERMISSION)
    await services.clean_up(view.ports, view.actor, CleanUp())
    flash(request, view.translate("It is on its way: what belongs to no post since a day goes."))
    return see_other(PATH)


def _kinds(view: View, growth: Growth) -> list[tuple[str, int, int]]:
    usage = growth.usage
    return [
        (view.translate("Of posts"), usage.posts_files, usage.posts_bytes),
        (view.translate("Of no post"), usage.unattached_files, usage.unattached_bytes),
        (view.translate("Custom emojis"), usage.emojis, usage.emoji_bytes),
    ]


def _chart(view: View, growth: Growth) -> Any:
    labels = [_label(view, each.day) for each in growth.days]
    values = [-(-each.bytes >> 10) for each in growth.days]
    said = view.translate(
        "From %(first)s to %(last)s, at most %(most)s KB a day. The numbers are in the table below.",
        first=labels[0],
        last=labels[-1],
        most=times.number(max(values), view.locale),
    )
    return bars("uploads", view.translate("Uploaded each day, in KB"), said, labels, values, view.locale)


def _label(view: View, day: int) -> str:
    return times.day_and_month(datetime.fromtimestamp(day * _DAY_SECONDS, UTC).date(), view.locale)


HANDLERS = (overview, clean_up)
