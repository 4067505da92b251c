"""Every hook of core: the menu of what a plugin may add.

Hooks are synchronous and contribute; behaviour lives in the objects that they return. **When:** each is
called once for each site, while the site is composed, in the plugins' order; none is called by a request.
**How often:** once. **Which way it fails:** if any hook of a plugin raises, hangs or returns something of the
wrong type, the whole plugin is left out and `microblog plugins list` says why; how the contributed objects
fail later is said at each hook. A hook that a plugin does not need is simply not there.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

import click
import pluggy

from microblog_core.contributions import (
    BlobStoreFactory,
    GatewayFactory,
    HealthCheck,
    Migration,
    Renderer,
    SharedPorts,
    StorageFactory,
    Subscriber,
    Timeline,
)
from microblog_core.domain.events import Event
from microblog_core.domain.permissions import Permission
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

if TYPE_CHECKING:
    from microblog_core.site import Site

hookspec = pluggy.HookspecMarker("microblog")
hookimpl = pluggy.HookimplMarker("microblog")


# Lifecycle


@hookspec
def lifespan(site: Site) -> AbstractAsyncContextManager[None] | None:
    """Run something while the site is open: entered after composition, left before the storage closes, in
    reverse order.

    Entered once a process. If entering raises, the plugin is marked broken and the site opens without it,
    unless the configuration requires the plugin (`plugins.required`); what leaving raises is logged.
    """


@hookspec
def register_health_checks(site: Site) -> Iterable[HealthCheck]:
    """Add checks to `/health/ready` and `microblog doctor`.

    A check is called for each such request, with a timeout of two seconds. One that raises or hangs is
    reported as failed; only a critical one makes the site not ready.
    """


# Authentication


@hookspec
def register_authenticators(site: Site) -> Iterable[Authenticator]:
    """Add ways to recognise who a request comes from; they are asked in order until one answers.

    Called for each request that a surface wants to know the person of. One that raises abstains and never
    grants.
    """


@hookspec
def register_login_methods(site: Site) -> Iterable[LoginMethod]:
    """Add ways to log in; each is offered on the log-in page.

    Its steps are called for each log-in. One that raises refuses, with a message that names no cause. What
    has checked two factors at once says so (`Done.two_factors`), and no second factor is asked; where it
    doesn't say so, one is.
    """


@hookspec
def register_second_factors(site: Site) -> Iterable[SecondFactor]:
    """Add something more that people show after any way to log in has said who they are: a code, a passkey.

    Each is asked for each log-in, whatever the method and the surface, whether the account has to show it;
    who has set up several shows any one of them. It fails closed: one that raises, takes longer than two
    seconds to say whether it is required, or names another account refuses the log-in, with a message that
    names no cause; and an account that has set up a factor whose plugin isn't there
    (`services.second_factors`) is refused until an operator takes the factor away.
    """


# Storage


@hookspec
def register_storages() -> Iterable[StorageFactory]:
    """Offer storages by URL scheme; the configuration chooses exactly one by its URL.

    The chosen one is opened when the site opens: if that fails the start fails; if it stops answering later,
    requests get a 503. Two plugins offering the same scheme is a composition error that names both.
    """


@hookspec
def register_migrations() -> Iterable[Migration]:
    """Describe tables of the plugin's own, step by step; the storage needs the capability `sql`.

    An embedded storage is brought forward when the site opens, before the plugin's lifespan; elsewhere
    `microblog migrate` does it, and until then the plugin is left out. A step that fails leaves nothing of
    itself, and the plugin out; so do steps that take longer than the time budget of plugins, for which
    `microblog migrate` has all the time.
    """


@hookspec
def register_blob_stores() -> Iterable[BlobStoreFactory]:
    """Offer stores for files by URL scheme; the configuration chooses exactly one by its URL.

    The chosen one is made with the site and connects when the first file is stored or asked for: if that
    fails, that request gets a 503. Two plugins offering the same scheme is a composition error that names
    both.
    """


@hookspec
def register_shared_ports(site: Site) -> Iterable[SharedPorts]:
    """Let the processes of a site share bus, cache or rate limits; offer it only where the settings ask.

    Used by every use case. Of each port there is one: two plugins that share the same fail the start. What
    one raises fails the request.
    """


@hookspec
def register_media_processors(site: Site) -> Iterable[MediaProcessor]:
    """Add ways to make pictures out of uploads; the first that knows a file's beginning does it.

    Called for each upload. One whose `probe` raises anything but `Invalid` is skipped and logged; what
    `process` raises beside that is tried again with backoff, and then the upload is told to have failed.
    """


# Notification


@hookspec
def register_channels(site: Site) -> Iterable[Channel]:
    """Add ways to reach people.

    `deliver` is called by a durable job for each message. `Temporary` is retried with backoff, `Permanent`
    goes to the dead letters, `AddressGone` pauses the address, and anything else counts as temporary.
    """


@hookspec
def register_routing_rules(site: Site) -> Iterable[RoutingRule]:
    """Decide which channels a message takes; rules are asked in order until one answers.

    Called for each message. One that raises is skipped and logged; where no rule answers, no channel is used.
    """


# Payment


@hookspec
def register_gateways(site: Site) -> Iterable[GatewayFactory]:
    """Offer payment gateways, chosen by currency, country, capability and priority.

    The factory is called on the first use, once for each site. A gateway that fails leaves the payment
    pending, and the reconciler asks again.
    """


# Events


@hookspec
def register_events() -> Iterable[type[Event]]:
    """Declare event types of the plugin's own; their `type` begins with the plugin's name and a dot.

    An event type that isn't namespaced so, or is taken, breaks the plugin.
    """


@hookspec
def register_subscribers(site: Site) -> Iterable[Subscriber]:
    """Observe events after their commit.

    A handler is called for each event. What one that isn't durable raises is logged and counted; a durable
    one is tried again with backoff, then kept with the dead letters.
    """


# Tasks


@hookspec
def register_jobs(site: Site) -> Iterable[JobKind]:
    """Add kinds of jobs; a plugin's names begin with the plugin's name and a dot.

    A handler is called at least once for each job. What it raises, or its timeout, leads to the kind's retry
    policy and then to the dead letters.
    """


@hookspec
def register_schedules(site: Site) -> Iterable[Schedule]:
    """Add jobs that run again and again.

    One process runs each; a run that was missed is caught up once. It fails as its job does.
    """


@hookspec
def register_sweeps(site: Site) -> Iterable[Sweep]:
    """Say of things with an end how they go: how many there are to remove, and how some of them are removed.

    All sweeps are run every ten minutes, by `microblog housekeeping`, and never two at a time in a process.
    What one raises is logged and shown to operators; the others run.
    """


# Timelines


@hookspec
def register_timelines(site: Site) -> Iterable[Timeline]:
    """Offer strategies for the home timeline; the configuration chooses one by name.

    If the chosen one is missing or broken the start fails; what it raises later fails that request.
    """


# Content


@hookspec
def register_content_filters(site: Site) -> Iterable[ContentFilter]:
    """Add steps from text to HTML, in order.

    Called for each post or profile text that is written. One that raises is skipped and logged; core
    sanitises afterwards, always.
    """


@hookspec
def register_entities(site: Site) -> Iterable[EntityFinder]:
    """Add kinds of entities to find in texts, beside mentions, hashtags and addresses.

    Called for each text that is written. One that raises finds nothing.
    """


@hookspec
def register_post_validators(site: Site) -> Iterable[PostValidator]:
    """Add rules that posts must keep.

    Called for each post before it is stored, on publishing and on editing. Whatever it raises refuses the
    post.
    """


@hookspec
def register_post_guards(site: Site) -> Iterable[PostGuard]:
    """Add rules that depend on what was posted before; unlike validators they may ask and count.

    Entered around storing each new post, after all validators, in order. Whatever entering raises, or
    entering for more than five seconds, refuses the post; what leaving raises, or more than five seconds for
    it, is logged, and the post stays what it is.
    """


@hookspec
def register_link_previews(site: Site) -> Iterable[LinkPreviews]:
    """Say what links in posts show, on the website and in the API; of a post the first that knows any does.

    Called for each page and each answer that has posts with links, for all of them together. One that raises,
    takes longer than a quarter of a second, or answers anything but previews is left out of that page; after
    several failures in a row it rests for a while.
    """


# Permission


@hookspec
def register_permissions() -> Iterable[Permission]:
    """Declare permissions of the plugin's own; names begin with the plugin's name and a dot."""


@hookspec
def register_policies(site: Site) -> Iterable[Policy]:
    """Decide who may do what.

    Called for each use case that is checked. Deny wins; a policy that raises denies.
    """


# Metrics, command line, pages


@hookspec
def register_metrics_sinks(site: Site) -> Iterable[MetricsSink]:
    """Take the site's figures.

    Called for each figure. One that raises is logged once and dropped.
    """


@hookspec
def register_observers(site: Site) -> Iterable[Observer]:
    """See requests, jobs and guarded calls begin and end (metrics, traces).

    Called for each of them, by the task that does the work. One that raises is logged once and sees nothing
    more; what it watches goes on.
    """


@hookspec
def register_commands() -> Iterable[click.Command]:
    """Add commands to `microblog`; they appear under the plugin's name.

    Called when the command line starts. A command that raises shows its error and exits with 1.
    """


@hookspec
def register_page_renderers(site: Site) -> Iterable[Renderer]:
    """Offer renderers for the pages that surfaces share: log-in forms, consent, messages.

    The one that the configuration names is used, else the one with the highest priority. If it raises, the
    plain renderer draws the page.
    """
