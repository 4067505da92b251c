"""Draws pages as text. What people wrote is escaped; the HTML of posts is core's, which has sanitised it."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape

from microblog_core.domain.accounts import Account
from microblog_core.domain.posts import Entry
from microblog_core.http import csrf, login
from microblog_core.ports.auth import Form


def document(me: Account | None, token: str, main: str) -> str:
    """A whole page around its main part; `token` is for the form that logs out."""
    if me is not None:
        name = escape(me.username)
        links = (
            f'<a href="/home">Home</a> <a href="/@{name}">@{name}</a> {form("/logout", token, "", "Log out")}'
        )
    else:
        links = '<a href="/login">Log in</a> <a href="/signup">Sign up</a>'
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Microblog, plain</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"></head>\n'
        f'<body><nav><a href="/">Everybody</a> {links}</nav>\n<main>{main}</main></body></html>\n'
    )


def form(action: str, token: str, inputs: str, button: str) -> str:
    """A form with its token."""
    return (
        f'<form method="post" action="{action}">{hidden(csrf.FIELD, token)}{inputs}'
        f"<button>{escape(button)}</button></form>"
    )


def hidden(name: str, value: str) -> str:
    """A field that nobody sees."""
    return f'<input type="hidden" name="{name}" value="{escape(value)}">'


def field(name: str, label: str, value: str = "", kind: str = "text", autocomplete: str = "") -> str:
    """A field with its label."""
    name = escape(name)
    attributes = f'id="{name}" name="{name}" type="{escape(kind)}" value="{escape(value)}"'
    return (
        f'<p><label for="{name}">{escape(label)}</label><br>'
        f'<input {attributes} autocomplete="{escape(autocomplete)}"></p>'
    )


def problem(message: str) -> str:
    """What to change."""
    return f'<p role="alert"><strong>{escape(message)}</strong></p>' if message else ""


def writing(token: str, text: str = "", answers: str = "") -> str:
    """The form for a post, or for an answer to one."""
    label = "Your answer" if answers else "What is new?"
    inputs = hidden("answers", answers) if answers else ""
    inputs += f'<p><label for="text">{label}</label><br><textarea id="text" name="text" rows="3" cols="60">'
    return form("/posts", token, f"{inputs}\n{escape(text)}</textarea></p>", "Publish")


def post(entry: Entry) -> str:
    """A post of a listing or a thread."""
    name, shown = escape(entry.author.username), entry.post.html
    said = escape(entry.author.display_name or entry.author.username)
    when = datetime.fromtimestamp(entry.post.created_at / 1000, UTC).strftime("%d %B %Y, %H:%M UTC")
    if entry.post.spoiler:
        shown = f"<details><summary>{escape(entry.post.spoiler)}</summary>{shown}</details>"
    return (
        f'<article><p><a href="/@{name}"><strong>{said}</strong> @{name}</a> '
        f'<a href="/@{name}/{entry.post.id}">{when}</a></p>{shown}</article><hr>'
    )


def logging_in(token: str, asked: Form, state: str) -> str:
    """The form that a way to log in asks for."""
    inputs = "".join(
        field(each.name, each.label, each.value, each.kind, each.autocomplete) for each in asked.fields
    )
    return problem(asked.error) + form(
        "/login", token, hidden(login.STATE_FIELD, state) + inputs, asked.submit
    )


def signing_up(token: str, typed: dict[str, str], *, approves: bool) -> str:
    """The form for a new account."""
    inputs = field("username", "Username", typed.get("username", ""), autocomplete="username")
    inputs += field("email", "E-mail address", typed.get("email", ""), "email", "email")
    inputs += field("password", "Password", "", "password", "new-password")
    if approves:
        inputs += field("reason", "Why do you want to come?", typed.get("reason", ""))
    return form("/signup", token, inputs, "Sign up")
