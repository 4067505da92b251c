"""What is read from a site is what the document says, no more and no less."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from microblog_api.resources import unoffered

from .documents import GETS, closed
from .world import World

# Without these there would be nothing to find.
QUERIES = {
    "accounts_lookup": {"acct": "bob"},
    "accounts_read_several": {"id[]": "account"},
    "accounts_relationships": {"id[]": "account"},
    "accounts_familiar_followers": {"id[]": "account"},
    "accounts_search": {"q": "bo"},
    "search_read": {"q": "tea"},
    "search_read_v1": {"q": "tea"},
}
# Resources that answer that there is nothing, and what is a page for browsers.
EMPTY = {"empty", "unoffered"}
MISSING = {each.run.__name__ for each in unoffered.MISSING}
PAGES = {"oauth_authorize"}


@pytest.fixture(scope="module")
def strict(document: Any) -> Any:
    """The document in which objects have no other fields than those that it names."""
    return closed(document)


@pytest.mark.parametrize(("path", "name"), GETS, ids=[name for _, name in GETS])
@pytest.mark.parametrize("who", ["ada", "nobody"])
def test_everything_that_is_read_is_as_documented(
    path: str, name: str, who: str, world: World, strict: Any
) -> None:
    operation = strict["paths"][path]["get"]
    places = {
        each["name"]: world.known_for(path, each["name"])[0]
        for each in operation.get("parameters", ())
        if each.get("in") == "path" and "enum" not in each["schema"]
    }
    places |= {"version": "2.1"} if name == "nodeinfo_document" else {}
    query = {
        key: world.known["account"][0] if value == "account" else value
        for key, value in QUERIES.get(name, {}).items()
    }
    with world.client(who) as http:
        answer = http.get(path.format(**places), params=query)
    described = operation["responses"][str(answer.status_code)]
    missing = name.removeprefix("unoffered_").removesuffix("_alpha") in MISSING
    if who == "ada" and missing:
        assert answer.status_code == 404, answer.text
    elif who == "ada" and name not in PAGES:
        assert answer.status_code == 200, answer.text
        if operation["tags"][0] not in EMPTY:
            assert answer.json() not in ([], {}), "an empty answer proves nothing"
    elif name not in PAGES:
        expected = (404 if missing else 200) if {} in operation["security"] else 401
        assert answer.status_code == expected, answer.text
    if "$ref" in described:
        described = strict["components"]["responses"][described["$ref"].rpartition("/")[2]]
    for header, told in described.get("headers", {}).items():
        spec = strict["components"]["headers"][told["$ref"].rpartition("/")[2]]
        assert header in answer.headers or not spec.get("required"), header
    kind = answer.headers["content-type"].partition(";")[0]
    content = described["content"][kind]
    if kind == "application/json":
        validator = Draft202012Validator({**content["schema"], "components": strict["components"]})
        problems = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(answer.json())]
        assert problems == []
