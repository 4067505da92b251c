"""Style sheets that operators write: what they may not say.

The Content-Security-Policy of every page forbids what leads to other hosts anyway; here it is refused with
the reason, and what could end the sheet or fetch another one too.
"""

from __future__ import annotations

import re

from microblog_core.domain.errors import Invalid

STYLE_BYTES = 64 << 10
"""In UTF-8."""

_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_STRING = re.compile(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)
_ESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{1,6})(?:\r\n|[ \t\r\n\f])?|([^\n]))")
_URL = re.compile(r"url\(\s*[\"']?\s*([^\"')]*)", re.IGNORECASE)
_OWN = re.compile(r"(?:/(?!/)|#|data:image/)", re.IGNORECASE)
_FOREIGN = re.compile(r"[a-z][a-z0-9+.-]*://|[\"'(]\s*//", re.IGNORECASE)


def check_style(text: str) -> str:
    """The style sheet with plain line ends; raises `Invalid` with the field `style`."""
    text = text.replace("\r\n", "\n").strip()
    problem = _problem(text)
    if problem:
        raise Invalid(fields={"style": problem})
    return text


def _problem(text: str) -> str:
    if len(text.encode("utf-8", "replace")) > STYLE_BYTES:
        return f"Use at most {STYLE_BYTES >> 10} KB."
    if any(character < " " and character not in "\n\t\f" for character in text):
        return "Remove the control characters."
    # Comments go before and after escapes are read: a browser does it in one pass, and what either reading
    # finds is refused.
    for read in (text, _plain(_COMMENT.sub(" ", text)), _plain(text)):
        lowered = read.lower()
        if "</style" in lowered or "<!--" in lowered or "<script" in lowered:
            return "Leave HTML out: a style sheet has none."
        if "@import" in lowered:
            return "@import is not allowed: put everything into this one sheet."
    bare = _plain(_COMMENT.sub("", text))
    for match in _URL.finditer(bare):
        if not _OWN.match(match[1].strip()):
            return (
                "url() may lead to addresses of this site alone: begin them with /, or use a picture"
                " written out as data:image/…"
            )
    if _FOREIGN.search(bare):
        return "Addresses of other sites are not allowed: nothing on a page is loaded from elsewhere."
    return _unclosed(text)


def _plain(text: str) -> str:
    """The text with its escapes read, as a browser does."""

    def character(match: re.Match[str]) -> str:
        if match[1] is None:
            return match[2]
        number = int(match[1], 16)
        return chr(number) if 0 < number < 0x110000 else "\ufffd"

    return _ESCAPE.sub(character, text)


def _unclosed(text: str) -> str:
    """What is open at the end, which would swallow whatever is written there next."""
    if "/*" in _STRING.sub("", text) and _COMMENT.sub("", text).rstrip() != text.rstrip():
        last = text.rfind("/*")
        if "*/" not in text[last:] and '"' not in text[last:]:
            return "A comment is not closed: */ is missing."
    depth = 0
    for brace in re.findall(r"[{}]", _STRING.sub("", _COMMENT.sub("", text))):
        depth += 1 if brace == "{" else -1
        if depth < 0:
            return "There is one } too many."
    return "A { is not closed: } is missing." if depth else ""
