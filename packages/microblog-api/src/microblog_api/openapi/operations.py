"""What an endpoint does, as an operation of the document: all of it follows from its declaration."""

from __future__ import annotations

import inspect
import re
from typing import Any

import msgspec

from microblog_api.endpoints import Endpoint
from microblog_api.openapi import schemas, shared
from microblog_api.openapi.schemas import ID, REF, Schema

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"

_PART = re.compile(r"\{(\w+)(?::\w+)?\}")
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Any text, the same when the request is repeated.",
    "schema": {"type": "string"},
}
_HEADERS = {"statuses_create": [_KEY], "payments_tip": [_KEY], "memberships_join": [_KEY]}
"""Header fields that resources read by themselves, by operation."""

_MAY_BE_MISSING = frozenset({"push_read", "push_update", "push_remove"})
"""What is asked for without naming it, and may not be there."""

_WHO = {
    "anybody": "Anybody may ask; with a token the answer is what its person may see.",
    "app": "Needs an application's token, a person's or its own.",
    "user": "Needs a token that a person allowed.",
}


def path_of(endpoint: Endpoint) -> str:
    """The path without the types of its parts."""
    return _PART.sub(r"{\1}", endpoint.path)


def tag_of(endpoint: Endpoint) -> tuple[str, str]:
    """The module that declares an endpoint, and what it says that it holds."""
    module = inspect.getmodule(endpoint.run)
    name = endpoint.run.__module__.rpartition(".")[2]
    return name, first_paragraph(inspect.getdoc(module) or "")


def operation_id(endpoint: Endpoint) -> str:
    """A name for clients that are made from the document; it stays while the endpoint does."""
    early = "_alpha" if "_alpha/" in endpoint.path else ""
    return f"{tag_of(endpoint)[0]}_{endpoint.run.__name__}{early}"


def first_paragraph(text: str) -> str:
    """A text up to its first empty line, in one line."""
    return " ".join(text.partition("\n\n")[0].split())


def operation(endpoint: Endpoint, answer: Schema, components: dict[str, Schema]) -> Schema:
    """The operation; what its body refers to is added to `components`."""
    text = " ".join(endpoint.summary.split())
    name = operation_id(endpoint)
    made: dict[str, Any] = {
        "operationId": name,
        "tags": [tag_of(endpoint)[0]],
        "summary": re.split(r"(?<=\.)\s", text, maxsplit=1)[0].rstrip(".").replace("`", ""),
        "description": f"{text}\n\n{_WHO[endpoint.who]}",
        "security": shared.security(endpoint.needs.split(), anybody=endpoint.who == "anybody"),
    }
    if parameters := [*_path_parameters(endpoint), *_query(endpoint), *_HEADERS.get(name, ())]:
        made["parameters"] = parameters
    if _has_body(endpoint):
        made["requestBody"] = _body(endpoint, name, components)
    made["responses"] = _responses(endpoint, answer)
    return made


def _has_body(endpoint: Endpoint) -> bool:
    """DELETE takes its parameters from the query: what a body of it means is not defined (RFC 9110)."""
    return endpoint.takes is not None and endpoint.method not in ("GET", "DELETE")


def _path_parameters(endpoint: Endpoint) -> list[Schema]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": dict(ID)
            if name == "id" or name.endswith("_id")
            else {"type": "string", "minLength": 1},
        }
        for name in _PART.findall(endpoint.path)
    ]


def _query(endpoint: Endpoint) -> list[Schema]:
    taken = endpoint.takes if not _has_body(endpoint) else None
    return [*(schemas.given_in_query(taken) if taken else ()), *shared.parameters(endpoint.pages)]


def _body(endpoint: Endpoint, name: str, components: dict[str, Schema]) -> Schema:
    takes = endpoint.takes
    assert takes is not None
    title = "".join(part.title() for part in name.split("_"))
    components[title] = schemas.given(takes)
    multipart: Schema = {"schema": {"$ref": REF + title}}
    form: Schema = multipart
    nested = schemas.nested_names(takes)
    if schemas.takes_files(takes):
        if any(schemas.takes_files(each.type) for each in msgspec.structs.fields(takes) if each.required):
            return {"required": True, "content": {MULTIPART: multipart}}
        components[f"{title}WithoutFiles"] = schemas.given(takes, files=False)
        form = {"schema": {"$ref": f"{REF}{title}WithoutFiles"}}
    json = form
    if nested:
        brackets = {each: {"style": "deepObject", "explode": True} for each in nested}
        form = {**form, "encoding": brackets}
    content = {"application/json": json, FORM: form, MULTIPART: multipart}
    return {"required": "required" in components[title], "content": content}


def _responses(endpoint: Endpoint, schema: Schema) -> dict[str, Schema]:
    paged = endpoint.pages in ("cursor", "offset")
    made = {
        str(status): shared.answer(_SAID[status], schema, paged=paged) for status in sorted(endpoint.answers)
    }
    if endpoint.who == "anybody" and endpoint.method == "GET":
        made["304"] = {"description": "What the client has, by `If-None-Match`, is still so."}
    return made | shared.errors(_errors(endpoint))


_SAID = {200: "Done.", 202: "Accepted, and still being worked on.", 206: "Not ready yet."}


def _errors(endpoint: Endpoint) -> set[int]:
    found = {400, 401, 429, 503}
    if endpoint.needs or endpoint.who != "anybody":
        found.add(403)
    if "{" in endpoint.path or endpoint.takes is not None or operation_id(endpoint) in _MAY_BE_MISSING:
        found.add(404)
    if endpoint.takes is not None or endpoint.pages or endpoint.who == "user":
        found.add(422)
    if endpoint.method != "GET":
        found |= {409, 413, 422}
    return found
