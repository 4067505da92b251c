"""The document that is committed is the document of this API."""

from __future__ import annotations

from pathlib import Path

import pytest

from microblog_api.openapi import written

from .documents import DOCUMENT


def test_the_committed_document_is_the_one_that_is_served(root: Path) -> None:
    committed = (root / "docs/openapi.json").read_text()
    assert committed == written(DOCUMENT), (
        "The API is not what docs/openapi.json says. If that is on purpose:\n"
        "nox -s microblog -- api openapi > docs/openapi.json"
    )


@pytest.mark.openapi
def test_the_document_is_valid_openapi() -> None:
    from openapi_spec_validator import OpenAPIV31SpecValidator

    OpenAPIV31SpecValidator(DOCUMENT).validate()
