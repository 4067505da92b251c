"""One broker for a worker: chosen by URL among what plugins offer, with their middlewares."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any

from taskiq import AsyncBroker

from microblog_core.domain.errors import ConfigurationError
from microblog_core.plugins.guard import run_within
from microblog_core.plugins.manager import HookManager
from microblog_core.plugins.report import PluginReport
from microblog_tasks import hookspecs
from microblog_tasks.contributions import BrokerFactory, TaskMiddleware
from microblog_tasks.messages import Formatter

HOOK_SECONDS = 5.0

logger = logging.getLogger("microblog.plugins")


def make_broker(url: str, faces: Mapping[str, Any], left_out: Iterable[PluginReport] = ()) -> AsyncBroker:
    """The broker for a URL, from the tasks faces of plugins by name.

    Raises `ConfigurationError`; where nobody offers it, the hint tells of the plugins that were left out.
    """
    factories, middlewares = _collect(faces)
    scheme = url.partition(":")[0]
    offers = {plugin: each for plugin, each in factories.items() if scheme in each.schemes}
    if len(offers) != 1:
        known = ", ".join(sorted({f"{name}:" for each in factories.values() for name in each.schemes}))
        problem = f"offered by {' and '.join(offers)}" if offers else "offered by no plugin"
        reasons = [f" The plugin {each.name} {each.reason}. {each.hint}" for each in left_out if not offers]
        raise ConfigurationError(
            f"The broker {scheme}: is {problem}.", hint=f"Known are {known or 'none'}.{''.join(reasons)}"
        )
    ((name, factory),) = offers.items()
    broker = run_within(HOOK_SECONDS, lambda: factory.make(url), f"the broker {name}")
    broker.formatter = Formatter()
    for middleware in middlewares:
        broker.add_middlewares(middleware.make())
    return broker


def _collect(faces: Mapping[str, Any]) -> tuple[dict[str, BrokerFactory], list[TaskMiddleware]]:
    manager = HookManager(hookspecs, {})
    factories: dict[str, BrokerFactory] = {}
    middlewares: list[TaskMiddleware] = []
    for name, face in faces.items():
        try:
            manager.register(name, face)
            found = {hook: _call(manager, name, hook) for hook in manager.hooks}
        except Exception as error:
            logger.exception("The tasks face of the plugin %s is left out: %s", name, error)
            continue
        factories |= {f"{name}.{each.name}": each for each in found["register_brokers"]}
        middlewares += found["register_task_middlewares"]
    return factories, middlewares


def _call(manager: HookManager, name: str, hook: str) -> tuple[Any, ...]:
    return run_within(HOOK_SECONDS, lambda: manager.collect(name, hook, {}), f"{name}.{hook}")
