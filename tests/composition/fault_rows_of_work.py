"""The rows of the fault matrix for messages, payments, events, jobs and commands."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, ClassVar

import click
from click.testing import CliRunner
from fault_rows import VALUE
from faults import Fault, Kind, Row, Town, kinds_of, never

from microblog_core.config_payments import PaymentsConfig
from microblog_core.contributions import GatewayFactory, Subscriber
from microblog_core.domain.events import Event, PostPublished
from microblog_core.domain.payments import PaymentState, PaymentStatus
from microblog_core.domain.permissions import Actor
from microblog_core.domain.timelines import Page
from microblog_core.ports.housekeeping import Sweep
from microblog_core.ports.payments import payments_of
from microblog_core.ports.queue import JobKind, RetryPolicy, Schedule
from microblog_core.runtime.jobs import JobRunner
from microblog_core.runtime.notify import DELIVER_JOB
from microblog_core.runtime.outbox import subscriber_kinds
from microblog_core.runtime.schedules import plant_schedules
from microblog_core.services.housekeeping import sweep_all
from microblog_core.services.payments.offers import SetPayee, set_payee
from microblog_core.services.payments.tips import BeginTip, begin_tip

JOB = "faulty.work"
SHORT = 0.1


async def _queued_or_done(town: Town, kind: str, fault: Fault) -> None:
    """The one job of a kind is done, or waits for its next try and says why."""
    jobs = await town.jobs_of(kind)
    if fault.slow:
        assert jobs == []
        return
    (job,) = jobs
    assert job.state == "queued"
    assert job.attempts >= 1
    assert job.error


def _channel(fault: Fault) -> Any:
    fault.notes["heard"] = []

    async def deliver(message: Any, *, key: str) -> None:
        await fault.later()
        fault.notes["heard"].append(message.text)

    return SimpleNamespace(name="shout", deliver=deliver)


class _Everywhere:
    def route(self, message: Any, channels: Sequence[str]) -> Sequence[str]:
        return channels


async def _the_delivery_is_tried_again(town: Town, fault: Fault) -> None:
    await town.publish("Hello @ada", town.bob)
    await town.run_due(fault)
    await _queued_or_done(town, DELIVER_JOB, fault)
    assert len(fault.notes["heard"]) == fault.slow
    assert kinds_of(town)[DELIVER_JOB].timeout <= 60


def _good_channel(fault: Fault) -> Any:
    fault.notes["heard"] = []

    async def deliver(message: Any, *, key: str) -> None:
        fault.notes["heard"].append(message.text)

    return SimpleNamespace(name="shout", deliver=deliver)


def _rule(fault: Fault) -> Any:
    def route(message: Any, channels: Sequence[str]) -> Sequence[str]:
        fault.now()
        return ()

    return SimpleNamespace(route=route)


async def _the_rule_is_skipped(town: Town, fault: Fault) -> None:
    await town.publish("Hello @ada", town.bob)
    await JobRunner(town.site).run_due()
    # The next rule answers in its place, and sends it.
    assert len(fault.notes["heard"]) == (not fault.slow)


def _gateway(fault: Fault) -> GatewayFactory:
    async def begin(request: Any, *, key: str) -> PaymentStatus:
        await fault.later()
        return PaymentStatus(
            gateway="till",
            gateway_id=key,
            reference=request.reference,
            state=PaymentState.AUTHORISED,
            amount=request.amount,
        )

    gateway = SimpleNamespace(name="till", begin=begin)
    return GatewayFactory(name="till", make=lambda: gateway)


async def _the_payment_stays_pending(town: Town, fault: Fault) -> None:
    await set_payee(town.ports, Actor(account=town.ada), SetPayee(currency="EUR"))
    command = BeginTip(account_id=town.ada.id, minor=500)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(SHORT):
            await begin_tip(town.ports, Actor(account=town.bob), command)
    (payment,) = await _payments(town)
    wanted = PaymentState.AUTHORISED if fault.slow else PaymentState.PENDING
    assert payment.state in ({wanted} if fault.kind is not Kind.WAITS else {wanted, PaymentState.CREATED})


async def _payments(town: Town) -> Sequence[Any]:
    found = await payments_of(town.ports.storage).paid_by(town.bob.id, Page(limit=5))
    return [each.payment for each in found.items]


class Chimed(Event, frozen=True, kw_only=True):
    """An event of the faulty plugin."""

    type: ClassVar[str] = "faulty.chimed"


def _subscribers(fault: Fault) -> list[Subscriber]:
    async def handle(event: Any) -> None:
        await fault.later()

    return [
        Subscriber(name="once", event=PostPublished, handler=handle),
        Subscriber(name="surely", event=PostPublished, handler=handle, durable=True),
    ]


async def _who_publishes_does_not_notice_and_the_durable_one_is_tried_again(town: Town, fault: Fault) -> None:
    await town.publish("Ding dong")
    (kind,) = [
        name
        for name in subscriber_kinds(town.site.contributions.subscribers, town.site.contributions.events)
        if "faulty.surely" in name
    ]
    assert len(await town.jobs_of(kind)) == 1
    await town.run_due(fault)
    jobs = await town.jobs_of(kind)
    assert all(job.state == "queued" for job in jobs)
    assert (jobs == []) is fault.slow


def _job(fault: Fault) -> JobKind:
    async def handle(job: Any) -> None:
        await fault.later()

    return JobKind(name=JOB, handler=handle, retry=RetryPolicy(tries=3), timeout=SHORT)


async def _the_job_follows_its_policy(town: Town, fault: Fault) -> None:
    await town.queue(JOB)
    await town.run_due(fault)
    await _queued_or_done(town, JOB, fault)


async def _it_fails_as_its_job_does(town: Town, fault: Fault) -> None:
    schedules = [each for each in town.site.contributions.schedules if each.kind == JOB]
    await plant_schedules(schedules, town.ports, kinds_of(town))
    town.clock.advance(61)
    await town.run_due(fault)
    assert fault.calls == 1
    await _queued_or_done(town, JOB, fault)


def _sweeps(fault: Fault) -> list[Sweep]:
    async def count(now: int, limit: int) -> int:
        return 1

    async def remove(now: int, limit: int) -> int:
        await fault.later()
        return 1

    async def well(now: int, limit: int) -> int:
        return 2

    return [
        Sweep(name="bad", title="Bad", count=count, remove=remove),
        Sweep(name="good", title="Good", count=count, remove=well),
    ]


async def _the_others_run(town: Town, fault: Fault) -> None:
    own = [each for each in town.site.contributions.sweeps if each.name.startswith("faulty.")]
    bad, good = await sweep_all(town.ports, own)
    assert (bad.run.error == "") is fault.slow
    assert (good.run.removed, good.run.error) == (2, "")


def _command(fault: Fault) -> click.Command:
    return click.Command("run", callback=fault.now)


async def _it_shows_its_error_and_exits_with_1(town: Town, fault: Fault) -> None:
    (command,) = town.site.contributions.commands["faulty"]
    ran = CliRunner().invoke(command, [])
    assert (ran.exit_code == 0) is fault.slow
    assert fault.slow or ran.exit_code == 1


ROWS: dict[str, Row] = {
    "register_channels": Row(
        make=lambda fault: [_channel(fault)],
        more={"register_routing_rules": lambda fault: [_Everywhere()]},
        look=_the_delivery_is_tried_again,
    ),
    "register_routing_rules": Row(
        make=lambda fault: [_rule(fault), _Everywhere()],
        more={"register_channels": lambda fault: [_good_channel(fault)]},
        look=_the_rule_is_skipped,
    ),
    "register_gateways": Row(
        make=lambda fault: [_gateway(fault)],
        look=_the_payment_stays_pending,
        options={"payments": PaymentsConfig(gateways=("till",))},
    ),
    "register_events": Row(make=lambda fault: [Chimed], senseless=never(VALUE)),
    "register_subscribers": Row(
        make=_subscribers, look=_who_publishes_does_not_notice_and_the_durable_one_is_tried_again
    ),
    "register_jobs": Row(make=lambda fault: [_job(fault)], look=_the_job_follows_its_policy),
    "register_schedules": Row(
        make=lambda fault: [Schedule(name="often", kind=JOB, every=60.0)],
        more={"register_jobs": lambda fault: [_job(fault)]},
        look=_it_fails_as_its_job_does,
    ),
    "register_sweeps": Row(make=_sweeps, look=_the_others_run),
    "register_commands": Row(
        make=lambda fault: [_command(fault)],
        look=_it_shows_its_error_and_exits_with_1,
        senseless={Kind.WAITS: "it runs in a process of its own, which whoever started it ends"},
    ),
}
