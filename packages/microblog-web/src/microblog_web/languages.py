"""Language tags as people type them."""

from __future__ import annotations

import re

from microblog_core.domain.errors import Invalid

_TAG = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8}){0,2}", re.IGNORECASE)


def check_language(text: str) -> str:
    """A BCP 47 tag with a language and at most two subtags, or nothing. Raises `Invalid` with the field
    `language`.
    """
    text = text.strip()
    if text and (_TAG.fullmatch(text) is None or len(text) > 16):
        raise Invalid(fields={"language": "Use a short code such as en, de or pt-BR, or leave it empty."})
    return text
