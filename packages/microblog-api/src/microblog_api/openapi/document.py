"""The document as a whole. It speaks of no site: addresses in it are relative, so that it is the same for all
sites that have the same plugins.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from microblog_api import __version__
from microblog_api.endpoints import Endpoint
from microblog_api.fields import Fields
from microblog_api.openapi import by_hand, operations, schemas, shared, streams
from microblog_api.openapi.plugins import PluginPart

_ABOUT = """\
The REST API of a Microblog site: OAuth 2 and the client API of Mastodon
(<https://docs.joinmastodon.org/client/intro/>), with what the plugins of this site add.

Ids are decimal strings and moments ISO 8601. Parameters may be sent in the query, as a form, as multipart or
as JSON; lists are named `name[]` and groups `name[field]` where there is no JSON. Clients should ignore
fields that they don't know.
"""


def make_document(
    endpoints: Sequence[Endpoint],
    scopes: Mapping[str, str],
    *,
    fields: Fields | None = None,
    plugins: Sequence[PluginPart] = (),
) -> dict[str, Any]:
    """The OpenAPI document of these endpoints, what is described by hand, and what plugins add."""
    components = shared.components(scopes)
    answers, entities = schemas.answered([endpoint.gives for endpoint in endpoints])
    components["schemas"] |= entities
    if fields is not None:
        fields.describe(components["schemas"])
    paths: dict[str, dict[str, Any]] = {}
    tags: dict[str, str] = {}
    for endpoint, answer in zip(endpoints, answers, strict=True):
        name, text = operations.tag_of(endpoint)
        tags.setdefault(name, text)
        operation = operations.operation(endpoint, answer, components["schemas"])
        paths.setdefault(operations.path_of(endpoint), {})[endpoint.method.lower()] = operation
    for path, methods in (*by_hand.OPERATIONS.items(), *streams.OPERATIONS.items()):
        paths.setdefault(path, {}).update(methods)
    tags |= {**by_hand.TAGS, streams.TAG: streams.ABOUT}
    for part in plugins:
        paths |= part.paths
        components["schemas"] |= part.schemas
        tags[part.tag] = part.about
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Microblog",
            "version": __version__,
            "summary": "A microblog that Mastodon's clients can use.",
            "description": _ABOUT,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": text} for name, text in sorted(tags.items())],
        "paths": {path: paths[path] for path in sorted(paths)},
        "components": {
            kind: {name: found[name] for name in sorted(found)} for kind, found in components.items()
        },
    }


def written(document: Mapping[str, Any]) -> str:
    """A document as files have it: indented, one line for each value, with a newline at its end."""
    return msgspec.json.format(msgspec.json.encode(document), indent=1).decode() + "\n"
