"""The document has everything that is served, and endpoints declare everything that they do."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from typing import Any

import pytest
from litestar.handlers import HTTPRouteHandler

from microblog_api import face
from microblog_api.app import ApiApp
from microblog_api.endpoints import Endpoint
from microblog_api.openapi import by_hand, operations

ENDPOINTS = [each for part in face.RESOURCES for each in part.ENDPOINTS]
READS = {"page": "cursor", "offset_of": "offset", "limit_of": "limit"}


@pytest.fixture(scope="module")
def document() -> Any:
    return ApiApp({"api": face}).documentation.document()


def described(document: Any) -> Iterator[tuple[str, str, Any]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def test_every_operation_has_a_name_of_its_own_a_summary_and_a_tag(document: Any) -> None:
    names = [operation["operationId"] for _, _, operation in described(document)]
    assert len(names) == len(set(names)) > 100
    tags = {tag["name"] for tag in document["tags"]}
    for _, _, operation in described(document):
        assert set(operation["tags"]) <= tags
        assert 3 < len(operation["summary"]) < 120, operation["operationId"]


def test_every_endpoint_is_described(document: Any) -> None:
    for endpoint in ENDPOINTS:
        assert endpoint.method.lower() in document["paths"][operations.path_of(endpoint)]


def test_every_other_handler_is_described_or_a_page_for_people(document: Any) -> None:
    handlers = [each for each in face.register_resources() if isinstance(each, HTTPRouteHandler)]
    assert handlers
    paths = {
        path.replace(":str}", "}"): {method.lower() for method in handler.http_methods}
        for handler in handlers
        for path in handler.paths
    }
    missing = {
        path
        for path, methods in paths.items()
        if path not in by_hand.PAGES and not methods <= set(document["paths"].get(path, {}))
    }
    assert missing == set()
    assert set(by_hand.OPERATIONS) <= set(paths)


def test_every_reference_leads_somewhere(document: Any) -> None:
    def references(node: Any) -> Iterator[str]:
        if isinstance(node, dict):
            if isinstance(node.get("$ref"), str):
                yield node["$ref"]
            for each in node.values():
                yield from references(each)
        elif isinstance(node, list):
            for each in node:
                yield from references(each)

    for reference in set(references(document)):
        node = document
        for part in reference.removeprefix("#/").split("/"):
            node = node[part]


def test_scopes_that_are_asked_for_are_scopes_that_there_are(document: Any) -> None:
    flows = document["components"]["securitySchemes"]["oauth2"]["flows"]
    offered = set(flows["authorizationCode"]["scopes"])
    for _, _, operation in described(document):
        for way in operation["security"]:
            assert set(way.get("oauth2", ())) <= offered, operation["operationId"]


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=operations.operation_id)
def test_what_reads_a_part_of_a_listing_declares_how(endpoint: Endpoint) -> None:
    module = inspect.getmodule(endpoint.run)
    assert module is not None
    called = names_called(endpoint.run.__name__, ast.parse(inspect.getsource(module)), set())
    found = [kind for name, kind in READS.items() if name in called]
    assert endpoint.pages == (found[0] if found else "")


def names_called(function: str, tree: ast.Module, seen: set[str]) -> set[str]:
    """What a function of a module calls by any name, with what its own helpers there call."""
    seen.add(function)
    found: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == function:
            for call in ast.walk(node):
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
                    found.add(call.func.id)
                elif isinstance(call, ast.Call) and ast.unparse(call.func).startswith("call."):
                    found.add(ast.unparse(call.func).removeprefix("call."))
    for name in found - seen:
        if name.startswith("_"):
            found |= names_called(name, tree, seen)
    return found
