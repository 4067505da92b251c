"""For those who run the site: how it stands, its plugins, and how well it is. Nothing is changed here."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from typing import Any

from litestar import Request, get

from microblog_core import __version__
from microblog_core.examining import Finding, examine, run_checks
from microblog_core.http.scope import query_of, site_of
from microblog_core.plugins.report import PluginReport, PluginState
from microblog_core.plugins.settings import shown_settings
from microblog_core.ports.storage import STATISTICS
from microblog_core.runtime.logs import scrub
from microblog_core.services.operating import FIGURES_MOST, read_overview
from microblog_core.services.statistics import READ, read_statistics, today_of
from microblog_web.admin_nav import DASHBOARD, OPERATIONS, admin_view, answer_admin
from microblog_web.controllers.admin_payments import draw_panel
from microblog_web.controllers.statistics import CHARTS, Unit, chart_of, first_day, known_days, rows_of
from microblog_web.i18n import mark
from microblog_web.requests import Sendable, scope_of
from microblog_web.views import View

PATH = "/admin"
SHOWN = CHARTS[:3]
"""Posts, active people, new people."""
TROUBLED = frozenset({PluginState.BROKEN, PluginState.INCOMPATIBLE, PluginState.UNAVAILABLE})
STATES = {
    PluginState.ACTIVE: mark("Active"),
    PluginState.DISABLED: mark("Switched off"),
    PluginState.UNAVAILABLE: mark("Unavailable"),
    PluginState.INCOMPATIBLE: mark("Incompatible"),
    PluginState.BROKEN: mark("Broken"),
}
LEVELS = {"OK": mark("Well"), "WARN": mark("Look at it"), "FAIL": mark("Not well")}
_WORST_FIRST = ("FAIL", "WARN", "OK")


@get(PATH)
async def dashboard(request: Request[Any, Any, Any]) -> Sendable:
    """How the site stands, by days or by weeks."""
    view = await admin_view(request, DASHBOARD)
    site = site_of(scope_of(request))
    unit: Unit = "weeks" if query_of(scope_of(request)).get("by") == "weeks" else "days"
    allows = view.ports.authoriser.allows
    main = view.web.render(
        "web/admin/dashboard.html",
        view.locale,
        overview=await read_overview(view.ports, view.actor),
        unit=unit,
        charts=await _charts(view, unit),
        most=FIGURES_MOST,
        troubled=_troubled(view, site.report),
        approves=view.ports.limits.approves,
        may_approve=allows(view.actor, "accounts.approve"),
        may_see_reports=allows(view.actor, "reports.read"),
        may_see_jobs=allows(view.actor, "jobs.manage"),
        may_see_plugins=allows(view.actor, OPERATIONS),
        versions=(("Microblog", __version__), ("Python", platform.python_version())),
        money_panel=await draw_panel(view),
        slot=await view.web.slot(view, "admin.dashboard"),
    )
    return await answer_admin(view, "dashboard", view.translate("Overview"), main)


async def _charts(view: View, unit: Unit) -> list[tuple[str, Any, list[tuple[str, int]]]]:
    """Each chart's title, the drawing, and the numbers behind it, newest first; none where nothing counts."""
    may = view.ports.authoriser.allows(view.actor, READ)
    if STATISTICS not in view.ports.storage.capabilities or not may:
        return []
    today = today_of(view.ports)
    found = await read_statistics(view.ports, view.actor, first_day(unit, today), today)
    rows = rows_of(unit, view.locale, known_days(found.days))
    labels = [row.label for row in rows]
    charts = []
    for name, title in SHOWN if rows else ():
        values = [getattr(row, name) for row in rows]
        chart = chart_of(view, name, view.translate(title), labels, values)
        charts.append((title, chart, list(zip(labels, values, strict=True))[::-1]))
    return charts


def _troubled(view: View, reports: Sequence[PluginReport]) -> list[str]:
    """The names of plugins that are not in order."""
    names = [report.name for report in reports if report.state in TROUBLED]
    web = view.web
    theme = [web.theme] if web.look.problems else []
    return list(dict.fromkeys([*names, *web.problems, *web.untranslated, *theme]))


@get(f"{PATH}/plugins")
async def plugins(request: Request[Any, Any, Any]) -> Sendable:
    """What is installed, what each plugin adds, and why one is left out."""
    view = await admin_view(request, OPERATIONS)
    site = site_of(scope_of(request))
    shown = [(report, list(shown_settings(site.settings(report.name)))) for report in site.report]
    main = view.web.render(
        "web/admin/plugins.html",
        view.locale,
        troubled=[each for each in shown if each[0].state in TROUBLED],
        others=[each for each in shown if each[0].state not in TROUBLED],
        left_out=view.web.problems,
        untranslated=view.web.untranslated,
        theme=view.web.theme,
        theme_problems=view.web.look.problems,
        states=STATES,
        site=site.name,
        scrub=scrub,
    )
    return await answer_admin(view, "plugins", view.translate("Plugins"), main)


@get(f"{PATH}/health")
async def health(request: Request[Any, Any, Any]) -> Sendable:
    """Every health check with its time, and what else can be seen of how well the site is."""
    view = await admin_view(request, OPERATIONS)
    scope = scope_of(request)
    state, site = scope["state"], site_of(scope)
    findings = await examine(site, scheme=state["scheme"], client=state["client"])
    main = view.web.render(
        "web/admin/health.html",
        view.locale,
        checks=await run_checks(site),
        findings=sorted(findings, key=_how_bad),
        levels=LEVELS,
        at=view.now,
        scrub=scrub,
    )
    return await answer_admin(view, "health", view.translate("Health"), main)


def _how_bad(finding: Finding) -> int:
    return _WORST_FIRST.index(finding.level)


HANDLERS = (dashboard, plugins, health)
