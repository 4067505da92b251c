"""What the site says of itself: terms and privacy policy for everybody, and the page that changes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath

from microblog_core.domain.errors import Conflict, Invalid, NotFound
from microblog_core.domain.ids import parse_id
from microblog_core.domain.rules import Rule
from microblog_core.domain.site_texts import (
    ABOUT,
    CONTACT,
    DESCRIPTION,
    EMAIL,
    LENGTHS,
    PRIVACY,
    RULES,
    RULES_MAX,
    TERMS,
    TITLE,
    SiteFace,
)
from microblog_core.services import site_texts as services
from microblog_web.admin_nav import admin_view, answer_tab
from microblog_web.forms import Form
from microblog_web.i18n import mark
from microblog_web.pages import Meta, Page
from microblog_web.requests import (
    Sendable,
    answer_shared,
    flash,
    listing_page,
    neighbours,
    scope_of,
    sent_form_with_files,
    typed,
)
from microblog_web.responses import Answer, see_other
from microblog_web.views import View

PATH = "/admin/site"
PERMISSION = "site.manage"
BASICS = (TITLE, DESCRIPTION, ABOUT, EMAIL, CONTACT)
FORMS: Mapping[str, tuple[str, ...]] = {"basics": BASICS, TERMS: (TERMS,), PRIVACY: (PRIVACY,)}
DOCUMENTS: Mapping[str, str] = {TERMS: mark("Terms of service"), PRIVACY: mark("Privacy policy")}
SPARE_RULES = 3
"""Empty places for more rules below those that there are."""


@get("/terms")
async def terms(request: Request[Any, Any, Any]) -> Sendable:
    """What everybody agrees to, and what it was before."""
    return await answer_shared(scope_of(request), lambda view: _document(view, TERMS))


@get("/privacy")
async def privacy(request: Request[Any, Any, Any]) -> Sendable:
    """What becomes of people's data."""
    return await answer_shared(scope_of(request), lambda view: _document(view, PRIVACY))


@get("/terms/{version:str}")
async def terms_version(request: Request[Any, Any, Any], version: FromPath[str]) -> Sendable:
    """An earlier version of the terms, or the list of all."""
    return await answer_shared(scope_of(request), lambda view: _version(view, request, TERMS, version))


@get("/privacy/{version:str}")
async def privacy_version(request: Request[Any, Any, Any], version: FromPath[str]) -> Sendable:
    """An earlier version of the privacy policy, or the list of all."""
    return await answer_shared(scope_of(request), lambda view: _version(view, request, PRIVACY, version))


async def _document(view: View, name: str) -> tuple[Page, Iterable[str]]:
    found = await services.read_document(view.ports, name)
    if not found.text:
        raise NotFound("Nobody wrote this text for this site yet.")
    return _drawn(view, found, current=True), ()


async def _version(
    view: View, request: Request[Any, Any, Any], name: str, version: str
) -> tuple[Page, Iterable[str]]:
    if version == "versions":
        return await _versions(view, request, name), ()
    number = parse_id(version)
    if number is None:
        raise NotFound("There is no such version.")
    found = await services.read_version(view.ports, name, number)
    newest = (await services.read_face(view.ports)).texts[name]
    return _drawn(view, found, current=found.version_id == newest.id), ()


async def _versions(view: View, request: Request[Any, Any, Any], name: str) -> Page:
    listing = await services.read_versions(view.ports, name, listing_page(scope_of(request)))
    main = view.web.render(
        "web/versions.html",
        view.locale,
        title=view.translate(DOCUMENTS[name]),
        versions=listing.items,
        path=f"/{name}",
        **neighbours(f"/{name}/versions", listing),
    )
    return Page(title=view.translate(DOCUMENTS[name]), main=main, meta=_unlisted(view))


def _drawn(view: View, found: services.SiteDocument, *, current: bool) -> Page:
    title = view.translate(DOCUMENTS[found.name])
    main = view.web.render(
        "web/document.html", view.locale, found=found, title=title, current=current, path=f"/{found.name}"
    )
    meta = Meta(description=title) if current and view.me is None else None if current else _unlisted(view)
    return Page(title=title, main=main, meta=meta)


def _unlisted(view: View) -> Meta | None:
    return Meta(index=False) if view.me is None else None


@get(PATH)
async def manage(request: Request[Any, Any, Any]) -> Sendable:
    """What the site says, in forms."""
    return await _manage(await admin_view(request, PERMISSION))


@post(f"{PATH}/{{name:str}}")
async def save(request: Request[Any, Any, Any], name: FromPath[str]) -> Sendable:
    """Say something else: the basics, the rules, or a document."""
    values, _ = await sent_form_with_files(request)
    view = await admin_view(request, PERMISSION)
    try:
        if name == RULES:
            command = services.SetRules(rules=_rules_of(values), seen=_seen(values, RULES))
            await services.set_rules(view.ports, view.actor, command)
        elif name in FORMS:
            names = FORMS[name]
            await services.set_texts(
                view.ports,
                view.actor,
                services.SetTexts(
                    texts={each: values.get(each, "") for each in names},
                    seen={each: _seen(values, each) for each in names},
                ),
            )
        else:
            raise NotFound("There is no such form.")
    except (Invalid, Conflict) as error:
        fields = tuple(FORMS.get(name, _rule_fields()))
        form = Form.rejected(typed(values, (*fields, *(f"id_{n}" for n in range(RULES_MAX)))), error, fields)
        return await _manage(view, rejected={name: form}, status=error.status)
    flash(request, view.translate("The site says so now."))
    return see_other(PATH)


def _rule_fields() -> list[str]:
    return [f"{part}_{number}" for number in range(RULES_MAX) for part in ("rule", "hint")]


def _rules_of(values: Mapping[str, str]) -> tuple[Rule, ...]:
    """The rules as the form has them, in the order of the numbers before them."""
    rules = [
        Rule(
            id=values.get(f"id_{number}", ""),
            text=values.get(f"rule_{number}", ""),
            hint=values.get(f"hint_{number}", ""),
        )
        for number in range(RULES_MAX)
    ]
    while rules and not (rules[-1].text or rules[-1].hint):
        rules.pop()
    return tuple(rules)


def _seen(values: Mapping[str, str], name: str) -> int:
    return parse_id(values.get(f"seen_{name}", "")) or 0


async def _manage(view: View, rejected: Mapping[str, Form] | None = None, status: int = 200) -> Answer:
    face = await services.read_settings(view.ports, view.actor)
    forms = {name: Form(_texts(view, face, fields), fields=fields) for name, fields in FORMS.items()}
    forms[RULES] = Form(_rule_values(face), fields=_rule_fields())
    forms |= rejected or {}
    used = sum(1 for number in range(RULES_MAX) if forms[RULES].value(f"rule_{number}"))
    main = view.web.render(
        "web/admin/site.html",
        view.locale,
        forms=forms,
        seen={name: text.id for name, text in face.texts.items()},
        lengths=LENGTHS,
        numbers=range(min(RULES_MAX, max(used, len(face.rules)) + SPARE_RULES)),
        documents=DOCUMENTS,
        csrf=view.csrf,
    )
    return await answer_tab(view, "site", main, status)


def _texts(view: View, face: SiteFace, names: Iterable[str]) -> dict[str, str]:
    return {name: services.known_text(view.ports, face, name) for name in names}


def _rule_values(face: SiteFace) -> dict[str, str]:
    values: dict[str, str] = {}
    for number, rule in enumerate(face.rules):
        values |= {f"id_{number}": rule.id, f"rule_{number}": rule.text, f"hint_{number}": rule.hint}
    return values


HANDLERS = (terms, privacy, terms_version, privacy_version, manage, save)
