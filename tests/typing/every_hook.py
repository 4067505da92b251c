"""For every hook what mypy takes and what it finds: a wrong result, and a wrong or surplus parameter.

Read by `nox -s types`, never run. Each ignored error is one that must be found: mypy complains about
ignores that are not needed. A test counts that no hook is missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

import click

from microblog_api import contributions as api
from microblog_api import hookspecs as of_api
from microblog_core import contributions as core
from microblog_core import hookspecs as of_core
from microblog_core.domain.events import Event
from microblog_core.domain.permissions import Permission
from microblog_core.plugins import implements
from microblog_core.ports.auth import Authenticator, LoginMethod, SecondFactor
from microblog_core.ports.channels import Channel, RoutingRule
from microblog_core.ports.content import ContentFilter, EntityFinder, PostGuard, PostValidator
from microblog_core.ports.housekeeping import Sweep
from microblog_core.ports.link_previews import LinkPreviews
from microblog_core.ports.media import MediaProcessor
from microblog_core.ports.metrics import MetricsSink
from microblog_core.ports.observing import Observer
from microblog_core.ports.policies import Policy
from microblog_core.ports.queue import JobKind, Schedule
from microblog_core.site import Site
from microblog_tasks import contributions as tasks
from microblog_tasks import hookspecs as of_tasks
from microblog_web import contributions as web
from microblog_web import hookspecs as of_web

# With the hook's parameters and result.


@implements(of_core.lifespan)
def lifespan(site: Site) -> AbstractAsyncContextManager[None] | None:
    return None


@implements(of_core.register_health_checks)
def health_checks(site: Site) -> Iterable[core.HealthCheck]:
    return []


@implements(of_core.register_authenticators)
def authenticators(site: Site) -> Iterable[Authenticator]:
    return []


@implements(of_core.register_login_methods)
def login_methods(site: Site) -> Iterable[LoginMethod]:
    return []


@implements(of_core.register_second_factors)
def second_factors(site: Site) -> Iterable[SecondFactor]:
    return []


@implements(of_core.register_storages)
def storages() -> Iterable[core.StorageFactory]:
    return []


@implements(of_core.register_migrations)
def migrations() -> Iterable[core.Migration]:
    return []


@implements(of_core.register_blob_stores)
def blob_stores() -> Iterable[core.BlobStoreFactory]:
    return []


@implements(of_core.register_shared_ports)
def shared_ports(site: Site) -> Iterable[core.SharedPorts]:
    return []


@implements(of_core.register_media_processors)
def media_processors(site: Site) -> Iterable[MediaProcessor]:
    return []


@implements(of_core.register_channels)
def channels(site: Site) -> Iterable[Channel]:
    return []


@implements(of_core.register_routing_rules)
def routing_rules(site: Site) -> Iterable[RoutingRule]:
    return []


@implements(of_core.register_gateways)
def gateways(site: Site) -> Iterable[core.GatewayFactory]:
    return []


@implements(of_core.register_events)
def events() -> Iterable[type[Event]]:
    return []


@implements(of_core.register_subscribers)
def subscribers(site: Site) -> Iterable[core.Subscriber]:
    return []


@implements(of_core.register_jobs)
def jobs(site: Site) -> Iterable[JobKind]:
    return []


@implements(of_core.register_schedules)
def schedules(site: Site) -> Iterable[Schedule]:
    return []


@implements(of_core.register_sweeps)
def sweeps(site: Site) -> Iterable[Sweep]:
    return []


@implements(of_core.register_timelines)
def timelines(site: Site) -> Iterable[core.Timeline]:
    return []


@implements(of_core.register_content_filters)
def content_filters(site: Site) -> Iterable[ContentFilter]:
    return []


@implements(of_core.register_entities)
def entities(site: Site) -> Iterable[EntityFinder]:
    return []


@implements(of_core.register_post_validators)
def post_validators(site: Site) -> Iterable[PostValidator]:
    return []


@implements(of_core.register_post_guards)
def post_guards(site: Site) -> Iterable[PostGuard]:
    return []


@implements(of_core.register_link_previews)
def link_previews(site: Site) -> Iterable[LinkPreviews]:
    return []


@implements(of_core.register_permissions)
def permissions() -> Iterable[Permission]:
    return []


@implements(of_core.register_policies)
def policies(site: Site) -> Iterable[Policy]:
    return []


@implements(of_core.register_metrics_sinks)
def metrics_sinks(site: Site) -> Iterable[MetricsSink]:
    return []


@implements(of_core.register_observers)
def observers(site: Site) -> Iterable[Observer]:
    return []


@implements(of_core.register_commands)
def commands() -> Iterable[click.Command]:
    return []


@implements(of_core.register_page_renderers)
def page_renderers(site: Site) -> Iterable[core.Renderer]:
    return []


@implements(of_web.register_routes)
def routes() -> Iterable[object]:
    return []


@implements(of_web.register_templates)
def templates() -> Iterable[web.TemplateFolder]:
    return []


@implements(of_web.register_static)
def static() -> Iterable[web.StaticFolder]:
    return []


@implements(of_web.register_nav_items)
def nav_items(site: Site) -> Iterable[web.NavItem]:
    return []


@implements(of_web.register_slots)
def slots(site: Site) -> Iterable[web.Slot]:
    return []


@implements(of_web.register_template_globals)
def template_globals(site: Site) -> Mapping[str, object]:
    return {}


@implements(of_web.register_middleware)
def middleware() -> Iterable[web.Middleware]:
    return []


@implements(of_api.register_resources)
def resources() -> Iterable[object]:
    return []


@implements(of_api.register_scopes)
def scopes() -> Iterable[api.ApiScope]:
    return []


@implements(of_api.register_post_fields)
def post_fields() -> Iterable[api.PostField]:
    return []


@implements(of_api.register_account_fields)
def account_fields() -> Iterable[api.AccountField]:
    return []


@implements(of_tasks.register_brokers)
def brokers() -> Iterable[tasks.BrokerFactory]:
    return []


@implements(of_tasks.register_task_middlewares)
def task_middlewares() -> Iterable[tasks.TaskMiddleware]:
    return []


# With another result.


def numbers(site: Site) -> Iterable[int]:
    return ()


def numbers_of_nothing() -> Iterable[int]:
    return ()


def a_number() -> int:
    return 7


implements(of_core.lifespan)(numbers)  # type: ignore[arg-type]
implements(of_core.register_health_checks)(numbers)  # type: ignore[arg-type]
implements(of_core.register_authenticators)(numbers)  # type: ignore[arg-type]
implements(of_core.register_login_methods)(numbers)  # type: ignore[arg-type]
implements(of_core.register_second_factors)(numbers)  # type: ignore[arg-type]
implements(of_core.register_storages)(numbers_of_nothing)  # type: ignore[arg-type]
implements(of_core.register_migrations)(numbers_of_nothing)  # type: ignore[arg-type]
implements(of_core.register_blob_stores)(numbers_of_nothing)  # type: ignore[arg-type]
implements(of_core.register_shared_ports)(numbers)  # type: ignore[arg-type]
implements(of_core.register_media_processors)(numbers)  # type: ignore[arg-type]
implements(of_core.register_channels)(numbers)  # type: ignore[arg-type]
implements(of_core.register_routing_rules)(numbers)  # type: ignore[arg-type]
implements(of_core.register_gateways)(numbers)  # type: ignore[arg-type]
implements(of_core.register_events)(numbers_of_nothing)  # type: ignore[arg-type]
implements(of_core.register_subscribers)(numbers)  # type: ignore[arg-type]
implements(of_core.register_jobs)(numbers)  # type: ignore[arg-type]
implements(of_core.register_schedules)(numbers)  # type: ignore[arg-type]
implements(of_core.register_sweeps)(numbers)  # type: ignore[arg-type]
implements(of_core.register_timelines)(numbers)  # type: ignore[arg-type]
implements(of_core.register_content_filters)(numbers)  # type: ignore[arg-type]
implements(of_core.register_entities)(numbers)  # type: ignore[arg-type]
implements(of_core.register_post_validators)(numbers)  # type: ignore[arg-type]
implements(of_core.register_post_guards)(numbers)  # type: ignore[arg-type]
implements(of_core.register_link_previews)(numbers)  # type: ignore[arg-type]
implements(of_core.register_permissions)(numbers_of_nothing)  # type: ignore[arg-type]
implements(of_core.register_policies)(numbers)  # type: ignore[arg-type]
implements(of_core.register_metrics_sinks)(numbers)  # type: ignore[arg-type]
implements(of_core.register_observers)(numbers)  # type: ignore[arg-type]
implements(of_core.register_commands)(numbers_of_nothing)  # type: ignore[arg-type]
implements(of_core.register_page_renderers)(numbers)  # type: ignore[arg-type]
implements(of_web.register_routes)(a_number)  # type: ignore[arg-type]
implements(of_web.register_templates)(numbers_of_nothing)  # type: ignore[arg-type]
implements(of_web.register_static)(numbers_of_nothing)  # type: ignore[arg-type]
implements(of_web.register_nav_items)(numbers)  # type: ignore[arg-type]
implements(of_web.register_slots)(numbers)  # type: ignore[arg-type]
implements(of_web.register_template_globals)(numbers)  # type: ignore[arg-type]
implements(of_web.register_middleware)(numbers_of_nothing)  # type: ignore[arg-type]
implements(of_api.register_resources)(a_number)  # type: ignore[arg-type]
implements(of_api.register_scopes)(numbers_of_nothing)  # type: ignore[arg-type]
implements(of_api.register_post_fields)(numbers_of_nothing)  # type: ignore[arg-type]
implements(of_api.register_account_fields)(numbers_of_nothing)  # type: ignore[arg-type]
implements(of_tasks.register_brokers)(numbers_of_nothing)  # type: ignore[arg-type]
implements(of_tasks.register_task_middlewares)(numbers_of_nothing)  # type: ignore[arg-type]


# With another parameter, or with one where the hook has none.


def of_a_number(site: int) -> Any:
    return ()


def of_the_site(site: Site) -> Any:
    return ()


implements(of_core.lifespan)(of_a_number)  # type: ignore[arg-type]
implements(of_core.register_health_checks)(of_a_number)  # type: ignore[arg-type]
implements(of_core.register_authenticators)(of_a_number)  # type: ignore[arg-type]
implements(of_core.register_login_methods)(of_a_number)  # type: ignore[arg-type]
implements(of_core.register_second_factors)(of_a_number)  # type: ignore[arg-type]
implements(of_core.register_storages)(of_the_site)  # type: ignore[arg-type]
implements(of_core.register_migrations)(of_the_site)  # type: ignore[arg-type]
implements(of_core.register_blob_stores)(of_the_site)  # type: ignore[arg-type]
implements(of_core.register_shared_ports)(of_a_number)  # type: ignore[arg-type]
implements(of_core.register_media_processors)(of_a_number)  # type: ignore[arg-type]
implements(of_core.register_channels)(of_a_number)  # type: ignore[arg-type]
implements(of_core.register_routing_rules)(of_a_number)  # type: ignore[arg-type]
implements(of_core.register_gateways)(of_a_number)  # type: ignore[arg-type]
implements(of_core.register_events)(of_the_site)  # type: ignore[arg-type]
implements(of_core.register_subscribers)(of_a_number)  # type: ignore[arg-type]
implements(of_core.register_jobs)(of_a_number)  # type: ignore[arg-type]
implements(of_core.register_schedules)(of_a_number)  # type: ignore[arg-type]
implements(of_core.register_sweeps)(of_a_number)  # type: ignore[arg-type]
implements(of_core.register_timelines)(of_a_number)  # type: ignore[arg-type]
implements(of_core.register_content_filters)(of_a_number)  # type: ignore[arg-type]
implements(of_core.register_entities)(of_a_number)  # type: ignore[arg-type]
implements(of_core.register_post_validators)(of_a_number)  # type: ignore[arg-type]
implements(of_core.register_post_guards)(of_a_number)  # type: ignore[arg-type]
implements(of_core.register_link_previews)(of_a_number)  # type: ignore[arg-type]
implements(of_core.register_permissions)(of_the_site)  # type: ignore[arg-type]
implements(of_core.register_policies)(of_a_number)  # type: ignore[arg-type]
implements(of_core.register_metrics_sinks)(of_a_number)  # type: ignore[arg-type]
implements(of_core.register_observers)(of_a_number)  # type: ignore[arg-type]
implements(of_core.register_commands)(of_the_site)  # type: ignore[arg-type]
implements(of_core.register_page_renderers)(of_a_number)  # type: ignore[arg-type]
implements(of_web.register_routes)(of_the_site)  # type: ignore[arg-type]
implements(of_web.register_templates)(of_the_site)  # type: ignore[arg-type]
implements(of_web.register_static)(of_the_site)  # type: ignore[arg-type]
implements(of_web.register_nav_items)(of_a_number)  # type: ignore[arg-type]
implements(of_web.register_slots)(of_a_number)  # type: ignore[arg-type]
implements(of_web.register_template_globals)(of_a_number)  # type: ignore[arg-type]
implements(of_web.register_middleware)(of_the_site)  # type: ignore[arg-type]
implements(of_api.register_resources)(of_the_site)  # type: ignore[arg-type]
implements(of_api.register_scopes)(of_the_site)  # type: ignore[arg-type]
implements(of_api.register_post_fields)(of_the_site)  # type: ignore[arg-type]
implements(of_api.register_account_fields)(of_the_site)  # type: ignore[arg-type]
implements(of_tasks.register_brokers)(of_the_site)  # type: ignore[arg-type]
implements(of_tasks.register_task_middlewares)(of_the_site)  # type: ignore[arg-type]
