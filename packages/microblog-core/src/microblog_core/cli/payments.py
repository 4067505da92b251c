"""`microblog payments`: which gateway takes what and why, payments, refunds, the reconciler, the ledger."""

from __future__ import annotations

import csv
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TypeVar

import click

from microblog_core.cli.console import printable, progress, table
from microblog_core.cli.context import Invocation, data_options, pass_invocation, quiet_logs, run
from microblog_core.domain.accounts import Account
from microblog_core.domain.money import Money, check_currency, is_country, parse_amount
from microblog_core.domain.payments import PaymentState, Product
from microblog_core.domain.permissions import SYSTEM
from microblog_core.domain.timelines import Page
from microblog_core.ports.context import Ports

T = TypeVar("T")

EXPORT_CHUNK = 500
COLUMNS = "entry at payment sequence from to product account amount currency cause".split()
"""The columns of an export of the ledger."""


@click.group()
@pass_invocation
def payments(invocation: Invocation) -> None:
    """Look after payments and the ledger."""
    quiet_logs(debug=invocation.debug)


@payments.command()
@data_options
@click.argument("currency")
@click.argument("country", default="")
@click.argument("product", type=click.Choice([str(each) for each in Product]), default=str(Product.TIP))
@pass_invocation
def route(invocation: Invocation, currency: str, country: str, product: str) -> None:
    """Say which gateways take CURRENCY of payers in COUNTRY for PRODUCT, in which order, and why. Exit code 1
    where none does.
    """
    code, where = check_currency(currency.upper()), country.upper()
    if where and not is_country(where):
        raise click.BadParameter("use a two-letter code such as DE", param_hint="COUNTRY")
    site = invocation.compose(invocation.config_or_default())
    found = site.gateways.route(code, where, Product(product))
    for line in found.explanation:
        click.echo(printable(line))
    if not found.gateways:
        click.echo(
            f"Nobody takes a {product} in {code}{f' of payers in {where}' if where else ''}.", err=True
        )
        raise click.exceptions.Exit(1)


@payments.command("list")
@data_options
@click.option("--state", type=click.Choice([str(each) for each in PaymentState]), help="Only in this state.")
@click.option("--attention", is_flag=True, help="Only those that somebody must look at.")
@click.option("--limit", type=click.IntRange(1, 80), default=40, show_default=True, help="How many at most.")
@click.option("--before", type=int, default=None, help="Only payments with a smaller id: the next page.")
@pass_invocation
def list_payments(
    invocation: Invocation, state: str | None, attention: bool, limit: int, before: int | None
) -> None:
    """List payments, newest first."""
    from microblog_core.services.payments import reading

    page, wanted = Page(limit=limit, max_id=before), None if state is None else PaymentState(state)
    found = _done(
        invocation,
        lambda ports: reading.list_payments(ports, SYSTEM, page, state=wanted, attention=attention),
    )
    if not found.items:
        click.echo("There is no such payment." if state or attention else "Nobody has paid anything yet.")
        return
    rows = [
        [
            str(each.payment.id),
            _moment(each.payment.created_at),
            str(each.payment.amount),
            each.payment.state + (" !" if each.payment.attention else ""),
            each.payment.gateway,
            each.payment.product,
            _named(each.payer),
            _named(each.payee),
        ]
        for each in found.items
    ]
    table(["id", "begun", "amount", "state", "gateway", "product", "payer", "payee"], rows)
    if found.older is not None:
        click.echo(f"There are more: --before {found.older}")


@payments.command()
@data_options
@click.argument("payment_id", type=int)
@pass_invocation
def show(invocation: Invocation, payment_id: int) -> None:
    """Show everything about one payment, with its steps in the ledger."""
    from microblog_core.services.payments import reading

    details = _done(invocation, lambda ports: reading.show_payment(ports, SYSTEM, payment_id))
    payment = details.paid.payment
    for name, value in (
        ("id", str(payment.id)),
        ("state", payment.state),
        ("amount", str(payment.amount)),
        ("refunded", str(payment.refunded)),
        ("product", payment.product),
        ("payer", _named(details.paid.payer)),
        ("payee", _named(details.paid.payee)),
        ("gateway", f"{payment.gateway} {payment.gateway_id}"),
        ("begun", _moment(payment.created_at)),
        ("captured", _moment(payment.captured_at) if payment.captured_at else "-"),
        ("reason", payment.reason or "-"),
        ("attention", payment.attention or "-"),
    ):
        click.echo(f"{name:<10}{printable(value)}")
    currency = payment.amount.currency
    rows = [
        [
            str(each.sequence),
            _moment(each.at),
            each.after,
            each.cause,
            ", ".join(f"{line.account} {Money(line.minor, currency).amount}" for line in each.lines) or "-",
        ]
        for each in details.entries
    ]
    table(["step", "at", "state", "cause", "lines"], rows)


@payments.command()
@data_options
@click.argument("payment_id", type=int)
@click.argument("amount", default="")
@click.option("--reason", default="", help="Why, for the audit log.")
@pass_invocation
def refund(invocation: Invocation, payment_id: int, amount: str, reason: str) -> None:
    """Give a payment back: AMOUNT of it (`2.50`), or all that is left of it."""
    from microblog_core.services.payments import reading
    from microblog_core.services.payments.refunds import RefundPayment, refund_payment

    async def work(ports: Ports) -> str:
        found = await reading.show_payment(ports, SYSTEM, payment_id)
        payment = found.paid.payment
        minor = parse_amount(amount, payment.amount.currency).minor if amount else None
        command = RefundPayment(payment_id=payment_id, minor=minor, reason=reason)
        after = await refund_payment(ports, SYSTEM, command)
        return f"{after.refunded} of {after.amount} are given back."

    click.echo(_done(invocation, work))


@payments.command()
@data_options
@pass_invocation
def reconcile(invocation: Invocation) -> None:
    """Ask gateways about everything that is open, now."""
    from microblog_core.services.payments.reconciling import Reconciled
    from microblog_core.services.payments.reconciling import reconcile as ask_all

    async def work(ports: Ports) -> Reconciled:
        with progress("Asked", await _open_count(ports)) as bar:
            return await ask_all(ports, everything=True, told=lambda done: bar.advance(1))

    done = _done(invocation, work)
    click.echo(f"{done.asked} asked about, {done.changed} changed, {done.failed} could not be asked.")
    if done.failed:
        raise click.exceptions.Exit(1)


async def _open_count(ports: Ports) -> int:
    """How many payments are open, for the bar."""
    from microblog_core.ports.payments import payments_of

    count, after_id, now = 0, 0, ports.clock.now()
    while found := await payments_of(ports.storage).open(before=now, after_id=after_id, limit=1000):
        count, after_id = count + len(found), found[-1].id
    return count


@payments.group()
def ledger() -> None:
    """Check the ledger, or write it out."""


@ledger.command()
@data_options
@pass_invocation
def check(invocation: Invocation) -> None:
    """Sum the whole ledger up: zero in every currency, or exit code 1."""
    from microblog_core.services.payments import reading

    sums = _done(invocation, lambda ports: reading.check_ledger(ports, SYSTEM))
    if not sums:
        click.echo("The ledger is empty.")
    for each in sums:
        click.echo(f"{Money(each.minor, each.currency)}{'' if each.minor == 0 else ': this must be zero'}")
    if any(each.minor for each in sums):
        raise click.exceptions.Exit(1)


@ledger.command()
@data_options
@pass_invocation
def export(invocation: Invocation) -> None:
    """Write every line of the ledger as CSV to standard output, oldest first."""
    from microblog_core.ports.payments import payments_of

    async def work(ports: Ports) -> None:
        writer, after_id = csv.writer(sys.stdout, lineterminator="\n"), 0
        writer.writerow(COLUMNS)
        while found := await payments_of(ports.storage).export(after_id, EXPORT_CHUNK):
            after_id = found[-1].entry.id
            for each in found:
                entry, payment = each.entry, each.payment
                head = [entry.id, _moment(entry.at), payment.id, entry.sequence, entry.before, entry.after]
                for line in entry.lines:
                    amount = Money(line.minor, payment.amount.currency)
                    rest = [line.account, amount.amount, amount.currency, entry.cause]
                    writer.writerow([*head, payment.product, *rest])

    _done(invocation, work)


def _done(invocation: Invocation, work: Callable[[Ports], Awaitable[T]]) -> T:
    async def opened() -> T:
        async with invocation.open_site() as site:
            return await work(site.ports)

    return run(opened())


def _named(account: Account | None) -> str:
    return "(deleted)" if account is None else f"@{account.acct}"


def _moment(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
