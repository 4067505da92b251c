"""Taking everything along, and bringing it: archives and lists of an account."""

from __future__ import annotations

from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath

from microblog_core.domain.archives import CSV_BYTES, ExportState, ImportKind, ImportPart
from microblog_core.domain.archives import ImportState as State
from microblog_core.domain.errors import Conflict, Invalid, NotFound, RateLimited, TooLarge
from microblog_core.domain.timelines import Page as ListingPage
from microblog_core.services.exports import (
    ExportCommand,
    RequestExport,
    list_exports,
    read_export,
    request_export,
)
from microblog_core.services.imports import (
    ImportCommand,
    RequestImport,
    cancel_import,
    list_imports,
    problems_as_csv,
    read_import,
    read_problems,
    request_import,
)
from microblog_core.services.people_lists import LISTS, export_list
from microblog_web import times
from microblog_web.archive_uploads import SentFile, sent_archive
from microblog_web.controllers.settings import answer_settings
from microblog_web.forms import Form
from microblog_web.i18n import mark
from microblog_web.requests import (
    Sendable,
    flash,
    listing_page,
    needs_login,
    neighbours,
    post_id_from,
    scope_of,
    sent_form,
    view_of,
)
from microblog_web.responses import Answer, Streamed, see_other
from microblog_web.views import View

EXPORT, IMPORT = "/settings/export", "/settings/import"
EXPORT_STATES = {
    ExportState.WAITING: mark("is being made"),
    ExportState.READY: mark("ready"),
    ExportState.FAILED: mark("failed"),
}
IMPORT_STATES = {
    State.WAITING: mark("waits"),
    State.RUNNING: mark("running"),
    State.DONE: mark("done"),
    State.FAILED: mark("failed"),
    State.CANCELLED: mark("cancelled"),
}
LIST_NAMES = {
    "following_accounts": mark("Whom you follow"),
    "followers": mark("Who follows you"),
    "blocked_accounts": mark("Whom you block"),
    "muted_accounts": mark("Whom you mute"),
    "bookmarks": mark("Your bookmarks"),
    "lists": mark("Your lists"),
}
KINDS = {
    ImportKind.ARCHIVE: mark("An archive of an account (.zip or .tar.gz)"),
    ImportKind.FOLLOWING: mark("Whom you follow (CSV)"),
    ImportKind.BLOCKS: mark("Whom you block (CSV)"),
    ImportKind.MUTES: mark("Whom you mute (CSV)"),
    ImportKind.BOOKMARKS: mark("Bookmarks (CSV)"),
}
PARTS = {
    ImportPart.POSTS: mark("Posts, with their pictures and dates, and boosts"),
    ImportPart.FAVOURITES: mark("Favourites"),
    ImportPart.BOOKMARKS: mark("Bookmarks"),
    ImportPart.PROFILE: mark("Profile: it takes the place of the one that you have here"),
}
FIELDS = ("kind", "overwrite", "file", "parts", *(f"part_{part}" for part in PARTS))
_ZIP, _CSV = b"application/zip", b"text/csv; charset=utf-8"


@get(EXPORT)
async def exports(request: Request[Any, Any, Any]) -> Sendable:
    """What there is to take away."""
    view = await view_of(scope_of(request))
    needs_login(view)
    listing = await list_exports(view.ports, view.actor, listing_page(scope_of(request)))
    main = view.web.render(
        "web/archives/export.html",
        view.locale,
        exports=listing.items,
        states=EXPORT_STATES,
        there=[each.id for each in listing.items if each.there_at(view.now)],
        waiting=any(each.state is ExportState.WAITING for each in listing.items),
        lists=LIST_NAMES,
        here=view.here,
        csrf=view.csrf,
        **neighbours(EXPORT, listing),
    )
    return await answer_settings(view, "export", main)


@post(EXPORT)
async def ask(request: Request[Any, Any, Any]) -> Sendable:
    """Ask for an archive."""
    await sent_form(request)
    view = await view_of(scope_of(request))
    needs_login(view)
    try:
        await request_export(view.ports, view.actor, RequestExport())
    except RateLimited as error:
        flash(request, view.explain(error), "error")
    else:
        flash(request, view.translate("Your archive is being made. Look again in a few minutes."))
    return see_other(EXPORT)


@get(f"{EXPORT}/{{export_id:str}}/archive.zip")
async def download(request: Request[Any, Any, Any], export_id: FromPath[str]) -> Sendable:
    """One archive."""
    view = await view_of(scope_of(request))
    me = needs_login(view)
    command = ExportCommand(export_id=post_id_from(export_id))
    blob = await read_export(view.ports, view.actor, command)
    return Streamed(blob.chunks, _ZIP, f"archive-{me.username}.zip", size=blob.size)


@get(f"{EXPORT}/{{name:str}}")
async def download_list(request: Request[Any, Any, Any], name: FromPath[str]) -> Sendable:
    """One list as CSV."""
    view = await view_of(scope_of(request))
    needs_login(view)
    known = name.removesuffix(".csv")
    if known == name or known not in LISTS:
        raise NotFound("There is no such list.", hint="Go back to the page that names them.")
    return Streamed(await export_list(view.ports, view.actor, known), _CSV, f"{known}.csv")


@get(IMPORT)
async def imports(request: Request[Any, Any, Any]) -> Sendable:
    """What was brought along, and the form to bring something."""
    view = await view_of(scope_of(request))
    needs_login(view)
    chosen = {"kind": str(ImportKind.ARCHIVE)}
    chosen |= {f"part_{part}": "1" for part in PARTS if part is not ImportPart.PROFILE}
    return await _imports(view, Form(chosen), listing_page(scope_of(request)))


@post(IMPORT)
async def bring(request: Request[Any, Any, Any]) -> Sendable:
    """Bring a file along."""
    values, file = await sent_archive(request, "file")
    async with file:
        view = await view_of(scope_of(request))
        needs_login(view)
        try:
            item = await request_import(view.ports, view.actor, _command(values, file))
        except (Invalid, TooLarge, Conflict, RateLimited) as error:
            form = Form.rejected({name: values.get(name, "") for name in FIELDS}, error, FIELDS)
            return await _imports(view, form, ListingPage(), error.status)
    flash(request, view.translate("Your file is here, and is being imported. You may leave this page."))
    return see_other(f"{IMPORT}/{item.id}")


def _command(values: dict[str, str], file: SentFile) -> RequestImport:
    try:
        kind = ImportKind(values.get("kind", ""))
    except ValueError:
        raise Invalid(fields={"kind": "Choose what the file is."}) from None
    return RequestImport(
        kind=kind,
        chunks=file.chunks(),
        size=file.size,
        name=file.name,
        parts=tuple(part for part in ImportPart if values.get(f"part_{part}")),
        overwrite=values.get("overwrite") == "overwrite",
    )


@get(f"{IMPORT}/{{import_id:str}}")
async def report(request: Request[Any, Any, Any], import_id: FromPath[str]) -> Sendable:
    """How far an import is, and what could not be taken."""
    view = await view_of(scope_of(request))
    needs_login(view)
    command = ImportCommand(import_id=post_id_from(import_id))
    item = await read_import(view.ports, view.actor, command)
    problems = await read_problems(view.ports, view.actor, command, listing_page(scope_of(request)))
    main = view.web.render(
        "web/archives/report.html",
        view.locale,
        item=item,
        problems=problems.items,
        states=IMPORT_STATES,
        kinds=KINDS,
        path=f"{IMPORT}/{item.id}",
        csrf=view.csrf,
        **neighbours(f"{IMPORT}/{item.id}", problems),
    )
    return await answer_settings(view, "import", main)


@get(f"{IMPORT}/{{import_id:str}}/problems.csv")
async def report_as_csv(request: Request[Any, Any, Any], import_id: FromPath[str]) -> Sendable:
    """What could not be taken, as a file."""
    view = await view_of(scope_of(request))
    needs_login(view)
    command = ImportCommand(import_id=post_id_from(import_id))
    return Streamed(await problems_as_csv(view.ports, view.actor, command), _CSV, "problems.csv")


@post(f"{IMPORT}/{{import_id:str}}/cancel")
async def cancel(request: Request[Any, Any, Any], import_id: FromPath[str]) -> Sendable:
    """Call an import off."""
    await sent_form(request)
    view = await view_of(scope_of(request))
    needs_login(view)
    command = ImportCommand(import_id=post_id_from(import_id))
    try:
        await cancel_import(view.ports, view.actor, command)
    except Invalid as error:
        flash(request, view.explain(error), "error")
    else:
        flash(request, view.translate("The import is cancelled. What was taken already stays."))
    return see_other(f"{IMPORT}/{command.import_id}")


async def _imports(view: View, form: Form, page: ListingPage, status: int = 200) -> Answer:
    listing = await list_imports(view.ports, view.actor, page)
    main = view.web.render(
        "web/archives/import.html",
        view.locale,
        form=form,
        imports=listing.items,
        busy=any(not each.ended for each in listing.items),
        states=IMPORT_STATES,
        kinds=KINDS,
        choices=[(str(kind), view.translate(title)) for kind, title in KINDS.items()],
        parts=PARTS,
        most=times.size(view.ports.limits.archive_bytes, view.locale),
        most_lines=times.size(CSV_BYTES, view.locale),
        path=IMPORT,
        csrf=view.csrf,
        **neighbours(IMPORT, listing),
    )
    return await answer_settings(view, "import", main, status)


HANDLERS = (exports, ask, download, download_list, imports, bring, report, report_as_csv, cancel)
