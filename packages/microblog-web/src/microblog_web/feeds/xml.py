"""Small helpers for documents in XML. Escaping is the standard library's; what XML can't hold is left out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.etree.ElementTree import Element, SubElement, tostring

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no document may have, escaped or not (XML 1.0 section 2.2)."""


def clean(text: str) -> str:
    """The text without what XML can't hold."""
    return _FORBIDDEN.sub("", text)


def add(parent: Element, name: str, text: str = "", attributes: Mapping[str, str] | None = None) -> Element:
    """Append an element."""
    given = {key: clean(value) for key, value in (attributes or {}).items()}
    element = SubElement(parent, name, given)
    if text:
        element.text = clean(text)
    return element


def document(root: Element) -> bytes:
    """The whole document in UTF-8."""
    body: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return body
