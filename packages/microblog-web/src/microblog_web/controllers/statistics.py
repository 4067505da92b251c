"""The site in numbers: a page for everybody, its files, and the operators' page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Literal

from litestar import Request, get, post
from litestar.params import FromPath

from microblog_core.domain.errors import Invalid, NotFound
from microblog_core.domain.statistics import (
    Counts,
    DayFigures,
    months_of,
    sums_of,
    tags_over,
    week_of,
    weeks_of,
)
from microblog_core.services.statistics import (
    READ,
    Recompute,
    Statistics,
    read_statistics,
    recompute,
    today_of,
)
from microblog_core.services.statistics_export import COLUMNS, PUBLIC_COLUMNS, to_csv, to_json
from microblog_web.admin_nav import answer_admin
from microblog_web.charts import bars
from microblog_web.i18n import mark
from microblog_web.pages import Meta, Page
from microblog_web.requests import (
    Sendable,
    answer_shared,
    flash,
    needs_login,
    scope_of,
    sent_form,
    view_of,
)
from microblog_web.responses import Answer, see_other
from microblog_web.times import day_and_month, month_and_year, number
from microblog_web.views import View

PATH = "/about/statistics"
ADMIN = "/admin/statistics"
TAG = "statistics"
EXPORTED_DAYS = 366
RECOMPUTED_DAYS = 92
WEEKS, MONTHS = 12, 12

Unit = Literal["days", "weeks", "months"]
UNITS: Mapping[Unit, str] = {"days": mark("30 days"), "weeks": mark("12 weeks"), "months": mark("12 months")}
CHARTS = (
    ("posts", mark("Posts")),
    ("active", mark("Active people")),
    ("sign_ups", mark("New people")),
    ("favourites", mark("Favourites")),
)


class Row(Counts, frozen=True, kw_only=True):
    """A line of the table, and a bar of each chart."""

    label: str
    active: int


@get(PATH)
async def days(request: Request[Any, Any, Any]) -> Sendable:
    """The last 30 days."""
    return await answer_shared(scope_of(request), lambda view: _shared(view, "days"))


@get(f"{PATH}/{{unit:str}}")
async def longer(request: Request[Any, Any, Any], unit: FromPath[str]) -> Sendable:
    """The last 12 weeks or months."""
    if unit == "weeks":
        return await answer_shared(scope_of(request), lambda view: _shared(view, "weeks"))
    if unit == "months":
        return await answer_shared(scope_of(request), lambda view: _shared(view, "months"))
    raise NotFound("There is no page at this address.", hint="Check the address.")


async def _shared(view: View, unit: Unit) -> tuple[Page, Iterable[str]]:
    main = await _draw(view, unit)
    description = view.translate("Posts and people of this site, day by day.")
    meta = Meta(description=description) if view.me is None else None
    return Page(title=view.translate("In numbers"), main=main, active="about", meta=meta), (TAG,)


@get(f"{PATH}.csv")
async def as_csv(request: Request[Any, Any, Any]) -> Sendable:
    """A year of days as CSV."""
    found, columns = await _exported(request)
    return _file(to_csv(found.days, columns).encode(), b"text/csv; charset=utf-8", b"statistics.csv")


@get(f"{PATH}.json")
async def as_json(request: Request[Any, Any, Any]) -> Sendable:
    """A year of days as JSON."""
    return _file(to_json(*await _exported(request)), b"application/json", b"statistics.json")


async def _exported(request: Request[Any, Any, Any]) -> tuple[Statistics, Sequence[str]]:
    view = await view_of(scope_of(request))
    today = today_of(view.ports)
    since = today - timedelta(days=EXPORTED_DAYS - 1)
    found = await read_statistics(view.ports, view.actor, since, today)
    return found, COLUMNS if view.ports.authoriser.allows(view.actor, READ) else PUBLIC_COLUMNS


def _file(body: bytes, content_type: bytes, name: bytes) -> Answer:
    headers = (
        (b"content-type", content_type),
        (b"content-disposition", b'attachment; filename="%s"' % name),
        (b"cache-control", b"private, no-cache"),
    )
    return Answer(body, headers=headers)


@get(ADMIN)
async def operators(request: Request[Any, Any, Any]) -> Sendable:
    """The same with what only operators see, and counting days anew."""
    view = await view_of(scope_of(request))
    needs_login(view)
    view.ports.authoriser.check(view.actor, READ)
    main = await _draw(view, "days", operators=True)
    return await answer_admin(view, "statistics", view.translate("Statistics"), main)


@post(f"{ADMIN}/recompute")
async def count_anew(request: Request[Any, Any, Any]) -> Sendable:
    """Count some days anew."""
    values = await sent_form(request)
    view = await view_of(scope_of(request))
    needs_login(view)
    try:
        command = Recompute(first=_date(values, "first"), last=_date(values, "last"))
        if (command.last - command.first).days >= RECOMPUTED_DAYS:
            raise Invalid(
                f"At most {RECOMPUTED_DAYS} days at once.", hint="`microblog stats --recompute` takes more."
            )
        counted = await recompute(view.ports, view.actor, command)
    except Invalid as error:
        flash(request, view.explain(error), "error")
    else:
        flash(request, view.translate("Days counted anew: %(count)s.", count=counted))
    return see_other(ADMIN)


def _date(values: Mapping[str, str], name: str) -> date:
    try:
        return date.fromisoformat(values.get(name, ""))
    except ValueError:
        raise Invalid("Give both days.", hint="For example 2026-01-31.") from None


async def _draw(view: View, unit: Unit, *, operators: bool = False) -> Any:
    today = today_of(view.ports)
    found = await read_statistics(view.ports, view.actor, first_day(unit, today), today)
    known = known_days(found.days)
    rows = rows_of(unit, view.locale, known)
    labels = [row.label for row in rows]
    charts = [
        (title, chart_of(view, name, view.translate(title), labels, [getattr(row, name) for row in rows]))
        for name, title in CHARTS
    ]
    newest = (known or found.days)[-1]
    return view.web.render(
        "web/statistics.html",
        view.locale,
        found=found,
        unit=unit,
        units=UNITS,
        path=PATH,
        charts=charts,
        rows=rows[::-1],
        sums=sums_of(found.days),
        newest=newest,
        tags=tags_over(found.days),
        operators=operators,
        is_operator=view.ports.authoriser.allows(view.actor, READ),
        may_count=operators and view.ports.authoriser.allows(view.actor, "statistics.manage"),
        may_mail=view.ports.authoriser.allows(view.actor, "campaigns.manage"),
        is_public=view.ports.statistics.public,
        today=today,
        csrf=view.csrf,
    )


def first_day(unit: Unit, today: date) -> date:
    """The first day that such a page shows."""
    if unit == "days":
        return today - timedelta(days=29)
    if unit == "weeks":
        return week_of(today) - timedelta(weeks=WEEKS - 1)
    months = today.year * 12 + today.month - MONTHS
    return date(months // 12, months % 12 + 1, 1)


def known_days(days: Sequence[DayFigures]) -> Sequence[DayFigures]:
    """The days up to the last one that was counted: today may not have been yet."""
    while days and not days[-1].computed_at:
        days = days[:-1]
    return days


def rows_of(unit: Unit, locale: str, days: Sequence[DayFigures]) -> list[Row]:
    """The lines of the table, oldest first."""
    if unit == "days":
        return [_row(day_and_month(each.day, locale), each, each.active) for each in days]
    label = day_and_month if unit == "weeks" else month_and_year
    spans = weeks_of(days) if unit == "weeks" else months_of(days)
    return [_row(label(each.first, locale), each, each.active) for each in spans]


def _row(label: str, counts: Counts, active: int) -> Row:
    values = {name: getattr(counts, name) for name in Counts.__struct_fields__}
    return Row(label=label, active=active, **values)


def chart_of(view: View, name: str, title: str, labels: Sequence[str], values: Sequence[int]) -> Any:
    """Bars with a title and a description."""
    most = max(values, default=0)
    description = view.translate(
        "From %(first)s to %(last)s, at most %(most)s. The numbers are in the table below.",
        first=labels[0] if labels else "",
        last=labels[-1] if labels else "",
        most=number(most, view.locale),
    )
    return bars(name.replace("_", ""), title, description, labels, values, view.locale)


HANDLERS = (days, as_csv, as_json, longer, operators, count_anew)
