"""Whatever is sent, the API never fails and never answers what its document does not say.

Schemathesis makes requests from the document that the site serves, good and bad ones; ids of things that are
there are put in, so that requests get past the first look at them. The seed is fixed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from .documents import OPERATIONS
from .world import PEOPLE, World

pytestmark = pytest.mark.openapi

EXAMPLES = int(os.environ.get("MICROBLOG_OPENAPI_EXAMPLES", "10"))
"""How many good requests and how many bad ones each operation gets."""

# What reads comes before what deletes, or there would be nothing left to read.
_ORDER = {"get": 0, "post": 1, "put": 2, "patch": 3, "delete": 4}
IN_ORDER = sorted(OPERATIONS, key=lambda each: _ORDER[each[1]])
KINDS = {
    "account_ids": "account",
    "account_id": "account",
    "id[]": "account",
    "in_reply_to_id": "status",
    "last_read_id": "status",
    "media_ids": "media",
    "quoted_status_id": "status",
    "status_id": "status",
    "status_ids": "status",
    "tier_id": "tier",
}
CHOICES = {
    "acct": PEOPLE,
    "amount": (500, 100),
    "country": ("DE", "XX"),
    "currency": ("EUR", "JPY"),
    "context": ("home", "public", "thread"),
    "expires_in": (600, 3600),
    "focus": ("0.1,0.2", "7"),
    "grant_type": ("authorization_code", "client_credentials"),
    "language": ("en", "xx-broken"),
    "options": ("One", "Two"),
    "q": ("tea", "bo", "from:ada"),
    "timeline[]": ("home", "notifications"),
    "title": ("Friends",),
    "type": ("accounts", "statuses", "hashtags"),
    "visibility": ("public", "private", "direct", "members"),
}


@pytest.fixture(scope="session")
def schema(document: Any) -> Any:
    """The document as Schemathesis reads it."""
    import schemathesis

    return schemathesis.openapi.from_dict(document)


@pytest.fixture(scope="session")
def session(world: World) -> Iterator[Any]:
    import requests

    with requests.Session() as made:
        made.trust_env = False
        yield made


@pytest.mark.parametrize("good", [True, False], ids=["good", "bad"])
@pytest.mark.parametrize(("path", "method", "name"), IN_ORDER, ids=[name for *_, name in IN_ORDER])
def test_no_answer_contradicts_the_document(
    path: str, method: str, name: str, good: bool, world: World, document: Any, schema: Any, session: Any
) -> None:
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis import strategies as st
    from schemathesis import GenerationMode
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi import checks

    operation = schema[path][method.upper()]
    mode = GenerationMode.POSITIVE if good else GenerationMode.NEGATIVE
    held = [
        not_a_server_error,
        checks.status_code_conformance,
        checks.content_type_conformance,
        checks.response_headers_conformance,
        checks.response_schema_conformance,
    ]

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode), data=st.data())
    def send(case: Any, data: Any) -> None:
        _put_in_what_is_there(case, path, world, lambda choices: data.draw(st.sampled_from(choices)))
        who = data.draw(st.sampled_from(["ada"] * 8 + ["bob", "app", "nobody", "stranger"]))
        case.headers = {key: value for key, value in (case.headers or {}).items() if key != "Authorization"}
        if who != "nobody":
            case.headers["Authorization"] = f"Bearer {world.tokens.get(who, 'x' * 43)}"
        answer = case.call(base_url=world.url, session=session, allow_redirects=False, timeout=30)
        case.validate_response(answer, checks=held)

    try:
        send()
    except Exception as error:
        if good or type(error).__name__ != "Unsatisfiable":
            raise
        # Then whatever is sent here must be right: there is nothing but texts.
        declared = document["paths"][path][method]
        assert "requestBody" not in declared
        assert all(each["schema"]["type"] == "string" for each in declared.get("parameters", ()))


def _put_in_what_is_there(case: Any, path: str, world: World, choose: Any) -> None:
    """Exchange made-up values for real ones, three times out of four."""
    for name in case.path_parameters or ():
        if name != "version" and choose([True, True, True, False]):
            case.path_parameters[name] = choose(world.known_for(path, name))
    for given in (case.query, case.body):
        if isinstance(given, dict):
            _exchange(given, world, choose)


def _exchange(given: dict[str, Any], world: World, choose: Any) -> None:
    for name, value in given.items():
        if isinstance(value, dict):
            _exchange(value, world, choose)
            continue
        choices = CHOICES.get(name) or world.known.get(KINDS.get(name, ""))
        if choices and choose([True, True, True, False]):
            several = isinstance(value, list)
            given[name] = list(choices[:2]) if several else choose(list(choices))
