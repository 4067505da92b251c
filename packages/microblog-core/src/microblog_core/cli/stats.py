"""`microblog stats`: daily statistics in a table, as CSV or JSON, and counting days anew."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import click

from microblog_core.cli.console import progress, table
from microblog_core.cli.context import Invocation, data_options, pass_invocation, quiet_logs, run
from microblog_core.domain.errors import Invalid
from microblog_core.domain.permissions import SYSTEM

if TYPE_CHECKING:
    from microblog_core.ports.context import Ports
    from microblog_core.services.statistics import Statistics

DAYS_A_STEP = 30
_HEADINGS = {
    "posts": "posts",
    "boosts": "boosts",
    "favourites": "favourites",
    "follows": "follows",
    "sign-ups": "sign_ups",
    "log-ins": "log_ins",
    "active": "active",
    "7 days": "active_week",
    "30 days": "active_month",
}


@click.command()
@data_options
@click.option(
    "--days", type=click.IntRange(1, 3660), default=30, show_default=True, help="How many, up to today."
)
@click.option(
    "--format", "form", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True
)
@click.option("--recompute", is_flag=True, help="Count the days from FROM to TO (today) anew first.")
@click.argument("first", metavar="[FROM]", required=False, type=click.DateTime(["%Y-%m-%d"]))
@click.argument("last", metavar="[TO]", required=False, type=click.DateTime(["%Y-%m-%d"]))
@pass_invocation
def stats(
    invocation: Invocation,
    days: int,
    form: str,
    recompute: bool,
    first: datetime | None,
    last: datetime | None,
) -> None:
    """Show daily statistics, export them, or have days counted anew.

    A day is one in the site's time zone. A running site counts by itself every few minutes; counting anew
    while it runs is safe.
    """
    quiet_logs(debug=invocation.debug)
    if recompute != (first is not None):
        raise Invalid(
            "Counting anew takes --recompute and the first day.",
            hint="For example: microblog stats --recompute 2026-01-01 2026-01-31",
        )
    span = None if first is None else (first.date(), None if last is None else last.date())
    _show(run(_work(invocation, days, span)), form)


async def _work(invocation: Invocation, days: int, span: tuple[date, date | None] | None) -> Statistics:
    from microblog_core.services.statistics import read_statistics, today_of

    async with invocation.open_site() as site:
        today = today_of(site.ports)
        if span is not None:
            await recompute_span(site.ports, span[0], span[1] or today)
        return await read_statistics(site.ports, SYSTEM, today - timedelta(days=days - 1), today)


async def recompute_span(ports: Ports, first: date, last: date) -> None:
    """Count days anew, some at a time, with a bar; those on which there can be nothing are left out.

    Raises `Invalid` where it ends before it begins.
    """
    from microblog_core.services.statistics import Recompute, counted_span, recompute

    if last < first:
        raise Invalid("It ends before it begins.", hint="Give the first day, then the last one.")
    span = await counted_span(ports)
    if span is None:
        return
    first, last = max(first, span[0]), min(last, span[1])
    total = (last - first).days + 1
    with progress("Counting days", total) as bar:
        while first <= last:
            end = min(last, first + timedelta(days=DAYS_A_STEP - 1))
            bar.advance(await recompute(ports, SYSTEM, Recompute(first=first, last=end)))
            first = end + timedelta(days=1)


def _show(statistics: Statistics, form: str) -> None:
    from microblog_core.services.statistics_export import to_csv, to_json

    if form == "json":
        click.echo(to_json(statistics))
    elif form == "csv":
        click.echo(to_csv(statistics.days), nl=False)
    else:
        rows = [
            [each.day.isoformat(), *(str(getattr(each, name)) for name in _HEADINGS.values())]
            for each in statistics.days
        ]
        table([f"day ({statistics.timezone})", *_HEADINGS], rows)
        if not statistics.computed_at:
            click.echo("Nothing is counted yet; a running site does so within five minutes.", err=True)
