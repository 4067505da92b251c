"""The plain page renderer: the shared pages as bare, escaped HTML, for processes without a website.

No style sheet, nothing from anywhere else, and no script but where a challenge has to be answered; browsers'
own look is enough to log in.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from microblog_core.http import challenges
from microblog_core.ports.auth import Button, Field, FormPage, Line

HTML = (b"content-type", b"text/html; charset=utf-8")


class PlainPages:
    """Draws forms and messages as plain HTML."""

    def form(self, page: FormPage) -> bytes:
        """A whole HTML document in UTF-8."""
        hidden = "".join(
            f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
            for name, value in page.hidden.items()
        )
        first = f"<button>{escape(page.submit)}</button>"
        first = f"<span data-answer hidden>{first}</span> " if page.challenge else f"{first} "
        buttons = (first if page.submit else "") + " ".join(map(_button, page.others))
        given, asked = _challenge(page)
        parts = [
            f"<p>{escape(page.intro)}</p>" if page.intro else "",
            f'<p role="alert">{escape(page.error)}</p>' if page.error else "",
            f'<form method="post" action="{escape(page.action)}"{given}>{hidden}{asked}',
            f"<ul>{''.join(map(_line, page.lines))}</ul>" if page.lines else "",
            *(_field(field) for field in page.fields),
            f"<p>{buttons}</p></form>" if buttons else "</form>",
            _links(page.links),
        ]
        return _document(page.title, "\n".join(part for part in parts if part))

    def message(self, title: str, text: str, links: Sequence[tuple[str, str]] = ()) -> bytes:
        """A whole HTML document in UTF-8 with a title and one paragraph."""
        return _document(title, f"<p>{escape(text)}</p>\n{_links(links)}")


def _challenge(page: FormPage) -> tuple[str, str]:
    """What a form with a challenge has besides: attributes, and what is in it."""
    if not page.challenge:
        return "", ""
    words = " ".join(f'data-{name}="{escape(said)}"' for name, said in challenges.SAID.items())
    return (
        f' data-challenge="{escape(page.challenge)}"{"" if page.error else " data-now"}',
        f'<input type="hidden" name="{challenges.ANSWER_FIELD}">'
        f'<p role="status" data-said data-failed="{escape(challenges.FAILED)}" {words}></p>'
        f"<noscript><p>{escape(challenges.NO_SCRIPT)}</p></noscript>"
        f'<script src="{challenges.script_url()}" defer></script>',
    )


def _button(button: Button) -> str:
    return (
        f'<button name="{escape(button.name)}" value="{escape(button.value)}">{escape(button.label)}</button>'
    )


def _line(line: Line) -> str:
    note = f"<br><small>{escape(line.note)}</small>" if line.note else ""
    button = f" {_button(line.button)}" if line.button is not None else ""
    return f"<li>{escape(line.text)}{note}{button}</li>"


def _field(field: Field) -> str:
    name = escape(field.name)
    area = field.kind == "textarea"
    attributes = [f'id="{name}" name="{name}"']
    attributes.append('rows="6"' if area else f'type="{escape(field.kind)}" value="{escape(field.value)}"')
    if field.autocomplete:
        attributes.append(f'autocomplete="{escape(field.autocomplete)}"')
    if field.readonly:
        attributes.append("readonly")
    notes = ""
    for kind, text in (("hint", field.hint), ("error", field.error)):
        if text:
            notes += f'<br><small id="{name}-{kind}">{escape(text)}</small>'
    described = " ".join(
        f"{name}-{kind}" for kind, text in (("hint", field.hint), ("error", field.error)) if text
    )
    if described:
        attributes.append(f'aria-describedby="{described}"')
    if field.error:
        attributes.append('aria-invalid="true"')
    given = " ".join(attributes)
    box = f"<textarea {given}>\n{escape(field.value)}</textarea>" if area else f"<input {given}>"
    return f'<p><label for="{name}">{escape(field.label)}</label><br>{box}{notes}</p>'


def _links(links: Sequence[tuple[str, str]]) -> str:
    return "".join(f'<p><a href="{escape(address)}">{escape(label)}</a></p>' for label, address in links)


def _document(title: str, body: str) -> bytes:
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"></head>\n'
        f"<body><main><h1>{escape(title)}</h1>\n{body}\n</main></body></html>\n"
    ).encode("utf-8", "replace")
