"""Reading a page as a browser does: whether it is valid, and its links and forms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit
from xml.etree.ElementTree import Element

import html5lib

CONTROLS = ("input", "textarea", "select", "button")
LEADS = {"a": "href", "link": "href", "img": "src", "script": "src"}
REFERS = ("for", "aria-labelledby", "aria-describedby", "aria-controls", "form", "list")
NESTED = {"a", "button", "label", "select", "textarea"}
LIMIT = 100 << 10
"""Bytes of a page without pictures."""


@dataclass(frozen=True)
class Sending:
    """One way to send a form: by one of its buttons, or by none."""

    method: str
    path: str
    fields: tuple[tuple[str, str], ...]
    typed: tuple[tuple[str, str], ...]
    """The fields that somebody would fill in, with their types."""
    files: bool
    button: str


@dataclass
class Document:
    """A page, parsed by the rules of the HTML standard."""

    path: str
    root: Element

    @property
    def elements(self) -> Iterator[Element]:
        return self.root.iter()

    def links(self) -> set[str]:
        """The paths of this site that a keyboard reaches from here, and what a browser loads for the page."""
        found = set()
        for each in self.elements:
            href = each.get(LEADS.get(each.tag, ""), "")
            if href and each.get("tabindex") != "-1":
                target = urlsplit(urljoin(f"http://here{self.path}", href))
                if target.netloc == "here" and target.scheme == "http":
                    found.add(target._replace(scheme="", netloc="", fragment="").geturl())
        return found

    def sendings(self) -> list[Sending]:
        """Every form by every one of its buttons."""
        forms = [each for each in self.elements if each.tag == "form"]
        owned: dict[Element, list[Element]] = {form: [] for form in forms}
        by_id = {form.get("id"): form for form in forms if form.get("id")}
        inside = {child: form for form in forms for child in form.iter()}
        for each in self.elements:
            if each.tag in CONTROLS:
                form = by_id.get(each.get("form")) if each.get("form") else inside.get(each)
                if form is not None:
                    owned[form].append(each)
        return [sent for form, controls in owned.items() for sent in self._of(form, controls)]

    def _of(self, form: Element, controls: list[Element]) -> Iterator[Sending]:
        fields = [pair for each in controls for pair in _values(each)]
        typed = tuple(_typed(controls))
        files = any(each.get("type") == "file" for each in controls)
        buttons = [each for each in controls if each.tag == "button" and each.get("type") != "button"]
        for button in buttons or [Element("button")]:
            own = [(button.get("name", ""), button.get("value", ""))] if button.get("name") else []
            action = button.get("formaction") or form.get("action") or self.path
            target = urlsplit(urljoin(f"http://here{self.path}", action))
            yield Sending(
                method=(button.get("formmethod") or form.get("method") or "get").lower(),
                path=target._replace(scheme="", netloc="", fragment="").geturl(),
                fields=(*fields, *own),
                typed=typed,
                files=files,
                button=" ".join("".join(button.itertext()).split()),
            )


def _values(each: Element) -> Iterator[tuple[str, str]]:
    name = each.get("name")
    if not name or each.tag == "button" or each.get("disabled") is not None:
        return
    if each.tag == "textarea":
        yield name, "".join(each.itertext())
    elif each.tag == "select":
        options = [option for option in each.iter() if option.tag == "option"]
        chosen = [option for option in options if option.get("selected") is not None] or options[:1]
        yield from ((name, option.get("value", "")) for option in chosen)
    elif each.get("type") in ("checkbox", "radio"):
        if each.get("checked") is not None:
            yield name, each.get("value", "on")
    elif each.get("type") != "file":
        yield name, each.get("value", "")


def _typed(controls: list[Element]) -> Iterator[tuple[str, str]]:
    for each in controls:
        kind = "textarea" if each.tag == "textarea" else each.get("type", "text")
        written = each.tag == "textarea" or (each.tag == "input" and kind not in ("hidden", "file", "radio"))
        if written and each.get("name") and each.get("readonly") is None:
            yield each.get("name", ""), kind


def parse(path: str, body: bytes) -> tuple[Document, list[str]]:
    """The page, and what is wrong with it."""
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    root = parser.parse(body, transport_encoding="utf-8")
    problems = [f"line {at[0]}: {code} {values or ''}" for at, code, values in parser.errors]
    document = Document(path, root)
    return document, [*problems, *_faults(document, body)]


def _faults(document: Document, body: bytes) -> Iterator[str]:
    """What the standard forbids and a parser does not see."""
    elements = [each for each in document.elements if isinstance(each.tag, str)]
    ids = Counter(each.get("id", "") for each in elements if each.get("id") is not None)
    yield from (f"the id {own!r} {often} times" for own, often in ids.items() if often > 1 or not own)
    for each in elements:
        yield from _wrong(each, ids.keys())
    headings = [each for each in elements if each.tag == "h1"]
    if len(headings) != 1:
        yield f"{len(headings)} first headings"
    html = document.root
    if not html.get("lang") or html.get("dir") not in ("ltr", "rtl"):
        yield "no language or direction"
    if len(body) > LIMIT:
        yield f"{len(body)} bytes"


def _wrong(each: Element, ids: Collection[str]) -> Iterator[str]:
    for name in REFERS:
        if name != "form" or each.tag in CONTROLS:
            yield from (f"{each.tag} {name}={word}" for word in each.get(name, "").split() if word not in ids)
    if each.tag == "img" and each.get("alt") is None:
        yield "img without alt"
    if int(each.get("tabindex") or 0) > 0:
        yield f"tabindex={each.get('tabindex')}"
    if each.tag in NESTED:
        inner = [child.tag for child in each.iter() if child is not each and child.tag in ("a", "button")]
        if inner:
            yield f"{inner} inside of {each.tag}"
