"""What there is to begin with. The templates of a kind are in `templates/<its name>/`, file by file as they
lie in the project; those of `templates/project/` are the same for all.
"""

from __future__ import annotations

import msgspec


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of plugin to begin with.

    `summary` is a line for whoever chooses, `does` what the generated plugin says of itself. `faces` are its
    modules beside the core one, by entry point group. `needs` are requirements beside microblog-core, `tests`
    those of its tests, `options` what pytest is always told. `page` of the
    documentation goes on from there.
    """

    name: str
    summary: str
    does: str
    faces: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    page: str = "docs/plugins.md"


KINDS: tuple[Kind, ...] = (
    Kind(
        name="channel",
        summary="A way to reach people; appears in everybody's settings. Writes to a file at first.",
        does="Notifications in a file",
        needs=("msgspec>=0.22",),
    ),
    Kind(
        name="storage",
        summary="Where a site's data lives, chosen by URL. Memory with a journal on the disk at first.",
        does="Keeps everything in memory and every write in one append-only file",
        needs=("msgspec>=0.22",),
        tests=("pytest-xdist>=3.8",),
        options=("-n", "auto"),
    ),
    Kind(
        name="authenticator",
        summary="Recognises who a request comes from. By a key in a header at first.",
        does="Recognises programs by a key in a header",
        needs=("msgspec>=0.22",),
    ),
    Kind(
        name="gateway",
        summary="A payment provider. An imaginary one over HTTP at first, with its fake for the tests.",
        does="Takes money through an imaginary provider",
        needs=("msgspec>=0.22",),
        page="docs/gateways.md",
    ),
    Kind(
        name="subscriber",
        summary="Observes what happened, at least once. Counts the posts of each author at first.",
        does="Counts what everybody publishes",
    ),
    Kind(
        name="timeline",
        summary="A strategy for home timelines, chosen by name. One post of each author a page at first.",
        does="A home timeline in which nobody speaks twice on a page",
        needs=("msgspec>=0.22",),
    ),
    Kind(
        name="content-filter",
        summary="A step from text to HTML. Makes **this** bold at first.",
        does="Makes **this** bold",
        needs=("msgspec>=0.22",),
    ),
    Kind(
        name="web-page",
        summary="A page of the website with template, style sheet and link in the navigation.",
        does="A page of its own",
        faces=("web",),
        needs=("microblog-web", "litestar>=2.24"),
        tests=("httpx>=0.28",),
        page="docs/web-plugins.md",
    ),
    Kind(
        name="api-field",
        summary="A field of every status in the API. How many words a post has, at first.",
        does="Tells apps how many words a post has",
        faces=("api",),
        needs=("microblog-api",),
        tests=("httpx>=0.28",),
        page="docs/api-plugins.md",
    ),
    Kind(
        name="job",
        summary="Work of its own, by the clock. Counts the site's accounts every day at first.",
        does="Counts accounts and posts every day",
        needs=("msgspec>=0.22",),
    ),
)


def kind_named(name: str) -> Kind:
    """The kind of this name. Raises `KeyError`."""
    return {kind.name: kind for kind in KINDS}[name]
