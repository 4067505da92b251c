"""`microblog demo`: fills a site with made-up people and posts."""

from __future__ import annotations

import contextlib

import click

from microblog_core.cli.console import progress
from microblog_core.cli.context import Invocation, data_options, pass_invocation, quiet_logs, run
from microblog_core.cli.demo_maker import PASSWORD, Maker
from microblog_core.cli.demo_plan import follows as planned_follows
from microblog_core.cli.demo_plan import life, people
from microblog_core.domain.errors import Conflict
from microblog_core.ports.storage import BulkStorage


@click.command()
@data_options
@click.option("--accounts", type=click.IntRange(2, 1_000_000), default=50, show_default=True)
@click.option("--posts", type=click.IntRange(0, 10_000_000), default=1000, show_default=True)
@click.option("--follows", type=click.IntRange(0, 1000), default=50, show_default=True, help="Per account.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed makes the same people.")
@pass_invocation
def demo(invocation: Invocation, accounts: int, posts: int, follows: int, seed: int) -> None:
    """Fill a site with made-up people and posts.

    They follow, answer, mention, boost and favourite each other; times are spread over the past weeks. All of
    them have the same password, so do this on no site that others can reach.
    """
    quiet_logs(debug=invocation.debug)
    names = run(_work(invocation, accounts, posts, follows, seed))
    click.echo(f"Made {accounts} accounts and {posts} posts.")
    click.echo(f"Log in as {', '.join(names)}, or as any other, with the password {PASSWORD}")


async def _work(invocation: Invocation, accounts: int, posts: int, each: int, seed: int) -> list[str]:
    crowd = people(accounts, seed)
    pairs = planned_follows(crowd, each, seed)
    async with invocation.open_site(make=True) as site:
        with progress("Making a demo", len(crowd) + len(pairs) + posts) as bar:
            embedded = site.storage_factory.embedded
            maker = Maker(site.ports, crowd, seed=seed, bar=bar, embedded=embedded)
            storage = site.storage
            try:
                async with storage.bulk() if isinstance(storage, BulkStorage) else contextlib.nullcontext():
                    await maker.make_accounts(pairs)
                    await maker.make_life(life(crowd, posts, seed, maker.now))
            except Conflict as conflict:
                raise Conflict(
                    f"The demo clashes with what is there ({conflict.guard}).",
                    guard=conflict.guard,
                    hint="Use another --seed, or another folder with --data.",
                ) from conflict
    return [person.username for person in crowd[:3]]
