"""The document of the API alone, for tests that are made from it before any site runs."""

from __future__ import annotations

import copy
from typing import Any

from microblog_api import face
from microblog_api.app import ApiApp

DOCUMENT: Any = ApiApp({"api": face}).documentation.document()
OPERATIONS = [
    (path, method, operation["operationId"])
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
    if operation["tags"] != ["streaming"]
]
"""Path, method and name of every operation but streams, which don't end; those have tests of their own."""

GETS = [(path, name) for path, method, name in OPERATIONS if method == "get"]


def closed(document: Any) -> Any:
    """A document in which objects have only the fields that are named."""
    node = copy.deepcopy(document)
    _close(node)
    return node


def _close(node: Any) -> None:
    if isinstance(node, dict):
        if isinstance(node.get("properties"), dict) and node.get("type") == "object":
            node.setdefault("additionalProperties", False)
        for each in node.values():
            _close(each)
    elif isinstance(node, list):
        for each in node:
            _close(each)
