"""Errors: every one has a code, a status, a message and a hint."""

from __future__ import annotations

import pytest

from microblog_core.domain import errors
from microblog_core.domain.errors import Conflict, Invalid, MicroblogError, NotFound, RateLimited


def _all(kind: type[MicroblogError]) -> list[type[MicroblogError]]:
    children = [child for child in kind.__subclasses__() if child.__module__ == errors.__name__]
    return [kind, *(each for child in children for each in _all(child))]


def test_every_error_is_in_the_tree_that_the_module_draws_with_its_status() -> None:
    drawn = errors.__doc__ or ""
    for kind in _all(MicroblogError):
        line = next(line for line in drawn.splitlines() if kind.__name__ in line.split())
        if any(word.isdigit() for word in line.split()):
            assert str(kind.status) in line.split()


def test_codes_are_told_apart() -> None:
    codes = [kind.code for kind in _all(MicroblogError)]
    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize("kind", _all(errors.DomainError))
def test_what_somebody_asked_wrongly_is_never_the_servers_fault(kind: type[MicroblogError]) -> None:
    assert 400 <= kind.status < 500


def test_an_error_says_what_happened_and_what_to_do() -> None:
    error = MicroblogError("It broke.", hint="Mend it.", code="broken")
    assert (str(error), error.message, error.hint, error.code) == (
        "It broke.",
        "It broke.",
        "Mend it.",
        "broken",
    )
    assert MicroblogError.code == "error"


def test_invalid_speaks_by_its_fields() -> None:
    error = Invalid(fields={"name": "Choose a name.", "email": "Enter an address."})
    assert error.message == "Choose a name.; Enter an address."
    assert error.fields["name"] == "Choose a name."
    assert Invalid("No.").fields == {}


def test_what_errors_carry() -> None:
    assert Conflict("Taken.", guard="username").guard == "username"
    assert RateLimited("Too often.", retry_after=2.5).retry_after == 2.5
    assert NotFound().message == "Record not found"
